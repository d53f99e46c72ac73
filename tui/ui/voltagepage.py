"""The page of the graph view on the voltage of a week, as 10-minute means: what a grid operator asks for."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tui.core.checks.before import WEEK_S
from tui.core.graph.tenminutes import LATE_S
from tui.core.model import Device
from tui.core.moment import Now
from tui.core.past.history import MINUTE, Past
from tui.core.past.voltagerecord import HIGH_V, LOW_V, WINDOW_S, RecordKeeper, VoltageRecord, Window, windows
from tui.core.wording import DAYS, MONTHS, long_age
from tui.ui.draw.lines import BLANK, Context, Line, Lines, Span, line, width_of, wrapped
from tui.ui.session import Session

MOST_LISTED = 500
"""Windows beyond the range, the newest: more than three days of them say no more (own choice)."""

INDENT = " " * 5


class Found(NamedTuple):
    """What the page is about."""

    records: tuple[VoltageRecord, ...]
    outside: tuple[Window, ...]
    """Those outside the range, newest first."""
    keeper: RecordKeeper


class VoltagePage:
    """See `RowsPage`. What was found is kept until the next window is full."""

    name = "voltage record"
    after = "voltage"

    def __init__(self, session: Session) -> None:
        self._session = session
        self._kept: tuple[tuple[str, int], Found] | None = None

    def fits(self, device: Device) -> bool:
        """A meter that sends a voltage."""
        return any(device.number(name) is not None for name in ("voltage_l1_v", "voltage_v"))

    def find(self, past: Past | None, device: Device, now: Now) -> Found | None:
        """The record of the last week; None without a history. It waits for the disk."""
        if past is None:
            return None
        asked = (device.key, int((now.utc - LATE_S) // WINDOW_S))  # what is found now is kept
        if self._kept is None or self._kept[0] != asked:
            keeper, outside = RecordKeeper(), deque[Window](maxlen=MOST_LISTED)
            for window in windows(past.rows(device.key, MINUTE, now.utc - WEEK_S, asked[1] * WINDOW_S)):
                keeper.add(window)
                if keeper.beyond(window):
                    outside.append(window)
            self._kept = asked, Found(keeper.records(), tuple(reversed(outside)), keeper)
        return self._kept[1]

    def rows(self, found: object, context: Context, width: int) -> Lines:
        """The record in words."""
        if not isinstance(found, Found):
            return wrapped("There is no history, so nothing is known of the days before.", width - 2, "label", " ")
        if not found.records:
            return wrapped("No ten minutes are complete yet: come back later.", width - 2, "label", " ")
        zone = ZoneInfo(context.profile.zone)
        known, all_of_them = max(record.windows for record in found.records), WEEK_S // WINDOW_S
        share = "" if known >= all_of_them else f"; {known} of {all_of_them} are known"
        heading = f"10-minute means of the last 7 days, norm {LOW_V:g} to {HIGH_V:g} V{share}"
        rows = wrapped(heading, width - 2, "title", " ")
        for record in found.records:
            rows += _record(record, zone, width)
        rows.append(BLANK)
        if found.outside:
            rows += wrapped("Means outside, newest first, with the export beside them:", width - 2, "title", " ")
        else:
            rows += wrapped(f"No mean lies outside {LOW_V:g} to {HIGH_V:g} V.", width - 2, "", " ")
        for window in found.outside:
            rows += _outside(window, found.keeper, zone, width)
        rows += wrapped("As a file: hwtui export --voltage --from -7d -o voltage.csv", width - 2, "label", " ")
        return rows


def _record(record: VoltageRecord, zone: ZoneInfo, width: int) -> Lines:
    """One phase: its extremes, what is outside, the longest time outside."""
    parts: list[Line] = []
    for label, extreme in (("highest ", record.highest), ("lowest ", record.lowest)):
        if extreme is not None:
            parts.append(line(Span(label, "label"), f"{extreme[0]:.1f} V {_when(extreme[1], zone)}"))
    style = "warn" if record.high or record.low else ""
    parts.append(line(Span("outside ", "label"), Span(f"{record.outside_pct:.1f} %", style)))
    if record.longest is not None:
        longest = record.longest
        words = f"{long_age(longest.lasted_s)}, {_when(longest.start, zone)}"
        parts.append(line(Span("longest ", "label"), Span(words, "warn")))
        parts.append(line(Span("its worst ", "label"), Span(f"{longest.worst_v:.1f} V", "warn")))
    return _side_by_side(line(Span(f" L{record.phase}  ", "title")), parts, width)


def _outside(window: Window, keeper: RecordKeeper, zone: ZoneInfo, width: int) -> Lines:
    parts = [
        line(Span(f"L{phase} {spread.mean:.1f} V {'high' if spread.mean > HIGH_V else 'low'}", "warn"))
        for phase, spread in keeper.beyond(window).items()
    ]
    if window.export_w is not None:
        parts.append(line(Span("export ", "label"), f"{window.export_w:.0f} W"))
    return _side_by_side(line(f" {_when(window.start, zone)}  "), parts, width)


def _side_by_side(row: Line, parts: Sequence[Line], width: int) -> Lines:
    """The parts after the beginning of a row, two cells apart; what has no room goes on below, indented."""
    rows: Lines = []
    for at, part in enumerate(parts):
        between = "  " if at else ""
        if at and width_of(row) + len(between) + width_of(part) > width:
            rows.append(row)
            row, between = line(INDENT), ""
        row = (*row, *line(between), *part)
    return [*rows, row]


def _when(utc: float, zone: ZoneInfo) -> str:
    """ "Thu 26 Nov 13:10": within seven days a weekday alone may be one of two."""
    at = datetime.fromtimestamp(utc, zone)
    return f"{DAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]} {at:%H:%M}"
