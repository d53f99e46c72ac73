"""The blocks of a live panel that all products share; `electric` has the electrical ones, `totals` the counters.

A block is a few lines about one thing, with a rank: where rows are few, the least important is left out first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from tui.core.doubt.unmeasured import looks_three_wire, note_of
from tui.core.model import Device, State
from tui.core.moment import Now
from tui.core.quantities import QUANTITIES, Kind
from tui.core.reading import Json, Measurement, Value
from tui.core.state import is_fresh, shown_number, state_of
from tui.core.text import readable_id
from tui.core.wording import (
    MISSING,
    Arrow,
    arrow_of,
    figure,
    long_age,
    power_word,
    state_word,
    up_words,
    watts,
    wifi_words,
)
from tui.ui.draw.lines import Context, Line, Lines, Span, line, plain, spread, width_of, wrapped

ARROW_STYLES = {Arrow.UP: "import", Arrow.DOWN: "export", Arrow.NONE: "label"}
INDENT = "  "


class Block(NamedTuple):
    """Lines about one thing. `rank` 0 is the most important; `names` are the quantities shown in it."""

    rank: int
    rows: Lines
    names: frozenset[str] = frozenset()
    joins: bool = False
    """Follows the previous block without a blank row between."""


def headline(device: Device, context: Context, width: int, beside: Line = ()) -> Block:
    """The figure that matters most, with its direction or its age; `beside` the tariff where both have room."""
    now = context.now
    state = state_of(device, now)
    water = device.product.measures_water
    name = "water_flow_lpm" if water else "power_w"
    value = shown_number(device, name, now)
    fresh = state is State.LIVE
    tone = "figure" if fresh else "stale"
    word = "" if water and fresh else state_word(device, now)
    arrow = Arrow.NONE
    if value is None:
        shown = MISSING if state is not State.LIVE else ""
    elif water:
        shown = f"{figure(name, value)} {QUANTITIES[name].unit}"
    else:
        arrow = arrow_of(value)
        shown = f"{watts(value)} W"
        word = power_word(device, value) if fresh else word
    left = line(
        Span(f"{INDENT}{context.glyphs.arrow(arrow)} ", ARROW_STYLES[arrow] if fresh else "stale"),
        Span(f" {shown}", tone),
        Span(f"  {word}", "" if fresh else "warn"),
    )
    tariff = device.number("tariff")
    right = line(Span(f"tariff {context.profile.tariff_words(tariff)} ", "label")) if tariff is not None else ()
    if width_of(left) + 1 + width_of(right) + width_of(beside) <= width:
        right = (*right, *beside)
    names = {name, "tariff"}
    if device.number("power_l1_w") == device.number("power_w"):  # a single phase would repeat the total
        names.add("power_l1_w")
    return Block(0, [spread(left, right, width)], frozenset(names))


def trouble(device: Device, context: Context, width: int) -> Block:
    """What is wrong with it, since when, and what to do next."""
    rows: Lines = []
    problem = device.problem
    if problem and not is_fresh(device, context.now):
        rows += wrapped(f"{problem.text} (since {context.when(problem.since)})", width - 4, "fail", INDENT)
    elif state_of(device, context.now) is State.NOT_PAIRED:
        rows += wrapped("It speaks only API v2, which is read once it is paired: press p.", width - 4, "warn", INDENT)
    elif problem is None and _has_only_said_who_it_is(device, context.now):
        rows += wrapped("Connected, but it has sent no value yet.", width - 4, "warn", INDENT)
    if device.remembered:
        rows += wrapped("Known from last time; it has not answered yet.", width - 4, "warn", INDENT)
    if device.same_meter_as:
        text = f"Reads the same smart meter as {context.name_of(device.same_meter_as)}, which is counted instead."
        rows += wrapped(text, width - 4, "label", INDENT)
    if device.link.crowded and not rows:
        rows += wrapped("Another program reads this device, so it is polled every 5 s.", width - 4, "warn", INDENT)
    return Block(1, rows)


_PAUSE_S = 2.0
"""Between a device's name and its first value there is no more than this, unless something is wrong (own choice)."""


def _has_only_said_who_it_is(device: Device, now: Now) -> bool:
    """Whether it is connected and sends nothing, as a socket does that answers pings alone."""
    last = device.link.last_answer
    return device.measurement is None and last is not None and now.age_of(last) >= _PAUSE_S


def switch(device: Device, context: Context, width: int) -> Block | None:
    """The relay of a socket: on or off, locked or not, the LED ring."""
    if device.switch is None:
        return None
    state, age = device.switch.value, context.now.age_of(device.switch.at)
    parts = [
        ("switch", {True: "on", False: "OFF"}.get(state.power_on) if state.power_on is not None else None),
        (
            "lock",
            {True: "on (in the app)", False: "off"}.get(state.switch_lock) if state.switch_lock is not None else None,
        ),
        ("LED", f"{state.brightness / 2.55:.0f} %" if state.brightness is not None else None),
    ]
    facts = [line(Span(f"{INDENT}{label} ", "label"), Span(value)) for label, value in parts if value]
    old = [line(Span(f"{INDENT}{long_age(age)} ago", "warn"))] if age > 20 else []
    return Block(1, flowed([*facts, *old], width))


def about(device: Device, context: Context, width: int) -> Block:
    """The meter, its id, the Wi-Fi, firmware and address."""
    measurement = device.measurement.value if device.measurement else Measurement()
    system = device.system.value if device.system else None
    meter_id = measurement.text("unique_id")
    facts = [
        ("behind", context.name_of(device.behind) if device.behind else None),
        ("mounted", "upside down (inverted)" if device.is_inverted else None),
        ("meter", measurement.text("meter_model")),
        ("id", readable_id(meter_id) if meter_id else None),
        ("protocol", protocol_words(measurement)),
        ("Wi-Fi", wifi_words(system)),
        ("network", system.wifi_ssid if system else None),
        ("up", None if device.product.is_battery else up_words(device, context.now)),  # it stands with its cycles
        (
            "cloud",
            {True: "on", False: "off"}.get(system.cloud_enabled)
            if system and system.cloud_enabled is not None
            else None,
        ),
        ("LED", f"{system.led_brightness_pct:.0f} %" if system and system.led_brightness_pct is not None else None),
        ("firmware", device.firmware_version),
        ("product", device.product_type),
        ("serial", device.serial),
        ("address", device.endpoint.address if device.endpoint else None),
    ]
    parts = [line(Span(f"{INDENT}{label} ", "label"), Span(value)) for label, value in facts if value]
    return Block(6, flowed(parts, width), _OF_THE_METER)


_OF_THE_METER = frozenset({"meter_model", "unique_id", "protocol_version", "timestamp"})
"""What `about` tells; of the meter's clock there is something to tell only where it is wrong (`clock_words`)."""


def protocol_words(measurement: Measurement) -> str | None:
    """ "DSMR 5.0" for 50, None if it was not sent."""
    version = measurement.number("protocol_version")
    return None if version is None else f"DSMR {version / 10:.1f}"


def leftovers(
    measurement: Measurement, notes: Iterable[str], shown: Iterable[str], context: Context, width: int
) -> list[Block]:
    """What no other block shows: the other known quantities, unknown fields, and what was dropped and why."""
    known = set(shown)
    parts = [
        line(Span(f"{INDENT}{quantity_words(name)} ", "label"), Span(value_words(name, value, context)))
        for name, value in measurement.values.items()
        if name not in known
    ]
    parts += [
        line(Span(f"{INDENT}{key} ", "label"), Span(value if isinstance(value, str) else _json(value)))
        for key, value in measurement.extra.items()
    ]
    blocks = [Block(5, flowed(parts, width))] if parts else []
    zeros = None if looks_three_wire(measurement) else note_of(measurement)  # that is told beside the phases
    if rows := [row for note in (*notes, zeros) if note for row in wrapped(note, width - 4, "warn", INDENT)]:
        blocks.append(Block(3, rows))
    return blocks


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def quantity_words(name: str) -> str:
    """A quantity in words: "power_factor_l1" as "power factor L1", "energy_import_t3_kwh" as "import t3"."""
    stem = name.removeprefix("energy_")
    unit = QUANTITIES[name].unit.lower() if name in QUANTITIES else ""
    words = (stem.removesuffix(f"_{unit}") if unit else stem).replace("_", " ")
    for phase in (1, 2, 3):
        words = words.replace(f" l{phase}", f" L{phase}")
    return words


def value_words(name: str, value: Value, context: Context) -> str:
    """A value with its unit, formatted for its quantity."""
    quantity = QUANTITIES[name]
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, str):
        return value
    unit = f" {context.glyphs.unit(quantity.unit)}" if quantity.unit and quantity.kind is not Kind.CODE else ""
    return f"{figure(name, value)}{unit}"


def flowed(parts: Sequence[Line], width: int) -> Lines:
    """Facts side by side in as many rows as needed; one that is wider than a row is wrapped."""
    rows: Lines = []
    for part in parts:
        if rows and width_of(rows[-1]) + width_of(part) <= width:
            rows[-1] = (*rows[-1], *part)
        elif width_of(part) <= width:
            rows.append(part)
        else:
            rows += wrapped(plain(part).strip(), width, "", INDENT)
    return rows
