"""Zeros that are not values: a field that a device sends as 0 although the rest of its answer says otherwise.

A smart meter that does not measure a quantity often sends 0 for it. The parser takes such zeros out of the values, so
that nobody shows, adds up or stores them, and keeps their names. A zero that nothing contradicts stays a value: an
empty house at night has three phases of 0 W, and a phase without voltage is what an installer must see.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace

from tui.core.model import Device
from tui.core.profiles import Profile
from tui.core.quantities import PHASES, QUANTITIES
from tui.core.reading import Measurement, Value

NOISE_W = 5.0
"""Rounding, and values of slightly different moments, make a total differ this much from its phases (own choice)."""
_SUM_W = 100.0
"""A total of 0 is wrong beside phases whose sum is larger (own choice)."""
_LIVE_A = 0.5
"""More than the current of a phase without voltage (own choice; DSMR 4 meters send whole ampere)."""
_LIVE_V = 100.0
"""A phase with more than this is connected (own choice)."""
_BESIDE_POWER = {
    "voltage_v": NOISE_W,
    "apparent_power_va": NOISE_W,
    "power_factor": NOISE_W,
    "current_a": 250.0,  # one ampere: many meters send whole ones
    "apparent_current_a": 250.0,
}
"""What cannot be 0 beside a power above this many watts per phase (own choice)."""
_PARTS = ("", *(f"_l{phase}" for phase in PHASES))


def _name(quantity: str, part: str) -> str:
    """ "voltage_v" of the part "_l2" as "voltage_l2_v"; "power_factor" has no unit."""
    stem, _, unit = quantity.rpartition("_")
    return f"{quantity}{part}" if unit == "factor" else f"{stem}{part}_{unit}"


_RULES = {
    _name(quantity, part): (_name("power_w", part), watts, _name("current_a", part))
    for quantity, watts in _BESIDE_POWER.items()
    for part in _PARTS
}
"""What may be unmeasured -> the power beside it, above how many watts (per phase), and the current."""
_VOLTAGES = frozenset(_name("voltage_v", part) for part in _PARTS)
_PHASE_POWERS = tuple(_name("power_w", part) for part in _PARTS[1:])
_MAY_BE_UNMEASURED = frozenset({*_RULES, "power_w", *_PHASE_POWERS, "frequency_hz"}) & QUANTITIES.keys()
_MIDDLE = frozenset({"voltage_l2_v", "current_l2_a"})
_PRINT = _MIDDLE.union(_PHASE_POWERS)
"""What a smart meter for 3x230 V without neutral does not measure."""
CONVINCED = 5
"""So many answers in a row must contradict a 0 that was a value (own choice)."""
_SEEN = -1
"""Instead of a number of answers: there was a voltage."""


def unmeasured(values: Mapping[str, Value]) -> tuple[str, ...]:
    """The names in `values` (canonical) whose 0 contradicts the others, in the order of the table of quantities."""
    zeros = {name for name in _MAY_BE_UNMEASURED & values.keys() if values[name] == 0}
    if not zeros:
        return ()
    powers = {
        _PHASE_POWERS[phase - 1]
        for phase in PHASES
        if any(
            f"{stem}_l{phase}_{unit}" in values for stem, unit in (("power", "w"), ("voltage", "v"), ("current", "a"))
        )
    }
    found = {"frequency_hz"} & zeros  # whatever answers has mains
    if _VOLTAGES & values.keys() <= zeros:
        found |= _VOLTAGES & zeros
    for name in zeros & _RULES.keys():
        power, watts, current = _RULES[name]
        phases = len(powers) or 1 if power == "power_w" else 1
        if _size(values, power) > watts * phases or (name in _VOLTAGES and _size(values, current) >= _LIVE_A):
            found.add(name)
    if powers and powers <= zeros and _size(values, "power_w") > NOISE_W:
        found |= powers | (_MIDDLE & zeros if _has_no_middle(values) else set())
    if "power_w" in zeros and powers <= values.keys() and abs(sum(_number(values, name) for name in powers)) > _SUM_W:
        found.add("power_w")
    return _in_order(found)


def _in_order(names: Set[str]) -> tuple[str, ...]:
    return tuple(name for name in QUANTITIES if name in names) if names else ()


def _number(values: Mapping[str, Value], name: str) -> float:
    value = values.get(name)
    return value if isinstance(value, (int, float)) else 0.0


def _size(values: Mapping[str, Value], name: str) -> float:
    return abs(_number(values, name))


def _has_no_middle(values: Mapping[str, Value]) -> bool:
    """Whether L1 and L3 have a voltage and L2 has none."""
    return min(_size(values, f"voltage_l{phase}_v") for phase in (1, 3)) > _LIVE_V and not values.get("voltage_l2_v")


def looks_three_wire(measurement: Measurement) -> bool:
    """Whether it is the print of 3x230 V without neutral: power only as a total, and no voltage on L2.

    A phase that has failed looks different: the powers of the others add up to the total.
    """
    return (
        "power_l1_w" in measurement.unmeasured
        and "voltage_l2_v" not in measurement.values
        and _has_no_middle(measurement.values)
    )


def steady(measurement: Measurement, doubts: Mapping[str, int]) -> Measurement:
    """The measurement, its zeros read as `doubts` of the answers before it say, so that no value comes and goes.

    A first 0 is judged at once. What is not measured stays so until it is not 0; for powers per phase, and what L2
    lacks with them, until any of those powers is not. A 0 that was a value stays one until `CONVINCED` answers in a
    row contradict it: the parts of one answer may be of slightly different moments. A voltage that was there before is
    never "not measured" but gone.
    """
    known, values = doubts, measurement.values
    if not measurement.unmeasured and _is_settled(known) and values.keys() & _MAY_BE_UNMEASURED <= known.keys():
        return measurement
    sent = {**values, **dict.fromkeys(measurement.unmeasured, 0.0)}
    doubted = set(measurement.unmeasured)
    if known.get("voltage_l2_v") == _SEEN and looks_three_wire(measurement):
        doubted -= _MIDDLE
    if any(known.get(name) == CONVINCED and _number(values, name) for name in _PHASE_POWERS):
        known = {name: doubt for name, doubt in known.items() if name not in _PRINT or doubt != CONVINCED}
    news = {
        name: _doubt(name, sent[name], known.get(name), name in doubted) for name in _MAY_BE_UNMEASURED & sent.keys()
    }
    names = {name for name, doubt in news.items() if doubt == CONVINCED}
    kept = {name: sent[name] for name in QUANTITIES if name in sent and name not in names}
    return replace(measurement, values=kept, unmeasured=_in_order(names), doubts={**known, **news})


def _is_settled(doubts: Mapping[str, int]) -> bool:
    """Whether an answer without a contradiction changes none of them."""
    return all(doubt == (_SEEN if name in _VOLTAGES else 0) for name, doubt in doubts.items())


def _doubt(name: str, value: Value, known: int | None, contradicted: bool) -> int:
    """How far a quantity is doubted after one more value, from 0 to `CONVINCED`; `_SEEN` is less than not at all."""
    if value != 0:
        return _SEEN if name in _VOLTAGES else 0
    if known is None:
        return CONVINCED if contradicted else 0
    if known in (_SEEN, CONVINCED):
        return known
    return known + 1 if contradicted else 0


def note_of(measurement: Measurement) -> str | None:
    """A sentence about what is not measured; None if there is nothing to say.

    It names no setting: whether one is missing depends on the profile (`setting_hints`).
    """
    if not measurement.unmeasured:
        return None
    names = ", ".join(measurement.unmeasured)
    why = f"; {_LOOKS}" if looks_three_wire(measurement) else ""
    return f"{names}{_AS_ZERO}{why}"


def names_in(note: str) -> tuple[str, ...]:
    """The reverse: the quantities of a sentence of `note_of`; none of another sentence."""
    names, said, _ = note.partition(_AS_ZERO)
    return _in_order(_MAY_BE_UNMEASURED & set(names.split(", "))) if said else ()


_AS_ZERO = ": sent as 0 where it cannot be 0, so not measured"
_LOOKS = "this looks like 3x230 V without neutral"
_ANY_REGION = "be-vlg-3x230, or be-wal-3x230 in Wallonia, be-bru-3x230 in Brussels"
_OPERATORS = {"fluvius": "be-vlg", "ores": "be-wal", "resa": "be-wal", "sibelga": "be-bru"}
"""The first word of a meter's model, where it is that of a grid operator -> its region."""


def setting_hints(device: Device, profile: Profile) -> list[str]:
    """What to set for a smart meter that looks like 3x230 V, longest wording first; none where it is set already."""
    measurement = device.measurement.value if device.measurement else Measurement()
    if not profile.has_neutral or not looks_three_wire(measurement):
        return []
    if not device.product.is_grid_meter or device.same_meter_as:
        return []
    first, *_ = (measurement.text("meter_model") or "?").casefold().split()
    region = _OPERATORS.get(first) or profile.name
    name = f"{region or 'be-vlg'}-3x230"
    return [
        f"{_LOOKS}: start with --grid {name if region else _ANY_REGION}",
        f"looks like 3x230 V: --grid {name}",
        f"--grid {name}",
    ]
