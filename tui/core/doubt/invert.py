"""Measurements as the meters are wired. A meter mounted upside down: its values as if it were the right way round.

A kWh meter may be fed from either end (cabinets often leave no choice), and then counts consumption as export. The
monitor inverts its measurements before anything else sees them.
"""

from __future__ import annotations

from dataclasses import replace

from tui.core.doubt.unmeasured import steady
from tui.core.events import Measured
from tui.core.model import Fleet, key_of
from tui.core.quantities import PHASES, QUANTITIES, Quantity, Turn
from tui.core.reading import Measurement, Value


def as_wired(event: Measured, fleet: Fleet) -> Measured:
    """The event, inverted if the user said so of its meter, and zeros read as in the answers before."""
    device = fleet.devices.get(key_of(event.serial))
    if device is None:
        return event
    read = steady(event.measurement, device.doubts)
    read = inverted(read) if device.is_inverted is not event.inverted else read
    return event if read is event.measurement else event._replace(measurement=read)


def inverted(measurement: Measurement) -> Measurement:
    """The same measurement with its direction inverted."""
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
    return -value if isinstance(value, (int, float)) and value else value  # no minus zero


def _has_direction(quantity: Quantity, current: Value, measurement: Measurement) -> bool:
    """Whether a current has the sign of its power.

    Some kWh meters send 4.652 A with -1058 W: a magnitude without direction. So is the sum over phases (the vendor
    calls it the sum of the absolute values).
    """
    part = f"_l{quantity.phase}" if quantity.phase else ""
    power = measurement.number(f"power{part}_w")
    if not isinstance(current, (int, float)) or current < 0 or power is None:
        return True
    return power >= 0 and not (quantity.phase == 0 and any(_is_sent(phase, measurement) for phase in PHASES))


def _is_sent(phase: int, measurement: Measurement) -> bool:
    return measurement.number(f"current_l{phase}_a") is not None
