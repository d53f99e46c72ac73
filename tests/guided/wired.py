"""The meters of a simulated house, as they are mounted: wired, turned, delayed, wrong and lossy."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tui.core.guided.judging import Wiring
from tui.core.guided.trial import Meter

BEFORE_S = 120
"""How long the house was watched before the test begins. The program's record holds five minutes."""


@dataclass
class Wired:
    """A meter as it is mounted: which phases of the connection its own are, which way round, how far off it is."""

    meter: Meter
    phases: tuple[int, ...]
    signs: tuple[int, ...]
    gain: float
    delay_s: float
    lost: float
    outage: tuple[int, int]
    quantum: float
    offset: float = 0.5
    values: list[list[float]] = field(default_factory=list)
    """What was true at each of its phases, by second."""

    def answer(self, second: int, random: Random) -> tuple[float, dict[int, float | None]] | None:
        """What it answers to the question of this second, and when; None: nothing."""
        at = second + self.offset + random.gauss(0, 0.05)
        of = int(at - self.delay_s)
        if of < 0 or random.random() < self.lost or self.outage[0] <= second < self.outage[1]:
            return None
        shown = [
            round(sign * value * self.gain / self.quantum) * self.quantum
            for sign, value in zip(self.signs, self.values[min(of, second)], strict=True)
        ]
        keys = list(self.meter.channels)
        if len(shown) == 1 or keys == [0]:
            return at, {keys[0]: sum(shown)}
        return at, dict(zip(keys, shown, strict=True))


class Connection:
    """The smart meter and its P1."""

    def __init__(self, random: Random, wiring: Wiring, *, slow: bool) -> None:
        self.wiring, self.slow = wiring, slow
        phases = (1, 2, 3) if wiring is Wiring.THREE else (0,)
        self.meter = Meter("grid", phases, refresh_s=10.0 if slow else 1.0)
        self.gain = random.gauss(1, 0.007)
        self.quantum = random.choice((1, 10)) if slow else 1
        self.delay_s, self.offset = random.uniform(0, 10), random.random()
        self.lost = random.choice((0, 0, 0.005, 0.03))
        self.outage = outage(random)
        self.phase_s, self.averages = random.randrange(10), slow and random.random() < 0.15
        self.telegrams: list[list[float]] = []

    def telegram(self, second: int, values: list[list[float]]) -> None:
        """The telegram of a second."""
        if not self.slow:
            now = values[-1]
        elif second % 10 != self.phase_s and self.telegrams:
            self.telegrams.append(self.telegrams[-1])
            return
        elif self.averages:
            last = values[-10:]
            now = [sum(column) / len(last) for column in zip(*last, strict=True)]
        else:
            now = values[-1]
        self.telegrams.append([round(value * self.gain / self.quantum) * self.quantum for value in now])

    def answer(self, second: int, random: Random) -> tuple[float, dict[int, float | None]] | None:
        """As that of a meter."""
        at = second + self.offset + random.gauss(0, 0.05)
        of = int(at - self.delay_s)
        if of < 0 or random.random() < self.lost or self.outage[0] <= second < self.outage[1]:
            return None
        telegram = self.telegrams[min(of, second)]
        if 0 in self.meter.channels:
            return at, {0: sum(telegram)}
        return at, dict(zip((1, 2, 3), telegram, strict=True))


def outage(random: Random) -> tuple[int, int]:
    """When a device does not answer: mostly never, at times for some seconds."""
    if random.random() < 0.9:
        return (0, 0)
    start = random.randrange(BEFORE_S, BEFORE_S + 90)
    return start, start + random.randint(3, 15)
