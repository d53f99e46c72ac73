"""Walking through time: the cursor, the edge, pages and the zoom, as functions of where one stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tui.core.graph.grid import DAY_SPAN, SPANS, Frame, beside, floor, frame_to

OLDEST = 1_262_304_000.0
"""1 January 2010: no meter of this kind is older, so nobody walks further back (own choice)."""

Framed = Callable[[int, float], Frame]
"""The frame of a span (by its number in `SPANS`) of which the last column holds a moment."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Where one stands."""

    span: int = DAY_SPAN
    """A number in `SPANS`."""
    last: float | None = None
    """A moment in the last column, in seconds since 1970; None: the present."""
    cursor: float | None = None
    """A moment in the column of the cursor; None: the last one."""

    def column(self, frame: Frame) -> int:
        """The column of the cursor."""
        return frame.columns - 1 if self.cursor is None else frame.column_of(self.cursor)


def placed(walk: Walk, frame: Frame, column: int) -> Walk:
    """The cursor on a column of the frame; on the last one of the present it stays there as time goes on."""
    column = min(frame.columns - 1, max(0, column))
    at_end = column == frame.columns - 1 and walk.last is None
    return replace(walk, cursor=None if at_end else frame.cuts[column])


def moved(walk: Walk, frame: Frame, by: int, now: float) -> Walk:
    """The cursor `by` columns further; beyond the edge the picture moves along."""
    column = walk.column(frame) + by
    if 0 <= column < frame.columns:
        return placed(walk, frame, column)
    beyond = column if column < 0 else column - frame.columns + 1
    there = _panned(walk, frame, beyond, now)
    if there.last is None and beyond > 0:
        return replace(there, cursor=None)
    first_or_last = column if column < 0 else frame.columns - 1 + beyond
    return replace(there, cursor=max(OLDEST, beside(frame.step, frame.start, first_or_last, frame.zone)))


def paged(walk: Walk, frame: Frame, by: int, now: float) -> Walk:
    """The picture `by` pages further, but for one column; the cursor keeps its place on the screen."""
    column = walk.column(frame)
    there = _panned(walk, frame, by * max(1, frame.columns - 1), now)
    to = frame_to(frame.step, now if there.last is None else there.last, frame.columns, frame.zone)
    return placed(there, to, column)


def _panned(walk: Walk, frame: Frame, by: int, now: float) -> Walk:
    last = beside(frame.step, frame.cuts[-2], by, frame.zone)
    if last >= floor(frame.step, now, frame.zone):
        return replace(walk, last=None)
    return replace(walk, last=max(OLDEST, last))


def zoomed(walk: Walk, framed: Framed, by: int, now: float, least: int = 0) -> Walk:
    """A span `by` longer, from `SPANS[least]` up. What the cursor stands on stays where it is on the screen."""
    span = min(len(SPANS) - 1, max(least, walk.span + by))
    if walk.cursor is None:
        return replace(walk, span=span)
    before = framed(max(least, walk.span), now if walk.last is None else walk.last)
    share = (walk.column(before) + 0.5) / before.columns
    rough = framed(span, walk.cursor)
    ahead = rough.columns - 1 - min(rough.columns - 1, int(share * rough.columns))
    last = beside(rough.step, rough.cuts[-2], ahead, rough.zone)
    ended = last >= floor(rough.step, now, rough.zone)
    return replace(walk, span=span, last=None if ended else last)
