"""Costs on the screen: where there are prices, in every width, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tui.core.graph.bucket import Bucket
from tui.core.model import Device, Endpoint, Fleet, Link, Read, Role
from tui.core.moment import Now
from tui.core.money.cost import Cost
from tui.core.money.pricenow import Cheapest, PriceNow
from tui.core.profiles import profile_of
from tui.core.reading import Measurement
from tui.engine.keeping.costing import Costs
from tui.ui.draw.lines import Context, plain, width_of
from tui.ui.draw.panel import all_lines
from tui.ui.draw.wall import wall
from tui.ui.glyphs import GLYPHS

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = Now(datetime(2026, 11, 27, 14, 32, tzinfo=ZONE).timestamp(), 5000.0)
GRID = Device(
    "p1",
    "p1",
    "HWE-P1",
    name="Grid",
    endpoints=(Endpoint("192.168.1.20"),),
    measurement=Read(Measurement({"power_w": 412.0}), NOW),
    link=Link(last_answer=NOW),
)
SOLAR = replace(GRID, key="s", serial="s", product_type="HWE-KWH1", name="Solar", given_role=Role.SOLAR)


def at(hour: int, day: int = 27) -> float:
    return datetime(2026, 11, day, hour, tzinfo=ZONE).timestamp()


def cost(total: str, **lacking: float) -> Cost:
    return Cost({"import": Decimal(total)}, uncounted_s=lacking)


COSTS = Costs(
    NOW,
    "",
    cost("2.104"),
    cost("3.405"),
    cost("61.2", **{"import": 10800.0}),
    PriceNow(Decimal("0.2135"), at(15)),
    Cheapest(Decimal("0.102"), at(3, 28), at(5, 28)),
)


def context(costs: Costs | None) -> Context:
    fleet = Fleet({"p1": GRID, "s": SOLAR})
    return Context(GLYPHS["console"], profile_of("nl"), NOW, fleet, costs=lambda: costs)


def rows(costs: Costs | None, width: int, device: Device = GRID) -> list[str]:
    drawn = all_lines(device, context(costs), width)
    assert all(width_of(row) <= width for row in drawn)
    return [plain(row).rstrip() for row in drawn]


def test_rows_of_the_panel() -> None:
    drawn = rows(COSTS, 78)
    first = drawn.index("  cost today 2.10  yesterday 3.41  this month 61.20 (3 h missing)")
    assert drawn[first + 1] == "  price now 0.214 a kWh until 15:00  cheapest 0.102 at 03:00-05:00"


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        (Cost(since=at(12, 2)), "(since 2 Nov)"),
        (Cost(since=at(0, 2), uncounted_s={"import": 432000.0, "gas": 9.9e5}), "(since 2 Nov, 11 days missing)"),
        (Cost(uncounted_s={"gas": 10800.0}), "(3 h of gas missing)"),
        (Cost(unpriced={"export": Decimal("9.63")}), "(9.6 kWh out without a price)"),
        (Cost(since=at(0, 2), uncounted_s={"gas": 90.0}, unpriced={"import": Decimal(1)}), "(part)"),
    ],
)
def test_what_a_cost_lacks_is_told_in_a_few_words_beside_it(lacking: Cost, words: str) -> None:
    """The long story is that of `hwtui cost`."""
    assert f"  this month 0.00 {words}" in "\n".join(rows(replace(COSTS, month=lacking), 78))
    assert f"  this month 0.00 {words if len(words) <= 20 else '(part)'}" in rows(replace(COSTS, month=lacking), 38)


def test_a_day_that_is_not_whole_says_from_when() -> None:
    drawn = rows(replace(COSTS, today=Cost(since=at(12)), yesterday=None, month=None), 78)
    assert "  cost today 0.00 (since 12:00)" in drawn


@pytest.mark.parametrize("width", [24, 38, 50, 198])
def test_no_figure_is_cut_in_any_width(width: int) -> None:
    words = " ".join(" ".join(rows(COSTS, width)).split())
    for part in ("today 2.10", "yesterday 3.41", "61.20 (", "0.214 a kWh", "03:00-05:00"):
        assert part in words


def test_without_prices_and_of_other_meters_there_is_nothing() -> None:
    assert not [row for row in rows(None, 78) + rows(COSTS, 78, SOLAR) if "cost" in row or "price" in row]


def test_the_price_of_a_tariff_is_told_with_its_name_and_the_currency() -> None:
    costs = replace(COSTS, currency="EUR", price=PriceNow(Decimal("0.29"), None, 2), cheapest=None)
    assert "  price now 0.290 EUR a kWh (t2 normal)" in rows(costs, 78)
    assert "  cost today 2.10 EUR  yesterday 3.41 EUR  this month 61.20 EUR (3 h missing)" in rows(costs, 78)


def test_a_console_without_a_euro_sign_says_eur() -> None:
    euros = replace(COSTS, currency="€")
    assert any("today 2.10 EUR  yesterday 3.41 EUR" in row for row in rows(euros, 78))
    wide = replace(context(euros), glyphs=GLYPHS["unicode"])
    assert any("today 2.10 €  yesterday 3.41 €" in plain(row) for row in all_lines(GRID, wide, 78))


def test_a_tile_of_the_wall() -> None:
    def none(key: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        return (None,) * columns

    def picture(costs: Costs | None) -> str:
        fleet = context(costs).fleet
        drawn = wall([GRID, SOLAR], fleet, context(costs), none, 80, 24, 0, None)
        return "\n".join(plain(row) for row in drawn.rows)

    assert "Cost today" not in picture(None)
    shown = picture(COSTS)
    for part in (" Cost today", " 2.10 ", " now 0.214 to 15:00"):
        assert part in shown
    assert " Price now" in picture(replace(COSTS, today=None))
    assert " yesterday 3.41" in picture(replace(COSTS, price=None))
