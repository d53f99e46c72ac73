"""The wires of an ordinary house by the second: what switches on them, and the voltage that it leaves. Small and pure.

Everything is drawn from one `Random`, so a seed is a house. Powers are in watts, import positive.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

Watts = list[float]
Appliance = Callable[[Random, int], Watts]
"""The power of an appliance by the second, for so many seconds."""


def steady(watts: float, noise: float = 4.0) -> Appliance:
    """Lights, a router, a television."""
    return lambda random, seconds: [watts + noise * (random.random() - 0.5) for _ in range(seconds)]


def still(watts: float, every_s: int = 400) -> Appliance:
    """What does not change for minutes."""

    def power(random: Random, seconds: int) -> Watts:
        levels = [watts + random.randrange(3) for _ in range(seconds // every_s + 1)]
        return [levels[second // every_s] for second in range(seconds)]

    return power


def bursts(watts: float, on_s: tuple[int, int], off_s: tuple[int, int]) -> Appliance:
    """A kettle, an oven on its thermostat, a washing machine that heats."""

    def power(random: Random, seconds: int) -> Watts:
        level, result = watts * random.uniform(0.93, 1.03), [0.0] * random.randint(0, off_s[1])
        while len(result) < seconds:
            result += [level + 12 * random.random() for _ in range(random.randint(*on_s))]
            result += [0.0] * random.randint(*off_s)
        return result[:seconds]

    return power


def heat_pump(most: float) -> Appliance:
    """It starts softly, modulates, and rests."""

    def power(random: Random, seconds: int) -> Watts:
        first, turn = random.randint(0, 300), random.uniform(0.01, 0.03)
        return [
            most * min(1.0, (second - first) / 60) * (0.75 + 0.2 * math.sin(turn * second)) + 9 * random.random()
            if second >= first
            else 12.0
            for second in range(seconds)
        ]

    return power


def sun(watts: float, *, clouds: bool = True) -> Appliance:
    """Panels at noon; the edge of a cloud takes some seconds."""

    def power(random: Random, seconds: int) -> Watts:
        share, wanted, result = 1.0, 1.0, []
        for _ in range(seconds):
            if clouds and random.random() < 0.01:
                wanted = random.choice((1.0, 1.0, random.uniform(0.25, 0.9)))
            share += max(-0.12, min(0.12, wanted - share))
            result.append(-watts * share * (1 - 0.01 * random.random()))
        return result

    return power


@dataclass(frozen=True, slots=True)
class Circuit:
    """An appliance on a phase, or on all three alike (0). `name` is what a meter of its own would be called."""

    appliance: Appliance
    phase: int = 1
    name: str = ""


@dataclass
class Mains:
    """A house's powers and voltages by the second. `volts_at` is a voltage of L1 and the power at which it has that."""

    random: Random
    seconds: int
    circuits: tuple[Circuit, ...]
    phases: int = 3
    volts_at: tuple[float, float] = (231.0, 0.0)
    noise_v: float = 0.3
    calm: bool = False
    """The voltage stands still, too: what a meter rounds does not change for minutes."""
    own: dict[str, Watts] = field(default_factory=dict)
    """The power of each named circuit."""

    def __post_init__(self) -> None:
        self.watts: list[Watts] = [[0.0] * self.seconds for _ in range(self.phases)]
        for circuit in self.circuits:
            power = circuit.appliance(self.random, self.seconds)
            if circuit.name:
                self.own[circuit.name] = power
            wires = range(self.phases) if circuit.phase == 0 else (circuit.phase - 1,)
            for wire in wires:
                share = len(wires)
                self.watts[wire] = [total + more / share for total, more in zip(self.watts[wire], power, strict=True)]
        self.volts: list[Watts] = list(self._volts())

    def _volts(self) -> Iterator[Watts]:
        """Each phase sags with its own load, the others rise a little by what flows back through the neutral."""
        random, ohm = self.random, self.random.uniform(0.2, 0.4)
        tap_at, tap_v = random.randrange(self.seconds), random.choice((0.0, 0.0, 3.4, -3.4))
        volts, at_w = self.volts_at
        free_v = volts + ohm * at_w / 230
        tap_v = -abs(tap_v) if at_w < 0 else tap_v
        slow = random.uniform(0.004, 0.01)
        for phase, own in enumerate(self.watts):
            level = free_v + (random.uniform(-1.5, 1.5) if phase else 0.0)
            others = [sum(watts) for watts in zip(*self.watts, strict=True)]
            tap = 0.0 if self.calm else tap_v
            swing, noise = (0.0, 0.0) if self.calm else (1.0, self.noise_v)
            yield [
                round(
                    level
                    + swing * math.sin(slow * second + phase)
                    + (tap if second > tap_at else 0.0)
                    + noise * (random.random() - 0.5)
                    - ohm * watts / 230
                    + 0.2 * ohm * (total - watts) / 230,
                    1,
                )
                for second, (watts, total) in enumerate(zip(own, others, strict=True))
            ]
