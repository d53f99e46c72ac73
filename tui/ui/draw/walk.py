"""The graph of the graph view, as lines."""

from __future__ import annotations

from collections.abc import Sequence

from tui.core.graph import bars
from tui.core.graph.bars import IN_ASCII, ON_CONSOLE, SHADED, TWO_TONES, Look
from tui.core.graph.picture import EDGE_CELLS, LEAST_ROWS, Axis, Scales, Values, curve, picture
from tui.core.graph.ticks import Tick, ticks
from tui.core.quantities import QUANTITIES
from tui.ui.draw.graph import GRAPH_STYLES
from tui.ui.draw.lines import Context, Lines, Span
from tui.ui.looking import Answer, Question

LEAST_COLUMNS = 10
_FINEST = {"W": 10.0, "V": 0.5, "A": 0.2, "l/min": 0.5, "kWh": 0.05, "m3": 0.01, "GJ": 0.001, "%": 1.0}
_STYLES = GRAPH_STYLES | {
    bars.IMPORT_BAND: "band-import",
    bars.EXPORT_BAND: "band-export",
    bars.EXPORT_BAND_REVERSED: "band-export reverse",
    bars.IMPORT_ON_BAND: "import on-band-import",
    bars.BAND_ON_EXPORT: "band-export on-export",
    bars.CURSOR: "key",
    bars.BEYOND: "fail",
}
_SHADED_STYLES = _STYLES | {bars.IMPORT_BAND: "import", bars.EXPORT_BAND: "export"}


def look_of(context: Context, *, sixteen: bool) -> Look:
    """The characters, by the set of glyphs; a theme of sixteen colours has no second tone."""
    if context.glyphs.name == "unicode":
        return SHADED if sixteen else TWO_TONES
    return ON_CONSOLE if context.glyphs.name == "console" else IN_ASCII


def axis_of(question: Question, context: Context, limits_v: tuple[float, ...], *, signed: bool) -> Axis:
    """The unit, and the limits that are drawn: 207 and 253 V, the main fuse."""
    name = question.variant.quantity
    unit = QUANTITIES[name].unit if name else context.glyphs.unit(getattr(question.page, "unit", ""))
    finest = _FINEST.get(unit.replace(context.glyphs.cubic, "m3"), 0.01)
    if unit == "V":
        return Axis(unit, finest, limits_v, raised=True)
    if unit == "A" and context.fuse is not None:
        ampere = context.fuse.ampere
        return Axis(unit, finest, (-ampere, ampere) if signed else (ampere,))
    if unit == "%":
        return Axis(unit, finest, full=100.0)  # half full looks like it
    return Axis(unit, finest, amounts=question.variant.is_amount)


def values_of(question: Question, answer: Answer) -> list[Values | None]:
    """The columns: buckets as they are, amounts as bars up and down."""
    if not question.variant.is_amount:
        buckets = answer.buckets or (None,) * question.frame.columns
        return [None if one is None else curve(one.low, one.mean, one.high) for one in buckets]
    downs = answer.downs or (None,) * question.frame.columns
    ups = answer.ups or (None,) * question.frame.columns
    return [
        None if up is None and down is None else Values(max(0.0, up.value) if up else 0.0, down.value if down else 0.0)
        for up, down in zip(ups, downs, strict=True)
    ]


def walk_lines(
    question: Question,
    answer: Answer,
    context: Context,
    width: int,
    height: int,
    *,
    cursor: int | None,
    limits_v: tuple[float, ...],
    sixteen: bool,
    previous: Scales | None,
) -> tuple[Lines, Scales | None]:
    """The graph in `height` rows, and its scale for the next time; no rows where there is no room."""
    room = width - EDGE_CELLS
    if height < LEAST_ROWS or room < LEAST_COLUMNS:
        return [], previous
    values = values_of(question, answer)
    signed = any(value is not None and (value.low < 0 or value.down > 0) for value in values)
    look = look_of(context, sixteen=sixteen)
    drawn = picture(
        values,
        axis_of(question, context, limits_v, signed=signed),
        height,
        look,
        cells=question.frame.cells,
        starts=question.frame.starts if question.frame.width else (),
        width=room,
        labels=labels_of(question),
        cursor=cursor,
        previous=previous,
    )
    styles = _SHADED_STYLES if look.band else _STYLES
    rows = [tuple([Span(text, styles.get(role, "")) for text, role in row.runs()]) for row in drawn.rows]
    return rows, drawn.scale


def labels_of(question: Question) -> Sequence[Tick]:
    """What stands below the columns."""
    return ticks(question.frame)
