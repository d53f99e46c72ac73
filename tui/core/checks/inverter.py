"""`voltage.inverter`: whether the voltage comes close to where a solar inverter switches itself off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tui.core.checks.evidence import (
    connection_meters,
    count_variant,
    live,
    power,
    value_at,
    voltage_name,
    voltages,
    when,
    windows_s,
)
from tui.core.checks.finding import Finding, Seconds, Term, Verdict, Word
from tui.core.checks.record import Observed, Record
from tui.core.checks.series import Mean, Means, Series
from tui.core.model import Role
from tui.core.quantities import PHASES

RULE = "voltage.inverter"


class _Place(NamedTuple):
    """Where a voltage near an inverter is measured: a phase of a meter, with its power."""

    meter: Observed
    phase: int
    volts: Series
    watts: Series | None
    is_inverter: bool
    """At the inverter itself, else at the connection."""


def inverter(record: Record) -> Iterator[Finding]:
    """`voltage.inverter`: per meter at an inverter, else per phase of the connection that was seen to export.

    A solar meter tells the inverter's own voltage. It also speaks for its phase of the connection; which that is, only
    `Installation.at_inverter` knows, so without that a solar meter speaks for all. A pass needs a full window in which
    there was export: a quiet night says nothing of noon.
    """
    solar = list(record.with_role(Role.SOLAR))
    places = [
        _Place(meter, phase, volts, power(meter, phase), is_inverter=True)
        for meter in solar
        for phase, volts in voltages(meter)
    ]
    spoken_for = _spoken_for(record, [place.meter for place in places])
    places += [place for place in _at_connection(record) if place.phase not in spoken_for]
    if places:
        yield from _judged(record, places)
    elif solar and not any(_exports(record, meter) for meter in connection_meters(record)):
        yield Finding(RULE, Verdict.UNTESTABLE, variant="no-export")
    elif meters := [meter for meter in connection_meters(record) if _exports(record, meter)]:
        yield from (Finding(RULE, Verdict.UNTESTABLE, meter.key, variant="no-voltage") for meter in meters)
    else:
        yield Finding(RULE, Verdict.NA, variant="no-export")


def _at_connection(record: Record) -> Iterator[_Place]:
    """The phases of the connection that exported. On 3x230 V the total tells of all."""
    has_neutral = record.installation.profile.has_neutral
    for meter in connection_meters(record):
        for phase, volts in voltages(meter):
            watts = power(meter, phase, has_neutral=has_neutral)
            if _exported(record, watts):
                yield _Place(meter, phase, volts, watts, is_inverter=False)


def _spoken_for(record: Record, meters: list[Observed]) -> set[int]:
    """The phases of the connection whose inverter has a meter of its own."""
    known: set[int] = set()
    for meter in meters:
        phase = None if meter.device.product.measures_phases else record.installation.at_inverter.get(meter.key)
        known |= set(PHASES) if phase is None else {phase}
    return known


def _exports(record: Record, meter: Observed) -> bool:
    has_neutral = record.installation.profile.has_neutral
    return any(_exported(record, power(meter, phase, has_neutral=has_neutral)) for phase in PHASES)


def _exported(record: Record, watts: Series | None) -> bool:
    """Whether a minute of export was ever seen."""
    return watts is not None and _is_export(record, watts.minutes)


def _is_export(record: Record, means: Means) -> bool:
    return bool(means) and min(means.values) < -record.limits[f"{RULE}.export_w"]


def _judged(record: Record, places: list[_Place]) -> Iterator[Finding]:
    passed: dict[str, list[tuple[_Place, Means]]] = {}
    waiting: dict[str, tuple[Observed, str, list[float]]] = {}
    for place in places:
        windows = live(place.volts.windows)
        found = _exceeded(record, place, windows)
        if found is not None:
            yield found
        elif not windows:
            _, _, so_far = waiting.get(place.meter.key, (place.meter, "", []))
            highest = place.volts.minutes.highest
            so_far += [] if highest is None else [highest.value]
            waiting[place.meter.key] = place.meter, "so-far" if so_far else "no-window", so_far
        elif place.watts is not None and _is_export(record, place.watts.windows):
            passed.setdefault(place.meter.key, []).append((place, windows))
        else:
            waiting.setdefault(place.meter.key, (place.meter, "no-export", []))
    for several in passed.values():
        yield _passed(record, several)
    for key, (meter, variant, so_far) in waiting.items():
        if key not in passed:
            values: dict[str, Word] = {"watched": Seconds(record.watched_s), "highest": max(so_far, default=0.0)}
            yield Finding(RULE, Verdict.UNTESTABLE, meter.key, variant=variant, values=values)


def _exceeded(record: Record, place: _Place, windows: Means) -> Finding | None:
    """The worst that was seen on a phase; None where no limit was reached.

    A 10-minute mean is named where it is enough for the verdict, since that is what an inverter goes by.
    """
    limits = record.limits.of_rule(RULE)
    minute, window = place.volts.minutes.highest, windows.highest
    stage2 = limits.get("stage2_v")
    if stage2 is not None and minute is not None and minute.value > stage2:
        return _found(record, place, Verdict.FAIL, minute, place.volts.minutes, "stage2_v", "stage2")
    if window is not None and window.value > limits["fail_v"]:
        return _found(record, place, Verdict.FAIL, window, windows, "fail_v")
    for verdict, name in ((Verdict.WARN, "warn_v"), (Verdict.INFO, "info_v")):
        for mean, means in ((window, windows), (minute, place.volts.minutes)):
            least = limits[name]
            if mean is not None and (mean.value > least or (verdict is Verdict.INFO and mean.value == least)):
                return _found(record, place, verdict, mean, means, name)
    return None


def _found(
    record: Record, place: _Place, verdict: Verdict, mean: Mean, means: Means, limit: str, variant: str = ""
) -> Finding:
    spans = place.watts and (place.watts.windows if means.span_s > 60 else place.watts.minutes)
    watts = (value_at(spans, mean.ends) if spans else None) or 0.0
    # A meter at an inverter that is mounted upside down draws what that delivers: `meter.direction` tells.
    out_w = abs(watts) if place.is_inverter else max(0.0, -watts)
    return Finding(
        RULE,
        verdict,
        place.meter.key,
        _phase(place),
        figure=mean.value,
        unit="V",
        limit=record.limits[f"{RULE}.{limit}"],
        limits=(f"{RULE}.{limit}",) if limit == "fail_v" else (f"{RULE}.{limit}", f"{RULE}.fail_v"),
        window_s=len(means) * means.span_s,
        quantity=voltage_name(place.meter, place.phase),
        variant=variant,
        values={
            "mean": Term("mean_10_min" if means.span_s > 60 else "mean_1_min"),
            "out_kw": out_w / 1000,
            "at": when(record, mean),
            "place": _where(place),
        },
    )


def _passed(record: Record, several: list[tuple[_Place, Means]]) -> Finding:
    """One pass for the phases of a meter."""
    count = min(len(windows) for _, windows in several)
    place, windows = max(several, key=lambda one: max(one[1].values))
    highest = windows.highest
    return Finding(
        RULE,
        Verdict.PASS,
        place.meter.key,
        _phase(place) if len(several) == 1 else None,
        figure=highest.value if highest else None,
        unit="V",
        limit=record.limits[f"{RULE}.info_v"],
        limits=(f"{RULE}.info_v", f"{RULE}.fail_v"),
        window_s=windows_s(count),
        quantity=voltage_name(place.meter, place.phase),
        variant=count_variant(count),
        values={"count": count, "place": _where(place)},
    )


def _phase(place: _Place) -> int | None:
    """The phase to name: a meter of one phase at an inverter has its own phase 1, which need not be the house's L1."""
    return None if place.is_inverter and not place.meter.device.product.measures_phases else place.phase


def _where(place: _Place) -> Term:
    return Term("at_inverter" if place.is_inverter else "at_connection")
