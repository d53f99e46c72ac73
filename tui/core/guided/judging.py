"""The answers that the evidence gives."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from tui.core.guided.answer import Answer, Certainty, Question, Why
from tui.core.guided.channel import Channel
from tui.core.guided.cued import LATEST_S, Cue, Cued, went_off
from tui.core.guided.evidence import APART, LIKELY, PROVEN, SLOWLY, log_sum, outcome
from tui.core.guided.following import Following, Way

if TYPE_CHECKING:
    from tui.core.guided.trial import Meter

AHEAD = 4.0
"""A meter with log-odds better by this shows the load better than the one that was named (own choice)."""
FIRM, LESS_FIRM = 16.0, 11.0
"""The log-odds that it takes where some of the meter's steps met nothing that fits; and where that is no wonder, since
the phase is restless: there nothing wrong reached ln 100 in 1 200 simulated houses."""
OF_SOURCE = 9.0
"""The same of an inverter: its direction is known, and each further step takes minutes (own choice)."""
MANY = 13.0
"""Log-odds of this tell a phase however few of the meter's steps met one that fits (own choice)."""
BEYOND = 18.0
"""Log-odds of this need no further condition to say that the connection does not rise (own choice)."""
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


RIVALLED = 24.0
"""The log-odds that it takes where another phase, too, has a step after most cues: an oven that keeps time with them
reaches 19 (the worst of 6 000 simulated houses)."""
SHOWS = 2.0
"""What a person did behind a meter shows there with log-odds of at least this (own choice)."""


def certainty(log_odds: float, *, asked: bool = True, proven: float = PROVEN) -> Certainty:
    """What odds are worth. What nobody was asked for is never proven."""
    if log_odds >= proven and asked:
        return Certainty.PROVEN
    return Certainty.LIKELY if log_odds >= LIKELY else Certainty.NOT_SURE


class Judge:
    """Phase, direction and rise of each channel of a meter that made a step."""

    def __init__(
        self,
        subject: Meter,
        connection: Meter,
        wiring: Wiring,
        least_w: float,
        most: int | None = None,
        since: float = -math.inf,
        *,
        is_source: bool = False,
    ) -> None:
        """`least_w`, `most`: the steps that count, as in `Following`."""
        self._wiring, self._is_source, self._since = wiring, is_source, since
        phases = channels_of(connection, wiring)
        self._follows = {
            phase: Following(channel, phases, least_w, most, is_source=is_source, can_turn=subject.can_turn)
            for phase, channel in subject.channels.items()
        }
        self._channels = subject.channels
        self._found: dict[int, list[Answer]] = {}
        self._cued = {phase: Cued([channel], both=True, since=since) for phase, channel in subject.channels.items()}

    def _is_meant(self, phase: int, cues: Sequence[Cue] | None) -> bool:
        """Whether the person switches the load on this phase of the meter, and it is not another one's that moves."""
        if cues is None or len(self._found) < 2:
            return True
        shown = {at: max(self._cued[at].evidence(side, cues) for side in self._cued[at].sides) for at in self._found}
        return shown[phase] >= max(shown.values()) - AHEAD

    def _is_a_persons(self, phase: int, cues: Sequence[Cue], follow: Following) -> bool:
        """Whether somebody did what was asked: it shows, and it is not what switches by itself anyway."""
        if self._is_source:
            return went_off(self._channels[phase], cues, self._since) is not None
        if not any(_is_asked(step.at, cues) for step in follow.events):
            return False
        cued = self._cued[phase]
        side = max(cued.sides, key=lambda side: cued.evidence(side, cues))
        return cued.evidence(side, cues) >= SHOWS and not cued.may_be_chance(side, cues)

    def answers(self, cues: Sequence[Cue] | None) -> list[Answer]:
        """The answers so far. `cues` None: nobody was asked."""
        for phase, follow in self._follows.items():
            follow.begins = cues[0].at if cues else -math.inf
            if follow.look() and follow.events:
                asked = cues is not None and follow.is_enough and self._is_a_persons(phase, cues, follow)
                found = _judge(follow, follow.weights(), phase, self._wiring, asked=asked)
                if self._wiring is Wiring.THREE and asked and not all(one.is_final for one in found[:2]):
                    found = _on_several(follow, phase) or found
                self._found[phase] = found
        found = [
            answer
            for phase, answers in self._found.items()
            if self._is_meant(phase, cues) or all(one.is_final for one in answers)
            for answer in answers
        ]
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
    apart = follow.apart(follow.ways[way], matches) if wiring is Wiring.THREE else math.inf
    is_shared = apart < LIKELY
    restless, many = follow.is_restless(follow.ways[way]), 2 * len(matches) >= len(follow.events)
    asked = asked and (many or odds >= MANY or (not restless and 3 * len(matches) >= len(follow.events)))
    proven, is_met = SLOWLY if follow.refresh_s or follow.is_source else PROVEN, len(matches) == len(follow.events)
    enough = OF_SOURCE if follow.is_source else LESS_FIRM if restless else FIRM
    enough = proven if is_met and not restless else enough
    alone = asked and apart >= APART
    sure = Certainty.NOT_SURE if is_shared else certainty(odds, asked=alone, proven=enough)
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
                why=Why.TOGETHER if apart < 0.0 else _why_meter(follow, by_phase),
                log_odds=odds,
            )
        )
    else:
        found.append(Answer(Question.PHASE, sure, f"L{best + 1}", phase, log_odds=odds, steps=len(matches)))
    side, odds = outcome([*by_sign, nowhere])
    sure = certainty(odds, asked=asked and not is_shared, proven=enough) if side < 2 else Certainty.NOT_SURE
    value = ("right", "reversed")[side] if sure is not Certainty.NOT_SURE else ""
    why = Why.MORE if sure is Certainty.NOT_SURE else None
    found.append(Answer(Question.DIRECTION, sure, value, phase, why, odds, steps=len(matches)))
    odds = log_sum(weights[:-1]) - nowhere
    # What other phases have of it is part of the rise.
    sure = Certainty.NOT_SURE if is_shared else certainty(odds, asked=alone, proven=enough)
    found.append(_rise(follow, follow.ways[way], odds, phase, sure))
    return found


def _on_several(follow: Following, phase: int) -> list[Answer]:
    """What is to be said of a load that is on several phases, all of it or half of it; nothing if that is not clear.

    Nor of a slow meter: in its 10 s other phases move as well.
    """
    if not follow.is_settled or follow.refresh_s:
        return []
    best = max(follow.weights()[:-1])
    for ratio in (0.5, 1.0):
        weights = follow.weights(ratio)
        way = follow.ways[max(range(len(follow.ways)), key=weights.__getitem__)]
        matches = follow.matches(way, ratio)
        is_most = len(matches) > 1 and 2 * len(matches) >= len(follow.events) and not follow.is_restless(way)
        if not is_most or max(weights) < best or follow.apart(way, matches, alike=True) > -APART:
            continue
        by_sign = [log_sum(weights[:-1][side::2]) for side in (0, 1)]
        side, odds = outcome([*by_sign, weights[-1]])
        sure = certainty(odds, proven=LESS_FIRM) if side < 2 else Certainty.NOT_SURE
        value = ("right", "reversed")[side] if sure is not Certainty.NOT_SURE else ""
        why = Why.MORE if sure is Certainty.NOT_SURE else None
        return [
            Answer(Question.PHASE, Certainty.UNTESTABLE, of=phase, why=Why.TOGETHER, log_odds=odds),
            Answer(Question.DIRECTION, sure, value, phase, why, odds, steps=len(matches)),
        ]
    return []


def _rise(follow: Following, way: Way, odds: float, phase: int, sure: Certainty) -> Answer:
    matches = follow.matches(way)
    worth = [(match.seen.size / match.step.size, (match.step.size / match.seen.sigma) ** 2) for match in matches]
    ratio = abs(sum(one * weight for one, weight in worth) / sum(weight for _, weight in worth)) if worth else None
    # Of two steps one may have met that of another load: a third one tells. So it is with a single one of lower odds.
    enough = len(matches) > 2 or 2 * len(matches) > max(len(follow.events), 2 * (odds < FIRM))
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
        # A slow meter that averages shows a part of the step in one telegram, and the rest in the next.
        if log_odds < PROVEN or not is_firm or (follow.refresh_s and ratio < 1.0):
            continue
        if wiring is Wiring.THREE and follow.apart(way, matches) < APART:
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
    # Nor is it none if something of another size comes with most of them.
    clear = (follow.unanswered > 1 or odds >= BEYOND) and not follow.ratios(max(2.0, len(follow.events) / 2))
    sure = certainty(odds, asked=asked) if clear else Certainty.NOT_SURE
    if sure is Certainty.PROVEN:
        return [Answer(Question.RISE, sure, "none", phase, log_odds=odds)]
    return [Answer(Question.PHASE, Certainty.NOT_SURE, of=phase, why=Why.MORE, log_odds=odds)]


def _is_asked(at: float, cues: Iterable[Cue]) -> bool:
    return any(cue.at <= at <= cue.at + LATEST_S for cue in cues)


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
