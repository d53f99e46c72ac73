"""One phase high while another is low: what a broken neutral does. The longest run of the last day is kept."""

from __future__ import annotations

from collections.abc import Mapping

from tui.core.checks.record import Apart
from tui.core.checks.series import DAY_S
from tui.core.moment import Now
from tui.core.quantities import PHASES

HIGH_V, LOW_V = 253.0, 207.0
"""Above and below these at once. The rule's own limits may be stricter, not wider."""
ABSENT_V = 10.0
"""A phase below this is absent, not low: `phase.missing` tells (own choice)."""
GAP_S = 10.0
"""A run ends where no answer came for so long (own choice: as long as a sample stands for)."""
LEAST_ANSWERS = 3
"""Fewer are no run, however far apart they are (own choice)."""
_PHASE_NAMES = tuple((phase, f"voltage_l{phase}_v") for phase in PHASES)
_NAMES = tuple(name for _, name in _PHASE_NAMES)


class ApartLog:
    """The longest run."""

    __slots__ = ("_answers", "_last", "_longest", "_run")

    def __init__(self) -> None:
        self._longest: Apart | None = None
        self._run: Apart | None = None
        self._last, self._answers = 0.0, 0

    def look(self, values: Mapping[str, float], at: Now) -> None:
        """Take in the voltages of an answer."""
        volts = [value for name in _NAMES if (value := values.get(name)) is not None and value >= ABSENT_V]
        if len(volts) < 2 or not (max(volts) > HIGH_V and min(volts) < LOW_V):
            self._run = None
            return
        if self._run is None or at.monotonic - self._last > GAP_S:
            self._run, self._answers = Apart(at, 0.0, 0, 0.0, 0, 0.0), 0
        self._last = at.monotonic
        self._answers += 1
        self._run = _widest(self._run, values)._replace(lasted_s=at.age_of(self._run.at))
        longest = self._longest
        if self._answers >= LEAST_ANSWERS and (
            longest is None or self._run.lasted_s >= longest.lasted_s or at.age_of(longest.at) > DAY_S
        ):
            self._longest = self._run

    def longest(self, now: Now) -> Apart | None:
        """The longest run of the last day."""
        longest = self._longest
        return longest if longest is not None and now.age_of(longest.at) <= DAY_S + longest.lasted_s else None


def _widest(run: Apart, values: Mapping[str, float]) -> Apart:
    """The run with the phases and voltages of its answer in which they were furthest apart."""
    there = [(value, phase) for phase, name in _PHASE_NAMES if (value := values.get(name, 0.0)) >= ABSENT_V]
    (high, high_at), (low, low_at) = max(there), min(there)
    if high - low <= run.high_v - run.low_v:
        return run
    return run._replace(high=high_at, high_v=high, low=low_at, low_v=low)
