"""The one table of what a meter can measure.

Parsers, JSON, trends, graph labels and (later) history, export and checks read this table; a measurement maps these
names to values. A new meter means new rows here, not a new class. Names are those of HomeWizard's API v2, unit last;
the three water names are ours, since v2 has no water meter.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a value means over time."""

    GAUGE = "gauge"  # an instantaneous value; may be averaged
    COUNTER = "counter"  # a total that only grows
    EVENT = "event"  # how often something happened since the meter was installed; whole numbers
    CODE = "code"  # a whole number that stands for something (tariff, protocol)
    TEXT = "text"
    TIME = "time"  # a naive local time of the meter (`datetime` without zone)


class Turn(StrEnum):
    """What happens to a value when a meter is inverted."""

    SAME = "same"
    SIGN = "sign"  # its sign flips
    CURRENT = "current"  # its sign flips if it follows that of the power; many meters send it without a direction
    SWAP = "swap"  # import and export are swapped


class Quantity(NamedTuple):
    """One row: its canonical name, unit ("" for none), kind, decimals to show, phase (0 for all together)."""

    name: str
    unit: str
    kind: Kind
    decimals: int
    phase: int = 0
    plotted: bool = False
    """Kept in the trends and drawn as a graph."""
    turn: Turn = Turn.SAME


def _per_phase(
    stem: str,
    unit: str,
    kind: Kind,
    decimals: int,
    turn: Turn = Turn.SAME,
    *,
    plotted: bool = False,
    total: bool = True,
) -> list[Quantity]:
    rows = [Quantity(f"{stem}_{unit_suffix(unit)}", unit, kind, decimals, 0, plotted, turn)] if total else []
    return rows + [
        Quantity(f"{stem}_l{phase}_{unit_suffix(unit)}", unit, kind, decimals, phase, plotted, turn)
        for phase in (1, 2, 3)
    ]


def unit_suffix(unit: str) -> str:
    """The suffix of a name for a unit: "W" gives "w", "" gives "count" (sags, swells and failures)."""
    return unit.lower() or "count"


def _energy(direction: str) -> list[Quantity]:
    names = [f"energy_{direction}_kwh"] + [f"energy_{direction}_t{tariff}_kwh" for tariff in (1, 2, 3, 4)]
    return [Quantity(name, "kWh", Kind.COUNTER, 3, turn=Turn.SWAP) for name in names]


_ROWS: list[Quantity] = [
    Quantity("protocol_version", "", Kind.CODE, 0),
    Quantity("meter_model", "", Kind.TEXT, 0),
    Quantity("unique_id", "", Kind.TEXT, 0),
    Quantity("tariff", "", Kind.CODE, 0),
    *_per_phase("power", "W", Kind.GAUGE, 0, Turn.SIGN, plotted=True),
    *_per_phase("voltage", "V", Kind.GAUGE, 1, plotted=True),
    *_per_phase("current", "A", Kind.GAUGE, 1, Turn.CURRENT, plotted=True),
    Quantity("frequency_hz", "Hz", Kind.GAUGE, 2),
    Quantity("power_factor", "", Kind.GAUGE, 2, turn=Turn.SIGN),
    *(Quantity(f"power_factor_l{phase}", "", Kind.GAUGE, 2, phase, turn=Turn.SIGN) for phase in (1, 2, 3)),
    *_per_phase("apparent_power", "VA", Kind.GAUGE, 0),
    *_per_phase("apparent_current", "A", Kind.GAUGE, 1),
    *_per_phase("reactive_power", "var", Kind.GAUGE, 0, Turn.SIGN),
    *_per_phase("reactive_current", "A", Kind.GAUGE, 1, Turn.SIGN),
    *_energy("import"),
    *_energy("export"),
    *_per_phase("voltage_sag", "", Kind.EVENT, 0, total=False),
    *_per_phase("voltage_swell", "", Kind.EVENT, 0, total=False),
    Quantity("any_power_fail_count", "", Kind.EVENT, 0),
    Quantity("long_power_fail_count", "", Kind.EVENT, 0),
    Quantity("average_power_15m_w", "W", Kind.GAUGE, 0),
    Quantity("monthly_power_peak_w", "W", Kind.GAUGE, 0),
    Quantity("monthly_power_peak_timestamp", "", Kind.TIME, 0),
    Quantity("timestamp", "", Kind.TIME, 0),
    Quantity("state_of_charge_pct", "%", Kind.GAUGE, 0, plotted=True),
    Quantity("cycles", "", Kind.EVENT, 0),
    Quantity("water_flow_lpm", "l/min", Kind.GAUGE, 1, plotted=True),
    Quantity("water_total_m3", "m3", Kind.COUNTER, 3),
    Quantity("water_total_offset_m3", "m3", Kind.COUNTER, 3),
]

QUANTITIES: dict[str, Quantity] = {row.name: row for row in _ROWS}
"""Every quantity by its canonical name, in display order."""

PHASES = (1, 2, 3)
TARIFFS = (1, 2, 3, 4)
DSMR_5 = 50
"""The `protocol_version` from which on a smart meter sends every second, and the voltage; before, every ten seconds
(DSMR 4.2.2 P1, 5.2; DSMR 5.0.2 P1)."""
