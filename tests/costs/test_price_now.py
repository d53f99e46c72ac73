"""The price now, and the cheapest hours to come."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tui.core.money.cost import Tariffs
from tui.core.money.pricelist import parse_prices
from tui.core.money.pricenow import cheapest, price_now
from tui.core.money.prices import read_prices
from tui.core.money.words import cheapest_words, price_words
from tui.core.settings import ConfigFile

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 27, 14, 32, tzinfo=ZONE).timestamp()


def tariffs(lines: list[str] | None = None, /, **table: float | str) -> Tariffs:
    prices = read_prices(ConfigFile("c", {"prices": {**table, **({"file": "p"} if lines is not None else {})}}))
    return Tariffs(prices, None if lines is None else parse_prices(lines, ZONE))


def hours(**special: str) -> list[str]:
    """Two days at 0.20 a kWh, but for some hours: `d27_14` is 14:00 on the 27th."""
    return [
        f"2026-11-{day}T{hour:02}:00,{special.get(f'd{day}_{hour:02}', '0.20')}"
        for day in (27, 28)
        for hour in range(24)
    ]


def test_it_holds_until_the_next_other_price() -> None:
    price = price_now(tariffs(hours(d27_14="0.2135", d27_15="0.2135")), NOW, None)
    assert price is not None
    assert price_words(price, NOW, ZONE) == "0.214 a kWh until 16:00"
    with_vat = price_now(tariffs(hours(d27_14="0.2"), vat=21), NOW, None)
    assert with_vat is not None
    assert with_vat.price == Decimal("0.242")


def test_it_is_unknown_in_an_hour_without_one() -> None:
    assert price_now(tariffs([line for line in hours() if "27T14" not in line]), NOW, None) is None


def test_of_two_tariffs_it_is_that_of_the_meter() -> None:
    both = tariffs(import_t1=0.25, import_t2=0.29)
    assert [price_now(both, NOW, tariff) for tariff in (None, 3)] == [None, None]
    assert price_now(both, NOW, 2) == (Decimal("0.29"), None, 2)
    for one in ({"import": 0.27}, {"import": 0.27, "export_t1": 0.05}):
        assert price_now(tariffs(None, **one), NOW, None) == (Decimal("0.27"), None, None)


@pytest.mark.parametrize(
    ("special", "words"),
    [
        ({"d28_03": "0.102", "d28_04": "0.102"}, "0.102 at 03:00-05:00"),
        ({"d27_10": "0.01", "d28_03": "0.15", "d28_04": "0.15"}, "0.150 at 03:00-05:00"),  # what is over is over
        ({"d28_03": "0.10", "d28_04": "0.12"}, "0.110 at 03:00-05:00"),
        ({"d28_02": "-0.05", "d28_03": "-0.03", "d28_04": "-0.05"}, "-0.043 at 02:00-05:00"),
        ({"d28_02": "-0.04", "d28_03": "-0.03", "d28_04": "-0.05"}, "-0.040 at 02:00-05:00"),  # what is before it, too
        ({"d28_13": "0.10", "d28_14": "0.10", "d28_15": "0.10"}, "0.100 at 13:00-16:00"),
        ({"d28_20": "0.10", "d28_21": "0.10"}, "0.100 at Sat 20:00-22:00"),
        ({"d27_14": "0.10", "d27_15": "0.10"}, "0.138 at 14:45-16:45"),  # what is left of this hour
    ],
)
def test_the_cheapest_hours(special: dict[str, str], words: str) -> None:
    found = cheapest(tariffs(hours(**special)), NOW)
    assert found is not None
    assert cheapest_words(found, NOW, ZONE) == words


def test_the_cheapest_hours_have_their_vat() -> None:
    found = cheapest(tariffs(hours(d28_03="0.10", d28_04="0.10"), vat=21), NOW)
    assert found is not None
    assert found.price == Decimal("0.121")


def test_hours_with_a_hole_are_not_the_cheapest() -> None:
    lines = [line for line in hours(d28_03="0", d28_05="0") if "28T04" not in line]
    found = cheapest(tariffs(lines), NOW)
    assert found is not None
    assert cheapest_words(found, NOW, ZONE) == "0.100 at 02:00-04:00"


def test_there_are_none_where_all_cost_the_same_or_nothing_is_known() -> None:
    assert cheapest(tariffs(hours()), NOW) is None
    assert cheapest(tariffs(["2026-11-27T15:00,0.1", "2026-11-27T16:00,0.2"]), NOW + 3600) is None
    assert cheapest(tariffs(import_t1=0.25, import_t2=0.29), NOW) is None
