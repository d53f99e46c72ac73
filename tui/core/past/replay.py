"""A line of `hwtui watch --json` read back: `core.devicejson` the other way round.

A recording comes by mail and may have been edited by hand, so its values pass the same bounds as those of a device. A
line that makes no sense is a `LineError`; a field that does not is dropped with a note, as in an answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from tui.core.api.dialect import EXTERNAL_METERS, NOTES, external_entries, possible
from tui.core.api.extra import unknown_fields
from tui.core.api.fields import Fields
from tui.core.api.metertime import EARLIEST
from tui.core.api.v2 import parse_batteries
from tui.core.battery.batteries import Batteries
from tui.core.doubt.unmeasured import names_in
from tui.core.model import DeviceSetting, Endpoint, Role, Spoken, State, natural_role
from tui.core.products import product_of
from tui.core.quantities import QUANTITIES, TARIFFS, Kind
from tui.core.reading import LEAST_RSSI_DB, LONGEST_UPTIME_S, Identity, Json, Measurement, Switch, System, Value
from tui.core.settings import LONGEST_NAME
from tui.core.text import clean

LINE_BYTES = 256 * 1024
"""A line is some 2 KB; the largest answer that a device may send becomes less than this."""
NOTE_LENGTH = 200

_TOP = frozenset(
    {"time", "serial", "product_type", "product_name", "name", "role", "behind", "inverted", "host", "port"}
    | {"api_version", "push", "why_not_better", "firmware_version", "api_enabled", "state", "problem", "same_meter_as"}
    | {"measurement", "system", "switch", "batteries", "notes", "extra"}
)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_EARLIEST = EARLIEST.replace(tzinfo=UTC).timestamp()


class LineError(ValueError):
    """A line is not one of `hwtui watch --json`; the message goes on after "line 12: "."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one line holds."""

    utc: float
    """When the device answered, in seconds since 1970."""
    identity: Identity
    endpoint: Endpoint
    words: DeviceSetting
    """Name, role and wiring as they were there."""
    measurement: Measurement
    """As wired: inverted already where `words` say so."""
    system: System
    switch: Switch | None
    batteries: Batteries | None
    spoken: Spoken | None
    """Over which API it was read; None in a recording of before there were two."""
    api_enabled: bool | None
    """What is known of its API v1."""
    frozen: bool
    """It answered, but its smart meter had stopped."""


def parse_line(line: bytes) -> Recorded:
    """One line, without bounds on its own length (`LINE_BYTES`). Raises `LineError`."""
    data = _object(line)
    notes: list[str] = []
    fields = Fields(data, notes)
    serial, product_type = fields.text("serial"), fields.text("product_type")
    utc = _utc(data)
    if serial is None:
        raise LineError('it has no "serial"')
    measurement, of_device = data.get("measurement"), product_type or ""
    if not isinstance(measurement, dict):
        raise LineError('it has no "measurement"')
    identity = Identity(
        serial, of_device, fields.text("product_name"), fields.text("firmware_version"), fields.text("api_version")
    )
    endpoint = _endpoint(fields, serial)
    told = [clean(note, NOTE_LENGTH) for note in _list(data, "notes") if isinstance(note, str)]
    unmeasured = tuple(name for note in told for name in names_in(note))
    values = _values(measurement, notes)
    external = tuple(external_entries(_list(measurement, "external")[:EXTERNAL_METERS], notes))
    system, switch = _system(_dict(data, "system"), notes), _switch(_dict(data, "switch"), notes)
    extra = _extra(data, measurement, notes)
    return Recorded(
        utc,
        identity,
        endpoint,
        _words(fields, data, of_device),
        Measurement(
            values,
            external,
            tuple([note for note in (*notes, *told) if note and not names_in(note)][:NOTES]),
            extra,
            tuple(name for name in unmeasured if name not in values),
        ),
        system,
        switch,
        parse_batteries(group) if (group := _dict(data, "batteries")) else None,
        _spoken(fields, data, endpoint),
        fields.flag("api_enabled"),
        data.get("state") == State.FROZEN,
    )


def _spoken(fields: Fields, data: Mapping[str, object], endpoint: Endpoint) -> Spoken | None:
    if "push" not in data:
        return None
    why_not = data.get("why_not_better")
    return Spoken(
        endpoint.api, bool(fields.flag("push")), clean(why_not, NOTE_LENGTH) if isinstance(why_not, str) else None
    )


def _object(line: bytes) -> dict[str, object]:
    try:
        data = json.loads(line.decode())
    except UnicodeDecodeError:
        raise LineError("it is not text in UTF-8") from None
    except RecursionError:
        raise LineError("it is nested too deeply") from None
    except ValueError:
        raise LineError("it is not JSON") from None
    if not isinstance(data, dict):
        raise LineError("it is not a JSON object")
    return data


def _utc(data: Mapping[str, object]) -> float:
    raw = data.get("time")
    if raw is None:
        raise LineError('it has no "time"')
    try:
        stamp = datetime.fromisoformat(raw) if isinstance(raw, str) and len(raw) <= 64 else None
    except ValueError:
        stamp = None
    if stamp is None or stamp.tzinfo is None:
        raise LineError('its "time" is not ISO 8601 with an offset, like 2026-11-29T14:32:01+00:00')
    try:
        utc = stamp.timestamp()
    except OverflowError:
        utc = 0.0
    if not _EARLIEST <= utc < _LATEST:
        raise LineError(f"its time is in the year {stamp.year}")
    return utc


def _dict(data: Mapping[str, object], name: str) -> dict[str, object]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _list(data: Mapping[str, object], name: str) -> list[object]:
    value = data.get(name)
    return value if isinstance(value, list) else []


def _endpoint(fields: Fields, serial: str) -> Endpoint:
    """Where it was, and by which API. Nothing is asked there, so an address that was taken out is as good as one."""
    api = "v2" if fields.text("api_version") == "v2" else "v1"
    port = fields.whole("port")
    usual = 443 if api == "v2" else 80
    return Endpoint(fields.text("host") or serial, port if port is not None and 0 < port < 65536 else usual, api)


def _words(fields: Fields, data: Mapping[str, object], product_type: str) -> DeviceSetting:
    name, role = fields.text("name"), data.get("role")
    given = Role(role) if isinstance(role, str) and role in tuple(Role) else None
    if given is None and natural_role(product_of(product_type)):
        given = Role.NONE  # it has a role by itself unless the user said that it has none
    return DeviceSetting(
        name=clean(name, LONGEST_NAME) if name else None,
        role=given,
        behind=fields.text("behind"),
        inverted=data.get("inverted") is True and product_of(product_type).can_be_inverted,
    )


def _values(data: Mapping[str, object], notes: list[str]) -> dict[str, Value]:
    fields = Fields(data, notes)
    values: dict[str, Value] = {}
    for name in QUANTITIES:
        if name in data and (value := _value(fields, name)) is not None:
            values[name] = value
    if values.get("tariff", TARIFFS[0]) not in TARIFFS:
        fields.drop("tariff", f"unknown tariff {values.pop('tariff')}")
    return possible(values, fields)


def _value(fields: Fields, name: str) -> Value | None:
    match QUANTITIES[name].kind:
        case Kind.GAUGE | Kind.COUNTER:
            return fields.number(name)
        case Kind.TEXT:
            return fields.text(name)
        case Kind.TIME:
            return fields.time(name)
        case Kind.EVENT | Kind.CODE:
            return fields.whole(name)


def _system(data: Mapping[str, object], notes: list[str]) -> System:
    fields = Fields(data, notes)
    rssi = fields.within("wifi_rssi_db", LEAST_RSSI_DB, 0)
    return System(
        wifi_ssid=fields.text("wifi_ssid"),
        wifi_strength_pct=fields.within("wifi_strength_pct", 0, 100) if rssi is None else None,
        cloud_enabled=fields.flag("cloud_enabled"),
        wifi_rssi_db=rssi,
        uptime_s=fields.within("uptime_s", 0, LONGEST_UPTIME_S),
        led_brightness_pct=fields.within("status_led_brightness_pct", 0, 100),
        api_v1_enabled=fields.flag("api_v1_enabled"),
    )


def _switch(data: Mapping[str, object], notes: list[str]) -> Switch | None:
    fields = Fields(data, notes)
    brightness = fields.whole("brightness")
    switch = Switch(
        power_on=fields.flag("power_on"),
        switch_lock=fields.flag("switch_lock"),
        brightness=brightness if brightness is not None and 0 <= brightness <= 255 else None,
    )
    return None if switch == Switch() else switch


def _extra(data: Mapping[str, object], measurement: Mapping[str, object], notes: list[str]) -> dict[str, Json]:
    """What the device sent and nobody knew, and then what this line has that a later version may have added."""
    unknown = {name: value for name, value in measurement.items() if name not in QUANTITIES and name != "external"}
    later = {name: value for name, value in data.items() if name not in _TOP}
    return unknown_fields(_dict(data, "extra") | unknown | later, (), notes)
