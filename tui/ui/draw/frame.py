"""Horizontal rules with titles in them, and the footer with the keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui.ui.draw.lines import Line, Span, cells_of, fit, fit_line, line
from tui.ui.glyphs import Glyphs

TITLE_FRAME = 5
"""Cells of a rule not available to its title: two corners, a blank on either side, and one cell of line."""


def rule(width: int, glyphs: Glyphs, *, split: int | None = None, titles: Sequence[str] = (), top: bool = True) -> Line:
    """A border row of two boxes side by side, divided at cell `split`, with a title in each."""
    left, right = (glyphs.top_left, glyphs.top_right) if top else (glyphs.bottom_left, glyphs.bottom_right)
    tee = glyphs.tee_down if top else glyphs.tee_up
    first, second = ([*titles, "", ""])[:2]
    if split is None:
        return _titled(left, first, width - 2, right, glyphs)
    return (
        *_titled(left, first, split - 1, tee, glyphs),
        *_titled("", second, width - split - 2, right, glyphs),
    )


def divider(width: int, glyphs: Glyphs, title: str, *, plain: bool = False) -> Line:
    """A rule with a title, between two parts of one box; `plain` has no sides to join."""
    left, right = (glyphs.horizontal, glyphs.horizontal) if plain else (glyphs.tee_right, glyphs.tee_left)
    return _titled(left, title, width - 2, right, glyphs)


def flat_rule(width: int, glyphs: Glyphs) -> Line:
    """A rule from edge to edge."""
    return line(Span(glyphs.horizontal * width, "frame"))


def _titled(left: str, title: str, room: int, right: str, glyphs: Glyphs) -> Line:
    if title and room > 6:
        title = f" {title} "
        title = title if cells_of(title) <= room - 1 else fit(title, room - 1, glyphs)
    else:
        title = ""
    rest = glyphs.horizontal * max(0, room - cells_of(title))
    return line(Span(left, "frame"), Span(title, "title"), Span(rest + right, "frame"))


class Hint(NamedTuple):
    """A key as the footer shows it, and the action that a click on it does."""

    key: str
    words: str
    action: str


def footer(hints: Sequence[Hint], width: int) -> tuple[Line, list[tuple[int, int, str]]]:
    """The keys that fit, always including the last one ("? help"), and where each is: (start, end, action)."""
    if not hints:
        return fit_line((), width), []
    *firsts, last = hints
    room = width - _size(last) - 2
    kept: list[Hint] = []
    for hint in firsts:
        if (size := _size(hint) + 2) <= room:
            kept.append(hint)
            room -= size
    spans: list[Span] = [Span(" ")]
    places: list[tuple[int, int, str]] = []
    at = 1
    for hint in [*kept, last]:
        spans += [Span(hint.key, "key"), Span(f" {hint.words}  ", "label")]
        end = at + _size(hint)
        places.append((at, end, hint.action))
        at = end + 2
    return fit_line(tuple(spans), width), places


def _size(hint: Hint) -> int:
    return cells_of(hint.key) + 1 + cells_of(hint.words)
