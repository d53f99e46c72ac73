"""A line of `watch --json` read back, and the lines of a recording in their order."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.battery.batteries import BOTH, Batteries, Mode
from tui.core.devicejson import device_json, iso_time
from tui.core.doubt.dating import dated
from tui.core.doubt.invert import as_wired
from tui.core.events import (
    BatteriesRead,
    Configured,
    Event,
    Identified,
    Measured,
    Paired,
    Spoke,
    SwitchRead,
    SystemRead,
)
from tui.core.flaws import SHOWN, Flaws
from tui.core.fleet import reduce
from tui.core.model import Device, DeviceSetting, Endpoint, Fleet, Role, Spoken, State
from tui.core.moment import Now
from tui.core.past.replay import LineError, Recorded, parse_line
from tui.core.past.replayed import EARLIER, FAR, FAR_S, SLACK_S, InOrder, Player
from tui.core.reading import External, Identity, Measurement, Switch, System, Value
from tui.core.state import state_of
from tui.engine.demo.household import DEFAULT_START, HOUSEHOLDS, Household
from tui.engine.demo.still import Still

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
UTC = 1_781_266_620.0
SERIAL = "5c2faf000001"


def line_of(device: Device, at: Now) -> bytes:
    row = device_json(device, at, reading=True, time=iso_time(at.utc), zone=AMSTERDAM)
    return json.dumps(row).encode()


def a_line(utc: float = UTC, serial: Any = SERIAL, **changed: Any) -> bytes:
    row = {"time": iso_time(utc), "serial": serial, "product_type": "HWE-KWH1", "measurement": {"power_w": 5}}
    return json.dumps(row | changed).encode()


def applied(fleet: Fleet, event: Event) -> Fleet:
    """As the monitor does it."""
    return reduce(fleet, dated(as_wired(event, fleet), AMSTERDAM) if isinstance(event, Measured) else event)


def play(*lines: bytes, own: dict[str, DeviceSetting] | None = None) -> Fleet:
    player, fleet = Player(own or {}), Fleet()
    for line in lines:
        one = parse_line(line)
        for event in player.events(one, Now(one.utc, one.utc - UTC)):
            fleet = applied(fleet, event)
    return fleet


def only(fleet: Fleet) -> Device:
    (device,) = fleet.devices.values()
    return device


# ------------------------------------------------------------------ there and back


@pytest.mark.parametrize("name", HOUSEHOLDS)
def test_a_house_looks_as_it_did(name: str) -> None:
    house = Still(Household(name), DEFAULT_START)
    house.run(3)
    answered = [device for device in house.fleet.devices.values() if device.measurement]
    before = [line_of(device, house.now) for device in answered]
    fleet = play(*before)
    assert [line_of(device, Now(house.now.utc, house.now.utc - UTC)) for device in fleet.devices.values()] == before


def test_a_battery_and_the_meter_that_controls_it_look_as_they_did() -> None:
    now = Now(UTC, 0.0)
    system = System("wifi", wifi_rssi_db=-60, uptime_s=500, led_brightness_pct=50, api_v1_enabled=False)
    group = Batteries(Mode.ZERO, permissions=BOTH, count=1, power_w=640, target_power_w=650.0)
    p1, battery = "5c2faf0000a1", "5c2faf0000b1"
    values: dict[str, Value] = {"power_w": 640, "state_of_charge_pct": 57, "cycles": 123}
    stamp: dict[str, Value] = {"power_w": 12, "timestamp": datetime(2026, 6, 12, 14, 17)}
    events: list[Event] = [
        Identified(Endpoint("192.168.1.5", 443, "v2"), Identity(p1, "HWE-P1", api_version="2.2.0"), now),
        Paired(p1, now),
        Spoke(p1, Spoken("v2"), now),
        Measured(p1, Measurement(stamp), System(), now, None, 1.0),
        SystemRead(p1, system, now),
        BatteriesRead(p1, group, now),
        Identified(Endpoint("192.168.1.6", 8443, "v2"), Identity(battery, "HWE-BAT", api_version="2.0.1"), now),
        Paired(battery, now),
        Spoke(battery, Spoken("v2", push=True), now),
        Measured(battery, Measurement(values), System(), now, None, 1.0),
    ]
    fleet = Fleet()
    for event in events:
        fleet = applied(fleet, event)
    before = [line_of(device, now) for device in fleet.devices.values()]
    played = play(*before)
    assert [line_of(device, now) for device in played.devices.values()] == before
    assert [state_of(device, now) for device in played.devices.values()] == [State.LIVE] * 2
    read = played.devices[p1].batteries
    assert read is not None
    assert read.value == group


def test_what_is_upside_down_is_not_turned_twice() -> None:
    fleet = Fleet()
    events: list[Event] = [
        Configured(SERIAL, DeviceSetting("Roof", Role.SOLAR, inverted=True)),
        Identified(Endpoint("192.168.1.20"), Identity(SERIAL, "HWE-KWH1"), Now(UTC, 0.0)),
        Measured(
            SERIAL,
            Measurement({"power_w": -1058, "current_a": 4.652, "energy_import_kwh": 1.5, "energy_export_kwh": 9.0}),
            System(),
            Now(UTC, 0.0),
            0.01,
            1.0,
        ),
    ]
    for event in events:
        fleet = applied(fleet, event)
    line = line_of(only(fleet), Now(UTC, 0.0))
    assert only(play(line)).measurement == only(fleet).measurement
    assert only(play(line)).number("energy_import_kwh") == 9.0
    # whoever looks may know better
    turned = only(play(a_line(), own={SERIAL: DeviceSetting(inverted=True)}))
    assert turned.number("power_w") == -5


def test_the_users_own_words_win_and_the_recordings_fill_the_rest() -> None:
    line = a_line(name="Zolder", role="solar", behind="abc")
    assert (only(play(line)).name, only(play(line)).role) == ("Zolder", Role.SOLAR)
    own = only(play(line, own={SERIAL: DeviceSetting(role=Role.LOAD, capacity_kwh=2.7)}))
    assert (own.name, own.role, own.behind, own.capacity_kwh) == ("Zolder", Role.LOAD, "abc", 2.7)


def test_a_grid_meter_that_was_none_stays_none() -> None:
    assert only(play(a_line(product_type="HWE-P1", role=None))).role is None
    assert only(play(a_line(product_type="HWE-P1", role="grid"))).role is Role.GRID
    assert only(play(a_line(product_type="HWE-BAT", role=None))).role is None


def test_a_frozen_meter_is_frozen_until_it_is_not() -> None:
    frozen = [a_line(UTC + at, product_type="HWE-P1", state=state) for at, state in enumerate(("live", "frozen"))]
    assert state_of(only(play(*frozen)), Now(UTC + 2, 2.0)) is State.FROZEN
    assert state_of(only(play(*frozen, a_line(UTC + 2, product_type="HWE-P1"))), Now(UTC + 2, 2.0)) is State.LIVE


def test_silence_shows_by_the_usual_time_between_lines() -> None:
    slow = only(play(*(a_line(UTC + 10 * index) for index in range(5))))
    assert slow.interval_s == 10.0
    assert [state_of(slow, Now(UTC, 40.0 + age)) for age in (29, 31, 61)] == [State.LIVE, State.STALE, State.SILENT]


def test_a_switch_and_meters_behind_come_back() -> None:
    gas = {"type": "gas_meter", "unique_id": "17", "value": 2.5, "unit": "m3", "timestamp": "2026-06-12T14:15:00"}
    one = parse_line(a_line(switch={"power_on": False, "brightness": 999}, measurement={"external": [gas, "x"]}))
    assert one.switch == Switch(power_on=False)
    assert one.measurement.external == (External("gas_meter", "17", 2.5, "m3", datetime(2026, 6, 12, 14, 15)),)
    assert one.measurement.notes == ("external[1]: not an object, dropped",)
    assert any(isinstance(event, SwitchRead) for event in Player({}).events(one, Now(UTC, 0.0)))


# ------------------------------------------------------------------ what makes no sense


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"power_w: 5", "it is not JSON"),
        (b'{"time": "2026', "it is not JSON"),
        (b"\xff\xfe{\0", "it is not text in UTF-8"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b"[1, 2]", "it is not a JSON object"),
        (b"1" * 5000, "it is not JSON"),
        (b"{}", 'it has no "time"'),
        (a_line(time="14:32"), 'its "time" is not ISO 8601 with an offset'),
        (a_line(time="2026-06-12T14:17:00"), 'its "time" is not ISO 8601 with an offset'),
        (a_line(time=5), 'its "time" is not ISO 8601 with an offset'),
        (a_line(time="1970-01-01T00:00:00Z"), "its time is in the year 1970"),
        (a_line(time="9999-12-31T23:59:59-23:59"), "its time is in the year 9999"),
        (a_line(serial=None), 'it has no "serial"'),
        (a_line(serial="\x1b\x00"), 'it has no "serial"'),
        (a_line(measurement=[5]), 'it has no "measurement"'),
    ],
)
def test_a_line_that_makes_no_sense_says_why(line: bytes, why: str) -> None:
    with pytest.raises(LineError) as wrong:
        parse_line(line)
    assert str(wrong.value).startswith(why)


def test_values_pass_the_bounds_of_a_device() -> None:
    bad = {"power_w": 1e300, "voltage_v": float("nan"), "current_a": "x", "tariff": 9, "mood": "fine\x1b[2J"}
    one = parse_line(a_line(name="\x1b]0;x\x07Shed" * 20, measurement=bad, later={"a": [[[[[[1]]]]]]}, host="\x07"))
    assert one.measurement.values == {}
    assert len(one.measurement.notes) == 5
    assert one.measurement.extra == {"mood": "fine[2J", "later": {"a": [[[]]]}}
    assert "\x1b" not in repr(one)
    assert one.words.name is not None
    assert len(one.words.name) <= 40
    assert one.endpoint == Endpoint(SERIAL)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=25)
@given(st.dictionaries(st.sampled_from([*sorted(json.loads(a_line())), "extra", "notes", "system", "port"]), JSON))
def test_no_edit_does_more_than_spoil_its_line(changed: dict[str, Any]) -> None:
    with suppress(LineError):
        assert len(play(a_line(), a_line(**changed)).devices) in (1, 2)


# ------------------------------------------------------------------ order


def ordered(*times: float) -> tuple[list[float], list[tuple[int, str]]]:
    told: list[tuple[int, str]] = []
    in_order = InOrder(lambda number, why: told.append((number, why)))
    one = parse_line(a_line())
    lines: list[Recorded] = []
    for number, at in enumerate(times, 1):
        lines += in_order.add(number, replace(one, utc=at))
    return [line.utc for line in [*lines, *in_order.rest()]], told


@pytest.mark.parametrize(
    ("times", "shown", "told"),
    [
        ((), [], []),
        ((7.0,), [7.0], []),
        ((1.0, 3.0, 2.0, 4.0), [1.0, 2.0, 3.0, 4.0], []),
        ((100.0, 106.0, 112.0, 99.0, 113.0), [100.0, 106.0, 112.0, 113.0], [(4, EARLIER)]),
        # two days, the wrong way round
        ((9e4, 9e4 + 9, 1.0, 2.0), [9e4, 9e4 + 9], [(3, EARLIER), (4, EARLIER)]),
        # a gap of weeks is one; a single line far away is a slip of the pen
        ((1.0, 2.0, 9e6, 9e6 + 1), [1.0, 2.0, 9e6, 9e6 + 1], []),
        ((1.0, 2.0, 9e6, 3.0), [1.0, 2.0, 3.0], [(3, FAR)]),
        ((9e6, 1.0, 2.0), [1.0, 2.0], [(1, FAR)]),
    ],
)
def test_lines_in_the_order_of_time(times: tuple[float, ...], shown: list[float], told: list[tuple[int, str]]) -> None:
    assert ordered(*times) == (shown, told)


@settings(max_examples=50)
@given(st.lists(st.floats(0, 3 * FAR_S), max_size=40))
def test_whatever_the_order_time_never_goes_back(times: list[float]) -> None:
    shown, told = ordered(*times)
    assert shown == sorted(shown)
    assert len(shown) + len(told) == len(times)


@settings(max_examples=30)
@given(st.lists(st.floats(0, SLACK_S - 0.1), min_size=1, max_size=30))
def test_a_few_seconds_out_of_order_are_sorted(jitter: list[float]) -> None:
    times = [1000.0 + 2 * index + late for index, late in enumerate(jitter)]
    assert ordered(*times) == (sorted(times), [])


def test_the_first_few_are_named_and_the_rest_counted() -> None:
    flaws = Flaws()
    assert (flaws.lines, flaws.summary) == ([], "")
    for number in range(1, SHOWN + 4):
        flaws.add(number, "it is not JSON")
    flaws.add(40, EARLIER)
    flaws.add(41, EARLIER)
    assert flaws.lines[0] == "line 1: it is not JSON"
    assert flaws.lines[-2:] == [
        "3 more lines make no sense",
        "line 40: it is earlier than lines before it, and 1 more; sort FILE puts a recording in order",
    ]
    assert flaws.summary.startswith("10 lines left out: line 1: it is not JSON; ")
