"""Fast changes of the voltage: the largest step of each phase (`checks.steps`) with that of the phase's own current."""

from __future__ import annotations

from array import array
from collections.abc import Mapping

from tui.core.checks.evidence import DEAD_V
from tui.core.checks.record import Step
from tui.core.checks.series import DAY_S, ROUNDED, SeriesLog
from tui.core.checks.steps import jumps, mean, start_of_level
from tui.core.moment import Now
from tui.core.quantities import PHASES

FLOOR_V = 5.0
"""Smaller changes are not kept: below the limit of 6.9 V, so that a user's own limit may be lower."""
OWN_A = 3.0
"""A current that moves by this much, against the voltage, is an own load (own choice: 6.9 V of it are 2.3 ohm)."""
_QUICK_V = FLOOR_V / 3
"""Of any two samples of the two levels, one before and one after, at least this much lies between."""
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
        first = start_of_level(times, newest)
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
        volts = series[volts_name].recent
        for jump in jumps(times, volts, first, FLOOR_V):
            if min(jump.old, jump.new) < DEAD_V:
                continue  # a phase that goes or comes is `phase.missing`
            amps = [_current(series, load_name, power_name, volts, level) for level in (jump.before, jump.after)]
            moment = at.plus(times[first] - times[-1])
            step = Step(moment, phase, jump.old, jump.new, amps[0], amps[1])
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


def _current(series: Mapping[str, SeriesLog], load: str, power: str, volts: array[float], level: range) -> float | None:
    """The mean of the signed current; of power over voltage where there is no load; None where neither was sent."""
    if load in series:
        amps = mean(series[load].recent, level)
    elif power in series:
        amps = mean(series[power].recent, level) / mean(volts, level)
    else:
        return None
    return amps if amps == amps else None
