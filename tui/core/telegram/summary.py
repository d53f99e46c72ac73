"""What is kept of each telegram: its own clock, its peaks of past months, and whether its checksum is right.

The clock tells a frozen P1 from a quiet house, and how often the meter really sends. Nothing else tells the peaks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from tui.core.api.metertime import parse_meter_time
from tui.core.telegram.tokens import Tokens, tokenize

CLOCK = "0-0:1.0.0"
"""OBIS code of the "date-time stamp of the P1 message" since DSMR 3 (DSMR P1 companion standard)."""
PEAKS = "0-0:98.1.0"
"""OBIS code of the maximum demand of import of the last 13 months (e-MUCS P1 1.7.1). Other countries send other lists
under this number; the two names of what is listed tell them apart."""
PEAKS_OF = ("1-0:1.6.0", "1-0:1.6.0")
MOST_MONTHS = 13
"""The peaks of so many months are told, at most (e-MUCS P1 1.7.1)."""

_STAMP = re.compile(r"(\d{12})([SW]?)", re.ASCII)
"""S is summer time, W winter time."""
_KILOWATTS = re.compile(r"(\d{1,4}\.\d{1,3})\*kW", re.ASCII)


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
    tokens = tokenize(text)
    return Telegram(_clock(tokens), tokens.checksum, _past_peaks(tokens))


def telegram_clock(text: str) -> datetime | None:
    """When the meter says it wrote this telegram, as a naive local time; None if it has no valid time."""
    return _clock(tokenize(text))


def _clock(tokens: Tokens) -> datetime | None:
    for line in tokens.coded(CLOCK):
        if line.values and (stamp := _STAMP.fullmatch(line.values[0])):
            return parse_meter_time(stamp[1])
    return None


def _past_peaks(tokens: Tokens) -> tuple[PastPeak, ...]:
    """The peaks of past months. One without a time is left out: of a month before the meter was there, "00.000"."""
    values = next((line.values for line in tokens.coded(PEAKS) if line.values[1:3] == PEAKS_OF), ())[3:]
    peaks: list[PastPeak] = []
    for closed_text, at_text, power in list(zip(values[::3], values[1::3], values[2::3], strict=False))[:MOST_MONTHS]:
        closed, at, kilowatts = _STAMP.fullmatch(closed_text), _STAMP.fullmatch(at_text), _KILOWATTS.fullmatch(power)
        if closed is None or at is None or kilowatts is None:
            continue
        month, when = parse_meter_time(closed[1]), parse_meter_time(at[1])
        if month is not None and when is not None:
            peaks.append(PastPeak(month, when.replace(fold=int(at[2] == "W")), round(float(kilowatts[1]) * 1000, 1)))
    return tuple(peaks)
