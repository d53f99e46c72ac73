"""The graph of a device's main quantity over the last minutes, as lines."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from tui.core.graph import chart
from tui.core.graph.bucket import Bucket
from tui.core.graph.scale import FINEST_W, Scale
from tui.core.graph.timeaxis import aligned_window, step_for
from tui.core.model import Device
from tui.core.quantities import QUANTITIES
from tui.ui.draw.lines import Context, Lines, Span

Window = Callable[[str, str, float, float, int], tuple[Bucket | None, ...]]
"""`Trends.window`: (key, quantity, start, end, columns) to buckets."""

SPAN_S = 600
CHARGE_SPANS_S = (3600.0, 6 * 3600.0, 86400.0)
"""The span grows with the time that has been measured, up to a day: in that a battery fills and empties about once,
and as far does memory reach (`engine.ring`)."""
LEAST_HEIGHT = 6
LEAST_BESIDE = 34
"""The least width of each of two graphs side by side: three clock times."""
_CHARGE_ROWS = (20, 10, 5, 4)
"""Rows of a graph of percent: with these, a round number of percent each, and 100 % at the top."""
_FINEST = {"l/min": 0.5}
"""The finest scale per row, where it is not `FINEST_W`."""

GRAPH_STYLES = {
    chart.IMPORT: "import",
    chart.EXPORT: "export",
    chart.EXPORT_REVERSED: "export reverse",
    chart.AXIS: "frame",
    chart.GAP: "frame",
    chart.LABEL: "label",
    chart.MARK: "warn",
}


_CHARGE_STYLES = GRAPH_STYLES | {chart.IMPORT: "figure"}
"""A charge has no direction."""


def main_quantity(device: Device) -> str | None:
    """The quantity in the graph of a device; None if it has nothing to plot."""
    if device.product.measures_water or (
        device.number("power_w") is None and device.number("water_flow_lpm") is not None
    ):
        return "water_flow_lpm"
    return "power_w" if device.product.measures_electricity else None


def graph_lines(
    device: Device,
    context: Context,
    window: Window,
    width: int,
    height: int,
    previous: Scale | None,
    span_s: float = SPAN_S,
) -> tuple[Lines, Scale | None]:
    """The last `span_s` seconds in `height` rows, and the scale for the next frame; no rows if there is no room."""
    quantity = main_quantity(device)
    columns = chart.plot_columns(width)
    if quantity is None or height < LEAST_HEIGHT or columns < 10:
        return [], previous
    step = step_for(span_s, columns)
    start, end = aligned_window(context.now.utc, step, columns)
    unit = QUANTITIES[quantity].unit
    graph = chart.power_graph(
        window(device.key, quantity, start, end, columns),
        height,
        start=start,
        step_s=step,
        zone=ZoneInfo(context.profile.zone),
        levels=context.glyphs.levels,
        axes=context.glyphs.axes,
        previous=previous,
        unit=unit,
        finest=_FINEST.get(unit, FINEST_W),
    )
    rows = [tuple(Span(text, GRAPH_STYLES.get(role, "")) for text, role in row.runs()) for row in graph.rows]
    return rows, graph.scale


def charge_lines(device: Device, context: Context, window: Window, width: int, height: int) -> Lines:
    """The state of charge of a battery over up to a day, 0 to 100 %, in at most `height` rows; no rows where nothing
    is known of it, or no room."""
    name, columns = "state_of_charge_pct", chart.plot_columns(width)
    rows = next((rows for rows in _CHARGE_ROWS if rows + 2 <= height), None)
    if rows is None or columns < 10:
        return []
    known_s = 0.0
    for span_s in reversed(CHARGE_SPANS_S):
        if span_s < known_s:
            break
        step = step_for(span_s, columns)
        start, end = aligned_window(context.now.utc, step, columns)
        buckets = window(device.key, name, start, end, columns)
        first = next((index for index, bucket in enumerate(buckets) if bucket), columns)
        known_s = step * (columns - first - 1.0)  # at least
    if first == columns:
        return []
    graph = chart.power_graph(
        buckets,
        rows + 2,
        start=start,
        step_s=step,
        zone=ZoneInfo(context.profile.zone),
        levels=context.glyphs.levels,
        axes=context.glyphs.axes,
        unit=QUANTITIES[name].unit,
        finest=100.0 / rows,
    )
    return [tuple(Span(text, _CHARGE_STYLES.get(role, "")) for text, role in row.runs()) for row in graph.rows]
