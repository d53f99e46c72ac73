"""The powers of a device before its last five minutes, up to an hour: the steps in them tell which phase it is on.

Nobody looks at them but who asks for that. What is kept is moved here a minute at a time, so it costs next to nothing.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tui.core.checks.series import RECENT, SeriesLog

POWERS = ("power_w", "power_l1_w", "power_l2_w", "power_l3_w")
"""All together, and by phase: the place in this row is the phase."""
HOUR, HOUR_S = 3600, 3700.0
"""Samples that are kept, with those of the last minutes: an hour at one a second, and never longer (own choice)."""


class Chunk(NamedTuple):
    """Samples in a row. It never changes, so a copy of the record shares it."""

    start: float
    """When the first one was taken (monotonic)."""
    after_s: array[float]
    """How much later each was, in seconds."""
    phases: tuple[int, ...]
    """Of which it has the power; 0 for all together."""
    watts: array[float]
    """All of the first of these, then of the next; NaN where an answer lacked it."""

    def samples(self) -> Iterator[tuple[float, Mapping[int, float]]]:
        """When each was taken (monotonic), and its powers in watt by phase."""
        count = len(self.after_s)
        rows = [self.watts[place * count : (place + 1) * count] for place in range(len(self.phases))]
        for after_s, *watts in zip(self.after_s, *rows, strict=True):
            yield self.start + after_s, dict(zip(self.phases, watts, strict=True))


class EarlierLog:
    """Keeps what the record of a device forgets."""

    def __init__(self) -> None:
        self._chunks: deque[Chunk] = deque()
        self._kept = 0

    def keep(self, times: array[float], series: Mapping[str, SeriesLog], count: int) -> None:
        """Keep the first `count` samples, which are about to be dropped."""
        phases = tuple(phase for phase, name in enumerate(POWERS) if name in series)
        if not phases:
            return
        start, watts = times[0], array("f")
        for phase in phases:
            watts += series[POWERS[phase]].recent[:count]
        self._chunks.append(Chunk(start, array("f", [at - start for at in times[:count]]), phases, watts))
        self._kept += count
        while self._kept > HOUR - RECENT or times[-1] - self._chunks[0].start > HOUR_S:
            self._kept -= len(self._chunks.popleft().after_s)
            if not self._chunks:
                return

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """What is kept, oldest first."""
        return tuple(self._chunks)
