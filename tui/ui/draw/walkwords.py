"""The words of the graph view for its title, its moments and its columns."""

from __future__ import annotations

from datetime import datetime

from tui.core.graph.grid import SPANS, Unit
from tui.core.graph.pages import ENERGY, Page
from tui.core.model import State
from tui.core.state import state_of
from tui.core.wording import DAYS, MONTHS, state_word
from tui.ui.draw.lines import Context, Line, Span, fit, fit_line, line, spread, width_of
from tui.ui.looking import Question

WAITS = "The disk has not answered yet."
_FRESH = (State.LIVE, State.STALE)
"""What is a few seconds old is about to be new again, and to count them would send bytes every second."""
_NAMED_DAYS_S = 6 * 86400.0
"""Within these days a weekday says which day is meant."""


def subject_words(question: Question) -> tuple[str, str]:
    """The name of what is drawn and its phase: ("energy", ""), ("voltage", "L1")."""
    variant = question.variant
    name = ENERGY if variant.label == ENERGY else question.page.name
    return name, variant.label if variant.label.startswith("L") else ""


def title_line(question: Question, context: Context, width: int, frozen_at: str | None) -> Line:
    """Device, quantity, span and phase, a state that is not live; from when to when, or that the screen is frozen."""
    name, phase = subject_words(question)
    span = SPANS[question.span].name if isinstance(question.page, Page) else ""
    words = [word for word in (name, span, phase) if word]
    device = context.fleet.devices.get(question.device.key, question.device)
    state = "" if state_of(device, context.now) in _FRESH else state_word(device, context.now)
    room = width - 2 - sum(len(word) + 2 for word in (*words, state) if word)
    label = question.device.label
    label = fit(label, max(3, min(room, len(label))), context.glyphs) if len(label) > room else label
    left = line(Span(f" {label}", "title"), *(Span(f"  {word}") for word in words))
    left = (*left, Span(f"  {state}", "warn")) if state else left
    rights: list[Line] = []
    if frozen_at:
        marks = [f" frozen at {frozen_at}, space goes on ", f" frozen at {frozen_at} ", f" held {frozen_at} "]
        rights = [line(Span(mark, "notice")) for mark in marks]
    elif isinstance(question.page, Page):  # a page of text says itself what it is about
        rights = [line(Span(f"{text} ", "label")) for text in _range_words(question, context.now.utc)]
    fitting = [one for one in rights if width_of(left) + 1 + width_of(one) <= width]
    return fit_line(spread(left, fitting[0] if fitting else (), width), width)


def _range_words(question: Question, now: float) -> list[str]:
    """From when to when, longest wording first."""
    frame = question.frame
    end = now if question.follows else frame.end
    first = datetime.fromtimestamp(frame.start, frame.zone)
    this_year = datetime.fromtimestamp(now, frame.zone).year
    if frame.step.unit in (Unit.DAY, Unit.WEEK, Unit.MONTH):
        last = datetime.fromtimestamp(min(end, frame.end) - 1, frame.zone)
        before = f" {first.year}" if first.year != last.year else ""
        year = f" {last.year}" if before or last.year != this_year else ""
        return [
            f"{_day(first)}{before}  to  {_day(last)}{year}",
            f"{date_words(first)}{before} to {date_words(last)}{'' if before else year}",
            f"to {date_words(last)}",
        ]
    last = datetime.fromtimestamp(end, frame.zone)
    near = end - frame.start < _NAMED_DAYS_S
    year = f" {first.year}" if first.year != this_year else ""
    until = f"{DAYS[last.weekday()]} {last:%H:%M}" if near else f"{_day(last)} {last:%H:%M}"
    return [
        f"{_day(first)}{year} {first:%H:%M}  to  {until}",
        f"{first:%H:%M} to {until}",
        f"to {until}",
        f"{last:%H:%M}",
    ]


def date_words(at: datetime) -> str:
    """ "26 Nov"."""
    return f"{at.day} {MONTHS[at.month - 1]}"


def _day(at: datetime) -> str:
    return f"{DAYS[at.weekday()]} {date_words(at)}"


def moment_words(utc: float, question: Question) -> str:
    """A moment of the picture: "Thu 18:41" of the last days, else with its date."""
    at = datetime.fromtimestamp(utc, question.frame.zone)
    day = DAYS[at.weekday()] if 0 <= question.now.utc - utc < _NAMED_DAYS_S else _day(at)
    return f"{day} {at:%H:%M}"


def since_words(utc: float, question: Question) -> str:
    """Since when something is kept: a moment of the last days, else a date, with its year if that is another."""
    at, now = (datetime.fromtimestamp(one, question.frame.zone) for one in (utc, question.now.utc))
    if question.now.utc - utc < _NAMED_DAYS_S:
        return moment_words(utc, question)
    return date_words(at) if at.year == now.year else f"{date_words(at)} {at.year}"


def column_words(question: Question, column: int) -> str:
    """The time of a column: "Thu 18:41 - 19:01", "Tue 24 Nov", "Nov 2026"; and the change of the clock in it."""
    frame = question.frame
    start, end = frame.cuts[column : column + 2]
    first, last = (datetime.fromtimestamp(cut, frame.zone) for cut in (start, end))
    unit, changed = frame.step.unit, frame.change_s(column)
    if unit is Unit.MONTH:
        return f"{MONTHS[first.month - 1]} {first.year}"
    if unit in (Unit.DAY, Unit.WEEK):
        until = datetime.fromtimestamp(end - 1, frame.zone)
        days = _day(first) if first.date() == until.date() else f"{_day(first)} - {_day(until)}"
        hours = f" ({(end - start) / 3600:g} hours)" if changed and first.date() == until.date() else ""
        return f"{days}{hours}"
    clock = "%H:%M:%S" if frame.step.seconds < 60 else "%H:%M"
    words = f"{moment_words(start, question).rpartition(' ')[0]} {first.strftime(clock)} - {last.strftime(clock)}"
    return f"{words} (clock {'forward' if changed > 0 else 'back'})" if changed else words
