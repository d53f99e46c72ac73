"""What both dialects of the API share: a table of names turned into values, and the meters behind the smart meter.

`core.api.v1` and `core.api.v2` know what a device calls things; nothing after them does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from tui.core.api.decode import UNREADABLE
from tui.core.api.extra import unknown_fields
from tui.core.api.fields import Fields, gathered
from tui.core.doubt.unmeasured import unmeasured
from tui.core.external import is_empty_channel
from tui.core.quantities import QUANTITIES, TARIFFS, Kind
from tui.core.reading import External, Identity, Measurement, Value

EXTERNAL_METERS = 16
"""The M-Bus of a smart meter has four channels; this leaves room for emulators (own choice)."""
NOTES = 32
"""Most notes on one answer (own choice)."""
TOO_MANY = f"external: more than {EXTERNAL_METERS} meters, the rest dropped"


def parse_identity(data: object, notes: Sequence[str] = ()) -> Identity | None:
    """The answer to `/api`; None without a readable serial and a product type, which together identify a device."""
    if not isinstance(data, dict):
        return None
    told = [*notes]
    fields = Fields(data, told)
    serial, product_type = fields.text("serial"), fields.text("product_type")
    if serial is None or product_type is None or UNREADABLE in serial:
        return None
    return Identity(
        serial=serial,
        product_type=product_type,
        product_name=fields.text("product_name"),
        firmware_version=fields.text("firmware_version"),
        api_version=fields.text("api_version"),
        notes=bounded(told),
    )


def values_in(data: Mapping[str, object], names: Mapping[str, str], fields: Fields) -> dict[str, Value]:
    """The values sent under `names` (sent name -> canonical name), in the order of the table of quantities."""
    values: dict[str, Value] = {}
    sent_as: dict[str, str] = {}
    for name, quantity in names.items():
        if name not in data:
            continue
        value = _READ[quantity](fields, name)
        if value is not None:
            values.setdefault(quantity, value)
            sent_as.setdefault(quantity, name)
    if values.get("tariff", TARIFFS[0]) not in TARIFFS:  # some devices send 0
        fields.drop(sent_as["tariff"], f"unknown tariff {values.pop('tariff')}")
    for direction in ("import", "export"):
        tariffs = [values.get(f"energy_{direction}_t{tariff}_kwh") for tariff in TARIFFS]
        readings = [reading for reading in tariffs if isinstance(reading, (int, float))]
        total = f"energy_{direction}_kwh"
        if any(readings) and values.get(total) == 0:
            del values[total]
            fields.drop(sent_as[total], "0 beside tariffs that are not")
        if readings:  # firmware before 4.00 sends no total; rounding removes float noise
            values.setdefault(total, round(sum(readings), 3))
    if values.get("monthly_power_peak_w") == 0 and "monthly_power_peak_timestamp" not in values:
        fields.drop(sent_as["monthly_power_peak_w"], "0 without a time")
        values = {name: value for name, value in values.items() if not name.startswith("monthly_power_peak")}
    return {quantity: values[quantity] for quantity in sorted(values, key=_PLACE.__getitem__)}


def possible(values: dict[str, Value], fields: Fields) -> dict[str, Value]:
    """The values without those of a battery that cannot be one, each with a note; changed in place."""
    for name, (low, high) in _WITHIN.items():
        value = values.get(name)
        if isinstance(value, (int, float)) and not low <= value <= high:
            fields.drop(name, f"not {low:g} to {high:g}")
            del values[name]
    return values


_WITHIN: Mapping[str, tuple[float, float]] = {"state_of_charge_pct": (0, 100), "cycles": (0, 10**6)}
"""The cycles: own choice."""


def _version(fields: Fields, name: str) -> int | None:
    """A version in tenths, as HomeWizard sends it (50); imitators send the version itself (5, "5.0", 2.2)."""
    number = fields.number(name)
    if number is None:
        return None
    tenths = round(number * 10, 6) if abs(number) < 10 else number
    if tenths != int(tenths):
        fields.drop(name, "not a version")
        return None
    return int(tenths)


_BY_KIND: Mapping[Kind, Callable[[Fields, str], Value | None]] = {
    Kind.GAUGE: Fields.number,
    Kind.COUNTER: Fields.number,
    Kind.TEXT: Fields.text,
    Kind.TIME: Fields.time,
    Kind.EVENT: Fields.whole,
    Kind.CODE: Fields.whole,
}
_READ = {name: _BY_KIND[row.kind] for name, row in QUANTITIES.items()} | {"protocol_version": _version}
_PLACE = {name: place for place, name in enumerate(QUANTITIES)}


def external_in(raw: object, fields: Fields, notes: list[str]) -> list[External]:
    """The usable meters of the field `external`, at most `EXTERNAL_METERS` of those sent."""
    if not isinstance(raw, list):
        if raw is not None:
            fields.drop("external", "not a list")
        return []
    meters = list(external_entries(raw[:EXTERNAL_METERS], notes))
    if len(raw) > EXTERNAL_METERS:
        notes.append(TOO_MANY)
    return meters


def external_entries(raw: list[object], notes: list[str]) -> Iterator[External]:
    """The usable meters of a list `external`, which API v2 and our own JSON name alike."""
    for position, entry in enumerate(raw):
        if not isinstance(entry, dict):
            notes.append(f"external[{position}]: not an object, dropped")
            continue
        fields = Fields(entry, notes, where=f"external[{position}].")
        meter_type, value = fields.text("type"), fields.number("value")
        if meter_type is None or value is None:
            notes.append(f"external[{position}]: no usable {'type' if meter_type is None else 'value'}, dropped")
            continue
        before = len(notes)
        unique_id, unit, stamp = fields.text("unique_id"), fields.text("unit"), fields.time("timestamp")
        meter = External(meter_type, unique_id, value, unit, stamp, fields.is_misdated("timestamp"))
        if is_empty_channel(meter):
            del notes[before:]
        else:
            yield meter


def measurement_of(
    data: Mapping[str, object],
    values: dict[str, Value],
    external: tuple[External, ...],
    known: Collection[str],
    told: list[str],
) -> Measurement:
    """What was read of an answer, with its unknown fields, and without zeros that are no values."""
    extra = unknown_fields(data, known, told)
    zeros = unmeasured(values)
    kept = {name: value for name, value in values.items() if name not in zeros} if zeros else values
    return Measurement(kept, external, bounded(told), extra, zeros)


def bounded(notes: Sequence[str]) -> tuple[str, ...]:
    """The notes on one answer, at most `NOTES`; the last tells of the rest."""
    told = gathered(notes)
    if len(told) > NOTES:
        told[NOTES - 1 :] = [f"{len(told) - NOTES + 1} more fields dropped or cut"]
    return tuple(told)
