"""The live panel: everything a device sends, with its graph below.

Blocks that do not fit are left out by rank, least important first; the graph keeps at least a few rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from tui.core.graph.scale import Scale
from tui.core.model import Device, Read, State
from tui.core.quantities import QUANTITIES, Kind
from tui.core.reading import Measurement
from tui.core.state import is_shown, state_of
from tui.core.wording import wifi_words
from tui.ui.draw import today
from tui.ui.draw.blocks import Block, about, headline, leftovers, protocol_words, switch, trouble
from tui.ui.draw.electric import details, singles
from tui.ui.draw.fuse import strain
from tui.ui.draw.graph import LEAST_BESIDE, LEAST_HEIGHT, Window, charge_lines, graph_lines, main_quantity
from tui.ui.draw.lines import BLANK, Context, Lines, cells_of, fit_line, styled
from tui.ui.draw.phases import phases
from tui.ui.draw.quarter import band, quarter
from tui.ui.draw.totals import counters, external, totals, water

MOST_GRAPH = 22
"""More rows than this do not improve a graph."""


def title(device: Device, room: int | None = None, *, full: bool = False) -> str:
    """ "Grid  P1 meter  DSMR 5.0"; `full` adds the smart meter's model, a battery's firmware, and the Wi-Fi.

    What does not fit in `room` cells is left out, least important first: half a name of a model says nothing.
    """
    measurement = device.measurement.value if device.measurement else Measurement()
    known = device.product
    product = (known.long or known.label) if known.is_known else (device.product_type or known.label)
    firmware = device.firmware_version if full and known.is_battery else None
    wifi = wifi_words(device.system.value if device.system else None) if full else None
    parts = [
        (0, device.label),
        (2, product if device.name else None),
        (4, measurement.text("meter_model") if full else None),
        (4, f"firmware {firmware}" if firmware else None),
        (1, protocol_words(measurement)),
        (3, f"Wi-Fi {wifi}" if wifi else None),
    ]
    words = ""
    for most in (4, 3, 2, 1, 0):
        words = "  ".join(part for rank, part in parts if part and rank <= most)
        if room is None or cells_of(words) <= room:
            break
    return words


AIRY_RANK = 3
"""Blocks of this rank and below are worth more than blank rows between them."""


class Panel(NamedTuple):
    """A device as drawn: its rows, the scale of its graph for the next frame, and whether nothing was left out."""

    rows: Lines
    scale: Scale | None
    complete: bool


def panel(
    device: Device,
    context: Context,
    window: Window,
    width: int,
    height: int,
    previous: Scale | None,
    *,
    airy: bool = False,
) -> Panel:
    """The panel in at most `height` rows; `airy` prefers a quick overview to completeness."""
    has_graph = _has_graph(device, height)
    rows, complete = _beside_graph(device, blocks_of(device, context, width), height, airy=airy)
    room = height - len(rows) - 1
    graph, scale = _graphs(device, context, window, width, room, previous) if has_graph else ([], previous)
    return Panel([*rows, *([BLANK, *graph] if graph else [])], scale, complete)


def _graphs(
    device: Device, context: Context, window: Window, width: int, room: int, previous: Scale | None
) -> tuple[Lines, Scale | None]:
    """The graph of the main quantity, and for a battery that of its charge: before it, or below where rows are many.

    The one on the right is that which changes every second: the widget sends a change from the left edge of its slice.
    """
    most, beside, below = min(room, MOST_GRAPH), (width - 2) // 2, min(room // 2, MOST_GRAPH)
    if not device.product.is_battery:
        return graph_lines(device, context, window, width, most, previous)
    if below >= LEAST_HEIGHT + 1:
        charge = charge_lines(device, context, window, width, below)
        rows, scale = graph_lines(device, context, window, width, min(MOST_GRAPH, room - len(charge)), previous)
        return [*rows, *charge], scale
    room = most
    charge = charge_lines(device, context, window, beside, room) if beside >= LEAST_BESIDE else []
    left = beside + 2 if charge else 0
    rows, scale = graph_lines(device, context, window, width - left, room, previous)
    charge = [*[BLANK] * (len(rows) - len(charge)), *charge]
    return [(*fit_line(before, left), *row) for before, row in zip(charge, rows, strict=True)], scale


def all_lines(device: Device, context: Context, width: int) -> Lines:
    """Every block in full, for scrolling through."""
    return _joined(blocks_of(device, context, width), spaced=True)


class Scrolled(NamedTuple):
    """Some of `all_lines`, and the scroll offset; no rows and 0 for the panel itself."""

    rows: Lines
    offset: int


def scrolled(device: Device, context: Context, width: int, height: int, offset: int) -> Scrolled:
    """The rows at scroll `offset` beyond the panel, limited to where rows are left that the panel omits.

    If the panel omits rows only to fit its graph, and all would fit without it, there is one step.
    """
    blocks = blocks_of(device, context, width)
    everything = _joined(blocks, spaced=True)
    below = max(0, len(everything) - height)
    _, complete = _beside_graph(device, blocks, height, airy=False)
    offset = max(0, min(offset, 0 if complete else max(1, below)))
    return Scrolled(everything[min(offset, below) :][:height] if offset else [], offset)


def blocks_of(device: Device, context: Context, width: int) -> list[Block]:
    """The blocks of a device from top to bottom; those with stale values are dimmed."""
    measurement = device.measurement.value if device.measurement else Measurement()
    if not is_shown(device, context.now):
        device = _without_gauges(device)
        measurement = device.measurement.value if device.measurement else Measurement()
    urgent: list[Block] = []
    measured: list[Block | None] = [phases(device, context, width), *quarter(device, context, width)]
    measured += [strain(device, context, width)]
    shown = _names(measured)
    measured += [details(device, width)]
    electric = singles(device, shown | _names(measured), width)
    beside = today.beside(device, context)
    stores = device.product.is_battery
    if stores or device.batteries is not None:
        from tui.ui.draw import battery  # only who has one loads it

        beside = battery.beside_power(device, context, width) if stores else beside
        urgent = [Block(1, battery.not_following(device, context, width))]
        measured += battery.group(device, context, width)
    head, identity = headline(device, context, width, beside), about(device, context, width)
    has_beside = bool(beside) and head.rows[0][-len(beside) :] == beside
    counted = [*today.days(device, context, width, has_today=has_beside and not stores)]
    counted += totals(device, context, width)
    if stores:
        measured[:0] = [] if has_beside else [battery.charge(device, context, width)]
        measured += battery.with_facts([*counted, electric], battery.facts(device, context), width)
    else:
        measured += [electric, switch(device, context, width), *counted]
    measured += [water(measurement, context, width), external(device, context, width)]
    if context.costs() is not None:
        from tui.ui.draw.cost import cost_blocks  # only who has prices loads it

        measured += cost_blocks(device, context, width)
    measured += [counters(measurement, width)]
    done = _names([*measured, head, identity]) | (battery.NAMES if stores else frozenset())
    measured += leftovers(measurement, device.notes, done, context, width)
    dull = state_of(device, context.now) is not State.LIVE
    present = [_dimmed(block) if dull else block for block in measured if block is not None]
    urgent[:0] = [trouble(device, context, width), Block(1, band(device, context, width))]
    return [head, *(block for block in urgent if block.rows), *present, identity]


def _without_gauges(device: Device) -> Device:
    """The device with what may still be shown of a silent one: its counters, but no instantaneous values."""
    if device.measurement is None:
        return device
    whole = device.measurement.value
    values = {name: value for name, value in whole.values.items() if QUANTITIES[name].kind is not Kind.GAUGE}
    return replace(device, measurement=Read(replace(whole, values=values), device.measurement.at), switch=None)


def _names(blocks: list[Block | None]) -> frozenset[str]:
    return frozenset(name for block in blocks if block is not None for name in block.names)


def _dimmed(block: Block) -> Block:
    return block._replace(rows=[styled(row, "stale") for row in block.rows])


def _has_graph(device: Device, height: int) -> bool:
    return main_quantity(device) is not None and device.measurement is not None and height >= LEAST_HEIGHT + 4


def _beside_graph(device: Device, blocks: list[Block], height: int, *, airy: bool) -> tuple[Lines, bool]:
    """What fits above the graph, and whether that is everything."""
    return _fitted(blocks, height - (LEAST_HEIGHT + 1 if _has_graph(device, height) else 0), airy=airy)


def _fitted(blocks: list[Block], height: int, *, airy: bool) -> tuple[Lines, bool]:
    """As much as fits, and whether that is everything: with blank rows between, without them, then fewer blocks.

    `airy` leaves out the least important blocks before the blank rows.
    """
    ranks = range(max(block.rank for block in blocks), -1, -1)
    spaced = [rank for rank in ranks if rank >= AIRY_RANK] if airy else [ranks[0]]
    for rank, blank_rows in [*((rank, True) for rank in spaced), *((rank, False) for rank in ranks)]:
        kept = [block for block in blocks if block.rank <= rank]
        rows = _joined(kept, spaced=blank_rows)
        if len(rows) <= height:
            if not blank_rows:
                kept = _with_some_more(blocks, rank, height)
                rows = _joined(kept, spaced=False)
            return rows, len(kept) == len(blocks)
    return rows[: max(0, height)], False


def _with_some_more(blocks: list[Block], rank: int, height: int) -> list[Block]:
    """Those up to a rank and, of the next rank, those that fit, from the top."""
    left = height - sum(len(block.rows) for block in blocks if block.rank <= rank)
    more = min((block.rank for block in blocks if block.rank > rank), default=rank)
    kept = []
    for block in blocks:
        if block.rank <= rank:
            kept.append(block)
        elif block.rank == more and len(block.rows) <= left:
            kept.append(block)
            left -= len(block.rows)
    return kept


def _joined(blocks: list[Block], *, spaced: bool) -> Lines:
    rows: Lines = []
    for block in blocks:
        if spaced and rows and not block.joins:
            rows.append(BLANK)
        rows += block.rows
    return rows


def exactly(rows: Lines, width: int, height: int) -> Lines:
    """The rows in exactly `width` by `height` cells."""
    return [fit_line(row, width) for row in [*rows, *[BLANK] * height][:height]]
