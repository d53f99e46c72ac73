"""Bars with bands, as rows of characters and roles: the mean is solid, a shade reaches to the highest and lowest.

Each bar stands on a base line, hangs from it, or does both. With two tones the shade is in eighths, in the bar's colour
dimmed; without, it is a character of its own, in whole cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui.core.graph.chart import (
    ASCII,
    ASCII_AXES,
    AXIS,
    BOX_AXES,
    CONSOLE,
    EMPTY,
    EXPORT,
    GAP,
    IMPORT,
    UNICODE,
    AxisGlyphs,
    Levels,
)
from tui.core.graph.scale import Scale

# Roles besides those of `core.graph.chart`.
IMPORT_BAND = "I"
EXPORT_BAND = "E"
EXPORT_BAND_REVERSED = "R"  # the character draws the empty part of the cell
IMPORT_ON_BAND = "j"  # a bar that ends within the cell, the shade goes on behind it
BAND_ON_EXPORT = "f"  # the same for a bar that hangs: the character draws the shade
CURSOR = "c"
BEYOND = "b"  # the mark of what is beyond a limit

Cell = tuple[str, str]
"""A character and its role."""
BLANK: Cell = (" ", EMPTY)


class Bar(NamedTuple):
    """One column, in the unit of the graph: lengths from the base line, none negative."""

    up: float = 0.0
    down: float = 0.0
    high: float = 0.0
    """How far the shade reaches up."""
    low: float = 0.0
    """How far it reaches down."""
    beyond: bool = False
    """Whether a limit was passed."""


class Look(NamedTuple):
    """The characters of a graph."""

    levels: Levels
    axes: AxisGlyphs
    band: str = ""
    """The shade; "" for two tones."""


TWO_TONES = Look(UNICODE, BOX_AXES)
SHADED = Look(UNICODE, BOX_AXES, "░")
"""Eighths without a second tone: on terminals with sixteen colours, or none."""
ON_CONSOLE = Look(CONSOLE, BOX_AXES, "░")
IN_ASCII = Look(ASCII, ASCII_AXES, "'")


def cells_of(bars: Sequence[Bar | None], scale: Scale, look: Look, *, zero: bool = True) -> list[list[Cell]]:
    """The rows of all bars, the top one first: `scale.up` rows, the zero line if there is one, `scale.down` rows.

    A gap is dotted on the zero line, or where there is none in the lowest row.
    """
    full = look.levels.full
    levels = range(full + 1)
    standing = [[_standing(solid, shade, look) for shade in levels] for solid in levels]
    hanging = [[_hanging(solid, shade, look) for shade in levels] for solid in levels]
    none = Bar()
    ups = [_fills((bar or none).up, (bar or none).high, scale, look) for bar in bars]
    downs = [_fills((bar or none).down, (bar or none).low, scale, look) for bar in bars]
    above = [_row(ups, nearer * full, standing, full) for nearer in reversed(range(scale.up))]
    below = [_row(downs, nearer * full, hanging, full) for nearer in range(scale.down)]
    gap: Cell = (look.axes.gap, GAP)
    if zero:
        return [*above, [gap if bar is None else (look.axes.zero, AXIS) for bar in bars], *below]
    above[-1] = [gap if bar is None else cell for bar, cell in zip(bars, above[-1], strict=True)]
    return above


def _levels(length: float, scale: Scale, look: Look) -> int:
    """A length in levels of a cell: the nearest, and at least the smallest for what is not nothing."""
    return max(1, int(length / scale.unit_per_row * look.levels.full + 0.5)) if length > 0 else 0


def _fills(solid: float, shade: float, scale: Scale, look: Look) -> tuple[int, int]:
    """How far a bar and its shade reach from the base line, in levels; in whole cells for a shade without a tone."""
    reach = _levels(shade, scale, look)
    if look.band:
        whole = int(shade / scale.unit_per_row + 0.5)
        reach = look.levels.full * max(whole, shade > 0 and not solid)
    return _levels(solid, scale, look), reach


def _row(fills: Sequence[tuple[int, int]], nearer: int, table: Sequence[Sequence[Cell]], full: int) -> list[Cell]:
    """A row of cells with `nearer` levels between it and the base line: a cell by how far it is filled."""
    row = []
    for solid, shade in fills:
        filled, shaded = solid - nearer, shade - nearer
        if filled <= 0 and shaded <= 0:
            row.append(BLANK)
        else:
            filled = full if filled > full else 0 if filled < 0 else filled
            shaded = full if shaded > full else 0 if shaded < 0 else shaded
            row.append(table[filled][shaded])
    return row


def _standing(solid: int, shade: int, look: Look) -> Cell:
    if look.band:
        return look.levels.standing(solid) if solid else (look.band, IMPORT_BAND) if shade else BLANK
    if solid and _is_two_toned(solid, shade, look.levels.full):
        return look.levels.marks[solid], IMPORT_ON_BAND
    if solid:
        return look.levels.marks[solid], IMPORT
    return (look.levels.marks[shade], IMPORT_BAND) if shade else BLANK


def _hanging(solid: int, shade: int, look: Look) -> Cell:
    if look.band:
        return look.levels.hanging(solid) if solid else (look.band, EXPORT_BAND) if shade else BLANK
    if solid and _is_two_toned(solid, shade, look.levels.full):
        return look.levels.marks[look.levels.full - solid], BAND_ON_EXPORT
    if solid:
        return look.levels.hanging(solid)
    character, role = look.levels.hanging(shade)
    return character, {EXPORT: EXPORT_BAND, EMPTY: EMPTY}.get(role, EXPORT_BAND_REVERSED)


def _is_two_toned(solid: int, shade: int, full: int) -> bool:
    """Whether the shade fills more than half of what the bar leaves of a cell: three tones do not fit into one."""
    return solid < full and 2 * shade > solid + full
