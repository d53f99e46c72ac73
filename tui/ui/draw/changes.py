"""Which cells of a row have changed: only these are sent to the terminal."""

from __future__ import annotations

from tui.ui.draw.lines import Line, cells_of, width_of

BRIDGE = 6
"""A gap of up to this many cells between two changes is cheaper to resend than to skip (cursor move and colours)."""


def changed_cells(old: Line, new: Line) -> list[tuple[int, int]]:
    """The (start, end) ranges of cells in which `new` differs from `old`; the whole row if there are wide
    characters from the first change on."""
    if old == new:
        return []
    same = _in_common(old, new)
    was, now = old[same:], new[same:]
    # Measured by spans: Rich caches 4096 measured texts, and whole rows would take a megabyte.
    if not (_is_narrow(was) and _is_narrow(now)):
        return [(0, max(width_of(old), width_of(new)))]
    behind = _in_common(was[::-1], now[::-1])
    if behind and width_of(was[:-behind]) == width_of(now[:-behind]):  # nothing behind the change has moved
        was, now = was[:-behind], now[:-behind]
    before, after = _cells(was), _cells(now)
    length = max(len(before), len(after))
    before += [(" ", "")] * (length - len(before))
    after += [(" ", "")] * (length - len(after))
    ranges: list[tuple[int, int]] = []
    for at, (one, other) in enumerate(zip(before, after, strict=True), width_of(old[:same])):
        if one == other:
            continue
        if ranges and at - ranges[-1][1] <= BRIDGE:
            ranges[-1] = (ranges[-1][0], at + 1)
        else:
            ranges.append((at, at + 1))
    return ranges


def _in_common(old: Line, new: Line) -> int:
    """How many spans are the same from the first one on."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _is_narrow(row: Line) -> bool:
    """Whether each character takes one cell."""
    return "".join([text for text, _ in row]).isascii() or all(cells_of(text) == len(text) for text, _ in row)


def _cells(row: Line) -> list[tuple[str, str]]:
    return [(character, style) for text, style in row for character in text]
