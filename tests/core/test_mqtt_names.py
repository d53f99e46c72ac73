"""What an MQTT broker is told of a house: where it is, topics, states, and what Home Assistant reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.devicejson import device_json
from tui.core.events import SwitchRead
from tui.core.model import Device, Read, State
from tui.core.model import Problem as Trouble
from tui.core.moment import Now
from tui.core.out.mqttbroker import Broker, parse_broker
from tui.core.out.mqttdiscovery import SENSORS, discovery
from tui.core.out.mqtttopics import (
    commanded,
    external_values,
    fits,
    is_online,
    single_messages,
    state_row,
    topic_of,
)
from tui.core.quantities import QUANTITIES, Kind
from tui.core.reading import External, Measurement, Switch
from tui.engine.demo.household import DEFAULT_START, HOUSEHOLDS, Household
from tui.engine.demo.still import Still

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = Now(1_800_000_000.0, 1000.0)

# ------------------------------------------------------------------ the broker


@pytest.mark.parametrize(
    ("text", "broker"),
    [
        ("mqtt://broker.lan", Broker("broker.lan", 1883)),
        (" mqtts://192.168.1.5/ ", Broker("192.168.1.5", 8883, True)),
        ("MQTTS://Me@Broker:99", Broker("broker", 99, True, "Me")),
        ("mqtt://me@house.org@broker", Broker("broker", 1883, False, "me@house.org")),
        ("mqtt://@broker", Broker("broker", 1883)),
        ("mqtt://me@[fd00::5]", Broker("fd00::5", 1883, False, "me")),
        ("mqtt://[::1]:99", Broker("::1", 99)),
    ],
)
def test_a_broker_is_a_url(text: str, broker: Broker) -> None:
    assert parse_broker(text) == broker
    assert parse_broker(broker.url) == broker._replace(user=None)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("broker", "use mqtt://HOST, or mqtts://HOST for TLS"),
        ("http://broker", "use mqtt://HOST"),
        ("mqtt://", "a host is missing"),
        ("mqtt://me@", "a host is missing"),
        ("mqtt://broker:0", 'what follows "broker:" is not a port'),
        ("mqtt://broker/topic", "leave out what follows the host"),
        ("mqtt://bro ker", '"bro ker" has a space in it'),
        ("mqtt://[::1", "an IPv6 address is written like mqtt://[fd00::5]:1883"),
        ("mqtt://[::1]99", "an IPv6 address is written like"),
        ("mqtt://::1", "an IPv6 address is written like"),
        ("mqtt://[x]", '"x" is no IPv6 address'),
        ("mqtt://m\x1be@broker", "the user before the @ is too long"),
    ],
)
def test_a_wrong_broker_says_what_to_use(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        parse_broker(text)


@given(st.text("aZ9 :/@#?%[].\u00e9", max_size=20))
@settings(max_examples=20)
def test_a_password_is_refused_and_not_repeated(rest: str) -> None:
    with pytest.raises(ValueError, match="--mqtt-password-file or HWTUI_MQTT_PASSWORD") as caught:
        parse_broker(f"mqtt://me:s3cr3t{rest}@broker")
    assert "s3cr3t" not in str(caught.value)


# ------------------------------------------------------------------ topics and states


@pytest.fixture(scope="module")
def houses() -> dict[str, Still]:
    lived = {name: Still(Household(name), DEFAULT_START) for name in HOUSEHOLDS}
    for still in lived.values():
        still.run(3)
        for key, device in still.fleet.devices.items():
            if device.product.can_switch:
                still.apply(SwitchRead(key, Switch(power_on=True, switch_lock=False, brightness=255), still.now))
    return lived


def devices(houses: dict[str, Still]) -> Iterator[tuple[str, Device, Now]]:
    """Each that is handed on, with the name of its house."""
    return (
        (name, one, still.now) for name, still in houses.items() for one in still.fleet.devices.values() if fits(one)
    )


def test_a_state_has_every_value_that_read_prints_and_is_flat(houses: dict[str, Still]) -> None:
    for _, device, now in devices(houses):
        row, whole = state_row(device, now, ZONE), device_json(device, now, reading=True, zone=ZONE)
        assert not [name for name, value in row.items() if isinstance(value, dict | list)]
        for part in ("measurement", "system", "switch"):
            values = whole[part]
            assert isinstance(values, dict)
            assert {name: row[name] for name in values if name != "external"} == {
                name: value for name, value in values.items() if name != "external"
            }
        assert (row["serial"], row["state"]) == (whole["serial"], whole["state"])


def meter(kind: str, unique_id: str | None, value: float, unit: str | None = "m3") -> External:
    return External(kind, unique_id, value, unit, None)


@pytest.mark.parametrize(
    ("meters", "named"),
    [
        ([meter("gas_meter", "A", 1.0)], {"gas_m3": 1.0}),
        ([meter("gas_meter", "B", 2.0), meter("gas_meter", "A", 1.0)], {"gas_m3": 1.0, "gas_2_m3": 2.0}),
        ([meter("warm_water_meter", None, 3.0)], {"warm_water_m3": 3.0}),
        ([meter("heat_meter", "x", 4.0, "GJ")], {"heat_gj": 4.0}),
        ([meter("gas_meter", "A", 1.0, "bananas")], {}),
        ([meter("a/b{{c}}#_meter", "A", 1.0, "kWh")], {"a_b_c_kwh": 1.0}),
        ([meter("_meter", "A", 1.0)], {}),
    ],
)  # fmt: skip
def test_the_meters_behind_a_smart_meter_have_names_of_their_own(
    meters: list[External], named: dict[str, float]
) -> None:
    device = Device("aa", serial="aa", measurement=Read(Measurement({"power_w": 1.0}, tuple(meters)), NOW))
    assert {name: one.value for name, one in external_values(device).items()} == named
    assert state_row(device, NOW, ZONE).items() >= named.items()


def test_a_meter_that_calls_itself_a_quantity_takes_none_away() -> None:
    liar = meter("energy_import_meter", "x", 666.0, "kWh")
    device = Device("aa", serial="aa", measurement=Read(Measurement({"energy_import_kwh": 1.5}, (liar,)), NOW))
    assert state_row(device, NOW, ZONE)["energy_import_kwh"] == 1.5


@pytest.mark.parametrize(
    ("serial", "goes"),
    [
        ("5c2fafaabbcc", True),
        ("a-b_c", True),
        ("#", False),
        ("a/b", False),
        ("+", False),
        ("", False),
        ("a" * 65, False),
    ],
)
def test_a_serial_that_is_no_part_of_a_topic_is_not_handed_on(serial: str, goes: bool) -> None:
    assert fits(Device(serial, serial=serial)) is goes
    assert not fits(Device(serial, serial=serial, remembered=True))


@pytest.mark.parametrize(
    ("topic", "key"),
    [
        ("hwtui/5c2f/switch/set", "5c2f"),
        ("hwtui/5c2f/switch/answer", None),
        ("hwtui/5C2F/switch/set", None),
        ("hwtui//switch/set", None),
        ("other/5c2f/switch/set", None),
        ("hwtui/a/b/switch/set", None),
    ],
)
def test_which_device_a_command_is_for(topic: str, key: str | None) -> None:
    assert commanded(topic) == key


@pytest.mark.parametrize(
    ("age_s", "trouble", "online"),
    [(0, None, True), (59, State.SILENT, True), (61, State.SILENT, False), (0, State.FROZEN, False)],
)
def test_a_device_is_offline_when_its_values_are_worth_nothing(
    age_s: float, trouble: State | None, online: bool
) -> None:
    measured = Read(Measurement({"power_w": 1.0}), NOW.plus(-age_s))
    problem = Trouble(trouble, "", NOW) if trouble else None
    assert is_online(Device("aa", serial="aa", measurement=measured, problem=problem), NOW) is online


def test_each_value_by_itself() -> None:
    row: dict[str, Any] = {"state": "live", "power_w": 5.5, "power_on": True, "switch_lock": False, "name": None}
    told = {one.topic: (one.payload, one.qos, one.retain) for one in single_messages(Device("aa", serial="AA"), row)}
    assert told == {
        "hwtui/aa/power_w": ("5.5", 0, True),
        "hwtui/aa/power_on": ("ON", 0, True),
        "hwtui/aa/switch_lock": ("OFF", 0, True),
    }


# ------------------------------------------------------------------ Home Assistant

ALLOWED: dict[str, tuple[set[str | None], set[str | None]]] = {
    # device class: units, state classes (homeassistant/components/sensor/const.py, 2025.4:
    # DEVICE_CLASS_UNITS, DEVICE_CLASS_STATE_CLASSES; here only those of our quantities)
    "power": ({"W"}, {"measurement"}),
    "voltage": ({"V"}, {"measurement"}),
    "current": ({"A"}, {"measurement"}),
    "apparent_power": ({"VA"}, {"measurement"}),
    "reactive_power": ({"var"}, {"measurement"}),
    "frequency": ({"Hz"}, {"measurement"}),
    "power_factor": ({None, "%"}, {"measurement"}),
    "battery": ({"%"}, {"measurement"}),
    "signal_strength": ({"dB", "dBm"}, {"measurement"}),
    "volume_flow_rate": ({"L/min", "m³/h"}, {"measurement"}),
    "energy": ({"kWh", "GJ"}, {"total", "total_increasing"}),
    "gas": ({"m³"}, {"total", "total_increasing"}),
    "water": ({"m³", "L"}, {"total", "total_increasing"}),
}


@pytest.mark.parametrize("name", SENSORS)
def test_every_sensor_is_one_that_home_assistant_takes(name: str) -> None:
    sensor = SENSORS[name]
    if sensor.device_class is not None:
        units, state_classes = ALLOWED[sensor.device_class]
        assert sensor.unit in units
        assert sensor.state_class in state_classes
    if name in QUANTITIES and QUANTITIES[name].kind in (Kind.TEXT, Kind.TIME, Kind.CODE):
        assert sensor.state_class is None, "what is no number has no statistics"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("power_w", ("Power", "power", "W", "measurement")),
        ("power_l1_w", ("Power L1", "power", "W", "measurement")),
        ("energy_export_t2_kwh", ("Energy export T2", "energy", "kWh", "total_increasing")),
        ("state_of_charge_pct", ("State of charge", "battery", "%", "measurement")),
        ("water_total_m3", ("Water total", "water", "m³", "total_increasing")),
        ("power_factor_l3", ("Power factor L3", "power_factor", None, "measurement")),
        ("voltage_sag_l1_count", ("Voltage sag L1", None, None, "total_increasing")),
        ("tariff", ("Tariff", None, None, None)),
    ],
)
def test_a_sensor_in_full(name: str, told: tuple[str | None, ...]) -> None:
    assert SENSORS[name][:4] == told


@pytest.mark.parametrize("control", [True, False])
def test_what_is_discovered_is_in_the_state_and_nothing_twice(houses: dict[str, Still], control: bool) -> None:
    ids: list[tuple[str, str]] = []
    for house, device, now in devices(houses):
        row = state_row(device, now, ZONE)
        message = discovery(device, row, "1.2", control=control)
        assert re.fullmatch(r"homeassistant/device/[a-z0-9_-]+/config", message.topic)
        document = json.loads(message.payload)
        assert document["device"]["identifiers"] == [f"hwtui_{device.key}"]
        assert document["origin"] == {"name": "hwtui", "sw_version": "1.2"}
        assert [one["topic"] for one in document["availability"]] == ["hwtui/status", topic_of(device, "status")]
        for component in document["components"].values():
            if component == {"platform": "switch"}:  # takes the one of an earlier run away
                assert not control
                continue
            ids.append((house, component["unique_id"]))
            (key,) = re.findall(r"value_json\['([a-z0-9_]+)'\]", component["value_template"])
            assert key in row
            assert (component["platform"] == "switch") is ("command_topic" in component)
            assert control or component["platform"] != "switch"
    assert len(ids) > 100
    assert len(set(ids)) == len(ids)


def test_only_what_was_seen_is_discovered() -> None:
    device = Device("aa", serial="aa", product_type="HWE-KWH1", measurement=Read(Measurement(), NOW))
    components = json.loads(discovery(device, ["power_w"], "1", control=False).payload)["components"]
    assert list(components) == ["power_w"]


def test_a_name_of_the_users_is_that_of_the_device_and_no_markup() -> None:
    device = replace(Device("aa", serial="aa", product_type="HWE-KWH1"), name='{{ states("x") }}"')
    document = json.loads(discovery(device, (), "1", control=False).payload)
    assert document["device"]["name"] == '{{ states("x") }}"'
    assert document["components"] == {}
