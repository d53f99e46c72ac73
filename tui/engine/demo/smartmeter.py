"""The smart meters behind a P1: what each kind reports, and what it leaves out.

Facts: DSMR 5.0.2 P1 companion standard (Netbeheer Nederland); e-MUCS P1 of Fluvius (Flanders); telegrams of Belgian
3x230 V houses, where L2 has no voltage and the powers of L1 and L3 have a meaning only together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from tui.engine.demo.house import GridReading, local

Three = tuple[float, float, float]

_POWER_FACTOR = 0.97
"""Of the whole house, where the meter itself measures current."""
_TAN_PHI = math.tan(math.acos(_POWER_FACTOR))


class Currents(Enum):
    """Where the currents in an answer come from."""

    RECKONED = "the P1 divides power by voltage, so they have a sign (Dutch meters)"
    HUNDREDTHS = "the meter sends two decimals, without a sign (Belgian meters)"
    WHOLE = "the meter sends whole ampere, without a sign (DSMR 4)"


@dataclass(frozen=True, slots=True)
class SmartMeter:
    """One model of smart meter with its ids, and the format that the P1's firmware gives to its values."""

    header: str
    """First line of its telegram, without the slash."""
    model: str
    unique_id: str
    gas_id: str
    water_id: str | None = None
    version: int = 50
    interval_s: int = 1
    currents: Currents = Currents.RECKONED
    has_voltage: bool = True
    has_events: bool = True
    """Counts sags, swells and failures."""
    has_demand: bool = False
    """Reports the running quarter-hour average and the month's peak (Belgium)."""
    three_wire: bool = False
    """3x230 V without neutral."""
    message: str = ""
    """The text message of the grid operator."""
    old_firmware: bool = False
    """The P1 sends nulls, tariffs without totals, and gas without `external`."""

    @property
    def is_belgian(self) -> bool:
        return self.header.startswith("FLU")

    def phase_watts(self, reading: GridReading) -> Three:
        """Whole watts per phase. Without a neutral two wattmeters measure three wires: L1 and L3 share the total."""
        if not self.three_wire:
            return (round(reading.phase_w[0]), round(reading.phase_w[1]), round(reading.phase_w[2]))
        first = round(reading.watts * (0.5 + _TAN_PHI / (2 * math.sqrt(3))))
        return (first, 0, round(reading.watts) - first)

    def phase_volts(self, reading: GridReading) -> Three:
        """One decimal per phase; line to line without a neutral, and then 0 on L2."""
        first, second, third = (round(volts, 1) for volts in reading.phase_v)
        return (first, 0.0, third) if self.three_wire else (first, second, third)

    def phase_amperes(self, reading: GridReading) -> Three:
        """Current per phase as in an answer, see `Currents`."""
        if self.three_wire:
            # The line current of a balanced delta, with the small imbalance of any real house.
            line = abs(reading.watts) / (math.sqrt(3) * reading.phase_v[0] * _POWER_FACTOR)
            return (round(line * 1.08, 2), 0.0, round(line * 0.92, 2))
        first, second, third = (watts / volts for watts, volts in zip(reading.phase_w, reading.phase_v, strict=True))
        if self.currents is Currents.RECKONED:
            return (first, second, third)
        digits = 2 if self.currents is Currents.HUNDREDTHS else 0
        return (
            round(abs(first) / _POWER_FACTOR, digits),
            round(abs(second) / _POWER_FACTOR, digits),
            round(abs(third) / _POWER_FACTOR, digits),
        )


SAGS = (2, 1, 0)
SWELLS = (0, 0, 0)
ANY_FAILURES = 4
LONG_FAILURES = 5
CUTS = (("180529155601S", 2451), ("220113040217W", 389))
"""The log of the long ones, of which a meter keeps the last ten: when each ended, and seconds."""


def stamp(second: int) -> str:
    """YYMMDDhhmmss of the meter's clock."""
    return f"{local(second):%y%m%d%H%M%S}"


def dsmr_stamp(second: int) -> str:
    """The same as in a telegram: with S for summer or W for winter time."""
    clock: datetime = local(second)
    return stamp(second) + ("S" if clock.dst() else "W")


def equipment_id(text: str) -> str:
    """A meter's number as in a telegram: each character in hexadecimal."""
    return text.encode("ascii").hex().upper()
