"""Rules on what a meter sends: its direction, its protocol, the resolution of its currents, its counters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from tui.core.checks.finding import Finding, Seconds, Term, Verdict
from tui.core.checks.proofs import directions
from tui.core.checks.record import RISE_SLACK_S, Observed, Record, Total
from tui.core.checks.series import MINUTE_S, ROUNDED
from tui.core.fuse import Fuse
from tui.core.model import Role
from tui.core.quantities import PHASES

DIRECTION, PROTOCOL, RESOLUTION, COUNTERS = "meter.direction", "meter.protocol", "current.resolution", "counters"
ENERGY = tuple(
    f"energy_{way}{tariff}_kwh" for way in ("import", "export") for tariff in ("", "_t1", "_t2", "_t3", "_t4")
)
LEAST_WATCH_S = 60.0
"""Counters are called right after this long at the earliest."""


# ------------------------------------------------------------------ meter.direction


def direction(record: Record) -> Iterator[Finding]:
    """`meter.direction`: loads draw and solar meters deliver, where the user gave the role. A battery does both.

    What a guided test proved says more, and what the steps of an hour make likely is said where nothing else is known.
    """
    found = []
    for meter in record.observed:
        told = directions(record, meter)
        if meter.role in (Role.SOLAR, Role.LOAD) and meter.device.product.measures_electricity:
            by_role = _direction_of(record, meter, is_solar=meter.role is Role.SOLAR)
            is_fault = by_role.verdict is Verdict.WARN and all(one.verdict is not Verdict.FAIL for one in told)
            proven = any(one.variant == "test" for one in told)
            if is_fault or (by_role.verdict is Verdict.PASS and not proven) or not told:
                found.append(by_role)
                told = [one for one in told if one.variant == "test"]
        found += told
    yield from found or [Finding(DIRECTION, Verdict.NA)]


def _direction_of(record: Record, meter: Observed, *, is_solar: bool) -> Finding:
    limits, role = record.limits, "solar" if is_solar else "load"
    lowest, highest, window_s = _powers(meter, limits[f"{DIRECTION}.samples_s"])
    if window_s == 0:
        return Finding(DIRECTION, Verdict.UNTESTABLE, meter.key, variant="no-power")
    right, wrong = (-lowest, highest) if is_solar else (highest, -lowest)
    name = "socket_w" if meter.device.product.can_switch else "wired_w"
    most, grown = limits[f"{DIRECTION}.{name}"], _exported_kwh(meter)
    if wrong >= most:
        return _directed(Verdict.WARN, meter, role, wrong, most, name, window_s)
    if not is_solar and lowest < 0 and grown >= limits[f"{DIRECTION}.export_kwh"]:
        return Finding(
            DIRECTION,
            Verdict.WARN,
            meter.key,
            figure=grown,
            unit="kWh",
            limit=limits[f"{DIRECTION}.export_kwh"],
            limits=(f"{DIRECTION}.export_kwh",),
            window_s=record.remembered_s,
            quantity="power_w",
            variant="counter",
            values={"watched": Seconds(record.remembered_s)},
        )
    if right >= limits[f"{DIRECTION}.seen_w"]:
        return _directed(Verdict.PASS, meter, role, right, most, name, window_s)
    return Finding(DIRECTION, Verdict.UNTESTABLE, meter.key, limits=(f"{DIRECTION}.seen_w",), variant=role)


def _directed(
    verdict: Verdict, meter: Observed, role: str, power_w: float, limit: float, name: str, window_s: float
) -> Finding:
    return Finding(
        DIRECTION,
        verdict,
        meter.key,
        figure=power_w,
        unit="W",
        limit=limit,
        limits=(f"{DIRECTION}.{name}",),
        window_s=window_s,
        quantity="power_w",
        variant=role,
        values={"power": _power_words(power_w)},
    )


def _powers(meter: Observed, least_s: float) -> tuple[float, float, float]:
    """The lowest and highest 1-minute mean of the power, and the seconds seen.

    In the first minute the mean of its samples stands for both, if they span `least_s`; else all are 0.
    """
    series = meter.series.get("power_w")
    if series is None:
        return 0.0, 0.0, 0.0
    low, high = series.minutes.lowest, series.minutes.highest
    if low is not None and high is not None:
        return round(low.value, ROUNDED), round(high.value, ROUNDED), len(series.minutes) * MINUTE_S
    seen = [(at, watt) for at, watt in zip(meter.times, series.recent, strict=False) if not math.isnan(watt)]
    span = seen[-1][0] - seen[0][0] if seen else 0.0
    if span < least_s:
        return 0.0, 0.0, 0.0
    mean = round(math.fsum(watt for _, watt in seen) / len(seen), ROUNDED)
    return mean, mean, span


def _exported_kwh(meter: Observed) -> float:
    """What the export counter grew by. That of a 3-phase kWh meter is per phase and not netted: it proves nothing."""
    total = meter.totals.get("energy_export_kwh")
    return 0.0 if total is None or meter.device.product.measures_phases else round(total.growth, ROUNDED)


def _power_words(power_w: float) -> str:
    return f"{power_w / 1000:.1f} kW" if power_w >= 1000 else f"{power_w:.0f} W"


# ------------------------------------------------------------------ meter.protocol


def protocol(record: Record) -> Iterator[Finding]:
    """`meter.protocol`: what this smart meter can send."""
    found = False
    for meter in record.grid_meters:
        found = True
        if meter.device.measurement is None:
            yield Finding(PROTOCOL, Verdict.UNTESTABLE, meter.key)
            continue
        stems = {"W": "power", "V": "voltage", "A": "current"}
        sent = [unit for unit, stem in stems.items() if _sends(meter, stem, unit)]
        variant = "total" if not sent else "full" if "V" in sent else "no-voltage"
        values = {"version": _version(meter.device.number("protocol_version")), "sent": ", ".join(sent)}
        yield Finding(
            PROTOCOL, Verdict.INFO, meter.key, limits=(f"{PROTOCOL}.voltage_dsmr",), variant=variant, values=values
        )
    if not found:
        yield Finding(PROTOCOL, Verdict.NA)


def _sends(meter: Observed, stem: str, unit: str) -> bool:
    return any(f"{stem}_l{phase}_{unit.lower()}" in meter.series for phase in PHASES)


def _version(number: float | None) -> str | Term:
    """ "DSMR 5.0" for 50, and for 50217 as Belgian telegrams say it."""
    digits = "" if number is None else f"{number:.0f}"
    return f"DSMR {digits[0]}.{digits[1]}" if len(digits) in (2, 5) and digits.isdigit() else Term("unknown-version")


# ------------------------------------------------------------------ current.resolution


def resolution(record: Record) -> Iterator[Finding]:
    """`current.resolution`: a smart meter that sends its currents in whole ampere."""
    whole = [meter for meter in record.grid_meters if meter.whole_ampere]
    for meter in whole:
        values = {"found": Term(f"load-{meter.load_source}")}
        yield Finding(RESOLUTION, Verdict.INFO, meter.key, limits=(f"{RESOLUTION}.step_a",), values=values)
    if not whole:
        yield Finding(RESOLUTION, Verdict.NA)


# ------------------------------------------------------------------ counters


def counters(record: Record) -> Iterator[Finding]:
    """`counters`: totals that fall, or rise by more than the main fuse can carry."""
    fuse = record.installation.fuse or Fuse(3, record.limits[f"{COUNTERS}.no_fuse_a"])
    capacity_w = fuse.power_w(has_neutral=record.installation.profile.has_neutral)
    seen = odd = 0
    for meter in record.observed:
        totals = [(name, total) for name in ENERGY if (total := meter.totals.get(name)) is not None]
        seen += len(totals)
        finding = _fallen(record, meter, totals) or _risen(meter, totals, capacity_w) or _fell_before(record, meter)
        if finding is not None:
            odd += 1
            yield finding
    if not seen:
        yield Finding(COUNTERS, Verdict.NA)
    elif not odd:
        watched: dict[str, Seconds | float] = {"watched": Seconds(record.remembered_s), "count": seen}
        enough = record.watched_s >= LEAST_WATCH_S
        verdict = Verdict.PASS if enough else Verdict.UNTESTABLE
        yield Finding(COUNTERS, verdict, limits=_COUNTER_LIMITS, window_s=record.remembered_s, values=watched)


_COUNTER_LIMITS = (f"{COUNTERS}.fall_kwh", f"{COUNTERS}.no_fuse_a")


def _fallen(record: Record, meter: Observed, totals: list[tuple[str, Total]]) -> Finding | None:
    """The counter that fell furthest."""
    fall, name = max(((round(total.fall, ROUNDED), name) for name, total in totals), default=(0.0, ""))
    most = record.limits[f"{COUNTERS}.fall_kwh"]
    return _counted(meter, "fall", name, fall, most) if fall > most else None


def _risen(meter: Observed, totals: list[tuple[str, Total]], capacity_w: float) -> Finding | None:
    """The counter that rose furthest above what the fuse can carry in the time."""
    rises = ((round(total.rise - _most_kwh(total, capacity_w), ROUNDED), total, name) for name, total in totals)
    over, total, name = max(rises, default=(0.0, None, ""))
    if total is None or over <= 0:
        return None
    return _counted(meter, "rise", name, round(total.rise, ROUNDED), _most_kwh(total, capacity_w), total.rise_s)


def _fell_before(record: Record, meter: Observed) -> Finding | None:
    """The counter that fell furthest in the last week."""
    before, most = record.installation.before.get(meter.key), record.limits[f"{COUNTERS}.fall_kwh"]
    fall = next((one for one in before.falls if one.quantity in ENERGY), None) if before else None
    if fall is None or fall.by <= most:
        return None
    finding = _counted(meter, "fall-before", fall.quantity, fall.by, most)
    return replace(finding, values={"counter": Term(fall.quantity), "day": fall.day.isoformat()})


def _most_kwh(total: Total, capacity_w: float) -> float:
    return round(capacity_w * (total.rise_s + RISE_SLACK_S) / 3_600_000, ROUNDED)


def _counted(meter: Observed, variant: str, name: str, kwh: float, most: float, seconds: float = 0.0) -> Finding:
    return Finding(
        COUNTERS,
        Verdict.INFO,
        meter.key,
        figure=kwh,
        unit="kWh",
        limit=most,
        limits=_COUNTER_LIMITS,
        variant=variant,
        values={"counter": Term(name), "lasted": Seconds(seconds)},
    )
