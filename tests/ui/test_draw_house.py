"""The house line: what the house uses, from where, and the clock; one table of cases."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tui.core.model import Device, Endpoint, Fleet, Link, Read, Role
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.reading import Measurement
from tui.ui.draw.house import house_line
from tui.ui.draw.lines import Context, plain, width_of
from tui.ui.glyphs import GLYPHS

SATURDAY = datetime(2026, 11, 21, 14, 32, tzinfo=ZoneInfo("Europe/Amsterdam")).timestamp()
T0 = Now(SATURDAY, 1000.0)


def device(power: float, role: Role | None = None, kind: str = "HWE-KWH1") -> Device:
    read = Read(Measurement({"power_w": power}), T0)
    here = (Endpoint("192.168.1.20"),)
    return Device("a", "a", kind, given_role=role, endpoints=here, measurement=read, link=Link(last_answer=T0))


def grid(power: float) -> Device:
    return device(power, kind="HWE-P1")


def solar(power: float) -> Device:
    return device(power, Role.SOLAR)


def battery(power: float) -> Device:
    return device(power, Role.BATTERY)


def charged(power: float | None, charge: float, kwh: float | None = None) -> Device:
    sent = {"state_of_charge_pct": charge} | ({} if power is None else {"power_w": power})
    one = device(0, kind="HWE-BAT")
    return replace(one, measurement=Read(Measurement(sent), T0), capacity_kwh=kwh)


def shown(
    devices: tuple[Device, ...], width: int, age: float = 1.0, frozen_at: str | None = None, replay: str = ""
) -> str:
    fleet = Fleet({str(index): one for index, one in enumerate(devices)})
    context = Context(GLYPHS["console"], profile_of("nl"), T0.plus(age), replay=replay)
    row = house_line(fleet, context, width, frozen_at)
    assert width_of(row) <= width
    return plain(row)


@pytest.mark.parametrize(
    ("devices", "words"),
    [
        ((), "hwtui"),
        ((device(640, Role.LOAD),), "hwtui"),
        ((grid(-672),), "Grid  ▼ 672 W  to grid"),
        ((grid(412),), "Grid  ▲ 412 W  from grid"),
        ((grid(-3),), "Grid    3 W  idle"),
        ((grid(-672), solar(-2140)), "House uses 1468 W  =  solar 2140 W  -  to grid 672 W"),
        ((grid(14), solar(-748)), "House uses 762 W  =  solar 748 W  +  from grid 14 W"),
        ((grid(908), solar(8)), "House uses 900 W  =  from grid 908 W  -  solar 8 W"),
        ((grid(300), battery(-500)), "House uses 800 W  =  battery 500 W  +  from grid 300 W"),
        ((grid(900), battery(500)), "House uses 400 W  =  from grid 900 W  -  charging 500 W"),
    ],
)
def test_what_the_house_uses_is_a_sum_with_its_signs(devices: tuple[Device, ...], words: str) -> None:
    row = shown(devices, 80)
    assert row == f" {words:<69}Sat 14:32 "


@pytest.mark.parametrize(
    ("devices", "row"),
    [
        ((), " hwtui                        Sat 14:32 "),
        ((grid(-672),), " Grid  ▼ 672 W  to grid       Sat 14:32 "),
        ((grid(-672), solar(-2140)), " House 1468 W   solar 2140 W      14:32 "),
    ],
)
def test_forty_cells_have_the_house_the_sun_and_the_clock(devices: tuple[Device, ...], row: str) -> None:
    assert shown(devices, 40) == row


def test_a_balance_with_a_device_that_is_late_is_the_grid_alone() -> None:
    late = Device(
        "s", "s", "HWE-KWH1", given_role=Role.SOLAR, endpoints=(Endpoint("h"),), measurement=Read(Measurement(), T0)
    )
    assert "Grid  ▼ 672 W  to grid" in shown((grid(-672), late), 80)
    assert "W" not in shown((grid(-672), solar(-2140)), 80, age=12)


def test_all_terms_of_sun_battery_and_grid_fit_beside_the_clock_on_120_cells() -> None:
    row = shown((grid(-672), solar(-2140), battery(500)), 120)
    assert "House uses 968 W  =  solar 2140 W  -  charging 500 W  -  to grid 672 W" in row


def test_no_figure_is_cut_in_two() -> None:
    for width in range(40, 130):
        row = shown((grid(-672), solar(-2140), battery(-500)), width)
        figures = re.findall(r"\d+(?: W)?", re.sub(r"\d\d:\d\d", "", row))
        assert figures[0] == "1968 W"
        assert set(figures) <= {"1968 W", "2140 W", "500 W", "672 W"}


def test_a_battery_that_charges_is_not_said_to_give_where_the_line_is_short() -> None:
    giving, charging = (shown((grid(900), battery(power)), 40) for power in (-500, 500))
    assert "battery 500 W" in giving
    assert "charging 500 W" in charging


def test_there_is_no_minus_before_a_zero() -> None:
    assert "House uses 0 W" in shown((grid(-10.4), solar(-10)), 80)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("devices", [(), (grid(-672),), (grid(-672), solar(-2140))])
def test_a_frozen_picture_always_says_so(devices: tuple[Device, ...], width: int) -> None:
    assert "frozen at 14:30" in shown(devices, width, frozen_at="14:30")


@pytest.mark.parametrize("devices", [(), (grid(-672),), (grid(-672), solar(-2140))])
def test_a_narrow_frozen_picture_says_so_too(devices: tuple[Device, ...]) -> None:
    for width in range(10, 131):
        assert re.search(r"(frozen at|held) 14:30", shown(devices, width, frozen_at="14:30")), width
        assert "held" not in shown(devices, max(width, 40), frozen_at="14:30")


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (33, " House 1468 W   frozen at 14:30  "),
        (28, " House 1468 W   held 14:30  "),
        (20, "        held 14:30  "),
        (11, "held 14:30 "),
    ],
)
def test_the_balance_gives_way_to_what_is_frozen(width: int, row: str) -> None:
    assert shown((grid(-672), solar(-2140)), width, frozen_at="14:30") == row


@pytest.mark.parametrize("width", [0, 1, 5, 12, 20])
def test_a_line_that_has_no_room_is_cut_and_not_wrapped(width: int) -> None:
    assert len(shown((grid(-672), solar(-2140)), width)) == width


def test_a_recording_says_so_at_every_width() -> None:
    for width in range(16, 120):
        for word in ("replay 60x", "replay ended"):
            row = shown((grid(-672), solar(-2140)), width, replay=word)
            assert word in row, width
    assert "Sat 14:32" in shown((grid(-672),), 80, replay="replay 60x")
    assert "frozen at" in shown((grid(-672),), 80, frozen_at="14:31", replay="replay 60x")


SUN, ALMOST = solar(-2140), charged(640, 57)


@pytest.mark.parametrize(
    ("devices", "width", "row"),
    [
        ((grid(900), ALMOST), 40, " House 260 W   charging 640 W     14:32 "),
        ((grid(900), ALMOST), 80, " House uses 260 W  =  from grid 900 W  -  charging 640 W (57 %)       Sat 14:32 "),
        ((grid(900), charged(-640, 57)), 46, " House 1540 W   battery 640 W (57 %)    14:32 "),
        ((grid(900), charged(-640, 57)), 40, " House 1540 W   battery 640 W     14:32 "),
        (
            (grid(14), SUN, ALMOST),
            80,
            " House 1514 W = solar 2140 W + from grid 14 W - charging 640 W (57 %)     14:32 ",
        ),
        ((grid(14), SUN, ALMOST), 70, " House 1514 W   solar 2140 W   charging 640 W (57 %)            14:32 "),
        ((grid(14), SUN, ALMOST), 40, " House 1514 W   solar 2140 W      14:32 "),
        # several: weighted by their sizes where these are known, else the mean, and it says so
        (
            (grid(900), charged(-400, 100), charged(-240, 40)),
            80,
            " House uses 1540 W  =  battery 640 W (mean 70 %)  +  from grid 900 W  Sat 14:32 ",
        ),
        (
            (grid(900), charged(-400, 100, 1.0), charged(-240, 40, 2.0)),
            80,
            " House uses 1540 W  =  battery 640 W (60 %)  +  from grid 900 W       Sat 14:32 ",
        ),
        # its power is not known: only the grid, and how full it is
        ((grid(900), charged(None, 57)), 60, " Grid  ▲ 900 W  from grid   battery 57 %          Sat 14:32 "),
        ((grid(900), charged(None, 57)), 40, " Grid  ▲ 900 W   battery 57 %     14:32 "),
        # behind a meter that is told of instead
        (
            (grid(900), replace(SUN, key="sun"), replace(ALMOST, key="b", behind="sun")),
            80,
            " House uses 3040 W  =  solar 2140 W  +  from grid 900 W   battery 57 %    14:32 ",
        ),
    ],
)
def test_how_full_the_batteries_are_stands_behind_their_power(
    devices: tuple[Device, ...], width: int, row: str
) -> None:
    assert shown(devices, width) == row
