"""The one door to windows of time: from memory, from the history on disk, or from both."""

from __future__ import annotations

import math

from tui.core.graph.bucket import Bucket
from tui.core.past.history import MINUTE
from tui.engine.keeping.kept import Kept
from tui.engine.trends import RINGS, Trends

MEMORY_S = RINGS[-1][0] * RINGS[-1][1]


class Windows:
    """Answers like `Trends.window`, and reaches as far back as anything is kept. Safe to use from any thread."""

    def __init__(self, trends: Trends, kept: Kept) -> None:
        self._trends = trends
        self._kept = kept

    def waits(self, start: float, now_utc: float) -> bool:
        """Whether a window from `start` on may need the disk: then it is asked for in a thread of its own."""
        return self._kept.past is not None and start < now_utc - MEMORY_S + MINUTE.span_s

    def waits_for(self, place: str, quantity: str, start: float) -> bool:
        """Whether this window needs the disk: also soon after a start, before memory is filled."""
        return self._kept.past is not None and start < self._trends.reach(place, quantity)

    def window(self, place: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        """[start, end) in `columns` equal spans: for each one bucket of its samples, or None for a gap.

        Memory has what it holds, the history what was before; it lags by up to two minutes, and memory does not.
        """
        past, reach = self._kept.past, self._trends.reach(place, quantity)
        if past is None or start >= reach:
            return self._trends.window(place, quantity, start, end, columns)
        if end <= reach:
            return past.window(place, quantity, start, end, columns)
        step = (end - start) / columns
        cut = min(columns - 1, math.floor((reach - start) / step))
        begin, until = start + cut * step, start + (cut + 1) * step
        before = past.window(place, quantity, start, begin, cut) if cut else ()
        after: tuple[Bucket | None, ...] = ()
        if cut + 1 < columns:
            after = self._trends.window(place, quantity, until, end, columns - cut - 1)
        # In the column in which memory begins, the history may know the same minute: it only has more weight then.
        edge = math.ceil(reach / MINUTE.span_s) * MINUTE.span_s
        older = past.window(place, quantity, begin, edge, 1)[0] if begin < edge else None
        newer = self._trends.window(place, quantity, max(begin, min(reach, until - 1.0)), until, 1)[0]
        return (*before, together(older, newer), *after)


def together(one: Bucket | None, other: Bucket | None) -> Bucket | None:
    """The samples of both."""
    if one is None or other is None:
        return one or other
    count = one.count + other.count
    mean = (one.mean * one.count + other.mean * other.count) / count if count else other.mean
    return Bucket(min(one.low, other.low), mean, max(one.high, other.high), count)
