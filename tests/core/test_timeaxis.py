"""Columns sit on a grid that does not move, and clock times stand where those minutes begin."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.graph.timeaxis import APART_CELLS, STEPS_S, TIME_CELLS, aligned_window, step_for, time_labels

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
KATHMANDU = ZoneInfo("Asia/Kathmandu")  # 5:45 before UTC


def at(text: str, zone: tzinfo = AMSTERDAM) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("span_s", "width", "step"),
    [
        (600, 600, 1),
        (600, 200, 2),  # nearer to 3 than 5 is
        (600, 130, 5),
        (600, 74, 10),
        (600, 40, 15),
        (600, 34, 20),
        (600, 10, 60),
        (24 * 3600, 72, 1200),
        (1, 80, 1),
        (1e9, 80, 86400),
    ],
)
def test_the_nearest_round_step_is_taken(span_s: float, width: int, step: int) -> None:
    assert step_for(span_s, width) == step


def test_the_last_column_is_the_one_now_lies_in() -> None:
    assert aligned_window(1_700_000_009.9, 10, 60) == (1_699_999_410.0, 1_700_000_010.0)
    assert aligned_window(1_700_000_010.0, 10, 60) == (1_699_999_420.0, 1_700_000_020.0)


@given(st.floats(0, 4e9), st.sampled_from(STEPS_S), st.integers(1, 300))
def test_a_window_is_on_the_grid_and_holds_now(now: float, step: int, columns: int) -> None:
    start, end = aligned_window(now, step, columns)
    assert start % step == 0
    assert end - step <= now < end
    assert end - start == step * columns


@pytest.mark.parametrize(
    ("start", "step", "columns", "labels"),
    [
        ("2025-11-22T14:22:00", 10, 60, [(0, "14:22"), (12, "14:24"), (24, "14:26"), (36, "14:28"), (48, "14:30")]),
        ("2025-11-22T14:22:20", 20, 34, [(5, "14:24"), (14, "14:27"), (23, "14:30")]),
        ("2025-11-22T14:22:20", 20, 37, [(5, "14:24"), (14, "14:27"), (23, "14:30"), (32, "14:33")]),
        ("2025-11-22T14:22:20", 20, 36, [(5, "14:24"), (14, "14:27"), (23, "14:30")]),  # 14:33 would be cut off
        ("2025-11-22T14:23:55", 20, 20, [(0, "14:24"), (9, "14:27")]),  # a grid of its own: the column it is in
        ("2025-11-22T14:22:30", 1, 60, [(30, "14:23")]),
        ("2025-11-22T14:22:30", 1, 30, []),
        ("2025-11-22T14:22:00", 10, 4, []),
        ("2025-11-21T14:40:00", 1200, 72, [(1, "15:00"), (10, "18:00"), (19, "21:00"), (28, "00:00"), (37, "03:00"),
                                           (46, "06:00"), (55, "09:00"), (64, "12:00")]),
    ],
)  # fmt: skip
def test_clock_times_stand_where_their_minute_begins(
    start: str, step: int, columns: int, labels: list[tuple[int, str]]
) -> None:
    assert time_labels(at(start), step, columns, AMSTERDAM) == labels


def test_clock_times_are_those_of_the_zone() -> None:
    start = at("2025-11-22T06:00:00", UTC)
    assert time_labels(start, 300, 40, AMSTERDAM) == [(0, "07:00"), (12, "08:00"), (24, "09:00")]
    assert time_labels(start, 300, 40, KATHMANDU) == [(3, "12:00"), (15, "13:00"), (27, "14:00")]


def test_the_night_the_clocks_go_back_has_an_hour_twice() -> None:
    start = at("2025-10-25T23:00:00", UTC)
    assert time_labels(start, 300, 48, AMSTERDAM) == [(0, "01:00"), (12, "02:00"), (24, "02:00"), (36, "03:00")]


def test_the_night_the_clocks_go_forward_lacks_an_hour() -> None:
    start = at("2025-03-30T00:00:00", UTC)
    assert time_labels(start, 300, 36, AMSTERDAM) == [(0, "01:00"), (12, "03:00"), (24, "04:00")]
    midnight = at("2025-03-30T00:00:00")
    assert time_labels(midnight, 1200, 30, AMSTERDAM) == [
        (0, "00:00"),
        (15, "06:00"),
        (24, "09:00"),
    ]  # 03:00 is too near


@given(
    now=st.floats(0, 4e9),
    step=st.sampled_from([step for step in STEPS_S if step <= 3600]),
    columns=st.integers(1, 300),
    zone=st.sampled_from((UTC, AMSTERDAM, KATHMANDU)),
)
def test_clock_times_are_apart_whole_and_true(now: float, step: int, columns: int, zone: tzinfo) -> None:
    start, _ = aligned_window(now, step, columns)
    labels = time_labels(start, step, columns, zone)
    for (left, _), (right, _) in pairwise(labels):
        assert right - left >= APART_CELLS
    for column, clock in labels:
        assert 0 <= column <= columns - TIME_CELLS
        begins = int(start + column * step)
        minutes = range(-(-begins // 60) * 60, begins + step, 60)
        assert clock in {f"{datetime.fromtimestamp(minute, zone):%H:%M}" for minute in minutes}
