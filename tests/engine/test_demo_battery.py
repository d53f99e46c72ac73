"""The battery of the demo: it follows its mode and the house, loses what a real one loses, and is in every sum."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tui.core.battery.batteries import BOTH, NEITHER, Mode, Permission
from tui.engine.demo.battery import CAPACITY_WS, IDLE_W, LIMIT_W, Group, Pack
from tui.engine.demo.household import DEFAULT_START, Household


def alone(charge: float = 0.5, count: int = 1) -> Group:
    return Group(Pack(str(number), charge) for number in range(count))


def after(group: Group, house_w: float, seconds: int = 4) -> float:
    """The power of a group when a house has drawn that much for a while."""
    for _ in range(seconds):
        group.follow(house_w, 0.0)
        group.store(1)
    return group.power_w


@pytest.mark.parametrize(
    ("mode", "permissions", "house_w", "power_w"),
    [
        (Mode.ZERO, BOTH, 300.0, -300.0),
        (Mode.ZERO, BOTH, -300.0, 300.0),
        (Mode.ZERO, BOTH, 5000.0, -LIMIT_W),
        (Mode.ZERO, BOTH, -5000.0, LIMIT_W),
        (Mode.ZERO, BOTH, 4.0, IDLE_W),
        (Mode.ZERO, frozenset({Permission.CHARGE}), 300.0, IDLE_W),
        (Mode.ZERO, frozenset({Permission.CHARGE}), -300.0, 300.0),
        (Mode.ZERO, frozenset({Permission.DISCHARGE}), -300.0, IDLE_W),
        (Mode.ZERO, NEITHER, -300.0, IDLE_W),
        (Mode.STANDBY, BOTH, -300.0, IDLE_W),
        (Mode.TO_FULL, BOTH, 300.0, LIMIT_W),
    ],
)
def test_it_does_what_its_mode_says(
    mode: Mode, permissions: frozenset[Permission], house_w: float, power_w: float
) -> None:
    group = alone()
    group.tell(mode, permissions)
    assert after(group, house_w) == power_w


@pytest.mark.parametrize(("charge", "house_w"), [(0.0, 500.0), (1.0, -500.0)])
def test_an_empty_one_gives_nothing_and_a_full_one_takes_nothing(charge: float, house_w: float) -> None:
    assert after(alone(charge), house_w) == IDLE_W


def test_several_share_what_there_is_to_do() -> None:
    group = alone(count=2)
    assert after(group, 1000.0) == -1000.0
    assert [pack.watts for pack in group.packs] == [-500.0, -500.0]


def test_it_is_late_by_two_seconds() -> None:
    group = alone()
    powers = []
    for house_w in (100.0, 100.0, 600.0, 600.0, 600.0):
        group.follow(house_w, 0.0)
        powers.append(group.power_w)
    assert powers == [-100.0, -100.0, -100.0, -100.0, -600.0]


def test_charged_to_full_it_returns_to_zero() -> None:
    group = alone(0.999)
    group.tell(Mode.TO_FULL, BOTH)
    assert group.permissions == NEITHER  # read-only in this mode, and told as none
    after(group, 300.0, seconds=120)
    assert (group.mode, group.permissions) == (Mode.ZERO, BOTH)
    assert group.power_w == -300.0


@pytest.mark.parametrize("seconds", [1, 60, 86400])
def test_of_what_goes_in_some_four_fifths_come_out_however_long_the_steps_are(seconds: int) -> None:
    group = alone(0.0)
    flowed = {-1.0: 0.0, 1.0: 0.0}
    for house_w in (-700.0, 700.0):
        for _ in range(4 * 3600 // seconds + 1):
            group.follow(house_w, 0.0, seconds)
            group.hold(seconds)
            group.store(seconds)
            if group.power_w != IDLE_W:
                flowed[-1.0 if group.power_w < 0 else 1.0] += abs(group.power_w) * seconds
            assert 0 <= group.packs[0].stored_ws <= CAPACITY_WS
    assert 0.75 < flowed[-1.0] / flowed[1.0] < 0.85


def told(household: Household, name: str, topic: str = "measurement") -> dict[str, Any]:
    side = next(one for one in household.devices if one.name == name).v2
    assert side is not None
    read: dict[str, Any] = json.loads(side.topics[topic]())
    return read


def test_the_house_has_its_power_in_every_sum_and_the_grid_is_kept_near_zero() -> None:
    household, before = Household(), told(Household(), "Battery")
    within, near, charged_kwh, given_kwh = 0, 0, 0.0, 0.0
    for second in range(1, 1201):
        household.advance(DEFAULT_START.plus(second))
        grid, battery, group = (told(household, *one) for one in (("Grid",), ("Battery",), ("Grid", "batteries")))
        assert abs(battery["power_w"]) <= LIMIT_W
        assert grid["power_w"] == pytest.approx(sum(household.house.watts.values()), abs=0.51)
        assert group["power_w"] == pytest.approx(battery["power_w"], abs=0.51)
        others_w = grid["power_w"] - battery["power_w"]
        if abs(others_w) < LIMIT_W - 50:
            within, near = within + 1, near + (abs(grid["power_w"]) < 60)
        charged_kwh += max(0.0, battery["power_w"]) / 3.6e6
        given_kwh += max(0.0, -battery["power_w"]) / 3.6e6
    assert within > 200
    assert near / within > 0.8
    household.advance(DEFAULT_START.plus(1201))
    now = told(household, "Battery")
    assert now["energy_import_kwh"] - before["energy_import_kwh"] == pytest.approx(charged_kwh, abs=0.002)
    assert now["energy_export_kwh"] - before["energy_export_kwh"] == pytest.approx(given_kwh, abs=0.002)
    assert now["state_of_charge_pct"] != before["state_of_charge_pct"]
    assert before["cycles"] == int(before["energy_export_kwh"] / 2.2477)
