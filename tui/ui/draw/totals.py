"""The counter blocks of a live panel: energy by tariff, water, the meters behind a P1, events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from tui.core.doubt.meterclock import clock_words, reading_age_s
from tui.core.external import earlier_of, flow, is_left_over, keyed, kind_name
from tui.core.model import Device
from tui.core.quantities import PHASES, TARIFFS
from tui.core.reading import External, Measurement
from tui.core.text import clean
from tui.core.wording import NO_TIME, figure, long_age, number, number_in, stamp_words
from tui.ui.draw.blocks import INDENT, Block, flowed, quantity_words, value_words
from tui.ui.draw.lines import Context, Lines, Span, line, width_of, wrapped


def totals(device: Device, context: Context, width: int) -> list[Block]:
    """The counters as on the meter's own display: per tariff, and in total."""
    measurement = device.measurement.value if device.measurement else Measurement()
    both = [("import", "in"), ("export", "out")]
    present = [
        tariff
        for tariff in TARIFFS
        if any(measurement.number(f"energy_{way}_t{tariff}_kwh") is not None for way, _ in both)
    ]
    used = frozenset(f"energy_{way}_t{tariff}_kwh" for way, _ in both for tariff in present)
    totals_used = frozenset({"energy_import_kwh", "energy_export_kwh"})
    if not any(name in measurement.values for name in used | totals_used):
        return []
    lone = present == [1] and all(
        measurement.number(f"energy_{way}_t1_kwh") in (None, measurement.number(f"energy_{way}_kwh")) for way, _ in both
    )
    shown = [] if lone else present
    if width >= 30 + 15 * len(shown) and shown:
        return [Block(2, _tariff_table(measurement, shown, context), used | totals_used)]
    total = _in_and_out(measurement, "total", "", width)
    each = [
        row
        for tariff in shown
        for row in _in_and_out(measurement, f"t{context.profile.tariff_words(tariff)}", f"_t{tariff}", width)
    ]
    return [
        Block(2, total, totals_used | (used if lone else frozenset())),
        *([Block(5, each, used, joins=True)] if each else []),
    ]


def _in_and_out(measurement: Measurement, label: str, part: str, width: int) -> Lines:
    into, out = (
        figure("energy_import_kwh", measurement.number(f"energy_{way}{part}_kwh")) for way in ("import", "export")
    )
    both = line(Span(f"{INDENT}{label:<9} in ", "label"), Span(f"{into:>10}"))
    sent = line(Span("  out ", "label"), Span(f"{out:>10}"), Span(" kWh", "label"))
    if width_of(both) + width_of(sent) <= width:
        return [both + sent]
    return [both + line(Span(" kWh", "label")), line(Span(" " * len(f"{INDENT}{label:<9}"[2:])), *sent)]


def _tariff_table(measurement: Measurement, tariffs: Sequence[int], context: Context) -> Lines:
    heads = [f"t{context.profile.tariff_words(tariff)}" for tariff in tariffs] + ["total"]
    rows = [line(Span(f"{INDENT}{'meter reads':<12}" + "".join(f"{head:>15}" for head in heads), "label"))]
    for way in ("import", "export"):
        names = [f"energy_{way}_t{tariff}_kwh" for tariff in tariffs] + [f"energy_{way}_kwh"]
        values = "".join(f"{figure(name, measurement.number(name)):>15}" for name in names)
        rows.append(line(Span(f"{INDENT}{way + ' kWh':<12}", "label"), Span(values)))
    return rows


def external(device: Device, context: Context, width: int) -> Block | None:
    """Gas, water and heat behind the P1: value, flow, and always the time of the reading."""
    if device.measurement is None:
        return None
    meters = device.measurement.value.external
    zone = ZoneInfo(context.profile.zone)
    today = datetime.fromtimestamp(context.now.utc, zone).replace(tzinfo=None)
    rows: Lines = []
    for key, meter in keyed(meters).items():
        when = stamp_words(meter.timestamp, today) if meter.timestamp else NO_TIME[meter.misdated]
        old = is_left_over(meter, meters, today)
        moved = flow(meter, earlier_of(key, device.earlier), zone)
        rate = f"{number(moved[0], 2)} {context.glyphs.unit(moved[1])}" if moved and not old else ""
        age = reading_age_s(device, meter, context.now, zone)
        note = f"old meter, last read {when}" if old else _read_words(meter, when, age)
        unit = context.glyphs.unit(clean(meter.unit or "", 8))
        total, tone = number_in(meter.value, 3, 10), "stale" if old else ""
        label = Span(f"{INDENT}{clean(kind_name(meter.type), 10):<6}", "label")
        row = line(label, Span(f" {total:>10} {unit:<3}", tone))
        flowing = (*row, Span(f" {rate:<10} " if rate else "  "))
        if width_of(flowing) + len(note) <= width:
            rows.append((*flowing, Span(note, "label")))
            continue
        if width_of(flowing) <= width:
            row = flowing
        elif rate:
            note = f"{rate}, {note}"
        rows += (
            [row]
            if width_of(row) <= width
            else flowed([line(label), line(Span(f"{INDENT}{total} {unit}", tone))], width)
        )
        rows += wrapped(note, width, "label", f"{INDENT}    ")
    if words := clock_words(device, context.now, zone):
        rows += wrapped(words, width - 4, "warn", INDENT)
    return Block(2, rows) if rows else None


def _read_words(meter: External, when: str, age: float | None) -> str:
    if meter.timestamp is None:
        return when
    if age is None:
        return f"read {when}, clock ahead"
    return f"read {when}" + (f", {long_age(age)} ago" if age > 3600 else "")


def water(measurement: Measurement, context: Context, width: int) -> Block | None:
    """A water meter's total, and its offset."""
    names = [name for name in ("water_total_m3", "water_total_offset_m3") if name in measurement.values]
    parts = [
        line(
            Span(f"{INDENT}{quantity_words(name)} ", "label"),
            Span(value_words(name, measurement.values[name], context)),
        )
        for name in names
    ]
    return Block(2, flowed(parts, width), frozenset(names)) if parts else None


def counters(measurement: Measurement, width: int) -> Block | None:
    """Sags and swells per phase, and power failures, since the meter was installed."""
    facts: list[tuple[str, str]] = []
    names: set[str] = set()
    for stem, label in (("voltage_sag", "sags"), ("voltage_swell", "swells")):
        present = [name for name in (f"{stem}_l{phase}_count" for phase in PHASES) if name in measurement.values]
        if present:
            facts.append((label, " ".join(f"{measurement.number(name):.0f}" for name in present)))
            names.update(present)
    for name, label in (("any_power_fail_count", "power cuts"), ("long_power_fail_count", "long cuts")):
        value = measurement.number(name)
        if value is not None:
            facts.append((label, f"{value:.0f}"))
            names.add(name)
    parts = [line(Span(f"{INDENT}{label} ", "label"), Span(value)) for label, value in facts]
    rows = flowed(parts, width)
    since = line(Span(f"{INDENT}since installed", "label"))
    if len(rows) == 1 and width_of(since) + width_of(rows[0]) <= width:  # beside those since the program started
        rows = [since + rows[0]]
    return Block(4, rows, frozenset(names)) if facts else None
