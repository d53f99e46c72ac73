"""What was counted today and yesterday, as the panel, the wall and the house line show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from tui.core.counting.daywords import (
    Counted,
    behind,
    electric,
    own_words,
    partial,
    place_of_meter,
    since_of,
    sufficiency_words,
    together,
)
from tui.core.counting.ownuse import own_use
from tui.core.external import keyed
from tui.core.house import grid_meters
from tui.core.model import Device
from tui.core.past.history import Amount
from tui.core.reading import External
from tui.core.wording import number_in
from tui.ui.draw.blocks import INDENT, Block
from tui.ui.draw.lines import Context, Line, Lines, Span, line, width_of

_LABEL = 11
"""Cells of "today" and "yesterday", as wide as "from 12:22" with a blank."""
_FIGURE = 5
_GAP = 4


def day_of(place: str, context: Context, *, yesterday: bool = False) -> Mapping[str, Amount]:
    """The amounts of a place on one of the two days."""
    told = context.today_of(place)
    return {} if told is None else told.yesterday if yesterday else told.today


def words(device: Device, context: Context, room: int = 200) -> str:
    """ "today  in 4.2  out 6.1 kWh", "since 12:22  in ..."; "" where nothing was counted, or not in `room` cells."""
    figures = electric(device, day_of(device.key, context))
    if not figures or any(one.amount.until is not None for one in figures):
        return ""  # what ended hours ago has its row, which says so
    since = since_of(figures, ZoneInfo(context.profile.zone))
    told = _shown(together(figures), context)
    tries = [f"since {since}  {told}", f"from {since} {told.replace('  ', ' ')}"] if since else [f"today  {told}"]
    return next((one for one in tries if len(one) <= room), "")


def beside(device: Device, context: Context) -> Line:
    """The same, for the end of a panel's first row."""
    told = words(device, context)
    label, _, rest = told.partition("  ")
    return line(Span(f"   {label}  ", "label"), Span(f"{rest} ")) if told else ()


def days(device: Device, context: Context, width: int, *, has_today: bool) -> list[Block]:
    """A row for today and one for yesterday, with own use and the meters behind a P1; what does not fit follows in
    rows of its own. `has_today`: the first row of the panel has the electricity of today."""
    blocks: list[Block] = []
    for yesterday in (False, True):
        rows = _rows(device, context, width, yesterday=yesterday, without=has_today and not yesterday)
        if rows:
            blocks.append(Block(3 if yesterday or has_today else 2, rows[:1], joins=bool(blocks)))
        if len(rows) > 1:
            blocks.append(Block(4, rows[1:], joins=True))
    return blocks


def _rows(device: Device, context: Context, width: int, *, yesterday: bool, without: bool) -> Lines:
    zone = ZoneInfo(context.profile.zone)
    figures = electric(device, day_of(device.key, context, yesterday=yesterday))
    label = "yesterday" if yesterday else "today"
    parts: list[str] = []
    own = None
    note = partial(figures, zone)
    since = since_of(figures, zone)
    if figures and without and since:
        label = f"from {since}"
    if figures and not without:
        main = together([one._replace(name=_aligned(one)) for one in figures]) if len(figures) > 1 else None
        main = _shown(main or together(figures), context)
        if (
            note
            and not yesterday
            and note.startswith("since")
            and len(INDENT) + _LABEL + len(f"{main}  {note}") > width
        ):
            label, note = f"from {since}", note.partition(", ")[2]
        parts.append(f"{main}  {note}" if note else main)
    if device in grid_meters(context.fleet, context.now):
        own = own_use(context.fleet, context.now, context.today_of, yesterday=yesterday)
        parts += [own_words(own)] if own_words(own) else []
    meters = device.measurement.value.external if device.measurement else ()
    told_of: set[str] = set()
    for meter in keyed(meters).values():
        place = place_of_meter(device, meter)
        found = behind(device, meter, day_of(place, context, yesterday=yesterday))
        if found is None or place in told_of:  # an old meter beside the new one is in the same sum
            continue
        told_of.add(place)
        lacks = partial([found], zone)
        part = _shown(f"{found.name} {found.figure} {found.unit}", context)
        parts.append(f"{part} {lacks}" if lacks and not note else part)
    parts += [sufficiency_words(own)] if sufficiency_words(own) else []
    return _flowed(label, parts, width)


def _aligned(one: Counted) -> str:
    """The name of a figure with blanks behind it, so that today's and yesterday's stand below each other."""
    return f"{one.name}{'':{max(0, _FIGURE - len(one.figure))}}"


def _flowed(label: str, parts: Sequence[str], width: int) -> Lines:
    """The parts after their label, in as many rows as needed."""
    rows: list[str] = []
    room = width - len(INDENT) - _LABEL
    for part in parts:
        if rows and len(rows[-1]) + _GAP + len(part) <= room:
            rows[-1] += " " * _GAP + part
        else:
            rows.append(part)
    return [
        line(Span(f"{INDENT}{'' if index else label:<{_LABEL}}", "label"), Span(row)) for index, row in enumerate(rows)
    ]


def tile_note(figures: Sequence[Counted], context: Context, room: int) -> Line:
    """ "today 11.3 kWh" or "from 12:22 0.4 kWh" for a tile; nothing where no short words are true."""
    if not figures or any(one.amount.until is not None for one in figures):
        return ()
    some = list(figures)
    since = since_of(some, ZoneInfo(context.profile.zone))
    told = _shown(f"today {together(some)}", context)
    if since:
        if len(some) > 1:
            return ()
        one, start = some[0], f"from {since} "
        unit = _shown(f" {one.unit}", context)
        told = f"{start}{number_in(one.value, one.decimals, room - len(start) - len(unit))}{unit}"
    elif len(told) > room:
        told = _shown(together(some), context)
    return line(Span(told, "label")) if len(told) <= room else ()


def device_tile_note(device: Device, context: Context, room: int) -> Line:
    """The same for a device."""
    return tile_note(electric(device, day_of(device.key, context)), context, room)


def meter_tile_note(device: Device, meter: External, context: Context, room: int) -> Line:
    """The same for a meter behind a P1."""
    found = behind(device, meter, day_of(place_of_meter(device, meter), context))
    return tile_note([found._replace(name="")], context, room) if found else ()


def house_words(context: Context) -> Line:
    """ "   today  in 4.2  out 6.1 kWh" of the one grid meter, for the top line."""
    grids = grid_meters(context.fleet, context.now)
    told = words(grids[0], context) if len(grids) == 1 else ""
    return line(Span(f"    {told}", "label")) if told else ()


def with_room(left: Line, more: Line, right: int, width: int) -> Line:
    """`left` with `more` after it, where three cells are left between it and what is at the right."""
    return (*left, *more) if width_of(left) + width_of(more) + right + 3 <= width else left


def _shown(text: str, context: Context) -> str:
    """The text with the unit's own characters where the glyph set has them: it ends in a unit."""
    head, blank, unit = text.rpartition(" ")
    return f"{head}{blank}{context.glyphs.unit(unit)}"
