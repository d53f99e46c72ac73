"""Lines of spans, which everything is drawn with, and their cell arithmetic.

Styles are words of `STYLES`, several separated by blanks; the theme gives them their colours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from rich.cells import cell_len, chop_cells, set_cell_size

from tui.core.checks.worst import Worst
from tui.core.counting.quarter import RunningQuarter
from tui.core.counting.today import Today
from tui.core.fuse import Fuse
from tui.core.model import Fleet, key_of
from tui.core.moment import Moment, Now
from tui.core.profiles import Profile
from tui.core.wording import stamp_words
from tui.ui.glyphs import Glyphs

if TYPE_CHECKING:  # only who has prices loads it
    from tui.engine.keeping.costing import Costs

STYLES = ("label", "title", "figure", "import", "export", "stale", "warn", "fail", "frame", "cursor", "key", "notice")


class Span(NamedTuple):
    """Text in one style ("" is plain)."""

    text: str
    style: str = ""


Line = tuple[Span, ...]
Lines = list[Line]
BLANK: Line = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What all drawing needs besides its subject: characters, the grid's words and zone, the moment, the house."""

    glyphs: Glyphs
    profile: Profile
    now: Now
    fleet: Fleet = field(default_factory=Fleet)
    kiosk: bool = False
    """Only view keys work, so no text may mention another key."""
    fuse: Fuse | None = None
    worst_of: Callable[[str], Worst | None] = lambda key: None
    """The worst that was seen of a grid meter, by its key."""
    today_of: Callable[[str], Today | None] = lambda place: None
    """What was counted today and yesterday, by place (`core.past.history.place_of`)."""
    quarter_of: Callable[[str], RunningQuarter | None] = lambda key: None
    """The running quarter-hour of a grid meter, by its key."""
    costs: Callable[[], Costs | None] = lambda: None
    """What the house's energy cost; None without prices."""
    replay: str = ""
    """What says that this is a recording: "replay 60x"."""
    read_only: bool = False
    """Nothing is switched or set, so no text may mention a key for it."""

    def name_of(self, serial: str) -> str:
        """The name of a device; its serial if the device is not in the fleet."""
        device = self.fleet.devices.get(key_of(serial))
        return device.label if device else serial

    def when(self, moment: Moment) -> str:
        """When that was, by the present clock, with its day where it was not today: "14:32", "Tue 14:32"."""
        zone = ZoneInfo(self.profile.zone)
        then, today = (datetime.fromtimestamp(utc, zone) for utc in (self.now.utc_of(moment), self.now.utc))
        return stamp_words(then, today)


def line(*parts: Span | str) -> Line:
    """A line of spans and plain text."""
    return tuple([part if isinstance(part, Span) else Span(part) for part in parts if part])


def cells_of(text: str) -> int:
    """The cells a text takes. What is ASCII, as most is, need not be looked up; no control character gets this far."""
    return len(text) if text.isascii() else cell_len(text)


def width_of(row: Sequence[tuple[str, str]]) -> int:
    """The cells a line takes."""
    width = 0
    for text, _ in row:
        width += len(text) if text.isascii() else cell_len(text)
    return width


def plain(row: Line) -> str:
    """The text of a line."""
    return "".join(span.text for span in row)


def fit(text: str, width: int, glyphs: Glyphs) -> str:
    """`text` in exactly `width` cells: padded, or cut with an ellipsis."""
    dots = glyphs.ellipsis
    if cells_of(text) > width > 2 * len(dots):
        text = set_cell_size(text, width - len(dots)).rstrip() + dots
    return set_cell_size(text, max(0, width))


def fit_words(text: str, width: int, glyphs: Glyphs) -> str:
    """The same, cut between words where one begins in the second half of it."""
    if cells_of(text) <= width:
        return fit(text, width, glyphs)
    dots = f" {glyphs.ellipsis}"
    kept = set_cell_size(text, max(0, width - len(dots)) + 1).rpartition(" ")[0].rstrip(" ,;:")
    return fit(kept + dots if cells_of(kept) * 2 >= width else text, width, glyphs)


def fit_line(row: Line, width: int) -> Line:
    """A line in exactly `width` cells: blanks added, or cut."""
    have = width_of(row)
    if have == width:
        return row
    if have < width:
        return (*row, Span(" " * (width - have)))
    cut: list[Span] = []
    room = width
    for span in row:
        size = cells_of(span.text)
        cut.append(span if size <= room else Span(set_cell_size(span.text, room), span.style))
        room -= size
        if room <= 0:
            break
    return tuple(cut)


def spread(left: Line, right: Line, width: int) -> Line:
    """`left` at the left edge, `right` at the right edge; `right` is left out if both do not fit."""
    gap = width - width_of(left) - width_of(right)
    return (*left, Span(" " * gap), *right) if gap >= 1 or not right else fit_line(left, width)


def styled(row: Line, style: str) -> Line:
    """The line with a style added to each of its spans (for the cursor row or an old figure)."""
    return tuple(Span(span.text, f"{span.style} {style}".strip()) for span in row)


def wrapped(text: str, width: int, style: str = "", indent: str = "") -> Lines:
    """Words in lines of at most `width` cells (at least 2), `indent` included; a longer word is broken.

    Not `textwrap`: it counts characters, but a wide one takes two cells.
    """
    room = max(2, width - cells_of(indent))
    rows: list[str] = []
    for word in text.split(" "):
        if rows and cells_of(rows[-1]) + 1 + cells_of(word) <= room:
            rows[-1] += f" {word}"
        elif word:
            rows += chop_cells(word, room)
    return [line(Span(indent + row.rstrip(), style)) for row in rows]


def bar(share: float, width: int, glyphs: Glyphs) -> str:
    """A bar of `width` cells filled to `share` (0..1), rounded to whole cells."""
    filled = min(width, max(0, int(share * width + 0.5)))
    return glyphs.full * filled + glyphs.empty * (width - filled)


def gauge(value: float, low: float, high: float, width: int, glyphs: Glyphs) -> str:
    """A mark at the position of `value` between `low` and `high`, at an end if it is outside."""
    place = round((value - low) / (high - low) * (width - 1))
    place = min(width - 1, max(0, place))
    return glyphs.empty * place + glyphs.mark + glyphs.empty * (width - 1 - place)


VOLTAGE_LOW, VOLTAGE_HIGH = 207.0, 253.0
"""230 V plus or minus 10 %, the ends of the voltage gauge (Dutch Netcode, EN 50160)."""
GAUGE = 12
"""Cells of the voltage gauge."""


def voltage_gauge(volts: float | None, glyphs: Glyphs) -> str:
    """Where a voltage stands between the limits; nothing for none."""
    return "" if volts is None else gauge(volts, VOLTAGE_LOW, VOLTAGE_HIGH, GAUGE, glyphs)


def join(rows: Sequence[Line], extra: Sequence[Line]) -> Lines:
    """Both, with a blank row between if neither is empty."""
    return [*rows, BLANK, *extra] if rows and extra else [*rows, *extra]
