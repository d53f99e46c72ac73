"""Fast changes of the voltage: the mean of 3 s before and after each, and that of the phase's own current.

A step is a level, a jump and another level. A ramp has no levels, noise no jump, and a single odd answer no second
level. So the samples of each mean differ by no more than a third of the change, and at least two thirds of it lie
between the last sample before and the first after it. Between these at most one is left out, which a meter that
averages may have taken half before and half after the jump.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Mapping

from tui.core.checks.evidence import DEAD_V
from tui.core.checks.record import Step
from tui.core.checks.series import DAY_S, ROUNDED, SeriesLog
from tui.core.moment import Now
from tui.core.quantities import PHASES

MEAN_S = 3.0
"""The span of the means on both sides (checks of the Dutch Netcode compare means of 3 s)."""
TOGETHER_S = 2.25
"""Samples further apart tell nothing of a fast change: 2 s, and a quarter for a late answer."""
LEVEL_S = 1.5
"""What a level spans at least, from its first to its last sample: two answers may be of one telegram."""
FLOOR_V = 5.0
"""Smaller changes are not kept: below the limit of 6.9 V, so that a user's own limit may be lower."""
OWN_A = 3.0
"""A current that moves by this much, against the voltage, is an own load (own choice: 6.9 V of it are 2.3 ohm)."""
_QUICK_V = FLOOR_V / 3
"""Of any two samples of the two levels, one before and one after, at least this much lies between."""
_MOST = 24
"""Samples looked at: at two a second, both means and what is between them."""
_Row = tuple[int, str, str, str]
_ROWS: tuple[_Row, ...] = (
    (1, "voltage_v", "load_l1_a", "power_w"),
    *((phase, f"voltage_l{phase}_v", f"load_l{phase}_a", f"power_l{phase}_w") for phase in PHASES),
)


class StepLog:
    """The largest step of each phase, with and without an own load that moved."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[tuple[int, bool], Step] = {}

    def look(self, times: array[float], series: Mapping[str, SeriesLog], at: Now) -> None:
        """See whether the answer at `at`, the last of `times`, completes a step."""
        newest = len(times) - 1
        first = bisect_right(times, times[newest] - MEAN_S, max(0, newest - _MOST))
        if first < 2:
            return
        for row in _ROWS:
            log = series.get(row[1])
            # A comparison with NaN, a missing voltage, is never true.
            if log is not None and abs(log.recent[newest] - log.recent[first - 2]) > _QUICK_V:
                self._found(times, series, row, first, at)

    def steps(self, now: Now) -> tuple[Step, ...]:
        """Those of the last day."""
        return tuple(step for step in self._kept.values() if now.age_of(step.at) <= DAY_S)

    def _found(self, times: array[float], series: Mapping[str, SeriesLog], row: _Row, first: int, at: Now) -> None:
        """Keep the step to the level that begins with sample `first`, if it is one and the largest."""
        phase, volts_name, load_name, power_name = row
        volts, after = series[volts_name].recent, range(first, len(times))
        for last in (first - 1, first - 2):
            jump = abs(volts[first] - volts[last])
            if not jump > FLOOR_V * 2 / 3:
                continue
            start = bisect_right(times, times[last] - MEAN_S, max(0, last - _MOST))
            before = range(start, last + 1)
            old, new = _mean(volts, before), _mean(volts, after)
            change = new - old
            if not abs(change) > FLOOR_V or times[first] - times[last] > TOGETHER_S:
                continue
            if min(old, new) < DEAD_V:
                continue  # a phase that goes or comes is `phase.missing`
            if abs(volts[first] - volts[last]) < abs(change) * 2 / 3:
                continue
            if not all(_is_level(times, volts, level, abs(change) / 3) for level in (before, after)):
                continue
            amps = [_current(series, load_name, power_name, volts, level) for level in (before, after)]
            moment = at.plus(times[first] - times[-1])
            step = Step(moment, phase, old, new, amps[0], amps[1])
            key = phase, has_own_load(step)
            kept = self._kept.get(key)
            if kept is None or size_v(step) > size_v(kept) or at.age_of(kept.at) > DAY_S:
                self._kept[key] = step


def size_v(step: Step) -> float:
    """How large a step is, in volt."""
    return round(abs(step.after_v - step.before_v), ROUNDED)


def moved_a(step: Step) -> float | None:
    """By how much the phase's own current moved against the voltage, in ampere; None where it was not measured.

    More import lowers the voltage, more export raises it. Below 0: the current followed the voltage, as that of a
    heater does, and is no cause.
    """
    if step.before_a is None or step.after_a is None:
        return None
    moved = step.after_a - step.before_a
    return round(moved if step.after_v < step.before_v else -moved, ROUNDED)


def has_own_load(step: Step) -> bool:
    """Whether the phase's own current explains the step."""
    return (moved_a(step) or 0.0) >= OWN_A


def _is_level(times: array[float], volts: array[float], level: range, most_v: float) -> bool:
    if times[level[-1]] - times[level[0]] < LEVEL_S:
        return False
    if any(times[at + 1] - times[at] > TOGETHER_S for at in level[:-1]):
        return False
    values = volts[level[0] : level[-1] + 1]
    return max(values) - min(values) <= most_v


def _current(series: Mapping[str, SeriesLog], load: str, power: str, volts: array[float], level: range) -> float | None:
    """The mean of the signed current; of power over voltage where there is no load; None where neither was sent."""
    if load in series:
        mean = _mean(series[load].recent, level)
    elif power in series:
        mean = _mean(series[power].recent, level) / _mean(volts, level)
    else:
        return None
    return mean if mean == mean else None


def _mean(values: array[float], level: range) -> float:
    return round(sum(values[level[0] : level[-1] + 1]) / len(level), ROUNDED)
