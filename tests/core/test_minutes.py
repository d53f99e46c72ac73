"""The minute under way: what is sampled, what the counters say at its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from tui.core.graph.bucket import Bucket
from tui.core.past.history import Row
from tui.core.past.minutes import OLDEST_S, Closed, MeterName, Minutes

START = 1_800_000_000
P1: MeterName = ("aabb", "", "4530", "")
GAS: MeterName = ("aabb", "gas_meter", "4730", "m3")


class Read(NamedTuple):
    at: float
    value: float


class Known:
    """The clean readings, as a test says."""

    def __init__(self, known: Mapping[MeterName, Mapping[str, Read]]) -> None:
        self.known = known

    def series(self) -> list[MeterName]:
        return list(self.known)

    def readings(self, name: MeterName, /) -> Mapping[str, Read]:
        return self.known.get(name, {})


NOTHING = Known({})


def test_samples_become_least_mean_and_highest() -> None:
    minutes = Minutes(START)
    for second, power in enumerate((100.0, -50.0, 400.0)):
        minutes.add(P1, {"power_w": power, "tariff": 1, "meter_model": "x"}, START + second)
    assert minutes.turn(START + 60, NOTHING) == (
        Closed(P1, Row(START, 3, 2, {"power_w": Bucket(-50.0, 150.0, 400.0, 3)})),
    )
    assert minutes.turn(START + 120, NOTHING) == ()


def test_a_reading_that_is_confirmed_minutes_later_is_stored_in_its_own_minute() -> None:
    """Of a device that is asked every five minutes; not what was read by a clock that was set since."""
    minutes = Minutes(START)
    minutes.add(P1, {"power_w": 1.0}, START + 10)
    assert len(minutes.turn(START + 300, NOTHING)) == 1
    minutes.add(P1, {"power_w": 1.0}, START + 310)
    known = Known({P1: {"energy_import_kwh": Read(START + 10.4, 7.0), "energy_export_kwh": Read(START - 50.0, 1.0)}})
    late, own = minutes.turn(START + 360, known)
    assert late == Closed(P1, Row(START, 0, 10, {}, {"energy_import_kwh": 7.0}))
    assert (own.row.start, own.row.readings) == (START + 300, {})
    minutes.clock_was_set()
    minutes.add(P1, {"power_w": 1.0}, START + 430)
    assert [closed.row.start for closed in minutes.turn(START + 480, known)] == [START + 360]


@pytest.mark.parametrize("before_s", [1.0, 10.5])
def test_a_value_that_came_just_before_the_minute_and_was_heard_in_it_ends_no_row_before_it_begins(
    before_s: float,
) -> None:
    """What is pushed is heard up to a second later."""
    minutes = Minutes(START)
    minutes.add(P1, {"power_w": 1.0}, START + 59.4 - before_s)
    minutes.turn(START + 60, NOTHING)
    minutes.add(P1, {"power_w": 2.0}, START + 59.4)
    (closed,) = minutes.turn(START + 120, NOTHING)
    assert (closed.row.start, closed.row.samples, closed.row.last_s) == (START + 60, 1, 0)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e300])
def test_no_value_can_be_too_large_to_store(value: float) -> None:
    minutes = Minutes(START)
    minutes.add(P1, {"power_w": value}, START)
    assert minutes.turn(START + 60, NOTHING)[0].row.bands == {}


def test_a_row_has_the_readings_of_one_moment_in_its_minute() -> None:
    minutes = Minutes(START)
    for second in range(60):
        minutes.add(P1, {"power_w": 1.0}, START + second)
    known = Known(
        {
            P1: {
                "energy_import_kwh": Read(START + 58.6, 5.0),
                "energy_import_t1_kwh": Read(START + 57.0, 4.0),
                "energy_import_t2_kwh": Read(START + 30.0, 1.0),  # doubted since: the next minute has it
                "energy_export_kwh": Read(START - 10.0, 1.0),
                "long_power_fail_count": Read(START + 58.6, -1.0),
            }
        }
    )
    (closed,) = minutes.turn(START + 60, known)
    assert closed.row.readings == {"energy_import_kwh": 5.0, "energy_import_t1_kwh": 4.0}
    assert closed.row.last_s == 59


@pytest.mark.parametrize(("second", "kept"), [(-10.0, False), (0.0, True), (60.0, True), (61.0, False)])
def test_a_reading_of_another_minute_is_not_of_this_one(second: float, kept: bool) -> None:
    minutes = Minutes(START)
    minutes.add(P1, {"power_w": 1.0}, START + 59)
    (closed,) = minutes.turn(START + 60, Known({P1: {"energy_import_kwh": Read(START + second, 5.0)}}))
    assert closed.row.readings == ({"energy_import_kwh": 5.0} if kept else {})
    assert closed.row.last_s == (second if kept else 59)


def test_a_meter_behind_a_p1_is_stored_at_its_own_time_and_once() -> None:
    minutes = Minutes(START)
    known = Known({GAS: {"total": Read(START - 3600.0, 9.5)}})
    assert minutes.turn(START + 60, known) == (Closed(GAS, Row(START - 3600, 1, 0, {}, {"total": 9.5})),)
    assert minutes.turn(START + 120, known) == ()
    known.known = {GAS: {"total": Read(START + 30.0, 9.6)}}
    assert minutes.turn(START + 180, known) == (Closed(GAS, Row(START, 1, 30, {}, {"total": 9.6})),)


def test_a_meter_that_was_taken_away_is_not_stored_for_ever() -> None:
    known = Known({GAS: {"total": Read(START - OLDEST_S - 1, 9.5)}})
    assert Minutes(START).turn(START + 60, known) == ()


def test_the_samples_of_a_frozen_meter_are_dropped() -> None:
    minutes = Minutes(START)
    other: MeterName = ("ccdd", "", "", "")
    for name in (P1, other):
        minutes.add(name, {"power_w": 1.0}, START)
    minutes.drop("aabb")
    assert [closed.name for closed in minutes.turn(START + 60, NOTHING)] == [other]
