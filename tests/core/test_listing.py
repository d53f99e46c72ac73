"""What people see of `devices`, `read` and `watch`, as literal pictures."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from tui.core.battery.batteries import BOTH, NEITHER, Batteries, Mode, Permission
from tui.core.link.spoken import NOT_PAIRED
from tui.core.listing import devices_table, headline, readings_table, watch_line
from tui.core.model import Device, Endpoint, Link, Problem, Read, Role, Spoken, State
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.reading import External, Measurement, Switch, Value

NOW = Now(datetime.fromisoformat("2026-11-21T14:32:00+01:00").timestamp(), 50.0)


def _device(serial: str, product: str, host: str, values: dict[str, Value], *external: External) -> Device:
    return Device(
        serial,
        serial=serial,
        product_type=product,
        firmware_version="4.19",
        endpoints=(Endpoint(host),),
        measurement=Read(Measurement(values, external), NOW),
        link=Link(answered=1, last_answer=NOW),
    )


GAS = External("gas_meter", "0012", 2569.646, "m3", datetime(2026, 11, 21, 14, 25))
OLD = External("gas_meter", None, 809.162, "m3", datetime(2025, 11, 3, 10, 0))
STRANGE = External("steam_meter", None, 3.0, None, None)
GRID = _device(
    "5c2faf0a1b2c",
    "HWE-P1",
    "192.168.1.20",
    {
        "tariff": 2,
        "power_w": -672,
        "power_l1_w": -1180,
        "power_l2_w": 412,
        "power_l3_w": 96,
        "voltage_l1_v": 241.3,
        "voltage_l2_v": 236.8,
        "voltage_l3_v": 237.1,
        "current_l1_a": -4.9,
        "current_l2_a": 1.7,
        "current_l3_a": 0.4,
        "energy_import_kwh": 13779.338,
        "energy_export_kwh": 4162.461,
    },
    GAS,
    OLD,
    STRANGE,
)
GRID = replace(GRID, name="Grid")
SOLAR = replace(
    _device("5c2faf0a1b2d", "HWE-KWH1", "192.168.1.21", {"power_w": -2140.4, "voltage_v": 241.0, "current_a": 8.9}),
    name="Solar",
    given_role=Role.SOLAR,
)
FREEZER = replace(
    _device("5c2faf0a1b2e", "HWE-SKT", "192.168.1.22", {"power_w": 0, "energy_import_kwh": 30.511}),
    name="Freezer",
    switch=Read(Switch(power_on=False, switch_lock=True), NOW),
)
WATER = _device("5c2faf0a1b2f", "HWE-WTR", "192.168.1.23", {"water_flow_lpm": 7.2, "water_total_m3": 123.456})
SHED = Device(
    "192.168.1.24:8080",
    endpoints=(Endpoint("192.168.1.24", 8080),),
    by_hand=True,
    problem=Problem(State.SILENT, "no answer within 3 s: is it on?", NOW),
)
NEW = Device("aa", serial="aa", product_type="HWE-BAT", endpoints=(Endpoint("192.168.1.25", 443, "v2"),))


def test_devices_are_a_table_with_each_problem_below_its_device() -> None:
    assert devices_table([GRID, WATER, SHED, NEW], NOW) == [
        "NAME                PRODUCT  SERIAL        ADDRESS            API  FIRMWARE  STATE",
        "Grid                HWE-P1   5c2faf0a1b2c  192.168.1.20       v1   4.19      live",
        "Water meter 0a1b2f  HWE-WTR  5c2faf0a1b2f  192.168.1.23       v1   4.19      live",
        "192.168.1.24:8080   --       --            192.168.1.24:8080  v1   --        silent",
        "    no answer within 3 s: is it on?",
        "Battery aa          HWE-BAT  aa            192.168.1.25       v2   --        not-paired",
        "    it answers over API v2, which is read once it is paired: hwtui pair",
    ]


@pytest.mark.parametrize(
    ("spoken", "api", "below"),
    [
        (Spoken("v1"), "v1", []),
        (Spoken("v2", push=True), "v2 push", []),
        (Spoken("v2"), "v2", []),
        (Spoken("v1", why_not="not paired: press p"), "v1", ["    read over API v1: not paired: press p"]),
        (Spoken("v2", why_not="its socket failed"), "v2", ["    read over API v2, polled: its socket failed"]),
    ],
)
def test_devices_tell_over_which_api_and_why_not_a_better_one(spoken: Spoken, api: str, below: list[str]) -> None:
    _, row, *rest = devices_table([replace(GRID, spoken=spoken)], NOW)
    assert row.split("192.168.1.20")[1].split("4.19")[0].strip() == api
    assert rest == below


def test_a_device_that_was_asked_only_who_it_is_is_live_once_it_has_said_it() -> None:
    zombie = replace(GRID, measurement=None)
    assert devices_table([zombie], NOW)[1].endswith("live")
    assert readings_table([zombie], NOW, profile_of("nl"))[1].endswith("unknown"), "no value has come"


def test_a_problem_is_all_that_is_told_of_a_device_that_has_one() -> None:
    spoken = Spoken("v1", why_not="not paired: press p")
    assert devices_table([replace(SHED, spoken=spoken)], NOW)[2:] == ["    no answer within 3 s: is it on?"]


def test_a_device_that_is_not_paired_says_why_it_has_to_be() -> None:
    """Whoever knew it as "v2-only" reads this on a command line, where there is no key to press."""
    unpaired = Problem(State.NOT_PAIRED, NOT_PAIRED, NOW)
    below = ["    it answers over API v2, which is read once it is paired: hwtui pair"]
    assert devices_table([replace(NEW, problem=unpaired)], NOW)[2:] == below
    refused = replace(
        unpaired, text="it no longer knows this computer's token: press p to pair it again, or run hwtui pair"
    )
    below = ["    it no longer knows this computer's token: hwtui pair"]
    assert devices_table([replace(NEW, problem=refused)], NOW)[2:] == below
    spoken = Spoken("v1", why_not=NOT_PAIRED)
    below = ["    read over API v1: not paired: hwtui pair"]
    assert devices_table([replace(GRID, spoken=spoken)], NOW)[2:] == below


def test_readings_are_a_table_with_phases_and_other_meters_below() -> None:
    assert readings_table([GRID, SOLAR, FREEZER, WATER, SHED], NOW, profile_of("nl")) == [
        "NAME                      NOW             IMPORT kWh  EXPORT kWh  TOTAL m3  STATE",
        "Grid                    672 W  to grid     13779.338    4162.461            live",
        "    L1  1180 W  delivering  4.9 A  241.3 V",
        "    L2   412 W  using       1.7 A  236.8 V",
        "    L3    96 W  using       0.4 A  237.1 V",
        "    tariff 2 normal",
        "    Gas    2569.646  m3  read 14:25, 7 min ago",
        "    Gas     809.162  m3  read 3 Nov 2025, 383 days ago",
        "    Steam     3.000",
        "Solar                  2140 W  producing                                    live",
        "    241.0 V  8.9 A",
        "Freezer                   0 W  idle           30.511                        live",
        "    switched off  locked",
        "Water meter 0a1b2f  7.2 l/min                                      123.456  live",
        "192.168.1.24:8080          --                                               silent",
        "    no answer within 3 s: is it on?",
    ]


@pytest.mark.parametrize(
    ("meter", "clock", "words"),
    [
        (External("gas_meter", "A", 1.0, "m3", None, misdated=True), None, ["with an impossible time"]),
        (External("gas_meter", "A", 1.0, "m3", datetime(2026, 11, 21, 14, 40)), None, ["read 14:40, clock ahead"]),
        (
            External("gas_meter", "A", 1.0, "m3", datetime(2026, 5, 21, 14, 25)),
            datetime(2026, 5, 21, 14, 32),
            [
                "read 21 May 2026, 7 min ago",
                "the smart meter's clock is 184 days behind this computer's; the grid operator sets it",
            ],
        ),
    ],
)
def test_a_time_is_the_claim_of_a_clock(meter: External, clock: datetime | None, words: list[str]) -> None:
    device = replace(
        _device("5c2fafe8a06f", "HWE-P1", "192.168.1.20", {}, meter), clock=Read(clock, NOW) if clock else None
    )
    rows = readings_table([device], NOW, profile_of("nl"))
    assert [row.split("  ")[-1] for row in rows[2:]] == words


def test_what_is_counted_elsewhere_says_where() -> None:
    second = replace(GRID, key="5c2faf0a1bff", serial="5C2FAF0A1BFF", name="Splitter", same_meter_as=GRID.serial)
    pump = replace(FREEZER, name="Pump", behind=(SOLAR.serial or "").upper())
    lines = readings_table([GRID, second, replace(SOLAR, said_inverted=True), pump], NOW, profile_of("nl"))
    at = next(index for index, line in enumerate(lines) if line.startswith("Splitter"))
    assert lines[at].split()[1:4] == ["672", "W", "duplicate"]
    assert lines[at + 1] == "    same smart meter as Grid"
    assert "    behind Solar" in lines
    assert "    inverted: mounted upside down" in lines
    assert "duplicate" in watch_line(second, "14:32:00")


def test_columns_that_nothing_stands_in_are_left_out() -> None:
    assert readings_table([WATER], NOW, profile_of(None)) == [
        "NAME                      NOW  TOTAL m3  STATE",
        "Water meter 0a1b2f  7.2 l/min   123.456  live",
    ]


def test_a_zero_that_is_no_value_is_missing_and_the_print_of_3x230_v_names_the_setting() -> None:
    values: dict[str, Value] = {"power_w": -73, "voltage_l1_v": 234.1, "voltage_l3_v": 233.2, "current_l2_a": 12.73}
    zeros = ("power_l1_w", "power_l2_w", "power_l3_w", "voltage_l2_v")
    delta = replace(GRID, measurement=Read(Measurement(values, unmeasured=zeros), NOW))
    assert readings_table([delta], NOW, profile_of("be-vlg"))[1:] == [
        "Grid  73 W  to grid  live",
        "    L1  --          234.1 V",
        "    L2  --  12.7 A       --",
        "    L3  --          233.2 V",
        "    this looks like 3x230 V without neutral: start with --grid be-vlg-3x230",
    ]
    assert readings_table([delta], NOW, profile_of("be-vlg-3x230"))[2:] == [
        "    L1          234.1 V",
        "    L2  12.7 A       --",
        "    L3          233.2 V",
    ]
    assert watch_line(delta, "14:32:00").endswith("234.1 -- 233.2 V  12.7 A")


def test_without_neutral_no_power_is_told_per_phase_and_no_zeros_for_l2() -> None:
    values: dict[str, Value] = {**GRID.measurement.value.values} if GRID.measurement else {}
    values |= {"power_l2_w": 0, "voltage_l2_v": 0.0, "current_l2_a": 0.0}
    lines = readings_table([replace(GRID, measurement=Read(Measurement(values), NOW))], NOW, profile_of("be-wal-3x230"))
    assert lines[2:5] == ["    L1  4.9 A  241.3 V", "    L2     --       --", "    L3  0.4 A  237.1 V"]


def test_a_total_that_is_not_measured_is_no_headline() -> None:
    values: dict[str, Value] = {"power_l1_w": 900, "power_l2_w": 800, "power_l3_w": -20}
    assert headline(replace(GRID, measurement=Read(Measurement(values, unmeasured=("power_w",)), NOW))) == ("--", "")


def test_watch_prints_one_reading_a_line() -> None:
    assert [watch_line(device, "14:32:00") for device in (GRID, SOLAR, WATER)] == [
        "14:32:00  Grid                      672 W to grid      241.3 236.8 237.1 V  4.9 1.7 0.4 A",
        "14:32:00  Solar                    2140 W producing    241.0 V  8.9 A",
        "14:32:00  Water meter 0a1b2f    7.2 l/min",
    ]


def test_a_battery_tells_its_charge_and_its_meter_the_group() -> None:
    battery = _device("5c2faf0000b1", "HWE-BAT", "192.168.1.9", {"power_w": 640, "state_of_charge_pct": 57.4})
    idle = _device("5c2faf0000b2", "HWE-BAT", "192.168.1.10", {"power_w": -1, "state_of_charge_pct": 100})
    group = Batteries(Mode.ZERO, permissions=BOTH, count=2, power_w=1290, target_power_w=-1300)
    p1 = _device("5c2faf0000a1", "HWE-P1", "192.168.1.8", {"power_w": 12})
    lines = readings_table([replace(p1, batteries=Read(group, NOW)), battery, idle], NOW, profile_of("nl"))
    assert lines == [
        "NAME               NOW                 STATE",
        "P1 meter 0000a1   12 W  from grid      live",
        "    batteries: 2  mode zero, may charge and discharge, 1290 W charging, target 1300 W discharging",
        "Battery 0000b1   640 W  charging 57 %  live",
        "Battery 0000b2     1 W  idle 100 %     live",
    ]
    assert watch_line(battery, "14:32:00") == "14:32:00  Battery 0000b1            640 W charging 57 %"
    assert headline(_device("b", "HWE-BAT", "h", {"state_of_charge_pct": 5, "energy_import_kwh": 9})) == ("5 %", "")


@pytest.mark.parametrize(
    ("group", "words"),
    [
        (Batteries(Mode.ZERO, count=0, permissions=BOTH, power_w=0), []),
        (Batteries(Mode.STANDBY, power_w=0, max_production_w=800), ["mode standby, permissions not told, 0 W idle"]),
        (Batteries(other_mode="eco", count=1, other_permissions=("x",)), ["mode eco, permissions x"]),
        (
            Batteries(Mode.ZERO, count=1, permissions=frozenset({Permission.CHARGE}), other_permissions=("x",)),
            ["mode zero, permissions charge_allowed, x"],
        ),
        (Batteries(Mode.TO_FULL, count=1, permissions=NEITHER), ["mode to full"]),
    ],
)
def test_a_group_of_batteries_says_what_it_was_told(group: Batteries, words: list[str]) -> None:
    p1 = _device("5c2faf0000a1", "HWE-P1", "192.168.1.8", {"power_w": 12})
    lines = readings_table([replace(p1, batteries=Read(group, NOW))], NOW, profile_of("nl"))
    assert [line.partition("  ")[2].strip().partition("  ")[2] for line in lines[2:]] == words


def test_the_figure_that_matters_is_whatever_an_unknown_product_sends() -> None:
    strange = _device("bb", "HWE-XYZ", "192.168.1.30", {"protocol_version": 50, "frequency_hz": 50.021})
    assert headline(strange) == ("50.02 Hz", "")
    assert headline(SHED) == ("--", "")
