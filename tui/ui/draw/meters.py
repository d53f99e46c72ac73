"""The view Meters: every external meter of every P1."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from tui.core.doubt.meterclock import clock_words, reading_age_s
from tui.core.external import can_flow, earlier_of, flow, is_left_over, keyed, kind_name
from tui.core.model import Device, State, key_of
from tui.core.reading import External
from tui.core.state import state_of
from tui.core.text import clean, readable_id
from tui.core.wording import MISSING, NO_TIME, long_age, number, number_in, stamp_words
from tui.ui.draw.devices import label_in
from tui.ui.draw.lines import BLANK, Context, Lines, Span, cells_of, line, wrapped
from tui.ui.draw.table import Column, table

_IDS_FROM = 120
"""The width of all columns together."""
_THROUGH = 16
_VALUE, _UNIT = 10, 4
_METERS = (
    Column("kind", 10),
    Column("value", _VALUE, right=True),
    Column("unit", _UNIT),
    Column("read", 11, least=53),
    Column("age", 9, right=True),
    Column("flow", 11, right=True, least=70),
    Column("through", _THROUGH, least=90),
    Column("id", 34, least=_IDS_FROM),
)


_NO_FLOW_YET = (
    "A flow needs two good readings at least a minute apart; gas is read every 5 min, by older meters every hour."
)


def meter_lines(devices: Sequence[Device], context: Context, width: int) -> Lines:
    """Every external meter; if there is none, why."""
    zone = ZoneInfo(context.profile.zone)
    today = datetime.fromtimestamp(context.now.utc, zone).replace(tzinfo=None)
    rows: list[list[Span]] = []
    awaited = False
    counted = {device.key: keyed(device.measurement.value.external) for device in devices if device.measurement}
    for device in devices:
        meters = device.measurement.value.external if device.measurement else ()
        for key, meter in keyed(meters).items():
            if key in counted.get(key_of(device.same_meter_as or ""), {}):
                continue  # another dongle on the same smart meter passes it on
            moved = flow(meter, earlier_of(key, device.earlier), zone)
            old = is_left_over(meter, meters, today)
            tone = "stale" if old or state_of(device, context.now) is not State.LIVE else ""
            awaited = awaited or (moved is None and not old and can_flow(meter))
            rows.append(_meter_row(device, meter, moved, old, tone, today, context))
    if not rows:
        grids = [device for device in devices if device.product.is_grid_meter]
        text = (
            "No gas, water or heat meter is connected to the smart meter."
            if any(device.measurement for device in grids)
            else "External meters (gas, water, heat) come through a P1 meter. None has answered yet."
        )
        return wrapped(text, width - 2, "label", " ")
    more = max(0, *(cells_of(row[2].text) - _UNIT for row in rows))  # units nobody knows may be longer
    lines = table(_columns(more), rows, context, width, needed=(0, 1, 2))
    if width < _IDS_FROM + more:  # no room for a column of ids: a list of them below
        ids = [line(Span(f" {row[0].text:<10}  ", "label"), Span(row[7].text)) for row in rows if row[7].text]
        lines += [BLANK, line(Span(" ids", "label")), *ids] if ids else []
    for device in devices:
        if words := clock_words(device, context.now, zone):
            lines += [BLANK, *wrapped(f"{device.label}: {words}", width - 2, "warn", " ")]
    if awaited and "flow" in lines[0][0].text:
        lines += [BLANK, *wrapped(_NO_FLOW_YET, width - 2, "label", " ")]
    return lines


def _columns(more: int) -> list[Column]:
    """The columns with `more` cells for the unit; those that are left out are left out that much earlier."""
    wider = [column._replace(least=column.least + more if column.least else 0) for column in _METERS]
    return [column._replace(width=_UNIT + more) if column.head == "unit" else column for column in wider]


def _meter_row(
    device: Device,
    meter: External,
    moved: tuple[float, str] | None,
    old: bool,
    tone: str,
    today: datetime,
    context: Context,
) -> list[Span]:
    stamp = meter.timestamp
    age = reading_age_s(device, meter, context.now, ZoneInfo(context.profile.zone))
    ago = MISSING if stamp is None else "ahead" if age is None else long_age(age)
    when = stamp_words(stamp, today) if stamp else NO_TIME[meter.misdated]
    rate = f"{number(moved[0], 2)} {context.glyphs.unit(moved[1])}" if moved else MISSING
    return [
        Span(clean(kind_name(meter.type), 24), tone or "title"),
        Span(number_in(meter.value, 3, _VALUE), tone),
        Span(context.glyphs.unit(clean(meter.unit or "", 8)), tone),
        Span(when, tone or ("warn" if meter.misdated else "")),
        Span(ago, tone or "label"),
        Span("old meter" if old else rate, tone),
        Span(label_in(device, _THROUGH, context.glyphs), "label"),
        Span(readable_id(meter.unique_id) if meter.unique_id else "", "label"),
    ]
