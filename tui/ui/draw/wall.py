"""The wall: one look from two metres. The grid's power never leaves it; only the row of tiles pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tui.core.external import earlier_of, flow, is_left_over, keyed, kind_name
from tui.core.house import balance_of
from tui.core.model import Device, Fleet, Role, State
from tui.core.quantities import PHASES
from tui.core.scale import Scale
from tui.core.state import is_fresh, shown_number, state_of
from tui.core.text import clean
from tui.core.wording import (
    MISSING,
    Arrow,
    arrow_of,
    day_and_clock,
    direction_word,
    figure,
    number,
    state_word,
    watts,
)
from tui.ui.draw.attention import attention_lines
from tui.ui.draw.blocks import ARROW_STYLES
from tui.ui.draw.digits import HEIGHT, big, big_arrow
from tui.ui.draw.graph import LEAST_HEIGHT, Window, graph_lines
from tui.ui.draw.lines import BLANK, Context, Line, Lines, Span, fit, fit_line, line, spread, width_of

TILE = 20
"""Cells of a tile, its border included."""
TILES_FROM = 12
"""Rows below which there is no row of tiles."""
KILOWATTS_FROM = 10000
SPANS = ((600, "10 min"), (3600, "hour"), (6 * 3600, "6 h"), (86400, "24 h"))
"""The graph's span grows with what there is to show."""
LOW = 8
"""Rows below which there is only the power and what is wrong."""


class Wall(NamedTuple):
    """The picture, the scale of its graph for the next one, and how many pages of tiles there are."""

    rows: Lines
    scale: Scale | None
    pages: int


def wall(
    devices: Sequence[Device],
    fleet: Fleet,
    context: Context,
    window: Window,
    width: int,
    height: int,
    page: int,
    previous: Scale | None,
    known_s: float = SPANS[-1][0],
    frozen_at: str | None = None,
) -> Wall:
    """The wall in at most `height` rows. `page` may grow without end: it wraps around.

    `known_s` is for how long there have been measurements, `frozen_at` the clock time of a picture that stands still.
    """
    grid = next((device for device in devices if device.role is Role.GRID), devices[0] if devices else None)
    if grid is None:
        return Wall([], previous, 1)
    head = _head(grid, fleet, context, width) if height >= HEIGHT + 4 else _small_head(grid, context, width)
    tiles = _tiles([device for device in devices if device is not grid], grid, context)
    across = max(1, width // TILE)
    pages = max(1, -(-len(tiles) // across))
    page %= pages
    rows = list(head)
    if height >= len(rows) + TILES_FROM - 4 and tiles:
        rows += _tile_rows(tiles[page * across :][:across], across, context, width)
    trouble = attention_lines(devices, fleet, context, width - 3, 1)
    span_s, span = next((one for one in SPANS if known_s <= one[0]), SPANS[-1])
    foot = [_foot(trouble, context)]
    if height >= LOW:
        words = f"frozen at {frozen_at}, space goes on" if frozen_at else f"power of the last {span}"
        foot.append(_status(devices, context, width, words, page, pages))
    room = height - len(rows) - len(foot)
    if room >= LEAST_HEIGHT:
        graph, previous = graph_lines(grid, context, window, width - 1, min(room, 22), previous, span_s)
        rows += graph
    rows += [BLANK] * (height - len(rows) - len(foot))
    return Wall([*rows[: max(0, height - len(foot))], *foot][:height], previous, pages)


def _head(grid: Device, fleet: Fleet, context: Context, width: int) -> Lines:
    """The grid's power in big digits, what the house does beside it, and the phases below."""
    power = shown_number(grid, "power_w", context.now)
    arrow = arrow_of(power) if power is not None else Arrow.NONE
    fresh = is_fresh(grid, context.now)
    style = ARROW_STYLES[arrow] if fresh else "stale"
    text, unit = _short(power)
    digits = big(text, context.glyphs)
    pointer = big_arrow(arrow, context.glyphs)
    facts = _facts(grid, power, fleet, context)
    side = width - 3 - len(pointer[0]) - 2 - len(digits[0]) - 14
    rows = [spread(line(Span(f" {grid.label.upper()}", "title")), _clock(context), width), BLANK]
    for index in range(HEIGHT):
        left = line(
            Span(f"   {pointer[index]}  {digits[index]}", style), Span(f" {unit}" if index == 2 else "", "figure")
        )
        fact = facts[index] if index < len(facts) and side >= 8 else BLANK
        rows.append((*fit_line(left, width - 32), *fact) if width >= 72 else (*left, Span("  "), *fact))
    if side < 8:
        rows.append(line(Span(" "), *facts[2]))
    rows.append(BLANK)
    phases = _phases(grid, context, width)
    return [*rows, *phases, *([BLANK] if phases else [])]


def _small_head(grid: Device, context: Context, width: int) -> Lines:
    """For a terminal of a few rows: the power and nothing else."""
    power = shown_number(grid, "power_w", context.now)
    arrow = arrow_of(power) if power is not None else Arrow.NONE
    text, unit = _short(power)
    word = direction_word(grid.role, power) if power is not None and is_fresh(grid, context.now) else ""
    word = word or state_word(grid, context.now)
    return [
        line(Span(f"{context.glyphs.arrow(arrow)} ", ARROW_STYLES[arrow]), Span(f"{text} {unit}", "figure")),
        line(Span(fit(word, width, context.glyphs), "label")),
    ]


def _short(power: float | None) -> tuple[str, str]:
    """The big figure and its unit: whole W, from 10000 W on kW with one decimal."""
    if power is None:
        return MISSING, "W"
    if abs(power) >= KILOWATTS_FROM:
        return number(abs(power) / 1000, 1), "kW"
    return watts(power), "W"


def _clock(context: Context) -> Line:
    return line(Span(day_and_clock(context.now.utc, ZoneInfo(context.profile.zone)) + " ", "label"))


def _facts(grid: Device, power: float | None, fleet: Fleet, context: Context) -> list[Line]:
    """Beside the digits: the house, the sun, the direction in words."""
    balance = balance_of(fleet, context.now)
    rows = [BLANK] * HEIGHT
    if balance.house_w is not None:
        rows[0] = line(Span("house uses ", "label"), Span(f"{balance.house_w:>6.0f} W"))
    if balance.solar_w is not None:
        rows[1] = line(Span("solar      ", "label"), Span(f"{watts(balance.solar_w):>6} W"))
    if is_fresh(grid, context.now) and power is not None:
        rows[2] = line(Span(direction_word(grid.role, power), "title"))
    else:
        rows[2] = line(Span(state_word(grid, context.now), "warn"))
    if balance.battery_w is not None:
        word = "charging   " if balance.battery_w > 0 else "battery    "
        rows[3] = line(Span(word, "label"), Span(f"{watts(balance.battery_w):>6} W"))
    tariff = grid.number("tariff")
    if tariff is not None:
        rows[4] = line(Span(f"tariff {context.profile.tariff_words(tariff)}", "label"))
    return rows


def _phases(grid: Device, context: Context, width: int) -> Lines:
    """The phases side by side, or below each other where they do not fit."""
    cells: list[Line] = []
    for phase in PHASES:
        power = shown_number(grid, f"power_l{phase}_w", context.now)
        current = shown_number(grid, f"current_l{phase}_a", context.now)
        if power is None or not context.profile.has_neutral:
            continue
        arrow = arrow_of(power)
        amperes = f"   {figure('current_l1_a', current)} A" if current is not None else ""
        cell = line(
            Span(f"   L{phase} ", "label"),
            Span(context.glyphs.arrow(arrow), ARROW_STYLES[arrow]),
            Span(f" {watts(power):>5} W{amperes}"),
        )
        cells.append(fit_line(cell, 25))
    if sum(width_of(cell) for cell in cells) <= width:
        return [tuple(span for cell in cells for span in cell)] if cells else []
    return cells


class _Tile(NamedTuple):
    head: str
    value: Line
    note: Line


def _tiles(devices: Sequence[Device], grid: Device, context: Context) -> list[_Tile]:
    """One for each other device, and for each meter behind the smart meter that is not a left-over."""
    tiles = [_device_tile(device, context) for device in devices if not device.remembered]
    meters = grid.measurement.value.external if grid.measurement else ()
    for key, meter in keyed(meters).items():
        if is_left_over(meter, meters):
            continue
        moved = flow(meter, earlier_of(key, grid.earlier))
        unit = context.glyphs.unit(clean(meter.unit or "", 5))
        rate = f"{number(moved[0], 2)} {context.glyphs.unit(moved[1])}" if moved else ""
        when = f" at {meter.timestamp:%H:%M}" if meter.timestamp else ""
        total = line(Span(f"{number(meter.value, 3)} {unit}"))
        tiles.append(_Tile(f"{kind_name(meter.type)}{when}", total, line(Span(rate, "label"))))
    return tiles


def _device_tile(device: Device, context: Context) -> _Tile:
    now = context.now
    state = state_of(device, now)
    flow_now = shown_number(device, "water_flow_lpm", now)
    power = shown_number(device, "power_w", now)
    if state is not State.LIVE:
        return _Tile(device.label, line(Span(MISSING, "stale")), line(Span(state_word(device, now), "fail")))
    if device.product.measures_water and flow_now is not None:
        total = device.number("water_total_m3")
        note = f"{figure('water_total_m3', total)} {context.glyphs.cubic}" if total is not None else ""
        return _Tile(device.label, line(Span(f"{figure('water_flow_lpm', flow_now)} l/min")), line(Span(note, "label")))
    if power is None:
        return _Tile(device.label, line(Span("live", "label")), BLANK)
    arrow = arrow_of(power)
    value = line(Span(f"{context.glyphs.arrow(arrow)} ", ARROW_STYLES[arrow]), Span(f"{watts(power):>5} W", "figure"))
    return _Tile(device.label, value, line(Span(direction_word(device.role, power), "label")))


def _tile_rows(tiles: Sequence[_Tile], across: int, context: Context, width: int) -> Lines:
    """The tiles between two rules, parted by lines."""
    glyphs = context.glyphs
    size = width // across
    inner = [size - 1] * (across - 1) + [width - size * (across - 1)]
    above, below = (
        line(Span(tee.join(glyphs.horizontal * cells for cells in inner), "frame"))
        for tee in (glyphs.tee_down, glyphs.tee_up)
    )
    rows: Lines = [above]
    for part in range(3):
        spans: list[Span] = []
        for index, cells in enumerate(inner):
            tile = tiles[index] if index < len(tiles) else None
            content: Line = BLANK
            if tile is not None:
                head = line(Span(fit(tile.head, cells - 1, glyphs), "title"))
                content = (head, tile.value, tile.note)[part]
            spans += [Span(glyphs.vertical, "frame")] if index else []
            spans += fit_line((Span(" "), *content), cells)
        rows.append(tuple(spans))
    return [*rows, below]


def _foot(trouble: Lines, context: Context) -> Line:
    """What is wrong now, in one line; empty when all is well."""
    return line(Span(f" {context.glyphs.bullet} ", "fail"), *trouble[0]) if trouble else BLANK


def _status(devices: Sequence[Device], context: Context, width: int, words: str, page: int, pages: int) -> Line:
    known = [device for device in devices if not device.remembered]
    live = sum(is_fresh(device, context.now) for device in known)
    left = line(Span(f" {words}", "label"))
    paged = f"   page {page + 1} of {pages}" if pages > 1 else ""
    return spread(left, line(Span(f"devices {live} of {len(known)}{paged} ", "label")), width)
