"""Which rows make up a span of time: whole days where they fit, then hours, quarters and minutes at its edges. Pure.

So a year takes a few hundred rows, and is still exact to the minute.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta, tzinfo
from typing import NamedTuple

from tui.core.past.history import DAY, HOUR, MINUTE, QUARTER, Level

LAST_S = 2**35
"""No row begins later: in the year 3058, which every `datetime` can still tell."""

_FINER = {DAY: HOUR, HOUR: QUARTER, QUARTER: MINUTE}


class Part(NamedTuple):
    """The span of one row, in seconds since 1970, and which of the spans asked for it belongs to."""

    level: Level
    start: int
    end: int
    number: int


def midnights(start: int, end: int, zone: tzinfo) -> list[int]:
    """When days begin in [start, end] (0 to `LAST_S`), and the last one before, in seconds since 1970."""
    day = datetime.fromtimestamp(start, zone).date()
    found: list[int] = []
    while not found or found[-1] < end:
        found.append(int(datetime.combine(day, time(), zone).timestamp()))
        day += timedelta(1)
    return found


def parts(start: int, end: int, days: Sequence[int], number: int) -> Iterator[Part]:
    """[start, end), whole minutes, as few rows as possible. `days` are `midnights` of this span or a longer one."""
    at = start
    day = bisect_right(days, start) - 1
    while at < end:
        while day + 1 < len(days) and days[day + 1] <= at:
            day += 1
        if at == days[day] and day + 1 < len(days) and days[day + 1] <= end:
            level, until = DAY, days[day + 1]
        else:
            level, until = MINUTE, at + 60  # a year of a graph takes thousands of these: no generator, no lookups
            if at % 900 == 0 and at + 900 <= end:
                level, until = QUARTER, at + 900
                if at % 3600 == 0 and at + 3600 <= end:
                    level, until = HOUR, at + 3600
        yield Part(level, at, until, number)
        at = until


def split(part: Part) -> list[Part]:
    """The same span in rows of the next finer level; a minute has none."""
    level = _FINER[part.level]
    starts = range(part.start, part.end, level.span_s)
    return [Part(level, start, min(start + level.span_s, part.end), part.number) for start in starts]
