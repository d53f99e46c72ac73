"""The top line: what the house uses and where it comes from."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tui.core.battery.group import Charge, charge_of
from tui.core.house import Balance, balance_of
from tui.core.model import Fleet, Role
from tui.core.wording import Arrow, arrow_of, clock, day_and_clock, direction_word, number, watts
from tui.ui.draw.lines import Context, Line, Span, fit_line, line, spread, width_of
from tui.ui.draw.today import house_words, with_room


def house_line(fleet: Fleet, context: Context, width: int, frozen_at: str | None = None) -> Line:
    """House = solar - to grid, and the clock; only the grid where nothing produces power."""
    zone = ZoneInfo(context.profile.zone)
    long, *shorter = _balances(balance_of(fleet, context.now), charge_of(fleet, context.now), context)
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


def _balances(balance: Balance, charge: Charge | None, context: Context) -> list[Line]:
    """The balance, longest wording first; where room is scarce, the sun is told rather than the charge."""
    full = "" if charge is None else f"{number(charge.pct, 0)} %"
    if balance.grid_w is None:
        return [line(Span("hwtui", "title"))]
    if balance.house_w is None:
        arrow = arrow_of(balance.grid_w)
        power = line(
            Span("Grid  ", "label"),
            Span(f"{context.glyphs.arrow(arrow)} ", _colour(arrow)),
            Span(f"{watts(balance.grid_w)} W", "figure"),
        )
        long = power + line(Span(f"  {direction_word(Role.GRID, balance.grid_w)}", "label"))
        charged = line(Span("   battery ", "label"), Span(full))
        return [*((long + charged, power + charged) if full else ()), long, power]
    house = Span(f"{number(balance.house_w, 0)} W", "figure")
    makers = [
        ("solar", balance.solar_w),
        ("charging" if (balance.battery_w or 0) > 0 else "battery", balance.battery_w),
    ]
    known = [Span(f"   {name} {watts(power)} W", "label") for name, power in makers if power is not None]
    long, head = line(Span("House uses ", "label"), house), line(Span("House ", "label"), house)
    short = [head + line(*known[:count]) for count in range(len(known), -1, -1)]
    if charge is None:
        return [long + _terms(balance), *short]
    if balance.battery_w is None:  # behind a meter that is told of instead
        apart = line(Span(f"   battery {full}", "label"))
        return [long + _terms(balance) + apart, long + _terms(balance), short[0] + apart, *short]
    told = f" (mean {full})" if charge.batteries > 1 and not charge.by_size else f" ({full})"
    sums = [long + _terms(balance, told), *(head + _terms(balance, words, gap="") for words in (told, f" ({full})"))]
    return [*sums, *(head + line(*known, Span(words, "label")) for words in (told, f" ({full})")), *short]


def _terms(balance: Balance, charge: str = "", gap: str = " ") -> Line:
    """ " =  solar 2140 W  -  to grid 672 W": sources first, with the signs that make the sum right; `charge` follows
    the power of the batteries."""
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
        sign = "=" if index == 0 else ("+" if gives else "-")
        minus = "-" if index == 0 and not gives else ""
        spans += [Span(f"{gap} {sign} {gap}{minus}{name} ", "label"), Span(f"{watts(power)} W")]
        spans += [Span(charge, "label")] if charge and name in ("battery", "charging") else []
    return tuple(spans)


def _colour(arrow: Arrow) -> str:
    return {Arrow.UP: "import", Arrow.DOWN: "export", Arrow.NONE: "label"}[arrow]
