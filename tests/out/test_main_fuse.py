"""The main fuse in the metrics: what it may carry, and what each phase of it carries now."""

from __future__ import annotations

import pytest

from tests.out.houses import a_house, listening
from tui.core.events import Measured
from tui.core.fuse import parse_fuse
from tui.core.profiles import profile_of
from tui.core.reading import Measurement, System
from tui.engine.demo.still import Still
from tui.engine.out.metrics import Exposition

FUSE, LOAD = "hwtui_fuse_amperes{", "hwtui_fuse_load_amperes{"
Told = dict[str, float]


def told(exposition: Exposition, name: str) -> Told:
    """Values by phase."""
    lines = [line for line in exposition.document("")[0].decode().splitlines() if line.startswith(name)]
    found = {line.partition('phase="')[2].partition('"')[0]: float(line.rpartition(" ")[2]) for line in lines}
    assert len(found) == len(lines)
    return found


def exposed(household: str, fuse: str | None, grid: str | None = None) -> tuple[Still, Exposition]:
    still, clock = a_house(household)
    exposition = Exposition(clock, parse_fuse(fuse) if fuse else None, profile_of(grid))
    listening(still, [exposition.heard])
    return still, exposition


def load_of(household: str, fuse: str, values: Told, grid: str | None = None) -> Told:
    """What a house tells whose own meter has these values."""
    still, exposition = exposed(household, fuse, grid)
    meter = next(one for one in still.fleet.devices.values() if one.product.is_grid_meter)
    still.apply(Measured(meter.serial or "", Measurement(values), System(), still.now, 0.01, 1.0))
    return told(exposition, LOAD)


@pytest.mark.parametrize(("fuse", "phases"), [("3x25", {"l1": 25, "l2": 25, "l3": 25}), ("1x35", {"l1": 35})])
def test_each_phase_of_the_fuse_has_what_it_may_carry(fuse: str, phases: Told) -> None:
    assert told(exposed("nl", fuse)[1], FUSE) == phases


def test_without_a_fuse_the_current_is_told_and_nothing_beside_it() -> None:
    _, exposition = exposed("nl", None)
    assert (told(exposition, FUSE), set(told(exposition, LOAD))) == ({}, {"l1", "l2", "l3"})


@pytest.mark.parametrize(
    ("household", "values", "loads"),
    [
        ("nl", {"current_l1_a": 12.34, "power_l1_w": -2800}, {"l1": -12.34}),  # it has no direction of its own
        ("old", {"current_l1_a": 8, "power_l1_w": 2000, "voltage_l1_v": 230}, {"l1": 2000 / 230}),  # whole ampere only
        ("nl", {"power_l1_w": 2000, "voltage_l1_v": 240, "power_l3_w": 460}, {"l1": 2000 / 240, "l3": 2}),  # none sent
        ("nl", {"power_w": 7000}, {}),  # of which phase is not known
    ],
)
def test_the_current_is_found_as_the_check_finds_it(household: str, values: Told, loads: Told) -> None:
    assert load_of(household, "3x25", values) == pytest.approx(loads)


def test_a_house_of_one_phase_may_tell_the_total_alone() -> None:
    assert load_of("nl", "1x35", {"power_w": 6900}) == {"l1": 30}


def test_without_a_neutral_the_power_of_a_phase_is_no_current() -> None:
    values: Told = {"current_l1_a": 20.5, "power_l3_w": 900, "power_w": -4000}
    assert load_of("be-3x230", "3x40", values, "be-vlg-3x230") == {"l1": -20.5}


def test_a_silent_meter_tells_no_current_and_keeps_its_fuse() -> None:
    still, exposition = exposed("nl", "3x25")
    still.silence(next(one.serial for one in still.household.devices if one.is_grid_meter))
    still.run(30)
    assert (told(exposition, LOAD), len(told(exposition, FUSE))) == ({}, 3)
