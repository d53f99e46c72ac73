"""What a guided test says: an answer to each question, how sure it is, and why it is not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Question(StrEnum):
    """What a test can find out."""

    NAME = "name"  # whether the load is behind the meter that was named
    PHASE = "phase"  # the phase of the connection
    DIRECTION = "direction"  # whether the meter counts the right way round
    RISE = "rise"  # whether the connection's meter rises by as much


class Certainty(StrEnum):
    """How sure an answer is."""

    PROVEN = "proven"
    LIKELY = "likely"
    NOT_SURE = "not-sure"
    UNTESTABLE = "untestable"  # this house cannot tell, however often it is tried


class Why(StrEnum):
    """Why an answer is not sure, or not to be had."""

    MORE = "more"  # another step will tell
    NO_STEP = "no-step"  # no meter in question showed one
    GAPS = "gaps"  # a meter did not answer while it mattered
    AT_ONCE = "at-once"  # two loads switched at once
    TOGETHER = "together"  # several phases move together
    BY_ITSELF = "by-itself"  # a load of that size switches when nobody was asked
    RESTLESS = "restless"  # the phases move by as much all the time
    THREE_PHASE = "three-phase"  # an inverter gives the same to each
    ONE_PHASE = "one-phase"  # the connection has no other
    TOTAL_ONLY = "total-only"  # its meter sends no power of each phase
    NO_NEUTRAL = "no-neutral"  # 3x230 V: a load is between two phases
    NO_CONNECTION = "no-connection"  # there is no meter of the connection


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `value` is "L2", "right" or "reversed", "same", "other" or "none", or the key of a meter."""

    question: Question
    certainty: Certainty
    value: str = ""
    of: int = 0
    """Which phase of a meter of three it is about; 0: its only one, or all together."""
    why: Why | None = None
    log_odds: float = 0.0
    """The natural logarithm of the odds that it is so."""
    ratio: float | None = None
    """How much the connection's meter moves for each watt of the meter."""
    steps: int = 0
    """How many steps of the meter were found at its connection."""
    silent: str = ""
    """The key of the meter that did not answer, where that is why."""

    @property
    def is_final(self) -> bool:
        """Whether another step would add nothing."""
        return self.certainty in (Certainty.PROVEN, Certainty.UNTESTABLE)
