"""Parses API v1 into the model. The only module that knows the names of v1.

Nothing here raises, whatever the JSON: a null field counts as absent, an unusable field is dropped with a note, and the
rest is kept. The notes passed in, on the bytes of the answer, come before those. Sources: the vendor's documentation
(v1: measurement, state, system, error handling), and where devices differ from it, payloads of real devices; comments
mark these places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tui.core.api.dialect import EXTERNAL_METERS, TOO_MANY, bounded, external_in, measurement_of, values_in
from tui.core.api.fields import Fields
from tui.core.external import is_empty_channel
from tui.core.quantities import PHASES, TARIFFS
from tui.core.reading import External, Measurement, Switch, System
from tui.core.text import clean

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


def parse_measurement(data: object, notes: Sequence[str] = ()) -> tuple[Measurement, System] | None:
    """The answer to `/api/v1/data`, and what it says about the device itself; None if it is not a JSON object."""
    if not isinstance(data, dict):
        return None
    told = [*notes]
    fields = Fields(data, told)
    values = values_in(data, V1_NAMES, fields)
    external = _external(data.get("external"), fields, told)
    strength_pct, rssi_db = _wifi_strength(fields)
    system = System(wifi_ssid=fields.text("wifi_ssid"), wifi_strength_pct=strength_pct, wifi_rssi_db=rssi_db)
    return measurement_of(data, values, external, _KNOWN, told), system


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
        notes=bounded(told),
    )


def parse_system(data: object, notes: Sequence[str] = ()) -> System | None:
    """The answer to `/api/v1/system`; None if it is not a JSON object."""
    if not isinstance(data, dict):
        return None
    told = [*notes]
    return System(cloud_enabled=Fields(data, told).flag("cloud_enabled"), notes=bounded(told))


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
    meters = external_in(raw, fields, notes)
    before = len(notes)
    gas = _gas(fields)
    if gas and is_empty_channel(gas):
        del notes[before:]
    elif gas and not any(_is_same_meter(meter, gas) for meter in meters):
        meters.append(gas)
        if len(meters) > EXTERNAL_METERS:
            notes.append(TOO_MANY)
    return tuple(meters[:EXTERNAL_METERS])


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
