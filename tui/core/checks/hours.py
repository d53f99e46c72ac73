"""What is counted by the hour, so that it is forgotten after a day: polls, telegrams, and how counters moved."""

from __future__ import annotations

from array import array
from collections import deque
from functools import reduce

from tui.core.checks.record import RISE_SLACK_S, Polls, Total
from tui.core.checks.series import DAY_S
from tui.core.moment import Now

HOUR_S, HOURS, LATENCIES = 3600.0, 24, 600
_ROW = 1 + len(Total._fields)


class Hourly:
    """Several counts of the last day, in steps of an hour."""

    __slots__ = ("_columns", "_hours")

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._hours: deque[tuple[float, list[int]]] = deque(maxlen=HOURS)  # its start (monotonic) and its counts

    def add(self, at: Now, *counts: int) -> None:
        """Count so many more in each column."""
        if not self._hours or at.monotonic - self._hours[-1][0] >= HOUR_S:
            self._hours.append((at.monotonic, [0] * self._columns))
        hour = self._hours[-1][1]
        hour[:] = [before + more for before, more in zip(hour, counts, strict=True)]

    def sums(self, now: Now) -> tuple[int, ...]:
        """The counts of the last day, one a column."""
        hours = [counts for start, counts in self._hours if now.monotonic - start < DAY_S]
        return tuple(sum(column) for column in zip([0] * self._columns, *hours, strict=True))


class PollLog:
    """Answers and losses, and the latencies of the last answers."""

    __slots__ = ("_counts", "_latencies")

    def __init__(self) -> None:
        self._counts = Hourly(2)
        self._latencies: deque[float] = deque(maxlen=LATENCIES)

    def answered(self, at: Now, latency_s: float | None) -> None:
        """A poll was answered."""
        self._counts.add(at, 1, 0)
        if latency_s is not None:
            self._latencies.append(latency_s)

    def lost(self, at: Now) -> None:
        """A poll was lost."""
        self._counts.add(at, 0, 1)

    def polls(self, now: Now) -> Polls:
        """Those of the last day, as a copy."""
        answered, lost = self._counts.sums(now)
        return Polls(answered, lost, tuple(self._latencies))


class TotalLog:
    """How one counter moved in the last day. An hour in which it stood still costs nothing."""

    __slots__ = ("_hours", "_last", "_read_at")

    def __init__(self, value: float, at: Now) -> None:
        self._last, self._read_at = value, at.monotonic
        self._hours = array("d")  # of each hour its start (monotonic), then the numbers of a `Total`

    def read(self, value: float, at: Now) -> None:
        """Take in an answer."""
        if value != self._last:
            hours = self._hours
            if not hours or at.monotonic - hours[-_ROW] >= HOUR_S:
                hours.extend((at.monotonic, *Total(self._last, self._last)))
                del hours[: -HOURS * _ROW]
            hours[1 - _ROW :] = array("d", _followed(Total(*hours[1 - _ROW :]), value, at.monotonic - self._read_at))
            self._last = value
        self._read_at = at.monotonic

    def total(self, now: Now) -> Total:
        """What it did in the last day."""
        starts = range(0, len(self._hours), _ROW)
        hours = [Total(*self._hours[at + 1 : at + _ROW]) for at in starts if now.monotonic - self._hours[at] < DAY_S]
        return reduce(_joined, hours) if hours else Total(self._last, self._last)


def _followed(total: Total, value: float, seconds: float) -> Total:
    """A counter after one more value, `seconds` later."""
    change = value - total.last
    if change < 0:
        return total._replace(last=value, fall=max(total.fall, -change))
    return _steeper(total._replace(last=value), total._replace(rise=change, rise_s=seconds))


def _steeper(total: Total, other: Total) -> Total:
    """A counter with the rise of another one, if that has the higher rate."""
    if other.rise * (total.rise_s + RISE_SLACK_S) > total.rise * (other.rise_s + RISE_SLACK_S):
        return total._replace(rise=other.rise, rise_s=other.rise_s)
    return total


def _joined(before: Total, after: Total) -> Total:
    """Two hours as one."""
    return _steeper(before, after)._replace(last=after.last, fall=max(before.fall, after.fall))
