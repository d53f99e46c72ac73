"""Rules on the main fuse: the load of each phase, and the group of a solar inverter."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tui.core.checks.evidence import connection_meters
from tui.core.checks.finding import Finding, Seconds, Term, Verdict, Word
from tui.core.checks.phases import UNMEASURED_PHASE
from tui.core.checks.record import LOADS, Observed, Record
from tui.core.checks.series import MINUTE_S, ROUNDED, Mean, Means
from tui.core.fuse import Fuse
from tui.core.model import Role
from tui.core.quantities import PHASES

PHASE, PV = "fuse.phase", "fuse.pv"
QUARTER, HOUR = 15, 60
"""Minutes of the longer means."""


# ------------------------------------------------------------------ fuse.phase


def phase(record: Record) -> Iterator[Finding]:
    """`fuse.phase`: the load of each phase against the main fuse, import and export apart.

    The meters of the connection tell: the smart meter, else a kWh meter with the role grid.
    """
    meters, fuse = connection_meters(record), record.installation.fuse
    limits = {name: value * fuse.ampere / 100 for name, value in record.limits.of_rule(PHASE).items()} if fuse else {}
    if not meters:
        yield Finding(PHASE, Verdict.NA)
    for meter in meters:
        variant = _why_untestable(record, meter)
        if variant:
            values: dict[str, Word] = {"phases": fuse.phases} if fuse else {}
            yield Finding(PHASE, Verdict.UNTESTABLE, meter.key, variant=variant, values=values)
        elif fuse is not None:
            yield from _phases(record, meter, fuse, limits)


def _why_untestable(record: Record, meter: Observed) -> str:
    fuse = record.installation.fuse
    if fuse is None:
        return "no-fuse"
    if not any(name in meter.series for name in LOADS):
        return "no-current"
    # The total of three phases says nothing of one: DSMR 2 and 3 send no more.
    is_split = any(name in meter.series for n in PHASES for name in (f"power_l{n}_w", f"current_l{n}_a"))
    return "" if is_split or fuse.phases == 1 else "total-only"


class _Load(NamedTuple):
    """The load of a phase in one direction: the mean that matters most, as a positive number."""

    verdict: Verdict
    variant: str
    way: str
    mean: Mean
    limit: str
    limit_a: float


def _phases(record: Record, meter: Observed, fuse: Fuse, limits: Mapping[str, float]) -> Iterator[Finding]:
    """The findings of a meter; `limits` are in ampere. Of the phases that pass, the one with the highest load is told;
    so is that of those which would, but for a full window.

    Of a phase with something to say of both directions both are told.
    """
    passed: list[tuple[_Load, int]] = []
    waiting: list[tuple[_Load | None, int]] = []
    for number, name in zip(PHASES, LOADS, strict=True):
        if number == UNMEASURED_PHASE and not record.installation.profile.has_neutral:
            yield Finding(PHASE, Verdict.UNTESTABLE, meter.key, number, variant="not-measured")
        elif series := meter.series.get(name):
            both = (_load(series.minutes, limits, is_export=is_export) for is_export in (False, True))
            loads = [load for load in both if load is not None]
            heavy = [load for load in loads if load.verdict is not Verdict.PASS]
            yield from (_told(record, meter, fuse, number, load) for load in heavy)
            if loads and not heavy and len(series.windows):
                passed.append((max(loads, key=_size), number))
            elif not heavy:
                waiting.append((max(loads, key=_size, default=None), number))
    if passed:
        load, number = max(passed, key=lambda one: _size(one[0]))
        yield _told(record, meter, fuse, number, load)
    seen = [(load, number) for load, number in waiting if load is not None]
    if seen:
        load, number = max(seen, key=lambda one: _size(one[0]))
        yield _told(record, meter, fuse, number, load._replace(verdict=Verdict.UNTESTABLE, variant="so-far"))
    elif waiting:
        watched, only = {"watched": Seconds(record.watched_s)}, waiting[0][1] if len(waiting) == 1 else None
        yield Finding(PHASE, Verdict.UNTESTABLE, meter.key, only, variant="no-window", values=watched)


def _size(load: _Load) -> float:
    return load.mean.value


def _told(record: Record, meter: Observed, fuse: Fuse, number: int, load: _Load) -> Finding:
    series = meter.series[LOADS[number - 1]]
    return Finding(
        PHASE,
        load.verdict,
        meter.key,
        number,
        figure=load.mean.value,
        unit="A",
        limit=load.limit_a,
        limits=(f"{PHASE}.{load.limit}",),
        window_s=len(series.minutes) * MINUTE_S,
        quantity=LOADS[number - 1],
        variant=load.variant,
        values={
            "percent": _percent(load.mean.value, fuse),
            "fuse": f"{fuse.ampere:g}",
            "way": Term(load.way),
            "at": record.now.plus(min(0.0, load.mean.ends - record.now.monotonic)),
            "found": Term(f"load-{meter.load_source}"),
            "watched": Seconds(record.watched_s),
            "count": len(series.windows),
        },
    )


def _load(minutes: Means, limits: Mapping[str, float], *, is_export: bool) -> _Load | None:
    """What the means say of one direction; None where nothing flowed that way. `limits` are in ampere."""
    way = "export" if is_export else "import"
    top = _positive(minutes.lowest if is_export else minutes.highest, is_export=is_export)
    if top is None or top.value < 0 or (is_export and top.value == 0):
        return None
    # No mean is above the highest minute, so in most houses there is no more to do.
    quarter = hour = Mean(0.0, 0.0)
    if top.value > limits["quarter_fail_pct"]:
        quarter = _positive(minutes.top_rolling(QUARTER, lowest=is_export), is_export=is_export) or quarter
    if top.value >= limits["hour_warn_pct"]:
        hour = _positive(minutes.top_rolling(HOUR, lowest=is_export), is_export=is_export) or hour
    cases = (
        (top.value > limits["minute_fail_pct"], Verdict.FAIL, "minute", top, "minute_fail_pct"),
        (quarter.value > limits["quarter_fail_pct"], Verdict.FAIL, "quarter", quarter, "quarter_fail_pct"),
        (top.value > limits["minute_warn_pct"], Verdict.WARN, "minute", top, "minute_warn_pct"),
        (hour.value >= limits["hour_warn_pct"], Verdict.WARN, "hour", hour, "hour_warn_pct"),
        (top.value >= limits["info_pct"], Verdict.INFO, "", top, "info_pct"),
    )
    for holds, verdict, variant, mean, name in cases:
        if holds:
            return _Load(verdict, variant, way, mean, name, limits[name])
    return _Load(Verdict.PASS, "", way, top, "info_pct", limits["info_pct"])


def _positive(mean: Mean | None, *, is_export: bool) -> Mean | None:
    """Export as a positive number. Means are kept in 32 bits: without their noise, 10.4 A is 80 % of 13 A."""
    return None if mean is None else Mean(mean.ends, round(-mean.value if is_export else mean.value, ROUNDED))


def _percent(ampere: float, fuse: Fuse) -> int:
    """Percent of the fuse, rounded so that it never says that a limit was reached or kept when it was not."""
    percent = round(100 * ampere / fuse.ampere, ROUNDED)
    return int(percent) if percent <= 100 else math.ceil(percent)


# ------------------------------------------------------------------ fuse.pv


def pv(record: Record) -> Iterator[Finding]:
    """`fuse.pv`: the current of a solar group against what may be behind this main fuse (the Netherlands)."""
    table, fuse = record.limits.of_rule(PV), record.installation.fuse
    group = table.get(str(fuse))
    found = False
    for meter in record.with_role(Role.SOLAR) if group is not None else ():
        names = [name for name in ("current_a", *(f"current_l{n}_a" for n in PHASES)) if name in meter.series]
        found = found or bool(names)
        if group is not None and names:
            yield _pv_of(record, meter, names, group)
    if not found:
        yield Finding(PV, Verdict.NA)


def _pv_of(record: Record, meter: Observed, names: list[str], group: float) -> Finding:
    limits = record.limits
    # `current_a` is the sum of the phases where there are several.
    names = [name for name in names if name != "current_a"] or names
    currents = [(max(map(abs, (*minutes.values, 0.0))), name) for name in names if (minutes := _minutes(meter, name))]
    highest, name = max(currents, default=(0.0, names[0]))
    highest = round(highest, ROUNDED)
    most = round(group * (1 + limits[f"{PV}.margin_pct"] / 100), ROUNDED)
    values: dict[str, Word] = {
        "group": f"{group:g}",
        "fuse": str(record.installation.fuse),
        "watched": Seconds(record.watched_s),
    }
    if highest < limits[f"{PV}.seen_a"]:
        return Finding(PV, Verdict.UNTESTABLE, meter.key, values=values)
    over = highest > most
    if not over and not len(meter.series[name].windows):
        return Finding(PV, Verdict.UNTESTABLE, meter.key, variant="no-window", values=values)
    return Finding(
        PV,
        Verdict.INFO if over else Verdict.PASS,
        meter.key,
        figure=highest,
        unit="A",
        limit=most,
        limits=(f"{PV}.{record.installation.fuse}", f"{PV}.margin_pct"),
        window_s=len(meter.series[name].minutes) * MINUTE_S,
        quantity=name,
        values=values,
    )


def _minutes(meter: Observed, name: str) -> Means:
    return meter.series[name].minutes
