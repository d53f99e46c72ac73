"""How much a step is worth as evidence, as a likelihood ratio.

Steps are counted as a marked Poisson process: those of other loads come by themselves, at a rate and with sizes that
the watch so far tells, while the load under test makes one of a known size at a known time. The ratio of both
densities is the likelihood ratio of Bayes' rule; the logarithms of those of several steps add up (log-odds). What is
assumed before anything was seen is below, all of it our own choice.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tui.core.guided.channel import Channel, Step

BEFORE, BEFORE_S = 0.5, 60.0
"""What is thought of before anything was seen: half a step of another load in a minute of watching, on each phase. Half
a step is the prior of Jeffreys for a rate, the minute our own choice."""
SHORTEST_S = 30.0
"""A shorter watch tells no rate."""
LEAST_W, MOST_W = 50.0, 5000.0
"""Sizes of other loads: as many in each octave between these."""
ALIKE = 0.5
"""Each step that was seen lets expect this part of one of another size, besides those of its own: an oven is one."""
TOLERANCE = 0.02
"""How far two meters may differ (own choice: EN 50470-3 allows smart meters of class A 2 %, of class B 1 %)."""
NEAR = 0.6
"""A step of at least this part of another one could be taken for it, when other loads switch, too."""
PROVEN, LIKELY = math.log(2e4), math.log(100.0)
"""Odds from which on an answer is proven, or likely (own choice). With 3000 to 1 a single step is often enough, but
only when all other delays have passed: three times as many verdicts come later than 15 s after the step."""
SLOWLY = APART = math.log(3000.0)
"""Odds that prove something where a meter has news every 10 s; and odds that no other phase moves (own choice)."""


class Outcome(NamedTuple):
    """The best of several hypotheses, and the logarithm of its odds against all others together."""

    best: int
    log_odds: float


def normal(distance: float, sigma: float) -> float:
    """The density of a normal distribution."""
    z = distance / sigma
    return math.exp(-0.5 * z * z) / (sigma * 2.5066282746310002) if abs(z) < 8 else 0.0


def sigma_of(one: Step, other: Step) -> float:
    """How far the sizes of one step, seen by two meters, may be apart (standard deviation, W)."""
    return math.hypot(one.sigma, other.sigma, TOLERANCE * other.size)


def is_alone(place: int, steps: Sequence[Step], near_s: float) -> bool:
    """Whether no other step of a meter could be taken for this one: on and off again at once tells nothing."""
    step = steps[place]
    for places in (range(place - 1, -1, -1), range(place + 1, len(steps))):
        for one in map(steps.__getitem__, places):
            if abs(one.at - step.at) >= near_s:
                break
            if abs(one.size) > abs(step.size) * NEAR:
                return False
    return True


class Foreign:
    """The steps that other loads make on a channel: how often, and how large."""

    def __init__(self, channel: Channel, own: Sequence[tuple[float, float]]) -> None:
        """`own`: the spans in which the load under test may have made a step; these are left out."""
        own = merged(own)
        starts = [start for start, _ in own]
        self._steps = []
        for step in channel.steps:
            at = bisect_right(starts, step.at) - 1
            if at < 0 or step.at > own[at][1]:
                self._steps.append(step)
        by_size = sorted((step.size, step.sigma) for step in self._steps)
        self._sizes, self._sigmas = [size for size, _ in by_size], [sigma for _, sigma in by_size]
        self._widest = max(self._sigmas, default=0.0)
        self._watched_s = channel.watched_s - covered(own, channel.newest)
        self.at_once = min(0.5, self.rate() * max(1.0, channel.refresh_s))
        """How likely one of them is seen in the same sample as another step."""

    def rate(self, least_w: float = 0.0) -> float:
        """How many of at least this size come in each second."""
        count = sum(abs(step.size) >= least_w for step in self._steps)
        return (BEFORE + count) / (BEFORE_S + self._watched_s)

    def within(self, least: float, most: float) -> float:
        """How many of these sizes were seen in each second."""
        count = bisect_right(self._sizes, most) - bisect_left(self._sizes, least)
        return count / max(self._watched_s, SHORTEST_S)

    def intensity(self, size: float, sigma: float) -> float:
        """How many steps of this size there are in each second and watt."""
        generic = (BEFORE + ALIKE * len(self._steps)) * anyone(size) / (BEFORE_S + self._watched_s)
        return generic + self._alike(size, sigma) / max(self._watched_s, SHORTEST_S)

    def density(self, size: float, sigma: float) -> float:
        """How likely one that comes is of this size, for each watt."""
        return (anyone(size) + self._alike(size, sigma)) / (1.0 + len(self._steps))

    def _alike(self, size: float, sigma: float) -> float:
        alike, tolerance = 0.0, sigma + abs(TOLERANCE * size)
        most = 5.0 * (tolerance + self._widest)
        for at in range(bisect_left(self._sizes, size - most), bisect_right(self._sizes, size + most)):
            alike += normal(size - self._sizes[at], tolerance + self._sigmas[at])
        return alike


def anyone(size: float) -> float:
    """How likely a step of a load of which nothing is known is of this size, for each watt."""
    return 1.0 / (2.0 * math.log(MOST_W / LEAST_W) * min(max(abs(size), LEAST_W), MOST_W))


def covered(spans: Sequence[tuple[float, float]], until: float) -> float:
    """How many seconds some spans cover together, up to a moment."""
    return sum(max(0.0, min(end, until) - start) for start, end in merged(spans))


def merged(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Some spans in order, those that overlap as one."""
    found: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def log_sum(values: Iterable[float]) -> float:
    """The logarithm of a sum of numbers that are given as logarithms."""
    known = [value for value in values if value > -math.inf]
    top = max(known, default=-math.inf)
    return top + math.log(sum(math.exp(value - top) for value in known)) if known else top


def outcome(weights: Sequence[float]) -> Outcome:
    """The best of some hypotheses, each with the logarithm of its weight."""
    best = max(range(len(weights)), key=weights.__getitem__)
    others = log_sum(weight for at, weight in enumerate(weights) if at != best)
    return Outcome(best, weights[best] - others)
