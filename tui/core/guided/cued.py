"""Which signal does what a person was asked to do: a load is switched on at one cue, and off at the next.

The size of the load is not known before, but it is the same each time. A hypothesis is a channel and the way round;
the steps near each cue are weighed against those that other loads make by themselves (`evidence`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from tui.core.guided.channel import Channel, Step
from tui.core.guided.evidence import TOLERANCE, Foreign, normal, sigma_of

SOON_S, LATEST_S = 16.0, 45.0
"""A person acts within 16 s, or within 45 s; a meter's delay is in this."""
PROMPTLY = 0.68
"""How often it is within 16 s (own choice)."""
UNHEARD = 0.1
"""How often a cue shows no step: not heard, forgotten, or hidden by another load (own choice)."""
LEAST_LOAD_W, MOST_LOAD_W = 300.0, 5000.0
"""What a load to test with may take."""
RIVAL_W = 700.0
"""A step on another phase that may be that of the load, bent by another one (own choice)."""
USUAL_LOAD_W, SPREAD = 2000.0, 0.5
"""What a person is asked for, and how far a load is from it: the standard deviation of the logarithm (own choice)."""
ABOUT = 0.15
"""Steps of loads that differ by no more than this part may be of one load (own choice)."""
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

    def __init__(self, channels: Sequence[Channel], *, both: bool) -> None:
        self._channels = channels
        self._kept: dict[Side, tuple[tuple[int, int], list[Hits]]] = {}
        self._known: dict[Side, tuple[object, float, float]] = {}
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
        unheard = [max(UNHEARD, 1.0 - _passed(newest - cue.at, channel)) for cue in cues]
        none = sum(map(math.log, unheard))
        found = none + max(
            sum([math.log1p((1.0 - UNHEARD) * one / unheard[at]) for at, one in hits]) for hits in kept[1]
        )
        self._known[side] = state, newest, found
        return found

    def is_followed(self, side: Side, cue: Cue) -> bool:
        """Whether a channel has a step the way that was asked for, as large as that of a load may be, after a cue."""
        channel, way = self._channels[side.channel], side.sign if cue.on else -side.sign
        steps = channel.seen(cue.at, cue.at + LATEST_S + channel.refresh_s)
        return any(step.size * way >= RIVAL_W for step in steps)

    def is_usual(self, side: Side, cues: Sequence[Cue]) -> bool:
        """Whether a load of about this size switched by itself before anybody was asked: it may keep time
        with the cues, for these wait for its steps."""
        channel = self._channels[side.channel]
        before = [abs(step.size) for step in channel.between(-math.inf, cues[0].at) if abs(step.size) >= LEAST_LOAD_W]
        alike = sum(
            any(abs(abs(step.size) - size) <= ABOUT * size for step in self._near(side, cue) for size in before)
            for cue in cues
            if before
        )
        return 2 * alike > len(cues)

    def _near(self, side: Side, cue: Cue) -> list[Step]:
        """The steps of a load's size, the way that was asked for, after a cue."""
        channel, way = self._channels[side.channel], side.sign if cue.on else -side.sign
        steps = channel.seen(cue.at, cue.at + LATEST_S + channel.refresh_s)
        return [step for step in steps if LEAST_LOAD_W <= step.size * way <= MOST_LOAD_W]

    def _hits(self, side: Side, cues: Sequence[Cue]) -> list[Hits]:
        """For each size that the load may have, how much likelier the steps near each cue are; at first, for none."""
        channel = self._channels[side.channel]
        spans = [(cue.at, cue.at + LATEST_S + channel.refresh_s) for cue in cues]
        worth: list[list[tuple[Step, float]]] = []
        foreign: Foreign | None = None
        for cue in cues:
            near = []
            for step in self._near(side, cue):
                foreign = foreign or Foreign(channel, spans)
                often = foreign.intensity(step.size, step.sigma)
                near.append((step._replace(size=abs(step.size)), _soon(step.at - cue.at, channel) / often))
            worth.append(near)
        found: list[Hits] = [[]]
        tried = 0.0
        for candidate in sorted({step for near in worth for step, _ in near}, key=lambda step: step.size):
            if candidate.size < tried * (1.0 + TOLERANCE / 4.0):
                continue
            tried = candidate.size
            # The first one tells the size, as one of all that it may be.
            first = sigma_of(candidate, candidate) * 2.5 / tried * normal(math.log(tried / USUAL_LOAD_W), SPREAD)
            hits: Hits = []
            for at, near in enumerate(worth):
                hit = sum(normal(step.size - tried, sigma_of(step, candidate)) * ratio for step, ratio in near)
                if hit:
                    hits.append((at, hit * first))
                    first = 1.0
            found.append(hits)
        return found


def _soon(after_s: float, channel: Channel) -> float:
    """How likely a step is in each second after its cue."""
    if after_s < SOON_S:
        return PROMPTLY / SOON_S
    return (1.0 - PROMPTLY) / (LATEST_S + channel.refresh_s - SOON_S)


def _passed(after_s: float, channel: Channel) -> float:
    """How much of the time for a step is over."""
    if after_s < SOON_S:
        return PROMPTLY * max(0.0, after_s) / SOON_S
    return min(1.0, PROMPTLY + (after_s - SOON_S) * _soon(after_s, channel))
