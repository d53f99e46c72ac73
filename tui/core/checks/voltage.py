"""Rules on voltage: too high or too low, an inverter that trips, fast changes, unequal phases, a long cable."""

from __future__ import annotations

from collections.abc import Iterator

from tui.core.checks.finding import Finding, Seconds, Verdict
from tui.core.checks.record import Observed, Record
from tui.core.checks.series import WINDOW_S


def mean10(record: Record) -> Iterator[Finding]:
    """`voltage.mean10`: the slow voltage of each phase, as 10-minute means."""
    for meter in record.grid_meters:
        if not any(meter.voltage(phase) for phase in (1, 2, 3)):
            yield Finding("voltage.mean10", Verdict.UNTESTABLE, meter.key, variant="no-voltage")
        for phase in (1, 2, 3):
            yield from _mean10_of(record, meter, phase)


def _mean10_of(record: Record, meter: Observed, phase: int) -> Iterator[Finding]:
    rule, limits = "voltage.mean10", record.limits
    series = meter.voltage(phase)
    if series is None:
        return
    low, high = series.windows.lowest, series.windows.highest
    if low is None or high is None:
        watched = {"watched": Seconds(record.watched_s)}
        yield Finding(rule, Verdict.UNTESTABLE, meter.key, phase, variant="no-window", values=watched)
        return
    usual_low, usual_high, least = (limits[f"{rule}.{name}"] for name in ("low_v", "high_v", "least_v"))
    if low.value < least or high.value > usual_high:
        verdict = Verdict.FAIL
    else:
        verdict = Verdict.WARN if low.value < usual_low else Verdict.PASS
    is_low = verdict is not Verdict.PASS and not high.value > usual_high
    worst = low if is_low else high
    yield Finding(
        rule,
        verdict,
        meter.key,
        phase,
        figure=worst.value,
        unit="V",
        limit=(least if low.value < least else usual_low) if is_low else usual_high,
        limits=(f"{rule}.low_v", f"{rule}.high_v", f"{rule}.least_v"),
        window_s=len(series.windows) * WINDOW_S,
        quantity=f"voltage_l{phase}_v",
        variant="" if verdict is Verdict.PASS else "low" if is_low else "high",
        values={
            "low": low.value,
            "high": high.value,
            "count": len(series.windows),
            "at": record.now.plus(worst.ends - record.now.monotonic),
        },
    )
