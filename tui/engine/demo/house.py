"""The simulated house as a whole: it steps through the seconds, adds up power and integrates it into counters.

Power is a pure function of the second (`physics`); only counters, the quarter-hour average, the relays of sockets and
what batteries do (`battery`) are state. All times are UTC seconds; `local` converts one to the meter's clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from tui.engine.demo.battery import Group, Pack, PlugIn, error_w
from tui.engine.demo.pastpeaks import MONTHS, PastPeak, closed_at, past_peaks
from tui.engine.demo.physics import Flow, chance, wander

ZONE = ZoneInfo("Europe/Amsterdam")
QUARTER_S = 900
WATER_EVERY_S = 300
"""How often a water meter on the M-Bus of a DSMR 5 meter sends its value."""
SOURCE_OHM = 0.3
"""Impedance between the transformer and the house, per phase: it makes the voltage rise with export."""


@lru_cache(maxsize=64)
def local(second: int) -> datetime:
    """The meter's clock at a UTC second, with zone."""
    return datetime.fromtimestamp(second, UTC).astimezone(ZONE)


@dataclass(frozen=True, slots=True)
class Circuit:
    """One circuit with one kind of flow. `phase` is 1..3, or 0 for a third of the flow on each."""

    name: str
    flow: Flow
    phase: int
    power_factor: float = 1.0
    import_kwh: float = 0.0
    export_kwh: float = 0.0
    """The reading of its meter when the simulation begins."""


def group_of(circuits: Iterable[Circuit]) -> Group:
    """The batteries among circuits, as they stand when the simulation begins. Each is on a phase of its own choice."""
    return Group(Pack(one.name, one.flow.charge) for one in circuits if isinstance(one.flow, PlugIn))


@dataclass(slots=True)
class Register:
    """A pair of energy counters, in watt-seconds since the simulation began."""

    import_ws: float = 0.0
    export_ws: float = 0.0

    def add(self, watts: float, seconds: int) -> None:
        """Count `watts` that flowed for `seconds`."""
        if watts >= 0:
            self.import_ws += watts * seconds
        else:
            self.export_ws -= watts * seconds

    @property
    def import_kwh(self) -> float:
        return self.import_ws / 3.6e6

    @property
    def export_kwh(self) -> float:
        return self.export_ws / 3.6e6


@dataclass(frozen=True, slots=True)
class Peak:
    """The highest quarter-hour average of this month and the end of that quarter (UTC second, 0 if none yet)."""

    watts: float = 0.0
    at: int = 0


@dataclass(frozen=True, slots=True)
class GridReading:
    """The grid meter's values at one second. Phases are L1, L2, L3; tariffs are indexed by their number minus one."""

    second: int
    watts: float
    phase_w: tuple[float, float, float]
    phase_v: tuple[float, float, float]
    import_kwh: tuple[float, float]
    export_kwh: tuple[float, float]
    tariff: int
    gas_m3: float
    gas_at: int
    water_m3: float
    water_at: int
    average_w: float
    peak: Peak
    past_peaks: tuple[PastPeak, ...]


@dataclass(frozen=True, slots=True)
class Supply:
    """The grid connection of this house, and the reading of its grid meter when the simulation begins."""

    key: int
    day_tariff: int = 2
    """The tariff of a working day: 2 in the Netherlands, 1 in Flanders."""
    day_ends: int = 23
    import_kwh: tuple[float, float] = (10830.511, 2948.827)
    export_kwh: tuple[float, float] = (1285.951, 2876.510)
    gas_m3: float = 2569.646
    gas_every_s: int = 300
    gas_silent_s: int = 0
    """How long before the simulation its gas meter sent its last value; 0: it sends them."""
    water_m3: float = 123.456
    peak_w: float = 4610.0
    level_v: float = 234.0
    """The voltage around which each phase wanders."""

    def tariff_at(self, second: int) -> int:
        """The day tariff applies on working days from 7 o'clock until `day_ends`."""
        clock = local(second - second % QUARTER_S)
        is_day = clock.weekday() < 5 and 7 <= clock.hour < self.day_ends
        return self.day_tariff if is_day else 3 - self.day_tariff

    def volts(self, phase: int, second: int) -> float:
        """The voltage of a phase before this house draws anything."""
        return (
            self.level_v
            + 1.7 * wander(self.key + phase, second, 400)
            + 0.25 * (chance(self.key + 9 + phase, second) - 0.5)
        )


class House:
    """The house at one second. `advance` moves it on; everything else reads it."""

    def __init__(self, circuits: tuple[Circuit, ...], supply: Supply, gas: Flow, water: Flow, start: int) -> None:
        self.circuits = {circuit.name: circuit for circuit in circuits}
        self.supply, self.gas, self.water, self.start = supply, gas, water, start
        self._off: set[str] = set()
        self.watts = dict.fromkeys(self.circuits, 0.0)
        self.group = group_of(circuits)
        self.registers = {name: Register() for name in self.circuits}
        self._bare_w = self.phase_w = self.phase_v = (0.0, 0.0, 0.0)
        self.gas_m3 = supply.gas_m3
        self.water_m3 = 0.0
        self.water_lpm = 0.0
        self._tariffs = (Register(), Register())
        # The initial readings are those at the beginning of the clock quarter of the start. The counters run from
        # there, so that the quarter-hour average and the gas reading are right from the first answer.
        self.second = start - start % QUARTER_S
        self.tariff = supply.tariff_at(self.second)
        self._gas_read = (self.gas_m3, self.second - supply.gas_silent_s - self.second % supply.gas_every_s)
        self._water_read = (self.water_m3, self.second - self.second % WATER_EVERY_S)
        self._quarter_ws = 0.0
        self._peak = _earlier_peak(self.second, supply.peak_w)
        self._past_peaks = past_peaks(self.second, supply.key + 50, ZONE)
        self._flow(1)

    @property
    def net_w(self) -> float:
        """The power at the grid connection: loads minus sun, with what batteries do about it."""
        return sum(self.phase_w)

    def step(self, seconds: int) -> None:
        """Let `seconds` pass, with the power at their beginning for all of them."""
        if seconds > 1 and self.group.packs:
            self.group.hold(seconds)
            self._plug()
        for name, watts in self.watts.items():
            self.registers[name].add(watts, seconds)
        self.group.store(seconds)
        net = self.net_w
        self._tariffs[self.tariff - 1].add(net, seconds)
        self._quarter_ws += max(0.0, net) * seconds
        self.gas_m3 += self.gas.at(self.second - self.start) * seconds / 3600
        self.water_m3 += self.water_lpm * seconds / 60_000
        before, self.second = self.second, self.second + seconds
        if self.second // QUARTER_S != before // QUARTER_S:
            self._turn_quarter(before)
        if self.second % self.supply.gas_every_s < seconds and not self.supply.gas_silent_s:
            self._gas_read = (self.gas_m3, self.second - self.second % self.supply.gas_every_s)
        if self.second % WATER_EVERY_S < seconds:
            self._water_read = (self.water_m3, self.second - self.second % WATER_EVERY_S)
        self._flow(seconds)

    def switch(self, name: str, *, on: bool) -> None:
        """Close or open the relay in a circuit."""
        (self._off.discard if on else self._off.add)(name)
        self._flow()

    def _flow(self, passed_s: int = 0) -> None:
        """Update every flow for this second; batteries follow if time has passed."""
        moment = self.second - self.start
        phases = [0.0, 0.0, 0.0, 0.0]
        for name, circuit in self.circuits.items():
            watts = 0.0 if name in self._off else circuit.flow.at(moment)
            self.watts[name] = watts
            phases[circuit.phase] += watts
        spread = phases[0] / 3
        self._bare_w = (phases[1] + spread, phases[2] + spread, phases[3] + spread)
        if passed_s and self.group.packs:
            self.group.follow(sum(self._bare_w), error_w(self.supply.key, moment), passed_s)
        self._plug()
        self.water_lpm = self.water.at(moment)

    def _plug(self) -> None:
        """Add the batteries to what the house does without them."""
        phases = [*self._bare_w]
        for pack in self.group.packs:
            self.watts[pack.name] = pack.watts
            phases[self.circuits[pack.name].phase - 1] += pack.watts
        moment = self.second - self.start
        self.phase_w = (phases[0], phases[1], phases[2])
        self.phase_v = (self._volts(1, moment), self._volts(2, moment), self._volts(3, moment))

    def _turn_quarter(self, before: int) -> None:
        """Close the average of the quarter that `before` was in; update the month's peak and the tariff."""
        ended = before - before % QUARTER_S + QUARTER_S
        if (average := self._quarter_ws / QUARTER_S) > self._peak.watts:
            self._peak = Peak(average, ended)
        if local(self.second).month != local(before).month:
            closed = PastPeak(closed_at(self.second, ZONE), self._peak.at, self._peak.watts)
            self._past_peaks = (*self._past_peaks, closed)[-MONTHS:]
            self._peak = Peak()
        self._quarter_ws = 0.0
        self.tariff = self.supply.tariff_at(self.second)

    def _volts(self, phase: int, moment: int) -> float:
        free = self.supply.volts(phase, moment)
        return free - SOURCE_OHM * self.phase_w[phase - 1] / free

    def circuit_volts(self, circuit: Circuit) -> tuple[float, float, float]:
        """The voltage at a circuit's own meter: L1, L2, L3 if it has all three, else its own phase three times."""
        if circuit.phase == 0:
            return self.phase_v
        volts = self.phase_v[circuit.phase - 1]
        return (volts, volts, volts)

    def frequency_hz(self) -> float:
        """The frequency of the grid."""
        return 50 + 0.025 * wander(self.supply.key + 20, self.second - self.start, 45)

    def reading(self) -> GridReading:
        """The current values of the grid meter."""
        supply, (low, normal) = self.supply, self._tariffs
        return GridReading(
            second=self.second,
            watts=self.net_w,
            phase_w=self.phase_w,
            phase_v=self.phase_v,
            import_kwh=(supply.import_kwh[0] + low.import_kwh, supply.import_kwh[1] + normal.import_kwh),
            export_kwh=(supply.export_kwh[0] + low.export_kwh, supply.export_kwh[1] + normal.export_kwh),
            tariff=self.tariff,
            gas_m3=self._gas_read[0],
            gas_at=self._gas_read[1],
            water_m3=supply.water_m3 + self._water_read[0],
            water_at=self._water_read[1],
            average_w=self._quarter_ws / QUARTER_S,
            peak=self._peak,
            past_peaks=self._past_peaks,
        )


def _earlier_peak(second: int, watts: float) -> Peak:
    """A peak set earlier in the month: on the third at 18:15, or nothing yet in its first days."""
    at = local(second).replace(day=3, hour=18, minute=15, second=0, microsecond=0)
    peak = Peak(watts, math.floor(at.timestamp()))
    return peak if peak.at <= second else Peak()
