"""Which cells of a row have changed: only these are sent to the terminal."""

from __future__ import annotations

from tui.ui.draw.lines import Line, width_of

BRIDGE = 6
"""A gap of up to this many cells between two changes is cheaper to resend than to skip (cursor move and colours)."""


def changed_cells(old: Line, new: Line) -> list[tuple[int, int]]:
    """The (start, end) ranges of cells in which `new` differs from `old`; the whole row if it has wide characters."""
    if old == new:
        return []
    # Measured by spans: Rich caches 4096 measured texts, and whole rows would take a megabyte.
    if any(width_of(row) != sum(len(span.text) for span in row) for row in (old, new)):
        return [(0, max(width_of(old), width_of(new)))]
    before, after = _cells(old), _cells(new)
    length = max(len(before), len(after))
    before += [(" ", "")] * (length - len(before))
    after += [(" ", "")] * (length - len(after))
    ranges: list[tuple[int, int]] = []
    for at in range(length):
        if before[at] == after[at]:
            continue
        if ranges and at - ranges[-1][1] <= BRIDGE:
            ranges[-1] = (ranges[-1][0], at + 1)
        else:
            ranges.append((at, at + 1))
    return ranges


def _cells(row: Line) -> list[tuple[str, str]]:
    return [(character, span.style) for span in row for character in span.text]
