"""The curves of a report: voltages and powers as they were observed, with the limits that belong to them.

A short check shows the samples themselves, a long one 1-minute means. A gap in the answers is a gap in the curve.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from itertools import pairwise
from typing import NamedTuple

from tui.core.checks.record import Observed, Record
from tui.core.checks.series import MINUTE_S, Series
from tui.core.fuse import NOMINAL_V
from tui.core.quantities import PHASES

LEAST_MINUTES = 5
"""With fewer minutes than this the samples are shown."""
GAP_S, GAP_MINUTES_S = 10.0, 1.5 * MINUTE_S
"""Points further apart than this are not joined, among samples and among minute means."""
MOST_BUCKETS, MOST_SMALL = 240, 60
"""A curve has two points a bucket at most: the lowest and the highest in it."""

Point = tuple[float, float]
"""Seconds since 1970 and a value."""


class Curve(NamedTuple):
    """One line of a chart, in pieces that are joined."""

    label: str
    pieces: tuple[tuple[Point, ...], ...]

    @property
    def values(self) -> list[float]:
        """Every value of it."""
        return [value for piece in self.pieces for _, value in piece]


class LimitLine(NamedTuple):
    """A limit as it is drawn."""

    value: float
    label: str


class Chart(NamedTuple):
    """Curves of one unit over the same time."""

    title: str
    caption: str
    unit: str
    curves: tuple[Curve, ...]
    limits: tuple[LimitLine, ...]
    starts: float
    ends: float
    """Seconds since 1970."""
    zone: tzinfo


def charts_of(record: Record, phrases: Mapping[str, str]) -> Iterator[Chart]:
    """The charts of a record: the voltages and the load of each grid meter; without one, the voltages of others."""
    meters = list(record.grid_meters) or [one for one in record.observed if one.device.product.measures_electricity]
    for meter in meters:
        yield from _made(record, phrases, meter, "voltage", "V", _voltages(meter), _voltage_limits(record))
    for meter in record.grid_meters:
        unit, loads = _loads(meter, record)
        title = "power" if unit == "W" else "current"
        yield from _made(record, phrases, meter, title, unit, loads, _load_limits(record, meter, unit, loads))


def small_curve(one: Observed, record: Record) -> Curve | None:
    """The power of a device (or its flow of water) for the list of devices; None where it sent neither."""
    series = one.series.get("power_w")
    return _curve("", one, series, record, MOST_SMALL) if series else None


def shows_means(one: Observed, record: Record) -> bool:
    """Whether the curves of a device are 1-minute means."""
    shown_s = record.now.monotonic - one.times[0] if one.times else 0.0
    watched = any(len(series.minutes) >= LEAST_MINUTES for series in one.series.values())
    return watched and shown_s < record.watched_s - MINUTE_S


def _made(
    record: Record,
    phrases: Mapping[str, str],
    meter: Observed,
    title: str,
    unit: str,
    named: Mapping[str, Series],
    limits: Iterable[LimitLine],
) -> Iterator[Chart]:
    curves = [
        curve
        for label, series in named.items()
        if (curve := _curve(label, meter, series, record, MOST_BUCKETS)) is not None
    ]
    if not curves:
        return
    shown = phrases["minute_means" if shows_means(meter, record) else "samples"]
    if unit != "V" and any(value < 0 for curve in curves for value in curve.values):
        shown = f"{shown}, {phrases['import_side']}"
    times = [at for curve in curves for piece in curve.pieces for at, _ in piece]
    yield Chart(
        phrases[title],
        f"{meter.device.label}, {shown}",
        unit,
        tuple(curves),
        tuple(limits),
        min(times),
        max(times),
        record.zone,
    )


def _voltages(meter: Observed) -> dict[str, Series]:
    found = {phase: series for phase in PHASES if (series := meter.voltage(phase)) is not None}
    return {f"L{phase}": series for phase, series in found.items()}


def _voltage_limits(record: Record) -> list[LimitLine]:
    return [LimitLine(value, f"{value:g} V") for name in ("low_v", "high_v") for value in _known(record, name)]


def _known(record: Record, name: str) -> Iterator[float]:
    yield from (value for key, value in record.limits.of_rule("voltage.mean10").items() if key == name)


def _loads(meter: Observed, record: Record) -> tuple[str, dict[str, Series]]:
    """The power of each phase; where power per phase means nothing, the current through the main fuse."""
    if not record.installation.profile.has_neutral:
        found = {f"L{phase}": meter.series.get(f"load_l{phase}_a") for phase in PHASES}
        return "A", {label: series for label, series in found.items() if series}
    found = {f"L{phase}": meter.series.get(f"power_l{phase}_w") for phase in PHASES}
    phases = {label: series for label, series in found.items() if series}
    total = meter.series.get("power_w")
    return "W", phases if phases or total is None else {"L1-L3" if _is_3_phase(record) else "L1": total}


def _is_3_phase(record: Record) -> bool:
    return record.installation.fuse is not None and record.installation.fuse.phases == 3


def _load_limits(record: Record, meter: Observed, unit: str, loads: Mapping[str, Series]) -> Iterator[LimitLine]:
    """What the main fuse carries, for import, and for export where there is so much of it that it matters."""
    fuse = record.installation.fuse
    if fuse is None or "L1-L3" in loads:
        return
    most = fuse.ampere if unit == "A" else fuse.ampere * NOMINAL_V
    yield LimitLine(most, f"{fuse} A: {most:g} {unit}" if unit == "W" else f"{fuse} A")
    lowest = min((value for series in loads.values() for value in _values(meter, series, record)), default=0.0)
    if lowest < -most / 2:
        yield LimitLine(-most, f"-{most:g} {unit}")


# ------------------------------------------------------------------ points


def _curve(label: str, one: Observed, series: Series, record: Record, most: int) -> Curve | None:
    means = shows_means(one, record)
    found = _points(one, series, record, means=means)
    pieces = _pieces(thinned(found, most), GAP_MINUTES_S if means else max(GAP_S, 3 * one.device.interval_s))
    return Curve(label, tuple(pieces)) if found else None


def _values(one: Observed, series: Series, record: Record) -> list[float]:
    return [value for _, value in _points(one, series, record, means=shows_means(one, record))]


def _points(one: Observed, series: Series, record: Record, *, means: bool) -> list[Point]:
    now = record.now
    pairs = (
        ((mean.ends, mean.value) for mean in series.minutes) if means else zip(one.times, series.recent, strict=False)
    )
    return [(now.utc - (now.monotonic - at), value) for at, value in pairs if math.isfinite(value)]


def thinned(points: Sequence[Point], most: int) -> Sequence[Point]:
    """At most two points a bucket, so that no peak is lost."""
    size = math.ceil(len(points) / most)
    if size <= 2:
        return points
    thinned: list[Point] = []
    for at in range(0, len(points), size):
        bucket = points[at : at + size]
        thinned += sorted({min(bucket, key=lambda point: point[1]), max(bucket, key=lambda point: point[1])})
    return thinned


def _pieces(points: Sequence[Point], gap_s: float) -> Iterator[tuple[Point, ...]]:
    if not points:
        return
    # thinned points are further apart than those they stand for
    usual = sorted(later[0] - one[0] for one, later in pairwise(points))
    longest = max(gap_s, 4 * usual[len(usual) // 2] if usual else 0.0)
    piece = [points[0]]
    for point in points[1:]:
        if point[0] - piece[-1][0] > longest:
            yield tuple(piece)
            piece = []
        piece.append(point)
    yield tuple(piece)
