"""The 14 ordinary houses: nothing in them may be judged, whatever switches on and however their meters round.

A house is built from its name and a seed (`build`), and answers on a virtual clock (`Watch`). What real meters do is
in it: power that is new only every 10 s, whole ampere, voltages a second behind, gas stamps every hour or five minutes
that arrive late, a lost poll or two, weak but sufficient Wi-Fi.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from tests.checks.house import House, Values
from tests.checks.mains import Circuit, Mains, Watts, bursts, heat_pump, steady, still, sun
from tui.core.checks.finding import Finding, Verdict
from tui.core.checks.record import Record
from tui.core.checks.registry import check
from tui.core.doubt.dating import dated
from tui.core.events import ClockStood, Configured, Failed, Identified, Measured, TelegramRead
from tui.core.fleet import reduce
from tui.core.model import DeviceSetting, Endpoint, Role, State
from tui.core.moment import Now
from tui.core.reading import External, Identity, Measurement, System
from tui.core.telegram import Telegram

SECONDS = 960
SEEDS = range(5)
"""They have every pair of: grid known or not, main fuse known or not (`Watch`)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """An ordinary house: its supply, its circuits, its smart meter, and what hangs behind that."""

    circuits: tuple[Circuit, ...]
    grid: str = "nl"
    fuse: str = "3x25"
    phases: int = 3
    volts_at: tuple[float, float] = (231.0, 0.0)
    starts: str = "2026-06-12 14:00"
    calm: bool = False
    every_s: int = 1
    """How often its smart meter has new values."""
    old: bool = False
    """DSMR 4: no voltage, whole ampere, no events."""
    events: bool = True
    peak_w: float | None = None
    """The month's peak so far, in Flanders; 0 when there is none yet."""
    external: tuple[tuple[str, str, float, int], ...] = (("gas_meter", "m3", 2569.646, 300),)
    """Type, unit, total, and seconds between two stamps; 0 for a meter that was replaced months ago."""


BASE = (Circuit(steady(210, 30), 1), Circuit(steady(60), 2), Circuit(steady(35), 3))
KETTLE = Circuit(bursts(2100, (90, 170), (60, 420)), 1)
OVEN = Circuit(bursts(2250, (40, 200), (40, 160)), 2)
HOB = Circuit(bursts(4300, (40, 200), (40, 160)), 2)
"""19 A: on 0.4 ohm its switching is a fast voltage change of more than 7 V."""
WASHING = Circuit(bursts(2000, (60, 200), (60, 300)), 3, "Washing m/c")
PUMP = Circuit(heat_pump(2400), 0, "Heat pump")
BUSY = (*BASE, KETTLE, HOB, WASHING, PUMP)
HOURLY_GAS = (("gas_meter", "m3", 4012.5, 3600),)

KINDS: dict[str, Kind] = {
    "one phase without solar": Kind(
        tuple(replace(circuit, phase=1) for circuit in (BASE[0], KETTLE, HOB, WASHING)), fuse="1x50", phases=1
    ),
    "unused L3": Kind((BASE[0], BASE[1], KETTLE, OVEN, Circuit(sun(2600), 1, "Solar"))),
    "DSMR 4": Kind((*BUSY, Circuit(sun(3000), 2, "Solar")), every_s=10, old=True, events=False, external=HOURLY_GAS),
    "DSMR 5 with an hourly gas meter": Kind(BUSY, external=HOURLY_GAS),
    "heat only": Kind((*BASE, KETTLE, OVEN), external=(("heat_meter", "GJ", 88.432, 3600),)),
    "an old gas meter left over": Kind(BUSY, external=(("gas_meter", "m3", 12.3, 300), ("gas_meter", "m3", 8764.1, 0))),
    "5 kW of solar on L1 at 247 V": Kind((*BASE, KETTLE, Circuit(sun(5000), 1, "Solar")), volts_at=(247.0, -5000.0)),
    "Belgian one phase": Kind(
        tuple(replace(circuit, phase=1) for circuit in (BASE[0], KETTLE, HOB, WASHING)),
        grid="be-vlg",
        fuse="1x50",
        phases=1,
        peak_w=9400,
        events=False,
    ),
    "3x400": Kind((*BUSY, Circuit(sun(4200), 3, "Solar")), grid="be-vlg", peak_w=11800, events=False),
    "3x230": Kind(BUSY, grid="be-vlg-3x230", fuse="3x40", peak_w=11800, events=False),
    "Wallonia": Kind((*BUSY, Circuit(sun(3600), 1, "Solar")), grid="be-wal", events=False, external=HOURLY_GAS),
    "a holiday house at 0 W": Kind((), volts_at=(236.0, 0.0)),
    "a still night": Kind((Circuit(still(92), 1), Circuit(still(40), 2)), starts="2026-01-21 03:10", calm=True),
    "the first quarter of a month": Kind(
        (*BASE, Circuit(bursts(1500, (100, 200), (200, 300)), 3)),
        grid="be-vlg",
        starts="2026-07-01 00:00",
        peak_w=0.0,
        events=False,
    ),
}


@dataclass
class Dongle:
    """A device: what it answers at each second, and how it is reached."""

    product_type: str
    rows: list[Values]
    role: Role | None = None
    external: Callable[[int], tuple[External, ...]] = lambda second: ()
    wifi_pct: float = 70.0
    clock_s: float | None = None
    """How far its smart meter's clock is ahead."""
    serial: str = ""
    lost: frozenset[int] = frozenset()


@dataclass
class Watch:
    """A house while it is watched. `fast` makes the fleet from one answer in 60: the record does not need the rest."""

    name: str
    seed: int
    fast: bool = True
    kind: Kind = field(init=False)
    house: House = field(init=False)
    dongles: list[Dongle] = field(init=False)

    def __post_init__(self) -> None:
        self.kind = kind = KINDS[self.name]
        self.random = random = Random(f"{self.name} {self.seed}")
        profile_is_known = not self.seed % 3 or kind.grid != "nl"  # a newcomer has set nothing
        clock = datetime.fromisoformat(kind.starts).replace(tzinfo=ZoneInfo("Europe/Amsterdam"))
        first = random.choice((0, *range(270, 600))) if kind.peak_w != 0 else random.randrange(20)
        start = Now(clock.timestamp() + first, 1000.0)
        self.house = House(kind.grid if profile_is_known else None, kind.fuse if self.seed % 4 else None, start)
        mains = Mains(random, SECONDS + 1, kind.circuits, kind.phases, kind.volts_at, calm=kind.calm)
        self.dongles = list(dongles(kind, mains, random, start))
        for number, dongle in enumerate(self.dongles):
            dongle.serial = f"5c2faf0000{number:02x}"
            dongle.wifi_pct = random.uniform(40, 85)
            dongle.lost = frozenset(random.sample(range(20, SECONDS), random.choice((0, 0, 1, 1, 2))))
            if dongle.role:
                self.house.tell(Configured(dongle.serial, DeviceSetting(role=dongle.role)))

    def run(self, until: int = SECONDS) -> Iterator[tuple[int, tuple[Finding, ...]]]:
        """Let the seconds pass; what the check says now and then, and at the end."""
        self._identify()
        for second in range(until):
            is_looked_at = second % 240 == 75 or second == until - 1
            for dongle in self.dongles:
                self._poll(dongle, second, reduced=is_looked_at or not self.fast or second % 60 == 0)
            if is_looked_at:
                yield second, check(self.record)

    @property
    def record(self) -> Record:
        """The record so far."""
        return self.house.record

    def _identify(self) -> None:
        for number, dongle in enumerate(self.dongles):
            identity = Identity(dongle.serial, dongle.product_type, None, _FIRMWARE.get(dongle.product_type), "v1")
            self.house.tell(Identified(Endpoint(f"192.168.1.{10 + number}"), identity, self.house.start))

    def _poll(self, dongle: Dongle, second: int, *, reduced: bool) -> None:
        house, random = self.house, self.random
        chance = random.random()
        at = house.now = house.start.plus(second + 0.08 * chance)
        if second in dongle.lost:
            endpoint = house.fleet.devices[dongle.serial].endpoints[0]
            house.tell(Failed(endpoint, State.SILENT, "no answer within 5 s", at))
            return
        row = dongle.rows[second]
        measurement = Measurement(row, dongle.external(second))  # type: ignore[arg-type]
        system = System("home", round(dongle.wifi_pct + 6 * chance - 3))
        latency = 0.02 + 0.07 * chance if chance < 0.99 else 1.4
        event = Measured(dongle.serial, measurement, system, at, latency, 1.0)
        if reduced:
            event = dated(event, house.zone)
            house.fleet = reduce(house.fleet, event)
        house.recorder.heard(event, house.fleet)
        if dongle.clock_s is not None and (second % 60 == 40 or 3 <= second < 33):
            every_s = self.kind.every_s
            told = int(at.utc + dongle.clock_s) // every_s * every_s
            clock = datetime.fromtimestamp(told, house.zone).replace(tzinfo=None)
            house.tell(TelegramRead(dongle.serial, Telegram(clock, True), at))
            if second > 60 and dongle.rows[second - 60] == row:
                house.tell(ClockStood(dongle.serial, False, at))


_FIRMWARE = {"HWE-P1": "6.0305", "HWE-KWH1": "4.19", "HWE-KWH3": "4.19", "HWE-SKT": "4.09", "HWE-WTR": "4.00"}


def dongles(kind: Kind, mains: Mains, random: Random, start: Now) -> Iterator[Dongle]:
    """The devices of a house; some have meters behind their circuits, some of these have no role."""
    stamps = external_of(kind, random, start)
    yield Dongle("HWE-P1", list(grid_rows(kind, mains, random, start)), None, stamps, clock_s=random.uniform(-15, 15))
    for name, watts in mains.own.items():
        if random.random() < 0.5:
            continue
        role = Role.SOLAR if name == "Solar" else random.choice((Role.LOAD, None))
        if name == "Heat pump":
            yield Dongle("HWE-KWH3", list(three_phase_rows(watts, mains, random)), role)
        else:
            phase = next(circuit.phase for circuit in kind.circuits if circuit.name == name)
            product = "HWE-KWH1" if name == "Solar" else "HWE-SKT"
            yield Dongle(product, list(one_phase_rows(watts, mains.volts[phase - 1], random)), role)
    if random.random() < 0.3:
        litres = [8.0 if 200 < second < 500 else 0.0 for second in range(mains.seconds)]
        total = [99.5 + kwh * 1000 for kwh in _kwh(litres, 1)]
        rows = _rows({"water_flow_lpm": litres, "water_total_m3": total})
        yield Dongle("HWE-WTR", rows)


def grid_rows(kind: Kind, mains: Mains, random: Random, start: Now) -> Iterator[Values]:
    """What a P1 answers."""
    three_wire = kind.grid.endswith("3x230")
    total = [round(sum(watts)) for watts in zip(*mains.watts, strict=True)]
    columns: dict[str, list[float]] = {"power_w": [float(watts) for watts in total]}
    for way, sign in (("import", 1), ("export", -1)):
        kwh = _kwh(total, sign)
        columns |= {f"energy_{way}_kwh": [round(4000 + one, 3) for one in kwh]}
        columns |= {f"energy_{way}_t1_kwh": [1500.25] * mains.seconds}
        columns |= {f"energy_{way}_t2_kwh": [round(2499.75 + one, 3) for one in kwh]}
    sends_all = random.random() < 0.5
    lag = random.choice((0, 0, 1))  # some meters measure the voltage a second after the power
    for phase, (watts, volts) in enumerate(zip(mains.watts, mains.volts, strict=True), 1):
        shown = [volts[max(0, second - lag)] for second in range(mains.seconds)]
        if three_wire:
            if phase == 2:
                if sends_all:
                    columns |= {name: [0.0] * mains.seconds for name in ("voltage_l2_v", "current_l2_a", "power_l2_w")}
            else:
                line = [abs(sum(row)) / (1.732 * 230) for row in zip(*mains.watts, strict=True)]
                columns |= {f"voltage_l{phase}_v": shown, f"current_l{phase}_a": [round(one, 2) for one in line]}
                if sends_all:
                    share = {1: 0.572, 3: 0.428}[phase]
                    columns[f"power_l{phase}_w"] = [float(round(watts * share)) for watts in total]
            continue
        columns[f"power_l{phase}_w"] = [float(round(one)) for one in watts]
        if kind.old:
            columns[f"current_l{phase}_a"] = [float(round(abs(one) / 230)) for one in watts]
            continue
        columns[f"voltage_l{phase}_v"] = shown
        signed = [one / volt for one, volt in zip(watts, shown, strict=True)]
        belgian = kind.grid != "nl"
        columns[f"current_l{phase}_a"] = [round(abs(one) / 0.97, 2) if belgian else round(one, 3) for one in signed]
    fixed = {"protocol_version": 42.0 if kind.old else 50.0, "tariff": 2.0}
    if kind.events:
        fixed |= {f"voltage_sag_l{phase}_count": 2.0 for phase in range(1, kind.phases + 1)}
        fixed |= {"any_power_fail_count": 4.0, "long_power_fail_count": 3.0}
    if kind.peak_w is not None:
        columns["average_power_15m_w"] = _quarter(total, start)
        if kind.peak_w:
            fixed["monthly_power_peak_w"] = kind.peak_w
    rows = _rows(columns, fixed | {"meter_model": "ISKRA  2M550T-101", "unique_id": "4530303433303037"})
    return (rows[second - second % kind.every_s] for second in range(mains.seconds))


def one_phase_rows(watts: Watts, volts: Watts, random: Random) -> list[Values]:
    """What a kWh meter or a socket answers."""
    return _rows(
        {
            "power_w": [round(one, 1) for one in watts],
            "power_l1_w": [round(one, 1) for one in watts],
            "voltage_v": [volt + random.choice((-0.2, 0.1, 0.3)) for volt in volts],
            "current_a": [round(abs(one / volt), 3) for one, volt in zip(watts, volts, strict=True)],
            "frequency_hz": [50 + 0.06 * (random.random() - 0.5) for _ in watts],
            "energy_import_kwh": [12.5 + one for one in _kwh(watts, 1)],
            "energy_export_kwh": [3.25 + one for one in _kwh(watts, -1)],
        }
    )


def three_phase_rows(watts: Watts, mains: Mains, random: Random) -> list[Values]:
    """What a three-phase kWh meter answers; its load is on each phase alike."""
    columns: dict[str, list[float]] = {"power_w": watts, "energy_import_kwh": [88.0 + one for one in _kwh(watts, 1)]}
    columns["frequency_hz"] = [50 + 0.06 * (random.random() - 0.5) for _ in watts]
    for phase, volts in enumerate(mains.volts, 1):
        columns[f"power_l{phase}_w"] = [round(one / 3, 1) for one in watts]
        columns[f"voltage_l{phase}_v"] = volts
        columns[f"current_l{phase}_a"] = [round(one / 3 / volt, 3) for one, volt in zip(watts, volts, strict=True)]
    return _rows(columns)


def external_of(kind: Kind, random: Random, start: Now) -> Callable[[int], tuple[External, ...]]:
    """The meters behind the smart meter: each stamp arrives some time after its moment."""
    zone = ZoneInfo("Europe/Amsterdam")
    late = random.randint(5, 70)
    begun = datetime.fromtimestamp(start.utc, zone).replace(tzinfo=None)
    met: dict[datetime, tuple[External, ...]] = {}

    def at(second: int) -> tuple[External, ...]:
        now = begun + timedelta(seconds=second - late)
        key = now.replace(second=0, microsecond=0)
        if key not in met:
            met[key] = tuple(meters(now))
        return met[key]

    def meters(now: datetime) -> Iterator[External]:
        for number, (kind_of, unit, total, every_s) in enumerate(kind.external):
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
            into = int((now - midnight).total_seconds())
            if every_s:
                stamp = midnight + timedelta(seconds=into - into % every_s)
                value = round(total + 0.2 * into / 3600, 3)
            else:
                stamp, value = datetime(2025, 11, 3, 14, 0), total
            yield External(kind_of, f"47303032353930{number}", value, unit, stamp)

    return at


def _quarter(total: list[int], start: Now) -> list[float]:
    """The mean of the quarter-hour so far, as its part of the whole; the first one is under way already."""
    into = int(start.utc % 900)
    result, energy = [], into * 500.0
    for watts in total:
        energy += max(0, watts)
        into += 1
        if into == 900:
            into, energy = 0, 0.0
        result.append(float(round(energy / 900)))
    return result


def _kwh(watts: list[float] | list[int], sign: int) -> list[float]:
    total, result = 0.0, []
    for one in watts:
        total += max(0.0, sign * one)
        result.append(round(total / 3.6e6, 3))
    return result


def _rows(columns: dict[str, list[float]], fixed: Values | None = None) -> list[Values]:
    names = tuple(columns)
    return [{**(fixed or {}), **dict(zip(names, row, strict=True))} for row in zip(*columns.values(), strict=True)]


def alarms(findings: tuple[Finding, ...]) -> list[Finding]:
    """Those that an ordinary house may not have."""
    return [finding for finding in findings if finding.verdict in (Verdict.WARN, Verdict.FAIL)]
