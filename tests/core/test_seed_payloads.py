"""Every payload in `tests/payloads`, value by value: the seed document's six examples and one of each product.

The examples are the documentation's own, without its stray commas; the others are composed from its field tables and
from what real devices were seen to send.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from tui.core.api.v1 import parse_measurement
from tui.core.quantities import QUANTITIES
from tui.core.reading import External, Json, System, Value

PAYLOADS = Path(__file__).parents[1] / "payloads"
HOME = System(wifi_ssid="My Wi-Fi", wifi_strength_pct=100)


@dataclass(frozen=True)
class Reads:
    """What a payload must be read as."""

    values: dict[str, Value]
    system: System = HOME
    external: tuple[External, ...] = ()
    extra: dict[str, Json] = field(default_factory=dict)


READ_AS = {
    "seed_p1_one_phase": Reads(
        {
            "protocol_version": 50,
            "meter_model": "ISKRA  2M550T-101",
            "power_w": -678,
            "power_l1_w": -676,
            "energy_import_kwh": 13779.338,
            "energy_import_t1_kwh": 10830.511,
            "energy_import_t2_kwh": 2948.827,
            "energy_export_kwh": 4162.461,
            "energy_export_t1_kwh": 1285.951,
            "energy_export_t2_kwh": 2876.51,
        }
    ),
    "seed_p1_three_phase": Reads(
        {
            "protocol_version": 50,
            "meter_model": "ISKRA  2M550T-101",
            "unique_id": "00112233445566778899AABBCCDDEEFF",
            "tariff": 2,
            "power_w": -543,
            "power_l1_w": -676,
            "power_l2_w": 133,
            "power_l3_w": 0,
            "current_l1_a": -4,
            "current_l2_a": 2,
            "current_l3_a": 0,
            "energy_import_kwh": 13779.338,
            "energy_import_t1_kwh": 10830.511,
            "energy_import_t2_kwh": 2948.827,
            "energy_export_kwh": 0,
            "energy_export_t1_kwh": 0,
            "energy_export_t2_kwh": 0,
            "voltage_sag_l1_count": 1,
            "voltage_sag_l2_count": 1,
            "voltage_sag_l3_count": 0,
            "voltage_swell_l1_count": 0,
            "voltage_swell_l2_count": 0,
            "voltage_swell_l3_count": 0,
            "any_power_fail_count": 4,
            "long_power_fail_count": 5,
            "average_power_15m_w": 123.0,
            "monthly_power_peak_w": 1111.0,
            "monthly_power_peak_timestamp": datetime(2023, 1, 1, 8, 0, 10),
        },
        external=(
            External("gas_meter", "FFEEDDCCBBAA99887766554433221100", 2569.646, "m3", datetime(2021, 6, 6, 14, 0, 10)),
            External("water_meter", "ABCDEF0123456789ABCDEF0123456789", 123.456, "m3", datetime(2021, 6, 6, 14, 0, 15)),
        ),
    ),
    "seed_skt": Reads(
        {
            "power_w": 543,
            "power_l1_w": 676,
            "energy_import_kwh": 30.511,
            "energy_import_t1_kwh": 30.511,
            "energy_export_kwh": 85.951,
            "energy_export_t1_kwh": 85.951,
        }
    ),
    "seed_sdm230": Reads(
        {
            "power_w": 640,
            "power_l1_w": 640,
            "energy_import_kwh": 10830,
            "energy_import_t1_kwh": 10830,
            "energy_export_kwh": 1285.951,
            "energy_export_t1_kwh": 1285.951,
        }
    ),
    "seed_sdm630": Reads(
        {
            "power_w": -543,
            "power_l1_w": -676,
            "power_l2_w": 133,
            "power_l3_w": 0,
            "energy_import_kwh": 10830.511,
            "energy_import_t1_kwh": 10830.511,
            "energy_export_kwh": 1285.951,
            "energy_export_t1_kwh": 1285.951,
        }
    ),
    "seed_wtr": Reads({"water_flow_lpm": 7.2, "water_total_m3": 123.456, "water_total_offset_m3": 0}),
    "hwe_p1_firmware_6_belgium": Reads(
        {
            "protocol_version": 50,
            "meter_model": "Fluvius 253967035_D",
            "unique_id": "3153414730303030303030303031",
            "tariff": 2,
            "power_w": -2039.0,
            "power_l1_w": -2039.0,
            "power_l2_w": 0.0,
            "power_l3_w": 12.0,
            "voltage_l1_v": 243.3,
            "voltage_l2_v": 240.1,
            "voltage_l3_v": 239.8,
            "current_a": 8.61,
            "current_l1_a": 8.4,
            "current_l2_a": 0.0,
            "current_l3_a": 0.21,
            "frequency_hz": 50.02,
            "energy_import_kwh": 5055.0,
            "energy_import_t1_kwh": 2100.25,
            "energy_import_t2_kwh": 2954.75,
            "energy_export_kwh": 7180.125,
            "energy_export_t1_kwh": 5000.125,
            "energy_export_t2_kwh": 2180.0,
            "voltage_sag_l1_count": 3,
            "voltage_sag_l2_count": 2,
            "voltage_sag_l3_count": 12,
            "voltage_swell_l1_count": 0,
            "voltage_swell_l2_count": 1,
            "voltage_swell_l3_count": 0,
            "any_power_fail_count": 203,
            "long_power_fail_count": 4,
            "average_power_15m_w": 123.0,
            "monthly_power_peak_w": 4512.0,
            "monthly_power_peak_timestamp": datetime(2026, 11, 3, 18, 15),
        },
        System(wifi_ssid="Kelder", wifi_strength_pct=66),
        external=(External("gas_meter", "2D" * 18, 809.162, "m3", datetime(2026, 11, 22, 16, 30)),),
    ),
    "hwe_p1_old_nulls": Reads(
        {
            "protocol_version": 42,
            "meter_model": "Landis + Gyr GBBFG1009147807",
            "power_w": 410,
            "power_l1_w": 410,
            "current_l1_a": 1,
            "energy_import_kwh": 0.3,
            "energy_import_t1_kwh": 0.1,
            "energy_import_t2_kwh": 0.2,
        },
        System(wifi_ssid="My Wi-Fi", wifi_strength_pct=75.5),
        external=(External("gas_meter", None, 2569.646, "m3", datetime(2026, 11, 22, 16)),),
    ),
    "hwe_skt_21": Reads(
        {
            "power_w": 0.0,
            "power_l1_w": 0.0,
            "voltage_v": 230.4,
            "current_a": 0.386,
            "frequency_hz": 50.01,
            "power_factor": 1.0,
            "apparent_power_va": 0.0,
            "reactive_power_var": -88.9,
            "energy_import_kwh": 63.651,
            "energy_import_t1_kwh": 63.651,
            "energy_export_kwh": 0.0,
            "energy_export_t1_kwh": 0.0,
        },
        System(wifi_ssid="My Wi-Fi", wifi_strength_pct=94),
    ),
    "hwe_skt_11_old": Reads(
        {
            "power_w": 1457.277,
            "power_l1_w": 1457.277,
            "energy_import_kwh": 63.651,
            "energy_import_t1_kwh": 63.651,
            "energy_export_kwh": 0,
            "energy_export_t1_kwh": 0,
        },
        System(wifi_ssid="My Wi-Fi", wifi_strength_pct=94),
    ),
    "hwe_kwh1": Reads(
        {
            "power_w": -1058.296,
            "power_l1_w": -1058.296,
            "voltage_v": 228.472,
            "current_a": 4.652,
            "frequency_hz": 50,
            "power_factor": -0.994,
            "apparent_power_va": 1064.7,
            "apparent_current_a": 4.66,
            "reactive_power_var": -58.612,
            "reactive_current_a": -0.257,
            "energy_import_kwh": 2.705,
            "energy_import_t1_kwh": 2.705,
            "energy_export_kwh": 255.551,
            "energy_export_t1_kwh": 255.551,
        },
        System(wifi_ssid="My Wi-Fi", wifi_strength_pct=84),
    ),
    "hwe_kwh3": Reads(
        {
            "power_w": -900.2,
            "power_l1_w": -1058.3,
            "power_l2_w": 158.1,
            "power_l3_w": 0.0,
            "voltage_l1_v": 230.7,
            "voltage_l2_v": 229.1,
            "voltage_l3_v": 231.5,
            "current_a": 5.99,
            "current_l1_a": 4.6,
            "current_l2_a": 0.69,
            "current_l3_a": 0,
            "frequency_hz": 49.97,
            "power_factor_l1": 0.998,
            "power_factor_l2": 0.986,
            "power_factor_l3": 0,
            "apparent_power_va": 1220.4,
            "apparent_power_l1_va": 1060.1,
            "apparent_power_l2_va": 160.3,
            "apparent_power_l3_va": 0,
            "apparent_current_a": 6.1,
            "apparent_current_l1_a": 4.65,
            "apparent_current_l2_a": 0.7,
            "apparent_current_l3_a": 0.01,
            "reactive_power_var": -82.1,
            "reactive_power_l1_var": -62.1,
            "reactive_power_l2_var": -20,
            "reactive_power_l3_var": 0,
            "reactive_current_a": -0.5,
            "reactive_current_l1_a": -0.4,
            "reactive_current_l2_a": -0.1,
            "reactive_current_l3_a": 0,
            "energy_import_kwh": 0.101,
            "energy_import_t1_kwh": 0.101,
            "energy_export_kwh": 10.5,
            "energy_export_t1_kwh": 10.5,
        },
        System(wifi_ssid="My Wi-Fi", wifi_strength_pct=92),
    ),
    "hwe_wtr": Reads(
        {"water_flow_lpm": 1.27, "water_total_m3": 17.014, "water_total_offset_m3": 0},
        System(wifi_ssid="My Wi-Fi", wifi_strength_pct=84),
    ),
    "unknown_product": Reads(
        {"power_w": 2300, "energy_import_kwh": 91.5},
        System(wifi_ssid="My Wi-Fi", wifi_strength_pct=71),
        extra={
            "state_of_charge_pct": 50,
            "cycles": 123.0,
            "mode": "zero",
            "permissions": ["charge_allowed", "discharge_allowed"],
            "group": {"battery_count": 2, "online": True, "leader": None},
        },
    ),
}


@pytest.mark.parametrize("name", READ_AS)
def test_every_value_of_a_payload_arrives_under_its_canonical_name(name: str) -> None:
    read = parse_measurement(json.loads((PAYLOADS / f"{name}.json").read_text()))
    assert read is not None
    measurement, system = read
    expected = READ_AS[name]
    assert measurement.values == expected.values
    assert {key: type(value) for key, value in measurement.values.items()} == {
        key: type(value) for key, value in expected.values.items()
    }
    assert list(measurement.values) == [quantity for quantity in QUANTITIES if quantity in expected.values]
    assert measurement.external == expected.external
    assert measurement.extra == expected.extra
    assert measurement.notes == ()
    assert system == expected.system


def test_no_payload_file_is_left_out() -> None:
    assert {path.stem for path in PAYLOADS.glob("*.json")} == READ_AS.keys()
