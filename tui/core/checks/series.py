"""One quantity as the record holds it: the samples of the last minutes, 1-minute means and 10-minute means of a day.

A sample stands for the time since the one before it, but for no longer than a device may stay silent. A mean counts as
one only if most of its span was covered, so that no verdict rests on a few samples.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from operator import itemgetter, mul, sub
from typing import NamedTuple

MINUTE_S, WINDOW_S = 60.0, 600.0
DAY_S = 86400.0
MINUTE_FULL_S, WINDOW_FULL_S = 45.0, 540.0
"""How much of a minute and of a 10-minute window must be covered by samples (own choice)."""
RECENT = 300
"""Samples kept of each quantity: five minutes at one a second."""
ROUNDED = 3
"""Decimals of a mean: the noise of adding floats must not carry it over a limit."""


class Mean(NamedTuple):
    """The mean of one span, and when the span ended (monotonic)."""

    ends: float
    value: float


@dataclass(frozen=True, slots=True)
class Means:
    """The means of the spans that were covered, oldest first. Spans that were not are absent."""

    span_s: float
    ends: array[float]
    values: array[float]

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Mean]:
        return (Mean(ends, value) for ends, value in zip(self.ends, self.values, strict=True))

    @property
    def last(self) -> Mean | None:
        """The newest."""
        return Mean(self.ends[-1], self.values[-1]) if self.values else None

    @property
    def highest(self) -> Mean | None:
        """The highest, the oldest of them."""
        return self._of(max(self.values)) if self.values else None

    @property
    def lowest(self) -> Mean | None:
        """The lowest, the oldest of them."""
        return self._of(min(self.values)) if self.values else None

    def _of(self, value: float) -> Mean:
        return Mean(self.ends[self.values.index(value)], round(value, ROUNDED))

    def top_rolling(self, count: int, *, lowest: bool = False) -> Mean | None:
        """The highest (or lowest) mean of `count` spans in a row, where none of them is absent; the oldest of equals.

        A day of minutes costs a fifth of a millisecond.
        """
        longest = (count - 1) * self.span_s + 1.0
        sums = list(accumulate(self.values, initial=0.0))
        spans = zip(map(sub, sums[count:], sums), self.ends[count - 1 :], self.ends, strict=False)
        whole = ((total, ends) for total, ends, first in spans if ends - first <= longest)
        top = (min if lowest else max)(whole, key=itemgetter(0), default=None)
        return None if top is None else Mean(top[1], round(top[0] / count, ROUNDED))


NO_MINUTES = Means(MINUTE_S, array("d"), array("f"))
NO_WINDOWS = Means(WINDOW_S, array("d"), array("f"))


@dataclass(frozen=True, slots=True)
class Series:
    """One quantity of one device.

    `recent` are its last samples, one for each answer in `Observed.times`, NaN where the answer lacked it.
    """

    recent: array[float]
    minutes: Means = NO_MINUTES
    """1-minute means, counted from the start of the observation."""
    windows: Means = NO_WINDOWS
    """Clock-aligned 10-minute means."""


class _Span:
    """The mean of a span that is still open."""

    __slots__ = ("covered_s", "total")

    def __init__(self) -> None:
        self.total = self.covered_s = 0.0

    def add(self, total: float, covered_s: float) -> None:
        self.total += total
        self.covered_s += covered_s

    @property
    def mean(self) -> float:
        return round(self.total / self.covered_s, ROUNDED)


class _Closed:
    """A bounded list of means."""

    __slots__ = ("_most", "ends", "values")

    def __init__(self, span_s: float) -> None:
        self._most = int(DAY_S / span_s)
        self.ends, self.values = array("d"), array("f")

    def add(self, ends: float, value: float) -> None:
        self.ends.append(ends)
        self.values.append(value)
        if len(self.values) > self._most:
            del self.ends[0], self.values[0]

    def means(self, span_s: float, since: float) -> Means:
        """Those that ended since then, as a copy. Spans that were not covered are absent: it may hold older ones."""
        first = bisect_left(self.ends, since)
        return Means(span_s, self.ends[first:], self.values[first:])


class SeriesLog:
    """Collects the samples of one quantity.

    `recent` is kept by the device, which knows of answers that lack it. It adds them to the means many at a time.
    """

    __slots__ = ("_minute", "_minutes", "_window", "_windows", "recent")

    def __init__(self) -> None:
        self.recent = array("f")
        self._minute, self._window = _Span(), _Span()
        self._minutes, self._windows = _Closed(MINUTE_S), _Closed(WINDOW_S)

    def add(self, first: int, held_s: array[float]) -> None:
        """Add the samples of `recent` from `first` on, each of which stands for so many seconds before it."""
        values = self.recent[first:]
        total, covered_s = sum(map(mul, values, held_s)), sum(held_s)
        if total != total:  # an answer lacked it
            both = [(value, held) for value, held in zip(values, held_s, strict=True) if value == value]
            total, covered_s = sum(value * held for value, held in both), sum(held for _, held in both)
        self._minute.add(total, covered_s)
        self._window.add(total, covered_s)

    def end_minute(self, ends: float) -> None:
        """Close the minute; it ended at `ends` (monotonic)."""
        if self._minute.covered_s >= MINUTE_FULL_S:
            self._minutes.add(ends, self._minute.mean)
        self._minute = _Span()

    def end_window(self, ends: float) -> None:
        """Close the 10-minute window; it ended at `ends` (monotonic)."""
        if self._window.covered_s >= WINDOW_FULL_S:
            self._windows.add(ends, self._window.mean)
        self._window = _Span()

    def drop_window(self) -> None:
        """Forget the open window: the clock that it is aligned to was set."""
        self._window = _Span()

    def series(self, minute_ends: float, since: float) -> Series:
        """A copy of what ended since then. A minute that is covered enough counts, though it ends at `minute_ends`."""
        minutes = self._minutes.means(MINUTE_S, since)
        if self._minute.covered_s >= MINUTE_FULL_S:
            minutes.ends.append(minute_ends)
            minutes.values.append(self._minute.mean)
        return Series(self.recent[-RECENT:], minutes, self._windows.means(WINDOW_S, since))
