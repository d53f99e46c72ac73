"""Ten-minute means over days: which windows count, and what they come to."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.graph.bucket import Bucket
from tui.core.past.history import Row
from tui.core.past.voltagerecord import Excursion, Spread, voltage_records, windows

START = 1_781_265_600
"""A round hour."""


def minute(number: int, volts: float | None, name: str = "voltage_l1_v", power: float | None = None) -> Row:
    """The minute so many after START; None: nothing was measured."""
    bands = {} if volts is None else {name: Bucket(volts - 2, volts, volts + 2, 60)}
    if power is not None:
        bands["power_w"] = Bucket(power, power, power, 60)
    return Row(START + 60 * number, 60, 59, bands)


def level(*volts: float, name: str = "voltage_l1_v") -> list[Row]:
    """Ten minutes at each of these voltages."""
    return [minute(10 * at + each, value, name) for at, value in enumerate(volts) for each in range(10)]


def test_a_window_lies_on_the_clock_and_knows_its_spread_and_the_power_beside_it() -> None:
    rows = [minute(at, 250.0 + at, power=-2900.0 + 100 * at) for at in range(10)]
    (window,) = windows(rows)
    assert window.start == START
    assert window.phases == {1: Spread(254.5, 248.0, 261.0)}
    assert (window.power_w, window.export_w) == (-2450.0, 2450.0)


def test_a_mean_is_over_time_however_often_a_minute_was_sampled() -> None:
    rows = [Row(START + 60 * at, 1, 59, {"voltage_l1_v": Bucket(240.0, 240.0, 240.0, 1 + 59 * at)}) for at in range(9)]
    rows.append(Row(START + 540, 60, 59, {"voltage_l1_v": Bucket(250.0, 250.0, 250.0, 60)}))
    (window,) = windows(rows)
    assert window.phases[1].mean == 241.0


def test_a_house_that_draws_exports_nothing() -> None:
    (window,) = windows([minute(at, 230.0, power=500.0) for at in range(10)])
    assert window.export_w == 0.0


@pytest.mark.parametrize(
    ("missing", "count"),
    [([], 2), ([3], 2), ([3, 4], 1), ([12, 15, 17], 1), ([3, 4, 13, 14], 0)],
)
def test_a_window_counts_if_nine_of_its_minutes_were_measured(missing: list[int], count: int) -> None:
    rows = [minute(at, None if at in missing else 230.0) for at in range(20)]
    assert len(list(windows(rows))) == count


def test_a_start_in_the_middle_of_a_window_begins_with_the_next() -> None:
    assert [window.start for window in windows(level(230.0, 231.0)[4:])] == [START + 600]


def test_a_meter_of_one_phase_has_its_one_voltage_as_l1() -> None:
    (record,) = voltage_records(level(230.0, name="voltage_v"))
    assert (record.phase, record.windows) == (1, 1)


def test_a_dead_phase_is_no_slow_voltage() -> None:
    assert voltage_records(level(3.0)) == ()


def test_both_limits_are_inside_the_range() -> None:
    (record,) = voltage_records(level(207.0, 253.0, 206.99, 253.01))
    assert (record.windows, record.low, record.high, record.outside_pct) == (4, 1, 1, 50.0)
    assert record.highest == (253.01, START + 1800)
    assert record.lowest == (206.99, START + 1200)


@pytest.mark.parametrize(
    ("volts", "longest"),
    [
        ((230.0, 231.0), None),
        ((254.0, 255.0, 254.5, 230.0, 254.0), Excursion(START, START + 1800, 255.0, True)),
        ((254.0, 200.0, 199.0), Excursion(START + 600, START + 1800, 199.0, False)),  # high is not low
        ((254.0, 230.0, 254.0), Excursion(START, START + 600, 254.0, True)),  # of equals the first
    ],
)
def test_the_longest_excursion(volts: tuple[float, ...], longest: Excursion | None) -> None:
    (record,) = voltage_records(level(*volts))
    assert record.longest == longest


def test_a_gap_ends_an_excursion() -> None:
    rows = level(254.0, 254.0, 254.0)
    (record,) = voltage_records([row for row in rows if not 10 <= (row.start - START) // 60 < 20])
    assert record.longest is not None
    assert record.longest.lasted_s == 600


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(180, 260).map(lambda volts: round(volts, 2))), max_size=80))
def test_counted_by_hand(volts: list[float | None]) -> None:
    rows = [minute(at, value) for at, value in enumerate(volts)]
    means = []
    for first in range(0, len(volts), 10):
        there = [value for value in volts[first : first + 10] if value is not None]
        if len(there) >= 9:
            means.append(round(sum(there) / len(there), 2))
    records = voltage_records(rows)
    if not means:
        assert records == ()
        return
    (record,) = records
    assert record.windows == len(means)
    assert record.high == sum(mean > 253 for mean in means)
    assert record.low == sum(mean < 207 for mean in means)
    assert record.highest is not None
    assert record.highest[0] == pytest.approx(max(means))
