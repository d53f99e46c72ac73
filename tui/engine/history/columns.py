"""Windows of time from the rows of a history: which rows each column of a graph has, and what they come to."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from datetime import tzinfo
from sqlite3 import Connection

from tui.core.graph.bucket import Bucket
from tui.core.past.history import DAY, HOUR, MINUTE, QUARTER
from tui.engine.history.door import Bounds, bounds, found, meters_at
from tui.engine.history.schema import STEPS
from tui.engine.history.spans import midnights, parts

ROWS_A_COLUMN = 2
"""A column that is at least so many rows wide and not cut where rows are has those that begin in it (own choice): finer
ones at its edges would move it by half its width at most, and a year would take thousands of them."""
DAYS_A_COLUMN = 1.5
"""The same of days, which a year has 200 columns of (own choice)."""


def window(
    connection: Connection, place: str, quantity: str, start: float, end: float, columns: int, zone: tzinfo
) -> tuple[Bucket | None, ...]:
    """See `Past.window`; `quantity` is one of `BANDS`, and the times are within `spans.LAST_S`."""
    there, meters = bounds(connection), meters_at(connection, place)
    if there is None or not meters:
        return (None,) * columns
    numbers: dict[tuple[int, int], int] = {}
    of_column = [numbers.setdefault(span, len(numbers)) for span in spans_of(start, end, columns, there.minutes, zone)]
    within = list(_within(numbers, there))
    if not within:
        return (None,) * columns
    days = midnights(within[0][1], within[-1][2], zone)
    asked = [part for index, first, stop in within for part in parts(first, stop, days, index)]
    picks = ("samples", f"{quantity}_min", f"{quantity}_mean", f"{quantity}_max")
    sums: dict[int, tuple[int, int, int, int]] = {}
    for meter in meters:
        for part, (samples, low, mean, high) in found(connection, meter, picks, asked, there.newest):
            if mean is None or not samples:
                continue
            one = sums.get(part.number)
            if one is None:
                sums[part.number] = (low, mean * samples, high, samples)
            else:
                sums[part.number] = (min(one[0], low), one[1] + mean * samples, max(one[2], high), one[3] + samples)
    per_unit = round(1 / STEPS[quantity])
    buckets = {
        index: Bucket(low / per_unit, total / count / per_unit, high / per_unit, count)
        for index, (low, total, high, count) in sums.items()
    }
    return tuple(buckets.get(index) for index in of_column)


def _within(numbers: dict[tuple[int, int], int], there: Bounds) -> Iterator[tuple[int, int, int]]:
    """The spans as far as there is anything, by their number."""
    oldest, newest = there.oldest // DAY.span_s * DAY.span_s, there.newest + 2 * DAY.span_s
    for (start, end), index in numbers.items():
        if start < newest and end > oldest:
            yield index, max(start, oldest), min(end, newest)


def spans_of(start: float, end: float, columns: int, minutes: int, zone: tzinfo) -> Iterator[tuple[int, int]]:
    """For each of `columns` equal spans of [start, end) the rows that it has: those that begin in this span.

    They are minutes, or a coarser level where columns are cut between its rows or are several of its rows wide; before
    `minutes`, when the oldest minute begins, at least quarters of an hour. A column in which none begins has the one
    that it begins in.
    """
    step = (end - start) / columns
    grain = MINUTE.span_s
    for level in (QUARTER, HOUR):
        if step >= ROWS_A_COLUMN * level.span_s or (start % level.span_s == 0 and step % level.span_s == 0):
            grain = level.span_s
    days = midnights(int(start), int(end) + DAY.span_s, zone) if step >= DAYS_A_COLUMN * DAY.span_s else None
    for column in range(columns):
        begin, until = start + (end - start) * column / columns, start + (end - start) * (column + 1) / columns
        if days is not None:
            yield days[bisect_left(days, begin)], days[bisect_left(days, until)]
            continue
        size = grain if until > minutes // QUARTER.span_s * QUARTER.span_s else max(grain, QUARTER.span_s)
        first, stop = math.ceil(begin / size), math.ceil(until / size)
        if first >= stop:
            first = math.floor(begin / size)
            stop = first + 1
        yield first * size, stop * size
