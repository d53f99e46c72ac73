"""The words of the graph view: its title, what the cursor stands on, and what the whole span has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from tui.core.graph.grid import SPANS, Unit
from tui.core.graph.pages import ENERGY, Page
from tui.core.history import Amount
from tui.core.quantities import QUANTITIES
from tui.core.wording import DAYS, MONTHS, Arrow, arrow_of, figure, number
from tui.ui.draw.blocks import ARROW_STYLES
from tui.ui.draw.lines import Context, Line, Lines, Span, fit, fit_line, line, plain, spread, width_of
from tui.ui.looking import Answer, Peak, Question

T = TypeVar("T")

NOTHING = "nothing measured"
WAITS = "The disk has not answered yet."
_NAMED_DAYS_S = 6 * 86400.0
"""Within these days a weekday says which day is meant."""


def subject_words(question: Question) -> tuple[str, str]:
    """The name of what is drawn and its phase: ("energy", ""), ("voltage", "L1")."""
    variant = question.variant
    name = ENERGY if variant.label == ENERGY else question.page.name
    return name, variant.label if variant.label.startswith("L") else ""


def title_line(question: Question, context: Context, width: int, frozen_at: str | None) -> Line:
    """Device, quantity, span and phase; from when to when, or that the screen is frozen."""
    name, phase = subject_words(question)
    span = SPANS[question.span].name if isinstance(question.page, Page) else ""
    words = [word for word in (name, span, phase) if word]
    room = width - 2 - sum(len(word) + 2 for word in words)
    label = question.device.label
    label = fit(label, max(3, min(room, len(label))), context.glyphs) if len(label) > room else label
    left = line(Span(f" {label}", "title"), *(Span(f"  {word}") for word in words))
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
    if frame.step.unit in (Unit.DAY, Unit.WEEK, Unit.MONTH):
        last = datetime.fromtimestamp(min(end, frame.end) - 1, frame.zone)
        years = (f" {first.year}", f" {last.year}") if first.year != last.year else ("", "")
        return [
            f"{_day(first)}{years[0]}  to  {_day(last)}{years[1]}",
            f"{_date(first)}{years[0]} to {_date(last)}",
            f"to {_date(last)}",
        ]
    last = datetime.fromtimestamp(end, frame.zone)
    near = end - frame.start < _NAMED_DAYS_S
    until = f"{DAYS[last.weekday()]} {last:%H:%M}" if near else f"{_day(last)} {last:%H:%M}"
    return [f"{_day(first)} {first:%H:%M}  to  {until}", f"{first:%H:%M} to {until}", f"to {until}", f"{last:%H:%M}"]


def _date(at: datetime) -> str:
    return f"{at.day} {MONTHS[at.month - 1]}"


def _day(at: datetime) -> str:
    return f"{DAYS[at.weekday()]} {_date(at)}"


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
    return _date(at) if at.year == now.year else f"{_date(at)} {at.year}"


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


def cursor_facts(question: Question, answer: Answer, column: int, peak: Peak | None, context: Context) -> list[Line]:
    """What the cursor stands on, most important first."""
    when = line(Span(f" {column_words(question, column)}", "title"))
    variant, page = question.variant, question.page
    if not isinstance(page, Page):
        return []
    if variant.is_amount:
        amounts = (_at(answer.ups, column), _at(answer.downs, column))
        facts = amount_facts(amounts, page.unit, context, two_ways=bool(variant.down))
        start = question.frame.cuts[column]
        return [when, *(facts or [_fact("", NOTHING if start < question.now.utc else "", "label")])]
    bucket = _at(answer.buckets, column)
    if bucket is None:
        return [when, _fact("", NOTHING, "label")]
    name = variant.quantity
    facts = [when, _valued("mean", bucket.mean, name, context)]
    if bucket.count == 1 or bucket.low == bucket.high:
        facts = [when, _valued("", bucket.mean, name, context)]
    else:
        high_at, low_at = (_clock(at, question) for at in (peak or Peak()))
        farther = ("highest", bucket.high, high_at), ("lowest", bucket.low, "")
        if name.startswith("power") and bucket.high <= 0:
            farther = ("highest", bucket.low, low_at), ("lowest", bucket.high, "")
        mixed = bucket.low < 0 < bucket.high
        facts += [_valued(word, value, name, context, after=at, arrow=mixed) for word, value, at in farther]
    beside = _at(answer.beside, column)
    if beside is not None and question.beside:
        word = "export" if beside.mean < 0 else "import"
        facts.append(_fact(word, f"{figure(question.beside, abs(beside.mean))} W"))
    return facts


def span_facts(
    question: Question,
    answer: Answer,
    context: Context,
    *,
    since: float | None,
    limits_v: Sequence[float],
) -> list[Line]:
    """What the whole picture has: amounts, the highest and lowest value, and since when anything is kept."""
    page, variant = question.page, question.variant
    facts = [line(Span(" this span", "label"))]
    if isinstance(page, Page):
        two_ways = variant.is_amount and bool(variant.down)
        facts += amount_facts((answer.total_up, answer.total_down), page.unit, context, two_ways=two_ways)
    there = [bucket for bucket in answer.buckets if bucket is not None]
    if there:
        name = variant.quantity
        high, low = max(one.high for one in there), min(one.low for one in there)
        if name.startswith("voltage"):
            for word, value, limit in (("highest", high, limits_v[-1]), ("lowest", low, limits_v[0])):
                facts.append(_fact(word, f"{figure(name, value)} V (limit {limit:g})", _tone(value, limits_v)))
        elif name.startswith("power"):
            facts.append(_valued("highest", high if high > 0 else low, name, context, arrow=True))
            facts += [_valued("", low, name, context)] if low < 0 < high else []
        else:
            facts += [_valued("highest", high, name, context), _valued("lowest", low, name, context)]
        if name.startswith("current") and context.fuse is not None:
            facts.append(_fact("fuse", f"{context.fuse}"))
    if since is not None and since > question.frame.start + question.frame.step.seconds:
        facts.insert(1, _fact("kept since", since_words(since, question)))
    return facts if len(facts) > 1 else [*facts, _fact("", NOTHING, "label")]


def _tone(value: float, limits: Sequence[float]) -> str:
    return "" if limits[0] <= value <= limits[-1] else "fail"


def amount_facts(
    amounts: tuple[Amount | None, Amount | None], unit: str, context: Context, *, two_ways: bool = True
) -> list[Line]:
    """What came in and went out, and what is missing of it."""
    facts = []
    for word, amount in zip(("in", "out"), amounts, strict=True):
        if amount is not None:
            facts.append(_fact(word if two_ways or amounts[1] else "", f"{_amount(amount.value)} {unit}", "", context))
    missing = next((amount for amount in amounts if amount is not None and not amount.whole), None)
    if missing is not None and facts:
        facts.append(_fact("", _missing(missing, context), "warn"))
    return facts


def _missing(amount: Amount, context: Context) -> str:
    if amount.gaps:
        return "with gaps"
    zone = ZoneInfo(context.profile.zone)
    word, at = ("from", amount.since) if amount.since is not None else ("until", amount.until)
    then = datetime.fromtimestamp(at or 0.0, zone)
    return f"{word} {then:%H:%M}" if context.now.utc - (at or 0.0) < 86400 else f"{word} {_date(then)} {then:%H:%M}"


def _amount(value: float) -> str:
    return number(value, 1 if value >= 10 else 2 if value >= 0.1 or not value else 3)


def _at(values: Sequence[T | None], column: int) -> T | None:
    return values[column] if column < len(values) else None


def _clock(at: float | None, question: Question) -> str:
    if at is None:
        return ""
    return f" at {datetime.fromtimestamp(at, question.frame.zone):%H:%M}"


def _fact(word: str, text: str, style: str = "", context: Context | None = None) -> Line:
    shown = context.glyphs.unit(text) if context else text
    return line(Span("   "), Span(f"{word} " if word else "", "label"), Span(shown, style))


def _valued(word: str, value: float, name: str, context: Context, *, after: str = "", arrow: bool = False) -> Line:
    """A value with its unit; of a power with its direction, which a current has not."""
    quantity = QUANTITIES[name]
    shown = Arrow.NONE
    if name.startswith("power_") and (arrow or word in ("mean", "")):
        shown = arrow_of(value)
    mark = [Span(f"{context.glyphs.arrow(shown)} ", ARROW_STYLES[shown])] if shown is not Arrow.NONE else []
    text = f"{figure(name, value)} {context.glyphs.unit(quantity.unit)}{after}"
    return line(Span("   "), Span(f"{word} " if word else "", "label"), *mark, Span(text))


def in_rows(facts: Sequence[Line], width: int, rows: int) -> Lines:
    """Facts side by side in at most `rows` rows; what has no room is left out."""
    filled: Lines = []
    for fact in facts:
        if filled and width_of(filled[-1]) + width_of(fact) <= width:
            filled[-1] = (*filled[-1], *fact)
        elif len(filled) < rows and plain(fact).strip():
            filled.append(fit_line(fact, min(width, width_of(fact))))
    return filled
