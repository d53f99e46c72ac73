"""Columns of the graph view lie on a fixed grid, at round times of the zone, whatever the clock does."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.core.graph.grid import MOST_CELLS, SPANS, STEPS, Frame, Span, Step, Unit, beside, columns_for, floor, frame_to
from tui.core.graph.ticks import ticks
from tui.core.graph.walk import OLDEST, Walk, moved, paged, placed, zoomed

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).timestamp()


def local(utc: float) -> str:
    return datetime.fromtimestamp(utc, AMSTERDAM).strftime("%Y-%m-%d %H:%M")


NOW = at("2026-11-27T14:32:00")


@pytest.mark.parametrize(
    ("cells", "steps"),
    [
        (73, ["60 of 5 s", "60 of 15 s", "60 of 60 s", "72 of 300 s", "72 of 1200 s",
              "56 of 3 h", "62 of 12 h", "73 of 5 d"]),
        (33, ["30 of 10 s", "30 of 30 s", "30 of 120 s", "30 of 720 s", "32 of 2700 s",
              "28 of 6 h", "31 of 1 d", "31 of 12 d"]),
        (193, ["150 of 2 s", "180 of 5 s", "180 of 20 s", "180 of 120 s", "180 of 480 s", "168 of 3600 s", "186 of 4 h",
               "183 of 2 d"]),
    ],
)  # fmt: skip
def test_each_span_has_the_finest_columns_that_fit(cells: int, steps: list[str]) -> None:
    found = [columns_for(span, cells) for span in SPANS]
    assert [f"{count} of {step.size} {step.unit[0]}" for step, count in found] == steps
    assert columns_for(SPANS[-1], 1) == (Step(12, Unit.MONTH), 1)


@pytest.mark.parametrize("cells", [10, 33, 53, 73, 93, 120, 193, 300])
@pytest.mark.parametrize("span", SPANS, ids=lambda span: span.name)
def test_what_is_shown_is_the_span_that_is_named(span: Span, cells: int) -> None:
    step, count = columns_for(span, cells)
    assert 0 <= step.seconds * count - span.seconds < step.seconds
    frame = frame_to(step, NOW, count, AMSTERDAM, width=cells)
    if span.seconds < 90 * 86400 and span.seconds % step.seconds == 0:
        shown = datetime.fromtimestamp(frame.end, AMSTERDAM).replace(tzinfo=None) - datetime.fromtimestamp(
            frame.start, AMSTERDAM
        ).replace(tzinfo=None)
        change_s = shown.total_seconds() - (frame.end - frame.start)  # of the clock, in October
        assert shown.total_seconds() - span.seconds in (0.0, change_s)
    # The cells are shared out, and every one belongs to the column that is drawn there.
    assert (frame.starts[0], frame.starts[-1]) == (0, cells)
    for column, (at, after) in enumerate(pairwise(frame.starts)):
        assert after - at in {cells // count, -(-cells // count)}
        assert after - at <= MOST_CELLS
        assert {frame.column_at(cell) for cell in range(at, after)} == {column}


def test_a_day_has_as_many_hours_as_the_clock_gives_it() -> None:
    autumn = frame_to(Step(1, Unit.DAY), at("2026-10-26T12:00"), 3, AMSTERDAM)
    assert [(b - a) / 3600 for a, b in pairwise(autumn.cuts)] == [24, 25, 24]
    assert [autumn.change_s(column) for column in range(3)] == [0, -3600, 0]
    spring = frame_to(Step(1, Unit.DAY), at("2026-03-30T12:00"), 3, AMSTERDAM)
    assert [(b - a) / 3600 for a, b in pairwise(spring.cuts)] == [24, 23, 24]
    assert [spring.change_s(column) for column in range(3)] == [0, 3600, 0]


def test_hours_of_the_clock_are_round_on_both_sides_of_its_change() -> None:
    frame = frame_to(Step(2, Unit.HOUR), at("2026-03-29T09:00"), 6, AMSTERDAM)
    assert [local(cut)[11:] for cut in frame.cuts] == ["22:00", "00:00", "03:00", "04:00", "06:00", "08:00", "10:00"]
    frame = frame_to(Step(2, Unit.HOUR), at("2026-10-25T07:00"), 5, AMSTERDAM)
    assert [(b - a) / 3600 for a, b in pairwise(frame.cuts)] == [2, 2, 3, 2, 2]


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    assert local(floor(Step(1, Unit.WEEK), NOW, AMSTERDAM)) == "2026-11-23 00:00"
    year = frame_to(Step(1, Unit.MONTH), NOW, 12, AMSTERDAM, 6)
    assert (local(year.start), local(year.end)) == ("2025-12-01 00:00", "2026-12-01 00:00")


def test_windows_are_asked_for_in_runs_of_equal_columns() -> None:
    frame = frame_to(Step(1, Unit.DAY), at("2026-10-27T12:00"), 5, AMSTERDAM)
    days = [(local(start)[5:10], local(end)[5:10], count) for start, end, count in frame.runs()]
    assert days == [("10-23", "10-25", 2), ("10-25", "10-26", 1), ("10-26", "10-28", 2)]


@settings(max_examples=40)
@example(moment=1893452399.9999998, step=Step(1, Unit.MONTH), columns=1, cells=1)
@given(
    moment=st.floats(at("2020-01-01T00:00"), at("2030-01-01T00:00")),
    step=st.sampled_from(STEPS),
    columns=st.integers(1, 40),
    cells=st.integers(1, 9),
)
def test_columns_rise_hold_their_moment_and_stay_where_they_are(
    moment: float, step: Step, columns: int, cells: int
) -> None:
    frame = frame_to(step, moment, columns, AMSTERDAM, cells)
    assert all(left < right for left, right in pairwise(frame.cuts))
    assert frame.cuts[-2] <= moment < frame.end
    assert frame_to(step, frame.cuts[-2], columns, AMSTERDAM, cells) == frame
    assert beside(step, frame.cuts[-1], -columns, AMSTERDAM) == frame.start
    assert sum(count for *_, count in frame.runs()) == columns
    width = columns * cells
    for (left, text), (right, _) in pairwise(ticks(frame)):
        assert left + len(text) < right
    assert all(cell >= 0 and (cell + len(text) <= width or cell == 0) for cell, text in ticks(frame))


# ------------------------------------------------------------------ what stands below


@pytest.mark.parametrize(
    ("step", "columns", "cells", "last", "labels"),
    [
        (Step(1200), 30, 1, "2026-11-27T14:32", [(4, "06:00"), (13, "09:00"), (22, "12:00")]),
        (Step(3, Unit.HOUR), 24, 1, "2026-11-27T14:32", [(3, "Wed"), (11, "Thu"), (19, "Fri")]),
        (Step(1, Unit.DAY), 7, 10, "2026-11-26T14:32", [(0, "Fri"), (10, "Sat"), (20, "Sun"), (30, "Mon"), (40, "Tue"),
                                                         (50, "Wed"), (60, "Thu")]),
        (Step(1, Unit.DAY), 31, 2, "2026-11-27T14:32", [(10, "2 Nov"), (24, "9 Nov"), (38, "16 Nov"), (52, "23 Nov")]),
        (Step(1, Unit.DAY), 9, 6, "2026-11-04T14:32", [(0, "27"), (6, "28"), (12, "29"), (18, "30"), (24, "31"),
                                                       (30, "1 Nov"), (36, "2"), (42, "3"), (48, "4")]),
        (Step(1, Unit.MONTH), 4, 6, "2026-02-27T14:32", [(0, "Nov"), (6, "Dec"), (12, "Jan"), (18, "Feb")]),
        (Step(600), 30, 1, "2026-10-25T04:00", [(16, "-1h")]),
        (Step(3, Unit.HOUR), 16, 1, "2026-03-29T12:00", [(3, "Sat"), (11, "+1h")]),
        (Step(1, Unit.DAY), 3, 10, "2026-10-26T12:00", [(0, "Sat"), (10, "Sun -1h"), (20, "Mon")]),
        (Step(1, Unit.DAY), 3, 7, "2026-10-26T12:00", [(0, "Sat"), (7, "-1h"), (14, "Mon")]),
    ],
)  # fmt: skip
def test_round_times_stand_where_they_begin_and_the_change_of_the_clock_says_so(
    step: Step, columns: int, cells: int, last: str, labels: list[tuple[int, str]]
) -> None:
    assert ticks(frame_to(step, at(last), columns, AMSTERDAM, cells)) == labels


# ------------------------------------------------------------------ walking

COLUMNS = 10
HOURLY = frame_to(Step(3600), NOW, COLUMNS, AMSTERDAM)


def framed(span: int, last: float) -> Frame:
    step, count = columns_for(SPANS[span], COLUMNS)
    return frame_to(step, last, count, AMSTERDAM)


def test_the_cursor_moves_within_the_picture_and_then_the_picture_moves() -> None:
    walk = Walk()
    assert walk.column(HOURLY) == 9
    walk = moved(walk, HOURLY, -9, NOW)
    assert (walk.last, walk.column(HOURLY)) == (None, 0)
    walk = moved(walk, HOURLY, -1, NOW)
    assert walk.last is not None
    frame = frame_to(Step(3600), walk.last, COLUMNS, AMSTERDAM)
    assert (HOURLY.start - frame.start, walk.column(frame)) == (3600, 0)


def test_on_the_right_it_ends_with_the_present_and_follows_it() -> None:
    walk = Walk(last=NOW - 2 * 3600, cursor=NOW - 2 * 3600)
    frame = frame_to(Step(3600), NOW - 2 * 3600, COLUMNS, AMSTERDAM)
    walk = moved(walk, frame, 1, NOW)
    assert walk.last == NOW - NOW % 3600 - 3600
    walk = moved(walk, frame_to(Step(3600), walk.last, COLUMNS, AMSTERDAM), 5, NOW)
    assert walk == Walk()
    assert moved(walk, HOURLY, 1, NOW) == Walk()


def test_a_page_keeps_one_column_and_the_place_of_the_cursor() -> None:
    walk = placed(Walk(), HOURLY, 4)
    walk = paged(walk, HOURLY, -1, NOW)
    assert walk.last == HOURLY.start
    frame = frame_to(Step(3600), walk.last, COLUMNS, AMSTERDAM)
    assert walk.column(frame) == 4
    assert paged(walk, frame, 1, NOW) == placed(Walk(), HOURLY, 4)


def test_nobody_walks_further_back_than_there_are_meters() -> None:
    walk = Walk(last=OLDEST + 7200.0, cursor=OLDEST)
    frame = frame_to(Step(3600), OLDEST + 7200.0, COLUMNS, AMSTERDAM)
    assert paged(walk, frame, -1, NOW).last == OLDEST


@pytest.mark.parametrize("by", [-3, -1, 1, 2])
@pytest.mark.parametrize("column", [2, 5, 8])
def test_the_zoom_leaves_the_cursor_where_it_is(by: int, column: int) -> None:
    long_ago = framed(4, NOW - 40 * 86400)
    walk = placed(Walk(last=NOW - 40 * 86400), long_ago, column)
    there = zoomed(walk, framed, by, NOW)
    assert there.span == 4 + by
    frame = framed(there.span, there.last or NOW)
    assert there.last is not None
    place, was = (
        (one + 0.5) / of.columns for one, of in ((there.column(frame), frame), (walk.column(long_ago), long_ago))
    )
    assert abs(place - was) <= 0.5 / frame.columns + 1e-9
    assert zoomed(there, framed, -by, NOW).cursor == walk.cursor


def test_the_zoom_of_the_present_stays_there_and_ends_at_the_shortest_and_longest_span() -> None:
    assert zoomed(Walk(), framed, 99, NOW) == Walk(len(SPANS) - 1)
    assert zoomed(Walk(), framed, -99, NOW) == Walk(0)
    assert zoomed(Walk(), framed, -99, NOW, 3) == Walk(3)
    near = placed(Walk(), framed(4, NOW), 8)
    assert zoomed(near, framed, 1, NOW).last is None
