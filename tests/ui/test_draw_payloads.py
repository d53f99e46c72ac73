"""Every payload in `tests/payloads`: each of its values is on the full panel, with the decimals of its quantity."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tui.core.api.v1 import parse_measurement
from tui.core.model import Device, Endpoint, Link, Read
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.quantities import QUANTITIES
from tui.core.reading import Json, Value
from tui.core.text import readable_id
from tui.ui.draw.graph import LEAST_HEIGHT
from tui.ui.draw.lines import Context, plain
from tui.ui.draw.panel import all_lines, panel
from tui.ui.glyphs import GLYPHS

PAYLOADS = Path(__file__).parents[1] / "payloads"
T0 = Now(datetime(2026, 11, 22, 16, 32, tzinfo=ZoneInfo("Europe/Amsterdam")).timestamp(), 5000.0)
PRODUCTS = {
    "seed_p1_one_phase": "HWE-P1",
    "seed_p1_three_phase": "HWE-P1",
    "seed_sdm230": "SDM230-wifi",
    "seed_sdm630": "SDM630-wifi",
    "seed_skt": "HWE-SKT",
    "seed_wtr": "HWE-WTR",
    "hwe_p1_firmware_6_belgium": "HWE-P1",
    "hwe_p1_old_nulls": "HWE-P1",
    "hwe_skt_21": "HWE-SKT",
    "hwe_skt_11_old": "HWE-SKT",
    "hwe_kwh1": "HWE-KWH1",
    "hwe_kwh3": "HWE-KWH3",
    "hwe_wtr": "HWE-WTR",
    "unknown_product": "HWE-XYZ",
}


def device_of(name: str) -> Device:
    read = parse_measurement(json.loads((PAYLOADS / f"{name}.json").read_text()))
    assert read is not None
    measurement, system = read
    return Device(
        "5c2faf",
        "5c2faf",
        PRODUCTS[name],
        name="Meter",
        endpoints=(Endpoint("192.168.1.20"),),
        measurement=Read(measurement, T0),
        system=Read(system, T0),
        link=Link(last_answer=T0),
    )


def context() -> Context:
    return Context(GLYPHS["console"], profile_of("nl"), T0.plus(1))


def words_for(name: str, value: Value) -> str:
    """A value as the panel must tell it."""
    match name:
        case "protocol_version":
            assert isinstance(value, int)
            return f"DSMR {value // 10}.{value % 10}"
        case "tariff":
            return {1: "tariff 1 low", 2: "tariff 2 normal"}[int(str(value))]
        case "unique_id":
            return readable_id(str(value))
        case "average_power_15m_w" | "monthly_power_peak_w":
            return f"{float(str(value)) / 1000:.2f} kW"  # as the bill has it
    if isinstance(value, datetime):
        return f"{value:%H:%M}"
    if isinstance(value, str):
        return value
    decimals = QUANTITIES[name].decimals
    signless = abs(value) if QUANTITIES[name].unit in ("W", "A") else value
    return f"{signless:.{decimals}f}"


def needed(device: Device) -> Counter[str]:
    """What the panel must tell, and how often; the same value twice under two names may be told once."""
    assert device.measurement
    assert device.system
    measurement, system = device.measurement.value, device.system.value
    values = dict(measurement.values)
    for twin, name in (
        ("power_l1_w", "power_w"),
        ("energy_import_t1_kwh", "energy_import_kwh"),
        ("energy_export_t1_kwh", "energy_export_kwh"),
    ):
        if values.get(twin) == values.get(name):
            values.pop(twin, None)
    texts = [words_for(name, value) for name, value in values.items()]
    for meter in measurement.external:
        texts += [f"{meter.value:.3f} {meter.unit}", {"gas_meter": "Gas", "water_meter": "Water"}[meter.type]]
    texts += [str(system.wifi_ssid), f"{system.wifi_strength_pct:.0f} %"]
    texts += [text for value in measurement.extra.values() for text in leaves(value)]
    return Counter(texts)


def leaves(value: Json) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in leaves(item)]
    if isinstance(value, list):
        return [text for item in value for text in leaves(item)]
    return [value] if isinstance(value, str) else [json.dumps(value)]


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_value_of_a_payload_is_on_the_full_panel(name: str) -> None:
    device = device_of(name)
    picture = "\n".join(plain(row) for row in all_lines(device, context(), 100))
    for text, times in needed(device).items():
        assert picture.count(text) >= times, text


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_panel_of_100_by_60_shows_all_of_it_and_the_graph(name: str) -> None:
    device = device_of(name)
    rows, _, complete = panel(device, context(), lambda *where: (None,) * where[-1], 100, 60, None)
    full = [plain(row) for row in all_lines(device, context(), 100)]
    assert complete
    assert [plain(row) for row in rows][: len(full)] == full
    assert len(full) + 1 + LEAST_HEIGHT <= len(rows) <= 60


def test_no_payload_is_left_out() -> None:
    assert {path.stem for path in PAYLOADS.glob("*.json")} == PRODUCTS.keys()
