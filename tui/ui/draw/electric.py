"""The electrical blocks of a live panel beside the phases: all other electrical values that a meter sends."""

from __future__ import annotations

from tui.core.model import Device
from tui.core.quantities import PHASES, QUANTITIES
from tui.core.reading import Measurement
from tui.core.wording import figure
from tui.ui.draw.blocks import INDENT, Block, flowed, quantity_words
from tui.ui.draw.lines import Span, line
from tui.ui.draw.phases import PHASE_NAMES

_LEAST_COLUMN = 7
"""Cells of a column of details: "-99999" and a blank."""


_TABLE = (
    ("power_factor", "", "PF"),
    ("apparent_power", "_va", "VA"),
    ("reactive_power", "_var", "var"),
    ("apparent_current", "_a", "A app."),
    ("reactive_current", "_a", "A react."),
)


def details(device: Device, width: int) -> Block | None:
    """Power factor, apparent and reactive values: a table by phase, or side by side for one phase."""
    measurement = device.measurement.value if device.measurement else Measurement()
    columns = [
        (stem, unit, head)
        for stem, unit, head in _TABLE
        if any(measurement.number(f"{stem}_l{phase}{unit}") is not None for phase in PHASES)
    ]
    if not columns:
        return None
    columns = columns[: max(1, (width - 5) // _LEAST_COLUMN)]  # the others are listed further down
    names = {f"{stem}{part}{unit}" for stem, unit, _ in columns for part in ("", "_l1", "_l2", "_l3")}
    size = max(_LEAST_COLUMN, min(9, (width - 5) // len(columns)))
    heads = "".join(f"{head if size == 9 else head[: size - 1]:>{size}}" for _, _, head in columns)
    rows = [line(Span(f"{INDENT}   {heads}", "label"))]
    for part, label in (("_l1", "L1"), ("_l2", "L2"), ("_l3", "L3"), ("", "all")):
        values = [(f"{stem}{part}{unit}", measurement.number(f"{stem}{part}{unit}")) for stem, unit, _ in columns]
        if any(value is not None for _, value in values):
            figures = "".join(f"{figure(name, value):>{size}}" for name, value in values)
            rows.append(line(Span(f"{INDENT}{label:<3}", "label"), Span(figures)))
    return Block(4, rows, frozenset(names))


_SINGLES = (
    "voltage_v",
    "current_a",
    "frequency_hz",
    "power_factor",
    "apparent_power_va",
    "reactive_power_var",
    "apparent_current_a",
    "reactive_current_a",
)


def singles(device: Device, shown: frozenset[str], width: int) -> Block | None:
    """Voltage, current, frequency and similar values of the whole connection, side by side."""
    measurement = device.measurement.value if device.measurement else Measurement()
    present = [
        (name, value) for name in _SINGLES if name not in shown and (value := measurement.number(name)) is not None
    ]
    parts = [
        line(
            Span(f"{INDENT}{quantity_words(name)} ", "label"),
            Span(f"{figure(name, value)} {QUANTITIES[name].unit}".rstrip()),
            Span(", phases added up" if name == "current_a" and shown & PHASE_NAMES else "", "label"),
        )
        for name, value in present
    ]
    rank = 5 if shown & PHASE_NAMES else 2  # beside the phases, a sum of absolute currents says little
    return Block(rank, flowed(parts, width), frozenset(name for name, _ in present)) if parts else None
