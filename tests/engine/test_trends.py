"""Trends: what goes in at any of three resolutions comes out as columns, and what was not measured is a gap."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.graph.bucket import Bucket
from tui.engine.trends import DEVICE_BYTES, LARGEST, PLOTTED, SERIES_PER_DEVICE, Trends

T0 = 1_700_000_400.0
"""On the grid of every ring and every column."""

HOUR = 3600

Columns = tuple[Bucket | None, ...]


def polled(count: int, interval_s: float = 1.0, first: float = 0.0, skipped: range = range(0)) -> Trends:
    """Trends of one meter, "p1", asked `count` times; the power is the number of the poll."""
    trends = Trends()
    for number in range(count):
        if number not in skipped:
            trends.add("p1", {"power_w": float(number)}, T0 + first + number * interval_s, interval_s)
    return trends


def window(trends: Trends, start: float, end: float, columns: int) -> Columns:
    return trends.window("p1", "power_w", T0 + start, T0 + end, columns)


def means(columns: Columns) -> list[float | None]:
    return [None if column is None else column.mean for column in columns]


def test_a_column_has_the_extremes_the_mean_and_the_number_of_its_samples() -> None:
    trends = polled(20)
    assert window(trends, 0, 20, 2) == (Bucket(0, 4.5, 9, 10), Bucket(10, 14.5, 19, 10))


def test_samples_in_one_bucket_are_averaged() -> None:
    trends = Trends()
    for value in (-300.0, 100.0, 500.0):
        trends.add("p1", {"power_w": value}, T0 + 0.25)
    assert window(trends, 0, 1, 1) == (Bucket(-300, 100, 500, 3),)


def test_what_was_not_measured_is_a_gap() -> None:
    trends = polled(30, skipped=range(10, 20))
    assert means(window(trends, 0, 30, 3)) == [4.5, None, 24.5]
    assert means(window(trends, -20, 0, 2)) == [None, None]
    assert means(window(trends, 30, 60, 2)) == [None, None]


@pytest.mark.parametrize(("key", "quantity"), [("other", "power_w"), ("p1", "voltage_l1_v"), ("p1", "nonsense")])
def test_what_is_not_known_is_all_gaps(key: str, quantity: str) -> None:
    assert polled(5).window(key, quantity, T0, T0 + 5, 5) == (None,) * 5


def test_only_plotted_numbers_are_kept() -> None:
    trends = Trends()
    trends.add("p1", {"energy_import_kwh": 12.5, "meter_model": "ISKRA", "tariff": 2}, T0)
    assert trends.size_bytes("p1") == 0
    trends.add("p1", {"power_w": 12, "voltage_l1_v": 230.1}, T0)
    assert trends.window("p1", "power_w", T0, T0 + 1, 1) == (Bucket(12, 12, 12, 1),)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 2 * LARGEST, -1e300])
def test_a_number_no_meter_measures_is_a_gap(value: float) -> None:
    trends = Trends()
    trends.add("p1", {"power_w": value}, T0)
    assert window(trends, 0, 1, 1) == (None,)


# How long a sample stands


@pytest.mark.parametrize("interval_s", [2.0, 5.0, 10.0])
def test_buckets_between_two_polls_are_no_gaps(interval_s: float) -> None:
    trends = polled(10, interval_s)
    drawn = window(trends, 0, 10 * interval_s, int(10 * interval_s))
    assert means(drawn) == [float(second // interval_s) for second in range(int(10 * interval_s))]
    assert [column.count for column in drawn if column] == ([1] + [0] * (int(interval_s) - 1)) * 10


def test_a_poll_a_little_late_is_no_gap() -> None:
    trends = Trends()
    for number, utc in enumerate((0.95, 2.05, 3.0)):
        trends.add("p1", {"power_w": float(number)}, T0 + utc, 1.0)
    assert means(window(trends, 0, 4, 4)) == [0, 0, 1, 2]


def test_a_silent_device_becomes_a_gap_after_one_and_a_half_intervals() -> None:
    trends = polled(3, 4.0)  # the last at 8 s: it stands until 14 s
    assert means(window(trends, 0, 18, 18)) == [0] * 4 + [1] * 4 + [2] * 6 + [None] * 4


def test_a_gap_stays_a_gap_when_the_device_is_back() -> None:
    trends = polled(6, 1.0, skipped=range(1, 4))
    assert means(window(trends, 0, 6, 6)) == [0, 0, None, None, 4, 5]


def test_a_column_longer_than_a_sample_stands_needs_one_of_its_own() -> None:
    assert means(window(polled(10), 0, 20, 2)) == [4.5, None]
    assert means(window(polled(10), 0, 20, 10))[4:6] == [8.5, None]
    assert means(window(polled(1, 10.0), 0, 20, 2)) == [0, 0]


@pytest.mark.parametrize("step", [1, 2, 5, 10, 15, 20, 30, 60])
@pytest.mark.parametrize("interval_s", [0.5, 1.0, 2.0, 5.0, 10.0])
def test_a_device_that_answers_has_no_gaps_at_any_width_of_column(interval_s: float, step: int) -> None:
    trends = Trends()
    for number in range(-2, int(600 / interval_s)):
        jitter = (number * 7 % 10 - 5) * 0.02 * interval_s
        trends.add("p1", {"power_w": 1.0}, T0 + (number + 0.3) * interval_s + jitter, interval_s)
    assert means(window(trends, 0, 600 // step * step, 600 // step)) == [1] * (600 // step)


def test_a_sample_before_the_window_stands_into_it() -> None:
    trends = polled(4, 5.0)
    assert means(window(trends, 7, 12, 5)) == [1, 1, 1, 2, 2]


# The three rings


@pytest.mark.parametrize(
    ("age_s", "bucket_s"),
    [(0, 1), (13 * 60, 1), (16 * 60, 10), (HOUR, 10), (2 * HOUR + 60, 60), (23 * HOUR, 60)],
)
def test_the_finest_ring_that_reaches_back_is_read(age_s: int, bucket_s: int) -> None:
    trends = polled(24 * HOUR // 5, 5.0)
    trends.add("p1", {"power_w": 5.0}, T0 + 24 * HOUR, 5.0)
    start = 24 * HOUR - age_s - age_s % 60
    assert len(set(means(window(trends, start - 60, start, 60)))) == {1: 12, 10: 6, 60: 1}[bucket_s]


def test_the_rings_agree_on_the_mean() -> None:
    trends = Trends()
    values = [(number * 37 % 101) * 23.5 - 900 for number in range(600)]
    for number, value in enumerate(values):
        trends.add("p1", {"power_w": value}, T0 + number)
    exact = [sum(values[at : at + 60]) / 60 for at in range(0, 600, 60)]
    from_seconds = means(window(trends, 0, 600, 10))
    trends.add("p1", {"power_w": 0.0}, T0 + HOUR)  # now the 1 s ring no longer reaches back
    from_ten_seconds = means(window(trends, 0, 600, 10))
    trends.add("p1", {"power_w": 0.0}, T0 + 3 * HOUR)
    from_minutes = means(window(trends, 0, 600, 10))
    assert from_seconds == pytest.approx(exact, rel=1e-5)
    assert from_ten_seconds == pytest.approx(exact, rel=1e-5)
    assert from_minutes == pytest.approx(exact, rel=1e-5)


def test_a_column_finer_than_its_bucket_shows_the_bucket_that_begins_in_it_or_else_around_it() -> None:
    trends = polled(60)
    trends.add("p1", {"power_w": 0.0}, T0 + HOUR)
    assert means(window(trends, 5, 20, 5)) == [4.5, 14.5, 14.5, 14.5, 14.5]


def test_after_a_turn_of_the_ring_the_old_samples_are_gone() -> None:
    trends = polled(3)
    later = 15 * 60
    trends.add("p1", {"power_w": 50.0}, T0 + later + 1)
    assert means(window(trends, later - 2, later + 2, 4)) == [None, None, None, 50]


def test_a_full_ring_shows_nothing_of_the_past_in_the_future() -> None:
    assert means(window(polled(1000), 998, 1004, 6)) == [998, 999, 999, None, None, None]


def test_before_the_longest_ring_begins_there_are_gaps() -> None:
    trends = polled(25 * 60, 60.0)
    assert means(window(trends, 0, 2 * HOUR, 120)) == [None] * 60 + [float(minute) for minute in range(60, 120)]


def test_after_a_long_silence_nothing_old_is_left() -> None:
    trends = polled(3000)
    trends.add("p1", {"power_w": 1.0}, T0 + 30 * 24 * HOUR)
    for span in (600, 2 * HOUR, 24 * HOUR):
        assert means(window(trends, 30 * 24 * HOUR - span + 60, 30 * 24 * HOUR + 60, span // 60))[:-1] == [None] * (
            span // 60 - 1
        )


def test_a_day_comes_back_whole() -> None:
    trends = polled(24 * 60, 60.0)
    drawn = window(trends, 0, 24 * HOUR, 24)
    assert means(drawn) == [60 * hour + 29.5 for hour in range(24)]


# Time that does not go forward


def test_a_clock_a_little_back_counts_where_it_says() -> None:
    trends = polled(10)
    trends.add("p1", {"power_w": 100.0}, T0 + 8.5)
    assert means(window(trends, 7, 10, 3)) == [7, 54, 9]


def test_a_sample_from_before_the_ring_is_ignored_by_it() -> None:
    trends = polled(1, first=HOUR)
    trends.add("p1", {"power_w": 77.0}, T0)
    assert means(window(trends, HOUR - 60, HOUR + 60, 120)) == [None] * 60 + [0, 0] + [None] * 58
    assert means(window(trends, 0, 10, 1)) == [77]


# Memory


def three_phase_meter() -> dict[str, float]:
    names = ["power_w", "current_a"]
    names += [f"{stem}_l{phase}_{unit}" for stem, unit in (("power", "w"), ("voltage", "v"), ("current", "a"))
              for phase in (1, 2, 3)]  # fmt: skip
    return dict.fromkeys(names, 1.0)


def test_everything_a_three_phase_meter_measures_fits() -> None:
    values = three_phase_meter()
    assert len(values) == SERIES_PER_DEVICE
    trends = Trends()
    trends.add("p1", values, T0)
    assert all(trends.window("p1", name, T0, T0 + 1, 1) == (Bucket(1, 1, 1, 1),) for name in values)


def test_memory_has_a_limit_and_does_not_grow() -> None:
    trends = Trends()
    trends.add("p1", dict.fromkeys(PLOTTED, 1.0), T0)
    at_first = trends.size_bytes("p1")
    assert 0 < at_first <= DEVICE_BYTES
    for number in range(0, 3 * 24 * HOUR, 450):
        trends.add("p1", dict.fromkeys(reversed(PLOTTED), float(number)), T0 + number)
    assert trends.size_bytes("p1") == at_first


def test_a_forgotten_device_takes_no_memory_and_others_stay() -> None:
    trends = polled(5)
    trends.add("socket", {"power_w": 3.0}, T0)
    trends.forget("p1")
    trends.forget("never seen")
    assert trends.size_bytes("p1") == 0
    assert means(window(trends, 0, 5, 5)) == [None] * 5
    assert trends.window("socket", "power_w", T0, T0 + 1, 1) == (Bucket(3, 3, 3, 1),)


def test_cleared_trends_start_anew_also_in_the_past() -> None:
    trends = polled(5, first=HOUR)
    trends.clear()
    assert means(window(trends, HOUR, HOUR + 5, 5)) == [None] * 5
    trends.add("p1", {"power_w": 8.0}, T0)
    assert means(window(trends, 0, 1, 1)) == [8]


# Properties


@given(
    samples=st.lists(st.tuples(st.floats(0, 7000), st.floats(-20_000, 20_000, width=32)), max_size=60),
    interval_s=st.sampled_from((0.5, 1.0, 5.0)),
    start=st.integers(-100, 7000),
    step=st.integers(1, 90),
    columns=st.integers(1, 80),
)
def test_columns_are_as_many_as_asked_and_hold_what_was_added(
    samples: list[tuple[float, float]], interval_s: float, start: int, step: int, columns: int
) -> None:
    trends = Trends()
    for utc, value in samples:
        trends.add("p1", {"power_w": value}, T0 + utc, interval_s)
    drawn = window(trends, start, start + step * columns, columns)
    assert len(drawn) == columns
    values = [value for _, value in samples]
    for column in drawn:
        if column is not None:
            assert column.low in values
            assert column.high in values
            assert column.low - 0.01 <= column.mean <= column.high + 0.01
            assert 0 <= column.count <= len(samples)


@given(st.lists(st.tuples(st.integers(0, 599), st.floats(-20_000, 20_000, width=32)), min_size=1, max_size=80))
def test_no_sample_is_lost_or_counted_twice(samples: list[tuple[int, float]]) -> None:
    trends = Trends()
    for second, value in samples:
        trends.add("p1", {"power_w": value}, T0 + second)
    for columns in (1, 7, 10, 13, 60, 600):
        drawn = window(trends, 0, 600, columns)
        assert sum(column.count for column in drawn if column) == len(samples)


# Threads


def test_a_reader_in_another_thread_sees_whole_buckets() -> None:
    trends = Trends()
    stop = threading.Event()
    seen: list[Columns] = []
    read = threading.Event()

    def draw() -> None:
        while not stop.wait(0.0005):  # a pause, or the writer hardly gets the lock
            seen.append(trends.window("p1", "power_w", T0, T0 + 900, 90))
            read.set()

    reader = threading.Thread(target=draw)
    reader.start()
    try:
        # Both samples of a bucket have the same value: a torn bucket would have a mean apart from its extremes.
        for number in range(900):
            for _ in range(2):
                trends.add("p1", {"power_w": float(number // 10)}, T0 + number)
            if number % 100 == 0:
                read.clear()
                assert read.wait(10)
    finally:
        stop.set()
        reader.join(10)
    assert not reader.is_alive()
    assert len(seen) >= 9
    for columns in seen:
        for index, column in enumerate(columns):
            if column is not None and column.count:
                assert (column.low, column.mean, column.high) == (index, index, index)
    assert means(window(trends, 0, 900, 90)) == [float(index) for index in range(90)]


def test_what_is_cut_is_a_gap_in_every_resolution_and_what_came_before_stays() -> None:
    trends = polled(800)
    trends.cut("p1", T0 + 420)
    trends.cut("nobody", T0)
    assert means(window(trends, 415, 420, 5)) == [415.0, 416.0, 417.0, 418.0, 419.0]
    assert means(window(trends, 422, 800, 378)) == [None] * 378
    assert means(window(trends, 360, 480, 2)) == [389.5, None]  # of buckets of 10 s, and of a minute
    assert means(window(trends, -3000, 1800, 2)) == [None, 209.5]
    trends.add("p1", {"power_w": 5.0}, T0 + 800)
    assert means(window(trends, 790, 801, 11)) == [None] * 10 + [5.0]
