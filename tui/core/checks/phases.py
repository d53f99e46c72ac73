"""Rules on the three phases: feed-in on one of them, and a phase that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from tui.core.checks.evidence import (
    connection_meters,
    count_variant,
    is_three_phase,
    power,
    three_phase_supply,
    together,
    voltage_name,
    voltages,
    when,
    windows_s,
)
from tui.core.checks.finding import Finding, Seconds, Verdict, Word
from tui.core.checks.record import LOADS, Observed, Record
from tui.core.checks.series import MINUTE_S, ROUNDED, Mean, Means, Series
from tui.core.quantities import PHASES

UNMEASURED_PHASE = 2
"""Of a 3x230 V supply: two wattmeters measure three wires."""
_CARRIES_A = 0.5
"""A phase that carries this much is in use (own choice)."""
_HERE_S = 10.0
"""How recent an answer must be that shows that the other phases are there."""


def skew(record: Record) -> Iterator[Finding]:
    """`phase.skew`: feed-in on one phase of a three-phase connection, as 10-minute means.

    The Netherlands go by the export on one phase, Belgium by how far the phases differ in what they feed in. What they
    draw is no part of that: a car that charges on one phase is no skewed feed-in. VA are taken to be the watts.
    """
    rule, connection = "phase.skew", connection_meters(record)
    if not connection:
        yield Finding(rule, Verdict.NA, variant="no-meter")
        return
    meters, none = three_phase_supply(rule, record, connection)
    yield from none
    for meter in meters:
        powers = [series.windows for phase in PHASES if (series := power(meter, phase)) is not None]
        if len(powers) < 2:
            yield Finding(rule, Verdict.UNTESTABLE, meter.key, variant="no-power")
        elif not any(powers):
            yield _skew_so_far(record, meter)
        elif "difference_va" in record.limits.of_rule(rule):
            yield _by_difference(record, meter, powers)
        else:
            yield _by_phase(record, meter)


def _skew_so_far(record: Record, meter: Observed) -> Finding:
    """Without a full window: the largest export of a phase in a minute, and no verdict."""
    lows = [
        (low.value, phase)
        for phase in PHASES
        if (series := power(meter, phase)) is not None and (low := series.minutes.lowest) is not None
    ]
    values: dict[str, Word] = {"watched": Seconds(record.watched_s)}
    if not lows:
        return Finding("phase.skew", Verdict.UNTESTABLE, meter.key, variant="no-window", values=values)
    low_w, phase = min(lows)
    values["kw"] = max(0.0, -low_w) / 1000
    only = phase if low_w < 0 else None
    return Finding("phase.skew", Verdict.UNTESTABLE, meter.key, only, variant="so-far", values=values)


def _by_phase(record: Record, meter: Observed) -> Finding:
    """The largest export of a phase against the advice of installers. Never a fail: it is no norm."""
    rule = "phase.skew"
    lowest = [
        (mean, phase, len(series.windows))
        for phase in PHASES
        if (series := power(meter, phase)) is not None and (mean := series.windows.lowest) is not None
    ]
    mean, phase, _ = min(lowest, key=lambda one: one[0].value)
    out, count = max(0.0, -mean.value), min(one[2] for one in lowest)
    info, warn = record.limits[f"{rule}.info_w"], record.limits[f"{rule}.warn_w"]
    verdict = Verdict.WARN if out > warn else Verdict.INFO if out >= info else Verdict.PASS
    return Finding(
        rule,
        verdict,
        meter.key,
        phase if verdict is not Verdict.PASS else None,
        figure=out,
        unit="W",
        limit=warn if verdict is Verdict.WARN else info,
        limits=(f"{rule}.info_w", f"{rule}.warn_w"),
        window_s=windows_s(count),
        quantity=f"power_l{phase}_w",
        variant=count_variant(count) if verdict is Verdict.PASS else "",
        values={"count": count, "kw": out / 1000, "at": when(record, mean)},
    )


def _by_difference(record: Record, meter: Observed, powers: list[Means]) -> Finding:
    rule, most = "phase.skew", record.limits["phase.skew.difference_va"]
    spreads = [(_spread(watts), ends, watts) for ends, watts in together(powers)]
    if not spreads:
        return _skew_so_far(record, meter)
    spread, ends, watts = max(spreads, key=lambda one: one[0])
    phases = [phase for phase in PHASES if power(meter, phase) is not None]
    phase = phases[watts.index(min(watts))]
    is_over = spread > most
    return Finding(
        rule,
        Verdict.WARN if is_over else Verdict.PASS,
        meter.key,
        phase if is_over else None,
        figure=spread,
        unit="VA",
        limit=most,
        limits=(f"{rule}.difference_va",),
        window_s=windows_s(len(spreads)),
        quantity=f"power_l{phase}_w",
        variant="difference" if is_over else count_variant(len(spreads), "difference"),
        values={"count": len(spreads), "kva": spread / 1000, "at": when(record, Mean(ends, spread))},
    )


def _spread(watts: tuple[float, ...]) -> float:
    """How far phases differ in what they feed in. Means are kept in 32 bits: without their noise."""
    return round(max(0.0, -min(watts)) - max(0.0, -max(watts)), ROUNDED)


def missing(record: Record) -> Iterator[Finding]:
    """`phase.missing`: a phase without voltage, as 1-minute means, or without any in the last minute.

    It takes a phase that must be there: one of a meter that sends several, or of a main fuse given as three-phase. A
    meter that knows of one phase only contradicts such a fuse, and proves no phase dead. On 3x230 V meters differ in
    which voltages they send: there only a phase that was alive can be missed. 0 W is none.
    """
    rule, meters = "phase.missing", connection_meters(record)
    several = [meter for meter in meters if _has_several(record, meter)]
    if not several:
        yield Finding(rule, Verdict.NA, variant="one-phase" if meters else "no-meter")
    for meter in several:
        sent = dict(voltages(meter))
        if _may_lack_neutral(record, meter):
            watched = {"watched": Seconds(record.remembered_s)}
            yield Finding(rule, Verdict.INFO, meter.key, UNMEASURED_PHASE, variant="no-neutral", values=watched)
        if not sent:
            yield Finding(rule, Verdict.UNTESTABLE, meter.key, variant="no-voltage")
        elif not any(series.minutes for series in sent.values()):
            yield Finding(rule, Verdict.UNTESTABLE, meter.key, variant="short")
        elif not is_three_phase(meter) and record.installation.profile.has_neutral:
            fuse = str(record.installation.fuse)
            yield Finding(rule, Verdict.WARN, meter.key, variant="one-phase", values={"fuse": fuse})
        else:
            yield from _missed(record, meter, sent)


def _has_several(record: Record, meter: Observed) -> bool:
    """Whether the connection has several phases; one of a meter for three may be given as one, with the others dead."""
    fuse, least = record.installation.fuse, record.limits["phase.missing.least_v"]
    if not record.installation.profile.has_neutral:
        return True
    if fuse is not None and fuse.phases == 1:
        others = (series.minutes.highest for phase, series in voltages(meter) if phase > 1)
        return any(high is not None and high.value >= least for high in others)
    return fuse is not None or is_three_phase(meter)


def _may_lack_neutral(record: Record, meter: Observed) -> bool:
    """Whether a house for which no grid was given looks like 3x230 V: L1 and L3 carry current, and L2 never any."""
    if record.installation.profile.name is not None or "current_l1_a" not in meter.series:
        return False
    most = []
    for name in LOADS:
        minutes = meter.series[name].minutes.values if name in meter.series else ()
        most.append(max(map(abs, minutes), default=0.0))
    return most[UNMEASURED_PHASE - 1] == 0.0 and min(most[0], most[2]) >= _CARRIES_A


def _missed(record: Record, meter: Observed, sent: dict[int, Series]) -> Iterator[Finding]:
    rule, least = "phase.missing", record.limits["phase.missing.least_v"]
    alive = tuple(phase for phase, series in sent.items() if series.minutes and max(series.minutes.values) >= least)
    expected = PHASES if record.installation.profile.has_neutral else alive
    limits = (f"{rule}.least_v",)
    lows: dict[int, Mean] = {}
    is_whole = True
    for phase in expected:
        series = sent.get(phase)
        low = series.minutes.lowest if series is not None else None
        silent_s = _silent_s(meter, series)
        if low is not None and low.value < least:
            is_whole = False
            values = {"at": when(record, low)}
            yield Finding(
                rule,
                Verdict.FAIL,
                meter.key,
                phase,
                figure=low.value,
                unit="V",
                limit=least,
                limits=limits,
                window_s=MINUTE_S,
                quantity=voltage_name(meter, phase),
                values=values,
            )
        elif silent_s >= MINUTE_S and _is_told(meter, sent):
            is_whole = False
            seconds, cause = {"seconds": Seconds(silent_s)}, "never" if series is None else "gone"
            yield Finding(
                rule, Verdict.FAIL, meter.key, phase, limits=limits, window_s=silent_s, variant=cause, values=seconds
            )
        elif low is not None:
            lows[phase] = low
    if is_whole and lows:
        lowest = min(lows, key=lambda phase: lows[phase].value)
        yield Finding(
            rule,
            Verdict.PASS,
            meter.key,
            figure=lows[lowest].value,
            unit="V",
            limit=least,
            limits=limits,
            window_s=min(len(sent[phase].minutes) for phase in lows) * MINUTE_S,
            quantity=voltage_name(meter, lowest),
            values={"phases": len(expected), "lowest_phase": f"L{lowest}"},
        )


def _silent_s(meter: Observed, series: Series | None) -> float:
    """How long the last answers have lacked a voltage, in seconds; no longer than samples are kept."""
    if series is None:
        return meter.times[-1] - meter.times[0]
    since = None
    for at in range(len(series.recent) - 1, -1, -1):
        if series.recent[at] == series.recent[at]:
            break
        since = meter.times[at]
    return 0.0 if since is None else meter.times[-1] - since


def _is_told(meter: Observed, sent: dict[int, Series]) -> bool:
    """Whether another phase's voltage came with the last answers: the meter lives and tells of its voltages."""
    recent = [at for at in range(len(meter.times)) if meter.times[-1] - meter.times[at] <= _HERE_S]
    return any(series.recent[at] == series.recent[at] for series in sent.values() for at in recent)
