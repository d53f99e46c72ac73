"""The price of a kWh at a moment, and the cheapest hours still to come."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from tui.core.money.cost import Tariffs
from tui.core.money.pricelist import QUARTER_S, PriceList
from tui.core.money.prices import ZERO

WINDOW_S = 2 * 3600
"""The cheapest hours are two at least: a quarter of an hour is over before the wash is done (own choice)."""
AHEAD_S = 48 * 3600
"""What is further away is not told: the prices of a day are known the day before (own choice)."""


class PriceNow(NamedTuple):
    """What a kWh from the grid costs, with VAT."""

    price: Decimal
    until: float | None = None
    """When it changes, or what is known ends, in seconds since 1970; None where it does not change by the clock."""
    tariff: int | None = None
    """The tariff that it is of, where that makes a difference."""


class Cheapest(NamedTuple):
    """The mean price of a kWh from the grid over the cheapest hours, with VAT."""

    price: Decimal
    start: float
    end: float


def price_now(tariffs: Tariffs, now: float, tariff: int | None) -> PriceNow | None:
    """The price at `now`; `tariff` is the one that the meter reports. None where there is none."""
    if tariffs.by_time is None:
        if not tariffs.prices.has_tariffs("import"):
            price = tariffs.prices.of("import")
            return None if price is None else PriceNow(price)
        price = tariffs.prices.of("import", tariff)
        return None if price is None or tariff is None else PriceNow(price, tariff=tariff)
    step = tariffs.by_time.at(now)
    if step is None:
        return None
    until = step.end
    for later in tariffs.by_time.between(step.end, now + AHEAD_S):
        if len(later) == 2 or later.into != step.into:
            break
        until = later.end
    return PriceNow(step.into * tariffs.prices.factor, until)


def cheapest(tariffs: Tariffs, now: float) -> Cheapest | None:
    """The cheapest two hours to come, the first of several, and what is beside them and no dearer than their mean.

    None where no two hours are known, and where all cost the same.
    """
    if tariffs.by_time is None:
        return None
    start = -(-now // QUARTER_S) * QUARTER_S
    quarters = _quarters(tariffs.by_time, start)
    if len({price for price in quarters if price is not None}) < 2:
        return None
    wide = WINDOW_S // QUARTER_S
    best: tuple[Decimal, int] | None = None
    for at in range(len(quarters) - wide + 1):
        some = [price for price in quarters[at : at + wide] if price is not None]
        if len(some) == wide and (best is None or sum(some, ZERO) < best[0]):
            best = (sum(some, ZERO), at)
    if best is None:
        return None
    mean, first = best[0] / wide, best[1]
    last = first + wide
    while first > 0 and _at_most(quarters[first - 1], mean):
        first -= 1
    while last < len(quarters) and _at_most(quarters[last], mean):
        last += 1
    chosen = [price for price in quarters[first:last] if price is not None]
    price = sum(chosen, ZERO) / len(chosen) * tariffs.prices.factor
    return Cheapest(price, start + first * QUARTER_S, start + last * QUARTER_S)


def _at_most(price: Decimal | None, mean: Decimal) -> bool:
    return price is not None and price <= mean


def _quarters(by_time: PriceList, start: float) -> list[Decimal | None]:
    """The prices of the quarters of an hour from `start` on, as far as they are known."""
    prices: list[Decimal | None] = []
    for part in by_time.between(start, start + AHEAD_S):
        count = int((part[1] - part[0]) // QUARTER_S)
        prices += [None if len(part) == 2 else part.into] * count
    return prices
