"""Quarters, hours and days from minutes: nothing is lost, nothing is counted twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.counting.counters import BRIDGE_S
from tui.core.graph.bucket import Bucket
from tui.core.past.coarser import (
    Derived,
    Gap,
    Step,
    merged,
    midnight_of,
    quarter_of,
    quarters,
    read_at,
    ready,
    spans_over,
)
from tui.core.past.history import Row

ZERO = 1_800_000_000
"""A whole hour."""
IMPORT = "energy_import_kwh"


def minute(at: int, value: float | None, name: str = IMPORT, **bands: Bucket) -> Row:
    """The row of a minute whose last reading was taken `at` seconds after ZERO."""
    start = at // 60 * 60
    return Row(ZERO + start, 60, at - start, bands, {} if value is None else {name: value})


def derived(rows: list[Row], end: int, kind: str = "", before: Derived | None = None) -> Step:
    return quarters(before or Derived(ZERO), rows, ZERO + end, kind)


def amounts(step: Step, name: str = IMPORT) -> list[tuple[int, float, int]]:
    return [(row.start - ZERO, round(row.amounts.get(name, 0.0), 6), row.covered_s) for row in step.rows]


def test_two_quarters_share_what_moved_across_their_border() -> None:
    rows = [minute(0, 10.0), minute(600, 11.0), minute(1200, 12.0), minute(1800, 13.0)]
    assert amounts(derived(rows, 1800)) == [(0, 1.5, 900), (900, 1.5, 900)]


def test_what_moved_in_a_gap_is_in_no_quarter() -> None:
    rows = [minute(0, 10.0), minute(600, 11.0), minute(600 + BRIDGE_S + 60, 15.0), minute(1800, 16.0)]
    step = derived(rows, 1800)
    assert amounts(step) == [(0, 1.0, 600), (900, 1.0, 240)]
    assert step.gaps == (Gap(IMPORT, ZERO + 600, ZERO + 1560, 4.0),)


def test_a_gap_that_ends_with_the_quarter_is_told_once() -> None:
    rows = [minute(0, 10.0), minute(1800, 15.0), minute(2700, 15.5)]
    first = derived(rows, 1800)
    assert first.gaps == (Gap(IMPORT, ZERO, ZERO + 1800, 5.0),)
    second = derived(rows[1:], 2700, before=first.after)
    assert (amounts(second), second.gaps) == ([(1800, 0.5, 900)], ())


def test_a_quarter_is_covered_as_long_as_any_counter_was_read() -> None:
    both = Row(ZERO, 60, 0, {}, {IMPORT: 10.0, "energy_export_kwh": 1.0})
    export = Row(ZERO + 420, 60, 0, {}, {"energy_export_kwh": 2.0})
    step = derived([both, export, minute(900, 11.0)], 900)
    assert [(row.covered_s, row.amounts) for row in step.rows] == [(900, {IMPORT: 1.0, "energy_export_kwh": 1.0})]


@pytest.mark.parametrize(("apart", "moved"), [(BRIDGE_S, 1.0), (BRIDGE_S + 1, None)])
def test_how_far_apart_two_readings_may_be(apart: int, moved: float | None) -> None:
    step = derived([minute(0, 10.0), minute(apart, 11.0)], 900 if moved else 1800)
    assert (step.rows[0].amounts.get(IMPORT), len(step.gaps)) == (moved, 0 if moved else 1)


@pytest.mark.parametrize(("then", "what"), [(9.0, "fell"), (14.0, "leapt: 240 kW")])
def test_a_counter_that_begins_anew_moved_nothing_that_is_known(then: float, what: str) -> None:
    rows = [minute(0, 10.0), minute(60, then), minute(120, then + 0.1), minute(900, then + 0.2)]
    step = derived(rows, 900)
    assert amounts(step) == [(0, 0.2, 840)], what
    assert step.gaps == (Gap(IMPORT, ZERO, ZERO + 60, 0.0),)


def test_an_event_happened_in_one_quarter() -> None:
    name = "any_power_fail_count"
    rows = [minute(840, 4.0, name), minute(960, 5.0, name), minute(1800, 5.0, name)]
    assert amounts(derived(rows, 1800), name)[1][:2] == (900, 1.0)


def test_a_meter_that_is_read_once_an_hour_fills_its_quarters() -> None:
    rows = [minute(0, 10.0, "total"), minute(3600, 10.4, "total")]
    step = derived(rows, 3600, "gas_meter")
    assert amounts(step, "total") == [(at, 0.1, 900) for at in (0, 900, 1800, 2700)]
    assert [row.samples for row in step.rows] == [60, 0, 0, 0]


def test_every_counter_is_waited_for_but_not_for_ever() -> None:
    two = Row(ZERO, 60, 59, {}, {IMPORT: 1.0, "energy_export_kwh": 1.0})
    before = Derived(ZERO)
    assert ready(before, [two, minute(900, 2.0)], BRIDGE_S) == ZERO
    assert ready(before, [two, minute(960, 2.0)], BRIDGE_S) == ZERO + 900
    assert ready(before, [], BRIDGE_S) == ZERO
    assert ready(before, [minute(899, None)], BRIDGE_S) == ZERO
    assert ready(before, [minute(900, None)], BRIDGE_S) == ZERO + 900


def test_rows_become_one_with_the_mean_of_all_samples() -> None:
    first = Row(ZERO, 60, 59, {"power_w": Bucket(1.0, 10.0, 20.0, 60)}, {IMPORT: 1.0}, {IMPORT: 0.5}, 60)
    last = Row(ZERO + 60, 20, 30, {"power_w": Bucket(0.0, 50.0, 60.0, 20)}, {IMPORT: 2.0}, {IMPORT: 1.0}, 30)
    assert merged([first, last], ZERO) == Row(
        ZERO, 80, 90, {"power_w": Bucket(0.0, 20.0, 60.0, 80)}, {IMPORT: 2.0}, {IMPORT: 1.5}, 90
    )


def test_days_are_cut_at_local_midnight_when_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    for day, hours in (((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 7, 1), 24)):
        noon = datetime(*day, 12, tzinfo=zone).timestamp()
        start, end = midnight_of(noon, zone), midnight_of(noon, zone, 1)
        assert (end - start) / 3600 == hours
        days = spans_over(start + 900, end, lambda at: midnight_of(at, zone, 1), lambda at: midnight_of(at, zone))
        assert days == [(start, end)]


@st.composite
def readings(draw: st.DrawFn) -> list[Row]:
    """Some hours of a counter, with gaps, restarts and seconds at which nothing was read."""
    at, value, rows = draw(st.integers(0, 59)), draw(st.floats(0, 1e5)), list[Row]()
    for _ in range(draw(st.integers(2, 40))):
        rows.append(minute(at, round(value, 3)))
        at = (at // 60 + draw(st.sampled_from([1, 1, 1, 2, 14, 15, 16, 40, 700]))) * 60 + draw(st.integers(0, 59))
        value = max(0.0, value + draw(st.sampled_from([0.0, 0.001, 0.05, 0.05, 0.05, 1.0, -0.5])))
    return rows


def _moved(rows: list[Row], start: int, end: int) -> float:
    """What moved between two moments by a straight line, as somebody would reckon it by hand."""
    total = 0.0
    for one, other in pairwise(rows):
        seconds, moved = read_at(other) - read_at(one), other.readings[IMPORT] - one.readings[IMPORT]
        if 0 < seconds <= BRIDGE_S and 0 <= moved <= 61 * (seconds + 15) / 3600:
            total += moved * max(0, min(end, read_at(other)) - max(start, read_at(one))) / seconds
    return total


@settings(max_examples=60, deadline=None)
@given(readings(), st.lists(st.integers(1, 12), max_size=6))
def test_it_does_not_matter_in_how_many_steps_they_are_derived(rows: list[Row], cuts: list[int]) -> None:
    end = quarter_of(read_at(rows[-1])) - ZERO + 900
    once = derived(rows, end)
    for row in once.rows:
        assert row.amounts.get(IMPORT, 0.0) == pytest.approx(_moved(rows, row.start, row.start + 900))
    known, made, gaps = Derived(ZERO), list[Row](), list[Gap]()
    for width in [*cuts, end // 900]:
        to = min(end, known.until - ZERO + 900 * width)
        step = derived([row for row in rows if row.start >= known.until], to, before=known)
        made += step.rows
        gaps += step.gaps
        known = step.after
    assert tuple(made) == once.rows
    assert tuple(gaps) == once.gaps
    assert known.last == once.after.last


@pytest.mark.parametrize("values", [{}, {IMPORT: 5.0}])
def test_a_series_that_is_silent_is_derived_without_rows(values: Mapping[str, float]) -> None:
    before = Derived(ZERO, {name: (ZERO, value) for name, value in values.items()})
    assert derived([], 86400, before=before) == Step((), (), Derived(ZERO + 86400, before.last))
