"""The dialog of the battery mode: what is now, what can be picked, and what would be."""

from __future__ import annotations

from typing import NamedTuple

from tui.core.battery.batteries import Batteries, Mode, Permission
from tui.core.battery.control import Change, NoChange, words_now, words_of
from tui.core.battery.modeform import BOXES, ModeForm
from tui.core.battery.words import MODES
from tui.ui.draw.lines import BLANK, Line, Lines, Span, line, width_of, wrapped
from tui.ui.glyphs import Glyphs

BESIDE_FROM = 66
"""From this width on each mode has its meaning beside it; on less only what is picked is explained, below."""
_MAY = {Permission.CHARGE: "charge", Permission.DISCHARGE: "discharge"}
_CAPTION = "      "
_HINTS = ("up down: mode   left right, space: what they may do", "up down: mode")
_SHORT_HINT = "arrows and space: pick"
_ENTER = "enter sets it and reads it back"


class Drawn(NamedTuple):
    """The rows, and where a click picks what."""

    rows: Lines
    modes: dict[int, Mode]
    """By row."""
    boxes: dict[int, list[tuple[int, int]]]
    """By row: the cell at which a box begins, and which box that is."""


def mode_dialog(form: ModeForm, now: Batteries, planned: Change | NoChange, glyphs: Glyphs, width: int) -> Drawn:
    """The rows in `width` cells. `planned` is what picking this leads to."""
    wide = width >= BESIDE_FROM
    rows = _captioned("now", words_now(now), width)
    rows += [BLANK] if wide else []
    modes: dict[int, Mode] = {}
    for mode in form.modes:
        modes[len(rows)] = mode
        picked = mode is form.mode
        means = f" {MODES[mode].means}" if wide else ""
        pointer = glyphs.pointer if picked else " "
        rows.append(line(Span(f"{pointer} {MODES[mode].name:<11}", "figure" if picked else ""), Span(means)))
    boxes: dict[int, list[tuple[int, int]]] = {}
    if form.has_boxes:
        rows.append(BLANK)
        row: Line = () if wide else line(Span("may ", "label"))
        for box, permission in enumerate(BOXES):
            drawn = _box(form, box, f"{'may ' if wide else ''}{_MAY[permission]}", glyphs)
            if width_of((*row, *drawn)) > width:
                rows.append(row)
                row = line(Span("    "))
            boxes.setdefault(len(rows), []).append((width_of(row), box))
            row = (*row, *drawn)
        rows.append((*row, Span("   (the meter decides)" if wide and not form.is_open else "", "label")))
    rows.append(BLANK)
    if isinstance(planned, NoChange):
        rows += _captioned("then", "the same: nothing is written" if planned.is_so else planned.why, width)
    else:
        rows += _captioned("then", words_of(planned.then), width)
        rows += [told for text in planned.warnings for told in wrapped(text, width, "warn", _CAPTION)]
    rows += [BLANK] if wide else []
    rows += wrapped(_HINTS[not form.has_boxes] if wide else _SHORT_HINT, width, "label")
    rows += wrapped(_ENTER, width, "key")
    return Drawn(rows, modes, boxes)


def _box(form: ModeForm, box: int, words: str, glyphs: Glyphs) -> Line:
    marked = form.is_open and form.box == box
    sign = "-" if not form.is_open else "x" if BOXES[box] in form.ticked else " "
    pointer = glyphs.pointer if marked else " "
    gap = "   " if box + 1 < len(BOXES) else ""
    return (Span(f"{pointer}[{sign}] {words}{gap}", "figure" if marked else "" if form.is_open else "label"),)


def _captioned(caption: str, words: str, width: int) -> Lines:
    """A caption, and words that wrap beside it."""
    first, *rest = wrapped(words, width - len(_CAPTION))
    return [
        line(Span(f"{caption:<{len(_CAPTION)}}", "label"), *first),
        *(line(Span(_CAPTION), *row) for row in rest),
    ]
