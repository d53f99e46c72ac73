"""The view of a telegram: who sent it and how it is, and its lines in words or as they came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rich.cells import cell_len, chop_cells

from tui.core.telegram.told import Told
from tui.core.telegram.words import Received, Row, checksum_words, rows_of, version_words
from tui.core.text import clean
from tui.core.wording import clock, day_and_clock
from tui.ui.draw.lines import Context, Line, Lines, Span, fit, fit_line, line, spread, width_of, wrapped

TITLE = "TELEGRAM"
BESIDE_FROM = 72
"""From this width on a value stands beside its code and name; on less it stands below them."""
RAW_FROM = 120
"""From this width on each line stands at the right as it came, too."""
_RANKS = (4, 3, 2, 1, 0)
_VALUE = 44
"""Cells of the values, where the raw lines stand beside them."""
_CODE, _NAME = 13, 29
"""As wide as nearly all codes and names are."""


class Shown(NamedTuple):
    """What there is of a telegram."""

    label: str
    """Of the P1."""
    model: str
    """Of the smart meter; the header stands in for it."""
    told: Told | None
    received: Received | None
    trouble: str
    """Why there is none, or no newer one; empty if nothing is wrong."""
    interval_s: float | None
    frozen: str | None = None
    """The clock time of a frozen screen."""
    old: bool = False
    """Reading it again failed."""


class Placed(NamedTuple):
    """A row on the screen."""

    cells: Line
    line: int
    """Which line of the telegram it belongs to."""


def title_line(shown: Shown, context: Context, width: int) -> Line:
    """Name, model, version, checksum, how often one comes, and the time; less on a narrow screen."""
    told = shown.told
    parts = [(0, TITLE, "title"), (1, shown.label, "")]
    if told is not None:
        parts += [
            (4, clean(" ".join(shown.model.split()), 40) or told.meter, "label"),
            (3, version_words(told), "label"),
            (0, checksum_words(told), "warn" if told.checksum is False else "label"),
            (2, f"every {shown.interval_s:.1f} s" if shown.interval_s else "", "label"),
        ]
    zone, held = ZoneInfo(context.profile.zone), shown.frozen
    if held:  # that must be visible at every width
        rights = [f" frozen at {held}, space goes on ", f" frozen at {held} ", f" held {held} "]
        tries = [(right, most) for right in rights for most in _RANKS]
    else:
        rights = [day_and_clock(context.now.utc, zone), clock(context.now.utc, zone)]
        tries = [(right, most) for most in _RANKS for right in rights]
    for right, most in tries:
        left = line(*(Span(f"{'  ' if at else ' '}{text}", style) for at, text, style in _kept(parts, most)))
        if width_of(left) + cell_len(right) + 3 <= width:  # two between them, and one at the right
            return spread(left, line(Span(right, "notice" if held else "label"), Span(" ")), width)
    return fit_line(line(Span(rights[-1].strip(), "notice")) if held else left, width)


def _kept(parts: Sequence[tuple[int, str, str]], most: int) -> list[tuple[int, str, str]]:
    kept = [(text, style) for rank, text, style in parts if text and rank <= most]
    return [(at, text, style) for at, (text, style) in enumerate(kept)]


def rule_line(context: Context, width: int, below: int) -> Line:
    """The rule below the title; it says how many rows there are below the last one."""
    words = f" {below} more, j k " if below > 0 else ""
    if len(words) + 4 > width:
        words = ""
    end = 2 if words else 0
    bar = context.glyphs.horizontal
    return line(Span(bar * (width - len(words) - end), "frame"), Span(words, "label"), Span(bar * end, "frame"))


def trouble_lines(shown: Shown, width: int) -> Lines:
    """What is wrong; empty if nothing is."""
    lines = wrapped(shown.trouble, width - 2, "warn", " ") if shown.trouble else []
    return [fit_line(row, width) for row in lines]


def telegram_rows(shown: Shown, context: Context, width: int, *, raw: bool) -> list[Placed]:
    """Every line of the telegram; empty without one."""
    if shown.told is None:
        return []
    if raw:
        rows = [Placed(row, at) for at, one in enumerate(shown.told.lines) for row in _raw_rows(one.raw, width)]
    else:
        said, tone = list(rows_of(shown.told, shown.received)), "stale" if shown.old else ""
        if width >= BESIDE_FROM:
            rows = _beside(said, shown.told, context, width, tone)
        else:
            rows = _below(said, context, width, tone)
    return [row._replace(cells=fit_line(row.cells, width)) if width_of(row.cells) > width else row for row in rows]


def _raw_rows(text: str, width: int) -> Lines:
    """A line as it came: what does not fit goes on below, further in."""
    pieces = chop_cells(text, max(2, width - 4)) or [""]
    return [line(Span(f" {'  ' * bool(at)}{piece}")) for at, piece in enumerate(pieces)]


def _beside(rows: Sequence[Row], told: Told, context: Context, width: int, tone: str) -> list[Placed]:
    """Code, name and value in columns, and at the right the raw line where there is room."""
    code = max(_CODE, *(cell_len(row.code) for row in rows)) if rows else _CODE
    name = _NAME + min(10, max(0, width - 80) // 2)
    value = _VALUE if width >= RAW_FROM else width - code - name - 4
    lines: list[Placed] = []
    told_raw = -1
    for row in rows:
        texts = wrapped(context.glyphs.unit(row.value), value, _style(row, tone)) or [()]
        for at, text in enumerate(texts):
            spans = [
                Span(f" {fit(row.code if at == 0 else '', code, context.glyphs)} ", "label"),
                Span(f"{fit(row.name if at == 0 else '', name, context.glyphs)} ", _name_style(row, tone)),
            ]
            cells: Line = (*spans, *text)
            if width >= RAW_FROM and row.line != told_raw and row.line < len(told.lines):
                told_raw = row.line
                room = width - code - name - value - 6
                raw = fit(told.lines[row.line].raw, room, context.glyphs)
                cells = (*fit_line(cells, code + name + value + 5), Span(raw, "label"))
            lines.append(Placed(fit_line(cells, width), row.line))
    return lines


def _below(rows: Sequence[Row], context: Context, width: int, tone: str) -> list[Placed]:
    """Code and name, and the value at the right if there is room, else on rows of its own below."""
    lines: list[Placed] = []
    for row in rows:
        value = context.glyphs.unit(row.value)
        if row.code or row.name:
            head = line(Span(f" {row.code}" if row.code else "", "label"), Span(f" {row.name}", _name_style(row, tone)))
            if width_of(head) + cell_len(value) + 3 <= width:
                cells = spread(head, line(Span(f"{value} ", _style(row, tone))), width)
                lines.append(Placed(cells, row.line))
                continue
            lines.append(Placed(head if width_of(head) <= width else _cut(head, context, width), row.line))
        lines += [Placed(cells, row.line) for cells in wrapped(value, width - 1, _style(row, tone), "   ")]
    return lines


def _cut(head: Line, context: Context, width: int) -> Line:
    *first, name = head
    return (*first, Span(fit(name.text, width - width_of(tuple(first)), context.glyphs), name.style))


def _style(row: Row, tone: str) -> str:
    return "warn" if row.mark == "warn" else tone or row.mark


def _name_style(row: Row, tone: str) -> str:
    return tone or ("label" if row.mark == "label" else "")
