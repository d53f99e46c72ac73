"""What the house's energy costs, where there are prices: rows of the panel of a grid meter, a tile of the wall.

Only drawn where there are costs, so that no start pays for it.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tui.core.house import grid_meters
from tui.core.model import Device
from tui.core.money.cost import Cost
from tui.core.money.pricenow import PriceNow
from tui.core.money.words import cheapest_words, kwh_price, money, price_words, short_missing
from tui.core.wording import clock
from tui.engine.keeping.costing import Costs
from tui.ui.draw.blocks import INDENT, Block, flowed
from tui.ui.draw.lines import Context, Line, Lines, Span, line
from tui.ui.draw.tiles import TILE, Tile

RANK = 2
_PARTLY = "(part)"
"""After a cost that lacks something, where no words for it fit: `hwtui cost` has them all."""
_NAMED = 2
"""So many things that lack are named."""


def price_row(costs: Costs, context: Context, width: int) -> Lines:
    """ "price now 0.214 a kWh until 15:00     cheapest 0.102 at 03:00-05:00", in as many rows as that takes."""
    zone, now = ZoneInfo(context.profile.zone), context.now.utc
    parts: list[Line] = []
    if costs.price is not None:
        words = price_words(costs.price, now, zone, context.glyphs.currency(costs.currency)) + _tariff(
            costs.price, context
        )
        parts.append(line(Span(f"{INDENT}price now ", "label"), Span(words)))
    if costs.cheapest is not None:
        words = cheapest_words(costs.cheapest, now, zone)
        parts.append(line(Span(f"{INDENT}cheapest ", "label"), Span(words)))
    return flowed(parts, width)


def cost_rows(costs: Costs, context: Context, width: int) -> Lines:
    """ "cost today 2.10  yesterday 3.41  this month 61.20 (since 2 Nov)"."""
    named = (("today", costs.today), ("yesterday", costs.yesterday), ("this month", costs.month))
    told = [(name, cost) for name, cost in named if cost is not None]
    parts: list[Line] = []
    for name, cost in told:
        label = f"{INDENT}{'' if parts else 'cost '}{name} "
        amount = money(cost.total, context.glyphs.currency(costs.currency))
        lacks = _lacks(cost, context, width - len(label) - len(amount) - 1, of_day=cost is not costs.month)
        parts.append(line(Span(label, "label"), Span(amount), Span(lacks, "label")))
    return flowed(parts, width)


def _lacks(cost: Cost, context: Context, room: int, *, of_day: bool) -> str:
    """ " (since 2 Nov, 3 h missing)"; nothing of a whole cost."""
    if cost.whole:
        return ""
    words = short_missing(cost, ZoneInfo(context.profile.zone), of_day=of_day)
    told = f"({', '.join(words)})"
    return f" {told if len(words) <= _NAMED and len(told) <= room else _PARTLY}"


def cost_blocks(device: Device, context: Context, width: int) -> list[Block]:
    """The rows of a meter of the grid; nothing without prices."""
    costs = context.costs()
    if costs is None or device not in grid_meters(context.fleet, context.now):
        return []
    blocks = [Block(RANK, rows) for rows in (cost_rows(costs, context, width),) if rows]
    if rows := price_row(costs, context, width):
        blocks.append(Block(RANK, rows, joins=bool(blocks)))
    return blocks


def cost_tiles(context: Context) -> list[Tile]:
    """What today has cost, with the price now below it; nothing without prices."""
    costs = context.costs()
    if costs is None or (costs.today is None and costs.price is None):
        return []
    price, currency = costs.price, context.glyphs.currency(costs.currency)
    if costs.today is None and price is not None:
        value = f"{kwh_price(price.price)} {currency}".rstrip() + " a kWh"
        return [Tile("Price now", line(Span(value, "figure")), line(Span(_until(price, context), "label")))]
    note = ""
    if price is not None:
        now = f"now {kwh_price(price.price)}"
        note = next(words for words in (f"{now} {_until(price, context)}".rstrip(), now) if len(words) < TILE - 1)
    elif costs.yesterday is not None:
        note = f"yesterday {money(costs.yesterday.total)}"
    value = money(costs.today.total, currency) + ("" if costs.today.whole else f" {_PARTLY}") if costs.today else ""
    return [Tile("Cost today", line(Span(value, "figure")), line(Span(note, "label")))]


def _until(price: PriceNow, context: Context) -> str:
    if price.until is not None:
        return f"to {clock(price.until, ZoneInfo(context.profile.zone))}"
    return _tariff(price, context).strip()


def _tariff(price: PriceNow, context: Context) -> str:
    return "" if price.tariff is None else f" (t{context.profile.tariff_words(price.tariff)})"
