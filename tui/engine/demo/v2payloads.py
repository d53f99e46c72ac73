"""The bodies of API v2 as the devices write them: the values of `payloads` under the other names.

Facts: the vendor's API documentation, v2 (measurement, batteries).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from tui.core.battery.batteries import Permission
from tui.engine.demo import payloads
from tui.engine.demo.battery import KWH_A_CYCLE, Group, Pack
from tui.engine.demo.house import Circuit, GridReading, House, local
from tui.engine.demo.payloads import Pair, json_object, number
from tui.engine.demo.smartmeter import SmartMeter

_RENAMED = {
    "smr_version": "protocol_version",
    "active_power_average_w": "average_power_15m_w",
    "montly_power_peak_w": "monthly_power_peak_w",
}
_ONLY_V1 = ("total_gas_m3", "gas_timestamp", "gas_unique_id", "external", "montly_power_peak_timestamp")
_NOT_OF_ONE_PHASE = ("power_l1_w", "energy_import_t1_kwh", "energy_export_t1_kwh")
_SAID = {Permission.CHARGE: "charge_allowed", Permission.DISCHARGE: "discharge_allowed"}


def _renamed(pairs: Iterable[Pair]) -> Iterator[Pair]:
    for name, value in pairs:
        if name not in _ONLY_V1 and value != "null":
            yield _RENAMED.get(name, name.removeprefix("active_").replace("total_power_", "energy_")), value


def moment(second: int) -> str:
    """A time as JSON: that of the meter, without zone."""
    return f'"{local(second):%Y-%m-%dT%H:%M:%S}"'


def grid(reading: GridReading, meter: SmartMeter) -> list[Pair]:
    """HWE-P1."""
    pairs = [*_renamed(payloads.grid(reading, meter)), ("timestamp", moment(reading.second))]
    if meter.has_demand and reading.peak.at:
        pairs.append(("monthly_power_peak_timestamp", moment(reading.peak.at)))
    meters = [_external("gas_meter", meter.gas_id, reading.gas_at, reading.gas_m3)]
    if meter.water_id:
        meters.append(_external("water_meter", meter.water_id, reading.water_at, reading.water_m3))
    return [*pairs, ("external", "[" + ",".join(meters) + "]")]


def _external(kind: str, unique_id: str, at: int, value: float) -> str:
    named = [("unique_id", json.dumps(unique_id)), ("type", json.dumps(kind)), ("timestamp", moment(at))]
    return json_object([*named, ("value", number(value)), ("unit", '"m3"')])


def on_circuit(pairs: list[Pair]) -> list[Pair]:
    """A kWh meter, from what it sends over v1."""
    renamed = list(_renamed(pairs))
    if any(name == "power_l2_w" for name, _ in renamed):
        return [pair for pair in renamed if "_t1_" not in pair[0]]
    return [pair for pair in renamed if pair[0] not in _NOT_OF_ONE_PHASE]


def battery(house: House, circuit: Circuit, pack: Pack) -> list[Pair]:
    """HWE-BAT."""
    register, volts = house.registers[circuit.name], house.circuit_volts(circuit)[0]
    given_kwh = circuit.export_kwh + register.export_kwh
    return [
        ("energy_import_kwh", number(circuit.import_kwh + register.import_kwh)),
        ("energy_export_kwh", number(given_kwh)),
        ("power_w", number(pack.watts)),
        ("voltage_v", number(volts)),
        ("current_a", number(abs(pack.watts) / volts)),
        ("frequency_hz", number(house.frequency_hz())),
        ("state_of_charge_pct", str(round(100 * pack.charge))),
        ("cycles", str(cycles(given_kwh))),
    ]


def cycles(given_kwh: float) -> int:
    """How often a battery that gave so much has been emptied."""
    return int(given_kwh / KWH_A_CYCLE)


def batteries(group: Group, version: tuple[int, ...]) -> list[Pair]:
    """The group as a P1 or a kWh meter tells it, with what its API version has. Without a battery all are zeros."""
    pairs = [("mode", json.dumps(group.mode))]
    if version >= (2, 2):
        said = [_SAID[one] for one in Permission if one in group.permissions]
        pairs.append(("permissions", json.dumps(said, separators=(",", ":"))))
    if version >= (2, 3):
        pairs.append(("charge_to_full", json.dumps(group.charge_to_full)))
    if version >= (2, 2):
        pairs.append(("battery_count", str(len(group.packs))))
    watts = (group.power_w, group.target_w, group.most_w, group.most_w)
    names = ("power_w", "target_power_w", "max_consumption_w", "max_production_w")
    return [*pairs, *((name, number(round(value))) for name, value in zip(names, watts, strict=True))]
