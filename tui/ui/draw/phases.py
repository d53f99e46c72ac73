"""The phases of a live panel: a row each with power, current, voltage, and a bar.

The bar of the house's own meter is the share of the main fuse, once that is known, that of others of a round power.
Where room is scarce, whole columns are left out, since a figure that is cut is wrong; they are listed further down.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import NamedTuple

from tui.core.checks.load import LoadSource
from tui.core.checks.worst import Worst
from tui.core.doubt.unmeasured import looks_three_wire, setting_hints
from tui.core.fuse import Fuse
from tui.core.graph.scale import round_steps
from tui.core.model import Device
from tui.core.quantities import DSMR_5, PHASES
from tui.core.reading import Measurement
from tui.core.wording import Arrow, arrow_of, figure, watts
from tui.ui.draw.blocks import ARROW_STYLES, INDENT, Block, protocol_words
from tui.ui.draw.columns import Column, column_rows, width_of_all
from tui.ui.draw.fuse import (
    HINTS,
    amperes,
    fuse_bar,
    is_behind_fuse,
    load_of,
    lone_row,
    most_words,
    reckoned,
    since_words,
)
from tui.ui.draw.lines import (
    BLANK,
    GAUGE,
    VOLTAGE_HIGH,
    VOLTAGE_LOW,
    Context,
    Line,
    Lines,
    Span,
    bar,
    line,
    voltage_gauge,
    width_of,
    wrapped,
)

_POWER_BAR = 8
_MOST = 16
"""Cells of "most since 12:22"."""
_LEAST_BAR_W = 1000.0
_STEMS = (("power", "w"), ("current", "a"), ("voltage", "v"))

_OTHERS = (
    *((39, "power power-bar A V gauge"), (29, "power power-bar A V")),
    *((20, "power A V"), (11, "power A"), (0, "power")),
)
_FUSED = (
    *((60, "power ampere fuse-12 most volt gauge"), (54, "power ampere fuse-12 most volt")),
    *((49, "power A fuse-10 V gauge"), (35, "power A fuse-10 V"), (32, "power A fuse-8 V")),
    *((20, "power A V"), (11, "power A"), (0, "power")),
)
_NO_FUSE = (
    *((49, "power ampere hint volt gauge"), (35, "power ampere hint volt")),
    *((30, "power A short-hint V"), (20, "power A V"), (11, "power A"), (0, "power")),
)
"""The columns, from those for much room to those for little; with less than this width they need not be tried."""


class _Subject(NamedTuple):
    """What the columns are made of."""

    device: Device
    measurement: Measurement
    context: Context
    present: list[int]
    has_neutral: bool
    """False for the print of 3x230 V, too, before the profile is set."""
    fuse: Fuse | None
    """None: not known, or not the meter behind it."""
    loads: dict[int, tuple[float, LoadSource] | None]
    worst: Worst | None


def phases(device: Device, context: Context, width: int) -> Block | None:
    """Power, current and voltage of each phase; None for a device that sends nothing per phase."""
    measurement = device.measurement.value if device.measurement else Measurement()
    present = [phase for phase in PHASES if any(_is_sent(measurement, stem, phase, unit) for stem, unit in _STEMS)]
    fuse = context.fuse if is_behind_fuse(device) else None
    if not present and fuse and fuse.phases == 1 and device.number("power_w") is not None:
        present = [1]  # it sends the total alone
    if not present or (present == [1] and not device.product.is_grid_meter and measurement.number("voltage_v")):
        return None  # on a one-phase meter it would repeat the total
    neutral = len(present) == 1 or (context.profile.has_neutral and not looks_three_wire(measurement))
    present = present if neutral else list(PHASES)
    worst = context.worst_of(device.key) if fuse else None
    loads = {phase: load_of(device, phase, context) for phase in present} if fuse else {}
    subject = _Subject(device, measurement, context, present, neutral, fuse, loads, worst)
    if fuse and present == [1]:
        rows, stems = lone_row(device, fuse, context, width)
    else:
        choices = _FUSED if fuse else _NO_FUSE if is_behind_fuse(device) else _OTHERS
        rows, stems = _table(subject, choices, width)
    return Block(1, [*rows, *_notes(subject, stems, width)], _names_of(stems))


def _names_of(stems: Set[str]) -> frozenset[str]:
    """The quantities of all phases that these columns show."""
    return frozenset(f"{stem}_l{phase}_{unit}" for stem, unit in _STEMS if stem in stems for phase in PHASES)


PHASE_NAMES = _names_of({stem for stem, _ in _STEMS})
"""All that this block may show."""


def _notes(subject: _Subject, stems: Set[str], width: int) -> Lines:
    """What must be said of these figures."""
    device, measurement = subject.device, subject.measurement
    notes: Lines = []
    if device.product.is_grid_meter and "voltage" not in stems and not _sends(subject, "voltage", "v"):
        notes += wrapped(f"voltage is not sent by {_sender(measurement)}", width, "label", INDENT)
    notes += reckoned(device, {load[1] for load in subject.loads.values() if load}, width)
    if subject.has_neutral:
        return notes
    if hints := setting_hints(device, subject.context.profile):
        return [*notes, *wrapped(hints[0], width, "warn", INDENT)]
    words, short = "3x230 V: power per phase means nothing here", ""
    if fuse := subject.fuse:
        carries = f"; {fuse} A is {fuse.power_w(has_neutral=False) / 1000:.1f} kVA"
        words, short = f"{words}{carries} in all", f"3x230 V: no W per phase{carries}"
    if short and len(INDENT) + len(words) > width:
        words = short
    return [*notes, *wrapped(words, width, "label", INDENT)]


def _sender(measurement: Measurement) -> str:
    """DSMR 5 meters report a voltage; if it is missing, name the meter that does not send it."""
    version = measurement.number("protocol_version")
    return protocol_words(measurement) or "" if version is not None and version < DSMR_5 else "this meter"


def _of(measurement: Measurement, stem: str, phase: int, unit: str) -> float | None:
    return measurement.number(f"{stem}_l{phase}_{unit}")


def _is_sent(measurement: Measurement, stem: str, phase: int, unit: str) -> bool:
    """Whether a device sends it, be it only a 0 that is no value."""
    return (name := f"{stem}_l{phase}_{unit}") in measurement.values or name in measurement.unmeasured


def _sends(subject: _Subject, stem: str, unit: str) -> bool:
    return any(_is_sent(subject.measurement, stem, phase, unit) for phase in subject.present)


# ---------------------------------------------------------------------- the table


def _table(subject: _Subject, choices: Sequence[tuple[int, str]], width: int) -> tuple[Lines, Set[str]]:
    """The rows with as many columns as fit, and what these show."""
    known: dict[str, Column | None] = {}
    for least, choice in choices:
        if width < least:
            continue
        for name in choice.split():
            if name not in known:
                known[name] = _column(subject, name)
        columns = [column for name in choice.split() if (column := known[name])]
        if width_of_all(columns) <= width:
            break
    return _rows(subject, columns), {column.stem for column in columns if column.stem}


def _rows(subject: _Subject, columns: Sequence[Column]) -> Lines:
    head, *rows = column_rows(columns)
    if not subject.has_neutral:
        rows = [_bare(subject, phase, row) for phase, row in zip(subject.present, rows, strict=True)]
    # one phase has its units beside its figures; so have those of 3x230 V without a bar
    headed = len(subject.present) > 1 and (subject.has_neutral or subject.fuse is not None)
    return [head, *rows] if headed else rows


def _bare(subject: _Subject, phase: int, row: Line) -> Line:
    """Two wattmeters measure 3x230 V, so L2 shows nothing."""
    if _of(subject.measurement, "current", phase, "a") or _of(subject.measurement, "voltage", phase, "v"):
        return row
    label = Span(f"{INDENT}L{phase} ", "label")
    words = line(label, Span("  not measured on 3x230 V", "label"))
    return words if width_of(words) <= width_of(row) + 12 else line(label, Span("  not measured", "label"))


def _column(subject: _Subject, name: str) -> Column | None:
    """A column by its name; None if the device sends nothing for it."""
    lone = len(subject.present) == 1
    match name:
        case "power" if subject.has_neutral:
            return Column("power", _powers(subject), gap=0, right=True, stem="power")
        case "power":
            return Column(
                "", [line(Span(f"{INDENT}L{phase} ", "label")) for phase in subject.present], gap=0, stem="power"
            )
        case "power-bar":
            return None if lone else _power_bars(subject)
        case "A" | "ampere":
            return _currents(subject, unit=lone or name == "ampere" or not subject.has_neutral, wide=name == "ampere")
        case "V" | "volt":
            return _voltages(subject, unit=lone or name == "volt" or not subject.has_neutral, wide=name == "volt")
        case "gauge":
            return _gauges(subject)
        case "hint" | "short-hint":
            return _hint(subject, HINTS[name == "short-hint"])
        case "most":
            return _most(subject)
    return _fuse_bars(subject, int(name.removeprefix("fuse-")))


def _powers(subject: _Subject) -> list[Line]:
    cells = []
    for phase in subject.present:
        power = _of(subject.measurement, "power", phase, "w")
        arrow = arrow_of(power) if power is not None else Arrow.NONE
        mark = Span(subject.context.glyphs.arrow(arrow), ARROW_STYLES[arrow])
        cells.append(line(Span(f"{INDENT}L{phase} ", "label"), mark, Span(f" {watts(power):>5} W")))
    return cells


def _power_bars(subject: _Subject) -> Column:
    """One scale for all phases: a round power above the highest."""
    powers = [_of(subject.measurement, "power", phase, "w") or 0.0 for phase in subject.present]
    steps = round_steps(max(_LEAST_BAR_W, *map(abs, powers)))
    top = next(step for step in steps if f"{step:e}"[:3] in ("1.0", "2.0", "5.0"))
    bars = [
        Span(bar(abs(one) / top, _POWER_BAR, subject.context.glyphs), ARROW_STYLES[arrow_of(one)]) for one in powers
    ]
    return Column(f"of {top / 1000:.0f} kW", [line(one) for one in bars], _POWER_BAR)


def _currents(subject: _Subject, *, unit: bool, wide: bool) -> Column | None:
    if not subject.fuse and not _sends(subject, "current", "a"):
        return None
    sent = {phase: _of(subject.measurement, "current", phase, "a") for phase in subject.present}
    texts = [
        amperes(subject.loads[phase]) if subject.fuse else figure("current_l1_a", sent[phase])
        for phase in subject.present
    ]
    cells = [line(Span(text + " A" * unit)) for text in texts]
    width = 9 if unit else 6 if subject.fuse else 7
    return Column("current" if wide else "A", cells, width, 0, right=True, stem="current")


def _voltages(subject: _Subject, *, unit: bool, wide: bool) -> Column | None:
    if not _sends(subject, "voltage", "v"):
        if not wide or not subject.device.product.is_grid_meter or len(subject.present) == 1:
            return None
        words = line(Span(f"not sent by {_sender(subject.measurement)}", "label"))
        return Column("voltage", [words, BLANK, BLANK][: len(subject.present)], stem="voltage")
    texts = [figure("voltage_l1_v", _of(subject.measurement, "voltage", phase, "v")) for phase in subject.present]
    cells = [line(Span(text + " V" * unit)) for text in texts]
    if wide:
        return Column("voltage", cells, 7, 2 if subject.fuse else 3, right=True, stem="voltage")
    return Column("V", cells, 10 if unit else 8, 0, right=True, stem="voltage")


def _gauges(subject: _Subject) -> Column | None:
    if not _sends(subject, "voltage", "v"):
        return None
    cells = []
    for phase in subject.present:
        volts = _of(subject.measurement, "voltage", phase, "v")
        cells.append(line(Span(voltage_gauge(volts, subject.context.glyphs), "label")))
    return Column(f"{VOLTAGE_LOW:.0f}{VOLTAGE_HIGH:>{GAUGE - 3}.0f}", cells, GAUGE, 2 if subject.fuse else 3)


def _hint(subject: _Subject, words: str) -> Column | None:
    """How to set the fuse, once; not where no key but those of the views works."""
    if subject.context.kiosk:
        return None
    return Column("", [line(Span(words, "label")), *[BLANK] * (len(subject.present) - 1)])


def _fuse_bars(subject: _Subject, cells: int) -> Column | None:
    if subject.fuse is None:
        return None
    bars = []
    for phase in subject.present:
        load, power = subject.loads[phase], _of(subject.measurement, "power", phase, "w")
        bars.append(line(fuse_bar(subject.fuse, load[0] if load else None, power, cells, subject.context)))
    head = f"of fuse {subject.fuse}" if cells == 12 else f"of {subject.fuse.ampere:g} A"
    return Column(head, bars, cells)


def _most(subject: _Subject) -> Column:
    worst = subject.worst
    cells = [
        line(Span(most_words(worst.phases.get(phase) if worst else None, both=subject.has_neutral)))
        for phase in subject.present
    ]
    return Column(f"most {since_words(worst, subject.context)}" if worst else "most", cells, _MOST, right=True)
