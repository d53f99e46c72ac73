"""Where days, months and quarters of an hour begin in a zone, in seconds since 1970.

A day has 23 or 25 hours when the clocks change. Quarters are those of UTC: every zone of a grid profile is whole hours
away from it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import lru_cache, partial

from tui.core.past.history import QUARTER

Start = Callable[[float, tzinfo, int], float]
"""The start of the span that holds a moment, or of the one so many spans later."""


def day_start(utc: float, zone: tzinfo, later: int = 0) -> float:
    """The midnight at or before `utc`, or the one `later` days after that."""
    return _midnight(datetime.fromtimestamp(utc, zone).toordinal() + later, zone)


@lru_cache(maxsize=64)
def _midnight(ordinal: int, zone: tzinfo) -> float:
    return datetime.fromordinal(ordinal).replace(tzinfo=zone).timestamp()


def month_start(utc: float, zone: tzinfo, later: int = 0) -> float:
    """The first midnight of the month that holds `utc`, or of the one `later` months after that."""
    local = datetime.fromtimestamp(utc, zone)
    year, month = divmod(local.year * 12 + local.month - 1 + later, 12)
    return _midnight(datetime(year, month + 1, 1).toordinal(), zone)


def quarter_start(utc: float, zone: tzinfo, later: int = 0) -> float:
    """The quarter of an hour that holds `utc`, or the one `later` after that; `zone` makes no difference."""
    return (utc // QUARTER.span_s + later) * QUARTER.span_s


def cuts(start: float, end: float, zone: tzinfo, of: Start = day_start) -> list[float]:
    """The starts of the days (or of what `of` gives) that hold any of [start, end), and the end of the last one."""
    at = of(start, zone, 0)
    found = [at]
    while at < end:
        at = of(at, zone, 1)
        found.append(at)
    return found


def bounds_of_day(zone: tzinfo) -> Callable[[float], tuple[float, float]]:
    """What gives the start and the end of the day that holds a moment."""
    return partial(_bounds_of_day, zone)


def _bounds_of_day(zone: tzinfo, utc: float) -> tuple[float, float]:
    ordinal = datetime.fromtimestamp(utc, zone).toordinal()
    return _midnight(ordinal, zone), _midnight(ordinal + 1, zone)
