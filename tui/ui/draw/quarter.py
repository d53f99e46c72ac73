"""The quarter-hour that a Belgian bill is based on: its mean so far, and in Flanders what it will come to."""

from __future__ import annotations

import math
from datetime import datetime
from zoneinfo import ZoneInfo

from tui.core.model import Device
from tui.core.peak import LEAST_COUNTED_W, QUARTER_S, SILENT_S, counted_w, forecast_w, left_s, room_w
from tui.core.reading import Measurement
from tui.core.state import is_fresh
from tui.core.wording import DAYS, MONTHS, clock
from tui.ui.draw.blocks import INDENT, Block, flowed
from tui.ui.draw.lines import Context, Line, Lines, Span, line

_NAMES = frozenset({"average_power_15m_w", "monthly_power_peak_w", "monthly_power_peak_timestamp"})
_WIDE = 60
"""With less room the clock times are left out: quarters end on the quarter."""
_STEP_S = 10
"""The time left is told in steps: a clock that ticks costs bytes."""


def quarter(device: Device, context: Context, width: int) -> list[Block]:
    """The quarter-hour average and the month's peak; in Flanders with the forecast and what may still be drawn."""
    measurement = device.measurement.value if device.measurement else Measurement()
    average, peak = measurement.number("average_power_15m_w"), measurement.number("monthly_power_peak_w")
    when = _set_at(measurement, context)
    if has_forecast(device, context) and average is not None:
        rows = _forecast(measurement, average, peak, context, width)
        if when and rows != (beside := flowed([*rows, _part("peak set ", when, gap=" ")], width)):
            if len(beside) > len(rows):  # a row of its own is worth less
                return [Block(2, rows, _NAMES), Block(5, [_part("peak set ", when)], joins=True)]
            rows = beside
        return [Block(2, rows, _NAMES)]
    parts: list[Line] = []
    if average is not None:
        parts.append(_part("quarter hour so far ", _kilowatts(average)))
    if peak is not None:
        parts.append(_part("month peak ", _kilowatts(peak)))
    if when:
        parts.append(_part("set ", when))
    return [Block(2, flowed(parts, width), _NAMES)] if parts else []


def has_forecast(device: Device, context: Context) -> bool:
    """Whether what the quarter-hour comes to is told: the region bills it, and the meter answers."""
    return (context.profile.name or "").startswith("be-vlg") and is_fresh(device, context.now)


def _forecast(measurement: Measurement, average: float, peak: float | None, context: Context, width: int) -> Lines:
    utc, zone, wide = context.now.utc, ZoneInfo(context.profile.zone), width >= _WIDE
    left = left_s(utc)
    start, end = utc + left - QUARTER_S, clock(utc + left, zone)
    coming = forecast_w(average, measurement.number("power_w") or 0.0, left)
    beats = coming is not None and peak is not None and coming > counted_w(peak)
    forecast = f"{'after' if wide else 'at'} {clock(start + SILENT_S, zone)}" if coming is None else _kilowatts(coming)
    gap = " " if wide else ""
    parts = [
        *([_part(f"quarter {clock(start, zone)}-{end}", "")] if wide else []),
        _part("so far " if wide else "quarter so far ", _kilowatts(average), gap=gap),
        _part("forecast ", forecast, "warn" if beats else "", gap=gap),
    ]
    if peak is not None:
        counts = f", counts as {LEAST_COUNTED_W / 1000:.2f}" if peak < LEAST_COUNTED_W else ""
        ends_in = int(left // _STEP_S * _STEP_S)
        until = f" until {end}" if wide else ""
        until += f", {ends_in // 60}:{ends_in % 60:02} left" if wide and not counts else ""
        parts.append(_part("month peak ", _kilowatts(peak) + counts, gap=gap))
        room = min(room_w(average, peak, left), _carried_w(context))
        parts.append(_part("you may draw ", _kilowatts(room) + until, gap=gap))
    return [_unindented(row) for row in flowed(parts, width)]


def _carried_w(context: Context) -> float:
    """What the main fuse carries: towards the end of a quarter-hour the peak alone would allow far more."""
    fuse = context.fuse
    return fuse.power_w(has_neutral=context.profile.has_neutral) if fuse else math.inf


def _part(label: str, value: str, style: str = "", gap: str = "") -> Line:
    return line(Span(f"{INDENT}{gap}{label}", "label"), Span(value, style))


def _unindented(row: Line) -> Line:
    """A row that begins like the others, whatever the gap before its first part."""
    first, *rest = row
    return (Span(INDENT + first.text.lstrip(), first.style), *rest)


def _kilowatts(power_w: float) -> str:
    return f"{power_w / 1000:.2f} kW"


def _set_at(measurement: Measurement, context: Context) -> str:
    """When the peak was set, without the year if it was this year."""
    stamp = measurement.values.get("monthly_power_peak_timestamp")
    if not isinstance(stamp, datetime):
        return ""
    if stamp.year != datetime.fromtimestamp(context.now.utc, ZoneInfo(context.profile.zone)).year:
        return f"{stamp.day} {MONTHS[stamp.month - 1]} {stamp.year} {stamp:%H:%M}"
    return f"{DAYS[stamp.weekday()]} {stamp.day} {MONTHS[stamp.month - 1]} {stamp:%H:%M}"
