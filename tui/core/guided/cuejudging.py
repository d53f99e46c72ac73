"""The answers that the cues alone give: the phase of a load, the name of a meter, its direction without another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tui.core.guided.answer import Answer, Certainty, Question, Why
from tui.core.guided.channel import Channel
from tui.core.guided.cued import LATEST_S, LEAST_LOAD_W, Cue, Cued, Side, went_off
from tui.core.guided.evidence import APART, LIKELY, PROVEN, outcome
from tui.core.guided.judging import AHEAD, FIRM, RIVALLED, WHY, Wiring, certainty, channels_of

if TYPE_CHECKING:
    from tui.core.guided.trial import Meter


class LoadJudge:
    """The phase of a load that only the connection's meter sees."""

    def __init__(self, connection: Meter, wiring: Wiring, since: float = -math.inf) -> None:
        self._wiring = wiring
        self._channels = channels_of(connection, wiring)
        self._cued = Cued(self._channels, both=False, since=since)

    def answer(self, cues: Sequence[Cue]) -> Answer:
        """The answer so far."""
        weights = self._cued.weights(cues)
        best, odds = outcome(weights)
        if best == len(self._channels):
            why = _why_load(self._channels, weights, cues)
            return Answer(Question.PHASE, Certainty.NOT_SURE, why=why, log_odds=odds)
        if self._is_on_several(best, weights, cues):
            return Answer(Question.PHASE, Certainty.UNTESTABLE, why=Why.TOGETHER, log_odds=odds)
        # Where there is one phase, it is that: the load only has to be seen.
        enough = LIKELY if self._wiring is Wiring.ONE else RIVALLED if self._has_rival(best, cues) else PROVEN
        sure = certainty(odds, proven=enough)
        is_one = self._wiring is Wiring.ONE
        if sure is Certainty.PROVEN and not is_one and self._cued.may_be_chance(Side(best, 1), cues, LIKELY):
            return Answer(Question.PHASE, Certainty.NOT_SURE, why=Why.BY_ITSELF, log_odds=odds)
        if sure is not Certainty.NOT_SURE and self._wiring is Wiring.THREE:
            apart = self._cued.apart(Side(best, 1), cues)
            if apart < LIKELY:
                why = Why.TOGETHER if apart < 0.0 else Why.MORE
                return Answer(Question.PHASE, Certainty.NOT_SURE, why=why, log_odds=odds)
            sure = sure if apart >= APART else Certainty.LIKELY
        if sure is Certainty.NOT_SURE:
            return Answer(Question.PHASE, sure, why=_why_load(self._channels, weights, cues), log_odds=odds)
        if self._wiring in (Wiring.TOTAL_ONLY, Wiring.NO_NEUTRAL):
            return Answer(Question.PHASE, Certainty.UNTESTABLE, why=WHY[self._wiring], log_odds=odds)
        return Answer(Question.PHASE, sure, f"L{best + 1}", why=_more(sure), log_odds=odds)

    def _is_on_several(self, best: int, weights: Sequence[float], cues: Sequence[Cue]) -> bool:
        """Whether the load is on several phases, beyond doubt: on none of them alone."""
        is_slow = any(channel.refresh_s for channel in self._channels)
        if self._wiring is not Wiring.THREE or is_slow or weights[best] - weights[-1] < PROVEN or len(cues) < 2:
            return False
        side = Side(best, 1)
        return self._cued.apart(side, cues, alike=True) < -APART and not self._cued.may_be_chance(side, cues)

    def _has_rival(self, best: int, cues: Sequence[Cue]) -> bool:
        """Whether another phase, too, has a step the way that was asked for near most cues: of any size."""
        counts = (
            sum(self._cued.is_followed(Side(at, 1), cue) for cue in cues)
            for at in range(len(self._channels))
            if at != best
        )
        return max(counts, default=0) > max(1.0, len(cues) / 2)


class NameJudge:
    """Whether the load is behind the meter that the person named, or behind another one."""

    def __init__(self, subject: Meter, others: Sequence[Meter], since: float = -math.inf) -> None:
        self._meters = (subject, *others)
        self._proven: tuple[object, Answer] | None = None
        """What is proven, and by which steps."""
        self._cued = [Cued(list(one.channels.values()), both=one.can_turn, since=since) for one in self._meters]

    def answer(self, cues: Sequence[Cue]) -> Answer:
        """The answer so far."""
        state = len(cues), [one.changes for meter in self._meters for one in meter.channels.values()]
        if self._proven is None or self._proven[0] != state:
            answer = self._answer(cues)
            self._proven = state, answer
            if answer.certainty is not Certainty.PROVEN:
                self._proven = None  # a second that passes may say more
            return answer
        return self._proven[1]

    def _answer(self, cues: Sequence[Cue]) -> Answer:
        shown = self._shown(0, cues)
        if shown >= LIKELY:
            sure = certainty(shown, proven=PROVEN)
            if sure is Certainty.PROVEN and self._may_be_chance(0, cues):
                sure = Certainty.LIKELY
            # A meter before it, or behind it, shows the same; one that shows more is the one.
            if sure is Certainty.PROVEN and any(one > shown + AHEAD for one in self._others(cues)):
                sure = Certainty.LIKELY
            return Answer(Question.NAME, sure, self._meters[0].key, why=_more(sure), log_odds=shown)
        odds = [shown, *self._others(cues)]
        best = max(range(len(odds)), key=odds.__getitem__)
        if best and odds[best] >= FIRM and shown < -1.0:
            if self._may_be_chance(best, cues):
                return Answer(Question.NAME, Certainty.NOT_SURE, why=Why.BY_ITSELF, log_odds=shown)
            if not self._answered(best, cues):
                silent = self._meters[0].key
                return Answer(Question.NAME, Certainty.NOT_SURE, why=Why.GAPS, log_odds=shown, silent=silent)
            return Answer(Question.NAME, Certainty.PROVEN, self._meters[best].key, log_odds=odds[best])
        why = Why.MORE if odds[best] > 0.0 else Why.NO_STEP
        return Answer(Question.NAME, Certainty.NOT_SURE, why=why, log_odds=shown)

    def _answered(self, other: int, cues: Sequence[Cue]) -> bool:
        """Whether the meter that was named answered all the while after most cues that the other one followed: what it
        was not asked, it cannot have missed."""
        followed = [
            cue for cue in cues if any(_steps(channel, cue) for channel in self._meters[other].channels.values())
        ]
        now = max(channel.newest for meter in self._meters for channel in meter.channels.values())
        heard = [
            cue
            for cue in followed
            if all(
                channel.silent_s(cue.at, min(cue.at + LATEST_S, now)) <= channel.settles_s
                for channel in self._meters[0].channels.values()
            )
        ]
        return 2 * len(heard) > len(followed)

    def _others(self, cues: Sequence[Cue]) -> Iterator[float]:
        return (self._shown(at, cues) for at in range(1, len(self._meters)))

    def _may_be_chance(self, at: int, cues: Sequence[Cue]) -> bool:
        """Whether what a meter shows best may have switched by itself."""
        cued = self._cued[at]
        return cued.may_be_chance(max(cued.sides, key=lambda side: cued.evidence(side, cues)), cues)

    def _shown(self, at: int, cues: Sequence[Cue]) -> float:
        """The log-odds that one of a meter's channels does what was asked."""
        cued = self._cued[at]
        return max(cued.evidence(side, cues) for side in cued.sides)


class TurnJudge:
    """The direction of a meter in a house without a meter of the connection."""

    def __init__(self, subject: Meter, since: float = -math.inf, *, is_source: bool = False) -> None:
        both, self._is_source, self._channels = subject.can_turn, is_source, subject.channels
        self._since = since
        self._cued = {phase: Cued([one], both=both, since=since) for phase, one in subject.channels.items()}

    def answers(self, cues: Sequence[Cue]) -> list[Answer]:
        """The answers so far, for each channel that shows the load."""
        found: list[Answer] = []
        if self._is_source:
            return list(self._of_source(cues))
        for phase, cued in self._cued.items():
            best, odds = outcome(cued.weights(cues))
            if best == len(cued.sides):
                continue
            asked = not cued.may_be_chance(cued.sides[best], cues)
            sure = certainty(odds, asked=asked, proven=PROVEN)
            turned = "right" if cued.sides[best].sign > 0 else "reversed"
            value = "" if sure is Certainty.NOT_SURE else turned
            found.append(Answer(Question.DIRECTION, sure, value, phase, _more(sure), odds))
            found.append(Answer(Question.PHASE, Certainty.UNTESTABLE, of=phase, why=Why.NO_CONNECTION))
        return found

    def _of_source(self, cues: Sequence[Cue]) -> Iterator[Answer]:
        """An inverter gives: what it showed when it was switched off tells its direction."""
        for phase, channel in self._channels.items():
            step = went_off(channel, cues, self._since)
            if step is not None:
                turned = "right" if step.size > 0 else "reversed"
                yield Answer(Question.DIRECTION, Certainty.PROVEN, turned, phase, log_odds=FIRM, steps=1)
                yield Answer(Question.PHASE, Certainty.UNTESTABLE, of=phase, why=Why.NO_CONNECTION)


def _steps(channel: Channel, cue: Cue) -> bool:
    """Whether a channel has a step like that of a load after a cue."""
    steps = channel.between(cue.at, cue.at + LATEST_S + channel.refresh_s)
    return any(abs(step.size) >= LEAST_LOAD_W for step in steps)


def _more(sure: Certainty) -> Why | None:
    return None if sure is Certainty.PROVEN else Why.MORE


def _why_load(channels: Sequence[Channel], weights: Sequence[float], cues: Sequence[Cue]) -> Why:
    end = max(cue.at for cue in cues) + LATEST_S
    steps = (step for channel in channels for step in channel.between(cues[0].at, end))
    if not any(abs(step.size) >= LEAST_LOAD_W for step in steps):
        return Why.NO_STEP
    top = sorted(weights[:-1])[-2:]
    if len(top) == 2 and top[0] > weights[-1] + LIKELY:
        return Why.TOGETHER
    if max(channel.noise_w for channel in channels) > 150.0:
        return Why.RESTLESS
    return Why.MORE if len(cues) < 3 else Why.AT_ONCE
