"""What a guided test says to a person."""

from __future__ import annotations

from collections.abc import Callable

from tui.core.guided.answer import Answer, Certainty, Question, Why
from tui.core.guided.trial import Asks, Trial

NameOf = Callable[[str], str]
"""A device's name by its key."""

WHY = {
    Why.MORE: "one more step will tell",
    Why.NO_STEP: "no step was seen: use a load of about 2 kW, and wait until you are asked",
    Why.GAPS: "a meter did not answer while it mattered: see its Wi-Fi, and try once more",
    Why.AT_ONCE: "two loads switched at once: once more, please, with oven, hob and charger off",
    Why.TOGETHER: "several phases move together: use a load of one phase; or this is a 3x230 V supply",
    Why.RESTLESS: "the phases move by as much all the time: switch off oven, hob and charger, and try once more",
    Why.ONE_PHASE: "this connection has one phase",
    Why.TOTAL_ONLY: "this smart meter sends no power of each phase",
    Why.NO_NEUTRAL: "on 3x230 V without neutral a load is between two phases",
    Why.NO_CONNECTION: "there is no meter of the connection to compare with",
}
SURE = {Certainty.PROVEN: "proven", Certainty.LIKELY: "likely"}


def asked(trial: Trial, name: str) -> str:
    """What the person is to do now. `name`: of the meter under test; "" where it is a load."""
    behind = f" behind {name}" if name else ""
    match trial.asks:
        case Asks.ON:
            again = "Switch the load" if len(trial.cues) > 1 else "Switch a load of about 2 kW, like a kettle,"
            return f"{again}{behind} on now."
        case Asks.OFF:
            return f"Switch the load{behind} off now."
        case Asks.WAIT:
            return "Seen. Please leave it so for a moment."
        case Asks.OVER:
            is_on = not trial.cues or trial.cues[-1].on
            return "That is all. You may switch the load off." if is_on else "That is all. The load can stay off."


def told(answer: Answer, name_of: NameOf, subject: str) -> str:
    """An answer as a sentence. `subject`: the name of the meter under test; "" where it is a load."""
    part = f" (its L{answer.of})" if answer.of else ""
    who = f"{subject}{part}" if subject else "The load"
    if answer.certainty is Certainty.UNTESTABLE:
        return f"{who}: the {answer.question} cannot be told: {WHY[answer.why or Why.MORE]}."
    if answer.certainty is Certainty.NOT_SURE:
        return f"{who}: not sure of the {answer.question}: {WHY[answer.why or Why.MORE]}."
    return f"{who} {_claim(answer, name_of, subject)} ({SURE[answer.certainty]})."


def _claim(answer: Answer, name_of: NameOf, subject: str) -> str:
    match answer.question, answer.value:
        case Question.PHASE, phase:
            return f"is on {phase}"
        case Question.DIRECTION, "right":
            return "counts the right way round"
        case Question.DIRECTION, _:
            return "counts the wrong way round: what is drawn shows as delivered"
        case Question.RISE, "same":
            return "and the smart meter rise by the same power"
        case Question.RISE, "none":
            return "moves, and the smart meter does not: it is behind another connection"
        case Question.RISE, _:
            return f"moves, and the smart meter by {answer.ratio or 0.0:.2f} times as much: one of them is set wrongly"
        case _, key:
            other = name_of(key)
            return (
                "shows the load" if other == subject else f"does not show this load, but {other} does: names mixed up?"
            )
