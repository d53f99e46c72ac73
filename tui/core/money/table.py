"""What `hwtui cost` writes: a table with the prices below it, or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from tui.core.money.cost import Cost, Span, Tariffs
from tui.core.money.pricenow import cheapest, price_now
from tui.core.money.words import cheapest_words, exact, kwh_price, missing_words, money, price_words, rounded
from tui.core.quantities import TARIFFS
from tui.core.table import columns
from tui.core.wording import MISSING

Told = Sequence[tuple[str, Span, Cost | None]]
"""The word for a span, the span, what it cost."""

_COLUMNS = (
    ("import", "in kWh", "import_kwh", "0.001"),
    ("export", "out kWh", "export_kwh", "0.001"),
    ("gas", "gas m3", "gas_m3", "0.01"),
    ("water", "water m3", "water_m3", "0.001"),
    ("warm_water", "warm m3", "warm_water_m3", "0.001"),
    ("heat", "heat GJ", "heat_gj", "0.001"),
)
"""Name, heading, key, and the step to which the table rounds."""


def lines_of(told: Told, zone: tzinfo, currency: str) -> list[str]:
    """The table: a row for each span, and at its end what is missing of its cost."""
    if not told:
        return []
    shown = [column for column in _COLUMNS if any(cost and column[0] in cost.amounts for _, _, cost in told)]
    rows = [["", *(heading for _, heading, _, _ in shown), f"cost {currency}".rstrip(), ""]]
    for word, _, cost in told:
        amounts = [
            rounded(cost.amounts[name], Decimal(step)) if cost and name in cost.amounts else MISSING
            for name, _, _, step in shown
        ]
        rows.append(
            [
                word,
                *amounts,
                money(cost.total) if cost else MISSING,
                missing_words(cost, zone) if cost else "not counted",
            ]
        )
    return columns(rows, right=frozenset(range(1, len(shown) + 2)))


def price_lines(tariffs: Tariffs, now: float, zone: tzinfo) -> list[str]:
    """The price of a kWh now and the cheapest hours to come, as far as they are known."""
    lines, currency = [], tariffs.prices.currency
    price = price_now(tariffs, now, None)
    if price is not None:
        lines.append(f"price now   {price_words(price, now, zone, currency)}")
    elif tariffs.by_time is None:
        each = ((tariff, tariffs.prices.of("import", tariff)) for tariff in TARIFFS)
        of = [f"t{tariff} {kwh_price(known)}" for tariff, known in each if known is not None]
        lines += [f"a kWh costs {'  '.join(of)} {currency}".rstrip()] if of else []
    else:
        lines.append("price now   not known: the file of prices has none for this hour")
    if (least := cheapest(tariffs, now)) is not None:
        lines.append(f"cheapest    {cheapest_words(least, now, zone)}")
    return lines


def json_of(told: Told, tariffs: Tariffs, now: float, zone: tzinfo) -> dict[str, Any]:
    """The same as an object: money and amounts as text with all digits, times with their offset."""
    price, least = price_now(tariffs, now, None), cheapest(tariffs, now)
    return {
        "currency": tariffs.prices.currency or None,
        "spans": [_span_json(word, span, cost, zone) for word, span, cost in told],
        "price_now": price
        and {"price_kwh": exact(price.price), "until": None if price.until is None else _iso(price.until, zone)},
        "cheapest": least
        and {"price_kwh": exact(least.price), "from": _iso(least.start, zone), "to": _iso(least.end, zone)},
    }


def _span_json(word: str, span: Span, cost: Cost | None, zone: tzinfo) -> dict[str, Any]:
    found: dict[str, Any] = {"span": word, "from": _iso(span.start, zone), "to": _iso(span.end, zone)}
    if cost is None:
        return found | {"cost": None}
    return found | {
        **{key: exact(cost.amounts[name]) for name, _, key, _ in _COLUMNS if name in cost.amounts},
        "cost": exact(cost.total),
        "parts": {name: exact(part) for name, part in cost.parts.items()},
        "whole": cost.whole,
        "since": None if cost.since is None else _iso(cost.since, zone),
        "uncounted_s": {name: round(seconds) for name, seconds in cost.uncounted_s.items()},
        "unpriced_kwh": {name: exact(amount) for name, amount in cost.unpriced.items()},
    }


def _iso(utc: float, zone: tzinfo) -> str:
    return datetime.fromtimestamp(utc, zone).isoformat(timespec="seconds")
