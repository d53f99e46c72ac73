"""The v1 parsers: a table for each rule, and properties that hold for any JSON whatsoever."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.api.dialect import EXTERNAL_METERS, NOTES, parse_identity
from tui.core.api.v1 import (
    V1_NAMES,
    parse_error_id,
    parse_measurement,
    parse_switch,
    parse_system,
)
from tui.core.quantities import QUANTITIES, Kind
from tui.core.reading import External, Identity, Measurement, Switch, System

BAD = Path(__file__).parents[1] / "payloads" / "bad"
NOON = 260115120000
PARSERS: list[Callable[[object], object]] = [
    parse_identity,
    parse_measurement,
    parse_switch,
    parse_system,
    parse_error_id,
]


def measured(data: object) -> Measurement:
    read = parse_measurement(data)
    assert read is not None
    return read[0]


def bad(name: str) -> tuple[Measurement, System]:
    read = parse_measurement(json.loads((BAD / f"{name}.json").read_text()))
    assert read is not None
    return read


# --- one field ---


def test_the_v1_names_cover_every_quantity_that_v1_can_send() -> None:
    assert set(V1_NAMES.values()) <= QUANTITIES.keys()
    assert V1_NAMES["active_power_factor_l2"] == "power_factor_l2"
    assert V1_NAMES["active_reactive_power_l3_var"] == "reactive_power_l3_var"
    assert V1_NAMES["total_power_export_t4_kwh"] == "energy_export_t4_kwh"
    assert V1_NAMES["voltage_swell_l2_count"] == "voltage_swell_l2_count"


@pytest.mark.parametrize("name", V1_NAMES)
def test_a_null_field_is_as_if_absent(name: str) -> None:
    assert measured({name: None}) == Measurement()


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("active_power_w", -5, -5),
        ("active_power_w", -5.25, -5.25),
        ("active_current_l1_a", -0.446, -0.446),
        ("any_power_fail_count", 203.000, 203),
        ("smr_version", 50.0, 50),
        ("smr_version", 5, 50),
        ("smr_version", 4.2, 42),
        ("smr_version", 2.2, 22),
        ("smr_version", 22, 22),
        ("smr_version", 0, 0),
        ("active_tariff", 4.0, 4),
        ("active_liter_lpm", 0, 0),
        ("montly_power_peak_timestamp", 230101080010.0, datetime(2023, 1, 1, 8, 0, 10)),
        ("meter_model", " Kaifa AIFA-METER ", "Kaifa AIFA-METER"),
        ("unique_id", "0" * 34, "0" * 34),
        ("unique_id", "4" * 96, "4" * 96),
    ],
)
def test_a_good_value_is_taken_in_the_type_of_its_kind(name: str, raw: object, value: object) -> None:
    measurement = measured({name: raw})
    found = measurement.values[V1_NAMES[name]]
    assert found == value
    assert type(found) is type(value)
    assert measurement.notes == ()


@pytest.mark.parametrize(
    ("name", "raw", "note"),
    [
        ("active_power_w", "12 W", "active_power_w: not a number, dropped"),
        ("active_power_w", True, "active_power_w: not a number, dropped"),
        ("active_power_w", [], "active_power_w: not a number, dropped"),
        ("active_power_w", math.nan, "active_power_w: not a finite number, dropped"),
        ("active_power_w", -math.inf, "active_power_w: not a finite number, dropped"),
        ("active_power_w", 1e12, "active_power_w: too large, dropped"),
        pytest.param("active_power_w", -(10**5000), "active_power_w: too large, dropped", id="5001 digits"),
        ("any_power_fail_count", 4.5, "any_power_fail_count: not a whole number, dropped"),
        ("smr_version", "", "smr_version: not a number, dropped"),
        ("smr_version", 4.25, "smr_version: not a version, dropped"),
        ("smr_version", 50.5, "smr_version: not a version, dropped"),
        ("active_tariff", 0, "active_tariff: unknown tariff 0, dropped"),
        ("active_tariff", 5.0, "active_tariff: unknown tariff 5, dropped"),
        ("active_tariff", "low", "active_tariff: not a number, dropped"),
        ("meter_model", 5, "meter_model: not text, dropped"),
        ("montly_power_peak_timestamp", 262501000000, "montly_power_peak_timestamp: not a time, dropped"),
        ("montly_power_peak_timestamp", 700101010000, "montly_power_peak_timestamp: 1970 is before 2010, dropped"),
        ("external", {}, "external: not a list, dropped"),
    ],
)
def test_a_field_that_cannot_be_used_is_dropped_with_a_note_and_the_rest_is_kept(
    name: str, raw: object, note: str
) -> None:
    measurement = measured({name: raw, "active_frequency_hz": 50})
    assert measurement.values == {"frequency_hz": 50}
    assert measurement.notes == (note,)
    assert measurement.extra == {}


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("smr_version", "50", 50),
        ("smr_version", "50.0", 50),
        ("smr_version", "5.0", 50),
        ("smr_version", "5", 50),
        ("smr_version", "2.2", 22),
        ("active_tariff", "0002", 2),
        ("active_power_w", "-676.5", -676.5),
        ("active_power_w", "+12", 12),
        ("active_voltage_l1_v", "  230.100", 230.1),  # as C pads it
        ("total_power_import_t1_kwh", "010830.511", 10830.511),  # as in a telegram
        ("any_power_fail_count", "0", 0),
    ],
)
def test_plain_decimal_text_is_a_number_and_a_note_says_so(name: str, raw: str, value: float) -> None:
    measurement = measured({name: raw})
    found = measurement.values[V1_NAMES[name]]
    assert (found, type(found)) == (value, type(value))
    assert measurement.notes == (f"{name}: sent as text, read as a number",)


@pytest.mark.parametrize(
    "raw",
    ["1,5", "1.234,5", "1e3", "0x1F", "12 W", "--5", "1.", ".5", "1_000", "٣", "nan", "inf", "9" * 13, "5\n", "\x005"],
)
def test_text_that_may_mean_something_else_is_no_number(raw: str) -> None:
    assert measured({"active_power_w": raw}) == Measurement(notes=("active_power_w: not a number, dropped",))


def test_an_imitator_that_sends_every_number_as_text_is_read_with_one_note() -> None:
    numbers = {name: "1" for name, quantity in V1_NAMES.items() if QUANTITIES[quantity].kind is Kind.GAUGE}
    external = {"type": "gas_meter", "value": "2569.646", "unit": "m3"}
    measurement = measured({**numbers, "wifi_strength": "64", "external": [external], "new": "5"})
    assert set(measurement.values.values()) == {1}
    assert measurement.external == (External("gas_meter", None, 2569.646, "m3", None),)
    (note,) = measurement.notes
    assert re.fullmatch(r"active_power_w, \w+, \w+, \w+ and \d+ more: sent as text, read as a number", note)
    assert measurement.extra == {"new": "5"}


@given(st.decimals(-(10**9), 10**9, places=3, allow_nan=False))
def test_a_number_reads_the_same_as_text(number: Decimal) -> None:
    assert measured({"active_power_w": str(number)}).values == measured({"active_power_w": float(number)}).values


@pytest.mark.parametrize("raw", ["", "  ", "\x1b\x00", "\u202e"])
def test_text_without_a_visible_character_is_as_if_absent(raw: str) -> None:
    assert measured({"meter_model": raw, "unique_id": raw}) == Measurement()


@pytest.mark.parametrize(
    ("data", "peak"),
    [
        ({"montly_power_peak_w": 1111}, 1111),
        ({"monthly_power_peak_w": 1111}, 1111),
        ({"monthly_power_peak_w": 2, "montly_power_peak_w": 1}, 1),
        ({"montly_power_peak_w": None, "monthly_power_peak_w": 2}, 2),
        ({"montly_power_peak_w": "x", "monthly_power_peak_w": 2}, 2),
    ],
)
def test_the_month_peak_is_read_in_both_spellings(data: object, peak: int) -> None:
    assert measured(data).values == {"monthly_power_peak_w": peak}


@pytest.mark.parametrize(
    ("data", "total"),
    [
        ({}, None),
        ({"total_power_import_kwh": 5.5, "total_power_import_t1_kwh": 1}, 5.5),
        ({"total_power_import_kwh": 0, "total_power_import_t1_kwh": 1}, 1),
        ({"total_power_import_kwh": 0, "total_power_import_t1_kwh": 0}, 0),
        ({"total_power_import_kwh": 0}, 0),
        ({"total_power_import_kwh": None, "total_power_import_t1_kwh": 1}, 1),
        ({"total_power_import_kwh": "x", "total_power_import_t1_kwh": 0.1, "total_power_import_t2_kwh": 0.2}, 0.3),
        ({"total_power_import_t2_kwh": 2.5, "total_power_import_t4_kwh": 4}, 6.5),
        ({"total_power_import_t1_kwh": "x", "total_power_import_t2_kwh": None}, None),
        ({"total_power_export_t1_kwh": 3}, None),
    ],
)
def test_a_total_that_was_not_sent_is_the_sum_of_the_tariffs_that_were(data: object, total: float | None) -> None:
    assert measured(data).number("energy_import_kwh") == total


NO_STRENGTH = "wifi_strength: neither 0 to 100 % nor -100 to -1 dBm, dropped"


@pytest.mark.parametrize(
    ("data", "system", "notes"),
    [
        ({}, System(), ()),
        ({"wifi_ssid": "Home", "wifi_strength": 75.5}, System("Home", 75.5), ()),
        ({"wifi_ssid": "", "wifi_strength": 0}, System(None, 0), ()),
        ({"wifi_ssid": None, "wifi_strength": None}, System(), ()),
        ({"wifi_strength": 101}, System(), (NO_STRENGTH,)),
        ({"wifi_strength": -101}, System(), (NO_STRENGTH,)),
        ({"wifi_strength": -0.5}, System(), (NO_STRENGTH,)),
        ({"wifi_strength": -100}, System(wifi_rssi_db=-100), ()),
        ({"wifi_strength": -67.5}, System(wifi_rssi_db=-67.5), ()),
        ({"wifi_strength": -1}, System(wifi_rssi_db=-1), ()),
        ({"wifi_strength": "-60"}, System(wifi_rssi_db=-60), ("wifi_strength: sent as text, read as a number",)),
        ({"wifi_ssid": 12}, System(), ("wifi_ssid: not text, dropped",)),
    ],
)
def test_wifi_belongs_to_the_device_and_not_to_its_measurement(
    data: object, system: System, notes: tuple[str, ...]
) -> None:
    assert parse_measurement(data) == (Measurement(notes=notes), system)


# --- meters behind the meter ---


def entry(meter_type: str = "gas_meter", unique_id: object = "A", value: float = 1.5, stamp: object = NOON) -> object:
    return {"type": meter_type, "unique_id": unique_id, "value": value, "unit": "m3", "timestamp": stamp}


def gas(unique_id: str | None, value: float, stamp: datetime | None = None) -> External:
    return External("gas_meter", unique_id, value, "m3", stamp)


@pytest.mark.parametrize("raw", [None, [], "none", 7, {}, [None, 7, [], {}]])
def test_an_external_without_meters_gives_none(raw: object) -> None:
    assert measured({"external": raw}).external == ()


@pytest.mark.parametrize(
    ("unique_id", "found"),
    [
        ("4730303139 ", "4730303139"),
        ("0" * 32, "0" * 32),
        ("G001-not-hex", "G001-not-hex"),
        ("", None),
        ("   ", None),
        (None, None),
        (7, None),
    ],
)
def test_an_id_is_kept_as_the_meter_gave_it_without_its_pads(unique_id: object, found: str | None) -> None:
    assert [meter.unique_id for meter in measured({"external": [entry(unique_id=unique_id)]}).external] == [found]


NOTHING: dict[str, object] = {"type": "gas_meter", "unique_id": "", "value": 0, "unit": "m3", "timestamp": 0}


@pytest.mark.parametrize(
    "data",
    [
        {"total_gas_m3": 0, "gas_timestamp": 0},
        {"total_gas_m3": 0.000, "gas_timestamp": 0, "gas_unique_id": ""},
        {"total_gas_m3": 0},
        {"total_gas_m3": 0, "gas_timestamp": "none", "unique_gas_id": "0000000000000000"},
        {"total_gas_m3": 0, "gas_timestamp": 700101010000, "gas_unique_id": "30" * 17},
        {"total_gas_m3": 0, "gas_timestamp": 101010000},  # 2000-01-01
        {"external": [NOTHING]},
        {"external": [{**NOTHING, "unique_id": None, "timestamp": None}]},
        {"external": [{**NOTHING, "timestamp": 700101010000, "value": -0.0}]},
        {"external": [{**NOTHING, "type": kind} for kind in ("water_meter", "heat_meter", "steam_meter")]},
        {"external": [{"type": "water_meter", "unique_id": "00" * 16, "value": 0}]},
        {"external": [NOTHING, NOTHING], "total_gas_m3": 0, "gas_timestamp": 0},
    ],
)
def test_an_empty_channel_is_no_meter_and_no_fault(data: object) -> None:
    assert measured(data) == Measurement()


@pytest.mark.parametrize(
    ("data", "count"),
    [
        ({"total_gas_m3": 0, "gas_unique_id": "4730303139"}, 1),
        ({"total_gas_m3": 0, "gas_timestamp": NOON}, 1),
        ({"total_gas_m3": 0.001, "gas_timestamp": 0}, 1),
        ({"external": [{**NOTHING, "unique_id": "4730303139"}]}, 1),
        ({"external": [{**NOTHING, "timestamp": NOON}]}, 1),
        ({"external": [{**NOTHING, "value": 0.001}]}, 1),
        ({"external": [NOTHING, {**NOTHING, "timestamp": NOON, "value": 5}]}, 1),
        ({"external": [NOTHING], "total_gas_m3": 9.5}, 1),
    ],
)
def test_a_new_meter_at_0_is_one(data: object, count: int) -> None:
    assert len(measured(data).external) == count


@pytest.mark.parametrize(
    ("stamp", "peak"),
    [(0, None), (None, None), (700101010000, None), ("x", None), (101000000, None), (261101001500, 0)],
)
def test_a_month_peak_of_0_without_a_time_never_was(stamp: object, peak: int | None) -> None:
    measurement = measured({"montly_power_peak_w": 0, "montly_power_peak_timestamp": stamp, "active_frequency_hz": 50})
    assert measurement.number("monthly_power_peak_w") == peak
    assert ("montly_power_peak_w: 0 without a time, dropped" in measurement.notes) is (peak is None)
    assert len(measurement.values) == (1 if peak is None else 3)


def test_a_total_of_0_beside_tariffs_is_their_sum_and_a_note_says_so() -> None:
    measurement = measured(
        {"total_power_export_kwh": 0.0, "total_power_export_t1_kwh": 2, "total_power_export_t2_kwh": 3}
    )
    assert measurement.number("energy_export_kwh") == 5
    assert measurement.notes == ("total_power_export_kwh: 0 beside tariffs that are not, dropped",)


def test_types_and_units_nobody_knows_are_kept() -> None:
    raw = {"type": "steam\x1b_meter", "value": 3, "unit": "kg\n"}
    assert measured({"external": [raw]}).external == (External("steam_meter", None, 3, "kg", None),)


def test_entries_with_faults_lose_the_field_or_fall_out_and_each_time_a_note_says_so() -> None:
    measurement, _ = bad("external")
    assert measurement.external == (
        External("water_meter", None, 123.456, None, None, misdated=True),
        External("heat_meter", None, 444.444, None, None),
    )
    assert measurement.notes == (
        "external[0]: not an object, dropped",
        "external[1]: not an object, dropped",
        "external[2]: not an object, dropped",
        "external[3]: no usable type, dropped",
        "external[4]: no usable value, dropped",
        "external[5]: no usable type, dropped",
        "external[6].value: not a number, dropped",
        "external[6]: no usable value, dropped",
        "external[7].type: not text, dropped",
        "external[7]: no usable type, dropped",
        "external[8].unique_id: not text, dropped",
        "external[8].unit: not text, dropped",
        "external[8].timestamp: not a time, dropped",
    )


@pytest.mark.parametrize(
    ("raw", "misdated"),
    [
        (NOON, False),
        (None, False),
        (0, False),
        ("", False),
        ("000000000000", False),
        (700101010000, True),
        ("700101010000", True),
        (101000000, True),  # 1 January 2000
        (91231235959, True),
        (262501000000, True),
        ("soon", True),
        (True, True),
        (-1, True),
    ],
)
def test_a_time_that_cannot_be_one_is_told_from_none(raw: object, misdated: bool) -> None:
    (meter,) = measured({"external": [entry(stamp=raw)]}).external
    assert meter.misdated is misdated
    assert (meter.timestamp is None) is (raw != NOON)


def test_duplicates_are_both_kept() -> None:
    twice = [entry(unique_id="0" * 32, value=1), entry(unique_id="0" * 32, value=2)]
    assert [meter.value for meter in measured({"external": twice}).external] == [1, 2]


@pytest.mark.parametrize(
    ("old_fields", "external", "found"),
    [
        # only in the old fields
        ({"total_gas_m3": 9.5}, None, (gas(None, 9.5),)),
        (
            {"total_gas_m3": 9.5, "gas_timestamp": NOON, "gas_unique_id": "A "},
            [],
            (gas("A", 9.5, datetime(2026, 1, 15, 12)),),
        ),
        ({"total_gas_m3": 9.5, "unique_gas_id": "A"}, [], (gas("A", 9.5),)),
        ({"total_gas_m3": 9.5, "gas_unique_id": "", "unique_gas_id": "A"}, [], (gas("A", 9.5),)),
        ({"total_gas_m3": 9.5}, [entry("water_meter", "W", 3, 0)], None),
        # in both
        ({"total_gas_m3": 1.5, "gas_unique_id": "A"}, [entry(stamp=0)], (gas("A", 1.5),)),
        ({"total_gas_m3": 1.5}, [entry(stamp=0)], (gas("A", 1.5),)),
        ({"total_gas_m3": 1.5, "gas_unique_id": "A"}, [entry(unique_id="", stamp=0)], (gas(None, 1.5),)),
        # the old fields still tell of the old meter
        ({"total_gas_m3": 9.5, "gas_unique_id": "B"}, [entry(stamp=0)], (gas("A", 1.5), gas("B", 9.5))),
        ({"total_gas_m3": 9.5, "gas_unique_id": "B"}, [entry(unique_id="", stamp=0)], (gas(None, 1.5), gas("B", 9.5))),
        # none at all
        ({"total_gas_m3": None, "gas_timestamp": NOON, "gas_unique_id": "A"}, [], ()),
        ({"total_gas_m3": "9.5 m3"}, [], ()),
    ],
)
def test_gas_is_an_external_meter_wherever_it_was_sent(
    old_fields: dict[str, object], external: object, found: tuple[External, ...] | None
) -> None:
    measurement = measured({**old_fields, "external": external})
    if found is None:
        found = (External("water_meter", "W", 3, "m3", None), gas(None, 9.5))
    assert measurement.external == found
    assert measurement.values == {}
    assert measurement.extra == {}


# --- whole answers ---


def test_every_field_of_the_wrong_type_is_named_and_the_rest_is_read() -> None:
    measurement, system = bad("wrong_types")
    assert measurement.values == {
        "power_l1_w": -676,
        "protocol_version": 50,
        "energy_import_kwh": 13779.338,
        "energy_import_t1_kwh": 10830.511,
        "energy_import_t2_kwh": 2948.827,
        "monthly_power_peak_w": 1111,
    }
    assert measurement.external == ()
    assert system == System()
    assert sorted(note.split(":")[0] for note in measurement.notes) == sorted(
        {
            "meter_model",
            "unique_id",
            "active_tariff",
            "smr_version, total_power_import_kwh",
            "total_power_export_kwh",
            "active_power_w",
            "active_power_l2_w",
            "active_power_l3_w",
            "active_voltage_l1_v",
            "active_frequency_hz",
            "any_power_fail_count",
            "montly_power_peak_w",
            "total_gas_m3",
            "gas_timestamp",
            "unique_gas_id",
            "external",
            "wifi_ssid",
            "wifi_strength",
        }
    )


def test_hostile_text_arrives_as_plain_text() -> None:
    measurement, system = bad("hostile_text")
    assert measurement.values == {"meter_model": "]0;ownedKAIFA [2JAIFA-METER", "unique_id": "4B4631m", "power_w": 12}
    assert measurement.external == (External("gas_meter[0m", None, 1, "m3", None, misdated=True),)
    assert measurement.extra == {"[31mkey two": "]8;;http://hostlink]8;;", "nested": {"": ["a b"]}}
    assert system == System("\U0001f600 cafe\u0301\u0301", 50)


def test_markup_is_text_like_any_other() -> None:
    measurement, system = bad("markup")
    assert measurement.text("meter_model") == "[bold red]KAIFA[/] [link=x]"
    assert system.wifi_ssid == "[@click=app.quit]home[/]"
    assert measurement.extra == {"[b]": "<b>&amp;</b>"}


def test_deep_json_is_cut_off_and_noted() -> None:
    measurement, _ = bad("deep")
    assert measurement.values == {"power_w": 5}
    assert measurement.extra == {"nest": {"a": [{"a": []}]}}
    assert "nest: not all of it can be kept, cut" in measurement.notes


def test_a_huge_answer_keeps_what_is_known_and_a_bounded_part_of_the_rest() -> None:
    measurement, _ = bad("huge")
    assert measurement.values == {"power_l1_w": 5}
    assert len(measurement.external) == EXTERNAL_METERS
    assert measurement.extra == {
        "field_0": list(range(32)),
        "field_1": "x" * 128,
        "field_2": {str(n): n for n in range(32)},
        **{f"field_{n}": n for n in range(4, 64)},
    }
    assert measurement.notes == (
        "active_power_w: too large, dropped",
        "external: more than 16 meters, the rest dropped",
        "field_0: not all of it can be kept, cut",
        "field_1: not all of it can be kept, cut",
        "field_2: not all of it can be kept, cut",
        "field_3: not all of it can be kept, cut",
        "more than 64 unknown fields, the rest dropped",
    )


@pytest.mark.parametrize(("sent", "notes"), [(16, 16), (17, 17), (5000, 17)])
def test_only_so_many_entries_of_external_are_looked_at(sent: int, notes: int) -> None:
    assert len(measured({"external": [None] * sent}).notes) == notes


def test_a_gas_meter_that_finds_no_place_is_noted() -> None:
    measurement = measured({"external": [entry("water_meter")] * EXTERNAL_METERS, "total_gas_m3": 9.5})
    assert {meter.type for meter in measurement.external} == {"water_meter"}
    assert len(measurement.external) == EXTERNAL_METERS
    assert measurement.notes == ("external: more than 16 meters, the rest dropped",)


def test_many_faults_give_a_bounded_list_that_says_how_many_more_there_are() -> None:
    notes = measured({name: [] for name in V1_NAMES}).notes
    assert len(notes) == NOTES
    assert notes[-1] == f"{len(V1_NAMES) - NOTES + 1} more fields dropped or cut"


def test_the_names_in_notes_are_clean_and_short() -> None:
    (note,) = measured({"\x1b[2J" + "k" * 1000: "x" * 1000}).notes
    assert note == "[2J" + "k" * 61 + ": not all of it can be kept, cut"


# --- the smaller answers ---

P1 = {
    "product_type": "HWE-P1",
    "product_name": "P1 Meter",
    "serial": "3c39e7aabbcc",
    "firmware_version": "5.18",
    "api_version": "v1",
}


@pytest.mark.parametrize(
    ("data", "identity"),
    [
        (P1, Identity("3c39e7aabbcc", "HWE-P1", "P1 Meter", "5.18", "v1")),
        ({"serial": "AB", "product_type": "NEW-1"}, Identity("AB", "NEW-1")),
        (
            {**P1, "firmware_version": 5.18, "product_name": None},
            Identity("3c39e7aabbcc", "HWE-P1", None, None, "v1", ("firmware_version: not text, dropped",)),
        ),
        ({**P1, "serial": "3c39e7\ufffd"}, None),
        ({**P1, "product_name": "P1\x1b[2J\n[b]"}, Identity("3c39e7aabbcc", "HWE-P1", "P1[2J [b]", "5.18", "v1")),
        ({**P1, "serial": ""}, None),
        ({**P1, "serial": "\x00 "}, None),
        ({**P1, "serial": 123456789012}, None),
        ({**P1, "product_type": None}, None),
        ({}, None),
        ([P1], None),
        ("v1", None),
        (None, None),
    ],
)
def test_an_identity_needs_a_serial_and_a_product_type(data: object, identity: Identity | None) -> None:
    assert parse_identity(data) == identity


@pytest.mark.parametrize(
    ("data", "switch"),
    [
        ({"power_on": True, "switch_lock": False, "brightness": 255}, Switch(True, False, 255)),
        ({"power_on": False}, Switch(power_on=False)),
        ({"brightness": 0.0}, Switch(brightness=0)),
        (
            {"power_on": 1, "switch_lock": "off", "brightness": 256},
            Switch(
                notes=(
                    "power_on: neither true nor false, dropped",
                    "switch_lock: neither true nor false, dropped",
                )
            ),
        ),
        ({"power_on": None, "brightness": -1}, Switch()),
        ({"brightness": True}, Switch(notes=("brightness: not a number, dropped",))),
        ({}, Switch()),
        ([], None),
        (True, None),
        (None, None),
    ],
)
def test_a_switch_state_has_the_fields_that_were_sent(data: object, switch: Switch | None) -> None:
    assert parse_switch(data) == switch


@pytest.mark.parametrize(
    ("data", "system"),
    [
        ({"cloud_enabled": True}, System(cloud_enabled=True)),
        ({"cloud_enabled": False}, System(cloud_enabled=False)),
        ({"cloud_enabled": 1}, System(notes=("cloud_enabled: neither true nor false, dropped",))),
        ({}, System()),
        ([], None),
        (None, None),
    ],
)
def test_system_tells_whether_the_cloud_is_on(data: object, system: System | None) -> None:
    assert parse_system(data) == system


@pytest.mark.parametrize(
    ("data", "error_id"),
    [
        ({"error": {"id": 202, "description": "API not enabled"}}, 202),
        ({"error": {"id": 202.0}}, 202),
        ({"error": {"id": "202"}}, 202),
        ({"error": {"id": "API"}}, None),
        ({"error": {"id": True}}, None),
        ({"error": {}}, None),
        ({"error": "user:unauthorized"}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_an_error_is_known_by_its_number(data: object, error_id: int | None) -> None:
    assert parse_error_id(data) == error_id


# --- any JSON whatsoever ---

ODD = st.sampled_from("\x1b\x9b\0\n\t \u202e\u200b\u0301\ud800\ue000")
TEXT = st.text(st.characters() | ODD, max_size=40)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-20, 300)
    | st.just(10**400)
    | st.floats()
    | TEXT
    | st.sampled_from([NOON, float(NOON), str(NOON), "gas_meter", "2D2D"])
)
NAMES = st.sampled_from(
    [
        *V1_NAMES,
        *("wifi_ssid", "wifi_strength", "external", "total_gas_m3", "gas_timestamp", "gas_unique_id", "unique_gas_id"),
        *("serial", "product_type", "product_name", "firmware_version", "api_version"),
        *("power_on", "switch_lock", "brightness", "cloud_enabled", "error", "id"),
        *("type", "unique_id", "value", "unit", "timestamp"),
    ]
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=6) | st.dictionaries(NAMES | TEXT, inner, max_size=8), max_leaves=40
)
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["gas_meter", "water_meter"]) | LEAVES, "value": st.floats(0, 9) | LEAVES},
        optional={"unique_id": LEAVES, "unit": LEAVES, "timestamp": LEAVES},
    )
    | JSON,
    max_size=20,
)
ANSWERS = (
    JSON
    | st.dictionaries(NAMES, LEAVES)
    | st.fixed_dictionaries({"external": ENTRIES}, optional={"total_gas_m3": LEAVES})
)

TYPES: dict[Kind, type | tuple[type, ...]] = {
    Kind.GAUGE: (int, float),
    Kind.COUNTER: (int, float),
    Kind.EVENT: int,
    Kind.CODE: int,
    Kind.TEXT: str,
    Kind.TIME: datetime,
}


def assert_harmless(found: object) -> None:
    """Walk everything a parser gave: no unprintable text, no number that is none, no time with a zone."""
    match found:
        case str():
            assert found.isprintable()
            assert len(found) <= 300
        case bool() | None:
            pass
        case int() | float():
            assert abs(found) < 10**13
        case datetime():
            assert found.tzinfo is None
        case Mapping():
            for name, value in found.items():
                assert_harmless(name)
                assert_harmless(value)
        case list() | tuple():
            for item in found:
                assert_harmless(item)
        case _:
            assert dataclasses.is_dataclass(found)
            for part in dataclasses.fields(found):
                assert_harmless(getattr(found, part.name))


def depth(value: object) -> int:
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else None
    return 0 if items is None else 1 + max(map(depth, items), default=0)


@pytest.mark.parametrize("parse", PARSERS)
@given(data=ANSWERS)
def test_any_json_goes_in_and_never_an_exception_or_a_harmful_value_comes_out(
    parse: Callable[[object], object], data: object
) -> None:
    assert_harmless(parse(data))


@given(ANSWERS)
def test_a_measurement_holds_only_known_quantities_in_their_types_and_stays_within_its_bounds(data: object) -> None:
    read = parse_measurement(data)
    assert (read is None) == (not isinstance(data, dict))
    if read is None:
        return
    measurement, system = read
    for name, value in measurement.values.items():
        assert isinstance(value, TYPES[QUANTITIES[name].kind])
        assert not isinstance(value, bool)
    assert len(measurement.external) <= EXTERNAL_METERS
    assert len(measurement.notes) <= NOTES
    assert len(measurement.extra) <= 64
    assert depth(measurement.extra) <= 5
    assert all(re.fullmatch(r".+(dropped|cut|read as a number)", note) for note in measurement.notes)
    assert system.wifi_strength_pct is None or 0 <= system.wifi_strength_pct <= 100
    assert system.wifi_rssi_db is None or -100 <= system.wifi_rssi_db <= -1


@given(ANSWERS)
def test_what_was_kept_can_be_written_as_strict_json(data: object) -> None:
    read = parse_measurement(data)
    if read is not None:
        json.dumps(read[0].extra, allow_nan=False, ensure_ascii=False).encode()


@given(st.dictionaries(st.sampled_from(sorted(V1_NAMES)), st.integers(-(10**11), 10**11)))
def test_whole_numbers_read_the_same_with_and_without_decimals(data: dict[str, int]) -> None:
    as_floats = {name: float(number) for name, number in data.items()}
    assert measured(data) == measured(as_floats)
