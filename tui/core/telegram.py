"""The raw telegram of a smart meter (DSMR P1): its own clock, its peaks of past months, and whether its checksum is
right.

The clock tells a frozen P1 from a quiet house, and how often the meter really sends. Nothing else tells the peaks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from tui.core.metertime import parse_meter_time

LONGEST = 16384
"""Characters of a telegram whose checksum is recomputed; real ones have up to some 2000 (own choice)."""

_CLOCK = re.compile(r"^0-0:1\.0\.0\((\d{12})[SW]?\)", re.ASCII | re.MULTILINE)
"""OBIS 0-0:1.0.0, "date-time stamp of the P1 message" since DSMR 3; S is summer time, W winter time (DSMR P1 companion
standard). No part of it can match in two ways, so matching takes linear time."""
_CHECKSUM = re.compile(r"[0-9A-Fa-f]{1,4}", re.ASCII)
"""Four hexadecimal digits; some meters leave out the zeros in front."""

MOST_MONTHS = 13
"""The peaks of so many months are told, at most (e-MUCS P1 1.7.1)."""
_PEAKS = re.compile(r"^0-0:98\.1\.0\(\d{1,2}\)\(1-0:1\.6\.0\)\(1-0:1\.6\.0\)([^\r\n]{0,900})", re.ASCII | re.MULTILINE)
"""OBIS 0-0:98.1.0, maximum demand of import of the last 13 months (e-MUCS P1 1.7.1). Other countries send other lists
under this number; the two names of what is listed tell them apart."""
_PEAK = re.compile(r"\((\d{12})[SW]\)\((\d{12})([SW])\)\((\d{1,4}\.\d{1,3})\*kW\)", re.ASCII)


class PastPeak(NamedTuple):
    """The peak of a month that is over, as the meter tells it; times are naive local ones."""

    closed: datetime
    """When its month was over: midnight of the next one's first day."""
    at: datetime
    """When its quarter-hour ended. `fold` is 1 in winter time."""
    power_w: float


@dataclass(frozen=True, slots=True)
class Telegram:
    """What is kept of one telegram."""

    clock: datetime | None = None
    """When the meter says it wrote it, as a naive local time; None if it has no valid time."""
    checksum: bool | None = None
    """Whether its checksum is right; None without one (DSMR 2.2 and 3)."""
    peaks: tuple[PastPeak, ...] = ()
    """Of at most `MOST_MONTHS` months, in the meter's order."""


def parse_telegram(text: str) -> Telegram:
    """Read a telegram as it came, one character a byte, with any line ends. Never raises; takes linear time."""
    return Telegram(telegram_clock(text), _is_right(text), _past_peaks(text))


def telegram_clock(text: str) -> datetime | None:
    """When the meter says it wrote this telegram, as a naive local time; None if it has no valid time."""
    found = _CLOCK.search(text)
    return parse_meter_time(found[1]) if found else None


def _past_peaks(text: str) -> tuple[PastPeak, ...]:
    """The peaks of past months. One without a time is left out: of a month before the meter was there, "00.000"."""
    found = _PEAKS.search(text)
    peaks: list[PastPeak] = []
    for closed_text, at_text, season, kilowatts in _PEAK.findall(found[1])[:MOST_MONTHS] if found else ():
        closed, at = parse_meter_time(closed_text), parse_meter_time(at_text)
        if closed is not None and at is not None:
            peaks.append(PastPeak(closed, at.replace(fold=int(season == "W")), round(float(kilowatts) * 1000, 1)))
    return tuple(peaks)


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
