"""The page of the link doctor: who does not answer and why, worst first, and all that is known of one of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from tui.core.doctor.cause import spell_s
from tui.core.doctor.diagnosis import Patient
from tui.core.doctor.evidence import Computer, Layer
from tui.core.doctor.meaning import Known, means
from tui.core.doctor.network import remarks, summary
from tui.core.doctor.pages import tried_words
from tui.core.doctor.past import HOUR_S, LinkPast, before_words, trend_of
from tui.core.doctor.words import SHORT, Weight
from tui.core.model import Device
from tui.core.moment import Now
from tui.core.text import clean
from tui.core.wording import clock, day_and_clock
from tui.ui.draw.devices import label_in
from tui.ui.draw.lines import Context, Line, Lines, Span, fit, fit_line, fit_words, line, spread, styled, wrapped
from tui.ui.glyphs import Glyphs

TITLE, QUESTION = "LINKS", "why does it not answer?"
NEW = "press enter: it was not known yet when the others were examined"
LONGEST = 400
"""Characters of a text that is shown: ours are shorter, but parts of them come from devices."""
LABEL = 9
"""Cells of the label before what is known of a device."""
_LAYER = 15
_LEAST_TEXT = 16
"""The least cells in which the text of a device says anything."""
_STYLES = {Weight.FINE: "", Weight.LOOK: "warn", Weight.MEND: "fail"}
_LATENCIES_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""What a full bar of the trend of answers may stand for."""
_SPANS = (60, 30, 20, 15, 12)
"""Columns of a trend: whole minutes."""
_OF_POLLS = " of the last polls"
_TREND_WORDS = 25
"""Cells of the words beside a trend."""


class Row(NamedTuple):
    """One device on the page."""

    key: str
    name: str
    device: Device | None
    """None: the examination alone knows of it."""
    known: Known
    """By the program's own polls."""
    patient: Patient | None
    """As it was examined; None: it was not, or not yet."""
    is_fresh: bool
    """That was in the examination under way, or in the last one."""
    past: LinkPast

    @property
    def layer(self) -> Layer | None:
        """Where its way fails."""
        return self.patient.diagnosis.layer if self.patient else self.known.layer

    @property
    def text(self) -> str:
        """What is so."""
        return clean(self.patient.diagnosis.text if self.patient else self.known.text, LONGEST)

    @property
    def weight(self) -> Weight:
        """How much it matters."""
        return SHORT[self.layer][1] if self.layer else Weight.FINE


class Page(NamedTuple):
    """What there is to draw."""

    rows: tuple[Row, ...]
    computer: Computer | None
    now: Now
    notice: str = ""
    """Why there is no network to be examined."""
    trouble: str = ""
    """Why the examination broke off."""
    is_looking: bool = False
    is_recorded: bool = False
    """There are answers alone, so nothing is known of losses and delays."""


def title_line(page: Page, frozen: str | None, context: Context, width: int) -> Line:
    """The heading, and the clock or when the picture was frozen."""
    zone = ZoneInfo(context.profile.zone)
    lefts = [f" {TITLE}  {QUESTION}", f" {TITLE}"]
    if frozen:  # that must be visible at every width
        rights = [f" frozen at {frozen}, space goes on ", f" frozen at {frozen} ", f" held {frozen} "]
        tries = [(left, right) for right in rights for left in lefts]
    else:
        rights = [day_and_clock(page.now.utc, zone), clock(page.now.utc, zone)]
        tries = [(left, right) for left in lefts for right in rights]
    style = "notice" if frozen else "label"
    for left, right in tries:
        if len(left) + len(right) + 3 <= width:
            title = line(Span(left[: 1 + len(TITLE)], "title"), Span(left[1 + len(TITLE) :], "label"))
            return spread(title, line(Span(right, style), Span(" ")), width)
    return fit_line(line(Span(rights[-1].strip(), style)), width)


def head_lines(page: Page, width: int, most: int) -> Lines:
    """This computer and what is to be said of its network, in at most so many rows."""
    told: list[tuple[str, str]] = []
    if page.trouble:
        told.append((page.trouble, "fail"))
    if page.notice:
        told.append((page.notice, "label"))
    elif page.computer is not None:
        # What was not heard of yet is no fault.
        computer = replace(page.computer, mdns_used=False) if page.is_looking else page.computer
        told.append((f"This computer  {summary(computer)}", ""))
        if not page.is_looking:
            notes = sorted(remarks(page.computer), key=lambda one: -one.weight)
            told += [(f"note  {_sentences(one.text, one.advice)}", _STYLES[one.weight] or "label") for one in notes]
    else:
        told.append(("Looking at this computer ...", "label"))
    rows = [row for text, style in told for row in wrapped(clean(text, LONGEST), width - 2, style, " ")]
    return [fit_line(row, width) for row in rows[:most]]


def row_line(row: Row, context: Context, width: int, *, selected: bool) -> Line:
    """Name, layer and what is so, in `width` cells."""
    cells = name_cells(width)
    name = label_in(row.device, cells, context.glyphs) if row.device else fit(row.name, cells, context.glyphs)
    text = width - 1 - cells - 1 - _LAYER
    word, style = (SHORT[row.layer][0], _STYLES[row.weight]) if row.layer else ("not yet", "label")
    dull = "" if row.is_fresh else "stale"
    said = line(
        Span(context.glyphs.pointer if selected else " ", "key"),
        Span(f"{name} ", dull),
        Span(fit(word, _LAYER if text > 0 else _LAYER - 1, context.glyphs), dull or style),
        Span(fit_words(row.text, text, context.glyphs) if text > 0 else "", dull),
    )
    said = fit_line(said, width)
    return styled(said, "cursor") if selected else said


def name_cells(width: int) -> int:
    """The cells for the name of a device in a list of `width` cells; where no text fits, it has all that is left."""
    rest = width - 2 - _LAYER
    return max(4, rest + 1) if rest - 10 < _LEAST_TEXT else min(24, max(10, (rest + 3) // 4))


def list_title(page: Page, hidden: int, width: int = 80) -> str:
    """What stands over the list, in at most so many cells: while it looks that matters more than the order."""
    left = sum(not row.is_fresh for row in page.rows)
    looking = (f"looking at {left} ..." if left else "still looking ...") if page.is_looking else ""
    more = f"  {hidden} more" if hidden > 0 else ""
    words = f"worst first, {looking}{more}" if looking else f"worst first{more}"
    return words if len(words) <= width else f"{looking}{more}"


# ------------------------------------------------------------------ one device


class Section(NamedTuple):
    """One thing that is known of a device: a label and its rows. Of those without room the highest `rank` goes first,
    down to `least` rows."""

    label: str
    rows: Lines
    rank: int
    least: int = 0


def detail_lines(row: Row, page: Page, context: Context, width: int, most: int) -> Lines:
    """All that is known of a device, in at most so many rows."""
    sections = [one for one in _sections(row, page, context, width) if one.rows]
    kept = {one.label: len(one.rows) for one in sections}
    for least in (True, False):
        for one in sorted(sections, key=lambda one: -one.rank):
            while sum(kept.values()) > most and kept[one.label] > (one.least if least else 0):
                kept[one.label] -= 1
    lines: Lines = []
    for one in sections:
        rows = one.rows[: kept[one.label]]
        if len(rows) < len(one.rows):
            rows = [*rows[:-1], *(_cut(row, width - LABEL, context.glyphs) for row in rows[-1:])]
        for at, cells in enumerate(rows):
            label = fit(f" {one.label}" if at == 0 else "", LABEL, context.glyphs)
            lines.append(fit_line((Span(label, "label"), *cells), width))
    return lines


def _cut(row: Line, room: int, glyphs: Glyphs) -> Line:
    """The last row that there is room for, and that there is more."""
    text, style = "".join(span.text for span in row).rstrip(), row[0].style if row else ""
    return line(Span(fit_words(f"{text} {glyphs.ellipsis}", room, glyphs), style))


def detail_title(row: Row) -> str:
    """Whom all that is about, and where it was asked."""
    device = row.patient.evidence.device if row.patient else None
    there = clean(device.host or device.address or "") if device else ""
    return f"{row.name}  {there}" if there and there != row.name else row.name


def detail_rows(row: Row, page: Page, context: Context, width: int) -> int:
    """How many rows `detail_lines` has at most."""
    return sum(len(one.rows) for one in _sections(row, page, context, width))


def _sections(row: Row, page: Page, context: Context, width: int) -> list[Section]:
    room = width - LABEL
    zone = ZoneInfo(context.profile.zone)
    patient = row.patient
    tried, before, advice = list[str](), list[str](), ""
    also = list[str]()
    if patient is not None:
        tried = [clean(tried_words(one, zone), LONGEST) for one in patient.diagnosis.tried]
        before = before_words(patient.evidence.device, patient.at or page.now, zone)
        advice = patient.diagnosis.advice
        also = [f"{SHORT[layer][0]}: {_sentences(text, do)}" for layer, text, do in patient.diagnosis.also]
    elif not (row.is_fresh or page.is_looking):
        advice = NEW
    meaning = means(row.layer, patient.evidence if patient else None) if row.layer else ""
    if row.layer is Layer.TIMEOUT and patient is None and not page.is_recorded:
        meaning = ""  # silence may mean anything: what is tried now tells more
    is_cut = cell_len(row.text) > width - 2 - name_cells(width) - _LAYER
    return [
        Section("tried", _items(tried, room, "label"), 10, 1),
        Section("before", wrapped(", ".join(before), room), 4, 1),
        Section("found", wrapped(row.text, room) if is_cut or row.patient is None else [], 3, 1),
        Section("means", wrapped(meaning, room), 2, 1),
        Section("do", wrapped(advice, room, "key") if advice else [], 1, 1),
        Section("also", [part for text in also for part in wrapped(text, room)], 6),
        *_trends(row, page, context, room),
    ]


def _items(items: Sequence[str], room: int, style: str) -> Lines:
    """Things that were tried, side by side where they fit."""
    rows: list[str] = []
    for item in items:
        if rows and cell_len(rows[-1]) + 3 + cell_len(item) <= room:
            rows[-1] += f"   {item}"
        else:
            rows.append(item)
    return [
        part for row in rows for part in ([(Span(row, style),)] if cell_len(row) <= room else wrapped(row, room, style))
    ]


# ------------------------------------------------------------------ trends


def _trends(row: Row, page: Page, context: Context, room: int) -> list[Section]:
    past = row.past
    columns = next((one for one in _SPANS if one + 1 + _TREND_WORDS <= room), 0)
    trend = trend_of(past, page.now, columns or _SPANS[-1])
    glyphs = context.glyphs
    sections: list[Section] = []

    def add(label: str, bars: str, words: str, rank: int) -> None:
        bars = f"{bars} " if columns else ""
        sections.append(
            Section(label, [line(Span(bars), Span(fit_words(words, room - len(bars), glyphs).rstrip(), "label"))], rank)
        )

    late = [value for value in trend.p95_s if value is not None]
    if late and not page.is_recorded:
        top = next((one for one in _LATENCIES_S if one >= max(late)), _LATENCIES_S[-1])
        words = f"p50 {spell_s(past.p50_s)}, p95 {spell_s(past.p95_s)}"
        if len(words) + len(_OF_POLLS) <= room - columns - 1:  # those of the examination stand in the list
            words += _OF_POLLS
        add("latency", _bars(trend.p95_s, lambda value: value / top, glyphs), words, 7)
    if any(value is not None for value in trend.lost) and not page.is_recorded:
        hour = [span for span in past.spans if span.ends > page.now.monotonic - HOUR_S]
        lost, asked = sum(one.lost for one in hour), sum(one.lost + one.answered for one in hour)
        words = f"{lost:.0f} of {asked:.0f} lost in 1 h"
        add("lost", _bars(trend.lost, lambda value: value, glyphs), words, 8)
    if signal := [mean.value for mean in past.wifi if mean.ends > page.now.monotonic - HOUR_S]:
        low, high = (f"{one:.0f}" for one in (min(signal), max(signal)))
        words = f"{signal[-1]:.0f} %, " + (f"{low} to {high} % in 1 h" if low != high else "steady")
        add("Wi-Fi", _bars(trend.wifi_pct, lambda value: value / 100, glyphs), words, 9)
    return sections


def _bars(values: Sequence[float | None], share: Callable[[float], float], glyphs: Glyphs) -> str:
    """A bar for each column, the oldest at the left: a gap is blank, nothing at all stands on the line."""
    levels = glyphs.levels

    def cell(value: float | None) -> str:
        if value is None:
            return " "
        level = min(levels.full, math.ceil(max(0.0, share(value)) * levels.full - 1e-9))
        return levels.marks[level] if level else "_"

    return "".join(map(cell, values))


def _sentences(text: str, advice: str) -> str:
    return f"{text}. {_capital(advice)}" if advice else text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
