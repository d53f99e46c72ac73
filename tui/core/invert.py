"""A meter mounted upside down: its values as the right way round would have given them.

A kWh meter may be fed from either end (cabinets often leave no choice), and counts as export then what is used. The
monitor turns its measurements before anything else sees them.
"""

from __future__ import annotations

from dataclasses import replace

from tui.core.events import Measured
from tui.core.model import Fleet, Measurement, Value, key_of
from tui.core.quantities import PHASES, QUANTITIES, Quantity, Turn


def as_wired(event: Measured, fleet: Fleet) -> Measured:
    """The event as it is after the user's word about its meter."""
    device = fleet.devices.get(key_of(event.serial))
    if device is None or not device.is_inverted:
        return event
    return replace(event, measurement=inverted(event.measurement))


def inverted(measurement: Measurement) -> Measurement:
    """The same measurement, the other way round."""
    turned: dict[str, Value] = {}
    for name, value in measurement.values.items():
        quantity = QUANTITIES[name]
        match quantity.turn:
            case Turn.SWAP:
                name = _counterpart(name)
            case Turn.SIGN:
                value = _negated(value)
            case Turn.CURRENT if _has_direction(quantity, value, measurement):
                value = _negated(value)
        turned[name] = value
    return replace(measurement, values={name: turned[name] for name in QUANTITIES if name in turned})


def _counterpart(name: str) -> str:
    here, there = ("import", "export") if "_import_" in name else ("export", "import")
    return name.replace(f"_{here}_", f"_{there}_")


def _negated(value: Value) -> Value:
    return -value if isinstance(value, (int, float)) and value else value  # there is no minus zero


def _has_direction(quantity: Quantity, current: Value, measurement: Measurement) -> bool:
    """Whether the sign of a current is that of its power.

    kWh meters are seen to send 4.652 A with -1058 W: a size without a direction, and so is the sum over phases (the
    vendor calls it the sum of the absolute values).
    """
    part = f"_l{quantity.phase}" if quantity.phase else ""
    power = measurement.number(f"power{part}_w")
    if not isinstance(current, (int, float)) or current < 0 or power is None:
        return True
    return power >= 0 and not (quantity.phase == 0 and any(_is_sent(phase, measurement) for phase in PHASES))


def _is_sent(phase: int, measurement: Measurement) -> bool:
    return measurement.number(f"current_l{phase}_a") is not None
