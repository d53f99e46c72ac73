"""The bodies of `/api/v1/data` as the devices write them: compact JSON, most numbers with three decimals.

Facts: the vendor's API documentation (measurement) and answers of real devices, collected from public issues.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable

from tui.engine.demo.house import Circuit, GridReading, House
from tui.engine.demo.smartmeter import ANY_FAILURES, LONG_FAILURES, SAGS, SWELLS, SmartMeter, stamp

SSID = "My Wi-Fi"
Pair = tuple[str, str]
"""A key and its value, already written as JSON."""


def json_object(pairs: Iterable[Pair]) -> str:
    """A compact JSON object of pairs."""
    return "{" + ",".join(f'"{key}":{value}' for key, value in pairs) + "}"


def number(value: float) -> str:
    """Three decimals, and never a negative zero."""
    return f"{round(value, 3) + 0.0:.3f}"


def wifi(strength: int) -> list[Pair]:
    """The first fields of every answer."""
    return [("wifi_ssid", json.dumps(SSID)), ("wifi_strength", str(strength))]


# -- the grid meter ----------------------------------------------------------------------------------------------------


def grid(reading: GridReading, meter: SmartMeter) -> list[Pair]:
    """HWE-P1."""
    pairs = [("smr_version", str(meter.version)), ("meter_model", json.dumps(meter.model))]
    pairs.append(("unique_id", "null" if meter.old_firmware else json.dumps(meter.unique_id)))
    pairs.append(("active_tariff", str(reading.tariff)))
    for direction, tariffs in (("import", reading.import_kwh), ("export", reading.export_kwh)):
        if not meter.old_firmware:
            pairs.append((f"total_power_{direction}_kwh", number(sum(tariffs))))
        pairs += [(f"total_power_{direction}_t{tariff}_kwh", number(kwh)) for tariff, kwh in enumerate(tariffs, 1)]
    pairs.append(("active_power_w", number(round(reading.watts))))
    pairs += _per_phase("active_power_l{}_w", meter.phase_watts(reading))
    if meter.has_voltage:
        pairs += _per_phase("active_voltage_l{}_v", meter.phase_volts(reading))
    elif meter.old_firmware:
        pairs += [(f"active_voltage_l{phase}_v", "null") for phase in (1, 2, 3)]
    amperes = meter.phase_amperes(reading)
    if not meter.old_firmware:
        pairs.append(("active_current_a", number(sum(map(abs, amperes)))))
    pairs += _per_phase("active_current_l{}_a", amperes)
    if meter.has_events:
        pairs += _per_phase("voltage_sag_l{}_count", SAGS)
        pairs += _per_phase("voltage_swell_l{}_count", SWELLS)
        pairs += [("any_power_fail_count", number(ANY_FAILURES)), ("long_power_fail_count", number(LONG_FAILURES))]
    pairs += _demand(reading, meter)
    return pairs + _external(reading, meter)


def _per_phase(name: str, values: Iterable[float]) -> list[Pair]:
    return [(name.format(phase), number(value)) for phase, value in enumerate(values, 1)]


def _demand(reading: GridReading, meter: SmartMeter) -> list[Pair]:
    """The quarter-hour average and the month's peak; "montly" is how the devices spell it."""
    if meter.has_demand:
        pairs = [("active_power_average_w", number(round(reading.average_w)))]
        if reading.peak.at:
            pairs.append(("montly_power_peak_w", number(round(reading.peak.watts))))
            pairs.append(("montly_power_peak_timestamp", stamp(reading.peak.at)))
        return pairs
    if meter.old_firmware:
        return [(key, "null") for key in ("active_power_average_w", "montly_power_peak_w")]
    return []


def _external(reading: GridReading, meter: SmartMeter) -> list[Pair]:
    gas = [("total_gas_m3", number(reading.gas_m3)), ("gas_timestamp", stamp(reading.gas_at))]
    if meter.old_firmware:
        return [*gas, ("gas_unique_id", "null")]
    meters = [_external_meter("gas_meter", meter.gas_id, reading.gas_at, reading.gas_m3)]
    if meter.water_id:
        meters.append(_external_meter("water_meter", meter.water_id, reading.water_at, reading.water_m3))
    return [*gas, ("gas_unique_id", json.dumps(meter.gas_id)), ("external", "[" + ",".join(meters) + "]")]


def _external_meter(kind: str, unique_id: str, at: int, value: float) -> str:
    return json_object(
        [
            ("unique_id", json.dumps(unique_id)),
            ("type", json.dumps(kind)),
            ("timestamp", stamp(at)),
            ("value", number(value)),
            ("unit", '"m3"'),
        ]
    )


# -- meters of one circuit ---------------------------------------------------------------------------------------------


def _energy(house: House, circuit: Circuit, *, totals: bool = True, is_reversed: bool = False) -> list[Pair]:
    register = house.registers[circuit.name]
    pairs = []
    imported, exported = circuit.import_kwh + register.import_kwh, circuit.export_kwh + register.export_kwh
    if is_reversed:
        imported, exported = exported, imported
    for direction, kwh in (("import", imported), ("export", exported)):
        if totals:
            pairs.append((f"total_power_{direction}_kwh", number(kwh)))
        pairs.append((f"total_power_{direction}_t1_kwh", number(kwh)))
    return pairs


def old_meter(house: House, circuit: Circuit, phases: int) -> list[Pair]:
    """HWE-SKT before 4.07, SDM230-wifi and SDM630-wifi before 4.00: energy of tariff 1 and power, no more."""
    watts = house.watts[circuit.name]
    pairs = [*_energy(house, circuit, totals=False), ("active_power_w", number(watts))]
    return pairs + _per_phase("active_power_l{}_w", [watts / phases] * phases)


def one_phase(house: House, circuit: Circuit, *, apparent_currents: bool, is_reversed: bool = False) -> list[Pair]:
    """HWE-KWH1 and SDM230-wifi; an HWE-SKT sends the same without apparent and reactive currents."""
    watts = -house.watts[circuit.name] if is_reversed else house.watts[circuit.name]
    volts, hertz = house.circuit_volts(circuit)[0], house.frequency_hz()
    apparent, reactive = _triangle(watts, circuit)
    pairs = [
        *_energy(house, circuit, is_reversed=is_reversed),
        ("active_power_w", number(watts)),
        ("active_power_l1_w", number(watts)),
        ("active_voltage_v", number(volts)),
        ("active_current_a", number(apparent / volts)),
    ]
    if apparent_currents:
        pairs.append(("active_apparent_current_a", number(apparent / volts)))
        pairs.append(("active_reactive_current_a", number(reactive / volts)))
    return [
        *pairs,
        ("active_apparent_power_va", number(apparent)),
        ("active_reactive_power_var", number(reactive)),
        ("active_power_factor", number(circuit.power_factor if watts else 1.0)),
        ("active_frequency_hz", number(hertz)),
    ]


def three_phases(house: House, circuit: Circuit) -> list[Pair]:
    """HWE-KWH3 and SDM630-wifi: a third of the circuit on each phase; totals are the sums over the phases."""
    watts, volts = house.watts[circuit.name], house.circuit_volts(circuit)
    apparent, reactive = _triangle(watts, circuit)
    apparent_a = [apparent / 3 / phase for phase in volts]
    reactive_a = [reactive / 3 / phase for phase in volts]
    return [
        *_energy(house, circuit),
        ("active_power_w", number(watts)),
        *_per_phase("active_power_l{}_w", [watts / 3] * 3),
        *_per_phase("active_voltage_l{}_v", volts),
        ("active_current_a", number(sum(apparent_a))),
        *_per_phase("active_current_l{}_a", apparent_a),
        ("active_apparent_current_a", number(sum(apparent_a))),
        *_per_phase("active_apparent_current_l{}_a", apparent_a),
        ("active_reactive_current_a", number(sum(reactive_a))),
        *_per_phase("active_reactive_current_l{}_a", reactive_a),
        ("active_apparent_power_va", number(apparent)),
        *_per_phase("active_apparent_power_l{}_va", [apparent / 3] * 3),
        ("active_reactive_power_var", number(reactive)),
        *_per_phase("active_reactive_power_l{}_var", [reactive / 3] * 3),
        *_per_phase("active_power_factor_l{}", [circuit.power_factor if watts else 1.0] * 3),
        ("active_frequency_hz", number(house.frequency_hz())),
    ]


def _triangle(watts: float, circuit: Circuit) -> tuple[float, float]:
    """The apparent power (VA) and reactive power (var) for an active power."""
    apparent = abs(watts) / circuit.power_factor
    return apparent, math.sqrt(max(0.0, apparent * apparent - watts * watts))


# -- water, and an unknown product -------------------------------------------------------------------------------------


def water(house: House, since_installed_m3: float) -> list[Pair]:
    """HWE-WTR. The flow has steps of a tenth of a litre per minute, and is a bare 0 when all taps are closed."""
    flow = round(house.water_lpm, 1)
    return [
        ("total_liter_m3", number(since_installed_m3 + house.water_m3)),
        ("active_liter_lpm", f"{flow}" if flow else "0"),
        ("total_liter_offset_m3", "0"),
    ]


def unheard_of(house: House, circuit: Circuit) -> list[Pair]:
    """A future product: some known keys and some unknown ones."""
    return [
        ("active_power_w", number(house.watts[circuit.name])),
        ("state_of_mind_pct", "73"),
        ("mode", '"thinking"'),
        ("cells", json_object([("count", "4"), ("balanced", "true"), ("volts", "[3.301,3.299,3.302,3.300]")])),
    ]
