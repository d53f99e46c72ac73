"""The peaks of the months before this one, as a Flemish meter lists them (0-0:98.1.0)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tui.engine.demo.physics import chance

MONTHS = 13


class PastPeak(NamedTuple):
    """The highest quarter-hour average of a month; times are UTC seconds."""

    closed: int
    """When the month was over."""
    at: int
    """The end of that quarter."""
    watts: float


def past_peaks(second: int, key: int, zone: ZoneInfo) -> tuple[PastPeak, ...]:
    """Those of the 13 months before the one that `second` is in, oldest first: higher in winter."""
    today = datetime.fromtimestamp(second, zone)
    this = today.year * 12 + today.month - 1
    peaks = []
    for number in range(this - MONTHS, this):
        month = number % 12 + 1
        winter = abs(month - 7) / 6
        day, quarter = 2 + int(26 * chance(key + 1, number)), 66 + int(18 * chance(key + 2, number))
        at = datetime(number // 12, month, day, quarter // 4, quarter % 4 * 15, tzinfo=zone)
        closed = datetime((number + 1) // 12, (number + 1) % 12 + 1, 1, tzinfo=zone)
        watts = round(2300 + 2100 * winter + 900 * chance(key, number))
        peaks.append(PastPeak(int(closed.timestamp()), int(at.timestamp()), watts))
    return tuple(peaks)


def closed_at(second: int, zone: ZoneInfo) -> int:
    """The beginning of the month that `second` is in, in UTC seconds."""
    today = datetime.fromtimestamp(second, zone)
    return int(today.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0).timestamp())
