"""Which cells of a row are sent again: enough of them, and no more."""

from __future__ import annotations

from itertools import pairwise, zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.ui.draw.changes import BRIDGE, changed_cells
from tui.ui.draw.lines import Line, Span, width_of

spans = st.builds(Span, st.text("ab █", max_size=12), st.sampled_from(["", "label", "stale"]))
lines = st.lists(spans, max_size=4).map(tuple)
wide_lines = st.lists(st.builds(Span, st.text("a家🌞e\u0301", max_size=6), st.just("")), max_size=3).map(tuple)


def cells(row: Line, length: int) -> list[tuple[str, str]]:
    """(character, style) of each cell, blank up to `length`."""
    drawn = [(character, span.style) for span in row for character in span.text]
    return drawn + [(" ", "")] * (length - len(drawn))


@given(old=lines, new=lines)
def test_sending_the_changed_cells_turns_the_old_row_into_the_new(old: Line, new: Line) -> None:
    length = max(width_of(old), width_of(new))
    screen, wanted = cells(old, length), cells(new, length)
    for start, end in changed_cells(old, new):
        assert 0 <= start < end <= length
        screen[start:end] = wanted[start:end]
    assert screen == wanted


@given(old=lines, new=lines)
def test_a_range_begins_and_ends_with_a_change_and_bridges_only_short_gaps(old: Line, new: Line) -> None:
    length = max(width_of(old), width_of(new))
    before, after = cells(old, length), cells(new, length)
    ranges = changed_cells(old, new)
    for start, end in ranges:
        assert before[start] != after[start]
        assert before[end - 1] != after[end - 1]
    for (_, end), (start, _) in pairwise(ranges):
        assert start - end > BRIDGE


@given(row=lines)
def test_equal_rows_send_nothing(row: Line) -> None:
    assert changed_cells(row, row) == []
    split = tuple(Span(character, span.style) for span in row for character in span.text)
    assert changed_cells(row, split) == []


@pytest.mark.parametrize(
    ("old", "new", "ranges"),
    [
        ("▼ 1225 W", "▼ 1226 W", [(5, 6)]),
        ("0123456789", "x1234567x9", [(0, 1), (8, 9)]),
        ("0123456789", "x123456x89", [(0, 8)]),
        ("ab", "", [(0, 2)]),
        ("", "  ", []),
    ],
)
def test_two_changes_are_one_range_where_the_cells_between_cost_less_than_a_jump(
    old: str, new: str, ranges: list[tuple[int, int]]
) -> None:
    assert changed_cells((Span(old),), (Span(new),)) == ranges


def test_a_change_of_colour_is_a_change() -> None:
    assert changed_cells((Span("idle"),), (Span("idle", "stale"),)) == [(0, 4)]


@given(same=wide_lines, old=wide_lines, new=wide_lines)
def test_a_row_with_wide_characters_from_the_change_on_is_sent_as_a_whole(same: Line, old: Line, new: Line) -> None:
    before, after = (*same, *old), (*same, *new)
    ranges, is_other = changed_cells(before, after), [one != other for one, other in zip_longest(before, after)]
    if any(is_other) and ranges != [(0, max(width_of(before), width_of(after)))]:
        at = is_other.index(True)
        assert all(width_of((span,)) == len(span.text) for row in (before, after) for span in row[at:])
        assert all(start >= width_of(same) for start, _ in ranges)
