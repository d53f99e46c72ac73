"""`pv.cable`: how much the voltage rises along the cable between the inverter and the smart meter."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from statistics import median

from tui.core.checks.evidence import connection_meters, power, voltage_name
from tui.core.checks.finding import Finding, Verdict
from tui.core.checks.record import Observed, Record
from tui.core.checks.series import MINUTE_S, ROUNDED, Means, Series

RULE = "pv.cable"
_MOST = 60
"""Minutes looked at, of each kind, the newest: an hour is enough."""
_RUN_S = 2.5 * MINUTE_S
"""A minute counts in the middle of three of its kind in a row: the minutes of two meters differ by half a minute."""


def cable(record: Record) -> Iterator[Finding]:
    """`pv.cable`: for each meter that the user said to be at an inverter, and on which phase.

    Two meters of 1 % may differ by more than a cable does. So it is not their difference but its change: between no
    power and at least half of the highest seen, scaled up to that. The inverter's rated power is not known: a dull day
    shows less than the cable will do at noon, so the sentence names the power.
    """
    at_inverter = record.installation.at_inverter
    if not at_inverter:
        yield Finding(RULE, Verdict.NA, variant="not-told")
    seen = {one.key: one for one in record.observed}
    for key, phase in at_inverter.items():
        meter = seen.get(key)
        if meter is None:
            yield Finding(RULE, Verdict.UNTESTABLE, variant="not-seen", values={"serial": key})
        else:
            yield _along(record, meter, phase)


def _along(record: Record, meter: Observed, phase: int) -> Finding:
    own = phase if meter.device.product.measures_phases else 1
    volts, watts = meter.voltage(own), power(meter, own)
    board = next((one for grid in connection_meters(record) if (one := grid.voltage(phase)) is not None), None)
    if volts is None or watts is None or board is None:
        return Finding(RULE, Verdict.UNTESTABLE, meter.key, variant="no-voltage")
    rises = _rises(record, volts, watts, board)
    if rises is None:
        return Finding(RULE, Verdict.UNTESTABLE, meter.key, variant="no-range")
    rise, highest_w, minutes = rises
    names = {Verdict.FAIL: "fail_v", Verdict.WARN: "warn_v", Verdict.INFO: "info_v"}
    limits = {verdict: record.limits[f"{RULE}.{name}"] for verdict, name in names.items()}
    verdict = next((verdict for verdict, limit in limits.items() if rise > limit), Verdict.PASS)
    return Finding(
        RULE,
        verdict,
        meter.key,
        phase,
        figure=rise,
        unit="V",
        limit=limits.get(verdict, limits[Verdict.INFO]),
        limits=tuple(f"{RULE}.{name}" for name in names.values()),
        window_s=minutes * MINUTE_S,
        quantity=voltage_name(meter, own),
        values={"kw": highest_w / 1000},
    )


def _rises(record: Record, volts: Series, watts: Series, board: Series) -> tuple[float, float, int] | None:
    """The rise at the highest power, that power, and on how many minutes this rests; None without both kinds."""
    idle_w, least_w = record.limits[f"{RULE}.idle_w"], record.limits[f"{RULE}.least_w"]
    powers = [abs(value) for value in watts.minutes.values]
    highest = max(powers, default=0.0)
    if highest < least_w:
        return None
    half = highest / 2
    idle = _apart(watts.minutes, [power_w < idle_w for power_w in powers], volts, board)
    busy = _apart(watts.minutes, [power_w >= half for power_w in powers], volts, board)
    if not idle or not busy:
        return None
    still = median(difference for difference, _ in idle)
    rise = median((difference - still) * highest / power_w for difference, power_w in busy)
    return round(rise, ROUNDED), highest, len(idle) + len(busy)


def _apart(powers: Means, kind: list[bool], volts: Series, board: Series) -> list[tuple[float, float]]:
    """The differences between both voltages in minutes of a kind, each with the power."""
    found: list[tuple[float, float]] = []
    for at in range(len(kind) - 2, 0, -1):
        if not (kind[at] and kind[at - 1] and kind[at + 1]) or powers.ends[at + 1] - powers.ends[at - 1] > _RUN_S:
            continue
        here, there = _nearest(volts.minutes, powers.ends[at]), _nearest(board.minutes, powers.ends[at])
        if here is not None and there is not None:
            found.append((here - there, abs(powers.values[at])))
            if len(found) == _MOST:
                break
    return found


def _nearest(means: Means, ends: float) -> float | None:
    """The mean of the minute that ended within half a minute of that moment."""
    at = bisect_left(means.ends, ends - MINUTE_S / 2)
    return means.values[at] if at < len(means) and means.ends[at] <= ends + MINUTE_S / 2 else None
