"""The power of one meter or one phase, and the steps in it."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from tui.core.checks.steps import Jump, jumps, start_of_level

FLOOR_W = 50.0
"""Smaller steps are not looked at (own choice): lamps and chargers make many of them, a load to test with none."""
KEPT = 4200
"""Samples that are kept: an hour at one a second, and what a test takes."""
GAP = 2.25
"""A sample that comes later than so many intervals leaves a gap, as for a voltage (`checks.steps`)."""
LEAST_SIGMA_W = 5.0
"""No step is known better than this: meters tell whole watts, some only tens of them."""
NOISE_OF = 60
"""So many of the last changes say how noisy a signal is."""
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
        self._times, self._watts = array("d"), array("d")
        self.steps: list[Step] = []
        self._doubtful = math.inf  # the spread of the levels of the newest step
        self.changes = 0
        """How often the steps changed."""

    @property
    def newest(self) -> float:
        """When the last sample was taken (monotonic); minus infinity before the first."""
        return self._times[-1] if self._times else -math.inf

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
            self.steps = [step for step in self.steps if step.at >= times[0]]
        first = bisect_right(times, at - 3.0 * self._slower, max(0, newest - 8))
        # What is compared with NaN is false: no answer, no step.
        if first >= 2 and abs(values[newest] - values[first - 2]) > FLOOR_W / 3:
            self._look(start_of_level(times, newest, 3.0 * self._slower))

    def between(self, start: float, end: float) -> Iterator[Step]:
        """The steps from one moment to another."""
        for step in self.steps:
            if start <= step.at <= end:
                yield step

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

    @property
    def noise_w(self) -> float:
        """The standard deviation of a sample around its level, from the median of its last changes."""
        watts = self._watts[-NOISE_OF:]
        moved = sorted(abs(after - before) for before, after in pairwise(watts) if after != before and after == after)
        return moved[len(moved) // 2] * 1.05 if moved else 0.0  # 1.483 / sqrt(2)

    def _look(self, first: int) -> None:
        """See whether the newest samples complete a step."""
        best: tuple[float, Jump] | None = None
        for jump in jumps(self._times, self._watts, first, FLOOR_W, self._slower):
            spread = self._spread(jump.before) + self._spread(jump.after)
            if best is None or spread < best[0]:
                best = spread, jump
        if best is None:
            return
        spread, jump = best
        sigma = max(LEAST_SIGMA_W, self.noise_w / 1.4, spread / 4)
        found = Step(self._times[jump.after[0]], jump.size, sigma)
        last = self.steps[-1] if self.steps else None
        if last is not None and found.at - last.at <= 2.5 * self._slower and found.size * last.size > 0:
            if spread >= self._doubtful:
                return  # the same step as before, and its levels were clearer then
            self.steps.pop()
            found = found._replace(at=last.at)
        self.steps.append(found)
        self._doubtful = spread
        self.changes += 1

    def _spread(self, level: range) -> float:
        samples = self._watts[level[0] : level[-1] + 1]
        return max(samples) - min(samples)
