"""Rules of the Flemish capacity tariff: the quarter-hour under way, and whether the meter sends what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tui.core.checks.finding import Finding, Verdict
from tui.core.checks.record import Observed, Record
from tui.core.counting.peak import POWER_S, QUARTER_S, forecast_w, left_s, recent_w, room_w
from tui.core.doubt.meterclock import ahead_s
from tui.core.model import State
from tui.core.state import state_of

COVERED = 0.9
"""How much of the quarter-hour so far must have been measured for our own mean of it (own choice)."""


def _applies(record: Record) -> bool:
    return record.installation.profile.bills_quarters


def peak(record: Record) -> Iterator[Finding]:
    """`capacity.peak`: what the quarter-hour under way comes to, against the peak of this month."""
    findings = [_peak_of(record, meter) for meter in record.grid_meters] if _applies(record) else []
    yield from findings or [Finding("capacity.peak", Verdict.NA)]


def _peak_of(record: Record, meter: Observed) -> Finding:
    rule, limits = "capacity.peak", record.limits
    utc = record.now.utc + ahead_s(meter.device, record.now, record.zone)
    left = left_s(utc)
    so_far, power = _so_far_w(meter, utc), _power_w(record, meter)
    if state_of(meter.device, record.now) not in (State.LIVE, State.STALE):
        return Finding(rule, Verdict.UNTESTABLE, meter.key, variant="silent")
    if so_far is None or power is None:
        return Finding(rule, Verdict.UNTESTABLE, meter.key, variant="no-mean")
    forecast = forecast_w(so_far, power, left)
    if forecast is None or QUARTER_S - left < 60 * limits[f"{rule}.quiet_min"]:
        return Finding(rule, Verdict.UNTESTABLE, meter.key, variant="new-quarter")
    month = _month_peak_w(record, meter)
    counts = max(month or 0.0, 1000 * limits[f"{rule}.floor_kw"])
    beats = forecast > counts
    is_sure = beats and month is not None and not _is_new_month(record)
    return Finding(
        rule,
        Verdict.WARN if is_sure else Verdict.INFO,
        meter.key,
        figure=round(forecast / 1000, 2),
        unit="kW",
        limit=round(counts / 1000, 2),
        limits=(f"{rule}.floor_kw", f"{rule}.quiet_min"),
        window_s=QUARTER_S - left,
        quantity="power_w",
        variant="" if is_sure or not beats else "beats",
        values={
            "so_far": f"{so_far / 1000:.2f}",
            "room": f"{room_w(so_far, counts, left) / 1000:.2f}",
            "ends": record.now.plus(left),
        },
    )


def _so_far_w(meter: Observed, utc: float) -> float | None:
    """The mean of the quarter-hour so far as its part of the whole: the meter's own, else ours; None without either."""
    told = meter.device.number("average_power_15m_w")
    if told is not None:
        return max(told, 0.0)
    quarter, elapsed = meter.quarter, QUARTER_S - left_s(utc)
    if quarter is None or abs(quarter.starts - (utc - elapsed)) > 1 or quarter.covered_s < COVERED * elapsed:
        return None
    return quarter.mean_w * elapsed / QUARTER_S


def _power_w(record: Record, meter: Observed) -> float | None:
    """The mean import of the last minute, in watts; None before it has been watched for half of that."""
    series = meter.series.get("power_w")
    if series is None or not meter.times or meter.times[-1] - meter.times[0] < POWER_S / 2:
        return None
    return recent_w(zip(reversed(meter.times), reversed(series.recent), strict=False), record.now.monotonic)


def _month_peak_w(record: Record, meter: Observed) -> float | None:
    """The peak of this month as the meter tells it; None where it tells none, or that of another month."""
    read, today = meter.device.measurement, _local(record)
    stamp = read.value.values.get("monthly_power_peak_timestamp") if read is not None else None
    if isinstance(stamp, datetime) and (stamp.year, stamp.month) != (today.year, today.month):
        return None
    return meter.device.number("monthly_power_peak_w")


def _local(record: Record) -> datetime:
    return datetime.fromtimestamp(record.now.utc, record.zone)


def _is_new_month(record: Record) -> bool:
    return _local(record).day == 1


def consent(record: Record) -> Iterator[Finding]:
    """`p1.consent`: a Fluvius meter sends the quarter-hour and its peak only while the P1 port is open for them."""
    findings = [_consent_of(record, meter) for meter in record.grid_meters] if _applies(record) else []
    yield from findings or [Finding("p1.consent", Verdict.NA)]


def _consent_of(record: Record, meter: Observed) -> Finding:
    rule, device = "p1.consent", meter.device
    if device.measurement is None:
        return Finding(rule, Verdict.UNTESTABLE, meter.key, variant="no-answer")
    if device.number("average_power_15m_w") is not None or device.number("monthly_power_peak_w") is not None:
        return Finding(rule, Verdict.PASS, meter.key)
    has_phases = any(name.startswith("voltage_l") for name in meter.series) and any(
        name.startswith("current_l") for name in meter.series
    )
    if not has_phases:
        return Finding(rule, Verdict.UNTESTABLE, meter.key, variant="little")
    if _is_new_month(record):
        return Finding(rule, Verdict.UNTESTABLE, meter.key, variant="new-month")
    return Finding(rule, Verdict.INFO, meter.key)
