"""Rules on the supply: a broken neutral, the grid's frequency, sags, swells and power failures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from statistics import median
from typing import NamedTuple

from tui.core.checks.evidence import most_windows, supply_meters, three_phase_supply, voltages, when, windows_s
from tui.core.checks.finding import Finding, Seconds, Term, Verdict
from tui.core.checks.record import Observed, Record
from tui.core.checks.series import MINUTE_S, ROUNDED, Means
from tui.core.quantities import PHASES

NOMINAL_HZ = 50.0
_FAILURES = ("any_power_fail_count", "long_power_fail_count")
"""The first of these that is sent: the long ones are some of all."""
_DIPS = {
    "sags": tuple(f"voltage_sag_l{phase}_count" for phase in PHASES),
    "swells": tuple(f"voltage_swell_l{phase}_count" for phase in PHASES),
}
"""The counters that are added up, by the term for them."""


def neutral(record: Record) -> Iterator[Finding]:
    """`neutral.loose`: one phase high while another is low, for some seconds (`checks.apart`)."""
    rule, limits = "neutral.loose", record.limits
    meters, none = three_phase_supply(rule, record, supply_meters(record))
    yield from none
    high, low, least = (limits[f"{rule}.{name}"] for name in ("high_v", "low_v", "least_s"))
    for meter in meters:
        phases, apart = voltages(meter), meter.apart
        minutes = min((len(series.minutes) for _, series in phases), default=0)
        if len(phases) < 2:
            yield Finding(rule, Verdict.UNTESTABLE, meter.key, variant="no-voltage")
        elif apart is not None and apart.lasted_s >= least and apart.high_v > high and apart.low_v < low:
            yield Finding(
                rule,
                Verdict.FAIL,
                meter.key,
                figure=apart.high_v,
                unit="V",
                limit=high,
                limits=tuple(f"{rule}.{name}" for name in ("high_v", "low_v", "least_s")),
                window_s=apart.lasted_s,
                quantity=f"voltage_l{apart.high}_v",
                values={
                    "high_phase": f"L{apart.high}",
                    "low_phase": f"L{apart.low}",
                    "highest": apart.high_v,
                    "lowest": apart.low_v,
                    "lasted": Seconds(apart.lasted_s),
                    "at": apart.at,
                },
            )
        elif not minutes:
            yield Finding(rule, Verdict.UNTESTABLE, meter.key, variant="short")
        else:
            yield Finding(
                rule,
                Verdict.PASS,
                meter.key,
                limits=tuple(f"{rule}.{name}" for name in ("high_v", "low_v", "least_s")),
                window_s=minutes * MINUTE_S,
                values={"watched": Seconds(record.watched_s)},
            )


class _Tuned(NamedTuple):
    """A device that measures the frequency, and its 1-minute means: the lowest, the highest; and the mean of all."""

    meter: Observed
    minutes: Means
    lowest: float
    highest: float
    middle: float


def frequency(record: Record) -> Iterator[Finding]:
    """`frequency`: of the grid, as the median over the devices that measure it.

    One device far from the others is a finding of its own and takes no part. Two that disagree cannot be told apart:
    the one nearer to 50 Hz is believed, since the grid is hardly ever off.
    """
    rule, limits = "frequency", record.limits
    measured = [one for one in record.observed if "frequency_hz" in one.series]
    tuned = [one for meter in measured if (one := _tuned(meter)) is not None]
    if not measured:
        yield Finding(rule, Verdict.NA, variant="not-measured")
        return
    if not tuned:
        yield Finding(rule, Verdict.UNTESTABLE, variant="short")
        return
    middles = [one.middle for one in tuned]
    middle = median(middles) if len(tuned) > 2 else min(middles, key=lambda value: abs(value - NOMINAL_HZ))
    apart = limits[f"{rule}.apart_hz"]
    odd = [one for one in tuned if round(abs(one.middle - middle), ROUNDED) > apart]
    for one in odd:
        yield Finding(
            rule,
            Verdict.INFO,
            one.meter.key,
            figure=one.middle,
            unit="Hz",
            limit=apart,
            limits=(f"{rule}.apart_hz",),
            window_s=len(one.minutes) * MINUTE_S,
            quantity="frequency_hz",
            variant="odd",
            values={"others": middle},
        )
    yield _of_grid(record, [one for one in tuned if one not in odd] or tuned)


def _tuned(meter: Observed) -> _Tuned | None:
    minutes = meter.series["frequency_hz"].minutes
    long = meter.series["frequency_hz"].windows.values or minutes.values  # fewer to add up: there may be fifty devices
    low, high = min(minutes.values, default=0.0), max(minutes.values, default=0.0)
    if high <= 0:
        return None
    return _Tuned(meter, minutes, round(low, ROUNDED), round(high, ROUNDED), round(sum(long) / len(long), ROUNDED))


def _of_grid(record: Record, tuned: list[_Tuned]) -> Finding:
    """The frequency that was furthest from 50 Hz: the median of the devices' extremes."""
    rule, limits = "frequency", record.limits.of_rule("frequency")
    # Of two, the one nearer to 50 Hz.
    by_low = sorted(tuned, key=lambda one: one.lowest)[len(tuned) // 2]
    by_high = sorted(tuned, key=lambda one: one.highest)[(len(tuned) - 1) // 2]
    is_high = by_high.highest - NOMINAL_HZ > NOMINAL_HZ - by_low.lowest
    worst = by_high.minutes.highest if is_high else by_low.minutes.lowest
    figure = by_high.highest if is_high else by_low.lowest
    is_out, is_off = (not limits[f"{name}_low_hz"] <= figure <= limits[f"{name}_high_hz"] for name in ("fail", "usual"))
    return Finding(
        rule,
        Verdict.FAIL if is_out else Verdict.INFO if is_off else Verdict.PASS,
        figure=figure,
        unit="Hz",
        limit=limits[f"{'fail' if is_out else 'usual'}_{'high' if is_high else 'low'}_hz"],
        limits=tuple(f"{rule}.{name}" for name in ("fail_low_hz", "fail_high_hz", "usual_low_hz", "usual_high_hz")),
        window_s=max(len(one.minutes) for one in tuned) * MINUTE_S,
        quantity="frequency_hz",
        values={
            "low": by_low.lowest,
            "high": by_high.highest,
            "devices": len(tuned),
            "at": when(record, worst) if worst is not None else record.now,
        },
    )


def events(record: Record) -> Iterator[Finding]:
    """`supply.events`: the sags, swells and power failures that the smart meter counted in the last day.

    At most since the start: what it counted before is only stated, since it may be as old as the meter. A dip of three
    phases counts three times.
    """
    rule, meters = "supply.events", list(record.grid_meters)
    if not meters:
        yield Finding(rule, Verdict.NA, variant="no-meter")
    for meter in meters:
        kinds = _counted(meter)
        if not kinds:
            yield Finding(rule, Verdict.UNTESTABLE, meter.key, variant="no-counters")
            continue
        grown = [found for kind, names in kinds.items() if (found := _grown(record, meter, kind, names)) is not None]
        yield from grown
        earlier = _earlier(record, meter)
        yield from earlier
        if not grown and not earlier:
            yield _uneventful(record, meter, kinds)


def _counted(meter: Observed) -> dict[str, tuple[str, ...]]:
    """The counters that a meter sends, by the term for them."""
    failures = tuple(name for name in _FAILURES if name in meter.totals)[:1]
    dips = {kind: tuple(name for name in names if name in meter.totals) for kind, names in _DIPS.items()}
    return {kind: names for kind, names in ({"failures": failures} | dips).items() if names}


def _grown(record: Record, meter: Observed, kind: str, names: tuple[str, ...]) -> Finding | None:
    # A counter that ever fell was set or misread: what it grew by then is no event.
    growths = {name: meter.totals[name].growth for name in names if not meter.totals[name].fall}
    more = sum(growth for growth in growths.values() if growth > 0)
    if not more > record.limits["supply.events.most"]:
        return None
    phases = [int(name.split("_l")[1][0]) for name, growth in growths.items() if growth > 0 and kind != "failures"]
    return Finding(
        "supply.events",
        Verdict.WARN,
        meter.key,
        phases[0] if len(phases) == 1 else None,
        figure=more,
        limit=record.limits["supply.events.most"],
        limits=("supply.events.most",),
        window_s=record.remembered_s,
        values={
            "kind": Term(kind),
            "watched": Seconds(record.remembered_s),
            "since_installed": sum(meter.totals[name].last for name in names),
        },
    )


def _earlier(record: Record, meter: Observed) -> list[Finding]:
    """What was counted on the worst day of the last week, before the check was started: one finding for each kind."""
    before = record.installation.before.get(meter.key)
    since = datetime.fromtimestamp(record.now.utc_of(record.started), record.zone).date()
    findings = []
    for kind in ("failures", *_DIPS) if before else ():
        # The day of the start is told from the counters themselves, as far as it was watched.
        days = [one for one in before.events if one.kind == kind and one.day < since] if before else []
        if not days:
            continue
        worst = max(days, key=lambda one: one.count)
        count = sum(one.count for one in days)
        if not count > record.limits["supply.events.most"]:
            continue
        findings.append(
            Finding(
                "supply.events",
                Verdict.WARN,
                meter.key,
                figure=count,
                limit=record.limits["supply.events.most"],
                limits=("supply.events.most",),
                window_s=before.lasted_s if before else 0.0,
                variant="week",
                values={
                    "kind": Term(kind),
                    "lasted": Seconds(before.lasted_s if before else 0.0),
                    "day": worst.day.isoformat(),
                    "most": worst.count,
                    "days": len(days),
                },
            )
        )
    return findings


def _uneventful(record: Record, meter: Observed, kinds: dict[str, tuple[str, ...]]) -> Finding:
    counts = {kind: sum(meter.totals[name].last for name in names) for kind, names in kinds.items()}
    windows = most_windows(meter)
    return Finding(
        "supply.events",
        Verdict.PASS if windows else Verdict.UNTESTABLE,
        meter.key,
        figure=0.0,
        limit=record.limits["supply.events.most"],
        limits=("supply.events.most",),
        window_s=windows_s(windows),
        variant="" if windows else "no-window",
        values={
            "watched": Seconds(record.remembered_s),
            "since_installed": sum(counts.values()),
            "failures": counts.get("failures", 0.0),
            "sags": counts.get("sags", 0.0),
            "swells": counts.get("swells", 0.0),
        },
    )
