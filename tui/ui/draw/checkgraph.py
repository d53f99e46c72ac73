"""The trend behind a finding: its quantity since the start, with its limit drawn in and the others named."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tui.core.checks.finding import Finding
from tui.core.checks.limits import Limits
from tui.core.checks.record import Observed, Record
from tui.core.fuse import NOMINAL_V
from tui.core.graph import chart
from tui.core.graph.bucket import Bucket
from tui.core.graph.scale import FINEST_W, Scale
from tui.core.graph.timeaxis import aligned_window, step_for
from tui.core.quantities import QUANTITIES
from tui.ui.draw.graph import GRAPH_STYLES, LEAST_HEIGHT, Window
from tui.ui.draw.lines import Context, Lines, Span, fit, line

LEAST_GRAPH = LEAST_HEIGHT + 1
"""The rows of the smallest graph with its title."""
_UNITS = {"w": "W", "v": "V", "a": "A", "hz": "Hz", "pct": "%", "db": "dBm", "lpm": "l/min"}
_FINEST = {"W": FINEST_W, "V": 0.5, "A": 0.2, "Hz": 0.02, "%": 1.0, "dBm": 1.0, "l/min": 0.5}
"""The finest scale per row: a finer one would fill the graph with a meter's noise."""
_BASES = {"V": NOMINAL_V, "Hz": 50.0}
"""What the middle line stands for: a voltage drawn from 0 V up would be a wall."""
_WORDS = {"load": "current through the main fuse", "wifi": "Wi-Fi"}
_LEAST_SPAN_S, _MOST_SPAN_S = 600.0, 86400.0


def unit_of(quantity: str) -> str:
    """The unit of a recorded quantity, by the end of its name."""
    return _UNITS.get(quantity.rpartition("_")[2], "")


def graph_title(finding: Finding, limits: Limits) -> str:
    """What the graph shows, and its limit: "voltage L1 in V; line at 253"; all it has where there is no line."""
    quantity = finding.quantity or ""
    stem = quantity.partition("_")[0]
    phase = f" L{finding.phase}" if finding.phase else ""
    unit, end = unit_of(quantity), f"_{quantity.rpartition('_')[2]}"
    parts = [f"{_WORDS.get(stem, stem)}{phase} in {unit}"]
    if finding.limit is not None and finding.unit == unit:
        return f"{parts[0]}; line at {finding.limit:g}"
    named = [name for name in finding.limits if name.endswith(end)]
    words = (f"{name.rpartition('.')[2].removesuffix(end).replace('_', ' ')} {limits[name]:g}" for name in named)
    return "; ".join([*parts, *([", ".join(words)] if named else [])])


def finding_graph(
    finding: Finding,
    record: Record,
    window: Window,
    context: Context,
    width: int,
    height: int,
    previous: Scale | None,
) -> tuple[Lines, Scale | None]:
    """A title and the graph in `height` rows, and the scale for the next frame; no rows where there is nothing."""
    quantity, columns = finding.quantity, chart.plot_columns(width)
    observed = next((one for one in record.observed if one.key == finding.device), None)
    if quantity is None or observed is None or height < LEAST_GRAPH or columns < 10 or not unit_of(quantity):
        return [], previous
    span = min(_MOST_SPAN_S, max(_LEAST_SPAN_S, record.watched_s, finding.window_s or 0.0))
    step = step_for(span, columns)
    start, end = aligned_window(context.now.utc, step, columns)
    row = QUANTITIES.get(quantity)
    buckets = (
        window(observed.key, quantity, start, end, columns)
        if row is not None and row.plotted
        else recorded_window(observed, quantity, record, start, end, columns)
    )
    unit = unit_of(quantity)
    marks = [finding.limit] if finding.limit is not None and finding.unit == unit else []
    if any(bucket is not None and bucket.mean < 0 for bucket in buckets) and unit in ("A", "W"):
        marks += [-mark for mark in marks]  # a fuse carries as much in either direction
    graph = chart.power_graph(
        buckets,
        height - 1,
        start=start,
        step_s=step,
        zone=record.zone,
        levels=context.glyphs.levels,
        axes=context.glyphs.axes,
        previous=previous,
        unit=unit,
        finest=_FINEST[unit],
        base=_BASES.get(unit, 0.0),
        marks=marks,
    )
    title = line(Span(fit(f" {graph_title(finding, record.limits)}", width, context.glyphs), "title"))
    rows = [tuple(Span(text, GRAPH_STYLES.get(role, "")) for text, role in one.runs()) for one in graph.rows]
    return [title, *rows], graph.scale


def recorded_window(
    observed: Observed, quantity: str, record: Record, start: float, end: float, columns: int
) -> tuple[Bucket | None, ...]:
    """[start, end) in columns, of a quantity that only the record has: its last samples, before them its minutes.

    A minute fills every column that it touches.
    """
    series = observed.series.get(quantity)
    if series is None:
        return (None,) * columns
    step = (end - start) / columns
    found: list[list[float]] = [[] for _ in range(columns)]
    samples = [
        (record.now.utc - record.now.monotonic + at, value)
        for at, value in zip(observed.times, series.recent, strict=True)
        if not math.isnan(value)
    ]
    for at, value in samples:
        _put(found, (at - start) / step, value)
    sampled_from = samples[0][0] if samples else math.inf
    for ends, value in series.minutes:
        until = min(record.now.utc - record.now.monotonic + ends, sampled_from)
        first = until - series.minutes.span_s
        for column in range(
            max(0, math.floor((first - start) / step)), min(columns, math.ceil((until - start) / step))
        ):
            found[column].append(value)
    return tuple(_bucket(values) for values in found)


def _put(found: list[list[float]], place: float, value: float) -> None:
    if 0 <= place < len(found):
        found[int(place)].append(value)


def _bucket(values: Sequence[float]) -> Bucket | None:
    return Bucket(min(values), sum(values) / len(values), max(values), len(values)) if values else None
