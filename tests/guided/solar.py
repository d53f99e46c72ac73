"""A simulated house whose meter under test is that of an inverter: the person switches it off, and on again."""

from __future__ import annotations

from tests.guided.houses import House
from tests.guided.loads import Power
from tui.core.guided.trial import Asks, Trial

SOLAR = "HWE-KWH1 at an inverter"


class SolarHouse(House):
    """The sun shines, at times through clouds. The inverter stops at once, and starts slowly after a minute or more."""

    LONGEST_S = 3300

    def __init__(self, kind: str, seed: int, loads: float = 1.0) -> None:
        super().__init__(kind, seed, loads)
        assert self.subject is not None
        self.behind, self.truth.names_ok = self.subject, True
        self.truth.load_phase = self.subject.phases[0] if self.has_neutral else self.truth.load_phase
        if self.random.random() < 0.9:
            self.branch[0] = []  # an inverter mostly has a group of its own
        connection = None if self.no_connection else self.connection.meter
        others = [one.meter for one in self.wired if one is not self.subject]
        self.trial = Trial(self.subject.meter.of_source(), connection, self.declared, others, is_source=True)
        self._shine = self._sun()
        self._off_at: float | None = None
        self._starts: tuple[float, float] | None = None
        """When it starts again, and how many seconds it takes to be at its full power."""
        self._told = Asks.WAIT

    def _sun(self) -> Power:
        random = self.random
        peak, light, goal, slope = random.uniform(800, 4500), 1.0, 1.0, 0.0
        cloudy = random.random() < 0.5

        def power(second: int) -> float:
            nonlocal light, goal, slope
            if cloudy and random.random() < 1 / 40:
                goal = random.uniform(0.4, 1.0)
                slope = abs(goal - light) / random.uniform(3, 30)
            light += max(-slope, min(slope, goal - light))
            return -peak * light * random.gauss(1, 0.004)

        return power

    def _hear(self, at: float, on: bool) -> None:
        drawn = self.random.random()
        if drawn < 0.04 or self.is_deaf or self._off_at is not None:
            return
        self._off_at = at + (self.random.uniform(3, 14) if drawn < 0.9 else self.random.uniform(14, 35))
        self._starts = None

    def _load(self, second: int) -> float:
        """What the inverter gives in a second, as a load: at most 0."""
        random, asks = self.random, self.trial.asks
        if asks is Asks.OFF and self._told is not asks and self._off_at is not None:
            self._starts = second + random.uniform(5, 30) + random.uniform(60, 200), random.uniform(20, 120)
        self._told = asks
        watts = self._shine(second)
        if self._off_at is None or second + 1 <= self._off_at:
            return watts
        if self._off_at >= second:
            self.switched.append(self._off_at)
            return watts * (self._off_at - second)
        if self._starts is None or second < self._starts[0]:
            return 0.0
        begun, lasts_s = self._starts
        share = (second - begun) / lasts_s
        if share >= 1.0:
            self._off_at = self._starts = None
        return watts * min(1.0, share)


def house(kind: str, seed: int, loads: float = 1.0) -> House:
    """The house of a kind and a seed."""
    return (SolarHouse if kind == SOLAR else House)(kind, seed, loads)
