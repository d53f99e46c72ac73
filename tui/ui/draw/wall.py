"""The wall: legible at a glance from two metres. The grid power is always visible; only the tiles have pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tui.core.graph.scale import Scale
from tui.core.house import grid_meters
from tui.core.model import Device, Fleet, Role
from tui.core.state import is_fresh
from tui.ui.draw.attention import trouble_line
from tui.ui.draw.graph import LEAST_HEIGHT, Window, graph_lines
from tui.ui.draw.lines import BLANK, Context, Line, Lines, Span, line, spread, width_of
from tui.ui.draw.quarter import band
from tui.ui.draw.tiles import TILE, TILE_ROWS, tile_rows, tiles_of
from tui.ui.draw.wallhead import head

SPANS = ((600, "10 min"), (3600, "hour"), (6 * 3600, "6 h"), (86400, "24 h"))
"""The span of the graph grows with the time that has been measured."""
LOW = 8
"""With fewer rows there is only the power and one problem, or that the screen is frozen."""

MOST_GRAPH = 40
"""More rows than this do not improve the graph, even from two metres."""


class Wall(NamedTuple):
    """The wall as drawn: its rows, the scale of its graph for the next frame, and the number of pages of tiles."""

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
    known_s: Callable[[str], float] = lambda key: SPANS[-1][0],
    frozen_at: str | None = None,
) -> Wall:
    """The wall in at most `height` rows. `page` may be any number: it wraps around.

    `known_s` is how long there have been measurements of a device, `frozen_at` the clock time of a frozen screen.
    """
    if not devices:
        return Wall([], previous, 1)
    known = grid_meters(fleet, context.now)
    grids = sorted(
        (device for device in devices if device.role is Role.GRID),
        key=lambda device: (device not in known, device.same_meter_as is not None),
    )
    grid = grids[0] if grids else devices[0]
    tiles = tiles_of([device for device in devices if device is not grid], grid, context)
    has_status = height >= LOW or bool(frozen_at or context.replay)  # both must say so
    foot_rows = 2 if has_status else 1
    warning = band(grid, context, width) if has_status else []  # below the big figure: nobody overlooks it there
    parts = head(grid, fleet, context, width, height - foot_rows - len(warning))
    parts += [warning] if warning else []
    room = height - foot_rows - sum(map(len, parts))
    across = max(1, width // TILE)
    shelves = _shelves(len(tiles), across, room)
    seen = across * shelves
    pages = -(-len(tiles) // seen) if seen else 1
    first = page % pages * seen
    shelf = tile_rows(tiles[first : first + seen], across, shelves, context, width) if shelves else []
    room -= len(shelf)
    has_graph = room >= LEAST_HEIGHT
    air = min(len(parts), room - LEAST_HEIGHT if has_graph else room)
    rows = [*_aired(parts, air), *shelf]
    measured_s = known_s(grid.key)
    span_s, span = next((one for one in SPANS if measured_s <= one[0]), SPANS[-1])
    if has_graph:
        graph, previous = graph_lines(grid, context, window, width - 1, min(room - air, MOST_GRAPH), previous, span_s)
        rows += graph
    trouble = trouble_line(devices, fleet, context, width - 3, page)
    foot = [line(Span(f" {context.glyphs.bullet} ", "fail"), *trouble) if trouble else BLANK]
    if not has_status and (urgent := band(grid, context, width)):
        foot = urgent
    if has_status:
        paged = f"   page {page % pages + 1} of {pages}" if pages > 1 else ""
        foot.append(
            _status(devices, context, width, _words(span if has_graph else None, frozen_at, context.replay), paged)
        )
    foot = foot[max(0, len(foot) + 1 - height) :]  # the power is left out last
    rows += [BLANK] * (height - len(rows) - len(foot))
    return Wall([*rows[: height - len(foot)], *foot], previous, pages)


def _shelves(tiles: int, across: int, room: int) -> int:
    """How many rows of tiles there are: one above the graph; without room for a graph, as many as needed for all
    tiles."""
    fit = (room - 1) // (TILE_ROWS + 1)
    if room >= 1 + TILE_ROWS + 1 + LEAST_HEIGHT:
        fit = 1
    return max(0, min(fit, -(-tiles // across)))


def _aired(parts: Sequence[Lines], air: int) -> Lines:
    """The parts of the head with `air` blank rows between them and below: first above the last part."""
    below = sorted(range(len(parts)), key=lambda index: index != len(parts) - 2)[:air]
    return [row for index, part in enumerate(parts) for row in (*part, *([BLANK] if index in below else []))]


def _words(span: str | None, frozen_at: str | None, replay: str) -> list[Span]:
    """What is on the screen: a frozen frame, a recording, or a graph of some time span. Longest wording first."""
    if frozen_at:
        marks = (f" frozen at {frozen_at}, space goes on ", f" frozen at {frozen_at} ", f" held {frozen_at} ")
        return [Span(mark, "notice") for mark in marks]
    if replay:
        return [Span(f" {replay}{of} ", "notice") for of in ([f", power of the last {span}"] if span else []) + [""]]
    return [Span(f"power of the last {span}", "label"), Span(f"last {span}", "label")] if span else [Span("")]


def _status(devices: Sequence[Device], context: Context, width: int, words: Sequence[Span], paged: str) -> Line:
    """The first of `words` that fits beside the device count and the page; the words matter more than these."""
    known = [device for device in devices if not device.remembered]
    live = sum(is_fresh(device, context.now) for device in known)
    right = line(Span(f"devices {live} of {len(known)}{paged} ", "label"))
    lefts = [line(Span(" "), one) for one in words]
    for others in (right, BLANK):
        for left in lefts:
            if width_of(left) + 1 + width_of(others) <= width:
                return spread(left, others, width)
    return lefts[-1]
