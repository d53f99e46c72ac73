"""When an alarm is raised, and when it is over: seconds since the first value, and the device."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.alarms.alarmlab import T0, Around, Lab, rule
from tui.core.alarms.state import GROUP_S, AlarmState
from tui.core.counting.quarter import RunningQuarter
from tui.core.model import Device, Problem, Read, Role, State
from tui.core.moment import Now
from tui.core.reading import Measurement

HIGH = "power_w > 5000"


def lab(*whens: str, group_s: float = 0.0, before_s: float = 3600.0) -> Lab:
    one = Lab(*map(rule, whens or [HIGH]), group_s=group_s, before_s=before_s)
    one.add()
    return one


# ------------------------------------------------------------------ for how long


@pytest.mark.parametrize(
    ("when", "values", "raised"),
    [
        (HIGH, [5000, 5000.1], [1]),
        ("power_w >= 5000", [4999.9, 5000], [1]),
        ("power_w < 0", [0, -1], [1]),
        ("power_w <= 0", [1, 0], [1]),
        ("power_w == 7", [6, 7], [1]),
        ("power_w != 7", [7, 6], [1]),
        (f"{HIGH} for 3s", [6000] * 3, []),
        (f"{HIGH} for 3s", [6000] * 4, [3]),
        (f"{HIGH} for 3s", [6000, 6000, 6000, 5000, 6000, 6000, 6000, 6000, 6000], [7]),
    ],
)
def test_a_condition_has_to_hold_for_its_time(when: str, values: list[float], raised: list[int]) -> None:
    one = lab(when)
    one.goes("power_w", *values)
    assert one.raised == [(at, "a") for at in raised]


def test_time_counts_by_values_and_not_by_looks() -> None:
    one = lab(f"{HIGH} for 3s")
    one.measures(power_w=6000)
    for _ in range(24):
        one.wait(0.125)
        one.look()
    assert one.raised == []
    one.measures(power_w=6000)
    assert one.raised == [(3, "a")]


@pytest.mark.parametrize(
    ("for_s", "gap_s", "goes_on"),
    [
        (10, 3, True),
        (10, 3.5, False),  # three intervals
        (100, 10, True),
        (100, 10.5, False),  # a tenth of the time
        (700, 60, True),
        (700, 60.5, False),  # a minute
    ],
)
def test_what_is_not_known_for_long_begins_anew(for_s: int, gap_s: float, goes_on: bool) -> None:
    one = lab(f"{HIGH} for {for_s}s")
    one.measures(power_w=6000)
    one.wait(gap_s)
    one.measures(power_w=6000)
    while one.at < for_s:
        one.wait(1)
        one.measures(power_w=6000)
    assert bool(one.raised) is goes_on


def test_the_gap_follows_the_pace_of_the_device() -> None:
    one = lab("water_flow_lpm > 0 for 60m")
    one.devices["a"] = replace(one.devices["a"], interval_s=30.0)
    one.goes("water_flow_lpm", *[6.0] * 41, every_s=90)
    assert one.raised == [(3600, "a")]


def test_late_values_are_neither_for_nor_against() -> None:
    one = lab()
    one.measures(power_w=6000)
    assert one.raised == [(0, "a")]
    one.devices["a"] = replace(one.devices["a"], measurement=Read(Measurement({"power_w": 0}), one.now))
    one.wait(3.5)
    one.look()
    assert one.cleared == []
    one.wait(600)
    one.look()
    assert one.cleared == []
    one.measures(power_w=0)
    assert one.cleared == [(603.5, "a")]


def test_a_quantity_that_is_not_sent_is_neither_for_nor_against() -> None:
    one = lab(f"{HIGH} for 3s")
    one.measures(power_w=6000)
    one.wait(1)
    one.measures(voltage_l1_v=230)
    one.wait(2)
    one.measures(power_w=6000)
    assert one.raised == [(3, "a")]


def test_a_clock_that_is_set_changes_nothing() -> None:
    one = lab(f"{HIGH} for 3s")
    one.goes("power_w", 6000, 6000)
    one.now = Now(one.now.utc - 86_400 * 365, one.now.monotonic)
    one.goes("power_w", 6000, 6000)
    assert one.raised == [(3, "a")]


# ------------------------------------------------------------------ over


@pytest.mark.parametrize(
    ("when", "quantity", "still", "over"),
    [
        (HIGH, "power_w", 4750.1, 4750),
        ("power_w >= 5000", "power_w", 4750, 4749.9),
        ("power_w < 100", "power_w", 104.9, 105),
        ("power_w < 0", "power_w", -0.1, 0),
        ("power_w > 5", "power_w", 4.8, 0.4),
        ("power_w > -100", "power_w", -104, -105),
        ("water_flow_lpm > 0", "water_flow_lpm", 0.1, 0),
        ("voltage_l1_v > 253", "voltage_l1_v", 252, 251.7),
        ("state_of_charge_pct < 10", "state_of_charge_pct", 10.1, 10.2),
        ("tariff == 2", "tariff", 2, 1),
    ],
)
def test_a_value_that_swings_round_its_limit_ends_nothing(when: str, quantity: str, still: float, over: float) -> None:
    one = lab(when)
    beyond = one.rules[0].when.clauses[0].limit + (0 if "==" in when else -9 if "<" in when else 9)  # type: ignore[union-attr]
    one.goes(quantity, beyond, still, still, over)
    assert (one.raised, one.cleared) == ([(0, "a")], [(3, "a")])


def test_it_is_over_after_the_time_it_had_to_hold_and_a_minute_at_most() -> None:
    one = lab(f"{HIGH} for 3s", f"{HIGH} for 5m")
    one.goes("power_w", *[6000] * 301)
    assert one.raised == [(3, "a"), (300, "a")]
    one.goes("power_w", 0, 0, 0, 6000, *[0] * 61)
    assert one.cleared == [(308, "a"), (365, "a")]


def test_it_is_over_when_the_user_says_so() -> None:
    one = Lab(rule(HIGH, clear="power_w < 1000 for 2s"))
    one.add()
    one.goes("power_w", 6000, 2000, 2000, 900, 900, 900)
    assert (one.raised, one.cleared) == ([(0, "a")], [(5, "a")])


def test_silence_may_be_the_end() -> None:
    one = Lab(rule(HIGH, clear="silent for 5s"))
    one.add()
    one.measures(power_w=6000)
    for _ in range(6):
        one.wait(1)
        one.look()
    assert one.cleared == [(6, "a")]


def test_two_raises_are_a_cool_down_apart() -> None:
    one = Lab(rule(HIGH, cooldown_s=10))
    one.add()
    one.goes("power_w", *[6000, 0] * 8, *[6000] * 8)
    assert one.raised == [(0, "a"), (10, "a"), (20, "a")]
    assert one.cleared == [(1, "a"), (11, "a")]


# ------------------------------------------------------------------ which devices


def test_each_device_that_sends_it_and_no_duplicate_of_a_smart_meter() -> None:
    one = lab()
    one.add("b", "HWE-SKT")
    one.add("c", same_meter_as="a")
    one.add("d", "HWE-WTR")
    for key in "abc":
        one.measures(key, power_w=6000)
    one.measures("d", water_flow_lpm=6000)
    assert one.raised == [(0, "a"), (0, "b")]


@pytest.mark.parametrize(
    ("device", "raised"), [("Car", "b"), ("B", "b"), ("c", "c"), ("socket", ""), ("P1 meter a", "a")]
)
def test_one_device_by_name_or_serial(device: str, raised: str) -> None:
    one = Lab(rule(HIGH, device=device))
    one.add("a")
    one.add("b", "HWE-SKT", name="car")
    one.add("c", same_meter_as="a", name="c2")
    for key in "abc":
        one.measures(key, power_w=6000)
    assert [key for _, key in one.raised] == list(raised)


def test_the_devices_of_a_role() -> None:
    one = Lab(rule("power_w < 0", role=Role.SOLAR))
    one.add("a")
    one.add("b", "HWE-KWH1", given_role=Role.SOLAR)
    for key in "ab":
        one.measures(key, power_w=-5)
    assert one.raised == [(0, "b")]


def test_an_alarm_of_a_device_that_is_gone_is_over() -> None:
    one = lab(HIGH, f"{HIGH} for 1h")
    one.measures(power_w=6000)
    del one.devices["a"]
    one.wait(1)
    one.look()
    assert [(cleared.is_gone, cleared.alarm.key) for cleared in one.last.cleared] == [(True, "a")]
    assert dict(one.state.tracks) == {}


def test_an_alarm_of_a_device_that_is_no_longer_meant_is_over() -> None:
    one = Lab(rule(HIGH, device="car"))
    one.add(name="car")
    one.measures(power_w=6000)
    one.devices["a"] = replace(one.devices["a"], name="bike")
    one.look()
    assert [cleared.is_gone for cleared in one.last.cleared] == [True]


# ------------------------------------------------------------------ the start


def test_what_holds_from_the_start_needs_its_time_and_is_raised_as_one() -> None:
    one = lab(HIGH, "voltage_l1_v < 300 for 20s", group_s=GROUP_S, before_s=0)
    one.add("b")
    for second in range(60):
        for key in "ab":
            if key == "a" or second >= 4:
                one.measures(key, power_w=6000, voltage_l1_v=230)
        one.look()
        one.wait(1)
    assert one.raised == [(10, "a"), (10, "b"), (30, "a"), (30, "b")]
    assert all(alarm.from_start for alarm in one.state.raised())


def test_what_is_over_before_it_is_raised_is_not_raised() -> None:
    one = lab(group_s=GROUP_S, before_s=0)
    one.goes("power_w", *[6000] * 8, *[0] * 8, *[6000] * 9)
    assert one.raised == []
    one.goes("power_w", *[6000] * 2)
    assert one.raised == [(26, "a")]


@pytest.mark.parametrize(("before_s", "waits"), [(60, True), (60.5, False)])
def test_later_alarms_do_not_wait(before_s: float, waits: bool) -> None:
    one = lab(group_s=GROUP_S, before_s=before_s)
    one.measures(power_w=6000)
    assert bool(one.raised) is not waits


# ------------------------------------------------------------------ silence and the like


@pytest.mark.parametrize(
    ("when", "interval_s", "after_s"),
    [("silent", 1, 61), ("silent for 5m", 1, 300), ("silent for 10s", 1, 11), ("silent for 10s", 30, 91)],
)
def test_silence_counts_from_the_last_reading(when: str, interval_s: float, after_s: int) -> None:
    one = lab(when)
    one.devices["a"] = replace(one.devices["a"], interval_s=interval_s)
    one.measures(power_w=0)
    while not one.raised and one.at < 400:
        one.wait(1)
        one.look()
    assert one.raised == [(after_s, "a")]
    one.measures(power_w=0)
    assert one.cleared == [(after_s, "a")]


@pytest.mark.parametrize(
    ("kind", "remembered", "by_hand", "is_told"),
    [
        (State.SILENT, True, False, True),
        (State.REFUSED, False, True, True),
        (State.SILENT, False, False, False),  # only announced
        (State.API_DISABLED, False, True, False),
        (State.NOT_PAIRED, True, False, False),
    ],
)
def test_a_device_that_has_never_answered(kind: State, remembered: bool, by_hand: bool, is_told: bool) -> None:
    one = Lab(rule("silent for 5m"))
    one.devices["a"] = Device("a", "a", "HWE-P1", problem=Problem(kind, "", T0), remembered=remembered, by_hand=by_hand)
    one.wait(301)
    one.look()
    assert bool(one.raised) is is_told


def test_a_frozen_meter_repeats_values_that_are_no_evidence() -> None:
    one = lab("frozen for 2m", HIGH)
    one.devices["a"] = replace(one.devices["a"], problem=Problem(State.FROZEN, "", T0), frozen=T0)
    one.goes("power_w", *[6000.0, None] * 61)
    assert one.raised == [(120, "a")]
    one.devices["a"] = replace(one.devices["a"], problem=None, frozen=None)
    one.goes("power_w", 0)
    assert one.cleared == [(122, "a")]


def test_a_second_dongle_is_silent_for_itself_and_only_a_smart_meter_is_frozen() -> None:
    one = lab("silent", "frozen")
    one.devices["a"] = replace(one.devices["a"], same_meter_as="z")
    one.add("b", "HWE-SKT", frozen=T0)
    for key in "ab":
        one.measures(key, power_w=1)
    one.look()
    assert one.raised == []
    one.wait(61)
    one.look()
    assert one.raised == [(61, "a"), (61, "b")]


def test_late_meters_tell_nothing_of_the_quarter() -> None:
    one = lab("new_peak", "peak_forecast_w > 1")
    one.measures(power_w=3000)
    one.around.forecasts["a"] = RunningQuarter(0.0, 600.0, 1, 1000.0, 4100.0, beats=True)
    one.wait(4)
    one.look()
    assert one.raised == []


def test_the_forecast_of_the_quarter_and_the_peak_of_the_month() -> None:
    one = lab("peak_forecast_w > 4 kW", "new_peak")
    one.add("b", "HWE-SKT")
    for key in "ab":
        one.measures(key, power_w=3000)
    one.look()
    quarter = RunningQuarter(0.0, 600.0, 1, 1000.0, 4100.0, beats=True)
    one.around.forecasts["a"] = quarter
    one.wait(1)
    one.measures(power_w=3000)
    assert one.raised == [(1, "a"), (1, "a")]
    one.around.forecasts["a"] = replace(quarter, forecast_w=None, beats=False)
    one.wait(1)
    one.measures(power_w=3000)
    assert one.cleared == []
    one.around.forecasts["a"] = replace(quarter, forecast_w=3800.0, beats=False)
    one.wait(1)
    one.measures(power_w=3000)
    assert one.cleared == [(3, "a"), (3, "a")]


def test_the_price_is_of_the_house() -> None:
    one = lab("price < 0.1", "price < 0.1 and power_w > 0")
    for price in (None, 0.2, 0.05):
        one.around.prices = price
        one.measures(power_w=5)
        one.look()
        one.wait(1)
    assert one.raised == [(2, "a"), (2, "")]


def test_the_check_fails_for_a_device_and_for_the_house() -> None:
    one = lab("check fails", "check fails neutral.loose")
    one.measures(power_w=5)
    one.look()
    one.wait(1)
    one.around.failings = {"a": {"wifi"}, "": {"neutral.loose"}}
    one.look()
    assert sorted(one.raised) == [(1, ""), (1, ""), (1, "a")]
    one.around = Around(failings={})
    one.wait(1)
    one.look()
    assert len(one.cleared) == 3


def test_the_check_of_the_house_is_not_that_of_a_role() -> None:
    one = Lab(rule("check fails", role=Role.GRID))
    one.add()
    one.measures(power_w=5)
    one.around.failings = {"a": {"wifi"}, "": {"neutral.loose"}}
    one.look()
    assert one.raised == [(0, "a")]


def test_a_computer_that_slept_does_not_count_it() -> None:
    one = lab("price < 0.1 for 10m")
    one.around.prices = 0.05
    for pause in [60] * 5 + [3600] + [60] * 9:
        one.look()
        one.wait(pause)
    one.look()
    assert one.raised == []
    one.wait(60)
    one.look()
    assert len(one.raised) == 1


def test_a_state_without_anything_known_stays_empty() -> None:
    one = lab(HIGH, "silent", "frozen", "price < 1", "check fails")
    one.devices["a"] = replace(one.devices["a"], remembered=True)
    one.look()
    assert one.state == AlarmState(one.state.started, group_s=0.0)
