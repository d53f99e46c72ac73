"""What a span cost, against sums that are made another way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.costs.pastof import PastOf
from tui.core.money.cost import Cost, Meter, Meters, Span, Tariffs, cost_of, day_span, month_span, sum_of
from tui.core.money.pricelist import parse_prices
from tui.core.money.prices import Prices, read_prices
from tui.core.money.words import exact, missing_words, money
from tui.core.past.history import Amount
from tui.core.settings import ConfigFile

ZONE = ZoneInfo("Europe/Amsterdam")
P1 = "p1"
GAS = Meter("p1/gas_meter", "total")
QUARTER_S = 900
Quarters = Mapping[float, float]


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


def prices(**table: float | str) -> Prices:
    return read_prices(ConfigFile("c", {"prices": table}))


def quarters(span: Span, kwh: float) -> dict[float, float]:
    return {span.start + QUARTER_S * index: kwh for index in range(int((span.end - span.start) // QUARTER_S))}


def cost(
    span: Span,
    tariffs: Tariffs,
    past: PastOf,
    now: float | None = None,
    meters: Meters = Meters((P1,), {"gas": GAS}),  # noqa: B008  (immutable)
) -> Cost:
    found = cost_of(span, tariffs, meters, past, past.begins(P1) or 0.0, span.end if now is None else now, ZONE)
    assert found is not None
    return found


def test_a_month_of_two_tariffs_gas_and_a_fixed_amount() -> None:
    """A Dutch bill: low at night and in the weekend, 31 days in March, one of them of 23 hours."""
    march = month_span(date(2026, 3, 17), ZONE)
    assert (march.end - march.start) / 3600 == 31 * 24 - 1
    into: dict[int, dict[float, float]] = {1: {}, 2: {}}
    out: dict[int, dict[float, float]] = {1: {}, 2: {}}
    for start in quarters(march, 0):
        local = datetime.fromtimestamp(start, ZONE)
        tariff = 1 if local.hour < 7 or local.hour >= 23 or local.weekday() >= 5 else 2
        for one in (1, 2):  # both counters are read in every quarter
            into[one][start] = 0.125 if one == tariff else 0.0
            out[one][start] = 0.25 if one == tariff and 11 <= local.hour < 15 else 0.0
    past = PastOf(
        {
            **{(P1, f"energy_import_t{tariff}_kwh"): some for tariff, some in into.items()},
            **{(P1, f"energy_export_t{tariff}_kwh"): some for tariff, some in out.items()},
            (GAS.place, "total"): quarters(march, 0.01),
        }
    )
    paid = prices(import_t1=0.21, import_t2=0.25, export=0.07, gas=1.18, fixed=0.9, vat=21)

    # By the calendar: 22 weekdays and 9 days of a weekend; the short day is a Sunday and loses an hour of low tariff.
    low = 22 * 8 + 9 * 24 - 1
    high = 22 * 16
    exported = 31 * 4
    expected = (
        Fraction(low, 2) * Fraction(21, 100)
        + Fraction(high, 2) * Fraction(25, 100)
        - exported * Fraction(7, 100)
        + 743 * Fraction(4, 100) * Fraction(118, 100)
        + 31 * Fraction(9, 10)
    ) * Fraction(121, 100)
    found = cost(march, Tariffs(paid), past)
    assert Fraction(found.total) == expected
    assert found.whole
    assert found.amounts["import"] == (low + high) / Decimal(2)
    assert found.parts["export"] == Decimal(-124) * Decimal("0.07") * Decimal("1.21")


@pytest.mark.parametrize(("day", "count"), [(date(2026, 10, 25), 100), (date(2026, 3, 29), 92), (date(2026, 6, 1), 96)])
def test_a_day_of_quarter_prices_on_a_change_of_the_clock(day: date, count: int) -> None:
    """Negative at noon; amounts and prices that are different in each quarter."""
    span = day_span(day, ZONE)
    starts = sorted(quarters(span, 0))
    assert len(starts) == count
    price = {start: Decimal(index - 40) / 1000 for index, start in enumerate(starts)}
    lines = [f"{datetime.fromtimestamp(start, ZONE).isoformat()},{of},{of - 1}" for start, of in price.items()]
    into = {start: (index % 7) * 0.013 for index, start in enumerate(starts)}
    out = {start: (index % 5) * 0.029 for index, start in enumerate(starts)}
    past = PastOf({(P1, "energy_import_kwh"): into, (P1, "energy_export_kwh"): out})
    by_hand = sum(
        (index % 7) * 13 * (index - 40) - (index % 5) * 29 * (index - 40 - 1000) for index in range(count)
    ) * Decimal("1e-6")
    tariffs = Tariffs(prices(file="p", vat=21), parse_prices(lines, ZONE))
    found = cost(span, tariffs, past, meters=Meters((P1,)))
    assert found.total == by_hand * Decimal("1.21")
    assert found.whole


def test_hours_that_were_not_counted_are_told_and_not_guessed() -> None:
    day = day_span(date(2026, 5, 6), ZONE)
    counted = {start: 0.1 for start in quarters(day, 0) if not at("2026-05-06T10:00") <= start < at("2026-05-06T13:00")}
    past = PastOf({(P1, "energy_import_kwh"): counted, (GAS.place, "total"): quarters(day, 0.01)})
    expected = (96 - 12) * Decimal("0.025")
    fixed = cost(day, Tariffs(prices(**{"import": 0.25})), past)
    assert (fixed.total, fixed.uncounted_s) == (expected, {"import": 3 * 3600})
    assert missing_words(fixed, ZONE) == "without 3 h that were not counted"

    hours = [f"2026-05-06T{hour:02}:00,0.25" for hour in range(24)]
    dynamic = cost(day, Tariffs(prices(file="p"), parse_prices(hours, ZONE)), past)
    assert (dynamic.total, dynamic.uncounted_s) == (expected, {"import": 3 * 3600})


def test_what_has_no_price_is_told_and_costs_nothing() -> None:
    day = day_span(date(2026, 5, 6), ZONE)
    past = PastOf({(P1, f"energy_{way}_kwh"): quarters(day, 0.1) for way in ("import", "export")})
    hours = [f"2026-05-06T{hour:02}:00,0.25" for hour in range(24) if hour not in (3, 4)]
    found = cost(day, Tariffs(prices(file="p"), parse_prices(hours, ZONE)), past)
    assert found.total == 22 * 4 * Decimal("0.025")
    assert {name: exact(amount) for name, amount in found.unpriced.items()} == {"import": "0.8", "export": "9.6"}
    assert missing_words(found, ZONE) == "without 0.800 kWh from grid and 9.600 kWh to grid that have no price"
    assert exact(found.amounts["import"]) == "9.6"


def test_a_file_may_say_that_nothing_is_paid_for_what_is_delivered() -> None:
    """That is a price of 0, and not the one of [prices], which is for a file that has none."""
    day = day_span(date(2026, 5, 6), ZONE)
    past = PastOf({(P1, f"energy_{way}_kwh"): quarters(day, 0.1) for way in ("import", "export")})
    for endings, brings in (
        ([",0"] * 24, Decimal(0)),
        ([""] * 24, Decimal("-0.672")),
        ([",0.01", *[""] * 23], Decimal("-0.648")),
    ):
        lines = [f"2026-05-06T{hour:02}:00,0.25{ending}" for hour, ending in enumerate(endings)]
        found = cost(day, Tariffs(prices(file="p", export=0.07), parse_prices(lines, ZONE)), past)
        assert (found.parts["export"], found.unpriced) == (brings, {})


def test_the_present_is_no_gap_and_the_day_that_runs_pays_its_fixed_amount() -> None:
    month = month_span(date(2026, 5, 6), ZONE)
    now = at("2026-05-06T14:07")
    counted = quarters(Span(month.start, now), 0.1)
    past = PastOf({(P1, "energy_import_kwh"): counted})
    paid = prices(**{"import": 0.25, "fixed": 1})
    found = cost(month, Tariffs(paid), past, now)
    assert found.total == len(counted) * Decimal("0.025") + 6
    assert found.whole
    hours = [f"2026-05-{day:02}T{hour:02}:00,0.25" for day in range(1, 31) for hour in range(24)]
    dynamic = cost(month, Tariffs(prices(file="p", fixed=1), parse_prices(hours, ZONE)), past, now)
    assert dynamic.parts == found.parts
    assert dynamic.whole


def test_a_history_that_begins_in_the_month_says_since_when() -> None:
    month = month_span(date(2026, 5, 6), ZONE)
    begins = at("2026-05-30T12:00")
    past = PastOf({(P1, "energy_import_kwh"): quarters(Span(begins, month.end), 0.1)})
    found = cost(month, Tariffs(prices(**{"import": 0.25, "fixed": 1})), past)
    assert (found.since, found.parts["fixed"], found.uncounted_s) == (begins, Decimal(2), {})
    assert missing_words(found, ZONE) == "since 2026-05-30 12:00"
    before = day_span(date(2026, 5, 29), ZONE)
    assert cost_of(before, Tariffs(prices(gas=1)), Meters((P1,)), past, begins, month.end, ZONE) is None


def test_of_the_day_that_runs_only_what_is_over_can_be_missing() -> None:
    day, now = day_span(date(2026, 5, 6), ZONE), at("2026-05-06T14:00")
    counted = quarters(Span(at("2026-05-06T02:00"), now), 0.1)
    past = PastOf({(P1, "energy_import_kwh"): counted})
    tariffs, meters = Tariffs(prices(**{"import": 0.25, "gas": 1})), Meters((P1,), {"gas": GAS})
    found = cost_of(day, tariffs, meters, past, day.start, now, ZONE)
    assert found is not None
    assert found.uncounted_s == {"import": 2 * 3600, "gas": 14 * 3600}


def test_a_meter_that_is_silent_since_noon_lacks_the_time_until_now() -> None:
    day, now = day_span(date(2026, 5, 6), ZONE), at("2026-05-06T14:00")

    class Silent(PastOf):
        def amounts(self, place: str, quantity: str, cuts: Sequence[float]) -> tuple[Amount | None, ...]:
            return (Amount(4.0, 43200.0, None, at("2026-05-06T12:00")),)

    found = cost_of(day, Tariffs(prices(**{"import": 0.25})), Meters((P1,)), Silent({}), day.start, now, ZONE)
    assert found is not None
    assert found.uncounted_s == {"import": 2 * 3600}


def test_two_meters_of_a_house_are_added_and_the_longer_gap_is_told() -> None:
    day = day_span(date(2026, 5, 6), ZONE)
    some = {start: 0.1 for start in quarters(day, 0) if not at("2026-05-06T10:00") <= start < at("2026-05-06T13:00")}
    most = {start: 0.1 for start in quarters(day, 0) if start != at("2026-05-06T10:00")}
    past = PastOf({(P1, "energy_import_kwh"): some, ("p2", "energy_import_kwh"): most})
    found = cost(day, Tariffs(prices(**{"import": 0.25})), past, meters=Meters((P1, "p2")))
    assert (found.total, found.uncounted_s) == ((84 + 95) * Decimal("0.025"), {"import": 3 * 3600})


def test_what_is_missing_of_days_is_missing_of_their_sum() -> None:
    first, second = Cost(uncounted_s={"import": 3600}, since=5.0), Cost(uncounted_s={"import": 1800, "gas": 60})
    assert sum_of([first, second]) == Cost(uncounted_s={"import": 5400, "gas": 60}, since=5.0)


def test_a_meter_without_tariffs_pays_the_price_without_one() -> None:
    day = day_span(date(2026, 5, 6), ZONE)
    past = PastOf({(P1, "energy_import_kwh"): quarters(day, 0.1)})
    assert cost(day, Tariffs(prices(**{"import": 0.25, "import_t1": 0.2})), past).total == Decimal("2.4")


def test_heat_is_paid_by_the_gigajoule_whatever_its_meter_counts() -> None:
    day = day_span(date(2026, 5, 6), ZONE)
    past = PastOf({(P1, "energy_import_kwh"): quarters(day, 0.1), ("p1/heat_meter", "total"): quarters(day, 0.5)})
    meters = Meters((P1,), {"heat": Meter("p1/heat_meter", "total", Decimal("0.0036"))})
    found = cost(day, Tariffs(prices(heat=40)), past, meters=meters)
    assert (found.amounts["heat"], found.parts["heat"]) == (48 * Decimal("0.0036"), 48 * Decimal("0.144"))


def test_every_month_has_its_days() -> None:
    for year, days in ((2026, 365), (2028, 366)):
        spans = [month_span(date(year, month, 28), ZONE) for month in range(1, 13)]
        assert [span.end for span in spans[:-1]] == [span.start for span in spans[1:]]
        assert spans[0].start == at(f"{year}-01-01T00:00")
        assert spans[-1].end - spans[0].start == days * 86400


@pytest.mark.parametrize("dynamic", [False, True])
def test_the_first_day_begins_with_the_first_reading_and_lacks_no_minutes_before(dynamic: bool) -> None:
    """A history begins on a quarter of an hour, 12:15; the first reading was at 12:22."""
    day = day_span(date(2026, 5, 6), ZONE)
    begins, first = at("2026-05-06T12:15"), at("2026-05-06T12:22")

    class Begun(PastOf):
        def amounts(self, place: str, quantity: str, cuts: Sequence[float]) -> tuple[Amount | None, ...]:
            found = super().amounts(place, quantity, cuts)
            begun = [start <= begins < end for start, end in pairwise(cuts)]
            return tuple(
                replace(one, since=first) if is_first and one else one
                for one, is_first in zip(found, begun, strict=True)
            )

    past = Begun({(P1, "energy_import_kwh"): quarters(Span(begins, day.end), 0.1)})
    hours = [f"2026-05-06T{hour:02}:00,0.25" for hour in range(24)]
    tariffs = Tariffs(prices(file="p"), parse_prices(hours, ZONE)) if dynamic else Tariffs(prices(**{"import": 0.25}))
    found = cost(day, tariffs, past, meters=Meters((P1,)))
    assert (found.since, found.uncounted_s) == (first, {})
    assert found.total == 47 * Decimal("0.025")


def test_a_few_watt_hours_without_a_price_are_not_told() -> None:
    day = day_span(date(2026, 5, 6), ZONE)
    into, out = quarters(day, 0.1), {**quarters(day, 0.0), day.start: 0.0002}
    past = PastOf({(P1, "energy_import_kwh"): into, (P1, "energy_export_kwh"): out})
    assert cost(day, Tariffs(prices(**{"import": 0.25})), past, meters=Meters((P1,))).whole


def test_the_days_of_a_month_add_up_to_the_month() -> None:
    month = month_span(date(2026, 10, 6), ZONE)
    past = PastOf({(P1, "energy_import_kwh"): quarters(month, 0.1), (GAS.place, "total"): quarters(month, 0.01)})
    tariffs = Tariffs(prices(**{"import": 0.253, "gas": 1.377, "fixed": 1.019, "vat": 21}))
    first = date(2026, 10, 1)
    days = [cost(day_span(first + timedelta(days=day), ZONE), tariffs, past) for day in range(31)]
    whole = cost(month, tariffs, past)
    assert sum_of(days).total == whole.total
    assert sum_of(days).amounts == whole.amounts


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 5_000_000), st.integers(-500, 900)), min_size=96, max_size=96),
    st.integers(0, 100),
)
def test_any_day_of_quarter_prices_is_the_sum_of_its_products(rows: list[tuple[int, int]], vat: int) -> None:
    """Amounts in millionths of a kWh, as they are kept: no sum is made of rounded numbers."""
    day = day_span(date(2026, 5, 6), ZONE)
    starts = sorted(quarters(day, 0))
    past = PastOf({(P1, "energy_import_kwh"): {start: mwh / 1e6 for start, (mwh, _) in zip(starts, rows, strict=True)}})
    lines = [
        f"{datetime.fromtimestamp(s, ZONE).isoformat()},{p / 1000}" for s, (_, p) in zip(starts, rows, strict=True)
    ]
    found = cost(day, Tariffs(prices(file="p", vat=vat), parse_prices(lines, ZONE)), past, meters=Meters((P1,)))
    assert Fraction(found.total) == sum(mwh * price for mwh, price in rows) * Fraction(100 + vat, 10**11)


@pytest.mark.parametrize(
    ("value", "text"),
    [("3.405", "3.41"), ("3.404999", "3.40"), ("-0.004", "0.00"), ("-1.005", "-1.01"), ("1e3", "1000.00")],
)
def test_money_is_rounded_half_up(value: str, text: str) -> None:
    assert money(Decimal(value)) == text
    assert money(Decimal(value), "EUR") == f"{text} EUR"


@pytest.mark.parametrize(
    ("value", "text"), [("1.500", "1.5"), ("1E+3", "1000"), ("-0.00", "0"), ("0.0000001", "0.0000001")]
)
def test_a_decimal_in_full(value: str, text: str) -> None:
    assert exact(Decimal(value)) == text
