"""The top line: what the house uses and where it comes from."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tui.core.house import Balance, balance_of
from tui.core.model import Fleet, Role
from tui.core.wording import Arrow, arrow_of, clock, day_and_clock, direction_word, number, watts
from tui.ui.draw.lines import Context, Line, Span, fit_line, line, spread, width_of
from tui.ui.draw.today import house_words, with_room


def house_line(fleet: Fleet, context: Context, width: int, frozen_at: str | None = None) -> Line:
    """House = solar - to grid, and the clock; only the grid where nothing produces power."""
    zone = ZoneInfo(context.profile.zone)
    balance = balance_of(fleet, context.now)
    long, *shorter = _balances(balance, context)
    day, time = day_and_clock(context.now.utc, zone), clock(context.now.utc, zone)
    style, times = "label", [day, time]
    marks: list[str] = []  # must be visible at every width; the balance is shortened, and left out if need be
    if frozen_at:
        marks = [f" frozen at {frozen_at}, space goes on ", f" frozen at {frozen_at} ", f" held {frozen_at} "]
    elif context.replay:
        marks = [f" {context.replay}  {day} ", f" {context.replay}  {time} ", f" {context.replay} "]
    if marks:
        style, times = "notice", marks
    tries = [(long, times[0]), *((one, times[1]) for one in (long, *shorter))]
    if marks:
        tries += [(one, marks[2]) for one in (long, *shorter, ())]
    for left, right in tries:
        if width_of(left) + len(right) + 3 <= width:
            break
    if marks and len(right) + 3 > width:
        return fit_line(line(Span(right.strip(), style)), width)
    left = with_room((Span(" "), *left), house_words(context), len(right), width)
    return spread(left, (Span(right, style), Span(" ")), width)


def _balances(balance: Balance, context: Context) -> list[Line]:
    """The balance, longest wording first."""
    if balance.grid_w is None:
        return [line(Span("hwtui", "title"))]
    if balance.house_w is None:
        arrow = arrow_of(balance.grid_w)
        power = line(
            Span("Grid  ", "label"),
            Span(f"{context.glyphs.arrow(arrow)} ", _colour(arrow)),
            Span(f"{watts(balance.grid_w)} W", "figure"),
        )
        return [power + line(Span(f"  {direction_word(Role.GRID, balance.grid_w)}", "label")), power]
    house = Span(f"{number(balance.house_w, 0)} W", "figure")
    makers = [
        ("solar", balance.solar_w),
        ("charging" if (balance.battery_w or 0) > 0 else "battery", balance.battery_w),
    ]
    known = [Span(f"   {name} {watts(power)} W", "label") for name, power in makers if power is not None]
    short = [line(Span("House ", "label"), house, *known[:count]) for count in range(len(known), -1, -1)]
    return [line(Span("House uses ", "label"), house) + _terms(balance), *short]


def _terms(balance: Balance) -> Line:
    """ " =  solar 2140 W  -  to grid 672 W": sources first, with the signs that make the sum right."""
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
