"""The meters behind the smart meter: their names, and the flow between two readings.

Readings are rare (gas every five minutes on DSMR 5, hourly before that), so a flow needs an earlier one. One bad total
(a meter that answers 0 for a moment, a digit too many) must not give a flow that no pipe has.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo

from tui.core.api.metertime import span_s
from tui.core.reading import Earlier, External, MeterKey
from tui.core.text import readable_id

_NAMES = {
    "gas_meter": "Gas",
    "heat_meter": "Heat",
    "warm_water_meter": "Warm water",
    "water_meter": "Water",
    "inlet_heat_meter": "Inlet heat",
}
_FLOW_UNITS = {
    "m3": ("m3/h", 1.0),
    "m\N{SUPERSCRIPT THREE}": ("m3/h", 1.0),
    "l": ("m3/h", 1e-3),
    "dm3": ("m3/h", 1e-3),
    "liter": ("m3/h", 1e-3),
    "litre": ("m3/h", 1e-3),
    "gj": ("kW", 1e6 / 3600),
    "mj": ("kW", 1e3 / 3600),
    "kwh": ("kW", 1.0),
    "mwh": ("kW", 1e3),
}
"""Unit of the total, in lower case -> unit of its flow, and the factor from total per hour."""
_MOST_FLOW = {
    ("gas_meter", "m3/h"): 40.0,  # a G25 meter
    ("water_meter", "m3/h"): 10.0,
    ("warm_water_meter", "m3/h"): 10.0,
    ("heat_meter", "kW"): 500.0,
    ("inlet_heat_meter", "kW"): 500.0,
    (None, "m3/h"): 40.0,  # any other kind
    (None, "kW"): 500.0,
}
"""The most that flows through a meter of a kind: more is a bad total, not a flow (own choice)."""
LEAST_SPAN_S = 60.0
"""A flow is the mean of at least this long: in a second a meter that counts litres moves by 0 or 1 (own choice)."""
MOST_KEPT = 16
"""Meters without a value in the last answer are remembered until there are this many in all (own choice)."""


def kind_name(kind: str) -> str:
    """ "gas_meter" as "Gas"; an unknown type under its own name, in plain words."""
    return _NAMES.get(kind) or kind.removesuffix("_meter").replace("_", " ").capitalize()


def keyed(meters: tuple[External, ...]) -> dict[MeterKey, External]:
    """Meters by type, id and a running number: ids may be missing, all zero or the same for several meters."""
    seen: Counter[tuple[str, str | None]] = Counter()
    result: dict[MeterKey, External] = {}
    for meter in meters:
        name = (meter.type, meter.unique_id)
        result[(*name, seen[name])] = meter
        seen[name] += 1
    return result


def numbered(meters: tuple[External, ...]) -> Iterator[tuple[str, int, External]]:
    """Meters with their kind ("gas") and, within it, a number from 1: by their ids, which are not told to others, since
    the order in an answer may change."""
    numbers: Counter[str] = Counter()
    for (kind, *_), meter in sorted(keyed(meters).items(), key=lambda item: (item[0][0], item[0][1] or "", item[0][2])):
        word = kind.removesuffix("_meter")  # a device may send "gas", too
        numbers[word] += 1
        yield word, numbers[word], meter


def earlier_values(earlier: Mapping[MeterKey, Earlier], meters: tuple[External, ...]) -> Mapping[MeterKey, Earlier]:
    """The earlier values with those of a new answer; a meter that it lacks is not forgotten at once.

    Those that only their number tells apart are, all of them, once there is one more or one less.
    """
    new = keyed(meters)
    mixed = {key[:2] for key in new.keys() ^ earlier.keys() if key[2]}
    earlier = {key: kept for key, kept in earlier.items() if key[:2] not in mixed} if mixed else earlier
    now = {key: _followed(earlier.get(key), meter) for key, meter in new.items()}
    absent = [(key, kept) for key, kept in earlier.items() if key not in now]
    return dict(absent[: max(0, MOST_KEPT - len(now))]) | now


def _followed(earlier: Earlier | None, meter: External) -> Earlier:
    """What is kept of a meter after one more value.

    A flow begins at a mark, and the value that ends a flow is the next mark. Neither a total that fell nor anything
    before it is one, so that two values that do not fall must follow before there is a flow again. A rise that no meter
    of its kind can make starts afresh: it is the total before that was wrong, or the next one will fall. A total that
    rises while its time stands still has no flow, and its time is worth nothing until it moves: the clock may be stuck,
    or it is the hour that occurs twice.
    """
    if earlier is None:
        return Earlier(meter, mark=meter if meter.timestamp else None)
    last, start, mark = earlier
    if meter == last:
        return earlier
    if meter.value < last.value or meter.unit != last.unit:
        return Earlier(meter)
    if meter.timestamp is None:
        return Earlier(meter, start, mark)
    if mark is None or mark.timestamp is None:
        return Earlier(meter, mark=meter)
    if meter.timestamp in (last.timestamp, mark.timestamp):
        return Earlier(meter, mark=mark if mark.timestamp == meter.timestamp else last)
    stuck = mark.timestamp == last.timestamp and mark.value != last.value
    by_clock_s = (meter.timestamp - mark.timestamp).total_seconds()
    if stuck or not _is_possible(meter, mark, by_clock_s):
        return Earlier(meter, mark=meter)
    if by_clock_s < LEAST_SPAN_S:
        return Earlier(meter, start, mark)
    return Earlier(meter, mark, meter)


def _is_possible(meter: External, before: External, by_clock_s: float) -> bool:
    """Whether the total can have grown that much since, in a minute where it was less; True for unknown units.

    A clock that is put forward makes the span longer here, and more possible: `flow` knows better.
    """
    rate = _rate(meter, before, max(by_clock_s, LEAST_SPAN_S))
    return by_clock_s >= 0 and (rate is None or 0 <= rate[0] <= _most(meter, rate[1]))


def earlier_of(meter: MeterKey, earlier: Mapping[MeterKey, Earlier]) -> External | None:
    """The value of the meter with that key at which its flow begins."""
    return earlier[meter].start if meter in earlier else None


def flow(meter: External, earlier: External | None, zone: tzinfo) -> tuple[float, str] | None:
    """The mean flow since an earlier value, and its unit: m3/h for a volume, kW for an energy.

    None without two timestamps that are at least a minute apart in `zone`, that of the meters, for one in the hour that
    occurs twice in October, for a total that fell or rose by more than a meter of its kind lets through, and for
    unknown units.
    """
    if earlier is None or meter.unit != earlier.unit or meter.timestamp is None or earlier.timestamp is None:
        return None
    span = span_s(earlier.timestamp, meter.timestamp, zone)
    rate = _rate(meter, earlier, span) if span is not None and span >= LEAST_SPAN_S else None
    return rate if rate is not None and 0 <= rate[0] <= _most(meter, rate[1]) else None


def can_flow(meter: External) -> bool:
    """Whether it will have a flow once there are two good values: it has a time, and its unit is known."""
    return meter.timestamp is not None and (meter.unit or "").lower() in _FLOW_UNITS


def _rate(meter: External, earlier: External, span_s: float) -> tuple[float, str] | None:
    """What flowed between two values if it took `span_s`, which is not 0; None for unknown units."""
    known = _FLOW_UNITS.get((meter.unit or "").lower())
    return ((meter.value - earlier.value) * 3600 / span_s * known[1], known[0]) if known else None


def most_per_hour(kind: str, unit: str | None) -> float:
    """The most that the total of a meter of that type can rise by in an hour, in its unit; unlimited if unknown."""
    known = _FLOW_UNITS.get((unit or "").lower())
    if known is None:
        return math.inf
    flow_unit, factor = known
    return (_MOST_FLOW.get((kind, flow_unit)) or _MOST_FLOW[None, flow_unit]) / factor


def _most(meter: External, unit: str) -> float:
    return _MOST_FLOW.get((meter.type, unit)) or _MOST_FLOW[None, unit]


def is_empty_channel(meter: External) -> bool:
    """Whether nothing is connected there: a total of 0, no time, and no id or one of zeros or Fs. A new meter has an
    id."""
    return meter.value == 0 and meter.timestamp is None and not readable_id(meter.unique_id or "").strip(" 0-fF")


def is_left_over(meter: External, meters: tuple[External, ...], today: datetime) -> bool:
    """Whether a newer meter of the same type has replaced it (an old gas meter stays listed after a swap).

    `today` is now, in the meters' local time. Only times can tell: a meter without one is never old because its
    neighbour has one, and a time in the future makes nothing older than it is now.
    """
    if meter.timestamp is None:
        return False
    rivals = [other.timestamp for other in meters if other.type == meter.type and other.timestamp is not None]
    return (min(max(rivals, default=meter.timestamp), today) - meter.timestamp).days >= 1
