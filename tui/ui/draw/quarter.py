"""The quarter-hour that a Belgian bill is based on: its mean so far, and in Flanders what it will come to."""

from __future__ import annotations

import math
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from tui.core.counting.peak import LEAST_COUNTED_W, QUARTER_S, SILENT_S
from tui.core.counting.quarter import BILLED_MONTHS, MonthPeak, RunningQuarter, at_once
from tui.core.model import Device
from tui.core.reading import Measurement
from tui.core.state import is_fresh
from tui.core.wording import DAYS, MISSING, MONTHS, clock
from tui.ui.draw.blocks import INDENT, Block, flowed
from tui.ui.draw.lines import Context, Line, Lines, Span, fit_line, line, width_of

_NAMES = frozenset({"average_power_15m_w", "monthly_power_peak_w", "monthly_power_peak_timestamp"})
_WIDE = 60
"""With less room the clock times are left out: quarters end on the quarter."""
_STEP_S = 10
"""The time left is told in steps: a clock that ticks costs bytes."""
_MONTH = 38
"""Cells for the peak of a month."""


def running_of(device: Device, context: Context) -> RunningQuarter | None:
    """The quarter-hour under way as it is told: None where no bill counts it, the meter is silent, or nothing of it is
    known."""
    if not context.profile.bills_quarters or not is_fresh(device, context.now):
        return None
    told = context.quarter_of(device.key) or at_once(device, context.now, ZoneInfo(context.profile.zone))
    return told if told and told.average_w is not None else None


def quarter(device: Device, context: Context, width: int) -> list[Block]:
    """The quarter-hour average and the month's peak; in Flanders with the forecast, what may still be drawn, and the
    peaks of the months before."""
    measurement = device.measurement.value if device.measurement else Measurement()
    told = running_of(device, context)
    if told is None:
        return _plain(measurement, context, width)
    rows, later = _forecast(told, context, width), [*_mean(told), *_months(told, context, width)]
    when = _peak_set(told, context)
    if when and rows != (beside := flowed([*rows, _part("peak set ", when, gap=" ")], width)):
        if len(beside) > len(rows):  # a row of its own is worth less
            return [Block(2, rows, _NAMES), Block(5, [_part("peak set ", when)], joins=True), *later]
        rows = beside
    return [Block(2, rows, _NAMES), *later]


def _plain(measurement: Measurement, context: Context, width: int) -> list[Block]:
    """Only what the meter sends."""
    average, peak = measurement.number("average_power_15m_w"), measurement.number("monthly_power_peak_w")
    stamp = measurement.values.get("monthly_power_peak_timestamp")
    parts: list[Line] = []
    if average is not None:
        parts.append(_part("quarter hour so far ", _kilowatts(average)))
    if peak is not None:
        parts.append(_part("month peak ", _kilowatts(peak)))
    if isinstance(stamp, datetime):
        parts.append(_part("set ", _day(stamp, context)))
    return [Block(2, flowed(parts, width), _NAMES)] if parts else []


def _forecast(told: RunningQuarter, context: Context, width: int) -> Lines:
    zone, wide = ZoneInfo(context.profile.zone), width >= _WIDE
    start, end = _clock(told.start, zone), ends(told, context)
    gap = " " if wide else ""
    left_out = not_counted(told, context)
    least = "at least " if left_out else ""
    so_far = _kilowatts(told.average_w or 0.0) + (f" {left_out}" if left_out else "")
    if told.forecast_w is not None:
        forecast = _kilowatts(told.forecast_w)
    elif QUARTER_S - told.left_s < SILENT_S:
        forecast = f"{'after' if wide else 'at'} {_clock(told.start + SILENT_S, zone)}"
    else:
        forecast = MISSING
    parts = [
        *([_part(f"quarter {start}-{end}", "")] if wide else []),
        _part("so far " if wide else "quarter so far ", so_far, gap=gap),
        _part(f"forecast {least if told.forecast_w is not None else ''}", forecast, "warn" if told.beats else "", gap),
    ]
    peak = told.peak
    counts = f", counts as {LEAST_COUNTED_W / 1000:.2f}" if told.counted_w <= LEAST_COUNTED_W else ""
    if peak is None and told.by_meter:
        parts.append(_part("month peak ", f"none yet{counts}", gap=gap))
    elif peak is not None:
        parts.append(
            _part("month peak " if peak.whole else "highest seen ", _kilowatts(peak.power_w) + counts, gap=gap)
        )
    room = room_w(told, context)
    if room is not None and (peak is not None or told.by_meter):
        ends_in = int(told.left_s // _STEP_S * _STEP_S)
        until = f" until {end}" if wide else ""
        until += f", {ends_in // 60}:{ends_in % 60:02} left" if wide and not counts else ""
        most = "at most " if least else ""
        parts.append(_part(f"you may draw {most}", _kilowatts(room) + until, gap=gap))
    return [_unindented(row) for row in flowed(parts, width)]


def not_counted(told: RunningQuarter, context: Context) -> str:
    """From when it is counted, and what was missed since; empty if all of it is counted."""
    zone = ZoneInfo(context.profile.zone)
    since = f"since {_clock(told.start + told.since_s // 60 * 60, zone)}" if told.since_s else ""  # never at its end
    missed = f"{max(1, round(told.missed_s / 60))} min missed" if told.missed_s else ""
    return ", ".join(part for part in (since, missed) if part)


def room_w(told: RunningQuarter, context: Context) -> float | None:
    """What may be drawn until the end: no more than the main fuse carries, since towards the end of a quarter-hour the
    peak alone would allow far more."""
    fuse, room = context.fuse, told.room_w
    carried = fuse.power_w(has_neutral=context.profile.has_neutral) if fuse else math.inf
    return None if room is None else min(room, carried)


def kept_below(room: float) -> str:
    """Watts of room as kilowatts, rounded down: who draws what is told stays below the peak."""
    return f"{math.floor(room / 100) / 10:.1f}"


def ends(told: RunningQuarter, context: Context) -> str:
    """When it ends, by this computer's clock."""
    return _clock(told.start + QUARTER_S, ZoneInfo(context.profile.zone))


def band(device: Device, context: Context, width: int) -> Lines:
    """A row across the whole width while the forecast beats the month's peak; nothing otherwise."""
    told = running_of(device, context)
    if told is None or not told.beats or told.forecast_w is None:
        return []
    texts = _warnings(told, told.forecast_w, room_w(told, context) or 0.0, ends(told, context), told.peak)
    text = next((text for text in texts if width_of(line(text)) + 2 <= width), texts[-1])
    return [fit_line(line(Span(f" {text}", "notice"), Span(" " * max(0, width - len(text) - 1), "notice")), width)]


def _warnings(told: RunningQuarter, forecast_w: float, room: float, end: str, peak: MonthPeak | None) -> list[str]:
    """The warning, longest wording first."""
    coming, counted = f"{forecast_w / 1000:.2f}", f"{told.counted_w / 1000:.2f}"
    is_low = peak is None or peak.power_w < LEAST_COUNTED_W
    what = f"the {counted} kW that always count" if is_low else f"the month's {counted} kW"
    if room < 100:
        return [
            f"This quarter comes to {coming} kW and beats {what}, whatever you switch off until {end}",
            f"{coming} kW by {end} beats {what}, whatever you switch off",
            f"{coming} kW by {end} beats {counted} kW",
            f"{coming} beats {counted} kW",
        ]
    return [
        f"This quarter comes to {coming} kW and beats {what}: draw less than {kept_below(room)} kW until {end}",
        f"{coming} kW by {end} beats {what}: draw less than {kept_below(room)} kW",
        f"{coming} beats {counted} kW: max {kept_below(room)} to {end}",
        f"{coming} beats {counted} kW",
    ]


def _mean(told: RunningQuarter) -> list[Block]:
    """What the bill is based on: the mean of the months."""
    billed = told.billed
    if billed is None or billed[1] < 2:
        return []
    mean_w, count = billed
    what = f"mean of {count} months " if count == BILLED_MONTHS else f"mean of the {count} months known "
    return [Block(4, [line(Span(f"{INDENT}{what}", "label"), f"{_kilowatts(mean_w)}, billed")], joins=True)]


def _months(told: RunningQuarter, context: Context, width: int) -> list[Block]:
    """The peak of each month and when it was, newest first, from top to bottom and then from left to right."""
    if len(told.peaks) < 2:
        return []
    zone = ZoneInfo(context.profile.zone)
    cells = [_month(peak, zone, "now" if peak.number == told.month else "") for peak in told.peaks]
    across = max(1, (width - len(INDENT)) // _MONTH)
    deep = -(-len(cells) // across)
    rows = [
        tuple(span for cell in cells[row::deep] for span in fit_line(cell, min(_MONTH, width))) for row in range(deep)
    ]
    return [Block(7, [line(Span(f"{INDENT}peaks of the months", "label")), *rows])]


def _month(peak: MonthPeak, zone: tzinfo, note: str) -> Line:
    at = datetime.fromtimestamp(peak.at, zone) if peak.at is not None else None
    when = f"  {DAYS[at.weekday()]} {at.day:>2} {at:%H:%M}" if at else ""
    note = note or ("" if peak.whole else "part")
    return line(
        Span(f"{INDENT}{MONTHS[peak.month - 1]} {peak.year} ", "label"),
        f"{peak.power_w / 1000:>5.2f} kW{when}",
        Span(f" {note}" if note else "", "label"),
    )


def _part(label: str, value: str, style: str = "", gap: str = "") -> Line:
    return line(Span(f"{INDENT}{gap}{label}", "label"), Span(value, style))


def _unindented(row: Line) -> Line:
    """A row that begins like the others, whatever the gap before its first part."""
    first, *rest = row
    return (Span(INDENT + first.text.lstrip(), first.style), *rest)


def _kilowatts(power_w: float) -> str:
    return f"{power_w / 1000:.2f} kW"


def _clock(utc: float, zone: tzinfo) -> str:
    """The nearest minute: a meter's clock that is some seconds off makes no other quarter-hour of it."""
    return clock(round(utc / 60) * 60, zone)


def _peak_set(told: RunningQuarter, context: Context) -> str:
    peak = told.peak
    return _day(datetime.fromtimestamp(peak.at, ZoneInfo(context.profile.zone)), context) if peak and peak.at else ""


def _day(stamp: datetime, context: Context) -> str:
    """A local time, without the year if it was this year."""
    if stamp.year != datetime.fromtimestamp(context.now.utc, ZoneInfo(context.profile.zone)).year:
        return f"{stamp.day} {MONTHS[stamp.month - 1]} {stamp.year} {stamp:%H:%M}"
    return f"{DAYS[stamp.weekday()]} {stamp.day} {MONTHS[stamp.month - 1]} {stamp:%H:%M}"
