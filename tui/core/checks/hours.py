"""What is counted by the hour, so that it is forgotten after a day: polls, telegrams, and how counters moved."""

from __future__ import annotations

import math
from array import array
from collections import deque
from functools import reduce

from tui.core.checks.record import RISE_SLACK_S, Polls, PollSpan, Total
from tui.core.checks.series import DAY_S, MINUTE_S
from tui.core.moment import Now

HOUR_S, HOURS, LATENCIES = 3600.0, 24, 600
MINUTES = 61
"""Of a device: an hour, and one for a silence after it."""
_ROW = 1 + len(Total._fields)
_SPAN = len(PollSpan._fields)


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

    __slots__ = ("_answered", "_counts", "_ends", "_latencies", "_lost", "_rows", "_starts", "_timed")

    def __init__(self) -> None:
        self._counts = Hourly(2)
        self._latencies: deque[float] = deque(maxlen=LATENCIES)
        self._rows = array("d")  # of each closed minute the numbers of a `PollSpan`
        self._starts = self._ends = 0.0  # of the open one
        self._answered = self._lost = self._timed = 0

    def answered(self, at: Now, latency_s: float | None) -> None:
        """A poll was answered."""
        if at.monotonic >= self._ends:
            self._begin_minute(at)
        self._answered += 1
        self._counts.add(at, 1, 0)
        if latency_s is not None:
            self._timed += 1
            self._latencies.append(latency_s)

    def lost(self, at: Now) -> None:
        """A poll was lost."""
        if at.monotonic >= self._ends:
            self._begin_minute(at)
        self._lost += 1
        self._counts.add(at, 0, 1)

    def polls(self, now: Now) -> Polls:
        """Those of the last day, as a copy."""
        answered, lost = self._counts.sums(now)
        rows = self._rows[:]
        if self._answered or self._lost:
            rows.extend(self._open_minute)
        return Polls(answered, lost, tuple(self._latencies), rows)

    def _begin_minute(self, at: Now) -> None:
        """Close the minute before. A silence of many minutes is one row, so that what was before it is kept."""
        rows = self._rows
        if self._lost and not self._answered and rows and not rows[2 - _SPAN]:
            rows[1 - _SPAN], rows[3 - _SPAN] = self._ends, rows[3 - _SPAN] + self._lost
        elif self._answered or self._lost:
            rows.extend(self._open_minute)
            del rows[: -MINUTES * _SPAN]
        self._starts, self._ends = at.monotonic, at.monotonic + MINUTE_S
        self._answered = self._lost = self._timed = 0

    @property
    def _open_minute(self) -> PollSpan:
        count = min(self._timed, LATENCIES)
        latencies = sorted(list(self._latencies)[len(self._latencies) - count :])
        p50, p95 = (latencies[math.ceil(part * count) - 1] if latencies else math.nan for part in (0.5, 0.95))
        return PollSpan(self._starts, self._ends, self._answered, self._lost, p50, p95)


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
