"""The current through a phase of the main fuse: signed, import positive. Not every meter sends it."""

from __future__ import annotations

import math
from enum import StrEnum

from tui.core.fuse import NOMINAL_V
from tui.core.profiles import Profile
from tui.core.quantities import PHASES
from tui.core.reading import Measurement


class LoadSource(StrEnum):
    """How a current was found."""

    SENT = "sent"
    FROM_VOLTAGE = "from-voltage"  # power over voltage: the meter sends none, or only whole ampere
    FROM_NOMINAL = "from-nominal"  # power over 230 V: it sends no voltage either


def load_a(
    measurement: Measurement, phase: int, profile: Profile, *, whole_ampere: bool = False
) -> tuple[float, LoadSource] | None:
    """The current through a phase in ampere, import positive, and how it was found; None where nothing tells.

    Its direction is that of its phase's power. On 3x230 V without a neutral power per phase means nothing: there only
    the current that was sent counts, in the direction of the total power. `whole_ampere`: the meter rounds its current
    to whole ampere, so power over voltage is better. A P1 of one phase may send the total alone, and a kWh meter of one
    phase names none.
    """
    if not profile.has_neutral:
        current, total = measurement.number(f"current_l{phase}_a"), measurement.number("power_w")
        return None if current is None else (math.copysign(current, total or 0.0), LoadSource.SENT)
    power, current, volts = (
        _of_phase(measurement, phase, stem, unit) for stem, unit in (("power", "w"), ("current", "a"), ("voltage", "v"))
    )
    if current is not None and not (whole_ampere and power is not None):
        return math.copysign(current, power if power is not None else current), LoadSource.SENT
    if power is None:
        return None
    if volts is not None and volts >= NOMINAL_V / 2:
        return power / volts, LoadSource.FROM_VOLTAGE
    return power / NOMINAL_V, LoadSource.FROM_NOMINAL


def _of_phase(measurement: Measurement, phase: int, stem: str, unit: str) -> float | None:
    """A value of a phase; that of the whole connection is phase 1 of a meter that names no phases."""
    value = measurement.number(f"{stem}_l{phase}_{unit}")
    if value is None and phase == 1 and all(measurement.number(f"{stem}_l{one}_{unit}") is None for one in PHASES):
        return measurement.number(f"{stem}_{unit}")
    return value


def is_whole_ampere(measurement: Measurement) -> bool | None:
    """Whether this answer speaks for a meter that sends whole ampere: each is whole, and one cannot be by chance.

    None where nothing flows that could tell.
    """
    seen = None
    for phase in PHASES:
        current, power = measurement.number(f"current_l{phase}_a"), measurement.number(f"power_l{phase}_w")
        if current is None:
            continue
        if current != int(current):
            return False
        if power is not None and abs(power) >= NOMINAL_V and abs(abs(power) / NOMINAL_V - abs(current)) > 0.2:
            seen = True
    return seen
