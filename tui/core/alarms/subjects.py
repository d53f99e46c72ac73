"""What an alarm may ask about: the quantities that are numbers, and a few figures that follow from them."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from tui.core.counting.peak import CLEARLY_LESS
from tui.core.quantities import QUANTITIES, Kind


class Scope(StrEnum):
    """Where a figure comes from, and so when it was so."""

    MEASURED = "measured"  # the last answer of a device: it is of the moment of that answer
    DEVICE = "device"  # reckoned of a device: it is of now
    HOUSE = "house"  # of the whole house, now


class Subject(NamedTuple):
    """One figure that can be compared with a number."""

    name: str
    unit: str
    """Of the number that it is compared with; "" for none."""
    scope: Scope
    margin: float = 0.0
    """How far back over its limit it must be for an alarm to end, as a share of that limit."""
    decimals: int = 0


FORECAST = "peak_forecast_w"
PRICE = "price"
SILENT, FROZEN, NEW_PEAK = "silent", "frozen", "new_peak"
FLAGS = (SILENT, FROZEN, NEW_PEAK)
"""What is so or is not, without a number."""

_MARGINS = {"W": 0.05, "VA": 0.05, "var": 0.05, "A": 0.05, "V": 0.005, "Hz": 0.0005, "%": 0.02, "l/min": 0.1}
"""Shares of the limit by unit: what these values swing by from one second to the next (own choice). In volt that is a
little more than 1 V. Counters, codes and prices do not swing."""

SUBJECTS: dict[str, Subject] = {
    row.name: Subject(row.name, row.unit, Scope.MEASURED, _MARGINS.get(row.unit, 0.0), row.decimals)
    for row in QUANTITIES.values()
    if row.kind not in (Kind.TEXT, Kind.TIME)
} | {
    FORECAST: Subject(FORECAST, "W", Scope.DEVICE, 1 - CLEARLY_LESS),
    PRICE: Subject(PRICE, "", Scope.HOUSE, decimals=4),
}
"""By name. `price` is of a kWh from the grid, with VAT, in the currency of the user's bill."""

UNITS: dict[str, dict[str, float]] = {
    "W": {"W": 1, "kW": 1000},
    "VA": {"VA": 1, "kVA": 1000},
    "var": {"var": 1, "kvar": 1000},
    "V": {"V": 1},
    "A": {"A": 1},
    "Hz": {"Hz": 1},
    "%": {"%": 1},
    "kWh": {"kWh": 1, "Wh": 0.001, "MWh": 1000},
    "l/min": {"l/min": 1, "l/h": 1 / 60, "m3/h": 1000 / 60},
    "m3": {"m3": 1, "l": 0.001},
}
"""What may stand behind a number, and what it is multiplied by, for each unit of a subject."""


def told_name(name: str) -> str:
    """A subject in words: "power_l1_w" is "power L1", "water_flow_lpm" is "water flow"."""
    if name == FORECAST:
        return "forecast of this quarter-hour"
    words = name.split("_")
    if words[-1] in _SUFFIXES and len(words) > 1:
        words.pop()
    return " ".join(word.upper() if word in _PHASES else word for word in words)


_SUFFIXES = frozenset({"w", "v", "a", "hz", "va", "var", "kwh", "pct", "lpm", "m3"})
_PHASES = frozenset({"l1", "l2", "l3"})
