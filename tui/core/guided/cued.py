"""Which signal does what a person was asked to do: a load is switched on at one cue, and off at the next.

The size of the load is not known before, but it is the same each time. A hypothesis is a channel and the way round;
the steps near each cue are weighed against those that other loads make by themselves (`evidence`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from tui.core.guided.channel import Channel, Step
from tui.core.guided.evidence import SHORTEST_S, SLOWLY, TOLERANCE, Foreign, log_sum, normal, sigma_of
from tui.core.guided.shared import apart

SOON_S, LATEST_S = 16.0, 45.0
"""A person acts within 16 s, or within 45 s; a meter's delay is in this."""
PROMPTLY = 0.68
"""How often it is within 16 s (own choice)."""
UNHEARD, _LOG_UNHEARD = 0.1, math.log(0.1)
"""How often a cue shows no step: not heard, forgotten, or hidden by another load (own choice)."""
MOST_DELAY_S = 10
"""The longest that a meter's answer may be behind."""
AGAIN = 0.5
"""The same after one that showed none: what was left on cannot be switched on."""
ALL = 0.4
"""An inverter that is switched off takes away what it gave, with a cloud meanwhile within this part (own choice)."""
UNSEEN = 0.35
"""`UNHEARD` of a slow meter that may average: its steps often have another size (own choice)."""
LEAST_LOAD_W, MOST_LOAD_W = 300.0, 5000.0
"""What a load to test with may take."""
RIVAL_W = 700.0
"""A step on another phase that may be that of the load, bent by another one (own choice)."""
USUAL_LOAD_W, SPREAD = 2000.0, 0.5
"""What a person is asked for, and how far a load is from it: the standard deviation of the logarithm (own choice)."""
ABOUT = 0.06
"""Steps that differ by no more than this part may be of one load (own choice)."""
BEFORE_S, TWICE_S = 300.0, 3.0
"""What switches by itself is looked for in the five minutes before the first cue, too; two steps within 3 s are one
(own choice)."""
LIKELIEST = 8
"""So many sizes that the load may have are thought of from second to second (own choice)."""
PROMPT, PROMPT_S = 0.85, 13.0
"""How often a person acts within so many seconds of a cue (own choice)."""
PERSONS = 12.0
"""The log-odds from which on a person did it. A thermostat is more regular than a point process: with less, ovens
proved their phase in 3 of 120 houses where nobody was. A slow meter shows too little for so much."""
EXTRA_S = 600.0
"""A person switches a load when nobody asked once in so many seconds (own choice)."""
NOBODY = 0.05
"""How often no channel shows the load at all, before anything was seen (own choice)."""


Hits = list[tuple[int, float]]
"""How much likelier the steps near a cue are, by the place of the cue."""


class Cue(NamedTuple):
    """What was asked for, and when (monotonic): to switch the load on, or off."""

    at: float
    on: bool


class Side(NamedTuple):
    """One hypothesis: the place of the channel, and +1 for one that rises when the load goes on, or -1."""

    channel: int
    sign: int


class Cued:
    """The evidence of the cues on some channels. One that counts downwards is thought of only where `both` says so."""

    def __init__(self, channels: Sequence[Channel], *, both: bool, since: float = -math.inf) -> None:
        """`since`: when the test before this one was over."""
        self._channels, self._since = channels, since
        self._kept: dict[Side, tuple[tuple[int, int], list[tuple[float, Hits]]]] = {}
        self._known: dict[Side, tuple[object, float, float]] = {}
        self._foreigns: dict[int, tuple[tuple[int, int], Foreign]] = {}
        self._sizes: dict[Side, float] = {}
        """The size of the load, by the best of what was seen."""
        self.sides = tuple(Side(at, sign) for at in range(len(channels)) for sign in ((1, -1) if both else (1,)))

    def weights(self, cues: Sequence[Cue]) -> list[float]:
        """The logarithm of the weight of each side, and at last of "none of them"."""
        prior = math.log((1.0 - NOBODY) / len(self.sides))
        return [*(prior + self.evidence(side, cues) for side in self.sides), math.log(NOBODY)]

    def evidence(self, side: Side, cues: Sequence[Cue]) -> float:
        """The log-odds of one side against chance."""
        channel = self._channels[side.channel]
        state, newest = (channel.changes, len(cues)), channel.newest
        known = self._known.get(side)
        if known is not None and known[:2] == (state, newest):
            return known[2]
        kept = self._kept.get(side)
        if kept is None or kept[0] != state:
            kept = self._kept[side] = state, self._hits(side, cues)
        open_ones = {
            at: 1.0 - _passed(newest - cue.at, channel)
            for at, cue in enumerate(cues)
            if newest - cue.at < LATEST_S + channel.refresh_s
        }
        unheard = [max(UNHEARD, open_ones.get(at, 0.0)) for at in range(len(cues))]
        none = sum([_LOG_UNHEARD if part == UNHEARD else math.log(part) for part in unheard])
        best, self._sizes[side] = 0.0, 0.0
        for size, hits in kept[1]:
            odds = sum([math.log1p((1.0 - UNHEARD) * one / unheard[at]) for at, one in hits])
            if odds > best:
                best, self._sizes[side] = odds, size
        found = none + best
        self._known[side] = state, newest, found
        return found

    def is_followed(self, side: Side, cue: Cue) -> bool:
        """Whether a channel has a step the way that was asked for, as large as that of a load may be, after a cue."""
        channel, way = self._channels[side.channel], side.sign if cue.on else -side.sign
        steps = channel.seen(cue.at, cue.at + LATEST_S + channel.refresh_s)
        return any(step.size * way >= RIVAL_W for step in steps)

    def may_be_chance(self, side: Side, cues: Sequence[Cue], least: float = -math.inf) -> bool:
        """Whether it may be a load that switches by itself. Such a load keeps time with the cues, for these wait for
        its steps.

        Both are point processes: that of a person has a step soon after each cue, as late as the meter is, and hardly
        any other; that of the load has one every so many seconds, as was seen. The ratio must be that of a proof, or
        `least` where no step of this size was seen but those that were asked for.
        """
        channel = self._channels[side.channel]
        self.evidence(side, cues)
        size = self._sizes.get(side, 0.0)
        if not size:
            return False
        start, now = max(self._since, cues[0].at - BEFORE_S), channel.newest
        watched_s = cues[0].at - max(start, now - channel.watched_s)
        like = sorted(step for step in channel.seen(start, now) if _is_like(step, size))
        left = [step for step in like if step.at >= cues[0].at]
        before, after_s, odds, was_heard = len(like) - len(left), [], 0.0, True
        usual = UNSEEN if channel.refresh_s else UNHEARD
        for cue in cues:
            way, late = side.sign if cue.on else -side.sign, cue.at + LATEST_S + channel.refresh_s
            mine = next((step for step in left if cue.at <= step.at <= late and step.size * way > 0), None)
            if mine is not None:
                after_s.append(mine.at - cue.at)
                was_heard = True
                twice_s = mine.at + TWICE_S + 1.5 * channel.refresh_s  # a meter may show one step as two
                left = [one for one in left if not (one.size * way > 0 and mine.at <= one.at <= twice_s)]
            elif now > late:
                odds += math.log(usual if was_heard else AGAIN)
                was_heard = False
        lasted_s, is_usual = now - cues[0].at, bool(before or left)
        often = (before + len(left) + 1.0) / (watched_s + (lasted_s if left else 0.0) + SHORTEST_S)
        odds += _promptness(after_s, channel) - len(left) * math.log(EXTRA_S * often)
        enough = (SLOWLY if channel.refresh_s else PERSONS) if is_usual else least
        return odds - len(after_s) * math.log(often) + often * lasted_s < enough

    def apart(self, side: Side, cues: Sequence[Cue], *, alike: bool = False) -> float:
        """The log-odds that no other channel moves together with what one shows of the load. `alike`: by as much."""
        self.evidence(side, cues)
        size = self._sizes.get(side, 0.0)
        spans = [(cue.at, cue.at + LATEST_S + self._channels[side.channel].refresh_s) for cue in cues]
        mine = sorted({step for cue in cues for step in self._near(side, cue) if _is_like(step, abs(size))})
        others = (at for at in range(len(self._channels)) if at != side.channel)
        return apart(mine, [(self._channels[at], self._foreign(at, spans)) for at in others], alike=alike)

    def _near(self, side: Side, cue: Cue) -> list[Step]:
        """The steps of a load's size, the way that was asked for, after a cue."""
        channel, way = self._channels[side.channel], side.sign if cue.on else -side.sign
        steps = channel.seen(cue.at, cue.at + LATEST_S + channel.refresh_s)
        return [step for step in steps if LEAST_LOAD_W <= step.size * way <= MOST_LOAD_W]

    def _hits(self, side: Side, cues: Sequence[Cue]) -> list[tuple[float, Hits]]:
        """For each size that the load may have, how much likelier the steps near each cue are: those that fit best."""
        channel = self._channels[side.channel]
        spans = [(cue.at, cue.at + LATEST_S + channel.refresh_s) for cue in cues]
        worth: list[list[tuple[Step, float]]] = []
        for cue in cues:
            near = []
            for step in self._near(side, cue):
                often = self._foreign(side.channel, spans).intensity(step.size, step.sigma)
                near.append((step._replace(size=abs(step.size)), _soon(step.at - cue.at, channel) / often))
            worth.append(near)
        found: list[tuple[float, float, Hits]] = []
        tried, widest = 0.0, max((step.sigma for near in worth for step, _ in near), default=0.0)
        for candidate in sorted({step for near in worth for step, _ in near}, key=lambda step: step.size):
            if candidate.size < tried * (1.0 + TOLERANCE / 4.0):
                continue
            tried = candidate.size
            # The first one tells the size, as one of all that it may be.
            first = sigma_of(candidate, candidate) * 2.5 / tried * normal(math.log(tried / USUAL_LOAD_W), SPREAD)
            hits: Hits = []
            reach = 8.0 * math.hypot(candidate.sigma, widest, TOLERANCE * tried)
            for at, near in enumerate(worth):
                hit = 0.0
                for step, ratio in near:
                    if abs(step.size - tried) < reach:
                        hit += normal(step.size - tried, sigma_of(step, candidate)) * ratio
                if hit:
                    hits.append((at, hit * first))
                    first = 1.0
            found.append((sum([math.log1p((1.0 - UNHEARD) * one / UNHEARD) for _, one in hits]), tried, hits))
        return [(size, hits) for _, size, hits in sorted(found, reverse=True)[:LIKELIEST]]

    def _foreign(self, at: int, spans: list[tuple[float, float]]) -> Foreign:
        """What other loads do on a channel; both ways round it is the same."""
        state = self._channels[at].changes, len(spans)
        known = self._foreigns.get(at)
        if known is None or known[0] != state:
            known = self._foreigns[at] = state, Foreign(self._channels[at], spans)
        return known[1]


def went_off(channel: Channel, cues: Sequence[Cue], since: float) -> Step | None:
    """The step with which an inverter was gone, soon after one of the cues. No cloud does that in a second; what made
    one as large before anything was asked is another load on its group. `since`: when the test before was over."""
    before = list(channel.between(since, cues[0].at)) if cues else []
    for cue in cues:
        before_w = channel.power_at(cue.at)
        if before_w * channel.power_at(cues[0].at) < 0.0:
            continue  # it gives one way only: that is what another load draws while the inverter is off
        for step in channel.between(cue.at, cue.at + LATEST_S + channel.refresh_s):
            is_all = abs(before_w + step.size) <= ALL * abs(step.size)
            is_usual = sum(abs(one.size) >= (1.0 - ABOUT) * abs(step.size) for one in before) > 1  # on, and off
            if is_all and not is_usual and abs(step.size) >= LEAST_LOAD_W and channel.is_gone_after(step):
                return step
    return None


def _is_like(step: Step, size: float) -> bool:
    return abs(abs(step.size) - size) <= max(ABOUT * size, min(3.0 * step.sigma, 2 * ABOUT * size))


def _soon(after_s: float, channel: Channel) -> float:
    """How likely a step is in each second after its cue."""
    if after_s < SOON_S:
        return PROMPTLY / SOON_S
    return (1.0 - PROMPTLY) / (LATEST_S + channel.refresh_s - SOON_S)


def _promptness(after_s: Sequence[float], channel: Channel) -> float:
    """The logarithm of how likely a person acts so long after each cue, for each second; the meter's delay is one."""
    span_s = PROMPT_S + channel.refresh_s
    soon, late = math.log(PROMPT / span_s), math.log((1.0 - PROMPT) / (LATEST_S + channel.refresh_s - span_s))
    delays = range(0, MOST_DELAY_S + 1, 2)
    found = (sum(soon if 0.0 <= one - delay <= span_s else late for one in after_s) for delay in delays)
    return log_sum(found) - math.log(len(delays))


def _passed(after_s: float, channel: Channel) -> float:
    """How much of the time for a step is over."""
    if after_s < SOON_S:
        return PROMPTLY * max(0.0, after_s) / SOON_S
    return min(1.0, PROMPTLY + (after_s - SOON_S) * _soon(after_s, channel))
