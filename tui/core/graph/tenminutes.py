"""Means of ten minutes, which the norm for voltages speaks of, for the columns of a graph."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from tui.core.past.history import MINUTE, MINUTES_KEPT_S, Past
from tui.core.past.voltagerecord import DEAD_V, LEAST_MINUTES, WINDOW_S

LATE_S = 180.0
"""So long after its end a window is read: the history lags by up to two minutes, and what was read is kept."""
_MINUTES = WINDOW_S // MINUTE.span_s
_AT_ONCE_S = 144 * WINDOW_S


class Mean(NamedTuple):
    """The highest mean of some windows."""

    volts: float
    start: float
    """When its window began, in seconds since 1970."""


class TenMinutes:
    """Finds the windows of one voltage, and keeps those that it has found: of a graph that follows the present only the
    newest are read. They are those of `core.past.voltagerecord`. Not for several threads at once."""

    def __init__(self) -> None:
        self._of: tuple[str, str] = ("", "")
        self._known: dict[int, float] = {}
        """The mean by the start of the window."""
        self._start = self._end = 0

    def highest(
        self, past: Past, place: str, quantity: str, cuts: Sequence[float], now_utc: float
    ) -> tuple[tuple[Mean | None, ...], Mean | None]:
        """The highest mean of the windows that begin between each two neighbours of `cuts`, and that of all; None
        where no window is whole. It may wait for a disk."""
        first = _next(max(cuts[0], now_utc - MINUTES_KEPT_S))
        last = max(first, int(min(_next(cuts[-1]), now_utc - LATE_S)) // WINDOW_S * WINDOW_S)
        self._read(past, place, quantity, first, last)
        found = []
        for start, end in pairwise(cuts):
            within = range(max(first, _next(start)), min(last, _next(end)), WINDOW_S)
            found.append(max((Mean(self._known[at], at) for at in within if at in self._known), default=None))
        return tuple(found), max((one for one in found if one is not None), default=None)

    def _read(self, past: Past, place: str, quantity: str, first: int, last: int) -> None:
        if self._of != (place, quantity) or first > self._end or last < self._start:
            self._of, self._known, self._start, self._end = (place, quantity), {}, first, first
        for start, end in ((first, self._start), (self._end, last)):
            for at in range(start, end, _AT_ONCE_S):
                self._add(past, place, quantity, at, min(end, at + _AT_ONCE_S))
        self._start, self._end = min(self._start, first), max(self._end, last)
        if self._end - self._start > 3 * (last - first):  # one has walked on
            self._known = {at: known for at, known in self._known.items() if first <= at < last}
            self._start, self._end = first, last

    def _add(self, past: Past, place: str, quantity: str, start: int, end: int) -> None:
        minutes = past.window(place, quantity, start, end, (end - start) // MINUTE.span_s)
        for at in range(0, len(minutes), _MINUTES):
            means = [one.mean for one in minutes[at : at + _MINUTES] if one is not None and one.mean >= DEAD_V]
            if len(means) >= LEAST_MINUTES:
                self._known[start + at * MINUTE.span_s] = round(sum(means) / len(means), 2)


def _next(moment: float) -> int:
    """When the first window from a moment on begins."""
    return -(-int(moment) // WINDOW_S) * WINDOW_S
