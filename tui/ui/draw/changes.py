"""Which cells of a row have changed: only these are sent to the terminal."""

from __future__ import annotations

from tui.ui.draw.lines import Line, cells_of, width_of

BRIDGE = 6
"""A gap of up to this many cells between two changes is cheaper to resend than to skip (cursor move and colours)."""


def changed_cells(old: Line, new: Line) -> list[tuple[int, int]]:
    """The (start, end) ranges of cells in which `new` differs from `old`; the whole row if it has wide characters."""
    if old == new:
        return []
    # Measured by spans: Rich caches 4096 measured texts, and whole rows would take a megabyte.
    if not (_is_narrow(old) and _is_narrow(new)):
        return [(0, max(width_of(old), width_of(new)))]
    same = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), 0)
    first = sum(len(text) for text, _ in old[:same])
    before, after = _cells(old[same:]), _cells(new[same:])
    length = max(len(before), len(after))
    before += [(" ", "")] * (length - len(before))
    after += [(" ", "")] * (length - len(after))
    ranges: list[tuple[int, int]] = []
    for at, (one, other) in enumerate(zip(before, after, strict=True), first):
        if one == other:
            continue
        if ranges and at - ranges[-1][1] <= BRIDGE:
            ranges[-1] = (ranges[-1][0], at + 1)
        else:
            ranges.append((at, at + 1))
    return ranges


def _is_narrow(row: Line) -> bool:
    """Whether each character takes one cell."""
    return all(text.isascii() or cells_of(text) == len(text) for text, _ in row)


def _cells(row: Line) -> list[tuple[str, str]]:
    return [(character, span.style) for span in row for character in span.text]
