"""The test of an inverter: what is asked, when it is asked again, and when no more."""

from __future__ import annotations

from collections.abc import Callable

from tui.core.guided.answer import Answer, Certainty, Question, Why
from tui.core.guided.judging import Wiring
from tui.core.guided.trial import RESTARTS_S, Asks, Meter, Trial

MADE_W, BEFORE_S = 1800.0, 200


class Roof:
    """An inverter and a smart meter, and a person who does what is asked 4 s later, or at once."""

    def __init__(self, *, phases: tuple[int, ...] = (0,), sign: int = 1, refresh_s: float = 1.0) -> None:
        self.meter = Meter("solar", phases).of_source()
        self.grid = Meter("grid", (1, 2, 3), refresh_s=refresh_s)
        self.phases, self.sign, self.refresh_s = phases, sign, refresh_s
        self.trial = Trial(self.meter, self.grid, Wiring.THREE, is_source=True)
        self.made_w, self.held = MADE_W, [0.0, 0.0, 0.0]
        self.asked: list[Asks] = []
        self.acts = self.comes_back = True

    def run(self, seconds: int, made: Callable[[int], float]) -> dict[Question, Answer]:
        """Let time pass; `made`: what it makes at a second, by itself."""
        due: list[tuple[int, float]] = []
        for second in range(seconds):
            self.made_w = next((watts for at, watts in reversed(due) if at <= second), made(second))
            shares = (0.0, 1.0, 0.0) if self.phases == (0,) else (1 / 3,) * 3
            if second % round(self.refresh_s) == 0:
                self.held = [200.0 - self.made_w * share for share in shares]
            own = [self.made_w] if self.phases == (0,) else [self.made_w / 3] * 3
            shown = {at: -self.sign * watts for at, watts in zip(self.phases, own, strict=True)}
            self.meter.take(second + 0.4, shown)
            self.grid.take(second + 0.6, dict(zip((1, 2, 3), self.held, strict=True)))
            if second == BEFORE_S:
                self.trial.start(second)
            before = self.trial.asks
            self.trial.tick(second + 1)
            if (second >= BEFORE_S and self.trial.asks is not before) or second == BEFORE_S:
                self.asked.append(self.trial.asks)
                if self.trial.asks is Asks.ON and self.acts:
                    due.append((second + 4, 0.0))
                elif self.trial.asks is Asks.OFF and self.comes_back:
                    due += [(second + 60 + more, 100.0 * more) for more in range(19)]
        return {one.question: one for one in self.trial.answers}


def told(answers: dict[Question, Answer]) -> dict[str, str]:
    return {str(one.question): one.value for one in answers.values() if one.certainty is Certainty.PROVEN}


def test_it_is_switched_off_once_where_that_is_enough() -> None:
    for sign, turned in ((1, "right"), (-1, "reversed")):
        roof = Roof(sign=sign)
        answers = told(roof.run(300, lambda second: MADE_W))
        assert (answers["phase"], answers["direction"]) == ("L2", turned)
        assert roof.asked == [Asks.ON, Asks.WAIT, Asks.OVER]


def test_with_a_slow_meter_it_is_switched_on_again_and_off_once_more_when_it_is_back() -> None:
    roof = Roof(refresh_s=10.0)
    assert told(roof.run(600, lambda second: MADE_W))["phase"] == "L2"
    assert roof.asked[:5] == [Asks.ON, Asks.WAIT, Asks.OFF, Asks.ON, Asks.WAIT]


def test_one_that_does_not_come_back_ends_the_test() -> None:
    roof = Roof(refresh_s=10.0)
    roof.comes_back = False
    answers = roof.run(round(BEFORE_S + RESTARTS_S + 100), lambda second: MADE_W)
    assert roof.asked == [Asks.ON, Asks.WAIT, Asks.OFF, Asks.OVER]
    assert told(answers) == {"direction": "right"}


def test_one_of_three_phases_gives_each_the_same() -> None:
    answers = Roof(phases=(1, 2, 3)).run(600, lambda second: MADE_W)
    assert (answers[Question.PHASE].certainty, answers[Question.PHASE].why) == (Certainty.UNTESTABLE, Why.THREE_PHASE)
    assert told(answers)["direction"] == "right"


def test_clouds_are_no_inverter_that_was_switched_off() -> None:
    """Nobody does anything, and half of the power comes and goes in a second."""
    roof = Roof()
    roof.acts = roof.comes_back = False
    answers = roof.run(600, lambda second: MADE_W / (1 + second // 30 % 2))
    assert Asks.WAIT in roof.asked
    assert told(answers) == {}
