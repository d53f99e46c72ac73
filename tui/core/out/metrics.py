"""Names of metrics by the conventions of Prometheus: base units in full, `_total` behind what only grows.

Conventions: https://prometheus.io/docs/practices/naming/. Energy stays in kilowatthours, in which every meter counts
and every bill is written. All come from the table `core.quantities`: a new row there is a new metric.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from tui.core.quantities import QUANTITIES, Kind, Quantity

PREFIX = "hwtui_"
ALL_PHASES = "total"
"""The label `phase` of what is measured for all of them together."""

_UNITS: Mapping[str, tuple[str, float]] = {
    "": ("", 1.0),
    "W": ("watts", 1.0),
    "V": ("volts", 1.0),
    "A": ("amperes", 1.0),
    "VA": ("voltamperes", 1.0),
    "var": ("vars", 1.0),
    "Hz": ("hertz", 1.0),
    "kWh": ("kilowatthours", 1.0),
    "GJ": ("gigajoules", 1.0),
    "%": ("ratio", 0.01),
    "m3": ("cubic_meters", 1.0),
    "l/min": ("liters_per_minute", 1.0),
}
"""A unit as a word of a name, and by what a value is multiplied."""
_SUFFIX = re.compile(r"_(w|v|a|va|var|hz|kwh|pct|m3|lpm|count)$")
_TARIFF = re.compile(r"_t([1-4])$")
_NO_METRIC = frozenset({"water_total_offset_m3"})
"""A setting of the meter, which is part of the total already."""


class Family(NamedTuple):
    """The metrics of one name."""

    name: str
    """Without `_total`."""
    unit: str
    """As in the name, "" for none."""
    kind: str
    """As OpenMetrics calls it: "gauge", "counter", "info", "stateset" or "histogram"."""
    help: str


class Metric(NamedTuple):
    """How a quantity is told."""

    family: Family
    factor: float
    """By what its value is multiplied."""
    labels: str
    """What follows those of its device, with a comma before it: `,phase="l1"`."""


def _metric(quantity: Quantity) -> Metric | None:
    if quantity.kind in (Kind.TEXT, Kind.TIME) or quantity.name in _NO_METRIC:
        return None
    unit, factor = _UNITS[quantity.unit]
    stem = _SUFFIX.sub("", quantity.name)
    labels = ""
    if tariff := _TARIFF.search(stem):
        # A name of its own: added up with the total, everything would count twice.
        stem = f"{stem[: tariff.start()]}_tariff"
        labels = f',tariff="{tariff[1]}"'
    if quantity.phase or _has_phases(quantity.name, stem):
        stem = re.sub(r"_l[123]$", "", stem)
        labels += f',phase="l{quantity.phase}"' if quantity.phase else f',phase="{ALL_PHASES}"'
    kind = "counter" if quantity.kind in (Kind.COUNTER, Kind.EVENT) else "gauge"
    words = stem.removesuffix("_total")
    if quantity.kind is Kind.EVENT and not words.endswith("s"):
        words += "s"
    name = f"{PREFIX}{words}{unit and '_'}{unit}"
    return Metric(Family(name, unit, kind, f"{words.replace('_', ' ').capitalize()}."), factor, labels)


def _has_phases(name: str, stem: str) -> bool:
    return f"{stem}_l1{name.removeprefix(stem)}" in QUANTITIES


METRICS: Mapping[str, Metric] = {
    name: metric for name, quantity in QUANTITIES.items() if (metric := _metric(quantity)) is not None
}
"""By the name of the quantity, in the order of the table."""


def external_family(unit: str) -> Family | None:
    """The family of the meters behind a smart meter that count in this unit; None if it is no known one.

    >>> external_family("m3").name
    'hwtui_external_cubic_meters'
    """
    if unit not in ("m3", "GJ", "kWh"):
        return None
    word = _UNITS[unit][0]
    return Family(f"{PREFIX}external_{word}", word, "counter", "Total of a meter behind the smart meter.")
