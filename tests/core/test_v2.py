"""The v2 parsers: every payload in `tests/payloads/v2` value by value, a table for each rule, and any JSON whatsoever.

The payloads are composed from the documentation's field tables and examples and from the vendor client's fixtures.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_v1 import LEAVES, NAMES, TEXT, TYPES, assert_harmless, depth
from tui.core.api.dialect import EXTERNAL_METERS, NOTES, parse_identity
from tui.core.api.v1 import V1_NAMES
from tui.core.api.v1 import parse_measurement as parse_v1
from tui.core.api.v2 import (
    MESSAGE_BYTES,
    MESSAGE_PARTS,
    MESSAGE_TYPES,
    NO_MESSAGE,
    V2_NAMES,
    Message,
    is_reading,
    parse_batteries,
    parse_error,
    parse_measurement,
    parse_message,
    parse_system,
)
from tui.core.battery.batteries import BOTH, NEITHER, Batteries, Mode, Permission
from tui.core.quantities import QUANTITIES, Kind
from tui.core.reading import External, Identity, Measurement, System, strength_of

PAYLOADS = Path(__file__).parents[1] / "payloads"
PARSERS: list[Callable[[object], object]] = [parse_measurement, parse_system, parse_batteries, parse_error]


def payload(name: str) -> dict[str, object]:
    data = json.loads((PAYLOADS / "v2" / f"{name}.json").read_text())
    assert isinstance(data, dict)
    return data


def measured(data: object) -> Measurement:
    read = parse_measurement(data)
    assert read is not None
    return read


# ------------------------------------------------------------------ every payload, value by value


@pytest.mark.parametrize("name", ["hwe_kwh1", "hwe_kwh3", "hwe_bat", "hwe_bat_early"])
def test_every_value_comes_through_under_the_name_it_was_sent_with(name: str) -> None:
    data = payload(name)
    measurement = measured(data)
    assert measurement == Measurement(data)  # type: ignore[arg-type]
    assert all(type(value) is type(data[key]) for key, value in measurement.values.items())
    assert is_reading(data)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("hwe_p1_three_phase", {}),
        ("hwe_p1_one_phase", {"energy_import_kwh": 17157.621, "energy_export_kwh": 4151.517}),
    ],
)
def test_a_p1_has_times_and_totals_besides(name: str, more: dict[str, float]) -> None:
    data = payload(name)
    measurement = measured(data)
    times = {key: datetime.fromisoformat(str(data[key])) for key in data if "timestamp" in key}
    sent = {key: value for key, value in data.items() if key != "external"}
    assert measurement.values == {**sent, **times, **more}
    assert measurement.notes == () == measurement.unmeasured
    assert measurement.extra == {}


def test_the_meters_behind_a_p1_keep_their_order_and_what_cannot_be_one_falls_out_with_a_note() -> None:
    assert measured(payload("hwe_p1_three_phase")).external == (
        External("gas_meter", "4730303332313233343536373839303132", 2841.207, "m3", datetime(2026, 6, 13, 14, 30)),
        External("water_meter", "57413939383837373636353534343333", 312.418, "m3", datetime(2026, 6, 13, 14, 25)),
    )
    odd = measured(payload("hwe_p1_odd_external"))
    assert [(meter.type, meter.value, meter.unit) for meter in odd.external] == [
        ("gas_meter", 11.5, "m3"),
        ("heat_meter", 22.5, "GJ"),
        ("warm_water_meter", 33.5, "m3"),
        ("inlet_heat_meter", 44.5, "m3"),
        ("steam_meter", 55.5, "kg"),
        ("gas_meter", 66.5, "m3"),
    ]
    assert [meter.unique_id for meter in odd.external] == ["0" * 32] * 5 + [None]
    assert {meter.timestamp for meter in odd.external} == {datetime(2026, 6, 13, 14)}
    assert odd.notes == ("external[6]: no usable type, dropped",)


def test_a_device_tells_of_itself() -> None:
    assert parse_system(payload("system_p1")) == System(
        "My Wi-Fi",
        wifi_rssi_db=-67,
        cloud_enabled=True,
        uptime_s=1036800,
        led_brightness_pct=50,
        api_v1_enabled=True,
    )
    assert parse_system(payload("system_kwh")) == System(
        "My Wi-Fi", wifi_rssi_db=-81, cloud_enabled=False, uptime_s=412, api_v1_enabled=False
    )
    assert parse_system(payload("system_bat")) == System(
        "My Wi-Fi", wifi_rssi_db=-72, cloud_enabled=True, uptime_s=86399, led_brightness_pct=100
    )
    assert parse_identity(payload("device_p1")) == Identity("5c2faf0000a1", "HWE-P1", "P1 Meter", "6.0305", "2.2.0")
    assert parse_identity(payload("device_bat")) == Identity(
        "5c2faf0000b1", "HWE-BAT", "Plug-In Battery", "1.0305", "2.0.1"
    )


def test_the_batteries_of_each_version_of_the_api() -> None:
    assert parse_batteries(payload("batteries_2_1_0")) == Batteries(
        Mode.ZERO, power_w=-612, target_power_w=-600, max_consumption_w=1600, max_production_w=800
    )
    assert parse_batteries(payload("batteries_2_2_0")) == Batteries(
        Mode.ZERO,
        permissions=frozenset({Permission.CHARGE}),
        count=2,
        power_w=1288,
        target_power_w=1300,
        max_consumption_w=1600,
        max_production_w=1600,
    )
    assert parse_batteries(payload("batteries_2_3_0")) == Batteries(
        Mode.PREDICTIVE,
        permissions=BOTH,
        charge_to_full=False,
        count=2,
        power_w=-612,
        target_power_w=-600,
        max_consumption_w=1600,
        max_production_w=1600,
    )
    none = parse_batteries(payload("batteries_none"))
    assert none is not None
    assert (none.count, none.power_w, none.max_consumption_w, none.permissions) == (0, 0, 0, BOTH)


# ------------------------------------------------------------------ one device over both


def over_v2(v1: Mapping[str, object]) -> dict[str, object]:
    """What the same device answers over v2, by the documentation's table of names."""
    sent: dict[str, object] = {}
    for name, value in v1.items():
        if name in ("wifi_ssid", "wifi_strength", "total_gas_m3", "gas_timestamp", "gas_unique_id"):
            continue
        if name == "external":
            sent[name] = [{**entry, "timestamp": iso(entry.get("timestamp"))} for entry in value or ()]  # type: ignore[attr-defined]
        elif name in V1_NAMES:
            sent[_V2_OF.get(name) or re.sub("^active_", "", name).replace("total_power_", "energy_")] = value
    if "monthly_power_peak_timestamp" in sent:
        sent["monthly_power_peak_timestamp"] = iso(sent["monthly_power_peak_timestamp"])
    return sent


_V2_OF = {
    "smr_version": "protocol_version",
    "active_tariff": "tariff",
    "active_power_average_w": "average_power_15m_w",
    "montly_power_peak_w": "monthly_power_peak_w",
    "montly_power_peak_timestamp": "monthly_power_peak_timestamp",
}


def iso(stamp: object) -> str | None:
    return datetime.strptime(f"{int(str(stamp)):012}", "%y%m%d%H%M%S").isoformat() if stamp else None


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(PAYLOADS.glob("*.json")) if "wtr" not in path.stem and "unknown" not in path.stem],
    ids=lambda path: path.stem,
)
def test_both_answers_of_one_device_give_the_same_measurement(path: Path) -> None:
    v1 = json.loads(path.read_text())
    one = parse_v1(v1)
    assert one is not None
    other = measured(over_v2(v1))
    assert dict(other.values) == dict(one[0].values)
    assert list(other.values) == list(one[0].values)
    assert (other.unmeasured, other.extra) == (one[0].unmeasured, one[0].extra)
    only_in_the_old_fields = "total_gas_m3" in v1 and not v1.get("external")
    assert other.external == (() if only_in_the_old_fields else one[0].external)


def test_a_kwh_meter_of_one_phase_sends_less_over_v2_and_the_same_of_what_it_sends() -> None:
    v1 = json.loads((PAYLOADS / "hwe_kwh1.json").read_text())
    one = parse_v1(v1)
    assert one is not None
    gone = ("power_l1_w", "energy_import_t1_kwh", "energy_export_t1_kwh")
    sent = {name: value for name, value in over_v2(v1).items() if name not in gone}
    assert set(sent) == set(payload("hwe_kwh1"))
    assert measured(sent).values == {name: value for name, value in one[0].values.items() if name not in gone}


def test_v2_has_a_name_for_all_but_the_water_meter() -> None:
    assert set(V2_NAMES.values()) == {name for name in QUANTITIES if not name.startswith("water")}


# ------------------------------------------------------------------ one field


@pytest.mark.parametrize("name", V2_NAMES)
def test_a_null_field_is_as_if_absent(name: str) -> None:
    assert measured({name: None}) == Measurement()


@pytest.mark.parametrize(
    ("data", "values", "notes"),
    [
        ({"state_of_charge_pct": 0}, {"state_of_charge_pct": 0}, ()),
        ({"state_of_charge_pct": 100.0}, {"state_of_charge_pct": 100}, ()),
        ({"state_of_charge_pct": 100.1}, {}, ("state_of_charge_pct: not 0 to 100, dropped",)),
        ({"state_of_charge_pct": -1}, {}, ("state_of_charge_pct: not 0 to 100, dropped",)),
        ({"cycles": 12.0}, {"cycles": 12}, ()),
        ({"cycles": 12.5}, {}, ("cycles: not a whole number, dropped",)),
        ({"cycles": -1}, {}, ("cycles: not 0 to 1e+06, dropped",)),
        ({"timestamp": "2026-06-13T14:32:07"}, {"timestamp": datetime(2026, 6, 13, 14, 32, 7)}, ()),
        ({"timestamp": "2000-01-01T00:00:00"}, {}, ("timestamp: 2000 is before 2010, dropped",)),
        ({"timestamp": "2026-06-13T14:32:07Z"}, {}, ("timestamp: not a time, dropped",)),
        ({"timestamp": "2026-13-13T14:32:07"}, {}, ("timestamp: not a time, dropped",)),
        ({"tariff": 5}, {}, ("tariff: unknown tariff 5, dropped",)),
        ({"power_w": math.nan}, {}, ("power_w: not a finite number, dropped",)),
        ({"external": {}}, {}, ("external: not a list, dropped",)),
    ],
)
def test_a_value_that_cannot_be_one_is_dropped_with_a_note(
    data: object, values: dict[str, object], notes: tuple[str, ...]
) -> None:
    assert measured(data) == Measurement(values, notes=notes)  # type: ignore[arg-type]


def test_what_v2_does_not_know_is_kept_as_sent() -> None:
    assert measured({"power_w": 1, "smr_version": 50, "cell_temperature_c": 21.5}).extra == {
        "smr_version": 50,
        "cell_temperature_c": 21.5,
    }
    assert not is_reading({"smr_version": 50})
    assert not is_reading([])
    assert not is_reading(["power_w"])


@pytest.mark.parametrize(
    ("data", "system"),
    [
        ({"wifi_rssi_db": 0}, System(wifi_rssi_db=0)),
        ({"wifi_rssi_db": -127}, System(wifi_rssi_db=-127)),
        ({"wifi_rssi_db": -128}, System(notes=("wifi_rssi_db: not -127 to 0, dropped",))),
        ({"wifi_rssi_db": 1}, System(notes=("wifi_rssi_db: not -127 to 0, dropped",))),
        ({"uptime_s": 0}, System(uptime_s=0)),
        ({"uptime_s": -1}, System(notes=("uptime_s: not 0 to 3.1536e+09, dropped",))),
        ({"uptime_s": 1e11}, System(notes=("uptime_s: not 0 to 3.1536e+09, dropped",))),
        ({"status_led_brightness_pct": 0}, System(led_brightness_pct=0)),
        ({"status_led_brightness_pct": 101}, System(notes=("status_led_brightness_pct: not 0 to 100, dropped",))),
        ({"api_v1_enabled": 1}, System(notes=("api_v1_enabled: neither true nor false, dropped",))),
        ({"wifi_ssid": "a\x1b[31m", "cloud_enabled": None}, System("a[31m")),
        ({}, System()),
        ([], None),
        (None, None),
    ],
)
def test_what_it_tells_of_itself_stays_within_its_bounds(data: object, system: System | None) -> None:
    assert parse_system(data) == system


@pytest.mark.parametrize(
    ("rssi", "pct"),
    [(-127, 0), (-100, 0), (-99, 2), (-85, 30), (-77, 46), (-67.5, 65), (-51, 98), (-50, 100), (-1, 100), (0, 0)],
)
def test_a_signal_in_dbm_is_a_percentage_as_the_vendors_client_has_it(rssi: float, pct: float) -> None:
    assert strength_of(rssi) == pct
    assert System(wifi_rssi_db=rssi).wifi_pct == pct
    assert System(wifi_rssi_db=rssi).has_weak_wifi is (pct < 30)


def test_a_percentage_that_was_sent_is_the_strength() -> None:
    assert System(wifi_strength_pct=0).wifi_pct == 0
    assert System().wifi_pct is None
    assert not System().has_weak_wifi


CHARGE = frozenset({Permission.CHARGE})
NOT_ALL = "permissions: not all of them are texts, or too many: the others, dropped"


@pytest.mark.parametrize(
    ("data", "permissions", "others", "notes"),
    [
        ({}, None, (), ()),
        ({"permissions": None}, None, (), ()),
        ({"permissions": []}, NEITHER, (), ()),
        ({"permissions": ["charge_allowed"]}, CHARGE, (), ()),
        ({"permissions": ["discharge_allowed", "charge_allowed", "charge_allowed"]}, BOTH, (), ()),
        ({"permissions": ["charge_allowed", "grid_allowed"]}, CHARGE, ("grid_allowed",), ()),
        ({"permissions": ["grid\x1b_allowed", "a", "a"]}, None, ("grid_allowed", "a"), ()),
        ({"permissions": ["x" * 50]}, None, ("x" * 32,), ()),
        ({"permissions": [7, "charge_allowed"]}, CHARGE, (), (NOT_ALL,)),
        ({"permissions": [7]}, None, (), (NOT_ALL,)),
        ({"permissions": ["charge_allowed"] * 9}, CHARGE, (), (NOT_ALL,)),
        ({"permissions": {}}, None, (), ("permissions: not a list, dropped",)),
        ({"permissions": "charge_allowed"}, None, (), ("permissions: not a list, dropped",)),
    ],
)
def test_only_an_empty_list_is_no_permission_at_all(
    data: object, permissions: frozenset[Permission] | None, others: tuple[str, ...], notes: tuple[str, ...]
) -> None:
    assert parse_batteries(data) == Batteries(permissions=permissions, other_permissions=others, notes=notes)


@pytest.mark.parametrize(
    ("data", "batteries"),
    [
        ({"mode": "to_full"}, Batteries(Mode.TO_FULL)),
        ({"mode": "standby"}, Batteries(Mode.STANDBY)),
        ({"mode": "ZERO"}, Batteries(other_mode="ZERO")),
        ({"mode": "zero_charge_only"}, Batteries(other_mode="zero_charge_only")),
        ({"mode": "\x1b[2Jzero"}, Batteries(other_mode="[2Jzero")),
        ({"mode": ""}, Batteries()),
        ({"mode": 5}, Batteries(notes=("mode: not text, dropped",))),
        ({"battery_count": 2.0}, Batteries(count=2)),
        ({"battery_count": -1}, Batteries(notes=("battery_count: not 0 to 1000, dropped",))),
        ({"battery_count": 1.5}, Batteries(notes=("battery_count: not a whole number, dropped",))),
        ({"charge_to_full": "no"}, Batteries(notes=("charge_to_full: neither true nor false, dropped",))),
        ({"power_w": None, "target_power_w": -400.5}, Batteries(target_power_w=-400.5)),
        ({}, Batteries()),
        ([], None),
        ("zero", None),
    ],
)
def test_a_group_of_batteries_is_read_field_by_field(data: object, batteries: Batteries | None) -> None:
    assert parse_batteries(data) == batteries


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"error": "user:creation-not-enabled"}, "user:creation-not-enabled"),
        ({"message": "json:parameter-invalid-type:led"}, "json:parameter-invalid-type:led"),
        ({"error": "user:\x1b[31munauthorized"}, "user:[31munauthorized"),
        ({"error": "x" * 500}, "x" * 96),
        ({"error": ""}, ""),
        ({"error": {"id": 202}}, None),
        ({"error": None, "message": "a"}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_an_error_is_its_code(data: object, error: str | None) -> None:
    assert parse_error(data) == error


# ------------------------------------------------------------------ pushed messages


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"type":"authorization_requested","data":{"api_version":"2.0.0"}}',
            Message("authorization_requested", {"api_version": "2.0.0"}),
        ),
        ('{"type": "authorized"}', Message("authorized")),
        (b'{"type":"measurement","data":{"power_w":12.5}}', Message("measurement", {"power_w": 12.5})),
        ('{"data":{"mode":"zero"},"type":"batteries"}', Message("batteries", {"mode": "zero"})),
        ('{"type":"error","data":{"message":"request:unknown"}}', Message("error", {"message": "request:unknown"})),
        ('{"type":"system","data":null}', Message("system")),
        ('{"type":"user","data":[{"name":"local/a"}]}', Message("user", [{"name": "local/a"}])),
    ],
)  # fmt: skip
def test_a_message_has_a_type_and_data(text: str | bytes, message: Message) -> None:
    assert parse_message(text) == message
    assert message.is_known


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        "5",
        "null",
        '"measurement"',
        "{}",
        '{"type":5}',
        '{"type":null,"data":{}}',
        '{"type":["measurement"]}',
        '{"type":"measurement"',
        b"\xff\xfe",
        b"\x00" * 100,
        '{"type":"measurement","data":' + "[" * MESSAGE_PARTS + "]" * MESSAGE_PARTS + "}",
        '{"type":"measurement","data":"' + "x" * MESSAGE_BYTES + '"}',
        b'{"type":"measurement","data":"' + b"x" * MESSAGE_BYTES + b'"}',
        '{"type":"measurement","data":"' + "\u20ac" * (MESSAGE_BYTES // 2) + '"}',
    ],
    ids=lambda text: repr(text)[:40],
)
def test_what_is_no_message_is_told_and_nothing_is_raised(text: str | bytes) -> None:
    assert parse_message(text) is NO_MESSAGE
    assert not NO_MESSAGE.is_known


def test_the_largest_message_and_the_one_of_most_parts_are_read() -> None:
    start, end = '{"type":"measurement","data":"', '"}'
    largest = start + "x" * (MESSAGE_BYTES - len(start + end)) + end
    assert parse_message(largest).type == parse_message(largest.encode()).type == "measurement"
    assert parse_message('{"type":"measurement","data":[' + "[]," * (MESSAGE_PARTS - 3) + "[]]}").is_known
    assert parse_message('{"type":"measurement","data":[' + "[]," * (MESSAGE_PARTS - 2) + "[]]}") is NO_MESSAGE


def test_a_type_that_is_not_known_is_told_too() -> None:
    message = parse_message('{"type":"weather\\u001b[2J' + "x" * 50 + '","data":{}}')
    assert message == Message("weather[2J" + "x" * 22, {})
    assert not message.is_known
    assert not parse_message('{"type":"Measurement"}').is_known


def test_bytes_that_are_not_quite_json_cost_one_field_as_in_an_answer() -> None:
    message = parse_message(b'{"type":"system","data":{"wifi_ssid":"caf\xe9","uptime_s":5}}')
    system = parse_system(message.data, message.notes)
    assert system is not None
    assert system.uptime_s == 5
    assert len(system.notes) == 1
    nested = '{"type":"measurement","data":{"new":' + "[" * 400 + "]" * 400 + ',"power_w":5}}'
    assert measured(parse_message(nested).data).values == {"power_w": 5}


# ------------------------------------------------------------------ any JSON whatsoever

V2_FIELDS = st.sampled_from(
    [
        *V2_NAMES,
        *("external", "wifi_ssid", "wifi_rssi_db", "uptime_s", "status_led_brightness_pct", "cloud_enabled"),
        *("api_v1_enabled", "mode", "permissions", "charge_to_full", "battery_count", "target_power_w"),
        *("max_consumption_w", "max_production_w", "error", "message", "type", "data"),
    ]
)
WORDS = st.sampled_from(
    ["zero", "to_full", "charge_allowed", "discharge_allowed", "2026-06-13T14:32:07", *MESSAGE_TYPES]
)
V2_LEAVES = LEAVES | WORDS
JSON = st.recursive(
    V2_LEAVES,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(V2_FIELDS | NAMES | TEXT, inner, max_size=8),
    max_leaves=40,
)
ANSWERS = JSON | st.dictionaries(V2_FIELDS, V2_LEAVES | st.lists(V2_LEAVES, max_size=3))


@pytest.mark.parametrize("parse", PARSERS)
@given(data=ANSWERS)
def test_any_json_goes_in_and_never_an_exception_or_a_harmful_value_comes_out(
    parse: Callable[[object], object], data: object
) -> None:
    found = parse(data)
    if isinstance(found, Batteries):
        assert_harmless((found.mode, found.other_mode, found.other_permissions, found.count, found.notes))
        assert_harmless((found.power_w, found.target_power_w, found.max_consumption_w, found.max_production_w))
        assert found.mode is None or found.other_mode is None
        assert found.permissions is None or found.permissions <= BOTH
    else:
        assert_harmless(found)
    if isinstance(found, System):
        assert found.wifi_pct is None or 0 <= found.wifi_pct <= 100
        assert found.led_brightness_pct is None or 0 <= found.led_brightness_pct <= 100
        assert found.uptime_s is None or found.uptime_s >= 0


@given(ANSWERS)
def test_a_measurement_holds_only_known_quantities_in_their_types_and_stays_within_its_bounds(data: object) -> None:
    measurement = parse_measurement(data)
    assert (measurement is None) == (not isinstance(data, dict))
    if measurement is None:
        return
    for name, value in measurement.values.items():
        assert isinstance(value, TYPES[QUANTITIES[name].kind])
        assert not isinstance(value, bool)
    charge = measurement.number("state_of_charge_pct")
    assert charge is None or 0 <= charge <= 100
    assert len(measurement.external) <= EXTERNAL_METERS
    assert len(measurement.notes) <= NOTES
    assert depth(measurement.extra) <= 5
    json.dumps(measurement.extra, allow_nan=False, ensure_ascii=False).encode()


@given(st.binary(max_size=60) | st.text(max_size=60) | JSON.map(lambda data: json.dumps(data)))
def test_any_bytes_are_a_message_or_none(text: str | bytes) -> None:
    message = parse_message(text)
    assert message is NO_MESSAGE or message.type is not None
    assert_harmless(message.type)
    assert_harmless(message.notes)


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=20)


@given(
    PLAIN | st.lists(PLAIN, max_size=4) | st.dictionaries(st.text(max_size=9), PLAIN, max_size=4),
    st.sampled_from(sorted(MESSAGE_TYPES)),
)
def test_what_was_sent_arrives_as_it_was(data: object, kind: str) -> None:
    assert parse_message(json.dumps({"type": kind, "data": data})) == Message(kind, data)


@given(st.dictionaries(st.sampled_from(sorted(set(V2_NAMES) - {"timestamp", "monthly_power_peak_timestamp"})), st.integers(-(10**11), 10**11)))  # fmt: skip  # noqa: E501
def test_whole_numbers_read_the_same_with_and_without_decimals(data: dict[str, int]) -> None:
    assert measured(data) == measured({name: float(number) for name, number in data.items()})


def test_the_kinds_of_the_new_quantities() -> None:
    assert QUANTITIES["timestamp"].kind is Kind.TIME
    assert QUANTITIES["state_of_charge_pct"].kind is Kind.GAUGE
