"""The worst that was seen of a grid meter: what its panel says besides the values of the moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from tui.core.moment import Moment, Now
from tui.core.quantities import PHASES

if TYPE_CHECKING:  # the screen's first frame needs only the types below
    from tui.core.checks.record import Observed
    from tui.core.checks.series import Means

DAY_S = 86400.0
_NEW_S = 1200.0
"""The last 10-minute mean is shown until it is so old: a meter that has been lost since has none (own choice)."""
_EVENTS = {
    "sags": tuple(f"voltage_sag_l{phase}_count" for phase in PHASES),
    "swells": tuple(f"voltage_swell_l{phase}_count" for phase in PHASES),
    "power failures": ("any_power_fail_count",),
}
"""The words for counters, and the counters that are added up for them."""


class PhaseWorst(NamedTuple):
    """One phase. The currents are the highest 1-minute means of the last day, 0 where there was no such direction."""

    import_a: float | None = None
    export_a: float | None = None
    """None, both: no full minute yet."""
    mean_v: float | None = None
    """The last clock-aligned 10-minute mean."""


class Highest(NamedTuple):
    """The highest 10-minute mean of voltage of the last day."""

    volts: float
    phase: int
    ends: Moment


class Worst(NamedTuple):
    """What was seen of a grid meter since `since`, and at most in the last day."""

    since: Moment
    phases: Mapping[int, PhaseWorst]
    highest: Highest | None
    events: Mapping[str, int]
    """Sags, swells and power failures in the same time, without those that the meter does not count."""
    whole_ampere: bool
    """The meter rounds its currents to whole ampere."""


def worst_of(observed: Observed, now: Now) -> Worst:
    """The worst of a grid meter up to `now`."""
    phases, highest = {}, None
    for phase in PHASES:
        loads = observed.series.get(f"load_l{phase}_a")
        import_a, export_a = _loads(loads.minutes) if loads else (None, None)
        volts = observed.voltage(phase)
        last = volts.windows.last if volts else None
        mean_v = last.value if last and now.monotonic - last.ends < _NEW_S else None
        phases[phase] = PhaseWorst(import_a, export_a, mean_v)
        most = _highest(volts.windows) if volts else None
        if most and (highest is None or most[0] > highest.volts):
            highest = Highest(most[0], phase, now.plus(most[1] - now.monotonic))
    return Worst(observed.since, phases, highest, dict(_events(observed)), observed.whole_ampere)


def _loads(minutes: Means) -> tuple[float | None, float | None]:
    values = minutes.values
    return (max(0.0, max(values)), max(0.0, -min(values))) if values else (None, None)


def _highest(windows: Means) -> tuple[float, float] | None:
    return max(zip(windows.values, windows.ends, strict=True), default=None)


def _events(observed: Observed) -> Iterator[tuple[str, int]]:
    for words, names in _EVENTS.items():
        totals = [observed.totals[name] for name in names if name in observed.totals]
        if totals:
            yield words, round(sum(max(0.0, total.growth) for total in totals))
