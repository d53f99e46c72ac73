"""The meters behind the smart meter: their names, and the flow between two readings.

Readings are rare (gas every five minutes on DSMR 5, hourly before that), so a flow needs the previous one.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from tui.core.model import External

_NAMES = {
    "gas_meter": "Gas",
    "heat_meter": "Heat",
    "warm_water_meter": "Warm water",
    "water_meter": "Water",
    "inlet_heat_meter": "Inlet heat",
}
_FLOW_UNITS = {"m3": ("m3/h", 1.0), "GJ": ("kW", 1e6 / 3600)}
"""Unit of the total -> unit of its flow, and the factor from total per hour."""

Key = tuple[str, str | None, int]


def kind_name(kind: str) -> str:
    """ "gas_meter" as "Gas"; an unknown type under its own name, in plain words."""
    return _NAMES.get(kind) or kind.removesuffix("_meter").replace("_", " ").capitalize()


def keyed(meters: tuple[External, ...]) -> dict[Key, External]:
    """Meters by type, id and a running number: ids may be missing, all zero or the same for several meters."""
    seen: Counter[tuple[str, str | None]] = Counter()
    result: dict[Key, External] = {}
    for meter in meters:
        name = (meter.type, meter.unique_id)
        result[(*name, seen[name])] = meter
        seen[name] += 1
    return result


def earlier_values(
    earlier: tuple[External, ...], before: tuple[External, ...], now: tuple[External, ...]
) -> tuple[External, ...]:
    """For each meter of `now`, its newest value with another timestamp, where one is known.

    `before` are the meters of the last measurement, `earlier` is what this function returned for it.
    """
    last, older = keyed(before), keyed(earlier)
    result = []
    for key, meter in keyed(now).items():
        previous = last.get(key)
        if previous is not None and previous.timestamp != meter.timestamp:
            result.append(previous)
        elif key in older:
            result.append(older[key])
    return tuple(result)


def earlier_of(meter: Key, earlier: tuple[External, ...]) -> External | None:
    """The previous value of the meter with that key."""
    return keyed(earlier).get(meter)


def flow(meter: External, earlier: External | None) -> tuple[float, str] | None:
    """The mean flow since the previous value, and its unit: m3/h, or kW for heat in GJ.

    None without two timestamps in order, for a total that fell, and for unknown units.
    """
    if earlier is None or meter.timestamp is None or earlier.timestamp is None or meter.unit not in _FLOW_UNITS:
        return None
    hours = (meter.timestamp - earlier.timestamp).total_seconds() / 3600
    if hours <= 0 or meter.value < earlier.value:
        return None
    unit, factor = _FLOW_UNITS[meter.unit]
    return (meter.value - earlier.value) / hours * factor, unit


def is_left_over(meter: External, meters: tuple[External, ...]) -> bool:
    """Whether a newer meter of the same type has replaced it (an old gas meter stays listed after a swap).

    Only times can tell: a meter without one is never old because its neighbour has one.
    """
    if meter.timestamp is None:
        return False
    rivals = [other.timestamp for other in meters if other.type == meter.type and other.timestamp is not None]
    newest: datetime | None = max(rivals, default=None)
    return newest is not None and (newest - meter.timestamp).days >= 1
