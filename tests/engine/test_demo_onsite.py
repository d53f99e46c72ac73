"""The household for the check: each of its faults shows in what its devices answer."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tui.core.fuse import Fuse
from tui.engine.demo.devices import Fault
from tui.engine.demo.house import local
from tui.engine.demo.household import DEFAULT_START, Household


def answers(household: Household) -> dict[str, Any]:
    """What each device measures, by its name."""
    return {one.name: json.loads(one.answer("GET", "/api/v1/data").body) for one in household.devices}


@pytest.mark.parametrize("seed", range(1, 6))
def test_the_voltage_is_too_high_and_a_phase_carries_more_than_its_fuse(seed: int) -> None:
    household = Household("onsite", seed)
    assert household.fuse == Fuse(3, 25)
    volts, amperes = [], []
    for second in range(0, 1200, 10):
        household.advance(DEFAULT_START.plus(second))
        grid = answers(household)["Grid"]
        volts.append(grid["active_voltage_l1_v"])
        amperes.append(grid["active_current_l3_a"])
    assert max(volts) > 256
    assert sum(volts) / len(volts) > 253.5
    assert min(amperes) > 25
    assert max(amperes) < 1.25 * 25


def test_the_solar_meter_is_upside_down() -> None:
    household = Household("onsite")
    before = answers(household)["Solar"]
    household.advance(DEFAULT_START.plus(600))
    after = answers(household)["Solar"]
    assert household.house.watts["Solar"] < -4000
    assert after["active_power_w"] == pytest.approx(-household.house.watts["Solar"], abs=0.001)
    assert after["total_power_import_kwh"] > before["total_power_import_kwh"] + 0.5
    assert after["total_power_export_kwh"] == before["total_power_export_kwh"]


def test_the_gas_meter_fell_silent_more_than_a_day_ago() -> None:
    household = Household("onsite")
    first = answers(household)["Grid"]
    household.advance(DEFAULT_START.plus(1200))
    grid = answers(household)["Grid"]
    assert (grid["gas_timestamp"], grid["total_gas_m3"]) == (first["gas_timestamp"], first["total_gas_m3"])
    stamp = datetime.strptime(str(grid["gas_timestamp"]), "%y%m%d%H%M%S")
    assert local(int(DEFAULT_START.utc)).replace(tzinfo=None) - stamp > timedelta(hours=30)


def test_a_socket_is_at_the_edge_of_the_wifi() -> None:
    (lossy,) = (one for one in Household("onsite").devices if one.fault is Fault.LOSSY)
    assert 20 < json.loads(lossy.answer("GET", "/api/v1/data").body)["wifi_strength"] < 30
