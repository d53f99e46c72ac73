"""The figures of the graph view: what the cursor stands on, and what the whole span has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from tui.core.graph.account import Share
from tui.core.graph.pages import Page
from tui.core.graph.tenminutes import Mean
from tui.core.money.cost import Cost
from tui.core.money.words import money
from tui.core.past.history import Amount
from tui.core.past.voltagerecord import WINDOW_S
from tui.core.quantities import QUANTITIES
from tui.core.wording import Arrow, arrow_of, figure, number
from tui.ui.draw.blocks import ARROW_STYLES
from tui.ui.draw.lines import Context, Line, Lines, Span, fit_line, line, plain, width_of
from tui.ui.draw.walkwords import column_words, date_words, since_words
from tui.ui.looking import Account, Answer, Peak, Question

T = TypeVar("T")

NOTHING = "nothing measured"
_BEGINS_S = 3600.0
"""A counter whose counting begins this soon after the history has only just missed its beginning (own choice)."""


def cursor_facts(
    question: Question,
    answer: Answer,
    column: int,
    peak: Peak | None,
    account: Account,
    context: Context,
    *,
    since: float | None,
) -> list[Line]:
    """What the cursor stands on, most important first."""
    when = line(Span(f" {column_words(question, column)}", "title"))
    variant, page = question.variant, question.page
    if not isinstance(page, Page):
        return []
    if variant.is_amount:
        amounts = (_at(answer.ups, column), _at(answer.downs, column))
        facts, missing = amount_facts(amounts, page.unit, context, two_ways=bool(variant.down), since=since)
        shares, costs = _at(account.shares, column), _at(account.costs, column)
        facts += [*missing, *_account(shares, costs, account, context, since=since, told=bool(missing))]
        start = question.frame.cuts[column]
        return [when, *(facts or [_fact("", NOTHING if start < question.now.utc else "", "label")])]
    bucket = _at(answer.buckets, column)
    if bucket is None:
        return [when, _fact("", NOTHING, "label")]
    name = variant.quantity
    told = _at(account.means, column)
    if told is not None and question.frame.step.seconds >= WINDOW_S:
        start, end = question.frame.cuts[column : column + 2]
        words = "10-min mean" if end - start <= WINDOW_S else "10-min mean to"
        return [
            when,
            _valued(words, told.volts, name, context),
            _valued("highest", bucket.high, name, context),
            *_beside(question, peak),
            _valued("lowest", bucket.low, name, context),
        ]
    facts = [when, _valued("mean", bucket.mean, name, context)]
    if bucket.count == 1 or bucket.low == bucket.high:
        facts = [when, _valued("", bucket.mean, name, context)]
    else:
        high_at, low_at = (_clock(at, question) for at in (peak or Peak())[:2])
        farther = ("highest", bucket.high, high_at), ("lowest", bucket.low, "")
        if bucket.high <= 0 and _is_signed(name):
            farther = ("highest", bucket.low, low_at), ("lowest", bucket.high, "")
        mixed = bucket.low < 0 < bucket.high
        facts += [_valued(word, value, name, context, after=at, arrow=mixed) for word, value, at in farther]
    return [*facts, *_beside(question, peak)]


def _beside(question: Question, peak: Peak | None) -> list[Line]:
    """The power beside a voltage."""
    beside = peak.beside if peak is not None else None
    if beside is None:
        return []
    return [_fact("export" if beside.mean < 0 else "import", f"{figure(question.beside, abs(beside.mean))} W")]


def _account(
    share: Share | None, cost: Cost | None, account: Account, context: Context, *, since: float | None, told: bool
) -> list[Line]:
    """ "own use 63 %" and "cost 17.20"; "(part)" behind what lacks something, unless that is told: that the history
    begins at `since`, or that the amounts are not whole."""
    facts = []
    if share is not None:
        facts.append(_fact("own use", f"{share.of_sun * 100:.0f} %{' (part)' if share.partly and not told else ''}"))
    if cost is not None:
        lacking = replace(cost, since=None, uncounted_s={}) if told else cost
        lacking = lacking if since is None else replace(lacking, since=None)
        facts.append(
            _fact(
                "cost",
                money(cost.total, context.glyphs.currency(account.currency)) + ("" if lacking.whole else " (part)"),
            )
        )
    return facts


def span_facts(
    question: Question,
    answer: Answer,
    account: Account,
    context: Context,
    *,
    since: float | None,
    limits_v: Sequence[float],
    narrow: bool = False,
) -> list[Line]:
    """What the whole picture has: amounts, the highest and lowest value, and since when anything is kept."""
    page, variant, frame = question.page, question.variant, question.frame
    late = since if since is not None and since > frame.start + frame.step.seconds else None
    begins = late if late is not None and late < frame.end else None
    label = "this span" if begins is None else f"since {since_words(begins, question)}"
    facts = [line(Span(f" {label}", "label"))]
    if isinstance(page, Page):
        two_ways = variant.is_amount and bool(variant.down)
        totals = (answer.total_up, answer.total_down)
        amounts, missing = amount_facts(totals, page.unit, context, two_ways=two_ways, since=begins)
        facts += [*amounts, *missing]
        if variant.is_amount:
            facts += _account(account.share, account.cost, account, context, since=begins, told=bool(missing))
    there = [bucket for bucket in answer.buckets if bucket is not None]
    if there:
        name = variant.quantity
        high, low = max(one.high for one in there), min(one.low for one in there)
        if name.startswith("voltage"):
            facts += _voltages(high, low, account.mean, name, limits_v, "" if narrow else "limit ")
        elif _is_signed(name) and (low < 0 or name.startswith("power")):
            farthest = _valued("highest", high if high > 0 else low, name, context, arrow=True)
            facts.append((*farthest, *_valued("", low, name, context)) if low < 0 < high else farthest)
        else:
            facts += [_valued("highest", high, name, context), _valued("lowest", low, name, context)]
        if name.startswith("current") and context.fuse is not None:
            facts.append(_fact("fuse", f"{context.fuse}"))
    facts = facts if len(facts) > 1 else [*facts, _fact("", NOTHING, "label")]
    if late is not None and begins is None:
        facts.append(_fact("kept since", since_words(late, question)))
    return facts


def _voltages(
    high: float, low: float, mean: Mean | None, name: str, limits_v: Sequence[float], word: str
) -> list[Line]:
    """The highest 10-minute mean, where it is known, and the highest and lowest voltage, beside their limits."""
    least, most = (f"{limit:g}" for limit in (limits_v[0], limits_v[-1]))
    lowest = _fact("lowest", f"{figure(name, low)} V ({least})", _tone(low, limits_v))
    highest = f"{figure(name, high)} V"
    if mean is None:
        return [_fact("highest", f"{highest} ({word}{most})", _tone(high, limits_v)), lowest]
    told = f"{figure(name, mean.volts)} V ({word}{most})"
    return [
        _fact("highest 10-min mean", told, _tone(mean.volts, limits_v)),
        lowest,
        _fact("highest", highest, _tone(high, limits_v)),
    ]


def _tone(value: float, limits: Sequence[float]) -> str:
    return "" if limits[0] <= value <= limits[-1] else "fail"


def amount_facts(
    amounts: tuple[Amount | None, Amount | None],
    unit: str,
    context: Context,
    *,
    two_ways: bool = True,
    since: float | None = None,
) -> tuple[list[Line], list[Line]]:
    """What came in and went out; and what is missing of it. That the history begins at `since` is told already."""
    facts = []
    for word, amount in zip(("in", "out"), amounts, strict=True):
        if amount is not None:
            facts.append(_fact(word if two_ways or amounts[1] else "", f"{_amount(amount.value)} {unit}", "", context))
    missing = next((amount for amount in amounts if amount is not None and not amount.whole), None)
    words = _missing(missing, context, since) if missing is not None else ""
    return facts, [_fact("", words, "warn")] if words and facts else []


def _missing(amount: Amount, context: Context, since: float | None) -> str:
    """ "from 14 Nov 11:20, with gaps"; nothing where only what was before `since` is missing."""
    words = []
    zone = ZoneInfo(context.profile.zone)
    told = since is not None and amount.since is not None and amount.since - since < _BEGINS_S
    for word, at in (("from", None if told else amount.since), ("until", amount.until)):
        if at is not None:
            then = datetime.fromtimestamp(at, zone)
            day = "" if context.now.utc - at < 86400 else f"{date_words(then)} "
            words.append(f"{word} {day}{then:%H:%M}")
    return ", ".join([*words, *(["with gaps"] if amount.gaps else [])])


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


def _is_signed(name: str) -> bool:
    """Whether below zero is the other direction: power and current are shown without a sign."""
    return name.startswith(("power", "current"))


def _valued(word: str, value: float, name: str, context: Context, *, after: str = "", arrow: bool = False) -> Line:
    """A value with its unit; of a power or a current with its direction."""
    quantity = QUANTITIES[name]
    shown = Arrow.NONE
    if name.startswith("power_") and (arrow or word in ("mean", "")):
        shown = arrow_of(value)
    elif name.startswith("current_") and (value < 0 or arrow):  # a meter that tells no direction has no export
        shown = Arrow.DOWN if value < 0 else Arrow.UP
    mark = [Span(f"{context.glyphs.arrow(shown)} ", ARROW_STYLES[shown])] if shown is not Arrow.NONE else []
    text = f"{figure(name, value)} {context.glyphs.unit(quantity.unit)}{after}"
    return line(Span("   "), Span(f"{word} " if word else "", "label"), *mark, Span(text))


def in_rows(facts: Sequence[Line], width: int, rows: int) -> Lines:
    """Facts side by side in at most `rows` rows, three cells apart or two; what has no room is left out."""
    if sum(width_of(fact) for fact in facts) > rows * width:
        facts = [fact if at == 0 else (Span("  "), *fact[1:]) for at, fact in enumerate(facts)]
    filled: Lines = []
    for fact in facts:
        if filled and width_of(filled[-1]) + width_of(fact) <= width:
            filled[-1] = (*filled[-1], *fact)
        elif len(filled) < rows and plain(fact).strip():
            filled.append(fit_line(fact, min(width, width_of(fact))))
    return filled
