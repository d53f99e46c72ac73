"""What a guided test says to a person: the sentences are in the tables of the check, in each language."""

from __future__ import annotations

from collections.abc import Callable

from tui.core.checks.words import Words
from tui.core.guided.answer import Answer, Certainty, Question, Why
from tui.core.guided.trial import Asks, Trial

NameOf = Callable[[str], str]
"""A device's name by its key."""


def asked(trial: Trial, name: str, words: Words) -> str:
    """What the person is to do now. `name`: of the meter under test; "" where it is a load."""
    behind = words.guided("behind", name=name) if name else ""
    match trial.asks:
        case Asks.ON if trial.is_source:
            return words.guided("source-off", name=name)
        case Asks.OFF if trial.is_source:
            return words.guided("source-on", name=name)
        case Asks.OVER if trial.is_source:
            return words.guided("over-source", name=name)
        case Asks.ON:
            return words.guided("on" if len(trial.cues) > 1 else "on-first", behind=behind)
        case Asks.OFF:
            return words.guided("off", behind=behind)
        case Asks.WAIT:
            return words.guided("wait")
        case Asks.OVER:
            is_on = not trial.cues or trial.cues[-1].on
            return words.guided("over-on" if is_on else "over-off")


def told(answer: Answer, name_of: NameOf, subject: str, words: Words, *, is_source: bool = False) -> str:
    """An answer as a sentence. `subject`: the name of the meter under test; "" where it is a load."""
    who = subject or words.guided("load")
    if subject and answer.of:
        who = words.guided("part", name=subject, of=answer.of)
    if answer.certainty in (Certainty.UNTESTABLE, Certainty.NOT_SURE):
        why = words.term(f"why-{answer.why or Why.MORE}")
        if answer.why is Why.GAPS and answer.silent:
            why = words.guided("silent", name=name_of(answer.silent))
        return words.guided(answer.certainty, who=who, question=words.guided(answer.question), why=why)
    claim = _claim(answer, name_of, subject, words, is_source=is_source)
    return words.guided("claim", who=who, claim=claim, sure=words.guided(answer.certainty))


def likely(answer: Answer, subject: str, words: Words, *, is_source: bool = False) -> str:
    """The same of an answer that nobody was asked for: with the number of steps that it rests on."""
    who = words.guided("part", name=subject, of=answer.of) if answer.of else subject
    claim = _claim(answer, str, subject, words, is_source=is_source)
    sure = words.guided("likely-step" if answer.steps == 1 else "likely-steps", count=answer.steps)
    return words.guided("claim", who=who, claim=claim, sure=sure)


def _claim(answer: Answer, name_of: NameOf, subject: str, words: Words, *, is_source: bool) -> str:
    match answer.question, answer.value:
        case Question.PHASE, phase:
            return words.guided("is-phase", value=phase)
        case Question.DIRECTION, "right":
            return words.guided("is-right")
        case Question.DIRECTION, _:
            return words.guided("is-reversed-source" if is_source else "is-reversed")
        case Question.RISE, "same" | "none" as value:
            return words.guided(f"is-{value}")
        case Question.RISE, _:
            return words.guided("is-other", ratio=answer.ratio or 0.0)
        case _, key:
            other = name_of(key)
            return words.guided("is-named") if other == subject else words.guided("is-mixed-up", other=other)
