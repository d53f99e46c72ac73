"""Rules on the voltage of the supply: too high or too low, fast changes, unequal phases."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from tui.core.checks.before import LEAST_WINDOWS
from tui.core.checks.evidence import (
    count_variant,
    live,
    supply_meters,
    three_phase_supply,
    together,
    voltage_name,
    voltages,
    when,
    windows_s,
)
from tui.core.checks.finding import Finding, Seconds, Verdict, Word
from tui.core.checks.record import Observed, Record, Step
from tui.core.checks.series import MINUTE_S, ROUNDED, Mean, Means
from tui.core.checks.voltagesteps import has_own_load, moved_a, size_v
from tui.core.model import Role
from tui.core.past.voltagerecord import VoltageRecord
from tui.core.quantities import DSMR_5

FAST_S = 2.0
"""Samples further apart than this tell nothing of a fast change."""


def mean10(record: Record) -> Iterator[Finding]:
    """`voltage.mean10`: the slow voltage of each phase, as 10-minute means.

    The meters of `evidence.supply_meters` judge. Phases that pass share one finding. A window in which a phase was
    dead is left to `phase.missing`. Before the first full window the 1-minute means are told: no verdict, at most good
    to know.
    """
    rule, meters = "voltage.mean10", supply_meters(record)
    if not meters:
        yield Finding(rule, Verdict.UNTESTABLE, variant="no-meter")
    for meter in meters:
        phases = voltages(meter)
        if not phases:
            yield Finding(rule, Verdict.UNTESTABLE, meter.key, variant="no-voltage")
        passed: dict[int, Means] = {}
        waiting: dict[int, Means] = {}
        for phase, series in phases:
            windows = live(series.windows)
            finding = _slow(record, meter, phase, windows)
            if finding is not None:
                yield finding
            elif windows:
                passed[phase] = windows
            elif not series.windows:
                waiting[phase] = live(series.minutes)
        if passed:
            yield _slow_passed(record, meter, passed)
        yield from _slow_week(record, meter)
        if waiting:
            yield from _slow_so_far(record, meter, waiting)


def _only(phases: Collection[int]) -> int | None:
    """The phase, where there is one; None for several together."""
    return next(iter(phases)) if len(phases) == 1 else None


_SLOW_LIMITS = tuple(f"voltage.mean10.{name}" for name in ("low_v", "high_v", "least_v"))


def _beyond(record: Record, means: Means) -> Mean | None:
    """The highest mean, if it is above the usual range, else the lowest, if it is below; None where all are inside."""
    usual_low, usual_high, _ = (record.limits[name] for name in _SLOW_LIMITS)
    low, high = means.lowest, means.highest
    if high is not None and high.value > usual_high:
        return high
    return low if low is not None and low.value < usual_low else None


def _slow(record: Record, meter: Observed, phase: int, windows: Means) -> Finding | None:
    """What is wrong with the means of a phase; None where nothing is."""
    worst = _beyond(record, windows)
    if worst is None:
        return None
    usual_low, usual_high, least = (record.limits[name] for name in _SLOW_LIMITS)
    is_high, is_least = worst.value > usual_high, worst.value < least
    return Finding(
        "voltage.mean10",
        Verdict.FAIL if is_high or is_least else Verdict.WARN,
        meter.key,
        phase,
        figure=worst.value,
        unit="V",
        limit=usual_high if is_high else least if is_least else usual_low,
        limits=_SLOW_LIMITS,
        window_s=windows_s(len(windows)),
        quantity=voltage_name(meter, phase),
        variant="high" if is_high else "low",
        values={"at": when(record, worst)},
    )


def _slow_so_far(record: Record, meter: Observed, waiting: dict[int, Means]) -> Iterator[Finding]:
    """What the 1-minute means of phases without a full window say: each beyond a limit, else their range."""
    rule, (usual_low, usual_high, _) = "voltage.mean10", (record.limits[name] for name in _SLOW_LIMITS)
    inside: dict[int, Means] = {}
    for phase, minutes in waiting.items():
        worst = _beyond(record, minutes)
        if worst is None:
            inside[phase] = minutes
            continue
        is_high = worst.value > usual_high
        yield Finding(
            rule,
            Verdict.INFO,
            meter.key,
            phase,
            figure=worst.value,
            unit="V",
            limit=usual_high if is_high else usual_low,
            limits=_SLOW_LIMITS,
            window_s=len(minutes) * MINUTE_S,
            quantity=voltage_name(meter, phase),
            variant="high" if is_high else "low",
            values={"at": when(record, worst), "watched": Seconds(record.watched_s)},
        )
    values = [value for minutes in inside.values() for value in minutes.values]
    if inside:
        told: dict[str, Word] = {"watched": Seconds(record.watched_s)}
        told |= {"low": min(values), "high": max(values)} if values else {}
        variant = "so-far" if values else "no-window"
        yield Finding(rule, Verdict.UNTESTABLE, meter.key, _only(inside), variant=variant, values=told)


def _slow_passed(record: Record, meter: Observed, passed: dict[int, Means]) -> Finding:
    count = min(len(windows) for windows in passed.values())
    highs = {phase: max(windows.values) for phase, windows in passed.items()}
    worst = max(highs, key=lambda phase: highs[phase])
    low = min(min(windows.values) for windows in passed.values())
    return Finding(
        "voltage.mean10",
        Verdict.PASS,
        meter.key,
        _only(passed),
        figure=highs[worst],
        unit="V",
        limit=record.limits["voltage.mean10.high_v"],
        limits=_SLOW_LIMITS,
        window_s=windows_s(count),
        quantity=voltage_name(meter, worst),
        variant=count_variant(count),
        values={"low": low, "high": highs[worst], "count": count},
    )


def _slow_week(record: Record, meter: Observed) -> Iterator[Finding]:
    """What a week of the history says of the phase with the most windows outside, against the norm's 95 %."""
    before = record.installation.before.get(meter.key)
    phases = [one for one in before.voltage if one.windows >= LEAST_WINDOWS] if before else []
    if before is None or not phases:
        return
    rule, (_, usual_high, least) = "voltage.mean10", (record.limits[name] for name in _SLOW_LIMITS)
    worst = max(phases, key=lambda one: (_is_beyond(one, usual_high, least), one.outside_pct))
    most = record.limits[f"{rule}.week_pct"]
    fails = _is_beyond(worst, usual_high, least)
    verdict = Verdict.FAIL if fails else Verdict.WARN if worst.outside_pct > most else Verdict.PASS
    yield Finding(
        rule,
        verdict,
        meter.key,
        worst.phase if verdict is not Verdict.PASS else None,
        figure=round(worst.outside_pct, 1),
        unit="%",
        limit=most,
        limits=(*_SLOW_LIMITS, f"{rule}.week_pct"),
        window_s=windows_s(worst.windows),
        quantity=f"voltage_l{worst.phase}_v" if f"voltage_l{worst.phase}_v" in meter.series else "voltage_v",
        variant="week",
        values={
            "low": min(one.lowest[0] for one in phases if one.lowest),
            "high": max(one.highest[0] for one in phases if one.highest),
            "lasted": Seconds(before.lasted_s),
            "longest": Seconds(worst.longest.lasted_s if worst.longest else 0.0),
        },
    )


def _is_beyond(one: VoltageRecord, most_v: float, least_v: float) -> bool:
    """Whether a mean was where it may never be."""
    return bool(one.highest and one.highest[0] > most_v) or bool(one.lowest and one.lowest[0] < least_v)


def step(record: Record) -> Iterator[Finding]:
    """`voltage.step`: a fast change of the voltage, with or without an own load (`checks.voltagesteps`). Never a fail.

    Only the meter of the connection sees every load of its phase. A kWh meter of a house without one cannot tell that
    there was none; nor can a meter that sends no current.
    """
    rule, meters = "voltage.step", supply_meters(record)
    if not meters:
        yield Finding(rule, Verdict.NA, variant="no-meter")
    for meter in meters:
        phases, watched = voltages(meter), {"watched": Seconds(record.watched_s)}
        most_v = record.limits[f"{rule}.most_v"]
        large = sorted((one for one in meter.steps if size_v(one) > most_v), key=size_v, reverse=True)
        count = min((len(series.windows) for _, series in phases), default=0)
        if not phases:
            yield Finding(rule, Verdict.UNTESTABLE, meter.key, variant="no-voltage")
        elif _is_slow(meter):
            yield Finding(rule, Verdict.UNTESTABLE, meter.key, variant="slow")
        elif large:
            yield from (_stepped(record, meter, one) for one in _worst_of_each(large))
        elif count == 0:
            yield Finding(rule, Verdict.UNTESTABLE, meter.key, variant="no-window", values=watched)
        else:
            yield Finding(
                rule,
                Verdict.PASS,
                meter.key,
                limit=most_v,
                unit="V",
                limits=(f"{rule}.most_v",),
                window_s=windows_s(count),
                variant=count_variant(count),
                values={"count": count},
            )


def _is_slow(meter: Observed) -> bool:
    """Whether its answers or its telegrams are too far apart."""
    protocol = meter.device.number("protocol_version")
    seconds = sorted(meter.telegrams.steps_s)
    is_old = protocol is not None and protocol < DSMR_5
    return meter.device.interval_s > FAST_S or is_old or (bool(seconds) and seconds[len(seconds) // 2] > FAST_S)


def _worst_of_each(large: list[Step]) -> list[Step]:
    """The largest without an own load, and the largest with one."""
    by_kind = {has_own_load(one): one for one in reversed(large)}
    return [by_kind[own] for own in (False, True) if own in by_kind]


def _stepped(record: Record, meter: Observed, found: Step) -> Finding:
    rule, moved, size = "voltage.step", moved_a(found), size_v(found)
    sees_all = meter.role is Role.GRID and moved is not None
    own = has_own_load(found)
    variant = "" if own or sees_all else "elsewhere"
    amps = moved if own and moved is not None else 0.0
    return Finding(
        rule,
        Verdict.WARN if not own and sees_all else Verdict.INFO,
        meter.key,
        found.phase,
        figure=size,
        unit="V",
        limit=record.limits[f"{rule}.most_v"],
        limits=(f"{rule}.most_v",),
        window_s=record.remembered_s,
        quantity=voltage_name(meter, found.phase),
        variant=variant,
        values={
            "before": found.before_v,
            "after": found.after_v,
            "amps": amps,
            "ohm": size / amps if amps else 0.0,
            "at": found.at,
        },
    )


def unbalance(record: Record) -> Iterator[Finding]:
    """`voltage.unbalance`: the negative sequence of three phases, in percent, as 10-minute means."""
    rule = "voltage.unbalance"
    meters, none = three_phase_supply(rule, record, supply_meters(record))
    yield from none
    for meter in meters:
        windows = [series.windows for _, series in voltages(meter)]
        alive = [live(one) for one in windows]
        if not windows:
            yield Finding(rule, Verdict.UNTESTABLE, meter.key, variant="no-voltage")
        elif len(windows) < 3 or any(one and not still for one, still in zip(windows, alive, strict=True)):
            yield Finding(rule, Verdict.UNTESTABLE, meter.key, variant="two-phases")
        else:
            yield _unequal(record, meter, alive)


def _unequal(record: Record, meter: Observed, windows: list[Means]) -> Finding:
    rule, limits = "voltage.unbalance", record.limits
    shares = [(sequence(*volts), ends, volts) for ends, volts in together(windows)]
    if not shares:
        watched = {"watched": Seconds(record.watched_s)}
        return Finding(rule, Verdict.UNTESTABLE, meter.key, variant="no-window", values=watched)
    pct, ends, volts = max(shares, key=lambda one: one[0])
    warn, fail = limits[f"{rule}.warn_pct"], limits[f"{rule}.fail_pct"]
    verdict = Verdict.FAIL if pct > fail else Verdict.WARN if pct > warn else Verdict.PASS
    return Finding(
        rule,
        verdict,
        meter.key,
        figure=pct,
        unit="%",
        limit=fail if verdict is Verdict.FAIL else warn,
        limits=(f"{rule}.warn_pct", f"{rule}.fail_pct"),
        window_s=windows_s(len(shares)),
        quantity=voltage_name(meter, 1 + volts.index(max(volts))),
        variant=count_variant(len(shares)) if verdict is Verdict.PASS else "",
        values={
            "count": len(shares),
            "at": when(record, Mean(ends, pct)),
            "l1": volts[0],
            "l2": volts[1],
            "l3": volts[2],
        },
    )


def sequence(one: float, two: float, three: float) -> float:
    """The negative sequence in percent of the positive one, from magnitudes, with 120 degrees assumed.

    Without the angles it is an estimate: 243, 232 and 230 V are 1.7 %.
    """
    squares = one * one + two * two + three * three - one * two - two * three - three * one
    return round(100 * math.sqrt(max(0.0, squares)) / (one + two + three), ROUNDED)
