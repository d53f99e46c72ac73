"""Parses API v1 into the model. The only module that knows the names of v1.

Nothing here raises, whatever the JSON: a null field counts as absent, an unusable field is dropped with a note, and the
rest is kept. The notes passed in, on the bytes of the answer, come before those. Sources: the vendor's documentation
(v1: measurement, state, system, error handling), and where devices differ from it, payloads of real devices; comments
mark these places.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tui.core.decode import UNREADABLE
from tui.core.external import is_empty_channel
from tui.core.extra import unknown_fields
from tui.core.fields import Fields, gathered
from tui.core.quantities import PHASES, QUANTITIES, TARIFFS, Kind
from tui.core.reading import External, Identity, Measurement, Switch, System, Value
from tui.core.text import clean
from tui.core.unmeasured import unmeasured

EXTERNAL_METERS = 16
"""The M-Bus of a smart meter has four channels; this leaves room for emulators (own choice)."""
NOTES = 32

_PHASED = (
    "power{}_w",
    "voltage{}_v",
    "current{}_a",
    "power_factor{}",
    "apparent_power{}_va",
    "apparent_current{}_a",
    "reactive_power{}_var",
    "reactive_current{}_a",
)
_TARIFFED = ("import{}_kwh", "export{}_kwh")
_COUNTED = ("voltage_sag_l{}_count", "voltage_swell_l{}_count")

V1_NAMES: dict[str, str] = {
    "smr_version": "protocol_version",
    "meter_model": "meter_model",
    "unique_id": "unique_id",
    "active_tariff": "tariff",  # undocumented, but in every payload of a P1
    **{"active_" + name.format(p): name.format(p) for name in _PHASED for p in ("", *(f"_l{n}" for n in PHASES))},
    "active_frequency_hz": "frequency_hz",
    **{
        "total_power_" + name.format(t): "energy_" + name.format(t)
        for name in _TARIFFED
        for t in ("", *(f"_t{n}" for n in TARIFFS))
    },
    **{name.format(phase): name.format(phase) for name in _COUNTED for phase in PHASES},
    "any_power_fail_count": "any_power_fail_count",
    "long_power_fail_count": "long_power_fail_count",
    "active_power_average_w": "average_power_15m_w",
    "montly_power_peak_w": "monthly_power_peak_w",  # misspelled on the wire
    "monthly_power_peak_w": "monthly_power_peak_w",  # in case it is ever corrected
    "montly_power_peak_timestamp": "monthly_power_peak_timestamp",
    "monthly_power_peak_timestamp": "monthly_power_peak_timestamp",
    "active_liter_lpm": "water_flow_lpm",
    "total_liter_m3": "water_total_m3",
    "total_liter_offset_m3": "water_total_offset_m3",
}
"""v1 name -> canonical name. Where two names mean the same quantity, the first usable one counts."""

_GAS_ID_NAMES = ("gas_unique_id", "unique_gas_id")  # as sent; as documented
_ELSEWHERE = {"wifi_ssid", "wifi_strength", "external", "total_gas_m3", "gas_timestamp", *_GAS_ID_NAMES}
_KNOWN = V1_NAMES.keys() | _ELSEWHERE


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
        notes=_bounded(told),
    )


def parse_measurement(data: object, notes: Sequence[str] = ()) -> tuple[Measurement, System] | None:
    """The answer to `/api/v1/data`, and what it says about the device itself; None if it is not a JSON object."""
    if not isinstance(data, dict):
        return None
    told = [*notes]
    fields = Fields(data, told)
    values = _values({name: V1_NAMES[name] for name in V1_NAMES if name in data}, fields)
    external = _external(data.get("external"), fields, told)
    strength_pct, rssi_db = _wifi_strength(fields)
    system = System(wifi_ssid=fields.text("wifi_ssid"), wifi_strength_pct=strength_pct, wifi_rssi_db=rssi_db)
    extra = unknown_fields(data, _KNOWN, told)
    zeros = unmeasured(values)
    values = {name: value for name, value in values.items() if name not in zeros} if zeros else values
    return Measurement(values, external, _bounded(told), extra, zeros), system


def parse_switch(data: object, notes: Sequence[str] = ()) -> Switch | None:
    """The answer to a read or a change of `/api/v1/state` (a change returns only what was set).

    None if it is not a JSON object.
    """
    if not isinstance(data, dict):
        return None
    told = [*notes]
    fields = Fields(data, told)
    brightness = fields.whole("brightness")
    return Switch(
        power_on=fields.flag("power_on"),
        switch_lock=fields.flag("switch_lock"),
        brightness=brightness if brightness is not None and 0 <= brightness <= 255 else None,
        notes=_bounded(told),
    )


def parse_system(data: object, notes: Sequence[str] = ()) -> System | None:
    """The answer to `/api/v1/system`; None if it is not a JSON object."""
    if not isinstance(data, dict):
        return None
    told = [*notes]
    return System(cloud_enabled=Fields(data, told).flag("cloud_enabled"), notes=_bounded(told))


def parse_error_id(data: object) -> int | None:
    """The id in `{"error": {"id": 202, "description": "API not enabled"}}`; None if `data` is anything else."""
    error = data.get("error") if isinstance(data, dict) else None
    return Fields(error, []).whole("id") if isinstance(error, dict) else None


def parse_error(data: object) -> str | None:
    """The words of `{"error": {"id": 8, "description": "..."}}`, clean and short, empty if there are none.

    None if `data` is anything else. API v2 has a "code" in it instead.
    """
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, dict):
        return None
    words = error.get("description") or error.get("code")
    return clean(words) if isinstance(words, str) else ""


def is_reading(data: Mapping[str, object], *, new: bool) -> bool:
    """Whether the answer to `/api/v1/data` has a field that belongs there, whatever its value: a P1 without a smart
    meter sends nulls. A `new` product may send nothing but unknown numbers.
    """
    numbers = (value for value in data.values() if isinstance(value, (int, float)) and not isinstance(value, bool))
    return not _KNOWN.isdisjoint(data) or (new and next(numbers, None) is not None)


def _bounded(notes: Sequence[str]) -> tuple[str, ...]:
    told = gathered(notes)
    if len(told) > NOTES:
        told[NOTES - 1 :] = [f"{len(told) - NOTES + 1} more fields dropped or cut"]
    return tuple(told)


def _values(names: Mapping[str, str], fields: Fields) -> dict[str, Value]:
    """The values sent under `names` (v1 name -> canonical name), in the order of the table of quantities."""
    values: dict[str, Value] = {}
    for name, quantity in names.items():
        value = _value(fields, name, QUANTITIES[quantity].kind)
        if value is not None:
            values.setdefault(quantity, value)
    if values.get("tariff", TARIFFS[0]) not in TARIFFS:  # some devices send 0
        fields.drop("active_tariff", f"unknown tariff {values.pop('tariff')}")
    for direction in ("import", "export"):
        tariffs = [values.get(f"energy_{direction}_t{tariff}_kwh") for tariff in TARIFFS]
        readings = [reading for reading in tariffs if isinstance(reading, (int, float))]
        total = f"energy_{direction}_kwh"
        if any(readings) and values.get(total) == 0:
            del values[total]
            fields.drop(f"total_power_{direction}_kwh", "0 beside tariffs that are not")
        if readings:  # firmware before 4.00 sends no total; rounding removes float noise
            values.setdefault(total, round(sum(readings), 3))
    if values.get("monthly_power_peak_w") == 0 and "monthly_power_peak_timestamp" not in values:
        fields.drop("montly_power_peak_w", "0 without a time")
        values = {name: value for name, value in values.items() if not name.startswith("monthly_power_peak")}
    return {quantity: values[quantity] for quantity in QUANTITIES if quantity in values}


def _value(fields: Fields, name: str, kind: Kind) -> Value | None:
    match kind:
        case Kind.GAUGE | Kind.COUNTER:
            return fields.number(name)
        case Kind.TEXT:
            return fields.text(name)
        case Kind.TIME:
            return fields.time(name)
        case Kind.CODE if name == "smr_version":
            return _version(fields, name)
        case Kind.EVENT | Kind.CODE:
            return fields.whole(name)


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


def _wifi_strength(fields: Fields) -> tuple[float | None, float | None]:
    """The strength in percent and in dBm, of which one is sent at most. Imitators send an RSSI, which is negative."""
    strength = fields.number("wifi_strength")
    if strength is None or 0 <= strength <= 100:
        return strength, None
    if -100 <= strength <= -1:
        return None, strength
    fields.drop("wifi_strength", "neither 0 to 100 % nor -100 to -1 dBm")
    return None, None


def _external(raw: object, fields: Fields, notes: list[str]) -> tuple[External, ...]:
    """The meters behind the smart meter, including a gas meter that only the old gas fields report."""
    meters: list[External] = []
    if isinstance(raw, list):
        meters = list(external_entries(raw[:EXTERNAL_METERS], notes))
    elif raw is not None:
        fields.drop("external", "not a list")
    before = len(notes)
    gas = _gas(fields)
    if gas and is_empty_channel(gas):
        del notes[before:]
    elif gas and not any(_is_same_meter(meter, gas) for meter in meters):
        meters.append(gas)
    if len(meters) > EXTERNAL_METERS or (isinstance(raw, list) and len(raw) > EXTERNAL_METERS):
        notes.append(f"external: more than {EXTERNAL_METERS} meters, the rest dropped")
    return tuple(meters[:EXTERNAL_METERS])


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


def _gas(fields: Fields) -> External | None:
    """The gas meter of `total_gas_m3`. Some P1s send it with an empty `external` (seen in Belgium)."""
    value, timestamp = fields.number("total_gas_m3"), fields.time("gas_timestamp")
    ids = [unique_id for unique_id in map(fields.text, _GAS_ID_NAMES) if unique_id]
    if value is None:
        return None
    unique_id = ids[0] if ids else None
    return External("gas_meter", unique_id, value, "m3", timestamp, fields.is_misdated("gas_timestamp"))


def _is_same_meter(meter: External, gas: External) -> bool:
    """Whether an entry of `external` is the meter of the old gas fields. Without an id, equal values decide."""
    if meter.type != gas.type:
        return False
    if meter.unique_id is None:
        return gas.unique_id is None or meter.value == gas.value
    return gas.unique_id is None or meter.unique_id == gas.unique_id
