"""Which signal does what a person was asked to do: a load is switched on at one cue, and off at the next.

The size of the load is not known before, but it is the same each time. A hypothesis is a channel and the way round;
the steps near each cue are weighed against those that other loads make by themselves (`evidence`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from tui.core.guided.channel import Channel, Step
from tui.core.guided.evidence import Foreign, normal, sigma_of

SOON_S, LATEST_S = 16.0, 45.0
"""A person acts within 16 s, or within 45 s; a meter's delay is in this."""
PROMPTLY = 0.68
"""How often it is within 16 s (own choice)."""
UNHEARD = 0.1
"""How often a cue shows no step: not heard, forgotten, or hidden by another load (own choice)."""
LEAST_LOAD_W, MOST_LOAD_W = 300.0, 5000.0
"""What a load to test with may take."""
USUAL_LOAD_W, SPREAD = 2000.0, 0.5
"""What a person is asked for, and how far a load is from it: the standard deviation of the logarithm (own choice)."""
NOBODY = 0.05
"""How often no channel shows the load at all, before anything was seen (own choice)."""


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
        self.sides = tuple(Side(at, sign) for at in range(len(channels)) for sign in ((1, -1) if both else (1,)))

    def weights(self, cues: Sequence[Cue]) -> list[float]:
        """The logarithm of the weight of each side, and at last of "none of them"."""
        prior = math.log((1.0 - NOBODY) / len(self.sides))
        return [*(prior + self.evidence(side, cues) for side in self.sides), math.log(NOBODY)]

    def evidence(self, side: Side, cues: Sequence[Cue]) -> float:
        """The log-odds of one side against chance."""
        channel = self._channels[side.channel]
        spans = [(cue.at, cue.at + LATEST_S + channel.refresh_s) for cue in cues]
        foreign = Foreign(channel, spans)
        worth: list[list[tuple[Step, float]]] = []
        for cue, (start, end) in zip(cues, spans, strict=True):
            way = side.sign if cue.on else -side.sign
            fitting = [step for step in channel.seen(start, end) if step.size * way > 0]
            worth.append(
                [
                    (step, _soon(step.at - cue.at, channel) / foreign.intensity(step.size, step.sigma))
                    for step in fitting
                    if LEAST_LOAD_W <= abs(step.size) <= MOST_LOAD_W
                ]
            )
        unheard = [max(UNHEARD, 1.0 - _passed(channel.newest - cue.at, channel)) for cue in cues]
        best = sum(map(math.log, unheard))
        for candidate in {step for steps in worth for step, _ in steps}:
            size = abs(candidate.size)
            total, is_first = 0.0, True
            for steps, missed in zip(worth, unheard, strict=True):
                hits = 0.0
                for step, ratio in steps:
                    sigma = sigma_of(step, candidate)
                    fits = normal(abs(step.size) - size, sigma)
                    if fits and is_first:  # the first one tells the size, as one of all that it may be
                        fits *= sigma * 2.5 / size * normal(math.log(size / USUAL_LOAD_W), SPREAD)
                    hits += fits * ratio
                is_first = is_first and not hits
                total += math.log(missed + (1.0 - UNHEARD) * hits)
            best = max(best, total)
        return best


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
