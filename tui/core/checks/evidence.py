"""What several rules ask of a record: which meters may judge the supply, on which phases, and since when."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence

from tui.core.checks.finding import Finding, Verdict
from tui.core.checks.record import Observed, Record
from tui.core.checks.series import WINDOW_S, Mean, Means, Series
from tui.core.model import Role
from tui.core.moment import Now
from tui.core.quantities import PHASES

DEAD_V = 115.0
"""A phase below this is absent and no slow voltage; the limit of `phase.missing` [K]."""


def connection_meters(record: Record) -> tuple[Observed, ...]:
    """The meters of the house's connection: its smart meters, else the meters that the user gave the role grid."""
    smart = tuple(record.grid_meters)
    return smart or tuple(one for one in record.with_role(Role.GRID) if one.device.product.measures_electricity)


def supply_meters(record: Record) -> tuple[Observed, ...]:
    """The meters that may judge the voltage of the supply.

    Those of the connection. A house without one uses its kWh meters, those of three phases where there are any: they
    are in the distribution board, close to the connection. A solar meter or a battery's may be at the end of a long
    cable, where the voltage is higher than what the grid operator answers for, and a socket sees its own load: both
    judge nothing.
    """
    meters = connection_meters(record)
    if meters:
        return meters
    wired = [
        one
        for one in record.observed
        if one.device.product.can_be_inverted and one.role not in (Role.SOLAR, Role.BATTERY)
    ]
    return tuple([one for one in wired if one.device.product.measures_phases] or wired)


def voltages(meter: Observed) -> list[tuple[int, Series]]:
    """The phases of which a meter ever sent a voltage."""
    return [(phase, series) for phase in PHASES if (series := meter.voltage(phase)) is not None]


def voltage_name(meter: Observed, phase: int) -> str:
    """The quantity that `meter.voltage(phase)` is."""
    name = f"voltage_l{phase}_v"
    return name if name in meter.series else "voltage_v"


def power(meter: Observed, phase: int, *, has_neutral: bool = True) -> Series | None:
    """The power of a phase: the total of a meter of one phase and, on 3x230 V, of any."""
    name = f"power_l{phase}_w"
    if has_neutral and name in meter.series:
        return meter.series[name]
    is_single = phase == 1 and not any(f"power_l{one}_w" in meter.series for one in PHASES)
    return meter.series.get("power_w") if is_single or not has_neutral else None


def is_three_phase(meter: Observed) -> bool:
    """Whether a meter measures several phases. One of them may be dead."""
    return len(meter.phases) > 1


def three_phase_supply(rule: str, record: Record, meters: Iterable[Observed]) -> tuple[list[Observed], list[Finding]]:
    """The meters of several phases, or the finding that a rule about phases to a neutral does not apply."""
    found = [meter for meter in meters if is_three_phase(meter)]
    if not record.installation.profile.has_neutral:
        return [], [Finding(rule, Verdict.NA, variant="no-neutral")]
    return found, [] if found else [Finding(rule, Verdict.NA, variant="one-phase")]


def live(windows: Means) -> Means:
    """Voltages without those of a dead phase."""
    if not windows.values or min(windows.values) >= DEAD_V:
        return windows
    kept = [(ends, value) for ends, value in windows if value >= DEAD_V]
    return Means(windows.span_s, array("d", [ends for ends, _ in kept]), array("f", [value for _, value in kept]))


def together(several: Sequence[Means]) -> Iterator[tuple[float, tuple[float, ...]]]:
    """When each span ended that all of them have, oldest first, and its means."""
    if all(one.ends == several[0].ends for one in several):
        yield from zip(several[0].ends, zip(*(one.values for one in several), strict=True), strict=True)
        return
    tables = [dict(one) for one in several]
    for ends in several[0].ends:
        if all(ends in table for table in tables):
            yield ends, tuple(table[ends] for table in tables)


def value_at(means: Means, ends: float) -> float | None:
    """The mean of the span that ended then."""
    return means.values[means.ends.index(ends)] if ends in means.ends else None


def windows_s(count: int) -> float:
    """The seconds of so many full windows."""
    return count * WINDOW_S


def most_windows(meter: Observed) -> int:
    """How many full 10-minute windows a meter has been watched for, by what it sends best."""
    return max((len(series.windows) for series in meter.series.values()), default=0)


def when(record: Record, mean: Mean) -> Now:
    """The moment at which the span of a mean ended."""
    return record.now.plus(mean.ends - record.now.monotonic)


def count_variant(count: int, variant: str = "") -> str:
    """The variant of a sentence that names a number of windows: "one" has words of its own."""
    return "-".join(part for part in (variant, "one" if count == 1 else "") if part)
