"""Money, prices and what is missing, in words. Money is rounded here and nowhere else: half up, as on a bill."""

from __future__ import annotations

from datetime import datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal

from tui.core.money.cost import Cost
from tui.core.money.pricenow import Cheapest, PriceNow
from tui.core.wording import DAYS, MONTHS, clock, long_age

_TENTH, _CENT, _MILLI = Decimal("0.1"), Decimal("0.01"), Decimal("0.001")


def rounded(value: Decimal, step: Decimal = _CENT) -> str:
    """ "3.41": half up, and never "-0.00"."""
    shown = value.quantize(step, ROUND_HALF_UP)
    return f"{abs(shown) if shown == 0 else shown:f}"


def money(value: Decimal, currency: str = "") -> str:
    """ "3.41", or "3.41 EUR"."""
    return f"{rounded(value)} {currency}".rstrip()


def kwh_price(value: Decimal) -> str:
    """ "0.214"."""
    return rounded(value, _MILLI)


def exact(value: Decimal) -> str:
    """All digits, without an exponent and without zeros at the end."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def price_words(price: PriceNow, now: float, zone: tzinfo, currency: str = "") -> str:
    """ "0.214 a kWh until 15:00"."""
    until = "" if price.until is None else f" until {_when(price.until, now, zone)}"
    return f"{kwh_price(price.price)} {currency}".rstrip() + f" a kWh{until}"


def cheapest_words(cheapest: Cheapest, now: float, zone: tzinfo) -> str:
    """ "0.102 at 03:00-05:00"."""
    return f"{kwh_price(cheapest.price)} at {_when(cheapest.start, now, zone)}-{clock(cheapest.end, zone)}"


def missing_words(cost: Cost, zone: tzinfo) -> str:
    """ "without 3 h that were not counted": what a cost lacks; nothing where it is whole."""
    words = []
    if cost.since is not None:
        since = datetime.fromtimestamp(cost.since, zone)
        words.append(f"since {since:%Y-%m-%d %H:%M}")
    spans = [
        long_age(seconds) + ("" if name == "import" else f" of {name.replace('_', ' ')}")
        for name, seconds in cost.uncounted_s.items()
    ]
    if spans:
        words.append(f"without {' and '.join(spans)} that were not counted")
    ways = {"import": "from grid", "export": "to grid"}
    bare = [f"{rounded(amount, _MILLI)} kWh {ways[name]}" for name, amount in cost.unpriced.items()]
    if bare:
        words.append(f"without {' and '.join(bare)} that have no price")
    return ", ".join(words)


def short_missing(cost: Cost, zone: tzinfo, *, of_day: bool) -> list[str]:
    """The same in a few words, each of one thing that lacks: "since 2 Apr" (of a day: "since 12:22"), "3 h missing",
    "9.6 kWh out without a price"."""
    words = []
    if cost.since is not None:
        since = datetime.fromtimestamp(cost.since, zone)
        words.append(f"since {since:%H:%M}" if of_day else f"since {since.day} {MONTHS[since.month - 1]}")
    if cost.uncounted_s:
        name, seconds = max(cost.uncounted_s.items(), key=lambda one: one[1])
        of = f" of {name.replace('_', ' ')}" if len(cost.uncounted_s) == 1 and name != "import" else ""
        words.append(f"{long_age(seconds)}{of} missing")
    ways = {"import": "in", "export": "out"}
    words += [f"{rounded(amount, _TENTH)} kWh {ways[name]} without a price" for name, amount in cost.unpriced.items()]
    return words


def _when(utc: float, now: float, zone: tzinfo) -> str:
    """ "15:00", with its day where that is a day or more ahead."""
    day = f"{DAYS[datetime.fromtimestamp(utc, zone).weekday()]} " if utc - now >= 86400 else ""
    return day + clock(utc, zone)
