"""The power of one meter or one phase, and the steps in it."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from tui.core.checks.steps import Jump, jumps, mean, start_of_level

FLOOR_W = 50.0
"""Smaller steps are not looked at (own choice): lamps and chargers make many of them, a load to test with none."""
CHANGE_W = 150.0
"""From one sample to the next, this much is a step even where no level is seen: between the strokes of a hob."""
KEPT = 4200
"""Samples that are kept: an hour at one a second, and what a test takes."""
GAP = 2.25
"""A sample that comes later than so many intervals leaves a gap, as for a voltage (`checks.steps`)."""
LEAST_SIGMA_W = 5.0
"""No step is known better than this: meters tell whole watts, some only tens of them."""
NOISE_OF = 60
"""So many of the last samples say how noisy a signal is."""
SHOWN = 5
"""So many of the last samples say what the power is now."""
GONE = 0.25
"""What is left where an inverter was switched off, as a part of what it gave: something else may be behind the meter
(own choice)."""
SLOW_S = 4.0
"""A meter that has news less often than this is a slow one: DSMR 4 has some every 10 s."""


class Step(NamedTuple):
    """A step of a power: when its new level began (monotonic), its size in watt (positive: more import), its error."""

    at: float
    size: float
    sigma: float


class Channel:
    """A power in watt: its samples of about an hour, and the steps in them, oldest first."""

    def __init__(self, interval_s: float = 1.0, refresh_s: float = 1.0) -> None:
        self.refresh_s = refresh_s if refresh_s >= SLOW_S else 0.0
        """How long the meter keeps a value, where that is longer than it takes to ask it."""
        self._slower = max(1.0, interval_s)
        self.left_out = 1
        """So many samples may be between two levels: the meter may show half of a second."""
        self._times, self._watts = array("d"), array("d")
        self.steps: list[Step] = []
        self._levelled, self._doubtful = -math.inf, math.inf  # the newest step between levels, and their spread
        self._is_second = False
        self._noise_w, self._noise_until = LEAST_SIGMA_W, 0
        self.changes = 0
        """How often the steps changed."""

    @property
    def newest(self) -> float:
        """When the last sample was taken (monotonic); minus infinity before the first."""
        return self._times[-1] if self._times else -math.inf

    @property
    def power_w(self) -> float:
        """The mean of its last samples; 0 without any."""
        return self.power_at(math.inf)

    def power_at(self, at: float) -> float:
        """The mean of the last samples before a moment; 0 without any."""
        last = bisect_right(self._times, at)
        known = [watts for watts in self._watts[max(0, last - SHOWN) : last] if watts == watts]
        return sum(known) / len(known) if known else 0.0

    def is_gone_after(self, step: Step) -> bool:
        """Whether next to nothing was left after a step: what an inverter gave when it was switched off."""
        first = bisect_right(self._times, step.at + 0.5 * self._slower)
        after = self._watts[first : first + SHOWN]
        return len(after) > 1 and all(abs(watts) <= GONE * abs(step.size) for watts in after)

    @property
    def watched_s(self) -> float:
        """How long its samples reach back, in seconds."""
        return self._times[-1] - self._times[0] if self._times else 0.0

    @property
    def settles_s(self) -> float:
        """How long after a step it is recognised at the latest, in seconds."""
        return 4.0 * self._slower

    def take(self, at: float, watts: float | None) -> None:
        """Take in an answer; None where it had no such power."""
        times, values = self._times, self._watts
        if at <= self.newest:
            return
        times.append(at)
        values.append(math.nan if watts is None else watts)
        newest = len(times) - 1
        if newest > KEPT + 600:
            del times[:600], values[:600]
            newest -= 600
            self._noise_until = 0
            self.steps = [step for step in self.steps if step.at >= times[0]]
        if newest:
            self._see_change(newest)
        first = bisect_right(times, at - 3.0 * self._slower, max(0, newest - 8))
        # What is compared with NaN is false: no answer, no step.
        if first >= 2 and abs(values[newest] - values[first - 2]) > FLOOR_W / 3:
            self._see_levels(start_of_level(times, newest, 3.0 * self._slower))

    def between(self, start: float, end: float) -> Iterator[Step]:
        """The steps from one moment to another."""
        for at in range(bisect_left(self.steps, (start,)), len(self.steps)):
            if self.steps[at].at > end:
                return
            yield self.steps[at]

    def seen(self, start: float, end: float) -> list[Step]:
        """The steps in a span; on a slow meter, which may average, also two in a row as one."""
        steps = list(self.between(start, end))
        if not self.refresh_s:
            return steps
        together = [
            Step(one.at, one.size + two.size, math.hypot(one.sigma, two.sigma))
            for one, two in pairwise(steps)
            if two.at - one.at < self.refresh_s + 2 and one.size * two.size > 0
        ]
        return steps + together

    def stirs(self, start: float, end: float, least_w: float) -> list[float]:
        """When it moved by more than `least_w` within two samples, or was not measured, from one moment to another."""
        times, watts = self._times, self._watts
        first, last = max(1, bisect_left(times, start)), min(len(times), bisect_right(times, end) + 1)
        found = []
        for at in range(first, last):
            moved = abs(watts[at] - watts[at - 1])
            if not moved <= least_w or (at > 1 and abs(watts[at] - watts[at - 2]) > least_w):
                found.append(times[at])
            elif times[at] - times[at - 1] > GAP * self._slower:
                found += [times[at - 1] + more for more in range(int(times[at] - times[at - 1]) + 1)]
        return found

    def moved(self, at: float) -> float:
        """By how much it moved, one way or the other, while a step came; infinity where it was not measured."""
        place = bisect_left(self._times, at)
        last = bisect_right(self._times, at + self.refresh_s + 1.0) if self.refresh_s else place + 1
        near = self._watts[max(0, place - 2) : last + 1]
        return max(near) - min(near) if near and all(watts == watts for watts in near) else math.inf

    @property
    def lag(self) -> int:
        """So many samples a movement takes: from before a step to after it, wherever in them it is recognised."""
        return 3 + int(self.refresh_s / self._slower)

    def movement(self, at: float) -> float:
        """By how much it rose over a moment, in watt; NaN where it was not measured."""
        times, place = self._times, bisect_left(self._times, at) - 2
        last = min(len(times) - 1, place + self.lag)
        if place < 0 or last <= place + 1 or times[last] - times[place] > (self.lag + GAP) * self._slower:
            return math.nan
        return self._watts[last] - self._watts[place]

    def movements(self, most: int, apart_from: Sequence[tuple[float, float]]) -> list[float]:
        """All its movements in the last so many samples, but those that touch some spans (in order)."""
        times, watts, lag = self._times, self._watts, self.lag
        first, found = max(0, len(times) - most), []
        for start, end in [*apart_from, (math.inf, math.inf)]:
            last = bisect_left(times, start)
            if last - first > lag:
                before, after = watts[first : last - lag], watts[first + lag : last]
                found += [two - one for one, two in zip(before, after, strict=True)]
            first = max(first, bisect_right(times, end))
        return [moved for moved in found if moved == moved]

    def has_gap(self, start: float, end: float) -> bool:
        """Whether it was not measured for a while, from one moment to another."""
        first, last = max(1, bisect_left(self._times, start)), bisect_right(self._times, end)
        return any(
            self._times[at] - self._times[at - 1] > GAP * self._slower or self._watts[at] != self._watts[at]
            for at in range(first, last)
        )

    def silent_s(self, start: float, end: float) -> float:
        """The longest time without a power, in seconds, from one moment to another."""
        first = bisect_left(self._times, start)
        known = [at for at, watts in zip(self._times[first:], self._watts[first:], strict=True) if watts == watts]
        return max((two - one for one, two in pairwise([start, *known, end])), default=0.0)

    @property
    def noise_w(self) -> float:
        """The standard deviation of a sample around its level, as its last samples tell."""
        if len(self._watts) >= self._noise_until:
            self._noise_until = len(self._watts) + 10
            self._noise_w = max(
                LEAST_SIGMA_W, _noise(self._watts[-NOISE_OF * (5 if self.refresh_s else 1) :], self.refresh_s)
            )
        return self._noise_w

    def _see_change(self, newest: int) -> None:
        """See whether the newest sample is far from the one before. If levels are seen later, they tell more."""
        times, watts = self._times, self._watts
        moved = watts[newest] - watts[newest - 1]
        if not abs(moved) > CHANGE_W or times[newest] - times[newest - 1] > GAP * self._slower:
            return
        noise = self.noise_w
        if abs(moved) < 4.0 * noise:
            return
        last = self.steps[-1] if self.steps else None
        if last is not None and last.at == times[newest - 1] and last.size * moved > 0 and not self._is_second:
            self._is_second = True  # a meter that averages shows one step as two changes
            self.steps[-1] = last._replace(size=last.size + moved)
        else:
            self._is_second = False
            self.steps.append(Step(times[newest], moved, noise * 1.5))
        self._doubtful = math.inf
        self.changes += 1

    def _see_levels(self, first: int) -> None:
        """See whether the newest samples complete a step from level to level."""
        best: tuple[float, Jump] | None = None
        for jump in jumps(self._times, self._watts, first, FLOOR_W, self._slower, self.left_out):
            spread = self._spread(jump.before) + self._spread(jump.after)
            if best is None or spread < best[0]:
                best = spread, jump
        if best is None:
            return
        spread, jump = best
        old, old_sigma = self._level(jump.before, jump.before[-1])
        new, new_sigma = self._level(jump.after, jump.after[0])
        begins, at = self._times[jump.before[-1]], self._times[jump.after[0]]
        found = Step(at, new - old, math.hypot(old_sigma, new_sigma))
        # What was taken for it so far, by a change or by levels that were less clear.
        again = self._levelled > at - 2.5 * self._slower
        same = [
            place
            for place in range(max(0, len(self.steps) - 6), len(self.steps))
            if begins < self.steps[place].at <= at or (again and self.steps[place].at == self._levelled)
        ]
        if again and same:
            if spread >= self._doubtful:
                return
            found = found._replace(at=min(at, self._levelled))
        for place in reversed(same):
            if self.steps[place].size * found.size > 0:
                del self.steps[place]
        insort(self.steps, found)
        self._levelled, self._doubtful = found.at, spread
        self.changes += 1

    def _level(self, level: range, edge: int) -> tuple[float, float]:
        """The power of a level and its error. Where another load switched in it, only the sample at its edge counts."""
        noise = self.noise_w
        if self._spread(level) <= 4.0 * noise:
            return mean(self._watts, level), noise / math.sqrt(len(level))
        return self._watts[edge], noise

    def _spread(self, level: range) -> float:
        samples = self._watts[level[0] : level[-1] + 1]
        return max(samples) - min(samples)


def _noise(samples: array[float], refresh_s: float) -> float:
    """The standard deviation of samples around their levels: from how close each is to the nearest of the three before
    it, for a load that comes and goes all the time leaves no level longer. A fifth of normal noise is closer
    than 0.14 deviations.
    """
    # A slow meter repeats its values: only what is new says something.
    new = [two for one, two in pairwise(samples) if two == two and (two != one or not refresh_s)]
    if len(new) < 12:
        return 0.0
    near = sorted(
        min(abs(four - one), abs(four - two), abs(four - three))
        for one, two, three, four in zip(new, new[1:], new[2:], new[3:], strict=False)
    )
    return near[len(near) // 5] / 0.14
