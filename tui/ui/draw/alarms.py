"""The band of alarms: the newest one in a sentence, how many there are, and the key that hides it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from tui.core.alarms.state import Alarm
from tui.core.alarms.words import raised_text, who
from tui.core.moment import Now
from tui.ui.draw.lines import Context, Line, Lines, Span, cells_of, fit, line, plain, wrapped

_HINTS = ("  z hides", "  z")


def alarm_lines(alarms: Sequence[Alarm], context: Context, now: Now, width: int, height: int) -> Lines:
    """One row or two, reversed from edge to edge; `alarms` are at least one. The longest wording that fits."""
    newest = max(alarms, key=lambda alarm: alarm.at.monotonic)
    count = f"{len(alarms)} ALARMS" if len(alarms) > 1 else "ALARM"
    more = ", key 6 has all" if len(alarms) > 1 else ""
    hints = ("",) if context.kiosk else _HINTS
    told = list(_wordings(newest, now, ZoneInfo(context.profile.zone)))
    for rows in range(1, height + 1):
        for text in told[:1] if rows < height else told:
            for hint in hints:
                lines = _rows(f"{count}  {text}{more}", hint, width)
                if len(lines) <= rows:
                    return lines
    return [_row(fit(f"{count} {told[-1]}", max(0, width - 2), context.glyphs), "", width)]


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
