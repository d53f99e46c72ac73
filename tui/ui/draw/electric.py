"""The electrical blocks of a live panel: phases, and all other electrical values that a meter sends."""

from __future__ import annotations

from collections.abc import Sequence, Set

from tui.core.model import Device
from tui.core.quantities import PHASES, QUANTITIES
from tui.core.reading import Measurement
from tui.core.scale import round_steps
from tui.core.unmeasured import looks_three_wire, setting_hints
from tui.core.wording import Arrow, arrow_of, figure, watts
from tui.ui.draw.blocks import ARROW_STYLES, INDENT, Block, flowed, protocol_words, quantity_words
from tui.ui.draw.lines import Context, Line, Lines, Span, bar, gauge, line, width_of, wrapped

VOLTAGE_LOW, VOLTAGE_HIGH = 207.0, 253.0
"""230 V plus or minus 10 %, the ends of the voltage gauge (Dutch Netcode, EN 50160)."""
_BAR = 8
_GAUGE = 12
_WIDE = 62
_LEAST_BAR_W = 1000.0
_LEAST_COLUMN = 7
"""Cells of a column of details: "-99999" and a blank."""


def phases(device: Device, context: Context, width: int) -> Block | None:
    """Power, current and voltage of each phase; None for a device that sends nothing per phase."""
    measurement = device.measurement.value if device.measurement else Measurement()
    present = [phase for phase in PHASES if any(_is_sent(measurement, stem, phase, unit) for stem, unit in _COLUMNS)]
    if not present or (present == [1] and not device.product.is_grid_meter and measurement.number("voltage_v")):
        return None  # on a one-phase meter it would repeat the total
    voltage = any(_is_sent(measurement, "voltage", phase, "v") for phase in present)
    unsent = [] if voltage or not device.product.is_grid_meter else _no_voltage(measurement, width)
    if len(present) > 1 and (not context.profile.has_neutral or looks_three_wire(measurement)):
        return _without_neutral(measurement, setting_hints(device, context.profile), width)
    top = None if len(present) == 1 else _top(measurement, present)
    for shown in _CHOICES if width >= _WIDE else _CHOICES[1:]:
        rows = [] if top is None else [_header(measurement, top, shown)]
        rows += [_phase_row(measurement, phase, context, top, shown) for phase in present]
        if max(map(width_of, rows)) <= width:
            break
    return Block(1, [*rows, *unsent], _names_of(shown | {"power"}))


_CHOICES = tuple(
    frozenset(choice.split())
    for choice in ("bar current voltage gauge", "bar current voltage", "current voltage", "current", "")
)
"""Columns beside the power of each phase, for less and less room: a figure that is cut is wrong, so whole columns are
left out (their values are listed further down). The bar goes first, since without its head it has no scale."""


def _names_of(stems: Set[str]) -> frozenset[str]:
    """The quantities of all phases that these columns show."""
    return frozenset(f"{stem}_l{phase}_{unit}" for stem, unit in _COLUMNS if stem in stems for phase in PHASES)


def _top(measurement: Measurement, present: list[int]) -> float:
    """The watts of a full bar: one scale for all phases."""
    powers = [abs(_of(measurement, "power", phase, "w") or 0.0) for phase in present]
    return next(step for step in round_steps(max(_LEAST_BAR_W, *powers)) if f"{step:e}"[:3] in ("1.0", "2.0", "5.0"))


def _no_voltage(measurement: Measurement, width: int) -> Lines:
    """DSMR 5 meters report a voltage; if it is missing, name the meter that does not send it."""
    version = measurement.number("protocol_version")
    sender = protocol_words(measurement) if version is not None and version < 50 else "this meter"
    return wrapped(f"voltage is not sent by {sender}", width, "label", INDENT)


_COLUMNS = (("power", "w"), ("current", "a"), ("voltage", "v"))


def _of(measurement: Measurement, stem: str, phase: int, unit: str) -> float | None:
    return measurement.number(f"{stem}_l{phase}_{unit}")


def _is_sent(measurement: Measurement, stem: str, phase: int, unit: str) -> bool:
    """Whether a device sends it, be it only a 0 that is no value."""
    return (name := f"{stem}_l{phase}_{unit}") in measurement.values or name in measurement.unmeasured


def _header(measurement: Measurement, top: float, shown: Set[str]) -> Line:
    sent = {stem for stem, unit in _COLUMNS if any(_is_sent(measurement, stem, phase, unit) for phase in PHASES)}
    text = f"{INDENT}       power"
    text += f"  {f'of {top / 1000:.0f} kW':<{_BAR}}" if "bar" in shown else ""
    text += f"{'A':>7}" if "current" in shown & sent else ""
    text += f"{'V':>8}" if "voltage" in shown & sent else ""
    if "gauge" in shown and "voltage" in sent:
        text += f"   {VOLTAGE_LOW:.0f}{VOLTAGE_HIGH:>{_GAUGE - 3}.0f}"
    return line(Span(text, "label"))


def _phase_row(measurement: Measurement, phase: int, context: Context, top: float | None, shown: Set[str]) -> Line:
    power = _of(measurement, "power", phase, "w")
    current, voltage = _of(measurement, "current", phase, "a"), _of(measurement, "voltage", phase, "v")
    arrow = arrow_of(power) if power is not None else Arrow.NONE
    style = ARROW_STYLES[arrow]
    spans = [
        Span(f"{INDENT}L{phase} ", "label"),
        Span(context.glyphs.arrow(arrow), style),
        Span(f" {watts(power):>5} W"),
    ]
    if top is not None and "bar" in shown:
        spans += [Span("  "), Span(bar(abs(power or 0.0) / top, _BAR, context.glyphs), style)]
    lone = top is None
    if _is_sent(measurement, "current", phase, "a") and "current" in shown:
        spans.append(Span(f"{figure('current_l1_a', current):>7}" + (" A" if lone else "")))
    if _is_sent(measurement, "voltage", phase, "v") and "voltage" in shown:
        spans.append(Span(f"{figure('voltage_l1_v', voltage):>8}" + (" V" if lone else "")))
        if "gauge" in shown and voltage is not None:
            spans.append(Span(f"   {gauge(voltage, VOLTAGE_LOW, VOLTAGE_HIGH, _GAUGE, context.glyphs)}", "label"))
    return line(*spans)


def _without_neutral(measurement: Measurement, hints: Sequence[str], width: int) -> Block:
    """3x230 V is measured by two wattmeters, so power per phase means nothing and L2 shows no current."""
    for shown in (frozenset({"current", "voltage"}), frozenset({"current"})):
        rows = [_bare_row(measurement, phase, shown, width) for phase in PHASES]
        if max(map(width_of, rows)) <= width:
            break
    note = wrapped("3x230 V: power per phase means nothing here", width, "label", INDENT)
    if hints:
        note = wrapped(hints[0], width, "warn", INDENT)
    return Block(1, [*rows, *note], _names_of(shown | {"power"}))


def _bare_row(measurement: Measurement, phase: int, shown: Set[str], width: int) -> Line:
    current, voltage = _of(measurement, "current", phase, "a"), _of(measurement, "voltage", phase, "v")
    label = Span(f"{INDENT}L{phase} ", "label")
    if not current and not voltage:
        words = line(label, Span("  not measured on 3x230 V", "label"))
        return words if width_of(words) <= width else line(label, Span("  not measured", "label"))
    volts = Span(f"{figure('voltage_l1_v', voltage):>8} V" if "voltage" in shown else "")
    return line(label, Span(f"{figure('current_l1_a', current):>7} A"), volts)


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


_PHASE_NAMES = _names_of({stem for stem, _ in _COLUMNS})
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
        )
        for name, value in present
    ]
    rank = 5 if shown & _PHASE_NAMES else 2  # beside the phases, a sum of absolute currents says little
    return Block(rank, flowed(parts, width), frozenset(name for name, _ in present)) if parts else None
