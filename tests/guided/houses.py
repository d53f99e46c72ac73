"""Simulated houses for the guided test: what is true in them, what their meters say, and a person with a kettle.

A house is drawn from its kind and a seed, and is the same each time. Seconds are counted from the start of the
simulation. The meters are wired, delayed, wrong and lossy as the module's tables say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.guided.loads import OTHERS, Power, base, cycling
from tests.guided.wired import BEFORE_S, Connection, Wired, outage
from tui.core.guided.judging import Wiring
from tui.core.guided.trial import Asks, Meter, Trial

KINDS = ("HWE-SKT", "HWE-KWH1", "HWE-KWH3", "P1 3-phase DSMR 5", "P1 3-phase DSMR 4", "P1 1-phase")
BATTERY_W, BATTERY_AFTER_S = 800.0, 4
"""A plug-in battery that keeps the connection at 0 W: its power, and how late it is."""


@dataclass
class Truth:
    """What a test should find."""

    load_phase: int
    """1, 2 or 3."""
    names_ok: bool = True
    sign: int = 1
    ratio: float = 1.0
    """The connection's rise for each watt of the meter; 0: the load is not behind it."""
    meter_phase: int = 0
    """Which phase of a meter of three the load is on."""
    halves: bool = False
    """3x230 V that nobody declared, and the load between L1 and L3: half of it is seen on each."""


class House:
    """A house of a kind, and its test."""

    LONGEST_S = 900

    def __init__(self, kind: str, seed: int, loads: float = 1.0) -> None:
        self.random = random = Random(f"{kind}/{seed}")
        self.kind, self.seed = kind, seed
        has_subject = not kind.startswith("P1") or random.random() < 0.5
        self.product = kind if not kind.startswith("P1") else "HWE-SKT"
        wiring, slow, self.has_neutral = self._grid()
        self.connection = Connection(random, wiring, slow=slow)
        phases = 1 if wiring is Wiring.ONE else 3
        self.truth = Truth(random.randint(1, phases))
        self.loads: list[tuple[tuple[float, ...], Power]] = []
        for phase in range(phases):
            self.loads.append((_on(phase), base(random)))
        for make, often, may_be_three in OTHERS:
            if random.random() < often * loads:
                three = may_be_three and phases == 3 and random.random() < 0.35
                self.loads.append(((1.0, 1.0, 1.0) if three else _on(random.randrange(phases)), make(random)))
        self.battery = _on(random.randrange(phases)) if random.random() < 0.05 else None
        self.load_w = random.uniform(1500, 2400) if random.random() < 0.8 else random.uniform(600, 3000)
        self.values: list[list[float]] = []
        self.is_on = False
        self.acts: list[tuple[float, bool]] = []
        self.switched: list[float] = []
        self._battery_w = 0.0
        self.wired: list[Wired] = []
        self.subject: Wired | None = None
        self.behind: Wired | None = None
        """The meter that the load is behind."""
        if has_subject:
            self._mount()
        declared = wiring
        if not self.has_neutral and random.random() < 0.2 and wiring is Wiring.NO_NEUTRAL:
            declared = Wiring.THREE
            self.connection.meter = Meter("grid", (1, 2, 3))
            self.truth.halves = self.truth.load_phase == 3
            self.truth.load_phase = {1: 1, 2: 3, 3: 0}[self.truth.load_phase]
        self.declared = declared
        connection = None if self.no_connection else self.connection.meter
        others = [one.meter for one in self.wired if one is not self.subject]
        self.trial = Trial(self.subject.meter if self.subject else None, connection, declared, others)
        self._verdict_s: dict[tuple[str, int, str], float] = {}
        """Seconds from the last switch that it rests on to each certainty of each answer."""
        self.is_deaf = False
        """Nobody is there."""
        self.ever_proven: set[str] = set()
        self.said_wrong: set[str] = set()
        """What was said at any time and is not so."""

    def _grid(self) -> tuple[Wiring, bool, bool]:
        random = self.random
        self.no_connection = False
        if self.kind == "P1 3-phase DSMR 5":
            return Wiring.THREE, False, True
        if self.kind == "P1 3-phase DSMR 4":
            return Wiring.THREE, True, True
        if self.kind == "P1 1-phase":
            return Wiring.ONE, random.random() < 0.2, True
        drawn = random.random()
        if drawn < 0.68:
            return Wiring.THREE, False, True
        if drawn < 0.78:
            return Wiring.THREE, True, True
        if drawn < 0.88:
            return Wiring.ONE, random.random() < 0.2, True
        if drawn < 0.93:
            return Wiring.TOTAL_ONLY, random.random() < 0.5, True
        if drawn < 0.98:
            return Wiring.NO_NEUTRAL, False, False
        self.no_connection = True
        return Wiring.THREE, False, True

    def _wired(self, key: str, product: str, phases: tuple[int, ...], *, may_turn: bool) -> Wired:
        random = self.random
        signs = tuple(-1 if may_turn and random.random() < 0.25 else 1 for _ in phases)
        return Wired(
            Meter(key, (0,) if len(phases) == 1 else (1, 2, 3), can_turn=may_turn),
            phases,
            signs,
            random.gauss(1, 0.008),
            random.uniform(0, 10),
            random.choice((0, 0, 0.005, 0.03)),
            outage(random),
            random.choice((0.1, 1)),
            random.random(),
        )

    def _mount(self) -> None:
        """The meter under test, and others beside it."""
        random, phases = self.random, len(self.loads) and (1 if self.connection.wiring is Wiring.ONE else 3)
        three = self.product == "HWE-KWH3" and phases == 3
        order = random.sample((1, 2, 3), 3) if three else [self.truth.load_phase]
        subject = self._wired("subject", self.product, tuple(order), may_turn=self.product != "HWE-SKT")
        self.wired.append(subject)
        self.subject = self.behind = subject
        for number in range(random.randint(0, 3)):
            other = self._wired(f"other{number}", "HWE-SKT", (random.randint(1, phases),), may_turn=False)
            self.wired.append(other)
        mine = order.index(self.truth.load_phase)
        if len(self.wired) > 1 and random.random() < 0.1 and not three:
            self.behind = self.wired[1]
            self.truth.names_ok = False
            self.truth.load_phase = self.behind.phases[0]
        self.truth.meter_phase = mine + 1 if three else 0
        self.truth.sign = subject.signs[mine]
        drawn = random.random()
        self.truth.ratio = 0.0 if drawn < 0.03 else random.choice((0.5, 2.0)) if drawn < 0.06 else 1.0
        self.branch: dict[int, list[tuple[tuple[float, ...], Power]]] = {}
        for at, one in enumerate(self.wired):
            own: list[tuple[tuple[float, ...], Power]] = []
            if random.random() < 0.4:  # something else behind this meter, too
                load = random.choice(self.loads[phases:] or self.loads)
                if self.truth.ratio == 1.0 and sum(load[0]) == 1.0 and 1.0 in [load[0][p - 1] for p in one.phases]:
                    own.append(load)
            elif random.random() < 0.3:
                phase = one.phases[0]
                load = (_on(phase - 1), cycling(random, random.uniform(20, 200), (20, 300), (20, 300)))
                if self.truth.ratio == 1.0:
                    self.loads.append(load)
                    own.append(load)
            self.branch[at] = own

    # ------------------------------------------------------------------ time

    def run(self) -> House:
        """Until the test is over."""
        random, trial, second = self.random, self.trial, 0
        heard = 0
        meters: list[Wired | Connection] = [*self.wired] if self.no_connection else [*self.wired, self.connection]
        while second < self.LONGEST_S and trial.asks is not Asks.OVER:
            self._pass(second)
            for one in meters:
                answer = one.answer(second, random)
                if answer is not None:
                    one.meter.take(*answer)
            second += 1
            if second == BEFORE_S:
                trial.start(second)
            trial.tick(second)
            if len(trial.cues) > heard:
                heard = len(trial.cues)
                self._hear(trial.cues[-1].at, trial.cues[-1].on)
            self._note(second)
        self.seconds = second
        return self

    def pass_time(self, seconds: int) -> None:
        """Let the house live, without a test."""
        meters: list[Wired | Connection] = [*self.wired] if self.no_connection else [*self.wired, self.connection]
        for second in range(seconds):
            self._pass(second)
            for one in meters:
                answer = one.answer(second, self.random)
                if answer is not None:
                    one.meter.take(*answer)

    def _hear(self, at: float, on: bool) -> None:
        """A person acts on a cue: mostly soon, at times late, at times not at all."""
        random, drawn = self.random, self.random.random()
        if drawn < 0.04 or self.is_deaf:
            return
        after = random.uniform(1.5, 12) if drawn < 0.9 else random.uniform(12, 35)
        self.acts = [*self.acts, (max(at + after, (self.acts[-1][0] + 3) if self.acts else 0.0), on)]

    def _load(self, second: int) -> float:
        """The load under test in a second, with its part of the second in which it switches."""
        power, is_on, since = 0.0, self.is_on, float(second)
        while self.acts and self.acts[0][0] < second + 1:
            at, on = self.acts.pop(0)
            if on is not is_on:
                self.switched.append(at)
            power += (at - since) * is_on
            is_on, since = on, at
        power += (second + 1 - since) * is_on
        self.is_on = is_on
        return self.load_w * power * self.random.gauss(1, 0.002) if power else 0.0

    def _pass(self, second: int) -> None:
        """The truth of a second, at the connection and at each meter."""
        mine = self._load(second)
        drawn = [(shares, power(second)) for shares, power in self.loads]
        net = [sum(shares[phase] * watts for shares, watts in drawn) for phase in range(3)]
        by_load = dict(zip((id(power) for _, power in self.loads), (watts for _, watts in drawn), strict=True))
        if self.truth.load_phase and not self.truth.halves and self.has_neutral:
            net[self.truth.load_phase - 1] += mine * (1.0 if self.truth.ratio else 0.0)
        elif self.truth.ratio:
            net = [net[0] + mine * self._shares[0], net[1], net[2] + mine * self._shares[1]]
        if self.battery:
            self._battery_w = self._discharge(net)
            net = [watts + share * self._battery_w for watts, share in zip(net, self.battery, strict=True)]
        if not self.has_neutral:
            net = [net[0] + net[1] / 2, 0.0, net[2] + net[1] / 2]
        self.values.append(net)
        self.connection.telegram(second, self.values)
        for at, one in enumerate(self.wired):
            here = [0.0] * len(one.phases)
            for shares, power in self.branch[at]:
                for place, phase in enumerate(one.phases):
                    here[place] += shares[phase - 1] * by_load[id(power)]
            if one is self.behind:
                ratio = self.truth.ratio or 1.0
                here[max(0, self.truth.meter_phase - 1)] += mine / ratio
            one.values.append(here)

    @property
    def _shares(self) -> tuple[float, float]:
        """Of a load between two lines of 3x230 V, what each of the two wattmeters sees."""
        if self.truth.halves:
            return (0.5, 0.5)
        return (1.0, 0.0) if self.truth.load_phase == 1 else (0.0, 1.0)

    def _discharge(self, net: list[float]) -> float:
        past = self.values[-BATTERY_AFTER_S:]
        if len(past) < BATTERY_AFTER_S:
            return 0.0
        wanted = self._battery_w - sum(past[0])
        return max(-BATTERY_W, min(BATTERY_W, self._battery_w + 0.5 * (wanted - self._battery_w)))

    def _note(self, second: int) -> None:
        for answer in self.trial.answers:
            self.ever_proven |= {answer.value} if answer.certainty == "proven" else set()
            key = (answer.question, answer.of, answer.certainty)
            if key not in self._verdict_s and self.switched:
                self._verdict_s[key] = second - self.switched[-1]
                self.said_wrong.update(self.wrong())

    # ------------------------------------------------------------------ what it says against what is so

    def wrong(self) -> Iterator[str]:
        """What was named and is not so."""
        truth = self.truth
        for answer in self.trial.answers:
            if answer.is_final and answer.why == "together" and not truth.halves:
                yield f"proven: {answer.question} on several of {answer.of} ({answer.log_odds:.1f})"
            if not answer.value or answer.certainty not in ("proven", "likely"):
                continue
            text = f"{answer.certainty}: {answer.question} {answer.value} of {answer.of} ({answer.log_odds:.1f})"
            match answer.question:
                case "name":
                    is_so = answer.value == (self.behind.meter.key if self.behind else "")
                case "phase":
                    mapped = truth.load_phase
                    if self.subject and (answer.of not in (0, truth.meter_phase) or not truth.names_ok):
                        mapped = self.subject.phases[max(0, answer.of - 1)]
                    is_so = answer.value == f"L{mapped}" and truth.ratio != 0
                    if self.connection.wiring is Wiring.ONE:
                        is_so = answer.value == "L1"
                case "direction":
                    sign = self.subject.signs[max(0, answer.of - 1)] if self.subject else 1
                    is_so = answer.value == ("right" if sign > 0 else "reversed")
                case _:
                    is_so = answer.value == ("same" if truth.ratio == 1 else "none" if truth.ratio == 0 else "other")
            if not is_so:
                yield text

    def proven_s(self) -> list[float]:
        """Seconds from the last time that the load was switched to the proof of each phase and direction."""
        wanted = ("phase", "direction")
        return [
            after for (question, _, sure), after in self._verdict_s.items() if sure == "proven" and question in wanted
        ]

    @property
    def latest_s(self) -> float:
        """How late the slower of the meters is, in seconds."""
        of_subject = self.subject.delay_s if self.subject else 0.0
        return of_subject if self.no_connection else max(of_subject, self.connection.delay_s)

    @property
    def is_sure(self) -> bool:
        """Whether the test ended with every answer proven, or with what this house cannot tell."""
        answers = [one for one in self.trial.answers if one.question != "rise" or one.value == "none"]
        return bool(answers) and all(one.is_final for one in answers)


def _on(phase: int) -> tuple[float, float, float]:
    return (float(phase == 0), float(phase == 1), float(phase == 2))
