"""The wall's tiles: one for each device other than the grid meter, and for each meter behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tui.core.counting.quarter import RunningQuarter
from tui.core.doubt.meterclock import reading_age_s
from tui.core.external import earlier_of, flow, is_left_over, keyed, kind_name
from tui.core.model import Device, State
from tui.core.reading import External
from tui.core.state import is_fresh, shown_number, state_of
from tui.core.text import clean
from tui.core.wording import MISSING, arrow_of, long_age, number, number_in, power_word, state_word, watts
from tui.ui.draw.blocks import ARROW_STYLES
from tui.ui.draw.lines import BLANK, Context, Line, Lines, Span, bar, cells_of, fit, fit_line, line
from tui.ui.draw.quarter import ends, kept_below, not_counted, room_w, running_of
from tui.ui.draw.today import device_tile_note, meter_tile_note
from tui.ui.glyphs import Glyphs

TILE = 20
"""Width of a tile in cells, including its border."""
TILE_ROWS = 3
"""Rows of a tile, not including the rules above and below."""
_VALUE = 12
"""Cells for a figure beside a unit of five."""
_QUARTER_MIN = 15
_DAY_S = 86400.0


class Tile(NamedTuple):
    """Three rows: a name, a figure, and a note."""

    head: str
    value: Line
    note: Line
    when: str = ""
    """After the head, where there is room for all of it."""


def tiles_of(devices: Sequence[Device], grid: Device, context: Context) -> list[Tile]:
    """The quarter hour if the meter sends it, then one tile for each other device, and for each meter behind the smart
    meter that has not been replaced."""
    tiles = _quarter_tile(grid, context)
    if context.costs() is not None:
        from tui.ui.draw.cost import cost_tiles  # only who has prices loads it

        tiles += cost_tiles(context)
    tiles += [_device_tile(device, context) for device in devices if not device.remembered]
    meters = grid.measurement.value.external if grid.measurement else ()
    today = datetime.fromtimestamp(context.now.utc, ZoneInfo(context.profile.zone)).replace(tzinfo=None)
    for key, meter in keyed(meters).items():
        if is_left_over(meter, meters, today):
            continue
        moved = flow(meter, earlier_of(key, grid.earlier), ZoneInfo(context.profile.zone))
        unit = context.glyphs.unit(clean(meter.unit or "", 8))
        rate = f"{number(moved[0], 2)} {context.glyphs.unit(moved[1])}" if moved else ""
        when = _when(grid, meter, context)
        total = line(
            Span(
                f"{number_in(meter.value, 3, TILE - 3 - cells_of(unit))} {unit}",
                "" if is_fresh(grid, context.now) else "stale",
            )
        )
        note = meter_tile_note(grid, meter, context, TILE - 2)
        if note and rate:
            total = line(Span(rate, total[0].style))
        tiles.append(Tile(kind_name(meter.type), total, note or line(Span(rate, "label")), when))
    return tiles


def _when(grid: Device, meter: External, context: Context) -> str:
    """The time of a reading of this day; its age where it is older, since a time alone would pass for today's."""
    if meter.timestamp is None:
        return ""
    age = reading_age_s(grid, meter, context.now, ZoneInfo(context.profile.zone))
    if age is None:
        return " clock ahead"
    if age < _DAY_S:
        return f" at {meter.timestamp:%H:%M}"
    return f" {long_age(age)} ago"


def _quarter_tile(grid: Device, context: Context) -> list[Tile]:
    """What a Belgian bill is based on: the mean power of this quarter hour so far, and the month's highest one.

    In Flanders: what the quarter will come to, of how much, and what may be drawn until it ends.
    """
    told = running_of(grid, context)
    if told is not None and told.average_w is not None:
        return [_told_tile(told, told.average_w, context)]
    average = shown_number(grid, "average_power_15m_w", context.now)
    peak = grid.number("monthly_power_peak_w")
    if average is None:
        return []
    local = datetime.fromtimestamp(context.now.utc, ZoneInfo(context.profile.zone)).replace(tzinfo=None)
    end = local + timedelta(minutes=_QUARTER_MIN - local.minute % _QUARTER_MIN)
    return [_so_far_tile(f"Quarter to {end:%H:%M}", average, peak, fresh=is_fresh(grid, context.now))]


def _told_tile(told: RunningQuarter, average_w: float, context: Context) -> Tile:
    name, peak = f"Quarter to {ends(told, context)}", told.peak
    if peak is None or told.forecast_w is None:
        return _so_far_tile(name, average_w, peak.power_w if peak else None, fresh=True)
    value = f"{told.forecast_w / 1000:.2f} of {told.counted_w / 1000:.2f} kW"
    note = not_counted(told, context) or f"room {kept_below(room_w(told, context) or 0.0)} kW"
    return Tile(name, line(Span(value, "warn" if told.beats else "figure")), line(Span(note, "label")))


def _so_far_tile(name: str, average_w: float, peak_w: float | None, *, fresh: bool) -> Tile:
    so_far = Span(f"{average_w / 1000:.2f} kW so far", "figure" if fresh else "stale")
    highest = f"{peak_w / 1000:.2f} kW" if peak_w is not None else ""
    words = f"month peak {highest}"
    note = words if len(words) <= TILE - 2 else f"peak {highest}"
    return Tile(name, line(so_far), line(Span(note, "label")) if highest else BLANK)


def _device_tile(device: Device, context: Context) -> Tile:
    """What it measures now: dimmed, with its age, while it is stale, then blank, as in the device list."""
    now = context.now
    state = state_of(device, now)
    live = state is State.LIVE
    flow_now = shown_number(device, "water_flow_lpm", now)
    power = shown_number(device, "power_w", now)
    late = line(Span(state_word(device, now), "warn"))
    if device.product.measures_water and flow_now is not None:
        value = line(Span(f"{number_in(flow_now, 1, _VALUE)} l/min", "" if live else "stale"))
        total = device.number("water_total_m3")
        note = f"{number_in(total, 3, _VALUE)} {context.glyphs.cubic}" if total is not None else ""
        counted = device_tile_note(device, context, TILE - 2) or line(Span(note, "label"))
        return Tile(device.label, value, counted if live else late)
    if live and power is None:
        return Tile(device.label, line(Span("live", "label")), BLANK)
    if power is None or state in (State.API_DISABLED, State.NOT_PAIRED):
        return Tile(device.label, line(Span(MISSING, "stale")), line(Span(state_word(device, now), "fail")))
    arrow = arrow_of(power)
    value = line(
        Span(f"{context.glyphs.arrow(arrow)} ", ARROW_STYLES[arrow] if live else "stale"),
        Span(f"{watts(power):>5} W", "figure" if live else "stale"),
    )
    charge = shown_number(device, "state_of_charge_pct", now)
    if charge is not None and live:
        return Tile(device.label, value, _charge_note(charge, context), f"  {power_word(device, power)}")
    counted = device_tile_note(device, context, TILE - 2) or line(Span(power_word(device, power), "label"))
    return Tile(device.label, value, counted if live else late)


def _charge_note(charge: float, context: Context) -> Line:
    """How full a battery is: from two metres that is worth more than what it took today."""
    figure = f"{number_in(charge, 0, 5):>3} %"
    return line(Span(bar(charge / 100, TILE - 3 - cells_of(figure), context.glyphs)), Span(f" {figure}"))


def tile_rows(tiles: Sequence[Tile], across: int, shelves: int, context: Context, width: int) -> Lines:
    """As many tiles as fit in `shelves` rows of `across` tiles each, separated by lines."""
    glyphs = context.glyphs
    size = width // across
    inner = [size - 1] * (across - 1) + [width - size * (across - 1)]
    rows: Lines = []
    for shelf in range(shelves):
        rows.append(_rule(inner, glyphs, glyphs.cross if shelf else glyphs.tee_down))
        shown = tiles[shelf * across :][:across]
        rows += [_shelf_row(shown, part, inner, glyphs) for part in range(TILE_ROWS)]
    return [*rows, _rule(inner, glyphs, glyphs.tee_up)]


def _rule(inner: Sequence[int], glyphs: Glyphs, joint: str) -> Line:
    return line(Span(joint.join(glyphs.horizontal * cells for cells in inner), "frame"))


def _shelf_row(tiles: Sequence[Tile], part: int, inner: Sequence[int], glyphs: Glyphs) -> Line:
    """One of the three text rows of tiles that are side by side."""
    spans: list[Span] = []
    for index, cells in enumerate(inner):
        content: Line = BLANK
        if index < len(tiles):
            tile = tiles[index]
            head = f"{tile.head}{tile.when}"
            head = head if cells_of(head) < cells else tile.head
            content = (line(Span(fit(head, cells - 1, glyphs), "title")), tile.value, tile.note)[part]
        spans += [Span(glyphs.vertical, "frame")] if index else []
        spans += fit_line((Span(" "), *content), cells)
    return tuple(spans)
