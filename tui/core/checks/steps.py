"""A step in a signal: a level, a jump, another level. Voltages (`voltagesteps`) and powers (`guided`) have the same.

A ramp has no levels, noise no jump, and a single odd answer no second level. So the samples of each mean differ by no
more than a third of the change, and at least two thirds of it lie between the last sample before and the first after
it. Between these at most one is left out, which a meter that averages may have taken half before and half after the
jump.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tui.core.checks.series import ROUNDED

MEAN_S = 3.0
"""The span of the means on both sides (checks of the Dutch Netcode compare means of 3 s)."""
TOGETHER_S = 2.25
"""Samples further apart tell nothing of a fast change: 2 s, and a quarter for a late answer."""
LEVEL_S = 1.5
"""What a level spans at least, from its first to its last sample: two answers may be of one telegram."""
MOST = 24
"""Samples looked at: at two a second, both means and what is between them."""


class Jump(NamedTuple):
    """Two levels and what is between them. The ranges are places in the series."""

    old: float
    new: float
    before: range
    after: range

    @property
    def size(self) -> float:
        """How much the signal rose; negative where it fell."""
        return self.new - self.old


def start_of_level(times: Sequence[float], at: int, mean_s: float = MEAN_S) -> int:
    """The first of the samples whose mean is that of the level that ends with sample `at`."""
    return bisect_right(times, times[at] - mean_s, max(0, at - MOST))


def jumps(
    times: Sequence[float], values: Sequence[float], first: int, floor: float, slower: float = 1.0, left_out: int = 1
) -> Iterator[Jump]:
    """The jumps of more than `floor` to the level from sample `first` to the newest: none, or one for each last sample
    of the old level that fits. `slower`: how many times longer than a second the samples of this signal are apart.
    `left_out`: how many samples may be between both levels.

    A comparison with NaN, a missing sample, is never true.
    """
    after = range(first, len(times))
    for last in range(first - 1, first - 2 - left_out, -1):
        between = abs(values[first] - values[last])
        if last < 0 or not between > floor * 2 / 3 or times[first] - times[last] > (TOGETHER_S + left_out - 1) * slower:
            continue
        before = range(start_of_level(times, last, MEAN_S * slower), last + 1)
        jump = Jump(mean(values, before), mean(values, after), before, after)
        change = abs(jump.size)
        if not change > floor or between < change * 2 / 3:
            continue
        if all(_is_level(times, values, level, change / 3, slower) for level in (before, after)):
            yield jump


def mean(values: Sequence[float], level: range) -> float:
    """The mean of some samples; NaN where one of them is missing."""
    return round(sum(values[level[0] : level[-1] + 1]) / len(level), ROUNDED)


def _is_level(times: Sequence[float], values: Sequence[float], level: range, most: float, slower: float) -> bool:
    if times[level[-1]] - times[level[0]] < LEVEL_S * slower:
        return False
    if any(times[at + 1] - times[at] > TOGETHER_S * slower for at in level[:-1]):
        return False
    samples = values[level[0] : level[-1] + 1]
    return max(samples) - min(samples) <= most
