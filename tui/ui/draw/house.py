"""The top line: what the house uses and where it comes from."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tui.core.house import Balance, balance_of
from tui.core.model import Fleet, Role
from tui.core.wording import Arrow, arrow_of, clock, day_and_clock, direction_word, watts
from tui.ui.draw.lines import Context, Line, Span, line, spread, width_of


def house_line(fleet: Fleet, context: Context, width: int, frozen_at: str | None = None) -> Line:
    """House = solar - to grid, and the clock; just the grid where nobody makes power."""
    zone = ZoneInfo(context.profile.zone)
    balance = balance_of(fleet, context.now)
    long = _balance(balance, context, long=True)
    time = day_and_clock(context.now.utc, zone)
    if width_of(long) + len(time) + 3 > width:
        long = _balance(balance, context, long=False)
        time = clock(context.now.utc, zone)
    right = line(Span(time, "label"))
    if frozen_at:
        right = line(Span(f" frozen at {frozen_at}, space goes on ", "notice"))
    return spread((Span(" "), *long), (*right, Span(" ")), width)


def _balance(balance: Balance, context: Context, *, long: bool) -> Line:
    if balance.grid_w is None:
        return line(Span("hwtui", "title"))
    if balance.house_w is None:
        arrow = arrow_of(balance.grid_w)
        return line(
            Span("Grid  " if long else "Grid ", "label"),
            Span(f"{context.glyphs.arrow(arrow)} ", _colour(arrow)),
            Span(f"{watts(balance.grid_w)} W", "figure"),
            Span(f"  {direction_word(Role.GRID, balance.grid_w)}", "label"),
        )
    head = line(Span("House uses " if long else "House ", "label"), Span(f"{balance.house_w:.0f} W", "figure"))
    if not long:
        makers = [("solar", balance.solar_w), ("battery", balance.battery_w)]
        return head + line(
            *(Span(f"   {name} {watts(power)} W", "label") for name, power in makers if power is not None)
        )
    return head + _terms(balance)


def _terms(balance: Balance) -> Line:
    """ " =  solar 2140 W  -  to grid 672 W": sources first, with the sign that makes the sum come out."""
    battery, grid = balance.battery_w, balance.grid_w or 0.0
    terms: list[tuple[bool, str, float]] = []
    if balance.solar_w is not None:
        terms.append((balance.solar_w <= 0, "solar", balance.solar_w))
    if battery is not None:
        terms.append((battery <= 0, "battery" if battery <= 0 else "charging", battery))
    terms.append((grid > 0, "from grid" if grid > 0 else "to grid", grid))
    terms.sort(key=lambda term: not term[0])
    spans: list[Span] = []
    for index, (gives, name, power) in enumerate(terms):
        sign = "  =  " if index == 0 else ("  +  " if gives else "  -  ")
        minus = "-" if index == 0 and not gives else ""
        spans += [Span(f"{sign}{minus}{name} ", "label"), Span(f"{watts(power)} W")]
    return tuple(spans)


def _colour(arrow: Arrow) -> str:
    return {Arrow.UP: "import", Arrow.DOWN: "export", Arrow.NONE: "label"}[arrow]
