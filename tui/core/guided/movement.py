"""How a power moves by itself: what it did from moment to moment in the minutes that were watched.

A phase that is never at rest hides a step only among movements of such a size: a hob that comes and goes with 1500 W
every two seconds hides none of 2000 W. So a step that is said to be hidden is weighed: how often it moves by what it
would have done by itself, against how often by what it did.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from tui.core.guided.channel import Channel
from tui.core.guided.evidence import TOLERANCE, anyone

LAST = 900
"""So many of the last samples tell what is usual: a quarter of an hour at one a second (own choice)."""
LEAST_W, MOST_W = 25.0, 75.0
"""Two movements that differ by less are the same, by the noise (own choice)."""
RARE = 0.04
"""What moves a power this much less often than most may be anything: that it fits proves little (own choice)."""


class Movements:
    """The movements of a channel but for some spans of time, and how usual each size is."""

    def __init__(self, channel: Channel, own: Sequence[tuple[float, float]]) -> None:
        """`own`: the spans, in order, in which the load under test may have made some."""
        self._channel = channel
        self._sorted = sorted(channel.movements(LAST, own))
        self._about_w = min(MOST_W, max(LEAST_W, 3.0 * channel.noise_w))
        middle = self._sorted[:: max(1, len(self._sorted) // 8)]
        self._rare = RARE * max(map(self._density, [0.0, *middle]))

    def fit(self, at: float, size: float, about_w: float = 0.0) -> float:
        """How much likelier what it did at a moment is if a step of `size` (W, known to `about_w`) is in it.

        1 where it was not measured.
        """
        moved = self._channel.movement(at)
        if moved != moved:
            return 1.0
        left = self._density(moved - size, math.hypot(about_w, TOLERANCE * size))
        return min(left / self._density(moved), max(1.0, left / self._rare))

    def fits(self, start: float, count: int, size: float) -> list[float]:
        """The same for so many seconds from `start` on, each with those beside it: a meter may be a second late."""
        found = [self.fit(start + place, size) for place in range(-1, count + 1)]
        return [sum(found[place : place + 3]) / 3.0 for place in range(count)]

    def _density(self, watts: float, about_w: float = 0.0) -> float:
        """How likely it moves by so much, for each watt. What was never seen is as likely as one in all that was."""
        reach = math.hypot(self._about_w, 2.0 * about_w)
        count = bisect_right(self._sorted, watts + reach) - bisect_left(self._sorted, watts - reach)
        unseen = self._channel.lag
        return (count / (2.0 * reach) + unseen * anyone(watts)) / (len(self._sorted) + unseen)
