"""The wall's head: the grid power as large as it fits, the house's figures, and the phases.

A digit is never cut: a wrong number is worse than a small one. What is beside the digits is left out first.
"""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

from tui.core.battery.group import charge_of
from tui.core.fuse import Fuse
from tui.core.house import balance_of
from tui.core.model import Device, Fleet
from tui.core.quantities import PHASES
from tui.core.state import is_fresh, is_shown, shown_number
from tui.core.wording import MISSING, Arrow, arrow_of, day_and_clock, figure, number, power_word, state_word, watts
from tui.ui.draw.blocks import ARROW_STYLES
from tui.ui.draw.digits import ARROW, DOTS, HEIGHT, Dot, big, big_arrow, dots_of
from tui.ui.draw.fuse import fuse_bar, is_behind_fuse, load_of
from tui.ui.draw.lines import BLANK, Context, Line, Lines, Span, fit_line, line, spread, styled, width_of
from tui.ui.draw.today import words

KILOWATTS_FROM = 10000
_LARGE_FROM = 34
"""From this many rows a dot may be two rows high: the graph below still has a dozen."""
_MARGIN = 2
_DIGITS = 15
"""Dots reserved for the number: four digits, so that what is beside it does not move."""
_UNIT = 2
_WORD = 9
"""Cells of the longest usual words beside the digits: "from grid", "lost 120d"."""
_UNIT_ROW = 2
"""In rows of dots: not the rows of house and sun, which change most often and cost bytes by their content."""
_WORD_ROW = 3
_FACT_ROWS = (0, 1, 2, 4)
"""Row 3 is for the direction word."""
_FACTS_FROM = _UNIT + 2
"""Cells between the digits and the house's figures: the unit and a gap."""
_FACT = 11
"""Cells for the name of a house figure; its value takes the next 7."""
_LONG_FACT = 15
"""The same with the charge of the batteries: "charging 100 %"."""
_FACTS = _FACT + 7
_ONE_ROW_FROM = 24
"""The least width at which the power and its word share a row."""
_AIRY, _TIGHT = 25, 20
"""Cells per phase."""

Fact = tuple[str, str]
"""The name of a house figure, and its value with the unit."""


class _Power(NamedTuple):
    """The grid power as shown."""

    text: str
    unit: str
    arrow: Arrow
    style: str
    """Of arrow and digits: by direction, or stale."""
    word: Span
    """The direction, or what is wrong."""


class _Place(NamedTuple):
    """How large the digits are, and what fits beside them."""

    dot: Dot
    edge: int
    """The cell after the digits, where the unit and the word begin."""
    word: bool
    facts: bool


def head(grid: Device, fleet: Fleet, context: Context, width: int, height: int) -> list[Lines]:
    """The parts of the head from top to bottom, in at most `height` rows: blank rows may be put between them."""
    power, facts = _power(grid, context), _facts(grid, fleet, context)
    place = _place(power, width, height)
    parts = (
        [_in_words(power, context, width)] if place is None else _in_digits(grid, power, facts, place, context, width)
    )
    room = height - sum(map(len, parts))
    more: Lines = []
    for choices in (
        [[] if place and place.facts else _in_a_row([*facts[:-1], (words(grid, context), ""), facts[-1]], width)],
        [_phases(grid, context, width, bars=True), _phases(grid, context, width, bars=False)],
    ):
        more += next((rows for rows in choices if len(more) + len(rows) <= room), [])
    return [*parts, more] if more else parts


def _power(grid: Device, context: Context) -> _Power:
    power = shown_number(grid, "power_w", context.now)
    arrow = arrow_of(power) if power is not None else Arrow.NONE
    text, unit = _short(power)
    if power is not None and is_fresh(grid, context.now):
        return _Power(text, unit, arrow, ARROW_STYLES[arrow], Span(power_word(grid, power), "title"))
    return _Power(text, unit, arrow, "stale", Span(state_word(grid, context.now), "warn"))


def _short(power: float | None) -> tuple[str, str]:
    """The big figure and its unit: whole W, from 10000 W on kW with one decimal."""
    if power is None:
        return MISSING, "W"
    if round(abs(power)) >= KILOWATTS_FROM:
        return number(abs(power) / 1000, 1), "kW"
    return watts(power), "W"


def _place(power: _Power, width: int, height: int) -> _Place | None:
    """The largest digits that fit whole, with their unit and word, under a title; None if there is only room for words.

    It depends on the number only where that has more digits than usual, so that the layout does not jump.
    """
    word = max(_WORD, len(power.word.text))
    for dot in DOTS:
        rows = 1 + HEIGHT * dot.rows
        dots = max(_DIGITS, dots_of(power.text))
        edge = _MARGIN + (ARROW + 1 + dots) * dot.cells + 1
        if height < (_LARGE_FROM if dot.rows > 1 else rows):
            continue
        if edge + _FACTS_FROM + _FACTS <= width:
            return _Place(dot, edge, word=True, facts=True)
        if edge + word <= width:
            return _Place(dot, edge, word=True, facts=False)
        if edge + _UNIT <= width and height > rows:
            return _Place(dot, edge, word=False, facts=False)
    return None


def _in_digits(
    grid: Device, power: _Power, facts: list[Fact | None], place: _Place, context: Context, width: int
) -> list[Lines]:
    """The title, the arrow and the digits, with the unit, the direction word and the house's figures beside them."""
    dot = place.dot
    room = width - place.edge - _FACTS_FROM
    charged = any(fact and fact[0].endswith("%") for fact in facts)
    size = _LONG_FACT if charged and room >= _LONG_FACT + _FACTS - _FACT else _FACT
    digits = big(power.text, context.glyphs, dot)
    pointer = big_arrow(power.arrow, context.glyphs, dot)
    rows: Lines = []
    for index, (left, right) in enumerate(zip(pointer, digits, strict=True)):
        gap = " " * dot.cells
        row = line(Span(f"{'':{_MARGIN}}{left}{gap}{right} ", power.style))
        at, first = divmod(index, dot.rows)
        if first == 0 and at == _UNIT_ROW:
            row = (*row, Span(power.unit, power.style if power.style == "stale" else "figure"))
        if first == 0 and at == _WORD_ROW and place.word:
            row = (*row, power.word)
        if first == 0 and at in _FACT_ROWS and place.facts and (fact := facts[_FACT_ROWS.index(at)]):
            name, value = fact
            if len(name) >= size and name.endswith("%"):
                name = name.partition(" ")[0]
            row = fit_line(row, place.edge + _FACTS_FROM)
            counted = words(grid, context, width - width_of(row)) if at == _FACT_ROWS[-1] else ""
            told = line(Span(f"{name:<{size}}", "label"), Span(f"{value:>7}"))
            row = (*row, *(line(Span(counted)) if counted else told))  # rather than the tariff
        rows.append(row)
    if not place.word:
        rows.append((Span(" " * _MARGIN), power.word))
    return [[spread(line(Span(f" {grid.label.upper()}", "title")), _clock(context), width)], rows]


def _clock(context: Context) -> Line:
    return line(Span(day_and_clock(context.now.utc, ZoneInfo(context.profile.zone)) + " ", "label"))


def _in_words(power: _Power, context: Context, width: int) -> Lines:
    """The power and its word in one row, or the word below."""
    row = line(Span(f"{context.glyphs.arrow(power.arrow)} ", power.style))
    row = (*row, Span(f"{power.text} {power.unit}", power.style if power.style == "stale" else "figure"))
    return [(*row, Span("  "), power.word)] if width >= _ONE_ROW_FROM else [row, (power.word,)]


def _facts(grid: Device, fleet: Fleet, context: Context) -> list[Fact | None]:
    """The house's figures: its use, solar, battery, and the tariff; None for what is unknown."""
    balance = balance_of(fleet, context.now)
    battery = "charging" if (balance.battery_w or 0) > 0 else "battery"
    if charge := charge_of(fleet, context.now):
        battery += f" {number(charge.pct, 0)} %"
    powers = (("house uses", balance.house_w), ("solar", balance.solar_w), (battery, balance.battery_w))
    tariff = grid.number("tariff")
    last = (f"tariff {context.profile.tariff_words(tariff)}", "") if tariff is not None else None
    if last is None and words(grid, context):
        last = ("", "")
    return [*((name, f"{watts(power)} W") if power is not None else None for name, power in powers), last]


def _in_a_row(facts: list[Fact | None], width: int) -> Lines:
    """The house's figures side by side, as many as fit. The row is kept even if nothing is known for a moment."""
    row = BLANK
    for fact in facts:
        if not fact or not fact[0]:
            continue
        name, value = fact
        more = (*row, Span("   " if row else " "), Span(f"{name} ".rstrip() + " " * bool(value), "label"), Span(value))
        if width_of(more) <= width:
            row = more
    return [row]


def _phases(grid: Device, context: Context, width: int, *, bars: bool) -> Lines:
    """The phases side by side, closer together where room is scarce, in several rows if they do not fit in one.

    `bars`: each with its share of the main fuse below.
    """
    old = not is_fresh(grid, context.now)
    fuse = context.fuse if is_shown(grid, context.now) and is_behind_fuse(grid) else None
    neutral = context.profile.has_neutral
    shown = [
        (phase, power if neutral else None, load)
        for phase in PHASES
        if (load := _load(grid, phase, context, fuse)) is not None or neutral
        if (power := shown_number(grid, f"power_l{phase}_w", context.now)) is not None or not neutral
    ]
    airy = len(shown) * _AIRY <= width
    size = max(_TIGHT, min(_AIRY, width // max(1, len(shown))))
    indent, gap = (3, 3) if airy else (1, 1)
    cells: list[tuple[Line, Line]] = []
    for phase, power, load in shown:
        arrow = arrow_of(power) if power is not None else Arrow.NONE
        amperes = f"{'':{gap}}{figure('current_l1_a', load):>{3 if airy else 4}} A" if load is not None else ""
        cell = line(
            Span(f"{'':{indent}}L{phase} ", "label"),
            Span(context.glyphs.arrow(arrow), ARROW_STYLES[arrow]),
            Span((f" {watts(power):>5} W" if power is not None else "") + amperes),
        )
        below = _bar(fuse, load, power, indent, size, context) if fuse and bars else BLANK
        pair = [fit_line(styled(row, "stale") if old else row, size) for row in (cell, below)]
        cells.append((pair[0], pair[1]))
    across = max(1, width // size)
    return [
        tuple(span for pair in cells[first : first + across] for span in pair[part])
        for first in range(0, len(cells), across)
        for part in ((0, 1) if fuse and bars else (0,))
    ]


def _load(grid: Device, phase: int, context: Context, fuse: Fuse | None) -> float | None:
    """The current of a phase: as the check reckons it, or without a fuse as it was sent."""
    if fuse is None:
        return shown_number(grid, f"current_l{phase}_a", context.now) if context.profile.has_neutral else None
    load = load_of(grid, phase, context)
    return load[0] if load and (load[0] or context.profile.has_neutral) else None


def _bar(fuse: Fuse, load: float | None, power: float | None, indent: int, size: int, context: Context) -> Line:
    words = f" of {fuse.ampere:g} A"
    filled = fuse_bar(fuse, load, power, size - indent - len(words), context)
    return line(Span(" " * indent), filled, Span(words, "label"))
