"""The JSON of one device: names, order and words are a promise."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tui.core.api.v2 import parse_batteries, parse_system
from tui.core.battery.batteries import NEITHER, Batteries, Mode, Permission
from tui.core.devicejson import device_json, iso_time
from tui.core.model import Device, Endpoint, Link, Problem, Read, Role, Spoken, State
from tui.core.moment import Now
from tui.core.reading import External, Json, Measurement, Switch, System, Value

NOW = Now(1_763_821_921.25, 50.0)
GAS = External("gas_meter", "0012", 2569.646, "m3", datetime(2021, 6, 6, 14, 0, 10))
P1 = Device(
    key="5c2faf0a1b2c",
    serial="5C2FAF0A1B2C",
    product_type="HWE-P1",
    product_name="P1 meter",
    firmware_version="6.03",
    api_version="v1",
    name="Grid",
    endpoints=(Endpoint("192.168.1.20", 8080, "v1"), Endpoint("192.168.1.20", 443, "v2")),
    api_enabled=True,
    measurement=Read(
        Measurement(
            {
                "monthly_power_peak_timestamp": datetime(2023, 1, 1, 8, 0, 10),
                "power_w": -543,
                "energy_import_kwh": 13779.338,
                "meter_model": "ISKRA  2M550T-101",
            },
            (GAS, External("x_meter", None, 1.5, None, None)),
            ("tariff: not a number, dropped",),
            {"new_key": [1, {"a": None}]},
        ),
        NOW,
    ),
    system=Read(System("My Wi-Fi", 100, None), NOW),
    link=Link(answered=1, last_answer=NOW),
)

IDENTITY: dict[str, Json] = {
    "serial": "5C2FAF0A1B2C",
    "product_type": "HWE-P1",
    "product_name": "P1 meter",
    "name": "Grid",
    "role": "grid",
    "behind": None,
    "inverted": False,
    "host": "192.168.1.20",
    "port": 8080,
    "api_version": "v1",
    "push": False,
    "why_not_better": None,
    "firmware_version": "6.03",
    "api_enabled": True,
    "state": "live",
    "problem": None,
}


def _same(row: dict[str, Json], expected: dict[str, Any]) -> None:
    """Equal in values and in the order of their keys, as text."""
    assert json.dumps(row) == json.dumps(expected)


def test_devices_print_who_a_device_is_and_how_it_is() -> None:
    _same(device_json(P1, NOW, reading=False), IDENTITY)


def test_read_prints_what_it_measures_too() -> None:
    _same(
        device_json(P1, NOW, reading=True),
        IDENTITY
        | {
            "same_meter_as": None,
            "measurement": {
                "meter_model": "ISKRA  2M550T-101",
                "power_w": -543,
                "energy_import_kwh": 13779.338,
                "monthly_power_peak_timestamp": "2023-01-01T08:00:10",
                "external": [
                    {
                        "type": "gas_meter",
                        "unique_id": "0012",
                        "value": 2569.646,
                        "unit": "m3",
                        "timestamp": "2021-06-06T14:00:10",
                    },
                    {"type": "x_meter", "unique_id": None, "value": 1.5, "unit": None, "timestamp": None},
                ],
            },
            "system": {"wifi_ssid": "My Wi-Fi", "wifi_strength_pct": 100},
            "switch": {},
            "batteries": {},
            "notes": ["tariff: not a number, dropped"],
            "extra": {"new_key": [1, {"a": None}]},
        },
    )


def test_a_smart_meter_whose_clock_is_wrong_has_a_note() -> None:
    late = replace(P1, clock=Read(datetime.fromtimestamp(NOW.utc, UTC).replace(tzinfo=None) - timedelta(days=90), NOW))
    notes = device_json(late, NOW, reading=True, zone=UTC)["notes"]
    assert notes == [
        "tariff: not a number, dropped",
        "the smart meter's clock is 90 days behind this computer's; the grid operator sets it",
    ]


def test_a_zero_that_is_no_value_is_absent_and_a_note_names_it() -> None:
    values: dict[str, Value] = {"power_w": -73, "voltage_l1_v": 234.1, "voltage_l3_v": 233.2}
    zeros = ("power_l1_w", "power_l2_w", "power_l3_w", "voltage_l2_v")
    delta = replace(
        P1, measurement=Read(Measurement(values, notes=("x: not a number, dropped",), unmeasured=zeros), NOW)
    )
    row = device_json(delta, NOW, reading=True)
    assert row["measurement"] == values
    assert row["notes"] == [
        "x: not a number, dropped",
        "power_l1_w, power_l2_w, power_l3_w, voltage_l2_v: sent as 0 where it cannot be 0, so not measured; "
        "this looks like 3x230 V without neutral",
    ]


def test_a_line_of_watch_begins_with_the_time_of_the_reading() -> None:
    row = device_json(P1, NOW, reading=True, time=iso_time(NOW.utc))
    assert next(iter(row.items())) == ("time", "2025-11-22T14:32:01.250+00:00")


def test_a_socket_prints_its_switch_as_far_as_it_was_told() -> None:
    socket = replace(P1, product_type="HWE-SKT", switch=Read(Switch(power_on=False, brightness=0), NOW))
    row = device_json(socket, NOW, reading=True)
    assert row["switch"] == {"power_on": False, "brightness": 0}
    assert row["role"] is None


def test_a_host_that_never_answered_prints_its_address_and_its_problem() -> None:
    problem = Problem(State.SILENT, "no answer", NOW)
    host = Device("192.168.1.9:80", endpoints=(Endpoint("192.168.1.9"),), by_hand=True, problem=problem)
    row = device_json(host, NOW.plus(5), reading=True)
    assert row == dict.fromkeys(IDENTITY) | {
        "inverted": False,
        "host": "192.168.1.9",
        "port": 80,
        "api_version": "v1",
        "push": False,
        "state": "silent",
        "problem": {"kind": "silent", "text": "no answer", "since": "2025-11-22T14:32:01.250+00:00"},
        "same_meter_as": None,
        "measurement": {},
        "system": {},
        "switch": {},
        "batteries": {},
        "notes": [],
        "extra": {},
    }


@pytest.mark.parametrize(
    ("endpoints", "host", "port", "api"),
    [
        ((Endpoint("b", 80, "v1"), Endpoint("a", 443, "v2")), "b", 80, "v1"),
        ((Endpoint("a", 443, "v2"),), "a", 443, "v2"),
        ((), None, None, None),
    ],
)
def test_the_address_is_that_of_the_endpoint_in_use(
    endpoints: tuple[Endpoint, ...], host: str | None, port: int | None, api: str | None
) -> None:
    row = device_json(replace(P1, endpoints=endpoints), NOW, reading=False)
    assert (row["host"], row["port"], row["api_version"]) == (host, port, api)


@pytest.mark.parametrize(
    ("spoken", "host", "api", "push", "why_not"),
    [
        (Spoken("v2", push=True), "a", "v2", True, None),
        (Spoken("v2", why_not="its socket failed"), "a", "v2", False, "its socket failed"),
        (Spoken("v1", why_not="not paired"), "b", "v1", False, "not paired"),
        (Spoken("v1"), "b", "v1", False, None),
        (None, "b", "v1", False, None),
    ],
)
def test_the_api_in_use_and_why_not_the_better_one(
    spoken: Spoken | None, host: str, api: str, push: bool, why_not: str | None
) -> None:
    endpoints = Endpoint("b", 80, "v1"), Endpoint("a", 443, "v2")
    row = device_json(replace(P1, endpoints=endpoints, spoken=spoken), NOW, reading=False)
    assert (row["host"], row["api_version"], row["push"], row["why_not_better"]) == (host, api, push, why_not)


def test_a_second_dongle_names_the_one_that_counts_and_a_load_the_meter_it_is_behind() -> None:
    row = device_json(replace(P1, same_meter_as="5C2FAF000001", behind="5c2faf000002"), NOW, reading=True)
    assert (row["same_meter_as"], row["behind"]) == ("5C2FAF000001", "5c2faf000002")


@pytest.mark.parametrize(("kind", "told"), [("HWE-KWH1", True), ("HWE-P1", False)])
def test_a_meter_upside_down_says_so_where_it_was_turned(kind: str, told: bool) -> None:
    assert device_json(replace(P1, product_type=kind, said_inverted=True), NOW, reading=True)["inverted"] is told


def test_the_role_none_is_no_role() -> None:
    assert device_json(replace(P1, given_role=Role.NONE), NOW, reading=False)["role"] is None


def test_a_role_that_was_given_is_printed() -> None:
    assert device_json(replace(P1, given_role=Role.BATTERY), NOW, reading=False)["role"] == "battery"


def test_what_a_battery_and_its_meter_tell_over_v2() -> None:
    system = System("Home", wifi_rssi_db=-67, uptime_s=1036800, led_brightness_pct=50, api_v1_enabled=False)
    group = Batteries(
        Mode.ZERO,
        permissions=frozenset({Permission.DISCHARGE, Permission.CHARGE}),
        charge_to_full=False,
        count=2,
        power_w=-612,
        target_power_w=-600.5,
        max_consumption_w=1600,
        max_production_w=800,
    )
    meter = Device("a", system=Read(system, NOW), batteries=Read(group, NOW))
    row = device_json(meter, NOW, reading=True)
    assert row["system"] == {
        "wifi_ssid": "Home",
        "wifi_strength_pct": 66,
        "wifi_rssi_db": -67,
        "uptime_s": 1036800,
        "status_led_brightness_pct": 50,
        "api_v1_enabled": False,
    }
    assert row["batteries"] == {
        "mode": "zero",
        "permissions": ["charge_allowed", "discharge_allowed"],
        "charge_to_full": False,
        "battery_count": 2,
        "power_w": -612,
        "target_power_w": -600.5,
        "max_consumption_w": 1600,
        "max_production_w": 800,
    }
    assert parse_batteries(row["batteries"]) == group
    sent = row["system"]
    assert parse_system(sent) == system


@pytest.mark.parametrize(
    ("group", "told"),
    [
        (Batteries(), {}),
        (
            Batteries(Mode.STANDBY, permissions=NEITHER, count=0),
            {"mode": "standby", "permissions": [], "battery_count": 0},
        ),
        (
            Batteries(other_mode="eco", other_permissions=("grid_allowed",)),
            {"mode": "eco", "permissions": ["grid_allowed"]},
        ),
        (
            Batteries(permissions=frozenset({Permission.CHARGE}), other_permissions=("x",)),
            {"permissions": ["charge_allowed", "x"]},
        ),
    ],
)
def test_batteries_have_the_words_of_the_api(group: Batteries, told: dict[str, Json]) -> None:
    row = device_json(Device("a", batteries=Read(group, NOW)), NOW, reading=True)
    assert row["batteries"] == told
    assert parse_batteries(told) == group


def test_a_battery_has_its_charge_and_cycles_in_its_measurement() -> None:
    stamp = datetime(2026, 6, 13, 14, 32, 7)
    values: dict[str, Value] = {"power_w": 640, "timestamp": stamp, "state_of_charge_pct": 57, "cycles": 123}
    row = device_json(Device("a", measurement=Read(Measurement(values), NOW)), NOW, reading=True)
    assert row["measurement"] == {
        "power_w": 640,
        "timestamp": "2026-06-13T14:32:07",
        "state_of_charge_pct": 57,
        "cycles": 123,
    }
