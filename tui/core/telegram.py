"""The raw telegram of a smart meter (DSMR P1): its own clock, and whether its checksum is right.

The clock tells a frozen P1 from a quiet house, and how often the meter really sends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from tui.core.metertime import parse_meter_time

LONGEST = 16384
"""Characters of a telegram whose checksum is recomputed; real ones have up to some 2000 (own choice)."""

_CLOCK = re.compile(r"^0-0:1\.0\.0\((\d{12})[SW]?\)", re.ASCII | re.MULTILINE)
"""OBIS 0-0:1.0.0, "date-time stamp of the P1 message" since DSMR 3; S is summer time, W winter time (DSMR P1 companion
standard). No part of it can match in two ways, so matching takes linear time."""
_CHECKSUM = re.compile(r"[0-9A-Fa-f]{1,4}", re.ASCII)
"""Four hexadecimal digits; some meters leave out the zeros in front."""


@dataclass(frozen=True, slots=True)
class Telegram:
    """What is kept of one telegram."""

    clock: datetime | None = None
    """When the meter says it wrote it, as a naive local time; None if it has no valid time."""
    checksum: bool | None = None
    """Whether its checksum is right; None without one (DSMR 2.2 and 3)."""


def parse_telegram(text: str) -> Telegram:
    """Read a telegram as it came, one character a byte, with any line ends. Never raises; takes linear time."""
    return Telegram(telegram_clock(text), _is_right(text))


def telegram_clock(text: str) -> datetime | None:
    """When the meter says it wrote this telegram, as a naive local time; None if it has no valid time."""
    found = _CLOCK.search(text)
    return parse_meter_time(found[1]) if found else None


def _is_right(text: str) -> bool | None:
    """Whether the checksum after the last `!` is that of all from the first `/` up to and including the `!`.

    The meter reckons it over lines that end in CRLF (DSMR 5.0.2 P1 companion standard, 5.2), whatever they end in by
    now. None where there is no checksum, or no telegram.
    """
    start, end = text.find("/"), text.rfind("!")
    if not 0 <= start < end or end - start > LONGEST:
        return None
    sent = text[end + 1 : end + 16].strip()
    if not _CHECKSUM.fullmatch(sent):
        return None
    checked = text[start : end + 1].replace("\r\n", "\n").replace("\n", "\r\n")
    return crc16(checked.encode("latin-1", "replace")) == int(sent, 16)


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
