"""How time is divided into columns, from five minutes to a year.

Columns lie on a fixed grid, so that a graph that follows the present changes only in its last column. Up to an hour it
is a grid of UTC; longer columns begin at round times of the grid's zone, so that a day is from midnight to midnight and
the one on which the clock is changed has 23 or 25 hours.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple


class Unit(StrEnum):
    """What a step is counted in."""

    SECOND = "second"
    HOUR = "hour"  # of the zone's clock
    DAY = "day"
    WEEK = "week"  # from Monday
    MONTH = "month"


_SECONDS = {Unit.SECOND: 1.0, Unit.HOUR: 3600.0, Unit.DAY: 86400.0, Unit.WEEK: 604800.0, Unit.MONTH: 2629800.0}


class Step(NamedTuple):
    """How long a column is."""

    size: int
    unit: Unit = Unit.SECOND

    @property
    def seconds(self) -> float:
        """Its usual length."""
        return self.size * _SECONDS[self.unit]


_UP_TO_AN_HOUR = (1, 2, 4, 5, 10, 12, 15, 20, 30, 60, 120, 180, 240, 300, 360, 480, 600, 720, 900, 1200, 1800, 2700)
STEPS = (
    *(Step(size) for size in (*_UP_TO_AN_HOUR, 3600)),
    *(Step(size, Unit.HOUR) for size in (2, 3, 4, 6, 8, 12)),
    *(Step(size, Unit.DAY) for size in (1, 2, 3, 4, 5, 6)),
    Step(1, Unit.WEEK),
    *(Step(size, Unit.DAY) for size in (8, 10, 12, 14, 21)),
    *(Step(size, Unit.MONTH) for size in (1, 2, 3, 6, 12)),
)
"""Possible columns, rising. From a minute on they are whole minutes: that is what is kept for long."""


class Span(NamedTuple):
    """How much time a graph shows."""

    name: str
    seconds: float


SPANS = (
    Span("5 min", 300.0),
    Span("15 min", 900.0),
    Span("1 h", 3600.0),
    Span("6 h", 6 * 3600.0),
    Span("24 h", 86400.0),
    Span("7 d", 7 * 86400.0),
    Span("31 d", 31 * 86400.0),
    Span("1 y", 365 * 86400.0),
)
DAY_SPAN, WEEK_SPAN, YEAR_SPAN = 4, 5, 7
"""24 h; from 7 d on there is energy; 1 y."""


MOST_CELLS = 2
"""How many cells a column of a curve has at most, on any screen that has room for a graph."""


class Frame(NamedTuple):
    """The columns of one picture: column n is [cuts[n], cuts[n + 1]), in seconds since 1970."""

    step: Step
    cuts: tuple[float, ...]
    zone: tzinfo
    cells: int = 1
    """How many cells of the screen a bar has, with the blank behind it."""
    width: int = 0
    """How many cells the columns share, not all alike: an hour in minutes fills 73 cells with 60 columns. 0: `cells`
    each."""

    @property
    def columns(self) -> int:
        """How many there are."""
        return len(self.cuts) - 1

    @property
    def start(self) -> float:
        """When the first column begins."""
        return self.cuts[0]

    @property
    def end(self) -> float:
        """When the last column ends."""
        return self.cuts[-1]

    @property
    def starts(self) -> list[int]:
        """The cell at which each column begins, and where the last one ends."""
        if not self.width:
            return [column * self.cells for column in range(self.columns + 1)]
        return [column * self.width // self.columns for column in range(self.columns + 1)]

    def column_at(self, cell: int) -> int:
        """The column at a cell; the first or last one for a cell outside."""
        return min(self.columns - 1, max(0, bisect_right(self.starts, cell) - 1))

    def column_of(self, moment: float) -> int:
        """The column of a moment; the first or last one for a moment outside."""
        return min(self.columns - 1, max(0, bisect_right(self.cuts, moment) - 1))

    def runs(self) -> Iterator[tuple[float, float, int]]:
        """The columns as (start, end, count) of neighbours that are equally long: that is how windows are asked for."""
        first = 0
        for column in range(1, self.columns + 1):
            ended = column == self.columns
            if ended or self._length(column) != self._length(first):
                yield self.cuts[first], self.cuts[column], column - first
                first = column

    def _length(self, column: int) -> float:
        return self.cuts[column + 1] - self.cuts[column]

    def change_s(self, column: int) -> float:
        """By how much the clock is put forward (+) or back (-) within a column, in seconds."""
        return dict(self.changes()).get(column, 0.0)

    def changes(self) -> list[tuple[int, float]]:
        """The columns within which the clock is put forward or back, and by how many seconds."""
        return _changes(self.cuts, self.zone)


@lru_cache(maxsize=4)
def _changes(cuts: tuple[float, ...], zone: tzinfo) -> list[tuple[int, float]]:
    offsets = [datetime.fromtimestamp(cut, zone).utcoffset() or timedelta() for cut in cuts]
    pairs = enumerate(pairwise(offsets))
    return [(column, (after - before).total_seconds()) for column, (before, after) in pairs if before != after]


def columns_for(span: Span, cells: int) -> tuple[Step, int]:
    """The finest step whose columns fit in so many cells (at least 1), and how many of them are the span.

    They are exactly the span, but for days that do not divide a year: of those one may reach beyond it.
    """
    step = next((step for step in STEPS if step.seconds * cells >= span.seconds), STEPS[-1])
    return step, min(cells, math.ceil(span.seconds / step.seconds))


def floor(step: Step, moment: float, zone: tzinfo) -> float:
    """When the column of a moment begins."""
    if step.unit is Unit.SECOND:
        return float(math.floor(moment / step.size) * step.size)
    local = datetime.fromtimestamp(math.floor(moment), zone).replace(tzinfo=None)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if step.unit is Unit.HOUR:
        return _utc(midnight.replace(hour=local.hour // step.size * step.size), zone)
    if step.unit is Unit.MONTH:
        return _utc(_month((local.year * 12 + local.month - 1) // step.size * step.size), zone)
    days = step.size * (7 if step.unit is Unit.WEEK else 1)
    first = (local.toordinal() - 1) // days * days + 1  # day 1 was a Monday
    return _utc(datetime.combine(date.fromordinal(first), midnight.time()), zone)


def beside(step: Step, cut: float, by: int, zone: tzinfo) -> float:
    """The beginning of the column that is `by` columns after (before, if negative) the one that begins at `cut`."""
    if step.unit is Unit.SECOND:
        return cut + by * step.size
    local = datetime.fromtimestamp(cut, zone).replace(tzinfo=None)
    if step.unit is Unit.HOUR:
        # The hour that does not exist in March has become the next one: 02:00 is 03:00 on the clock.
        local = local.replace(hour=local.hour // step.size * step.size, minute=0)
        return _utc(local + timedelta(hours=by * step.size), zone)
    if step.unit is Unit.MONTH:
        return _utc(_month(local.year * 12 + local.month - 1 + by * step.size), zone)
    return _utc(local + timedelta(days=by * step.size * (7 if step.unit is Unit.WEEK else 1)), zone)


def frame_to(step: Step, last: float, columns: int, zone: tzinfo, cells: int = 1, width: int = 0) -> Frame:
    """So many columns (at least 1, at most `width` if that is given), of which the last holds the moment `last`."""
    at = floor(step, last, zone)
    return Frame(step, tuple(beside(step, at, by, zone) for by in range(1 - columns, 2)), zone, cells, width)


def _month(number: int) -> datetime:
    return datetime(number // 12, number % 12 + 1, 1)


def _utc(local: datetime, zone: tzinfo) -> float:
    """A time of the zone's clock; the first of two in October."""
    return local.replace(tzinfo=zone).timestamp()
