"""The checksum of a telegram."""

from __future__ import annotations

import re

_SENT = re.compile(r"[0-9A-Fa-f]{1,4}", re.ASCII)
"""Four hexadecimal digits; some meters leave out the zeros in front."""


def is_right(checked: str, sent: str) -> bool | None:
    """Whether `sent`, what follows the `!`, is the checksum of `checked`: all from `/` up to and including the `!`.

    The meter reckons it over lines that end in CRLF (DSMR 5.0.2 P1 companion standard, 5.2), whatever they end in by
    now. None where nothing that can be one was sent (DSMR 2.2 and 3).
    """
    sent = sent.strip()
    if not _SENT.fullmatch(sent):
        return None
    lines = checked.replace("\r\n", "\n").replace("\n", "\r\n")
    return crc16(lines.encode("latin-1", "replace")) == int(sent, 16)


def crc16(data: bytes) -> int:
    """CRC-16/ARC: polynomial x^16 + x^15 + x^2 + 1, least significant bit first, starting from 0."""
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc


def _table_entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


_TABLE = tuple(map(_table_entry, range(256)))
