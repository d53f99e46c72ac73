"""The band of alarms: the newest one in a sentence, how many there are, and the key that hides it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from tui.core.alarms.state import Alarm
from tui.core.alarms.words import raised_text, who
from tui.core.moment import Now
from tui.ui.draw.lines import Context, Line, Lines, Span, cells_of, fit, line, plain, wrapped

_ALL, _HIDES = "  6 all", "  z hides"


def alarm_lines(alarms: Sequence[Alarm], context: Context, now: Now, width: int, height: int) -> Lines:
    """One row or two, reversed from edge to edge; `alarms` are at least one. The longest wording that fits.

    Of several the newest may be told shorter, to save a row: the view Links tells them all.
    """
    newest = max(alarms, key=lambda alarm: alarm.at.monotonic)
    several = len(alarms) > 1
    head = f"{len(alarms)} ALARMS  " if several else "ALARM  "
    hint = (_ALL if several else "") + ("" if context.kiosk else _HIDES)
    full, *shorter = _wordings(newest, now, ZoneInfo(context.profile.zone))
    for rows in range(1, height + 1):
        for text in (
            full,
            *(shorter[:1] if several or rows == height else ()),
            *(shorter[1:] if rows == height else ()),
        ):
            lines = _rows(head + text, hint, width)
            if len(lines) <= rows:
                return lines
    return [_row(fit(head + shorter[-1], max(0, width - 2), context.glyphs), "", width)]


def _wordings(alarm: Alarm, now: Now, zone: ZoneInfo) -> Iterator[str]:
    """What it says, longest first, down to just the device."""
    yield raised_text(alarm, now, zone)
    yield raised_text(alarm, now, zone, limits=False)
    yield who(alarm)


def _rows(text: str, hint: str, width: int) -> Lines:
    """The text in rows with a blank on either side, and the hint at the end of the last one."""
    *firsts, last = [plain(row) for row in wrapped(text, max(1, width - 2))]
    if cells_of(last) + cells_of(hint) > width - 2:
        firsts, last = [*firsts, last], ""
    return [*(_row(one, "", width) for one in firsts), _row(last, hint, width)]


def _row(text: str, hint: str, width: int) -> Line:
    blank = " " * max(0, width - 2 - cells_of(text) - cells_of(hint))
    return line(Span(f" {text}{blank}{hint} ", "notice"))
