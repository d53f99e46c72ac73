"""The households of the demo: their circuits, and the devices that measure them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tui.core.model import Role
from tui.engine.demo.battery import PlugIn
from tui.engine.demo.devices import Fault, Spec
from tui.engine.demo.house import Circuit, Supply
from tui.engine.demo.physics import (
    Bursts,
    Compressor,
    HeatPump,
    Steady,
    Sum,
    Sun,
    WashingMachine,
    chance,
    key,
)
from tui.engine.demo.smartmeter import Currents, SmartMeter, equipment_id


@dataclass(frozen=True, slots=True)
class Home:
    """A household before it runs: its grid profile, its main fuse, its circuits, and its devices."""

    grid: str
    fuse: str
    supply: Supply
    circuits: tuple[Circuit, ...]
    specs: tuple[Spec, ...]


def taps(seed: int) -> Sum:
    """Litres per minute: hands and dishes now and then, a shower most hours."""
    return Sum((Bursts(seed, 240, 0.6, 8, 60, 3.0, 8.5), Bursts(seed + 10, 3000, 0.7, 300, 420, 7.0, 9.0)))


def _rest(seed: int, *, level: float = 210) -> tuple[Circuit, ...]:
    """Loads without their own meter: lights and a kettle on L1, an oven on L2, a little on L3."""
    kettle = Bursts(seed + 100, 420, 0.75, 80, 160, 1900, 2150)
    oven = Bursts(seed + 110, 2400, 0.7, 180, 420, 2050, 2300)
    return (
        Circuit("rest L1", Sum((Steady(seed + 120, level, 60), kettle)), 1, 0.98),
        Circuit("rest L2", Sum((Steady(seed + 130, 90, 30), oven)), 2, 0.99),
        Circuit("rest L3", Steady(seed + 140, 70, 35), 3, 0.9),
    )


def _solar(seed: int, peak_w: float = 2700) -> Circuit:
    return Circuit("Solar", Sun(seed + 200, peak_w), 1, 0.998, import_kwh=18.402, export_kwh=7412.906)


def _freezer(seed: int) -> Circuit:
    return Circuit("Freezer", Compressor(seed + 210, 64), 2, 0.68, import_kwh=412.377)


def _battery(name: str = "Battery", charge: float = 0.57) -> Circuit:
    return Circuit(name, PlugIn(charge), 3, import_kwh=912.418, export_kwh=752.604)


def _battery_spec(name: str = "Battery", *, paired: bool = False, fault: Fault | None = None) -> Spec:
    role = Role.BATTERY
    battery = Spec("HWE-BAT", "Plug-In Battery", name, role, "2.01", name, wifi=66, fault=fault)
    return replace(battery, v1=False, v2="2.0.1", paired=paired)


def _dutch(seed: int) -> SmartMeter:
    number = int(1e9 * chance(seed, 300))
    return SmartMeter(
        header="ISK5\\2M550T-1011",
        model="ISKRA  2M550T-101",
        unique_id=equipment_id(f"E0043{number:012d}"),
        gas_id=equipment_id(f"G0025{number + 1:012d}"),
        message="Planned works: no power on Tuesday from 9:00 to 12:00",
    )


def _flemish(seed: int) -> SmartMeter:
    number = int(1e8 * chance(seed, 300))
    return SmartMeter(
        header="FLU5\\253967035_D",
        model="Fluvius 253967035_D",
        unique_id=equipment_id(f"1SAG11{number:08d}"),
        gas_id=equipment_id(f"7FLO21{number + 1:08d}"),
        currents=Currents.HUNDREDTHS,
        has_events=False,
        has_demand=True,
    )


def _grid(meter: SmartMeter) -> Spec:
    return Spec("HWE-P1", "P1 Meter", "Grid", Role.GRID, "6.0305", wifi=62, meter=meter)


def _nl(seed: int) -> Home:
    number = int(1e9 * chance(seed, 301))
    grid = _grid(replace(_dutch(seed), water_id=equipment_id(f"W0007{number:012d}")))
    washing = Circuit("Washing m/c", WashingMachine(seed + 220), 3, 0.96, import_kwh=318.044)
    pump = Circuit("Heat pump", HeatPump(seed + 230), 0, 0.94, import_kwh=2260.713)
    return Home(
        "nl",
        "3x25",
        Supply(seed),
        (_solar(seed), pump, washing, _freezer(seed), *_rest(seed), _battery()),
        (
            replace(grid, v2="2.2.0", paired=True),
            Spec("HWE-KWH1", "kWh Meter 1-Phase", "Solar", Role.SOLAR, circuit="Solar", wifi=71),
            Spec("HWE-KWH3", "kWh Meter 3-Phase", "Heat pump", Role.LOAD, circuit="Heat pump", wifi=54),
            Spec("HWE-SKT", "Energy Socket", "Washing m/c", Role.LOAD, "4.09", "Washing m/c", wifi=83),
            Spec("HWE-SKT", "Energy Socket", "Freezer", Role.LOAD, "4.09", "Freezer", wifi=47),
            Spec("HWE-WTR", "Watermeter", "Water", None, "4.00", wifi=66),
            _battery_spec(paired=True),
        ),
    )


def _be(seed: int) -> Home:
    router = Circuit("Router", Steady(seed + 220, 14, 2), 3, 0.62, import_kwh=96.118)
    return Home(
        "be-vlg",
        "3x25",
        Supply(seed, day_tariff=1, day_ends=22, import_kwh=(4318.402, 5207.119), export_kwh=(3620.775, 1411.083)),
        (_solar(seed, 1900), router, *_rest(seed, level=560)),
        (
            _grid(_flemish(seed)),
            Spec("HWE-KWH1", "kWh Meter 1-Phase", "Solar", Role.SOLAR, "5.0202", "Solar", wifi=69, v2="2.1.0"),
            Spec("HWE-SKT", "Energy Socket", "Router", Role.LOAD, "4.09", "Router", wifi=92, switch_lock=True),
        ),
    )


def _old(seed: int) -> Home:
    meter = replace(
        _dutch(seed),
        header="KFM5KAIFA-METER",
        model="Kaifa AIFA-METER",
        version=42,
        interval_s=10,
        currents=Currents.WHOLE,
        has_voltage=False,
        old_firmware=True,
    )
    pump = Circuit("Heat pump", HeatPump(seed + 230), 0, 0.94, import_kwh=5140.285)
    return Home(
        "nl",
        "3x35",
        Supply(seed, gas_every_s=3600),
        (_solar(seed), pump, _freezer(seed), *_rest(seed)),
        (
            replace(_grid(meter), product_name="P1 meter", firmware="4.00"),
            Spec("SDM230-wifi", "kWh Meter", "Solar", Role.SOLAR, "3.06", "Solar", wifi=58, old_firmware=True),
            Spec(
                "SDM630-wifi",
                "kWh Meter 3-phase",
                "Heat pump",
                Role.LOAD,
                "3.06",
                "Heat pump",
                wifi=41,
                old_firmware=True,
            ),
            Spec("HWE-SKT", "Energy Socket", "Freezer", Role.LOAD, "3.03", "Freezer", wifi=64, old_firmware=True),
        ),
    )


def _be_3x230(seed: int) -> Home:
    home = _be(seed)
    return replace(
        home, grid="be-vlg-3x230", fuse="3x40", specs=(_grid(replace(_flemish(seed), three_wire=True)), *home.specs[1:])
    )


def _faulty(seed: int) -> Home:
    sockets = ("Shed", "Attic", "Workshop", "Prototype")
    small = tuple(
        Circuit(name, Steady(seed + 220 + 2 * i, 30 + 11 * i, 6), 1 + i % 3, 0.9, import_kwh=61.25 * (i + 1))
        for i, name in enumerate(sockets)
    )

    boiler = Circuit("Boiler", Steady(seed + 240, 46, 9), 3, 0.97, import_kwh=702.116)
    car = Circuit("Car charger", Steady(seed + 250, 7, 1), 3, 0.7, import_kwh=2208.95)

    def socket(name: str, fault: Fault) -> Spec:
        return Spec("HWE-SKT", "Energy Socket", name, Role.LOAD, "4.09", name, fault=fault)

    def v2_meter(name: str, fault: Fault) -> Spec:
        meter = Spec("HWE-KWH1", "kWh Meter 1-Phase", name, Role.LOAD, "5.0202", name, fault=fault)
        return replace(meter, v1=False, v2="2.2.0", paired=True)

    return Home(
        "nl",
        "3x25",
        Supply(seed),
        (_solar(seed), _freezer(seed), *small, *_rest(seed), boiler, car, _battery(), _battery("Battery 2", 0.31)),
        (
            Spec("HWE-SKT", "Energy Socket", "Freezer", Role.LOAD, "4.09", "Freezer"),  # the healthy one
            replace(_grid(_dutch(seed)), fault=Fault.FROZEN),
            Spec("HWE-KWH1", "kWh Meter 1-Phase", "Solar", Role.SOLAR, circuit="Solar", fault=Fault.API_OFF),
            socket("Shed", Fault.SILENT),
            socket("Attic", Fault.DRIPPING),
            socket("Workshop", Fault.GARBAGE),
            Spec("HWE-WTR", "Watermeter", "Water", None, "4.00", wifi=12, fault=Fault.WEAK_WIFI),
            Spec("HWE-XYZ", "Thinking Cap", "Prototype", None, "1.00", "Prototype"),
            _battery_spec(),  # nobody has paired it yet
            v2_meter("Boiler", Fault.ZOMBIE),
            v2_meter("Car charger", Fault.REVOKED),
            _battery_spec("Battery 2", paired=True, fault=Fault.STRANGER),
        ),
    )


def _onsite(seed: int) -> Home:
    """What an installer may find: a high voltage while the panels deliver, a charger too large for its phase, a solar
    meter upside down, a gas meter that fell silent, and a socket at the edge of the Wi-Fi."""
    panels = Circuit("Solar", Sun(seed + 200, 4900, clouds=0.15), 1, 0.998, import_kwh=11.264, export_kwh=2934.618)
    charger = Circuit("Charger", Steady(seed + 220, 6450, 60), 3, 0.99, import_kwh=1187.402)
    pond = Circuit("Pond pump", Steady(seed + 230, 38, 4), 2, 0.8, import_kwh=96.118)
    return Home(
        "nl",
        "3x25",
        Supply(seed, level_v=250.6, gas_silent_s=31 * 3600),
        (panels, charger, pond, _freezer(seed), *_rest(seed)),
        (
            _grid(_dutch(seed)),
            Spec("HWE-KWH1", "kWh Meter 1-Phase", "Solar", Role.SOLAR, circuit="Solar", wifi=71, is_reversed=True),
            Spec("HWE-KWH1", "kWh Meter 1-Phase", "Charger", Role.LOAD, circuit="Charger", wifi=58),
            Spec("HWE-SKT", "Energy Socket", "Freezer", Role.LOAD, "4.09", "Freezer", wifi=74),
            Spec("HWE-SKT", "Energy Socket", "Pond pump", Role.LOAD, "4.09", "Pond pump", wifi=26, fault=Fault.LOSSY),
        ),
    )


def only_v1(home: Home) -> Home:
    """The same home before its devices spoke API v2, and without what speaks nothing else."""
    specs = tuple(replace(one, v2=None, paired=False) for one in home.specs if one.v1)
    return replace(home, specs=specs, circuits=tuple(one for one in home.circuits if not isinstance(one.flow, PlugIn)))


def resized(home: Home, count: int, seed: int) -> Home:
    """The same home with `count` devices: its first ones, or all and then more sockets and (every third) kWh meters."""
    circuits, specs = list(home.circuits), list(home.specs[:count])
    for number in range(len(home.specs) + 1, count + 1):
        name = f"Socket {number}" if number % 3 else f"Meter {number}"
        own = key(seed, name)
        flow = Compressor(own, 12 + 30 * chance(own, 1), cycle_s=300 + int(900 * chance(own, 2)), duty=0.35)
        circuits.append(Circuit(name, flow, 1 + number % 3, 0.85, import_kwh=round(300 * chance(own, 3), 3)))
        if number % 3:
            specs.append(Spec("HWE-SKT", "Energy Socket", name, Role.LOAD, "4.09", name))
        else:
            specs.append(Spec("HWE-KWH1", "kWh Meter 1-Phase", name, Role.LOAD, circuit=name))
    return replace(home, circuits=tuple(circuits), specs=tuple(specs))


HOMES: dict[str, Callable[[int], Home]] = {
    "nl": _nl,
    "be": _be,
    "old": _old,
    "be-3x230": _be_3x230,
    "faulty": _faulty,
    "onsite": _onsite,
}
