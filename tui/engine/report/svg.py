"""Curves as inline SVG. Colours are classes of the page's style sheet; each curve also has a pattern and a label."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape

from tui.core.graph.scale import round_steps
from tui.engine.report.curves import Chart, Curve

WIDTH, HEIGHT = 720, 230
LEFT, RIGHT, TOP, BOTTOM = 56, 44, 12, 26
"""Margins, in the same units as the size."""
SMALL_WIDTH, SMALL_HEIGHT = 300, 44
TICKS = 5
LABEL_APART = 13.0
TIME_STEPS_S = (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)
MOST_TIMES = 7


class Plane:
    """Where a moment and a value lie in a picture."""

    def __init__(self, chart: Chart) -> None:
        values = [value for curve in chart.curves for value in curve.values]
        values += [limit.value for limit in chart.limits]
        low, high = min(values), max(values)
        if chart.unit != "V":
            low, high = min(low, 0.0), max(high, 0.0)
        room = (high - low) * 0.06 or max(1.0, abs(high) * 0.05)
        self.low = low - (room if low else 0.0)
        self.high = high + room
        self._starts, self._span_s = chart.starts, max(1.0, chart.ends - chart.starts)

    def x(self, at: float) -> float:
        """Across."""
        return LEFT + (WIDTH - LEFT - RIGHT) * (at - self._starts) / self._span_s

    def y(self, value: float) -> float:
        """Down."""
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Round values from bottom to top."""
        step = next(round_steps((self.high - self.low) / TICKS))
        first = math.ceil(self.low / step)
        return [count * step for count in range(first, math.floor(self.high / step) + 1)]


def chart_svg(chart: Chart, says: str) -> str:
    """A chart with its axes, its limits and a label at the end of each curve; `says` is its content in words."""
    plane = Plane(chart)
    parts = [
        *_grid(chart, plane),
        *_limits(chart, plane),
        *(_line(curve, plane, number) for number, curve in enumerate(chart.curves, 1)),
        *_labels(chart, plane),
    ]
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(says)}">'
        f"{''.join(parts)}</svg>"
    )


def small_svg(curve: Curve, says: str) -> str:
    """A curve without axes, for a device's power: its zero line is drawn."""
    values = curve.values
    low, high = min(0.0, *values), max(0.0, *values)
    times = [at for piece in curve.pieces for at, _ in piece]
    starts, span_s = min(times), max(1.0, max(times) - min(times))
    room = (high - low) or 1.0

    def at(point: tuple[float, float]) -> str:
        across = 2 + (SMALL_WIDTH - 4) * (point[0] - starts) / span_s
        return f"{across:.1f},{3 + (SMALL_HEIGHT - 6) * (high - point[1]) / room:.1f}"

    zero = at((starts, 0.0)).partition(",")[2]
    lines = "".join(_piece([at(point) for point in piece]) for piece in curve.pieces)
    return (
        f'<svg class="small" viewBox="0 0 {SMALL_WIDTH} {SMALL_HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(says)}"><line class="zero" x1="0" x2="{SMALL_WIDTH}" y1="{zero}" y2="{zero}"/>'
        f'<g class="curve c1">{lines}</g></svg>'
    )


def _grid(chart: Chart, plane: Plane) -> Iterator[str]:
    bottom = HEIGHT - BOTTOM
    for value in plane.ticks():
        y = plane.y(value)
        name = "zero" if value == 0 else "grid"
        yield f'<line class="{name}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
    yield f'<text class="tick" x="4" y="{TOP + 6}">{escape(chart.unit)}</text>'
    for at, text in _times(chart):
        x = plane.x(at)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{bottom}" y2="{bottom + 4}"/>'
        yield f'<text class="tick" x="{x:.1f}" y="{HEIGHT - 6}" text-anchor="middle">{text}</text>'


def _times(chart: Chart) -> Iterator[tuple[float, str]]:
    """Round moments of the zone, and their clock times."""
    span_s = max(1.0, chart.ends - chart.starts)
    step = next((step for step in TIME_STEPS_S if span_s / step <= MOST_TIMES), TIME_STEPS_S[-1])
    offset = datetime.fromtimestamp(chart.starts, chart.zone).utcoffset()
    shift = offset.total_seconds() if offset else 0.0
    at = math.ceil((chart.starts + shift) / step) * step - shift
    while at <= chart.ends:
        moment = datetime.fromtimestamp(at, chart.zone)
        yield at, f"{moment:%H:%M:%S}" if step < 60 else f"{moment:%H:%M}"
        at += step


def _limits(chart: Chart, plane: Plane) -> Iterator[str]:
    for limit in chart.limits:
        y = plane.y(limit.value)
        below = limit.value < 0 or (chart.unit == "V" and limit.value < 230)
        yield f'<line class="limit" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="limit" x="{LEFT + 5}" y="{y - 4 if below else y + 12:.1f}">{escape(limit.label)}</text>'


def _line(curve: Curve, plane: Plane, number: int) -> str:
    pieces = (_piece([f"{plane.x(at):.1f},{plane.y(value):.1f}" for at, value in piece]) for piece in curve.pieces)
    return f'<g class="curve c{number}">{"".join(pieces)}</g>'


def _piece(points: Sequence[str]) -> str:
    if len(points) == 1:
        x, _, y = points[0].partition(",")
        return f'<circle cx="{x}" cy="{y}" r="2"/>'
    return f'<polyline points="{" ".join(points)}"/>'


def _labels(chart: Chart, plane: Plane) -> Iterator[str]:
    """The name of each curve at its end; those of curves that end close together are moved apart."""
    ends = sorted((plane.y(curve.pieces[-1][-1][1]), number) for number, curve in enumerate(chart.curves, 1))
    y = -math.inf
    for wanted, number in ends:
        y = max(wanted, y + LABEL_APART)
        label = escape(chart.curves[number - 1].label)
        yield f'<text class="name c{number}" x="{WIDTH - RIGHT + 6}" y="{y + 4:.1f}">{label}</text>'
