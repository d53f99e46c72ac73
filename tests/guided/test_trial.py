"""One guided test at a time, in houses where all is said: what is asked, what is answered, and how soon."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from tests.guided.loads import oven
from tui.core.guided.answer import Answer, Certainty, Question, Why
from tui.core.guided.judging import Judge, Wiring
from tui.core.guided.trial import MOST_CUES, Asks, Meter, Trial

BEFORE_S = 120
LOAD_W = 2000.0
Watts = Callable[[int, float], float]
"""What a channel shows at a second, when the load under test draws so much there."""


class Scene:
    """A house in which a person does what is asked, `after_s` seconds later."""

    def __init__(
        self,
        meters: dict[str, dict[int, Watts]],
        *,
        wiring: Wiring = Wiring.THREE,
        delays: dict[str, int] | None = None,
        after_s: float = 3.0,
        acts: bool = True,
        refresh_s: float = 1.0,
    ) -> None:
        self.random = Random(5)
        self.meters = {
            key: Meter(key, tuple(shown), refresh_s=refresh_s if key == "grid" else 1.0)
            for key, shown in meters.items()
        }
        self.shown, self.delays = meters, delays or {}
        self.after_s, self.acts = after_s, acts
        self.load = [0.0]
        others = [meter for key, meter in self.meters.items() if key.startswith("other")]
        self.trial = Trial(self.meters.get("meter"), self.meters.get("grid"), wiring, others)
        self.switched: list[int] = []
        self.asked: list[tuple[int, Asks]] = []
        self.proven: set[tuple[Question, str]] = set()
        """What was ever proven."""
        self.proven_s: dict[tuple[Question, int], int] = {}

    def run(self, seconds: int = 600) -> dict[Question, Answer]:
        """Until the test is over; the answers by question."""
        due: list[tuple[float, bool]] = []
        for second in range(seconds):
            for at, on in due:
                if second <= at < second + 1 and bool(self.load[-1]) is not on:
                    self.switched.append(second)
            now = next((LOAD_W * on for at, on in reversed(due) if at < second + 1), 0.0)
            self.load.append(now)
            for key, meter in self.meters.items():
                of = max(0, second - self.delays.get(key, 0))
                meter.take(
                    second + 0.5,
                    {
                        phase: watts(of, self.load[of + 1]) + self.random.gauss(0, 3)
                        for phase, watts in self.shown[key].items()
                    },
                )
            if second == BEFORE_S:
                self.trial.start(second)
            cues = len(self.trial.cues)
            self.trial.tick(second + 1)
            if second >= BEFORE_S and (second == BEFORE_S or len(self.trial.cues) > cues):
                cue = self.trial.cues[-1]
                self.asked.append((second, Asks.ON if cue.on else Asks.OFF))
                if self.acts:
                    due.append((second + 1 + self.after_s, cue.on))
            for answer in self.trial.answers:
                if answer.certainty is Certainty.PROVEN:
                    self.proven.add((answer.question, answer.value))
                if answer.certainty is Certainty.PROVEN and self.switched:
                    self.proven_s.setdefault((answer.question, answer.of), second + 1 - self.switched[-1])
            if self.trial.asks is Asks.OVER:
                break
        return {answer.question: answer for answer in self.trial.answers}


def idle(second: int, load: float) -> float:
    return 150.0


def with_load(second: int, load: float) -> float:
    return 200.0 + load


def only_load(second: int, load: float) -> float:
    return load


def turned(second: int, load: float) -> float:
    return -load


def grid(phase: int) -> dict[int, Watts]:
    """A smart meter that shows the load on one phase."""
    return {one: with_load if one == phase else idle for one in (1, 2, 3)}


def told(answers: dict[Question, Answer]) -> dict[str, str]:
    """What is proven."""
    return {str(one.question): one.value for one in answers.values() if one.certainty is Certainty.PROVEN}


@pytest.mark.parametrize("phase", [1, 2, 3])
@pytest.mark.parametrize(("shown", "turn"), [(only_load, "right"), (turned, "reversed")])
def test_phase_direction_and_rise_of_a_meter(phase: int, shown: Watts, turn: str) -> None:
    scene = Scene({"meter": {0: shown}, "grid": grid(phase)})
    assert told(scene.run()) == {"phase": f"L{phase}", "direction": turn, "rise": "same"}
    assert len(scene.asked) <= 2  # no more is asked than it takes


@pytest.mark.parametrize(
    ("of_meter", "of_grid", "most_s"),
    [(0, 0, 15), (0, 10, 15), (3, 7, 15), (5, 2, 15), (8, 8, 25), (10, 0, 15)],
)
def test_the_verdict_is_there_within_15_seconds_of_a_step(of_meter: int, of_grid: int, most_s: int) -> None:
    """Two meters that are 8 s late may still be 10 s apart, for all that one step tells: that has to be awaited."""
    scene = Scene({"meter": {0: only_load}, "grid": grid(2)}, delays={"meter": of_meter, "grid": of_grid})
    assert told(scene.run())["phase"] == "L2"
    assert scene.proven_s[Question.PHASE, 0] <= most_s


def test_each_phase_of_a_meter_of_three_is_told_by_the_load_on_it() -> None:
    meter = {1: lambda second, load: 300.0, 2: lambda second, load: 400.0 - load, 3: lambda second, load: 0.0}
    answers = Scene({"meter": meter, "grid": grid(3)}).run()
    assert (answers[Question.PHASE].of, answers[Question.PHASE].value) == (2, "L3")
    assert answers[Question.DIRECTION].value == "reversed"


def test_the_phase_of_a_load_without_a_meter_takes_it_on_and_off_and_on() -> None:
    scene = Scene({"grid": grid(3)})
    assert told(scene.run()) == {"phase": "L3"}
    assert [asks for _, asks in scene.asked] == [Asks.ON, Asks.OFF, Asks.ON]
    assert scene.proven_s[Question.PHASE, 0] <= 15


def test_an_oven_on_another_phase_is_not_the_load() -> None:
    def oven(second: int, load: float) -> float:
        return 2100.0 * (second // 27 % 2)

    for phase, other in ((1, 2), (2, 3), (3, 1)):
        shown = grid(phase) | {other: oven}
        assert told(Scene({"grid": shown}).run()).get("phase") in (f"L{phase}", None)
        assert told(Scene({"meter": {0: only_load}, "grid": shown}).run())["phase"] == f"L{phase}"


def test_a_load_that_all_phases_share_has_no_phase() -> None:
    """A charger of three phases, of which the meter sees one: it says why it cannot tell, and the
    direction all the same."""
    answers = Scene({"meter": {0: only_load}, "grid": dict.fromkeys((1, 2, 3), with_load)}).run()
    assert (answers[Question.PHASE].certainty, answers[Question.PHASE].why) == (Certainty.UNTESTABLE, Why.TOGETHER)
    assert told(answers)["direction"] == "right"


def test_two_loads_at_once_are_no_proof() -> None:
    """Another load of the same size switches with the kettle, each time: no phase can be told."""
    shown = grid(1) | {2: lambda second, load: 90.0 + load}
    answers = Scene({"grid": shown}).run()
    assert (answers[Question.PHASE].certainty, answers[Question.PHASE].why) == (Certainty.UNTESTABLE, Why.TOGETHER)


def test_a_meter_that_the_connection_does_not_see() -> None:
    answers = Scene({"meter": {0: only_load}, "grid": dict.fromkeys((1, 2, 3), idle)}).run()
    assert told(answers) == {"rise": "none"}


@pytest.mark.parametrize("ratio", [0.5, 3.0])
def test_a_connection_that_rises_by_another_ratio(ratio: float) -> None:
    answers = Scene({"meter": {0: lambda second, load: load / ratio}, "grid": grid(2)}).run()
    assert told(answers) == {"phase": "L2", "direction": "right", "rise": "other"}
    assert answers[Question.RISE].ratio == pytest.approx(ratio, rel=0.03)


@pytest.mark.parametrize(("wiring", "why"), [(Wiring.TOTAL_ONLY, Why.TOTAL_ONLY), (Wiring.NO_NEUTRAL, Why.NO_NEUTRAL)])
def test_what_such_a_connection_cannot_tell(wiring: Wiring, why: Why) -> None:
    answers = Scene({"meter": {0: turned}, "grid": {0: with_load}}, wiring=wiring).run()
    assert (answers[Question.PHASE].certainty, answers[Question.PHASE].why) == (Certainty.UNTESTABLE, why)
    assert told(answers) == {"direction": "reversed", "rise": "same"}
    assert Scene({"grid": {0: with_load}}, wiring=wiring).run()[Question.PHASE].why is why


def test_a_house_of_one_phase_has_no_other() -> None:
    assert told(Scene({"grid": {0: with_load}}, wiring=Wiring.ONE).run()) == {"phase": "L1"}


def test_without_a_meter_of_the_connection_the_direction_is_told_by_the_cues() -> None:
    answers = Scene({"meter": {0: turned}}).run()
    assert answers[Question.PHASE].why is Why.NO_CONNECTION
    assert told(answers) == {"name": "meter", "direction": "reversed"}


def test_names_that_were_mixed_up() -> None:
    scene = Scene({"meter": {0: idle}, "other1": {0: idle}, "other2": {0: only_load}, "grid": grid(1)})
    assert told(scene.run()) == {"name": "other2"}


def test_a_meter_before_the_named_one_shows_the_load_too() -> None:
    scene = Scene({"meter": {0: only_load}, "other1": {0: with_load}, "grid": grid(1)})
    assert told(scene.run())["name"] == "meter"


def test_a_slow_meter_needs_a_second_step() -> None:
    def kept(second: int, load: float) -> float:
        return held.setdefault(second // 10, 200.0 + load)

    held: dict[int, float] = {}
    scene = Scene({"meter": {0: only_load}, "grid": {1: kept, 2: idle, 3: idle}}, refresh_s=10.0)
    assert told(scene.run())["phase"] == "L1"
    assert len(scene.asked) == 2


def test_a_connection_that_is_silent_meanwhile_proves_nothing_and_is_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It answers, but for 40 s of each 50."""
    scene = Scene({"meter": {0: only_load}, "grid": grid(2)})
    take = scene.meters["grid"].take
    monkeypatch.setattr(scene.meters["grid"], "take", lambda at, watts: take(at, watts) if at % 50 < 10 else None)
    phase = scene.run()[Question.PHASE]
    assert phase.certainty is not Certainty.PROVEN
    assert phase.why in (Why.GAPS, None)


def test_a_meter_that_was_silent_when_the_load_switched_has_no_wrong_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The meter before it shows the load, it is silent for 30 s after each question: nothing is proven of its name."""
    scene = Scene({"meter": {0: only_load}, "other1": {0: with_load}, "grid": grid(1)})
    take = scene.meters["meter"].take

    def answer(at: float, watts: dict[int, float | None]) -> None:
        if not scene.asked or at - scene.asked[-1][0] > 30:
            take(at, watts)

    monkeypatch.setattr(scene.meters["meter"], "take", answer)
    answers = scene.run()
    assert "name" not in told(answers)
    assert answers[Question.NAME].why is Why.GAPS


BOTH: dict[str, dict[int, Watts]] = {"meter": {0: only_load}, "grid": grid(1)}


@pytest.mark.parametrize(("meters", "silent"), [({"grid": grid(1)}, "grid"), (BOTH, "grid"), (BOTH, "meter")])
def test_a_meter_that_went_silent_is_the_reason(
    meters: dict[str, dict[int, Watts]], silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told to use a larger load, or to do it once more."""
    scene = Scene(meters)
    take = scene.meters[silent].take
    monkeypatch.setattr(scene.meters[silent], "take", lambda at, watts: take(at, watts) if at < BEFORE_S else None)
    answers = scene.run()
    assert scene.trial.asks is Asks.OVER
    assert told(answers) == {}
    assert {answer.why for answer in answers.values() if answer.certainty is Certainty.NOT_SURE} == {Why.GAPS}


@pytest.mark.parametrize("meters", [{"grid": grid(1)}, {"meter": {0: only_load}, "grid": grid(1)}])
def test_nobody_is_asked_for_ever(meters: dict[str, dict[int, Watts]]) -> None:
    scene = Scene(meters, acts=False)
    answers = scene.run()
    assert scene.trial.asks is Asks.OVER
    assert len(scene.asked) <= MOST_CUES
    assert answers[Question.PHASE].why is Why.NO_STEP


@pytest.mark.parametrize(
    ("meters", "seed"), [(("other1", "grid"), "other3"), (("meter",), "noconn2"), (("meter",), "noconn14")]
)
def test_an_oven_proves_nothing_where_nobody_does_anything(meters: tuple[str, ...], seed: str) -> None:
    """The cues wait for steps, so its own ones always follow them; but they were there before anybody was asked."""
    power = oven(Random(seed))
    watts = [100.0 + power(second) for second in range(900)]
    shown: dict[str, dict[int, Watts]] = {"meter": {0: idle}}
    for meter in meters:
        shown[meter] = {0: lambda second, load: watts[second]}
    scene = Scene(shown, acts=False, wiring=Wiring.TOTAL_ONLY)
    scene.run(880)
    assert scene.trial.asks is Asks.OVER
    assert scene.proven == set()


def test_without_a_person_it_is_likely_and_never_proven() -> None:
    """A refrigerator for an hour: each of its steps fits, but nobody was asked."""
    meter, connection = Meter("meter", (0,)), Meter("grid", (1, 2, 3))
    judge, random = Judge(meter, connection, Wiring.THREE, 60.0), Random(2)
    best = 0.0
    for second in range(3600):
        runs = 120.0 * (second // 400 % 2)
        meter.take(second, {0: runs})
        connection.take(second + 0.3, {1: 300 + random.gauss(0, 5), 2: 100 + runs + random.gauss(0, 5), 3: 0.0})
        if second % 60 == 0:
            for answer in judge.answers(None):
                assert answer.certainty is not Certainty.PROVEN
                best = max(best, answer.log_odds)
    found = {one.question: (one.certainty, one.value) for one in judge.answers(None)}
    assert found[Question.PHASE] == (Certainty.LIKELY, "L2")
    assert found[Question.DIRECTION] == (Certainty.LIKELY, "right")
    assert best > 10.0  # it would be proven if somebody had been asked
