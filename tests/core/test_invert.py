"""A meter mounted upside down tells what the right way round would have told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tui.core.api.v1 import parse_measurement
from tui.core.doubt.invert import as_wired, inverted
from tui.core.events import Configured, Identified, Measured
from tui.core.fleet import reduce
from tui.core.model import DeviceSetting, Endpoint, Fleet
from tui.core.moment import Now
from tui.core.products import PRODUCTS
from tui.core.quantities import QUANTITIES, Kind, Turn
from tui.core.reading import Identity, Measurement, System, Value

PAYLOADS = Path(__file__).parent.parent / "payloads"
T0 = Now(1_700_000_000.0, 100.0)
HERE = Endpoint("192.168.1.20")


def payload(name: str) -> Measurement:
    parsed = parse_measurement(json.loads((PAYLOADS / f"{name}.json").read_text()))
    assert parsed
    return parsed[0]


def test_a_real_one_phase_meter_the_other_way_round() -> None:
    assert inverted(payload("hwe_kwh1")).values == {
        "power_w": 1058.296,
        "power_l1_w": 1058.296,
        "voltage_v": 228.472,
        "current_a": 4.652,  # sent without a direction
        "frequency_hz": 50,
        "power_factor": 0.994,
        "apparent_power_va": 1064.7,
        "apparent_current_a": 4.66,
        "reactive_power_var": 58.612,
        "reactive_current_a": 0.257,
        "energy_import_kwh": 255.551,
        "energy_import_t1_kwh": 255.551,
        "energy_export_kwh": 2.705,
        "energy_export_t1_kwh": 2.705,
    }


def test_a_real_three_phase_meter_the_other_way_round() -> None:
    before, after = payload("hwe_kwh3"), inverted(payload("hwe_kwh3"))
    assert [after.number(f"power{part}_w") for part in ("", "_l1", "_l2", "_l3")] == [900.2, 1058.3, -158.1, 0]
    assert [after.number(f"current{part}_a") for part in ("", "_l1", "_l2", "_l3")] == [5.99, 4.6, -0.69, 0]
    assert [after.number(f"power_factor_l{phase}") for phase in (1, 2, 3)] == [-0.998, -0.986, 0]
    same = [name for name, quantity in QUANTITIES.items() if quantity.turn is Turn.SAME and name in before.values]
    assert {name: after.values[name] for name in same} == {name: before.values[name] for name in same}
    assert list(after.values) == [name for name in QUANTITIES if name in after.values], "in the order of the table"


@pytest.mark.parametrize(
    ("values", "turned"),
    [
        ({"power_w": -100, "current_a": -0.5}, {"power_w": 100, "current_a": 0.5}),
        ({"power_w": 100, "current_a": 0.5}, {"power_w": -100, "current_a": -0.5}),
        ({"power_w": 900, "current_a": 5, "current_l1_a": 4}, {"power_w": -900, "current_a": 5, "current_l1_a": -4}),
        ({"current_a": 0.5}, {"current_a": -0.5}),
        ({"energy_export_t2_kwh": 5}, {"energy_import_t2_kwh": 5}),
        ({"unique_id": "import", "tariff": 2}, {"unique_id": "import", "tariff": 2}),
    ],
)
def test_each_value_has_its_own_way_to_turn(values: dict[str, Value], turned: dict[str, Value]) -> None:
    assert inverted(Measurement(values)).values == turned


def test_no_zero_gets_a_minus() -> None:
    values = inverted(Measurement({name: 0.0 for name, one in QUANTITIES.items() if one.kind is Kind.GAUGE})).values
    assert "-" not in str(values)


def test_twice_is_as_it_was_and_what_is_not_measured_stays() -> None:
    signed = [name for name, quantity in QUANTITIES.items() if quantity.turn in (Turn.SIGN, Turn.SWAP)]
    before = Measurement(
        {name: float(at + 1) for at, name in enumerate(signed)}, notes=("dropped",), extra={"new": [1]}
    )
    assert inverted(before) != before
    assert inverted(inverted(before)) == before


def test_kwh_meters_can_be_mounted_upside_down_and_nothing_else_can() -> None:
    assert {name for product in PRODUCTS if product.can_be_inverted for name in product.types} == {
        "HWE-KWH1",
        "HWE-KWH3",
        "SDM230-wifi",
        "SDM630-wifi",
    }


# ------------------------------------------------------------------ the user's word


def house(kind: str, *, said: bool = True) -> Fleet:
    fleet = reduce(Fleet(), Configured("5C2FAF000001", DeviceSetting("Roof", inverted=said)))
    return reduce(fleet, Identified(HERE, Identity("5c2faf000001", kind), T0))


def heard(fleet: Fleet) -> Fleet:
    event = Measured("5c2faf000001", Measurement({"power_w": 700.0}), System(), T0, 0.01, 1.0)
    return reduce(fleet, as_wired(event, fleet))


@pytest.mark.parametrize(
    ("kind", "power"), [("HWE-KWH1", -700), ("SDM630-wifi", -700), ("HWE-P1", 700), ("HWE-SKT", 700), ("NEW", 700)]
)
def test_the_word_turns_a_kwh_meter_and_is_ignored_for_others_with_a_note(kind: str, power: float) -> None:
    fleet = heard(house(kind))
    assert fleet.devices["5c2faf000001"].number("power_w") == power
    notes = [note.text for note in fleet.notes]
    ignored = "Roof: inverted is ignored, it is for kWh meters only: take it out of the config file"
    assert notes == ([ignored] if power > 0 else [])


def test_what_was_measured_before_the_word_is_turned_with_it_and_back() -> None:
    fleet = heard(house("HWE-KWH1", said=False))
    for said, power in ((True, -700), (True, -700), (False, 700)):
        fleet = reduce(fleet, Configured("5c2faf000001", DeviceSetting("Roof", inverted=said)))
        assert fleet.devices["5c2faf000001"].number("power_w") == power
