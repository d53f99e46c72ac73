"""The batteries of a house: their role, their sum, their charge, their efficiency, and who controls them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tui.core.battery.batteries import Batteries
from tui.core.battery.group import charge_of, controller_of, efficiency, fresh_group, has_batteries, stored_kwh
from tui.core.house import balance_of
from tui.core.model import Device, Endpoint, Fleet, Problem, Read, Role, State
from tui.core.moment import Now
from tui.core.reading import Measurement, Value

T0 = Now(1_795_267_920.0, 100_000.0)
GROUP = Batteries(count=2, power_w=-900.0, max_consumption_w=1600.0, max_production_w=1600.0)


def device(key: str, kind: str, values: dict[str, Value] | None = None, **more: Any) -> Device:
    read = Read(Measurement(values), T0) if values is not None else None
    one = Device(key, key, kind, api_version="2.2.0", endpoints=(Endpoint(key, 443, "v2"),), measurement=read)
    return replace(one, paired=read is not None, **more)


def battery(key: str, power_w: float | None = None, charge: float | None = None, **more: Any) -> Device:
    values = {"power_w": power_w, "state_of_charge_pct": charge}
    sent: dict[str, Value] = {name: value for name, value in values.items() if value is not None}
    return device(key, "HWE-BAT", sent or None, **more)


def p1(power_w: float = 100.0, group: Batteries | None = None, at: Now = T0) -> Device:
    return device("p1", "HWE-P1", {"power_w": power_w}, batteries=Read(group, at) if group else None)


def fleet(*devices: Device) -> Fleet:
    return Fleet({one.key: one for one in devices})


SOLAR = device("sun", "HWE-KWH1", {"power_w": -2000.0}, given_role=Role.SOLAR)


def test_a_battery_has_its_role_by_itself_and_the_user_has_the_last_word() -> None:
    assert battery("b").role is Role.BATTERY
    assert battery("b", given_role=Role.NONE).role is None
    assert battery("b", given_role=Role.LOAD).role is Role.LOAD
    assert device("s", "HWE-SKT").role is None


@pytest.mark.parametrize(
    ("devices", "battery_w", "house_w"),
    [
        ([p1(), battery("a", 640), battery("b", -40)], 600, -500),
        ([p1(1000), battery("a", -640), battery("b", -60), SOLAR], -700, 3700),
        ([p1(), battery("a", -640, given_role=Role.NONE)], None, None),
        # one that does not tell its power: the house is not known, unless the meter that controls it tells
        ([p1(), battery("a", -640), battery("b"), SOLAR], None, None),
        ([p1(100, GROUP), battery("a", -640), battery("b"), SOLAR], -900, 3000),
        ([p1(100, GROUP), SOLAR], -900, 3000),
        ([p1(100, replace(GROUP, power_w=None)), SOLAR], None, None),
        ([p1(100, replace(GROUP, count=0)), SOLAR], None, 2100),
        # the group is what the batteries are: counted once, and not where one is behind a meter or out of the house
        ([p1(100, GROUP), battery("a", -640), battery("b", -60)], -700, 800),
        ([p1(100, GROUP), battery("a", behind="sun"), battery("b", behind="sun"), SOLAR], None, 2100),
        ([p1(100, GROUP), battery("a", given_role=Role.NONE), SOLAR], None, 2100),
    ],
)
def test_the_share_of_all_batteries_in_the_house(
    devices: list[Device], battery_w: float | None, house_w: float | None
) -> None:
    balance = balance_of(fleet(*devices), T0.plus(1))
    wanted = house_w if house_w is None or house_w >= -50 else None
    assert (balance.battery_w, balance.house_w) == (battery_w, wanted)


def test_what_no_load_explains_is_reckoned_with_the_batteries_of_the_group() -> None:
    freezer = device("f", "HWE-SKT", {"power_w": 60.0}, given_role=Role.LOAD)
    assert balance_of(fleet(p1(100, GROUP), freezer), T0.plus(1)).unmeasured_w == 940


@pytest.mark.parametrize(
    ("age", "interval_s", "told", "added"),
    [(12, 1, True, True), (12.1, 1, True, False), (30, 1, True, False), (30.1, 1, False, False), (36, 12, True, True)],
)
def test_what_a_meter_says_of_its_group_holds_for_a_while(
    age: float, interval_s: float, told: bool, added: bool
) -> None:
    lately = Read(Measurement({"power_w": 1000.0}), T0.plus(age))
    one = replace(p1(group=GROUP), measurement=lately, interval_s=interval_s)
    assert (fresh_group(one, T0.plus(age)) is not None) is told
    assert (balance_of(fleet(one), T0.plus(age)).battery_w is not None) is added
    assert fresh_group(replace(one, problem=Problem(State.FROZEN, "", T0)), T0.plus(age)) is None


@pytest.mark.parametrize(
    ("group", "controls"),
    [
        (Batteries(count=2), True),
        (Batteries(count=0, max_consumption_w=800.0), False),
        (Batteries(), False),
        (Batteries(power_w=0.0, target_power_w=0.0, max_consumption_w=0.0, max_production_w=0.0), False),
        (Batteries(power_w=0.0, target_power_w=0.0, max_consumption_w=800.0, max_production_w=800.0), True),
    ],
)
def test_a_meter_without_batteries_controls_none(group: Batteries, controls: bool) -> None:
    assert has_batteries(group) is controls


def test_the_meter_that_controls_the_batteries_is_known_only_if_there_is_one() -> None:
    first, second = p1(group=GROUP), replace(SOLAR, batteries=Read(GROUP, T0))
    none = replace(SOLAR, batteries=Read(replace(GROUP, count=0), T0))
    assert controller_of(fleet(first, none)) is first
    assert controller_of(fleet(second)) is second
    assert controller_of(fleet(first, second)) is None
    assert controller_of(fleet(none)) is None


@pytest.mark.parametrize(
    ("devices", "charge"),
    [
        ([battery("a", 0, 57)], (57, 1, False)),
        ([battery("a", 0, 57, capacity_kwh=2.7)], (57, 1, True)),
        ([battery("a", 0, 100), battery("b", 0, 40)], (70, 2, False)),
        ([battery("a", 0, 100, capacity_kwh=1), battery("b", 0, 40, capacity_kwh=2)], (60, 2, True)),
        ([battery("a", 0, 100, capacity_kwh=1), battery("b", 0, 40)], (70, 2, False)),
        ([battery("a", 0, 100), battery("b", 0)], None),
        ([battery("a", 0, 100), battery("b", 0, 40, given_role=Role.NONE)], (100, 1, False)),
        ([battery("a", 0, 100), battery("b", 0, 40, remembered=True)], (100, 1, False)),
        # a meter of another maker's battery has no charge to tell
        ([battery("a", 0, 57), replace(SOLAR, given_role=Role.BATTERY)], (57, 1, False)),
        ([p1()], None),
    ],
)
def test_how_full_the_batteries_are_together(devices: list[Device], charge: tuple[float, int, bool] | None) -> None:
    assert charge_of(fleet(*devices), T0.plus(1)) == charge


def test_a_charge_of_long_ago_is_not_told() -> None:
    assert charge_of(fleet(battery("a", 0, 57)), T0.plus(61)) is None


def test_what_is_in_a_battery_is_told_only_where_the_user_gave_its_size() -> None:
    assert stored_kwh(battery("a", 0, 50, capacity_kwh=2.8), T0) == pytest.approx(1.4)
    assert stored_kwh(battery("a", 0, 50), T0) is None
    assert stored_kwh(battery("a", 0, capacity_kwh=2.8), T0) is None


@pytest.mark.parametrize(
    ("into", "out", "version", "share"),
    [
        (12.5, 10.0, "2.0.1", 0.8),
        (12.5, 9.999, "2.0.1", None),
        (12.5, 10.0, "2.0.0", None),  # its energy was wrong
        (12.5, 10.0, None, 0.8),
        (10.0, 10.0, "2.0.1", 1.0),
        (10.0, 10.1, "2.0.1", None),
        (12.5, None, "2.0.1", None),
        (None, 10.0, "2.0.1", None),
    ],
)
def test_the_efficiency_is_told_once_enough_went_through(
    into: float | None, out: float | None, version: str | None, share: float | None
) -> None:
    values = {"energy_import_kwh": into, "energy_export_kwh": out}
    sent: dict[str, Value] = {name: value for name, value in values.items() if value is not None}
    assert efficiency(device("b", "HWE-BAT", sent, api_version=version)) == share
