"""What stands below the columns: clock times, days and months, and the change of the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from tui.core.graph.grid import Frame, Step, Unit, beside, floor
from tui.core.graph.timeaxis import time_labels
from tui.core.wording import DAYS, MONTHS

_BY_THE_CLOCK_S = 36 * 3600.0
"""From here on days are named, and no clock times."""

_NAMED_S = 8.5 * 86400
"""Up to here days have the names of weekdays, and no two the same."""
_APART_CELLS = 7
"""The least distance between the starts of two clock times: on 40 cells a day has four of them."""

Tick = tuple[int, str]
"""A cell, counted from the first column, and the words that begin there."""


@lru_cache(maxsize=4)
def ticks(frame: Frame) -> list[Tick]:
    """The labels of a frame, from left to right, none over another or cut off; there may be none at all.

    The column in which the clock is changed says so: "-1h" on a night that has an hour twice, in the place of its label
    where there is no room for both.
    """
    starts = frame.starts
    width = starts[-1]
    labels = _labels(frame, starts)
    if frame.step.seconds > 86400:
        return labels
    changes = [(starts[column], f"{by_s / 3600:+g}h") for column, by_s in frame.changes()]
    changes = [(min(cell, max(0, width - len(text))), text) for cell, text in changes]
    joined = [(cell, f"{words} {text}") for cell, text in changes for at, words in labels if at == cell]
    fitting = [one for one in joined if not any(_collide(one, other) for other in labels if other[0] != one[0])]
    beside = {cell: (cell, text) for cell, text in fitting if cell + len(text) <= width}
    changes = [beside.get(cell, (cell, text)) for cell, text in changes]
    kept = [(cell, text) for cell, text in labels if all(not _collide((cell, text), change) for change in changes)]
    return sorted([*kept, *changes])


def _collide(one: Tick, other: Tick) -> bool:
    return one[0] <= other[0] + len(other[1]) and other[0] <= one[0] + len(one[1])


def _labels(frame: Frame, starts: Sequence[int]) -> list[Tick]:
    width = starts[-1]
    if frame.step.unit is Unit.SECOND and frame.end - frame.start < _BY_THE_CLOCK_S:
        if not frame.width:
            return time_labels(frame.start, frame.step.size / frame.cells, width, frame.zone, _APART_CELLS)
        labels = time_labels(frame.start, frame.step.size, frame.columns, frame.zone, _APART_CELLS)
        return [(starts[column], text) for column, text in labels]
    for every, words in _EVERY:
        if words is _weekday and frame.end - frame.start > _NAMED_S:
            words = _of_month
        if every.seconds >= frame.step.seconds:
            found = [one for one in _at(frame, starts, every, words) if one[0] + len(one[1]) <= width]
            if all(right[0] - left[0] > len(left[1]) for left, right in pairwise(found)):
                return found
    return []


def _weekday(at: datetime) -> str:
    return DAYS[at.weekday()]


def _of_month(at: datetime) -> str:
    return _date(at) if at.day == 1 else f"{at.day}"


def _date(at: datetime) -> str:
    return f"{at.day} {MONTHS[at.month - 1]}"


def _month(at: datetime) -> str:
    return MONTHS[at.month - 1]


def _year(at: datetime) -> str:
    return f"{at.year}"


_EVERY: tuple[tuple[Step, Callable[[datetime], str]], ...] = (
    (Step(1, Unit.DAY), _weekday),
    (Step(1, Unit.WEEK), _date),
    *((Step(size, Unit.MONTH), _month) for size in (1, 2, 3, 6)),
    *((Step(size, Unit.MONTH), _year) for size in (12, 60)),
)


def _at(frame: Frame, starts: Sequence[int], every: Step, words: Callable[[datetime], str]) -> Iterator[Tick]:
    """The columns in which a round time begins, with the words of the last one there."""
    zone, found = frame.zone, dict[int, float]()
    at = beside(every, floor(every, frame.start - 1, zone), 1, zone)
    while at < frame.end:
        found[frame.column_of(at)] = at
        at = beside(every, at, 1, zone)
    for column, at in found.items():
        yield starts[column], words(datetime.fromtimestamp(at, zone))
