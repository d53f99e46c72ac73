"""The voltage over days and weeks as 10-minute means, which the norm speaks of and a grid operator asks for.

Pure, and a row at a time: a year fits in no memory. Windows lie on the clock, and count if nine of their ten minutes
were measured (own choice: a poll that fails now and then leaves no hole in a record).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tui.core.past.history import Row
from tui.core.quantities import PHASES

WINDOW_S = 600
LEAST_MINUTES = 9
DEAD_V = 115.0
"""A phase below this is absent and no slow voltage, as in the check (`checks.evidence`)."""
LOW_V, HIGH_V = 207.0, 253.0
"""230 V plus and minus 10 % (Dutch Netcode, as quoted at schrijvendemeter.nl/netcode; NEN-EN 50160)."""


class Spread(NamedTuple):
    """One phase in one window, in volts: the mean, and the lowest and highest sample."""

    mean: float
    low: float
    high: float


class Window(NamedTuple):
    """Ten minutes of one meter."""

    start: int
    """Seconds since 1970."""
    phases: Mapping[int, Spread]
    """By phase; 1 also for the one voltage of a meter without others."""
    power_w: float | None
    """Its mean; export is negative."""

    @property
    def export_w(self) -> float | None:
        """The mean power to the grid; 0 where it drew."""
        return None if self.power_w is None else max(0.0, -self.power_w)


class Excursion(NamedTuple):
    """Windows one after the other that were all too high, or all too low."""

    start: int
    end: int
    worst_v: float
    """Of their means."""
    is_high: bool

    @property
    def lasted_s(self) -> int:
        """How long it was."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class VoltageRecord:
    """One phase over a span. Of means only; nothing in it speaks of single samples."""

    phase: int
    windows: int = 0
    """How many counted."""
    high: int = 0
    """How many had a mean above the range."""
    low: int = 0
    """How many below it."""
    highest: tuple[float, int] | None = None
    """The highest mean in volts, and when its window began."""
    lowest: tuple[float, int] | None = None
    longest: Excursion | None = None

    @property
    def outside_pct(self) -> float:
        """The share of windows outside the range, in percent; 0 without any."""
        return 100.0 * (self.high + self.low) / self.windows if self.windows else 0.0


def windows(minutes: Iterable[Row]) -> Iterator[Window]:
    """The full windows among the minutes of one meter, which come in the order of time."""
    held: list[Row] = []
    for row in minutes:
        if held and row.start // WINDOW_S != held[0].start // WINDOW_S:
            yield from _window(held)
            held = []
        held.append(row)
    if held:
        yield from _window(held)


def _window(rows: list[Row]) -> Iterator[Window]:
    phases = {phase: spread for phase in PHASES if (spread := _spread(rows, phase)) is not None}
    powers = [row.bands["power_w"].mean for row in rows if "power_w" in row.bands]
    power = sum(powers) / len(powers) if powers else None
    if phases:
        yield Window(rows[0].start // WINDOW_S * WINDOW_S, phases, power)


def _spread(rows: list[Row], phase: int) -> Spread | None:
    """Of minutes alike: the norm's mean is over time, however many samples a minute had."""
    names = (f"voltage_l{phase}_v", *(("voltage_v",) if phase == 1 else ()))
    found = [next((row.bands[name] for name in names if name in row.bands), None) for row in rows]
    bands = [band for band in found if band is not None and band.mean >= DEAD_V]
    if len(bands) < LEAST_MINUTES:
        return None
    mean = sum(band.mean for band in bands) / len(bands)
    return Spread(round(mean, 2), min(band.low for band in bands), max(band.high for band in bands))


class RecordKeeper:
    """Adds up windows into the record of each phase."""

    def __init__(self, low_v: float = LOW_V, high_v: float = HIGH_V) -> None:
        self._low_v, self._high_v = low_v, high_v
        self._phases: dict[int, _Phase] = {}

    def add(self, window: Window) -> None:
        """One more window, later than all before it."""
        for phase, spread in window.phases.items():
            kept = self._phases.setdefault(phase, _Phase(phase))
            kept.add(window.start, spread.mean, is_high=spread.mean > self._high_v, is_low=spread.mean < self._low_v)

    def records(self) -> tuple[VoltageRecord, ...]:
        """What they come to, by phase."""
        return tuple(self._phases[phase].record() for phase in sorted(self._phases))

    def beyond(self, window: Window) -> Mapping[int, Spread]:
        """The phases of a window that are outside the range."""
        return {
            phase: spread for phase, spread in window.phases.items() if not self._low_v <= spread.mean <= self._high_v
        }


class _Phase:
    """One phase as it is added up."""

    def __init__(self, phase: int) -> None:
        self._phase = phase
        self._windows = self._high = self._low = 0
        self._highest: tuple[float, int] | None = None
        self._lowest: tuple[float, int] | None = None
        self._longest: Excursion | None = None
        self._running: Excursion | None = None

    def add(self, start: int, mean: float, *, is_high: bool, is_low: bool) -> None:
        self._windows += 1
        self._high += is_high
        self._low += is_low
        if self._highest is None or mean > self._highest[0]:
            self._highest = mean, start
        if self._lowest is None or mean < self._lowest[0]:
            self._lowest = mean, start
        if not is_high and not is_low:
            self._running = None
            return
        before = self._running
        if before is not None and before.end == start and before.is_high is is_high:
            worst = max(before.worst_v, mean) if is_high else min(before.worst_v, mean)
            self._running = Excursion(before.start, start + WINDOW_S, worst, is_high)
        else:
            self._running = Excursion(start, start + WINDOW_S, mean, is_high)
        if self._longest is None or self._running.lasted_s > self._longest.lasted_s:
            self._longest = self._running

    def record(self) -> VoltageRecord:
        return VoltageRecord(
            self._phase, self._windows, self._high, self._low, self._highest, self._lowest, self._longest
        )


def voltage_records(minutes: Iterable[Row], low_v: float = LOW_V, high_v: float = HIGH_V) -> tuple[VoltageRecord, ...]:
    """The record of each phase over minutes in the order of time."""
    keeper = RecordKeeper(low_v, high_v)
    for window in windows(minutes):
        keeper.add(window)
    return keeper.records()
