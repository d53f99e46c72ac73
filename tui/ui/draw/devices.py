"""The device list: name, arrow and power, state or direction, and a sparkline where there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.core.graph.bucket import Bucket
from tui.core.graph.chart import spark
from tui.core.house import balance_of
from tui.core.model import Device, Fleet, Role, State
from tui.core.moment import Now
from tui.core.state import shown_number, state_of
from tui.core.wording import MISSING, Arrow, arrow_of, number_in, power_word, state_word, watts, word_in
from tui.ui.draw.graph import GRAPH_STYLES
from tui.ui.draw.lines import BLANK, Context, Line, Lines, Span, cells_of, fit, fit_line, line, styled
from tui.ui.glyphs import Glyphs

Trend = Callable[[Device, int], Sequence[Bucket | None]]
"""(device, count) to the newest buckets of its main quantity."""

VALUE = 6
NO_MATCH = "No device matches the filter; b clears it."
SORTS = ("role", "name", "power", "trouble")
_WORDS_FROM = 30
"""The least width with room for the word, in cells."""
_TREND = 12
_ROLE_ORDER = {Role.GRID: 0, Role.SOLAR: 1, Role.BATTERY: 2, Role.LOAD: 3, None: 4}


def sorted_devices(fleet: Fleet, now: Now, sort: str = "role", wanted: str = "") -> list[Device]:
    """The devices that match the filter `wanted` (see `passes`), in the order `sort`.

    "role": grid, solar, battery, loads, others; "power": largest first; "trouble": what is not live first.
    """
    rows = [device for device in fleet.devices.values() if not wanted or passes(device, wanted)]
    rows.sort(key=lambda device: device.label.casefold())
    match sort:
        case "power":
            rows.sort(key=lambda device: -abs(shown_number(device, "power_w", now) or 0.0))
        case "trouble":
            rows.sort(key=lambda device: state_of(device, now) is State.LIVE)
        case "role":
            rows.sort(key=lambda device: (_ROLE_ORDER[device.role], device.same_meter_as is not None))
    return rows


def passes(device: Device, wanted: str) -> bool:
    """Whether a device matches a filter: all its words are in the name, address, serial or product."""
    return all(word in _searchable(device) for word in wanted.casefold().split())


def _searchable(device: Device) -> str:
    parts = (device.label, device.serial, device.product_type, device.product_name, device.role)
    address = device.endpoint.address if device.endpoint else ""
    return " ".join([*(part for part in parts if part), address]).casefold()


def label_in(device: Device, width: int, glyphs: Glyphs) -> str:
    """The name of a device in exactly `width` cells.

    A name given by the user is cut at its end. A generated one loses what devices have in common: it keeps the whole
    end of the serial after a short product name ("kWh 3 250f61"), and the end of an address, since the addresses of one
    house begin with the same digits.
    """
    label = device.label
    if device.name or cells_of(label) <= width:
        return fit(label, width, glyphs)
    if device.serial is None:
        kept = max(0, width - len(glyphs.ellipsis))
        return fit(glyphs.ellipsis + label[len(label) - kept :], width, glyphs)
    end = f" {device.serial[-6:]}"
    room = max(0, width - len(end))
    product = device.product.short
    return fit((product if len(product) <= room else fit(product, room, glyphs)) + end, width, glyphs)


def header(context: Context, width: int, more: int = 0, *, trends: bool = True, names: str = "name") -> Line:
    """The column heads, and how many devices have no row: above the words, or in place of `names`."""
    beside = width >= _WORDS_FROM
    name = fit(f"  {more} more" if more and not beside else f"  {names}", _name_width(width, trends), context.glyphs)
    hidden = Span(f" {more} more", "warn") if more and beside else Span("")
    return fit_line(line(Span(f"{name} {'W':>{VALUE}}", "label"), hidden), width)


def device_row(device: Device, context: Context, width: int, trend: Trend | None, *, selected: bool) -> Line:
    """One device in `width` cells; without `trend` the name gets its cells."""
    named = _name_width(width, trend is not None)
    drawn = trend if width >= _trend_from() else None
    state = state_of(device, context.now)
    value = fit_line(
        _value(device, state, context, _word_width(width)),
        _values_width(width) if drawn else width - named,
    )
    pointer = context.glyphs.pointer if selected else " "
    name = _charged(_named(device, named - 1, context.glyphs), device, context)
    dull = "stale" if state not in (State.LIVE, State.STALE) or device.remembered else ""
    row = line(Span(pointer, "key"), Span(name, dull), *value)
    if drawn:
        buckets = drawn(device, _TREND)
        row = (*row, *(_spark(buckets, context) if buckets else ()))
    row = fit_line(row, width)
    return styled(row, "cursor") if selected else row


def _named(device: Device, width: int, glyphs: Glyphs) -> str:
    """The name with a blank between it and the arrow, unless a name that was given just fits without one."""
    label = device.label
    whole = cells_of(label) <= width if device.name else device.serial is None  # an address has no arrow beside it
    return fit(label_in(device, width if whole else width - 1, glyphs), width, glyphs)


def _charged(name: str, device: Device, context: Context) -> str:
    """The name of a battery, and how full it is at the end of the name's cells where there is room for both."""
    charge = shown_number(device, "state_of_charge_pct", context.now)
    if charge is None:
        return name
    label, full = name.rstrip(), f" {number_in(charge, 0, 5)} % "
    room = cells_of(name) - cells_of(label) - len(full)
    return f"{label}{' ' * room}{full}" if room >= 0 else name


def column_starts(width: int, *, trends: bool = True) -> tuple[int, ...]:
    """Where the arrow and, if any, the trend begin: what changes every second comes after these cells."""
    values = _name_width(width, trends)
    return (values, values + _values_width(width)) if trends and width >= _trend_from() else (values,)


def _trend_from() -> int:
    """The least width of a list with room for the trend beside its other columns."""
    return 30 + _TREND


def _values_width(width: int) -> int:
    """Arrow and figure, a blank, and the word: "discharging" where there is room, else 9 cells ("producing")."""
    return 1 + VALUE + (1 + _word_width(width) if width >= _WORDS_FROM else 0)


def _word_width(width: int) -> int:
    return 11 if width >= 40 else 9


def _name_width(width: int, trends: bool) -> int:
    """The pointer and the name."""
    room = width - _values_width(width)
    return min(24, room - _TREND - 1 if trends and width >= _trend_from() else room)


def _spark(buckets: Sequence[Bucket | None], context: Context) -> Line:
    runs = spark(buckets, context.glyphs.levels).runs()
    return (Span(" "), *(Span(text, GRAPH_STYLES.get(role, "")) for text, role in runs))


def _value(device: Device, state: State, context: Context, cells: int) -> Line:
    """The arrow, the figure and the word, which takes `cells`."""
    product, now = device.product, context.now
    word = state_word(device, now)
    tone = "" if state is State.LIVE else "stale"
    if device.remembered:
        word = word_in("remembered", cells)
    if product.measures_water:
        flow = shown_number(device, "water_flow_lpm", now)
        if flow is not None and not device.remembered:
            word = word if state is not State.LIVE else "l/min"
            return line(Span(f" {number_in(flow, 1, VALUE):>{VALUE}}", tone), Span(f" {word}", "label"))
    power = shown_number(device, "power_w", now)
    if power is None or state in (State.API_DISABLED, State.NOT_PAIRED) or device.remembered:
        missing = MISSING if state is not State.LIVE else ""
        bad = "fail" if state in _BAD else "label"
        return line(Span(f" {missing:>{VALUE}}", "stale"), Span(f" {word if state is not State.LIVE else ''}", bad))
    arrow = arrow_of(power)
    if state is State.LIVE:
        word = word_in(power_word(device, power), cells)
    colour = tone or {Arrow.UP: "import", Arrow.DOWN: "export", Arrow.NONE: "label"}[arrow]
    trouble = "label" if state is State.LIVE else "warn"
    return line(
        Span(context.glyphs.arrow(arrow), colour), Span(f"{watts(power):>{VALUE}}", tone), Span(f" {word}", trouble)
    )


_BAD = (State.SILENT, State.REFUSED, State.BAD_ANSWER, State.FROZEN, State.API_DISABLED)


_UNMEASURED = ("  not measured", "  unmeasured", "  other")


def unmeasured_rows(fleet: Fleet, context: Context, width: int, *, trends: bool = True) -> Lines:
    """What the house uses and no load meter measures; no rows if that is unknown."""
    rest = balance_of(fleet, context.now).unmeasured_w
    if rest is None:
        return []
    room = _name_width(width, trends)
    words = next((one for one in _UNMEASURED if len(one) < room), _UNMEASURED[-1])
    name = fit(words, room, context.glyphs)
    arrow = arrow_of(rest)
    word = "using" if arrow is Arrow.UP else "idle"
    row = line(
        Span(name, "label"),
        Span(context.glyphs.arrow(arrow), "import"),
        Span(f"{watts(rest):>{VALUE}}"),
        Span(f" {word}", "label"),
    )
    return [BLANK, fit_line(row, width)]
