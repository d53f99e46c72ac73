"""What a span cost: amounts times prices, plus what is fixed, and what is missing of it.

Money is `Decimal` and not rounded. Nothing is guessed: what was not counted, and what has no price, is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import NamedTuple, Protocol

from tui.core.money.pricelist import QUARTER_S, PriceList
from tui.core.money.prices import ZERO, Prices
from tui.core.past.history import Amount
from tui.core.quantities import TARIFFS

_LATE_S = 900.0
"""A span that has only begun may have no amount yet: this much after its start it is missing."""
_LATE_EXTERNAL_S = 2.5 * 3600
"""The same of meters behind a P1, some of which are read once an hour."""

_LEAST_S = 60.0
"""A shorter gap is none: what is missing is below a cent."""
_LEAST_KWH = Decimal("0.01")
"""Less energy without a price is none: a meter that delivers nothing counts some Wh."""


class Counted(Protocol):
    """Where amounts come from; `core.past.history.Past` is one."""

    def amounts(self, place: str, quantity: str, cuts: Sequence[float]) -> tuple[Amount | None, ...]:
        """What a counter moved between each two neighbours of `cuts`."""
        ...


class Meter(NamedTuple):
    """What counts gas, water or heat."""

    place: str
    quantity: str
    per_unit: Decimal = Decimal(1)
    """How many m3 (heat: GJ) are in a unit of it."""


class Meters(NamedTuple):
    """The meters that the bill is made of."""

    grid: tuple[str, ...] = ()
    """Places."""
    others: Mapping[str, Meter] = {}
    """ "gas", "water", "warm_water" and "heat"."""


class Tariffs(NamedTuple):
    """What the user pays."""

    prices: Prices
    by_time: PriceList | None = None
    """The prices of a file, where `prices` names one."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a span. All parts have their VAT."""

    parts: Mapping[str, Decimal] = field(default_factory=dict)
    """Of "import", "export" (what it brings is below 0), the `Meters.others` and "fixed"."""
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    """kWh of import and export, m3 of gas and water, GJ of heat, days of "fixed": with or without a price."""
    uncounted_s: Mapping[str, float] = field(default_factory=dict)
    """How long "import" and the `Meters.others` were not counted."""
    unpriced: Mapping[str, Decimal] = field(default_factory=dict)
    """kWh of import and export without a price."""
    since: float | None = None
    """Where the history begins, if after the start of the span."""

    @property
    def total(self) -> Decimal:
        """The sum."""
        return sum(self.parts.values(), ZERO)

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return self.since is None and not self.uncounted_s and not self.unpriced


class Span(NamedTuple):
    """[start, end) in seconds since 1970, both on a quarter of an hour; `end` may be to come."""

    start: float
    end: float


def midnight(day: date, zone: tzinfo) -> float:
    """When a day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def day_of(utc: float, zone: tzinfo) -> date:
    """The day of a moment."""
    return datetime.fromtimestamp(utc, zone).date()


def day_span(day: date, zone: tzinfo) -> Span:
    """A day of 23, 24 or 25 hours."""
    return Span(midnight(day, zone), midnight(day + timedelta(days=1), zone))


def month_span(day: date, zone: tzinfo) -> Span:
    """The month of a day."""
    first = day.replace(day=1)
    return Span(midnight(first, zone), midnight((first + timedelta(days=31)).replace(day=1), zone))


def cost_of(
    span: Span, tariffs: Tariffs, meters: Meters, counted: Counted, begins: float, now: float, zone: tzinfo
) -> Cost | None:
    """What a span cost up to `now`; None where it ends before the history `begins`, or is yet to come.

    A fixed amount is due for every day that has begun, the running one included.
    """
    end = min(span.end, now)
    if end <= begins or end <= span.start:
        return None
    reckoning = _Reckoning(span, begins, now, counted)
    for way, sign in (("import", 1), ("export", -1)):
        for place in meters.grid:
            if tariffs.by_time is not None and (
                way == "import" or any(step.out is not None for step in tariffs.by_time.steps)
            ):
                reckoning.by_time(way, sign, place, tariffs.by_time, tariffs.prices)
            else:
                reckoning.by_tariff(way, sign, place, tariffs.prices)
    for name, meter in meters.others.items():
        price = tariffs.prices.of_single(name)
        if price is not None:
            reckoning.other(name, meter, price)
    fixed = tariffs.prices.of_single("fixed")
    if fixed is not None:
        days = (day_of(end - 1e-3, zone) - day_of(max(span.start, begins), zone)).days + 1
        reckoning.add("fixed", Decimal(days), fixed * days)
    since = reckoning.begun if begins > span.start else None
    unpriced = {name: amount for name, amount in reckoning.unpriced.items() if amount >= _LEAST_KWH}
    return Cost(reckoning.parts, reckoning.moved, reckoning.uncounted_s, unpriced, since)


def sum_of(costs: Iterable[Cost]) -> Cost:
    """The costs of spans that follow each other, in one."""
    parts: dict[str, Decimal] = {}
    amounts: dict[str, Decimal] = {}
    uncounted: dict[str, float] = {}
    unpriced: dict[str, Decimal] = {}
    since = None
    for cost in costs:
        since = since or cost.since
        for name, value in cost.uncounted_s.items():
            uncounted[name] = uncounted.get(name, 0.0) + value
        for into, more in ((parts, cost.parts), (amounts, cost.amounts), (unpriced, cost.unpriced)):
            for name, part in more.items():
                into[name] = into.get(name, ZERO) + part
    return Cost(parts, amounts, uncounted, unpriced, since)


class _Reckoning:
    """Adds up what a span cost."""

    def __init__(self, span: Span, begins: float, now: float, counted: Counted) -> None:
        self._span, self._begins, self._now, self._counted = span, begins, now, counted
        self.begun = begins
        """When the counting began; a history begins at the quarter of an hour before that."""
        self.parts: dict[str, Decimal] = {}
        self.moved: dict[str, Decimal] = {}
        self.uncounted_s: dict[str, float] = {}
        self.unpriced: dict[str, Decimal] = {}

    def add(self, name: str, amount: Decimal, money: Decimal | None) -> None:
        self.moved[name] = self.moved.get(name, ZERO) + amount
        if money is not None:
            self.parts[name] = self.parts.get(name, ZERO) + money
        elif amount:
            self.unpriced[name] = self.unpriced.get(name, ZERO) + amount

    def by_tariff(self, way: str, sign: int, place: str, prices: Prices) -> None:
        """Of one price, or one for each tariff of the meter."""
        span = self._span
        total = None if prices.has_tariffs(way) else self._amount(place, f"energy_{way}_kwh", span)
        found: list[tuple[int | None, Amount]] = [] if total is None else [(None, total)]
        if not found:
            each = ((tariff, self._amount(place, f"energy_{way}_t{tariff}_kwh", span)) for tariff in TARIFFS)
            found = [(tariff, amount) for tariff, amount in each if amount is not None]
        if not found and prices.has_tariffs(way):  # a meter without tariffs
            total = self._amount(place, f"energy_{way}_kwh", span)
            found = [] if total is None else [(None, total)]
        for tariff, amount in found:
            price = prices.of(way, tariff)
            moved = _decimal(amount)
            self.add(way, moved, None if price is None else sign * moved * price)
        missing = min((self._missing_s(amount, span) for _, amount in found), default=self._all_s(span, _LATE_S))
        self._miss(way, missing)

    def by_time(self, way: str, sign: int, place: str, by_time: PriceList, prices: Prices) -> None:
        """Of prices that change by the hour or the quarter."""
        end = min(self._span.end, -(-self._now // QUARTER_S) * QUARTER_S)
        start = max(self._span.start, self._begins // QUARTER_S * QUARTER_S)
        cuts, each = [start], list[Decimal | None]()
        for part in by_time.between(start, end):
            price = None
            if len(part) == 2:  # without a price
                cuts.append(part[1])
            else:
                cuts.append(part.end)
                price = part.into * prices.factor if way == "import" else _out(part.out, prices)
            each.append(price)
        missing = 0.0
        for at, (amount, price) in enumerate(zip(self._amounts(place, f"energy_{way}_kwh", cuts), each, strict=True)):
            span = Span(cuts[at], cuts[at + 1])
            if amount is None:
                missing += self._all_s(span, _LATE_S)
                continue
            moved = _decimal(amount)
            self.add(way, moved, None if price is None else sign * moved * price)
            missing += self._missing_s(amount, span)
        self._miss(way, missing)

    def other(self, name: str, meter: Meter, price: Decimal) -> None:
        """Of gas, water or heat."""
        amount = self._amount(meter.place, meter.quantity, self._span)
        if amount is None:
            self._miss(name, self._all_s(self._span, _LATE_EXTERNAL_S))
            return
        moved = _decimal(amount) * meter.per_unit
        self.add(name, moved, moved * price)
        self._miss(name, self._missing_s(amount, self._span))

    def _amount(self, place: str, quantity: str, span: Span) -> Amount | None:
        return next(iter(self._amounts(place, quantity, span)), None)

    def _amounts(self, place: str, quantity: str, cuts: Sequence[float]) -> Sequence[Amount | None]:
        found = self._counted.amounts(place, quantity, cuts)
        return found if len(found) == len(cuts) - 1 else [None] * (len(cuts) - 1)

    def _miss(self, name: str, seconds: float) -> None:
        # A meter that never delivers has no counter for it, and the two ways are read together.
        if seconds >= _LEAST_S and name != "export":
            self.uncounted_s[name] = max(seconds, self.uncounted_s.get(name, 0.0))

    def _missing_s(self, amount: Amount, span: Span) -> float:
        """How much of a span was not counted since the history began. The present is no gap."""
        if amount.whole:
            return 0.0
        start, end = max(span.start, self._begins), min(span.end, self._now)
        since, until = max(amount.since or start, start), min(amount.until or end, end)
        if start == self._begins and since - start < QUARTER_S:
            start = self.begun = since
        lacking = since - start + end - until
        if amount.gaps:
            lacking += max(0.0, until - since - amount.covered_s)
        return max(0.0, lacking)

    def _all_s(self, span: Span, late_s: float) -> float:
        """The same of a span without an amount."""
        start, end = max(span.start, self._begins), min(span.end, self._now)
        return max(0.0, end - start) if self._now - start > late_s else 0.0


def _out(price: Decimal | None, prices: Prices) -> Decimal | None:
    return prices.of("export") if price is None else price * prices.factor


def _decimal(amount: Amount) -> Decimal:
    """An amount to the millionth, in which amounts are kept."""
    return Decimal(repr(round(amount.value, 6)))
