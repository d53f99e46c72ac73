"""Parses API v2 into the model. The only module that knows the names of v2 where they are not the model's own.

As `core.v1`: nothing here raises, whatever the JSON; an unusable field is dropped with a note, and the rest is kept.
Source: the vendor's API documentation, v2.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui.core.batteries import Batteries, Mode, Permission
from tui.core.dialect import bounded, external_in, values_in
from tui.core.extra import unknown_fields
from tui.core.fields import Fields
from tui.core.quantities import QUANTITIES
from tui.core.reading import Measurement, System
from tui.core.text import clean
from tui.core.unmeasured import unmeasured

V2_NAMES: dict[str, str] = {name: name for name in QUANTITIES if not name.startswith("water_")}
"""v2 name -> canonical name: the model's names are those of v2, which has no water meter."""

_KNOWN = V2_NAMES.keys() | {"external"}
_PERMISSIONS = {"charge_allowed": Permission.CHARGE, "discharge_allowed": Permission.DISCHARGE}


def parse_measurement(data: object, notes: Sequence[str] = ()) -> Measurement | None:
    """The answer to `/api/measurement`, or the data of a pushed one; None if it is not a JSON object."""
    if not isinstance(data, dict):
        return None
    told = [*notes]
    fields = Fields(data, told)
    values = values_in(data, V2_NAMES, fields)
    external = tuple(external_in(data.get("external"), fields, told))
    extra = unknown_fields(data, _KNOWN, told)
    zeros = unmeasured(values)
    values = {name: value for name, value in values.items() if name not in zeros} if zeros else values
    return Measurement(values, external, bounded(told), extra, zeros)


def is_reading(data: object) -> bool:
    """Whether an answer to `/api/measurement` has a field that belongs there, whatever its value."""
    return isinstance(data, dict) and not _KNOWN.isdisjoint(data)


def parse_system(data: object, notes: Sequence[str] = ()) -> System | None:
    """The answer to `/api/system`, or the data of a pushed one; None if it is not a JSON object."""
    if not isinstance(data, dict):
        return None
    told = [*notes]
    fields = Fields(data, told)
    rssi_db, led_pct, uptime_s = (
        fields.number("wifi_rssi_db"),
        fields.number("status_led_brightness_pct"),
        fields.number("uptime_s"),
    )
    return System(
        wifi_ssid=fields.text("wifi_ssid"),
        wifi_rssi_db=rssi_db,
        cloud_enabled=fields.flag("cloud_enabled"),
        uptime_s=uptime_s,
        led_brightness_pct=led_pct,
        api_v1_enabled=fields.flag("api_v1_enabled"),
        notes=bounded(told),
    )


def parse_batteries(data: object, notes: Sequence[str] = ()) -> Batteries | None:
    """The answer to `/api/batteries`, or the data of a pushed one; None if it is not a JSON object."""
    if not isinstance(data, dict):
        return None
    told = [*notes]
    fields = Fields(data, told)
    sent = fields.text("mode")
    mode = Mode(sent) if sent in list(Mode) else None
    raw = data.get("permissions")
    permissions = None
    if isinstance(raw, list):
        permissions = frozenset(_PERMISSIONS[one] for one in raw[:8] if isinstance(one, str) and one in _PERMISSIONS)
    return Batteries(
        mode=mode,
        other_mode=sent if mode is None else None,
        permissions=permissions,
        charge_to_full=fields.flag("charge_to_full"),
        count=fields.whole("battery_count"),
        power_w=fields.number("power_w"),
        target_power_w=fields.number("target_power_w"),
        max_consumption_w=fields.number("max_consumption_w"),
        max_production_w=fields.number("max_production_w"),
        notes=bounded(told),
    )


def parse_error(data: object) -> str | None:
    """The code of `{"error": "user:creation-not-enabled"}` (v2) or `{"message": ...}` (push); None if it is neither.

    Clean and short: `scope:code`, with a parameter's name after it in some.
    """
    if not isinstance(data, dict):
        return None
    said = data.get("error", data.get("message"))
    return clean(said, 96) if isinstance(said, str) else None
