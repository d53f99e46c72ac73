"""Whether the connection's meter follows another meter: on which phase, the same way round, how much later.

Each step of the meter is looked for on each phase, upwards and downwards, with each delay. That is one hypothesis;
what the steps say of it is added up (`evidence`), over all delays in the end. A delay belongs to the two meters and so
is the same for each step; a phase that was quiet when the step should have been there is ruled out by that. One that is
never quiet is asked how well the step fits into what it does (`movement`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from tui.core.guided.channel import FLOOR_W, Channel, Step
from tui.core.guided.evidence import TOLERANCE, Foreign, is_alone, log_sum, merged, normal, sigma_of
from tui.core.guided.movement import Movements
from tui.core.guided.shared import apart

MOST_DELAY_S = 10
"""The longest that one meter's answer may be behind the other's."""
DELAYS = range(-MOST_DELAY_S, MOST_DELAY_S + 1)
USUAL = tuple(math.log((MOST_DELAY_S + 1 - abs(delay)) / (MOST_DELAY_S + 1) ** 2) for delay in DELAYS)
"""How usual each delay is: as the difference of two of 0 to 10 s, each as likely."""
SLACK_S = 1.5
"""Two meters asked once a second: the delay seems longer or shorter by this."""
HIDDEN, MISSED = 0.8, 0.003
"""How often a step is not seen where it should be: while the phase moves anyway or is not measured; and while it is
quiet (own choice)."""
NOWHERE, REVERSED, NEVER = 0.06, 0.25, 0.01
"""How often the connection's meter does not follow at all, and how often a meter is mounted upside down, and a plug,
which cannot be, before anything was seen (own choice)."""
OTHER = 0.25
"""A ratio that is closer to 1 is not told from it: two loads at once make such ones."""
MOST_RATIOS = 3
"""So many ratios are tried: those that most steps have."""
RESTLESS = 0.05
"""A phase with more steps in each second is restless (own choice)."""
CHANGE_S = 1.2
"""A change is seen in the sample after it."""
_LOG = {part: math.log(part) for part in (MISSED, HIDDEN, 1.0)}
HIDES = 0.35
"""A phase that moves by more than this part of the step is not quiet."""


class Way(NamedTuple):
    """One hypothesis: the place of the phase among the channels, and +1 or -1 for a meter that counts the wrong way."""

    phase: int
    sign: int


class Match(NamedTuple):
    """A step of the meter, and the step of the connection's meter that was taken for it."""

    step: Step
    seen: Step


class Following:
    """The evidence on one channel of a meter against the channels of the connection's meter."""

    def __init__(
        self,
        subject: Channel,
        phases: Sequence[Channel],
        least_w: float,
        most: int | None = None,
        *,
        is_source: bool = False,
        can_turn: bool = True,
    ) -> None:
        """Steps of `least_w` or more count, the last `most` or all; of an inverter those with which it was gone."""
        self.is_source = is_source
        self._reversed = REVERSED if can_turn else NEVER
        self.begins = -math.inf  # since when an inverter may have been switched off
        self._subject, self._phases = subject, phases
        self._least_w, self._most = least_w, most or 0
        self.ways = tuple(Way(phase, sign) for phase in range(len(phases)) for sign in (1, -1))
        self._settled: dict[tuple[float, float], list[list[float]]] = {}
        self._foreigns: dict[int, Foreign] = {}
        self._movements: dict[int, Movements] = {}
        self._seen: dict[tuple[float, float, int], list[list[float]]] = {}
        self._matched: dict[tuple[Way, float, int], list[Match]] = {}
        self._known: object = None
        """The steps of both meters that these three tell of."""
        self._spans: list[tuple[float, float]] = []
        self.refresh_s = max(channel.refresh_s for channel in phases)
        self._state: object = None
        self._delays: dict[Way, int] = {}
        self.events: list[Step] = []
        """The steps of the meter that count."""
        self.is_settled = False
        """Whether all that may belong to them was seen."""

    def look(self) -> bool:
        """Take up the meter's steps; whether there may be something new to say."""
        state = self._subject.changes, [channel.changes for channel in self._phases]
        is_new = state != self._state or not self.is_settled
        self._state = state
        own = large = [step for step in self._subject.steps if abs(step.size) >= self._least_w]
        if self.is_source:
            large = [one for one in large if one.at >= self.begins and self._subject.is_gone_after(one)]
        late_s = MOST_DELAY_S + SLACK_S + self.refresh_s
        self.events = [step for place, step in enumerate(large) if is_alone(place, large, late_s)][-self._most :]
        self._spans = self._spans_of(own if self.is_source else self.events)  # that it starts again is its own, too
        known = self._spans, state
        if known != self._known:
            self._known = known
            for kept in (self._foreigns, self._movements, self._seen, self._matched):
                kept.clear()
            counted = {step.at for step in self.events}
            self._settled = {key: table for key, table in self._settled.items() if key[0] in counted}
        self.is_settled = all(self._is_over(step) for step in self.events)
        return is_new

    def weights(self, ratio: float = 1.0) -> list[float]:
        """The logarithm of the weight of each way, and at last of "not at all"."""
        tables = [self._table(step, ratio) for step in self.events]
        if self.is_source and self.events:  # one that is switched off draws more: what it shows tells its direction
            self._reversed = NEVER if self.events[-1].size > 0 else 1.0 - NEVER
        ends = []
        for at, way in enumerate(self.ways):
            prior = (1.0 - NOWHERE) / len(self._phases) * (self._reversed if way.sign < 0 else 1.0 - self._reversed)
            sums = list(map(sum, zip(USUAL, *(table[at] for table in tables), strict=True)))
            self._delays[way] = DELAYS[max(range(len(sums)), key=sums.__getitem__)]
            ends.append(math.log(prior) + log_sum(sums))
        return [*ends, math.log(NOWHERE)]

    def matches(self, way: Way, ratio: float = 1.0) -> list[Match]:
        """The steps that a way rests on: for each of the meter's the one that fits best."""
        delay = self._delays.get(way, 0)
        found = self._matched.get((way, ratio, delay))
        if found is not None:
            return found
        channel, found = self._phases[way.phase], []
        for step in self.events:
            due = step.at + delay - SLACK_S
            fitting = [
                (normal(seen.size - way.sign * ratio * step.size, sigma_of(seen, step)), seen)
                for seen in channel.seen(due, due + 2 * SLACK_S + channel.refresh_s)
            ]
            density, seen = max(fitting, default=(0.0, step))
            if density and abs(seen.size - way.sign * ratio * step.size) < 3.0 * sigma_of(seen, step):
                found.append(Match(step, seen))
        self._matched[way, ratio, delay] = found
        return found

    def apart(self, way: Way, matches: Sequence[Match], *, alike: bool = False) -> float:
        """The log-odds that no other phase moves together with that of a way (`alike`: by as much): it has the load."""
        others = (at for at in range(len(self._phases)) if at != way.phase)
        return apart(
            [match.seen for match in matches], [(self._phases[at], self._foreign(at)) for at in others], alike=alike
        )

    def is_restless(self, way: Way) -> bool:
        """Whether a phase has so many steps of its own that one of any size is near each of the meter's."""
        least_w = HIDES * min((abs(step.size) for step in self.events), default=0.0)
        return self._foreign(way.phase).rate(least_w) > RESTLESS

    def _foreign(self, phase: int) -> Foreign:
        """What other loads do on a phase, as of the newest step."""
        found = self._foreigns.get(phase)
        if found is None:
            found = self._foreigns[phase] = Foreign(self._phases[phase], self._spans)
        return found

    def ratios(self, least: float = 2.0) -> list[float]:
        """How many times larger, or smaller, steps near those of the meter are: what at least so many have."""
        found: list[list[float]] = []
        for step in self.events:
            near = [
                abs(seen.size / step.size)
                for channel in self._phases
                for seen in channel.between(step.at - MOST_DELAY_S, step.at + MOST_DELAY_S + channel.refresh_s)
            ]
            for ratio in near:
                if 0.2 <= ratio <= 5.0 and abs(ratio - 1.0) > OTHER:
                    same = next((some for some in found if abs(ratio / some[0] - 1.0) < TOLERANCE), None)
                    found.append([ratio]) if same is None else same.append(ratio)
        found = [some for some in sorted(found, key=len, reverse=True) if len(some) >= least]
        return [round(sum(some) / len(some), 2) for some in found[:MOST_RATIOS]]

    def is_loud(self) -> bool:
        """Whether several phases have a step that fits those of the meter."""
        return (
            sum(bool(self.matches(Way(phase, 1)) or self.matches(Way(phase, -1))) for phase in range(len(self._phases)))
            > 1
        )

    @property
    def is_enough(self) -> bool:
        """Whether the steps may prove something: a single one only where nothing can have been missed."""
        if len(self.events) != 1:
            return bool(self.events)
        return not self.refresh_s and not self.has_gaps()

    def has_gaps(self) -> bool:
        """Whether the connection's meter did not answer for a while when a step may have been there."""
        return any(
            channel.has_gap(step.at - MOST_DELAY_S - SLACK_S, step.at + MOST_DELAY_S + SLACK_S)
            for step in self.events
            for channel in self._phases
        )

    @property
    def unanswered(self) -> int:
        """How many steps of the meter found the connection quiet, whatever the delay."""
        quiet = math.log(MISSED) + 0.5
        return sum(
            max(max(row) for row in table) < quiet for (_, ratio), table in self._settled.items() if ratio == 1.0
        )

    def _spans_of(self, steps: Sequence[Step]) -> list[tuple[float, float]]:
        """When the meter's own steps may be seen at the connection."""
        late = MOST_DELAY_S + SLACK_S + self.refresh_s
        return [(step.at - MOST_DELAY_S - SLACK_S, step.at + late) for step in steps]

    def _table(self, step: Step, ratio: float) -> list[list[float]]:
        """What one step says of each way with each delay. Once all that may belong to it was seen, it stays so."""
        settled = self._settled.get((step.at, ratio))
        if settled is not None:
            return settled
        table = [row for phase in range(len(self._phases)) for row in self._rows(step, phase, ratio)]
        if self._is_over(step):
            self._settled[step.at, ratio] = table
        return table

    def _is_over(self, step: Step) -> bool:
        """Whether all that may belong to a step was seen."""
        return all(
            channel.newest > step.at + MOST_DELAY_S + 4.0 + channel.refresh_s + channel.settles_s
            for channel in self._phases
        )

    def _rows(self, step: Step, phase: int, ratio: float) -> list[list[float]]:
        """Both ways round on one phase."""
        channel = self._phases[phase]
        late = SLACK_S + channel.refresh_s
        start, end = step.at - MOST_DELAY_S - SLACK_S, step.at + MOST_DELAY_S + late
        stirs = channel.stirs(start - 1, end + 1, abs(step.size * ratio) * HIDES)
        key = step.at, ratio, phase
        hits = self._seen.get(key)
        if hits is None:
            hits = self._seen[key] = self._hits(step, phase, ratio)
        # What is still to come is not missed. Where the phase moves anyway, it is asked how well a step fits in.
        unseen = channel.newest - CHANGE_S - late - step.at
        missed = [MISSED if delay <= unseen else 1.0 for delay in DELAYS]
        near = (_places(at - step.at - late - 1.0, at - step.at + SLACK_S + 1.0) for at in stirs)
        stirred = {place for places in near for place in places if missed[place] < HIDDEN}
        if not stirred:
            none = [_LOG[part] for part in missed]
            return [
                [math.log(part + one) if one else log for part, one, log in zip(missed, side, none, strict=True)]
                for side in hits
            ]
        rows, first = [], min(stirred)
        for side, turned in zip(hits, (ratio, -ratio), strict=True):
            row = [math.log(part + one) for part, one in zip(missed, side, strict=True)]
            fits = self._movement(phase).fits(step.at + DELAYS[first], max(stirred) + 1 - first, turned * step.size)
            for place in stirred:
                part = max(MISSED, fits[place - first])
                row[place] = math.log(max(min(part, HIDDEN) + side[place], part))
            rows.append(row)
        return rows

    def _movement(self, phase: int) -> Movements:
        """What a phase does by itself."""
        if phase not in self._movements:
            self._movements[phase] = Movements(self._phases[phase], merged(self._spans))
        return self._movements[phase]

    def _hits(self, step: Step, phase: int, ratio: float) -> list[list[float]]:
        """How much likelier the steps of a phase are with each delay if they are the meter's, both ways round."""
        channel, foreign = self._phases[phase], self._foreign(phase)
        late = SLACK_S + channel.refresh_s
        density, hits = 1.0 / (SLACK_S + late), [[0.0] * len(DELAYS), [0.0] * len(DELAYS)]
        for seen in channel.seen(step.at - MOST_DELAY_S - SLACK_S, step.at + MOST_DELAY_S + late):
            for row, sign in zip(hits, (1, -1), strict=True):
                if one := self._ratio(seen, step, sign * ratio, foreign) * density:
                    for place in _places(seen.at - step.at - late, seen.at - step.at + SLACK_S):
                        row[place] += one
        return hits

    @staticmethod
    def _ratio(seen: Step, step: Step, ratio: float, foreign: Foreign) -> float:
        """How much likelier a step is if it is that of the meter, alone or at once with that of another load."""
        sigma = sigma_of(seen, step)
        rest = seen.size - ratio * step.size
        fits = (1.0 - foreign.at_once) * normal(rest, sigma)
        if abs(rest) > FLOOR_W:
            fits += foreign.at_once * foreign.density(rest, sigma)
        return fits / foreign.intensity(seen.size, seen.sigma) if fits else 0.0


def _places(least: float, most: float) -> range:
    """The places of the delays from one to another."""
    first, last = math.ceil(least) + MOST_DELAY_S, math.floor(most) + MOST_DELAY_S
    return range(max(0, first), min(len(DELAYS), last + 1))
