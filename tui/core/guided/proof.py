"""What steps told of the meters of a house: what a guided test proved, and what the steps of an hour make likely."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from tui.core.guided.answer import Answer, Certainty, Question
from tui.core.model import Device
from tui.core.moment import Moment

MOST_LOADS = 4
"""So many tests of loads that no meter measures are kept (own choice)."""


class Proof(NamedTuple):
    """One answer about a device, and when it was given."""

    device: str | None
    """The key of the meter; None: a load that none measures."""
    answer: Answer
    at: Moment
    inverted: bool = False
    """Whether the meter was set to be mounted the wrong way round at that time."""
    other: str = ""
    """The name of the meter that shows the load instead."""

    @property
    def is_proven(self) -> bool:
        """Whether a person made the steps, and they leave no doubt."""
        return self.answer.certainty is Certainty.PROVEN


def of_test(
    subject: Device | None, answers: Iterable[Answer], at: Moment, name_of: Callable[[str], str]
) -> tuple[Proof, ...]:
    """What a test that is over leaves. `subject` None: it was one of a load."""
    key, inverted = (subject.key, subject.is_inverted) if subject else (None, False)
    return tuple(
        Proof(key, one, at, inverted, name_of(one.value) if _is_other(one, key) else "")
        for one in answers
        if one.certainty is not Certainty.UNTESTABLE
    )


def _is_other(answer: Answer, key: str | None) -> bool:
    return answer.question is Question.NAME and answer.value not in ("", key)


def kept(before: Iterable[Proof], new: Iterable[Proof]) -> tuple[Proof, ...]:
    """What is known after another test. What was proven before stays until the same is proven anew."""
    found: dict[tuple[str, Question, int], Proof] = {}
    loads: list[Proof] = []  # each is another one, and nobody says which
    for one in (*before, *new):
        if one.device is None:
            loads += [one] if one.is_proven else []
            continue
        place = one.device, one.answer.question, one.answer.of
        old = found.get(place)
        if old is None or one.is_proven or not old.is_proven:
            found[place] = one
    return (*found.values(), *dict.fromkeys(loads[-MOST_LOADS:]))
