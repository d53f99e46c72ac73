"""The wall: one look from two metres. The grid's power never leaves it; only the row of tiles pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui.core.model import Device, Fleet, Role
from tui.core.scale import Scale
from tui.core.state import is_fresh
from tui.ui.draw.attention import attention_lines
from tui.ui.draw.graph import LEAST_HEIGHT, Window, graph_lines
from tui.ui.draw.lines import BLANK, Context, Line, Lines, Span, line, spread
from tui.ui.draw.tiles import TILE, tile_rows, tiles_of
from tui.ui.draw.wallhead import head

TILES_ROWS = 5
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
    tiles = tiles_of([device for device in devices if device is not grid], grid, context)
    across = max(1, width // TILE)
    pages = max(1, -(-len(tiles) // across))
    page %= pages
    parts = head(grid, fleet, context, width, height - (2 if height >= LOW else 1))
    rows = [row for part in parts for row in (*part, BLANK)]
    if height - 2 < len(rows):
        rows = [row for part in parts for row in part]
    if height >= len(rows) + TILES_ROWS + 2 and tiles:
        rows += tile_rows(tiles[page * across :][:across], across, context, width)
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


def _foot(trouble: Lines, context: Context) -> Line:
    """What is wrong now, in one line; empty when all is well."""
    return line(Span(f" {context.glyphs.bullet} ", "fail"), *trouble[0]) if trouble else BLANK


def _status(devices: Sequence[Device], context: Context, width: int, words: str, page: int, pages: int) -> Line:
    known = [device for device in devices if not device.remembered]
    live = sum(is_fresh(device, context.now) for device in known)
    left = line(Span(f" {words}", "label"))
    paged = f"   page {page + 1} of {pages}" if pages > 1 else ""
    return spread(left, line(Span(f"devices {live} of {len(known)}{paged} ", "label")), width)
