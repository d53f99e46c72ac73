"""What a battery has besides other devices: its charge, what it lived through, and the group it is in.

The group is that of the meter which controls it, and stands in the panel of that meter, too.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui.core.battery.batteries import Batteries
from tui.core.battery.following import UNFOLLOWED, unfollowed_since, why_not
from tui.core.battery.group import controller_of, efficiency, fresh_group, has_batteries, stored_kwh
from tui.core.battery.words import may_words, mode_name
from tui.core.model import Device
from tui.core.state import shown_number
from tui.core.switching import mode_refusal
from tui.core.wording import Arrow, arrow_of, long_age, number_in, up_words, watts
from tui.ui.draw.blocks import INDENT, Block, flowed
from tui.ui.draw.lines import Context, Line, Lines, Span, bar, fit_line, line, styled, width_of, wrapped

NAMES = frozenset({"state_of_charge_pct", "cycles"})
"""The quantities shown here."""
_CHARGE_AT = 28
"""The cell where the charge begins beside the power: after "delivering" and five digits."""
_BAR, _LEAST_BAR = 20, 10
"""Cells of the charge's bar."""
_FACTS_AT = 48
"""The cell where facts begin beside rows of energy."""
_HINT = "(m: change)"


def charge_line(device: Device, context: Context, room: int) -> Line:
    """ "57 %  ███████████·········  1.5 of 2.7 kWh", as much as fits in `room` cells; empty if it is not known.

    What is in it is told only where the user has set its size: the API does not tell it.
    """
    charge = shown_number(device, "state_of_charge_pct", context.now)
    if charge is None:
        return ()
    figure = Span(f"{number_in(charge, 0, 5):>3} %", "figure")
    stored = stored_kwh(device, context.now)
    size = device.capacity_kwh or 0.0
    holds = "" if stored is None else f"  {number_in(stored, 1, 5)} of {number_in(size, 1, 5)} kWh"
    for cells, rest in ((_BAR, holds), (_LEAST_BAR, holds), (_BAR, ""), (_LEAST_BAR, "")):
        told = line(figure, Span(f"  {bar(charge / 100, cells, context.glyphs)}"), rest)
        if width_of(told) <= room:
            return told
    return line(figure) if width_of((figure,)) <= room else ()


def beside_power(device: Device, context: Context, width: int) -> Line:
    """The charge for the end of a panel's first row, always in the same cells; empty where not all of it fits."""
    room = width - _CHARGE_AT
    told = charge_line(device, context, room)
    return fit_line(told, room) if len(told) == len(charge_line(device, context, width + room)) > 1 else ()


def charge(device: Device, context: Context, width: int) -> Block | None:
    """The same as a row of its own."""
    told = charge_line(device, context, width - len(INDENT))
    return Block(1, [(Span(INDENT), *told)], NAMES, joins=True) if told else None


def group(device: Device, context: Context, width: int) -> list[Block]:
    """The batteries that a meter controls, in its own panel and in that of a battery: what they are told, and what they
    do. In the meter's panel the second gives way before the meter's own values: it changes every second."""
    meter = controller_of(context.fleet) if device.product.is_battery else device
    if meter is None or meter.batteries is None or not has_batteries(meter.batteries.value):
        return []
    told = meter.batteries.value
    count = "group" if told.count is None else "one battery" if told.count == 1 else f"group of {told.count}"
    first = [
        line(Span(f"{INDENT}{count}", "label")),
        line(Span("   mode ", "label"), Span(mode_name(told))),
    ]
    if may := may_words(told):
        first.append(line(Span(f"   {may}", "label" if told.permissions is None else "")))
    if told.charge_to_full:
        first.append(line(Span("   first to 100 %")))
    if meter is not device:
        first.append(line(Span("   by ", "label"), Span(meter.label)))
    rows = flowed(first, width)
    powers = min((flowed(_powers(meter, told, context, short=short), width) for short in (False, True)), key=len)
    if fresh_group(meter, context.now) is None:
        age = long_age(context.now.age_of(meter.batteries.at))
        rows = [styled(row, "stale") for row in (*rows, line(Span(f"{INDENT}told {age} ago")))]
        powers = [styled(row, "stale") for row in powers]
    elif not context.kiosk and mode_refusal(meter, context.now, read_only=context.read_only) is None:
        rows[0] = _with_hint(rows[0], width)
    return [Block(2, rows), Block(2 if device.product.is_battery else 4, powers, joins=True)]


def _powers(meter: Device, told: Batteries, context: Context, *, short: bool) -> list[Line]:
    """The group's target, what it does, how much more it could, and the most that it can.

    What changes every second has no colours but the text's: each would be some 25 bytes more.
    """
    power, target = told.power_w, told.target_power_w
    parts: list[Line] = []
    if target is not None:
        parts.append(line(Span(f"{INDENT}target {_power(target, context)}")))
    if power is not None:
        name = "power" if told.count == 1 else "all"
        parts.append(line(Span(f"{'   ' if parts else INDENT}{name} {_power(power, context)}")))
    why = why_not(told, context.fleet, context.now) if fresh_group(meter, context.now) else None
    if why is not None and parts:
        parts[-1] = (*parts[-1], Span(f" ({why})", "label"))
    into, out = told.max_consumption_w, told.max_production_w
    arrow = arrow_of(power) if power is not None else Arrow.NONE
    most = {Arrow.UP: into, Arrow.DOWN: out}.get(arrow)
    if power is not None and most is not None:  # before the limits, which stand still: that saves sending them again
        parts.append(line(Span(f"   room {watts(max(0.0, abs(most) - abs(power)))} W")))
    limits = [f"{watts(most)} W {way}" for most, way in ((into, "in"), (out, "out")) if most is not None]
    if short and into is not None and into == out:
        limits = [f"{watts(into)} W in and out"]
    if limits:
        parts.append(line(Span("   of " if parts else f"{INDENT}at most ", "label"), Span(", ".join(limits))))
    return parts


def _power(power_w: float, context: Context) -> str:
    return f"{context.glyphs.arrow(arrow_of(power_w))} {watts(power_w):>4} W"


def _with_hint(row: Line, width: int) -> Line:
    hint = line(Span("   "), Span(_HINT, "label"))
    return (*row, *hint) if width_of(row) + width_of(hint) <= width else row


def not_following(device: Device, context: Context, width: int) -> Lines:
    """That the batteries do not do what they are told, in both panels."""
    meter = controller_of(context.fleet) if device.product.is_battery else device
    since = unfollowed_since(meter, context.fleet, context.now) if meter else None
    if since is None:
        return []
    return wrapped(f"{UNFOLLOWED} (since {context.when(since)})", width - 4, "fail", INDENT)


def facts(device: Device, context: Context) -> list[Line]:
    """What it lived through: cycles, efficiency, and how long it has been on."""
    told: list[Line] = []
    cycles = device.number("cycles")
    if cycles is not None:
        words = "1 cycle" if cycles == 1 else f"{number_in(cycles, 0, 10)} cycles"
        told.append(line(Span("since installed  ", "label"), Span(words)))
    share = efficiency(device)
    if share is not None:
        told.append(line(Span("efficiency ", "label"), Span(f"{share * 100:.0f} %")))
    up = up_words(device, context.now)
    if up is not None:
        told.append(line(Span("up ", "label"), Span(up)))
    return told


def with_facts(blocks: Sequence[Block | None], told: Sequence[Line], width: int) -> list[Block]:
    """The blocks with a fact at the end of each row that has room for it; the rest in rows of their own."""
    left = list(told)
    shown: list[Block] = []
    for block in blocks:
        if block is None:
            continue
        rows: Lines = []
        for row in block.rows:
            at = max(_FACTS_AT, width_of(row) + 3)
            if left and at + width_of(left[0]) <= width:
                row = (*fit_line(row, at), *left.pop(0))
            rows.append(row)
        shown.append(block._replace(rows=rows, joins=bool(shown)))
    if left:
        shown.append(Block(3, flowed([(Span(INDENT), *fact) for fact in left], width), joins=bool(shown)))
    return shown
