"""The answers that the evidence gives."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from tui.core.guided.answer import Answer, Certainty, Question, Why
from tui.core.guided.channel import Channel
from tui.core.guided.cued import LATEST_S, LEAST_LOAD_W, Cue, Cued, Side
from tui.core.guided.evidence import LIKELY, PROVEN, log_sum, outcome
from tui.core.guided.following import Following, Way

if TYPE_CHECKING:
    from tui.core.guided.trial import Meter

RIVALLED = 24.0
"""The log-odds that it takes where another phase, too, has a step after most cues: an oven that keeps time with them
reaches 19 (the worst of 6 000 simulated houses)."""
AHEAD = 4.0
"""A meter with log-odds better by this shows the load better than the one that was named (own choice)."""
FIRM = 16.0
"""The log-odds that it takes where some of the meter's steps met nothing that fits."""
BEYOND = 18.0
"""Log-odds of this need no further condition (own choice)."""
SAME = 0.1
"""The connection rises by as much as the meter, if both differ by no more than this part."""
RATIOS = 4.7
"""What it takes, as log-odds, to believe in a ratio other than 1: it may be any between 1/5 and 5."""


class Wiring(StrEnum):
    """What the connection's meter can tell of phases."""

    THREE = "three"
    ONE = "one"
    TOTAL_ONLY = "total-only"
    NO_NEUTRAL = "no-neutral"


WHY = {Wiring.ONE: Why.ONE_PHASE, Wiring.TOTAL_ONLY: Why.TOTAL_ONLY, Wiring.NO_NEUTRAL: Why.NO_NEUTRAL}


def channels_of(connection: Meter, wiring: Wiring) -> list[Channel]:
    """The channels of the connection that say something: L1, L2 and L3, or all together."""
    if wiring is Wiring.THREE:
        return [connection.channels[phase] for phase in (1, 2, 3)]
    return [connection.channels[0]]


PROVEN_BY_CUES = math.log(2e4)
"""The odds from which on the cues alone prove something: they come when steps were seen, so another load may keep time
with them for a while (own choice)."""


def certainty(log_odds: float, *, asked: bool = True, proven: float = PROVEN) -> Certainty:
    """What odds are worth. What nobody was asked for is never proven."""
    if log_odds >= proven and asked:
        return Certainty.PROVEN
    return Certainty.LIKELY if log_odds >= LIKELY else Certainty.NOT_SURE


class LoadJudge:
    """The phase of a load that only the connection's meter sees."""

    def __init__(self, connection: Meter, wiring: Wiring) -> None:
        self._wiring = wiring
        self._channels = channels_of(connection, wiring)
        self._cued = Cued(self._channels, both=False)

    def answer(self, cues: Sequence[Cue]) -> Answer:
        """The answer so far."""
        weights = self._cued.weights(cues)
        best, odds = outcome(weights)
        if best == len(self._channels):
            why = _why_load(self._channels, weights, cues)
            return Answer(Question.PHASE, Certainty.NOT_SURE, why=why, log_odds=odds)
        # Where there is one phase, it is that: the load only has to be seen.
        enough = LIKELY if self._wiring is Wiring.ONE else RIVALLED if self._has_rival(best, cues) else PROVEN_BY_CUES
        sure = certainty(odds, proven=enough)
        if sure is Certainty.NOT_SURE:
            return Answer(Question.PHASE, sure, why=_why_load(self._channels, weights, cues), log_odds=odds)
        if self._wiring in (Wiring.TOTAL_ONLY, Wiring.NO_NEUTRAL):
            return Answer(Question.PHASE, Certainty.UNTESTABLE, why=WHY[self._wiring], log_odds=odds)
        return Answer(Question.PHASE, sure, f"L{best + 1}", why=_more(sure), log_odds=odds)

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

    def __init__(self, subject: Meter, others: Sequence[Meter]) -> None:
        self._meters = (subject, *others)
        self._cued = [Cued(list(meter.channels.values()), both=meter.can_turn) for meter in self._meters]

    def answer(self, cues: Sequence[Cue]) -> Answer:
        """The answer so far."""
        shown = self._shown(0, cues)
        if shown >= LIKELY:
            sure = certainty(shown, proven=PROVEN_BY_CUES)
            # A meter before it, or behind it, shows the same; one that shows more is the one.
            if sure is Certainty.PROVEN and any(one > shown + AHEAD for one in self._others(cues)):
                sure = Certainty.LIKELY
            return Answer(Question.NAME, sure, self._meters[0].key, why=_more(sure), log_odds=shown)
        odds = [shown, *self._others(cues)]
        best = max(range(len(odds)), key=odds.__getitem__)
        if best and odds[best] >= FIRM and shown < -1.0:
            return Answer(Question.NAME, Certainty.PROVEN, self._meters[best].key, log_odds=odds[best])
        why = Why.MORE if odds[best] > 0.0 else Why.NO_STEP
        return Answer(Question.NAME, Certainty.NOT_SURE, why=why, log_odds=shown)

    def _others(self, cues: Sequence[Cue]) -> list[float]:
        return [self._shown(at, cues) for at in range(1, len(self._meters))]

    def _shown(self, at: int, cues: Sequence[Cue]) -> float:
        """The log-odds that one of a meter's channels does what was asked."""
        cued = self._cued[at]
        return max(cued.evidence(side, cues) for side in cued.sides)


class TurnJudge:
    """The direction of a meter in a house without a meter of the connection."""

    def __init__(self, subject: Meter) -> None:
        self._cued = {phase: Cued([channel], both=subject.can_turn) for phase, channel in subject.channels.items()}

    def answers(self, cues: Sequence[Cue]) -> list[Answer]:
        """The answers so far, for each channel that shows the load."""
        found = []
        for phase, cued in self._cued.items():
            best, odds = outcome(cued.weights(cues))
            if best == len(cued.sides):
                continue
            sure = certainty(odds, proven=PROVEN_BY_CUES)
            turned = "right" if cued.sides[best].sign > 0 else "reversed"
            value = "" if sure is Certainty.NOT_SURE else turned
            found.append(Answer(Question.DIRECTION, sure, value, phase, _more(sure), odds))
            found.append(Answer(Question.PHASE, Certainty.UNTESTABLE, of=phase, why=Why.NO_CONNECTION))
        return found


def _more(sure: Certainty) -> Why | None:
    return None if sure is Certainty.PROVEN else Why.MORE


class Judge:
    """Phase, direction and rise of each channel of a meter that made a step."""

    def __init__(self, subject: Meter, connection: Meter, wiring: Wiring, least_w: float) -> None:
        self._wiring = wiring
        self._follows = {
            phase: Following(channel, channels_of(connection, wiring), least_w)
            for phase, channel in subject.channels.items()
        }
        self._found: dict[int, list[Answer]] = {}

    def answers(self, cues: Sequence[Cue] | None) -> list[Answer]:
        """The answers so far. `cues` None: nobody was asked."""
        for phase, follow in self._follows.items():
            if follow.look() and follow.events:
                asked = (
                    cues is not None and follow.is_enough and any(_is_asked(step.at, cues) for step in follow.events)
                )
                self._found[phase] = _judge(follow, follow.weights(), phase, self._wiring, asked=asked)
        found = [answer for answers in self._found.values() for answer in answers]
        return found or [Answer(Question.PHASE, Certainty.NOT_SURE, why=Why.NO_STEP)]


def _judge(follow: Following, weights: list[float], phase: int, wiring: Wiring, *, asked: bool) -> list[Answer]:
    nowhere = weights[-1]
    by_phase = [log_sum(weights[2 * at : 2 * at + 2]) for at in range(len(follow.ways) // 2)]
    by_sign = [log_sum(weights[:-1][side::2]) for side in (0, 1)]
    best, odds = outcome([*by_phase, nowhere])
    way = max(range(len(follow.ways)), key=weights.__getitem__)
    if follow.is_settled and (best == len(by_phase) or 2 * len(follow.matches(follow.ways[way])) < len(follow.events)):
        other = _by_another_ratio(follow, weights, phase, wiring, asked=asked)
        if other:
            return other
    if best == len(by_phase):
        return _unseen(follow, odds, phase, asked=asked)
    found = []
    # Where most of the meter's steps met nothing that fits, those that did may be chance.
    matches = follow.matches(follow.ways[way])
    is_shared = wiring is Wiring.THREE and follow.is_shared(follow.ways[way], matches)
    restless, many = follow.is_restless(follow.ways[way]), 2 * len(matches) >= len(follow.events)
    asked = asked and (many or odds >= BEYOND or (not restless and 3 * len(matches) >= len(follow.events)))
    enough = FIRM if restless or len(matches) < len(follow.events) else PROVEN
    sure = Certainty.NOT_SURE if is_shared else certainty(odds, asked=asked, proven=enough)
    if wiring is not Wiring.THREE:
        if wiring is Wiring.ONE and sure is not Certainty.NOT_SURE:
            found.append(Answer(Question.PHASE, sure, "L1", phase, log_odds=odds))
        else:
            found.append(Answer(Question.PHASE, Certainty.UNTESTABLE, of=phase, why=WHY[wiring]))
    elif sure is Certainty.NOT_SURE:
        found.append(
            Answer(
                Question.PHASE,
                sure,
                of=phase,
                why=Why.TOGETHER if is_shared else _why_meter(follow, by_phase),
                log_odds=odds,
            )
        )
    else:
        found.append(Answer(Question.PHASE, sure, f"L{best + 1}", phase, log_odds=odds))
    side, odds = outcome([*by_sign, nowhere])
    sure = certainty(odds, asked=asked, proven=enough) if side < 2 else Certainty.NOT_SURE
    value = ("right", "reversed")[side] if sure is not Certainty.NOT_SURE else ""
    why = Why.MORE if sure is Certainty.NOT_SURE else None
    found.append(Answer(Question.DIRECTION, sure, value, phase, why, odds))
    odds = log_sum(weights[:-1]) - nowhere
    found.append(_rise(follow, follow.ways[way], odds, phase, certainty(odds, asked=asked, proven=enough)))
    return found


def _rise(follow: Following, way: Way, odds: float, phase: int, sure: Certainty) -> Answer:
    matches = follow.matches(way)
    worth = [(match.seen.size / match.step.size, (match.step.size / match.seen.sigma) ** 2) for match in matches]
    ratio = abs(sum(one * weight for one, weight in worth) / sum(weight for _, weight in worth)) if worth else None
    # Of two steps one may have met that of another load: a third one tells. So it is with a single one of lower odds.
    enough = len(matches) > 2 or 2 * len(matches) > max(len(follow.events), 2 * (odds < PROVEN_BY_CUES))
    error = sum(weight for _, weight in worth) ** -0.5 if worth else 1.0
    if sure is Certainty.NOT_SURE or ratio is None or abs(ratio - 1.0) > SAME or not enough or error > SAME / 2:
        return Answer(Question.RISE, Certainty.NOT_SURE, of=phase, why=Why.MORE, log_odds=odds, ratio=ratio)
    return Answer(Question.RISE, sure, "same", phase, None, odds, ratio)


def _by_another_ratio(
    follow: Following, same: Sequence[float], phase: int, wiring: Wiring, *, asked: bool
) -> list[Answer]:
    """What is to be said if the connection rises by more than the meter, or less; nothing if that is not proven."""
    for ratio in follow.ratios():
        weights = follow.weights(ratio)
        top = max(weights[:-1])
        log_odds = top - RATIOS - log_sum([*same, *sorted(weights[:-1])[:-1]])
        way = follow.ways[weights.index(top)]
        matches = follow.matches(way, ratio)
        is_firm = len(matches) > 2 and 2 * len(matches) >= len(follow.events) and not follow.is_restless(way)
        if log_odds < PROVEN_BY_CUES or not is_firm or follow.is_shared(way, matches):
            continue
        way, sure = follow.ways[weights.index(top)], certainty(log_odds, asked=asked)
        where = Answer(Question.PHASE, Certainty.UNTESTABLE, of=phase, why=WHY.get(wiring))
        if wiring is Wiring.THREE:
            where = Answer(Question.PHASE, sure, f"L{way.phase + 1}", phase, log_odds=log_odds)
        turned = "right" if way.sign > 0 else "reversed"
        return [
            where,
            Answer(Question.DIRECTION, sure, turned, phase, log_odds=log_odds),
            Answer(Question.RISE, sure, "other", phase, log_odds=log_odds, ratio=ratio),
        ]
    return []


def _unseen(follow: Following, odds: float, phase: int, *, asked: bool) -> list[Answer]:
    """The connection does not rise at all."""
    # A step that was not seen may have been hidden: that there is none takes two while all was quiet, or much more.
    clear = follow.unanswered > 1 or odds >= BEYOND
    sure = certainty(odds, asked=asked) if clear else Certainty.NOT_SURE
    if sure is Certainty.PROVEN:
        return [Answer(Question.RISE, sure, "none", phase, log_odds=odds)]
    return [Answer(Question.PHASE, Certainty.NOT_SURE, of=phase, why=Why.MORE, log_odds=odds)]


def _is_asked(at: float, cues: Iterable[Cue]) -> bool:
    return any(cue.at <= at <= cue.at + LATEST_S for cue in cues)


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


def _why_meter(follow: Following, by_phase: Sequence[float]) -> Why:
    top = sorted(by_phase)[-2:]
    if len(follow.events) > 1 and top[1] - top[0] < 2.0 and follow.is_loud():
        return Why.TOGETHER
    if follow.has_gaps():
        return Why.GAPS
    if len(follow.events) < 2:
        return Why.MORE
    phase = max(range(len(by_phase)), key=by_phase.__getitem__)
    return Why.RESTLESS if follow.is_restless(Way(phase, 1)) else Why.AT_ONCE
