"""States, the house's balance and the words for them, as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tui.core import wording
from tui.core.house import Balance, balance_of
from tui.core.model import Device, Endpoint, Fleet, Link, Problem, Read, Role, State
from tui.core.moment import Now
from tui.core.reading import Measurement
from tui.core.state import identified_state, shown_number, state_of

T0 = Now(1_700_000_000.0, 1000.0)
HERE = (Endpoint("192.168.1.20"),)


def device(power: float | None = 100.0, role: Role | None = None, kind: str = "HWE-KWH1", key: str = "a") -> Device:
    read = None if power is None else Read(Measurement({"power_w": power}), T0)
    return Device(key, key, kind, given_role=role, endpoints=HERE, measurement=read, link=Link(last_answer=T0))


def problem(kind: State, after_s: float = 0.5) -> Problem:
    return Problem(kind, "next step", T0.plus(after_s))


@pytest.mark.parametrize(
    ("age", "trouble", "state"),
    [
        (0.5, None, State.LIVE),
        (3.0, None, State.LIVE),
        (2.0, State.SILENT, State.LIVE),  # one lost poll is not a state
        (2.0, State.REFUSED, State.LIVE),
        (0.5, State.FROZEN, State.FROZEN),
        (0.5, State.API_DISABLED, State.API_DISABLED),
        (3.1, None, State.STALE),
        (12.0, State.SILENT, State.STALE),
        (12.0, State.FROZEN, State.STALE),
        (12.0, State.REFUSED, State.REFUSED),
        (12.0, State.BAD_ANSWER, State.BAD_ANSWER),
        (60.0, State.SILENT, State.STALE),
        (60.1, State.SILENT, State.SILENT),
        (86400.0, None, State.SILENT),
    ],
)
def test_a_device_that_has_answered(age: float, trouble: State | None, state: State) -> None:
    row = replace(device(), problem=problem(trouble) if trouble else None)
    assert state_of(row, T0.plus(age)) is state


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (Device("a", endpoints=HERE), State.UNKNOWN),
        (Device("a", endpoints=HERE, api_enabled=False), State.API_DISABLED),
        (Device("a", endpoints=HERE, problem=problem(State.SILENT)), State.SILENT),
        (Device("a", endpoints=HERE, problem=problem(State.REFUSED)), State.REFUSED),
        (Device("a", endpoints=(Endpoint("192.168.1.2", 443, "v2"),)), State.NOT_PAIRED),
        (Device("a", endpoints=HERE, link=Link(last_answer=T0)), State.UNKNOWN),  # it has only said who it is
        (Device("a", endpoints=HERE, link=Link(last_answer=T0), problem=problem(State.SILENT)), State.SILENT),
        (Device("a", endpoints=HERE, link=Link(last_answer=T0), api_enabled=False), State.UNKNOWN),  # read over v2
    ],
)
def test_a_device_without_a_measurement(row: Device, state: State) -> None:
    assert state_of(row, T0.plus(1)) is state
    is_well = state is State.UNKNOWN and row.link.last_answer is not None
    assert identified_state(row, T0.plus(1)) is (State.LIVE if is_well else state), "asked only who it is"


def test_a_slow_meter_is_late_by_its_own_interval() -> None:
    assert state_of(replace(device(), interval_s=5.0), T0.plus(14)) is State.LIVE
    assert state_of(replace(device(), interval_s=5.0), T0.plus(16)) is State.STALE


def test_a_value_is_shown_until_the_device_counts_as_silent() -> None:
    assert shown_number(device(), "power_w", T0.plus(59)) == 100
    assert shown_number(device(), "power_w", T0.plus(61)) is None
    assert shown_number(device(), "voltage_v", T0) is None


def fleet(*devices: Device) -> Fleet:
    return Fleet({str(index): row for index, row in enumerate(devices)})


GRID = device(-672, kind="HWE-P1")
SOLAR = device(-2140, Role.SOLAR)
LOADS = device(640, Role.LOAD), device(184, Role.LOAD), device(61, Role.LOAD)


@pytest.mark.parametrize(
    ("devices", "balance"),
    [
        ((GRID, SOLAR, *LOADS), Balance(-672, -2140, None, 1468, 583)),
        ((GRID,), Balance(-672)),
        ((device(900, kind="HWE-P1"), *LOADS), Balance(900, unmeasured_w=15)),
        ((device(100, kind="HWE-P1"), *LOADS), Balance(100, unmeasured_w=0)),
        ((device(300, kind="HWE-P1"), device(-500, Role.BATTERY)), Balance(300, None, -500, 800)),
        ((device(900, kind="HWE-P1"), device(500, Role.BATTERY)), Balance(900, None, 500, 400)),
        ((device(-2170, kind="HWE-P1"), SOLAR), Balance(-2170, -2140, None, 0)),
        ((device(-2190, kind="HWE-P1"), SOLAR), Balance(-2190, -2140, None, 0)),
        ((device(-2191, kind="HWE-P1"), SOLAR), Balance(-2191, -2140)),
        ((device(-2500, kind="HWE-P1"), SOLAR), Balance(-2500, -2140)),  # a second, unmeasured roof
        ((SOLAR, *LOADS), Balance(None, -2140)),
        ((GRID, device(None, Role.SOLAR), *LOADS), Balance(-672)),
        ((GRID, device(77)), Balance(-672)),  # without a role it is nobody's
        ((replace(GRID, remembered=True), SOLAR), Balance(None, -2140)),
        ((GRID, SOLAR, replace(device(None, Role.SOLAR), remembered=True)), Balance(-672, -2140, None, 1468)),
        ((replace(GRID, remembered=True, given_role=Role.GRID), GRID), Balance(-672)),  # the old dongle is gone
        ((), Balance()),
    ],
)
def test_the_house_is_the_sum_of_what_is_known(devices: tuple[Device, ...], balance: Balance) -> None:
    assert balance_of(fleet(*devices), T0.plus(1)) == balance


def load(name: str, power: float, behind: str | None = None, *, age: float = 0.0, role: Role = Role.LOAD) -> Device:
    read = Read(Measurement({"power_w": power}), T0.plus(-age))
    return replace(device(power, role), key=name.casefold(), serial=name, behind=behind, measurement=read)


@pytest.mark.parametrize(
    ("loads", "rest"),
    [
        ([load("garage", 600), load("car", 500)], 900),
        ([load("garage", 600), load("car", 500, "garage")], 1400),
        ([load("Garage", 600), load("car", 500, "GARAGE")], 1400),
        ([load("garage", 600), load("car", 500, "garage"), load("fan", 50, "car")], 1400),
        ([load("garage", 600), load("car", 500, "garage", age=90), load("fan", 50, "car")], 1400),
        ([load("garage", 600, age=90), load("car", 500, "garage"), load("fan", 50, "car")], 1500),
        ([load("garage", 600), load("car", 500, "nobody")], 900),
        ([load("garage", 600, "garage"), load("car", 500)], 900),
        ([load("garage", 600, "car"), load("car", 500, "garage")], 900),
        ([load("garage", 600, "car"), load("car", 500, "garage"), load("fan", 50, "car")], 900),
        ([load("garage", 600, role=Role.NONE), load("car", 500, "garage")], 1500),
    ],
    ids=[
        "side by side",
        "one behind the other",
        "serials in any case",
        "a chain",
        "a chain with a silent link",
        "behind a silent one",
        "behind an unknown one",
        "behind itself",
        "behind each other",
        "behind a loop",
        "behind one that is no load",
    ],
)
def test_what_is_not_measured_leaves_out_each_load_once(loads: list[Device], rest: float) -> None:
    assert balance_of(fleet(device(2000, kind="HWE-P1"), *loads), T0).unmeasured_w == rest


def test_a_solar_meter_or_battery_behind_a_solar_meter_is_counted_in_it() -> None:
    roof = load("roof", -2000, role=Role.SOLAR)
    east = load("east", -1200, "roof", role=Role.SOLAR)
    battery = load("cells", 300, "roof", role=Role.BATTERY)
    assert balance_of(fleet(device(100, kind="HWE-P1"), roof, east, battery), T0) == Balance(100, -2000, None, 2100)


def test_a_balance_is_claimed_only_from_fresh_values() -> None:
    old = replace(SOLAR, measurement=Read(Measurement({"power_w": -2140.0}), T0.plus(-30)))
    assert balance_of(fleet(GRID, old), T0) == Balance(-672)
    assert balance_of(fleet(GRID, SOLAR), T0.plus(30)) == Balance()


@pytest.mark.parametrize(
    ("role", "power", "arrow", "word"),
    [
        (Role.GRID, 400, "up", "from grid"),
        (Role.GRID, -400, "down", "to grid"),
        (Role.SOLAR, -400, "down", "producing"),
        (Role.SOLAR, 8, "up", "using"),
        (Role.BATTERY, 400, "up", "charging"),
        (Role.BATTERY, -400, "down", "discharging"),
        (Role.LOAD, 400, "up", "using"),
        (None, -400, "down", "delivering"),
        (Role.GRID, 4.9, "none", "idle"),
        (Role.GRID, -4.9, "none", "idle"),
        (Role.GRID, 5, "up", "from grid"),
    ],
)
def test_an_arrow_and_a_word_tell_the_direction(role: Role | None, power: float, arrow: str, word: str) -> None:
    assert wording.arrow_of(power) == arrow
    assert wording.direction_word(role, power) == word


@pytest.mark.parametrize(
    ("seconds", "short", "long"),
    [
        (0, "0s", "0 s"),
        (59.9, "59s", "59 s"),
        (60, "1m", "1 min"),
        (2700, "45m", "45 min"),
        (43200, "12h", "12 h"),
        (86400, "1d", "24 h"),
        (120 * 86400, "120d", "120 days"),
    ],
)
def test_ages_are_short(seconds: float, short: str, long: str) -> None:
    assert (wording.age_words(seconds), wording.long_age(seconds)) == (short, long)


@pytest.mark.parametrize(
    ("row", "age", "word"),
    [
        (device(), 1, "live"),
        (device(), 12, "12 s old"),
        (device(), 2700, "lost 45m"),
        (replace(device(), problem=problem(State.API_DISABLED)), 1, "API off"),
        (replace(device(), problem=problem(State.REFUSED)), 90, "refused"),
        (replace(device(), problem=problem(State.BAD_ANSWER)), 90, "bad data"),
        (replace(device(), problem=problem(State.FROZEN)), 1, "frozen"),
        (Device("a", endpoints=HERE), 1, "not yet"),
        (replace(device(None)), 19, "not yet"),  # connected, as a socket that answers pings and pushes no value
        (Device("a", endpoints=HERE, problem=problem(State.SILENT, 0)), 7200, "lost 2h"),
        (Device("a", endpoints=(Endpoint("x", 443, "v2"),)), 1, "unpaired"),
    ],
)
def test_the_state_in_nine_cells(row: Device, age: float, word: str) -> None:
    assert wording.state_word(row, T0.plus(age)) == word
    assert len(word) <= 9


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("power_w", -672.4, "672"),
        ("power_w", 99999, "99999"),
        ("power_w", -0.4, "0"),
        ("current_l1_a", -4.94, "4.9"),
        ("voltage_l1_v", 241.3, "241.3"),
        ("energy_import_kwh", 13779.338, "13779.338"),
        ("energy_import_kwh", 10830, "10830.000"),
        ("reactive_power_var", -12.3, "-12"),
        ("water_flow_lpm", 0, "0.0"),
        ("power_w", None, "--"),
    ],
)
def test_figures_have_the_decimals_of_their_quantity(name: str, value: float | None, text: str) -> None:
    assert wording.figure(name, value) == text


def test_times_are_told_in_the_zone_of_the_house() -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    saturday = datetime(2026, 11, 21, 14, 32, tzinfo=zone).timestamp()
    assert wording.clock(saturday, zone) == "14:32"
    assert wording.day_and_clock(saturday, zone) == "Sat 14:32"


@pytest.mark.parametrize(
    ("stamp", "words"),
    [
        (datetime(2026, 11, 21, 14, 25), "14:25"),
        (datetime(2026, 11, 20, 14, 25), "Fri 14:25"),
        (datetime(2025, 11, 3, 8, 0), "3 Nov 2025"),
        (datetime(2026, 11, 22, 0, 5), "22 Nov 2026"),
    ],
)
def test_a_meter_time_is_as_short_as_it_can_be(stamp: datetime, words: str) -> None:
    assert wording.stamp_words(stamp, datetime(2026, 11, 21, 14, 32)) == words
