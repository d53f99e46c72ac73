"""An hour of a simulated house in which nobody is asked, and what the steps of its loads make likely."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.guided.houses import House
from tui.core.guided.answer import Question
from tui.core.guided.judging import Judge
from tui.core.guided.natural import LEAST_W, MOST_STEPS, is_said

KEPT_S = 3600


class Said(NamedTuple):
    """What is likely of a meter, and whether it is so."""

    seed: int
    question: str
    value: str
    is_so: bool


def said_of(kind: str, seed: int, loads: float = 1.0, seconds: int = KEPT_S) -> Iterator[Said]:
    """What is likely in a house after so many seconds."""
    house = House(kind, seed, loads)
    if house.no_connection or house.subject is None:
        return
    house.pass_time(seconds)
    for wired in house.wired:
        judge = Judge(wired.meter, house.connection.meter, house.declared, LEAST_W, MOST_STEPS)
        for answer in judge.answers(None):
            if not is_said(answer, wired.meter, house.declared):
                continue
            own = max(0, answer.of - 1)
            phase = wired.phases[own] if house.has_neutral else {1: 1, 2: 0, 3: 3}[wired.phases[own]]
            if answer.question is Question.PHASE:
                is_so = answer.value == f"L{phase}" and (house.truth.ratio == 1.0 or wired is not house.subject)
            else:
                is_so = answer.value == ("right" if wired.signs[own] > 0 else "reversed")
            yield Said(seed, answer.question, answer.value, is_so)
