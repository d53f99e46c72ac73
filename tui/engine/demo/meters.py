"""What the meters of a simulated house show at any second, without the house having lived up to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import NamedTuple

from tui.core.api import v1, v2
from tui.core.model import key_of
from tui.core.past.history import BANDS, COUNTERS, EVENTS, TOTAL
from tui.engine.demo.battery import KWH_A_CYCLE
from tui.engine.demo.devices import Fault, SimulatedDevice
from tui.engine.demo.house import SOURCE_OHM, WATER_EVERY_S, Circuit, GridReading, House, Peak
from tui.engine.demo.household import Household
from tui.engine.demo.pastbattery import BatteryPast
from tui.engine.demo.smartmeter import SmartMeter

Three = tuple[float, float, float]
_PER_KWH = 3.6e6
CYCLES = "cycles"
"""Whole ones are counted; here they are a counter whose parts add up."""
_NEVER = (Fault.SILENT, Fault.DRIPPING, Fault.REVOKED, Fault.STRANGER)
"""Devices that never gave a whole answer, and so have no past; the same goes for one that was never paired."""


class Glance(NamedTuple):
    """The house at one second."""

    second: int
    """Since 1970."""
    watts: Mapping[str, float]
    """By circuit."""
    phase_w: Three
    phase_v: Three
    net_w: float
    tariff: int
    gas_m3_s: float
    water_m3_s: float
    charge: float = 0.0
    """Of its batteries, 0 to 1."""


def looking(house: House) -> Callable[[int], Glance]:
    """What tells the house at any UTC second, by its flows and what its batteries make of them."""
    if not house.group.packs:
        return partial(glance, house)
    bare = lru_cache(maxsize=1024)(partial(glance, house))  # a day of batteries is reckoned before it is looked at
    past = BatteryPast(tuple(house.circuits.values()), lambda at: bare(at).net_w, house.start, house.supply.key)
    phases = [house.circuits[pack.name].phase - 1 for pack in house.group.packs]

    def look(second: int) -> Glance:
        at = bare(second)
        watts, charge = past.at(second)
        phase_w = [*at.phase_w]
        for phase in phases:
            phase_w[phase] += watts
        return at._replace(
            watts={**at.watts, **dict.fromkeys((pack.name for pack in house.group.packs), watts)},
            phase_w=(phase_w[0], phase_w[1], phase_w[2]),
            phase_v=_volts(house, second, (phase_w[0], phase_w[1], phase_w[2])),
            net_w=sum(phase_w),
            charge=charge,
        )

    return look


def _volts(house: House, second: int, phase_w: Three) -> Three:
    free = [house.supply.volts(phase, second - house.start) for phase in (1, 2, 3)]
    volts = [free[at] - SOURCE_OHM * phase_w[at] / free[at] for at in range(3)]
    return (volts[0], volts[1], volts[2])


def glance(house: House, second: int) -> Glance:
    """The house at a UTC second, by its flows alone: its batteries rest."""
    moment = second - house.start
    phases = [0.0, 0.0, 0.0, 0.0]
    watts = {}
    for name, circuit in house.circuits.items():
        watts[name] = power = circuit.flow.at(moment)
        phases[circuit.phase] += power
    spread = phases[0] / 3
    phase_w = (phases[1] + spread, phases[2] + spread, phases[3] + spread)
    silent = house.supply.gas_silent_s and moment > -house.supply.gas_silent_s
    return Glance(
        second,
        watts,
        phase_w,
        _volts(house, second, phase_w),
        sum(phase_w),
        house.supply.tariff_at(second),
        0.0 if silent else house.gas.at(moment) / 3600,
        house.water.at(moment) / 60_000,
    )


Figures = Callable[[Glance], Sequence[float]]


@dataclass(frozen=True)
class Meter:
    """One series of the history."""

    device: str
    """The key of its device."""
    kind: str
    meter: str
    unit: str
    bands: tuple[str, ...]
    """What of it is kept as least, mean and highest."""
    figures: Figures
    """Those quantities at one second."""
    counters: tuple[str, ...]
    rates: Figures
    """How fast the counters move at one second, in their unit a second."""
    readings: tuple[float, ...]
    """What the counters say when the house begins to live: at the start of a quarter-hour."""
    events: Mapping[str, int] = field(default_factory=dict)
    """What it counts that never happens."""
    read_every_s: int = 0
    """It is only read at multiples of this."""
    silent_from: int | None = None
    """It sent nothing after this second."""


def meters_of(household: Household) -> list[Meter]:
    """Every series of a household, in the order of its devices."""
    meters: list[Meter] = []
    for device in household.devices:
        names = _sent(device)
        if not names or device.fault in _NEVER or not (device.announces_v1 or device.spec.paired):
            continue
        spec, house = device.spec, household.house
        if spec.meter is not None:
            meters.append(_grid(device, spec.meter, house, names))
            meters += _external(device, spec.meter, house)
        elif spec.product_type == "HWE-WTR":
            meters.append(_water(device, spec.since_installed_m3))
        elif spec.circuit is not None:
            meters.append(_on_circuit(device, house.circuits[spec.circuit], names))
    return meters


def _sent(device: SimulatedDevice) -> Mapping[str, object]:
    """What a device sends, by quantity."""
    if device.v2 and not device.announces_v1:
        measured = v2.parse_measurement(json.loads(device.v2.topics["measurement"]()))
        return measured.values if measured else {}
    answer = device.answer("GET", "/api/v1/data")
    try:
        parsed = v1.parse_measurement(json.loads(answer.body)) if answer.status == 200 else None
    except ValueError:
        return {}
    return parsed[0].values if parsed else {}


def _kept(
    names: Mapping[str, object], of: Sequence[str], known: Mapping[str, int]
) -> tuple[tuple[str, ...], list[int]]:
    """Those of `known` that are sent and kept, and where their figures are."""
    kept = tuple(name for name in known if name in names and name in of)
    return kept, [known[name] for name in kept]


def _picked(figures: Figures, places: list[int]) -> Figures:
    def picked(at: Glance) -> list[float]:
        all_of_them = figures(at)
        return [all_of_them[place] for place in places]

    return picked


def _meter(
    device: SimulatedDevice,
    names: Mapping[str, object],
    bands: Sequence[str],
    figures: Figures,
    counters: Sequence[str],
    rates: Figures,
    readings: Sequence[float],
    meter: str = "",
) -> Meter:
    bands_kept, band_places = _kept(names, BANDS, {name: at for at, name in enumerate(bands)})
    counters_kept, places = _kept(names, (*COUNTERS, CYCLES), {name: at for at, name in enumerate(counters)})
    events = {name: int(str(value)) for name, value in names.items() if name in EVENTS and name != CYCLES}
    return Meter(
        key_of(device.serial),
        "",
        meter,
        "",
        bands_kept,
        _picked(figures, band_places),
        counters_kept,
        _picked(rates, places),
        tuple(readings[place] for place in places),
        events,
    )


_PHASED = tuple(
    f"{stem}_l{phase}_{unit}"
    for stem, unit in (("power", "w"), ("voltage", "v"), ("current", "a"))
    for phase in (1, 2, 3)
)
_ENERGY = tuple(f"energy_{way}{tariff}_kwh" for way in ("import", "export") for tariff in ("", "_t1", "_t2"))


def _grid(device: SimulatedDevice, meter: SmartMeter, house: House, names: Mapping[str, object]) -> Meter:
    def figures(at: Glance) -> list[float]:
        read = GridReading(
            at.second, at.net_w, at.phase_w, at.phase_v, (0, 0), (0, 0), at.tariff, 0.0, 0, 0.0, 0, 0.0, Peak(), ()
        )
        amperes = meter.phase_amperes(read)
        powers, volts = meter.phase_watts(read), meter.phase_volts(read)
        return [round(at.net_w), *powers, *volts, *amperes, sum(map(abs, amperes))]

    def rates(at: Glance) -> list[float]:
        taken, given = max(0.0, at.net_w) / _PER_KWH, max(0.0, -at.net_w) / _PER_KWH
        low = at.tariff == 1
        return [taken, taken * low, taken * (not low), given, given * low, given * (not low)]

    taken, given = house.supply.import_kwh, house.supply.export_kwh
    readings = (sum(taken), *taken, sum(given), *given)
    return _meter(
        device,
        names,
        ("power_w", *_PHASED, "current_a"),
        figures,
        _ENERGY,
        rates,
        readings,
        str(names.get("unique_id", "")),
    )


def _external(device: SimulatedDevice, meter: SmartMeter, house: House) -> list[Meter]:
    """Gas and water behind a P1."""
    supply, key = house.supply, key_of(device.serial)
    silent = house.start - supply.gas_silent_s if supply.gas_silent_s else None
    gas_id = "" if meter.old_firmware else meter.gas_id
    found = [_behind(key, "gas_meter", gas_id, lambda at: (at.gas_m3_s,), supply.gas_m3, supply.gas_every_s, silent)]
    if meter.water_id:
        water = (lambda at: (at.water_m3_s,), supply.water_m3, WATER_EVERY_S, None)
        found.append(_behind(key, "water_meter", meter.water_id, *water))
    return found


def _behind(
    key: str, kind: str, meter: str, rates: Figures, reading: float, every_s: int, silent_from: int | None
) -> Meter:
    return Meter(key, kind, meter, "m3", (), lambda at: (), (TOTAL,), rates, (reading,), {}, every_s, silent_from)


def _water(device: SimulatedDevice, installed_m3: float) -> Meter:
    return Meter(
        key_of(device.serial),
        "",
        "",
        "",
        ("water_flow_lpm",),
        lambda at: (round(at.water_m3_s * 60_000, 1),),
        ("water_total_m3",),
        lambda at: (at.water_m3_s,),
        (installed_m3,),
    )


def _on_circuit(device: SimulatedDevice, circuit: Circuit, names: Mapping[str, object]) -> Meter:
    name, factor, sign = circuit.name, circuit.power_factor, -1.0 if device.spec.is_reversed else 1.0
    phases = 3 if "power_l2_w" in names else 1

    def figures(at: Glance) -> list[float]:
        watts = at.watts[name] * sign
        volts = at.phase_v if circuit.phase == 0 else (at.phase_v[circuit.phase - 1],) * 3
        amperes = [abs(watts) / factor / phases / one for one in volts]
        total = sum(amperes) if phases == 3 else amperes[0]
        return [watts, *[watts / phases] * 3, *volts, *amperes, total, volts[0], 100 * at.charge]

    def rates(at: Glance) -> list[float]:
        watts = at.watts[name] * sign
        taken, given = max(0.0, watts) / _PER_KWH, max(0.0, -watts) / _PER_KWH
        return [taken, taken, 0.0, given, given, 0.0, given / KWH_A_CYCLE]

    taken, given = circuit.import_kwh, circuit.export_kwh
    if sign < 0:
        taken, given = given, taken
    cycles = given / KWH_A_CYCLE - 0.5  # whole ones are told, and a reading is rounded
    readings = (taken, taken, 0.0, given, given, 0.0, cycles)
    bands = ("power_w", *_PHASED, "current_a", "voltage_v", "state_of_charge_pct")
    return _meter(device, names, bands, figures, (*_ENERGY, CYCLES), rates, readings)
