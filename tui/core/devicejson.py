"""One device as JSON, for `devices`, `read` and `watch`. Names, order and words are a stable interface.

All keys are always present; None means unknown. `measurement`, `system`, `switch` and `batteries` contain only what the
device sent, without zeros that are no values (`core.doubt.unmeasured`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo

from tui.core.battery.batteries import NEITHER, Batteries, Permission
from tui.core.counting.today import Today
from tui.core.doubt.meterclock import clock_words
from tui.core.doubt.unmeasured import note_of
from tui.core.model import Device
from tui.core.moment import Now
from tui.core.past.history import TOTAL, Amount, place_of
from tui.core.quantities import QUANTITIES
from tui.core.reading import External, Json, Measurement, Switch, System, Value
from tui.core.state import identified_state, state_of


def device_json(
    device: Device,
    now: Now,
    *,
    reading: bool,
    time: str | None = None,
    zone: tzinfo | None = None,
    days: Mapping[str, Today] | None = None,
) -> dict[str, Json]:
    """`device` at `now`; with `reading` also what it measures, with `time` first of all the time of the reading.

    `zone` is that of the meters' clocks: with it, a note tells of one that is wrong. `days` has what was counted today
    and yesterday, by place: the keys are there only where something was.
    """
    endpoint, problem = device.endpoint, device.problem
    row: dict[str, Json] = {} if time is None else {"time": time}
    row |= {
        "serial": device.serial,
        "product_type": device.product_type,
        "product_name": device.product_name,
        "name": device.name,
        "role": device.role.value if device.role else None,
        "behind": device.behind,
        "inverted": device.is_inverted,
        "host": endpoint.host if endpoint else None,
        "port": endpoint.port if endpoint else None,
        "api_version": endpoint.api if endpoint else None,
        "push": device.spoken is not None and device.spoken.push,
        "why_not_better": device.spoken.why_not if device.spoken else None,
        "firmware_version": device.firmware_version,
        "api_enabled": device.api_enabled,
        "state": (state_of if reading else identified_state)(device, now).value,
        "problem": {"kind": problem.kind.value, "text": problem.text, "since": iso_time(now.utc_of(problem.since))}
        if problem
        else None,
    }
    if reading:
        measurement = device.measurement.value if device.measurement else Measurement()
        row |= {
            "same_meter_as": device.same_meter_as,
            "measurement": _measurement(measurement),
            "system": _system(device.system.value) if device.system else {},
            "switch": _switch(device.switch.value) if device.switch else {},
            "batteries": _batteries(device.batteries.value) if device.batteries else {},
            "notes": [*device.notes, *_remarks(device, measurement, now, zone)],
            "extra": dict(measurement.extra),
        }
        for name in ("today", "yesterday") if days else ():
            if day := _day(device, measurement, days or {}, name):
                row[name] = day
    return row


def _day(device: Device, measurement: Measurement, days: Mapping[str, Today], name: str) -> dict[str, Json]:
    """What was counted on a day, under the names of the counters, in their units."""

    def of(place: str) -> Mapping[str, Amount]:
        told = days.get(place)
        return {} if told is None else told.today if name == "today" else told.yesterday

    row: dict[str, Json] = {one: _amount(amount) for one, amount in of(device.key).items() if one != TOTAL}
    units: dict[str, str | None] = {}
    for meter in measurement.external:
        units.setdefault(meter.type, meter.unit)
    external: list[Json] = [
        {"type": kind, "unit": unit, **_amount(amount)}
        for kind, unit in units.items()
        if (amount := of(place_of(device.key, kind)).get(TOTAL)) is not None
    ]
    return row | ({"external": external} if external else {})


def _amount(amount: Amount) -> dict[str, Json]:
    """An amount; `since`, `until` and `gaps` only where it is not that of the whole day so far."""
    row: dict[str, Json] = {"value": round(amount.value, 6)}
    for name, end in (("since", amount.since), ("until", amount.until)):
        if end is not None:
            row[name] = iso_time(end)
    return row | ({"gaps": True} if amount.gaps else {})


def _remarks(device: Device, measurement: Measurement, now: Now, zone: tzinfo | None) -> Iterator[str]:
    """What may be said about the values themselves."""
    if note := note_of(measurement):
        yield note
    if zone is not None and (words := clock_words(device, now, zone)):
        yield words


def iso_time(utc: float) -> str:
    """Seconds since 1970 as ISO 8601, always with the UTC offset: it sorts, and no hour occurs twice.

    >>> iso_time(1763821921.25)
    '2025-11-22T14:32:01.250+00:00'
    """
    return datetime.fromtimestamp(utc, UTC).isoformat(timespec="milliseconds")


def _measurement(measurement: Measurement) -> dict[str, Json]:
    values = measurement.values
    row = {name: _value(values[name]) for name in QUANTITIES if name in values}
    if measurement.external:
        row["external"] = [_external(meter) for meter in measurement.external]
    return row


def _value(value: Value) -> Json:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value


def _external(meter: External) -> Json:
    return {
        "type": meter.type,
        "unique_id": meter.unique_id,
        "value": meter.value,
        "unit": meter.unit,
        "timestamp": meter.timestamp.isoformat(timespec="seconds") if meter.timestamp else None,
    }


def _system(system: System) -> dict[str, Json]:
    return _sent(
        {
            "wifi_ssid": system.wifi_ssid,
            "wifi_strength_pct": system.wifi_pct,  # whoever reads it goes on reading when a device is paired
            "wifi_rssi_db": system.wifi_rssi_db,
            "cloud_enabled": system.cloud_enabled,
            "uptime_s": system.uptime_s,
            "status_led_brightness_pct": system.led_brightness_pct,
            "api_v1_enabled": system.api_v1_enabled,
        }
    )


def _switch(switch: Switch) -> dict[str, Json]:
    return _sent({"power_on": switch.power_on, "switch_lock": switch.switch_lock, "brightness": switch.brightness})


def _batteries(group: Batteries) -> dict[str, Json]:
    """In the words of the API."""
    permissions: Json = None
    if group.permissions is not None or group.other_permissions:
        known = [one.sent_as for one in Permission if one in (group.permissions or NEITHER)]
        permissions = [*known, *group.other_permissions]
    return _sent(
        {
            "mode": group.mode.value if group.mode else group.other_mode,
            "permissions": permissions,
            "charge_to_full": group.charge_to_full,
            "battery_count": group.count,
            "power_w": group.power_w,
            "target_power_w": group.target_power_w,
            "max_consumption_w": group.max_consumption_w,
            "max_production_w": group.max_production_w,
        }
    )


def _sent(row: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in row.items() if value is not None}
