"""Parses API v2 into the model. The only module that knows the names of v2 where they are not the model's own.

As in `v1`: nothing here raises, whatever the JSON; an unusable field is dropped with a note, and the rest is kept.
Sources: the vendor's API documentation, v2 (measurement, system, batteries, websocket, error handling), and the
fixtures of the vendor's client, python-homewizard-energy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tui.core.api.decode import NotJsonError, decode
from tui.core.api.dialect import bounded, external_in, measurement_of, possible, values_in
from tui.core.api.fields import Fields
from tui.core.battery.batteries import Batteries, Mode, Permission
from tui.core.quantities import QUANTITIES
from tui.core.reading import LEAST_RSSI_DB, LONGEST_UPTIME_S, Measurement, System
from tui.core.secret import Secret
from tui.core.text import clean

V2_NAMES: dict[str, str] = {name: name for name in QUANTITIES if not name.startswith("water_")}
"""v2 name -> canonical name: the model's names are those of v2, which has no water meter."""
_KNOWN = V2_NAMES.keys() | {"external"}

PERMISSIONS: Mapping[str, Permission] = {one.sent_as: one for one in Permission}
MOST_PERMISSIONS = 8
MOST_BATTERIES = 1000

MESSAGE_BYTES = 64 * 1024
"""Of one pushed message; a P1 with four meters behind it sends some 2 KB (own choice)."""
MESSAGE_PARTS = 500
"""Lists and objects in one message, which is also how deep it can be; a device sends ten (own choice)."""
TOPICS = ("measurement", "system", "batteries", "device", "user")
"""What can be subscribed to, and the type of what is pushed then."""
MESSAGE_TYPES = frozenset((*TOPICS, "authorization_requested", "authorized", "error"))
"""All types that a device sends (websocket)."""


def parse_measurement(data: object, notes: Sequence[str] = ()) -> Measurement | None:
    """The answer to `/api/measurement`, or the data of a pushed one; None if it is not a JSON object."""
    if not isinstance(data, dict):
        return None
    told = [*notes]
    fields = Fields(data, told)
    values = possible(values_in(data, V2_NAMES, fields), fields)
    external = tuple(external_in(data.get("external"), fields, told))
    return measurement_of(data, values, external, _KNOWN, told)


def is_reading(data: object) -> bool:
    """Whether an answer to `/api/measurement` has a field that belongs there, whatever its value."""
    return isinstance(data, dict) and not _KNOWN.isdisjoint(data)


def parse_system(data: object, notes: Sequence[str] = ()) -> System | None:
    """The answer to `/api/system`, or the data of a pushed one; None if it is not a JSON object."""
    if not isinstance(data, dict):
        return None
    told = [*notes]
    fields = Fields(data, told)
    return System(
        wifi_ssid=fields.text("wifi_ssid"),
        wifi_rssi_db=fields.within("wifi_rssi_db", LEAST_RSSI_DB, 0),
        cloud_enabled=fields.flag("cloud_enabled"),
        uptime_s=fields.within("uptime_s", 0, LONGEST_UPTIME_S),
        led_brightness_pct=fields.within("status_led_brightness_pct", 0, 100),
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
    permissions, others = _permissions(data.get("permissions"), fields)
    return Batteries(
        mode=mode,
        other_mode=sent if mode is None else None,
        permissions=permissions,
        other_permissions=others,
        charge_to_full=fields.flag("charge_to_full"),
        count=fields.whole_within("battery_count", 0, MOST_BATTERIES),
        power_w=fields.number("power_w"),
        target_power_w=fields.number("target_power_w"),
        max_consumption_w=fields.number("max_consumption_w"),
        max_production_w=fields.number("max_production_w"),
        notes=bounded(told),
    )


def _permissions(raw: object, fields: Fields) -> tuple[frozenset[Permission] | None, tuple[str, ...]]:
    """Those that are known, and the others as sent. Only an empty list means that the group may do nothing."""
    if not isinstance(raw, list):
        if raw is not None:
            fields.drop("permissions", "not a list")
        return None, ()
    texts = [text for one in raw[:MOST_PERMISSIONS] if isinstance(one, str) and (text := clean(one, 32))]
    others = tuple(dict.fromkeys(text for text in texts if text not in PERMISSIONS))
    known = frozenset(PERMISSIONS[text] for text in texts if text in PERMISSIONS)
    if len(texts) < len(raw):
        fields.drop("permissions", "not all of them are texts, or too many: the others")
    if known or not raw:
        return known, others
    return None, others


def parse_error(data: object) -> str | None:
    """The code of `{"error": "user:creation-not-enabled"}` (v2) or `{"message": ...}` (push); None if it is neither.

    Clean and short: `scope:code`, with a parameter's name after it in some. Empty if there is nothing to read in it.
    """
    if not isinstance(data, dict):
        return None
    said = data.get("error", data.get("message"))
    return clean(said, 96) if isinstance(said, str) else None


class Message(NamedTuple):
    """A pushed message. What is none, or is not meant for us, has no or another type: who reads decides what to do."""

    type: str | None
    """As sent, clean and short; None for what is no message. `MESSAGE_TYPES` has those that devices send."""
    data: object = None
    """Its data as JSON: for one of the parsers here, or `dialect.parse_identity` for "device"."""
    notes: tuple[str, ...] = ()
    """On the bytes of the message, for the same parser."""

    @property
    def is_known(self) -> bool:
        """Whether it is of a type that devices send."""
        return self.type in MESSAGE_TYPES


NO_MESSAGE = Message(None)


def parse_message(text: str | bytes, secret: Secret | None = None) -> Message:
    """A message of the WebSocket, without `secret` in it.

    `NO_MESSAGE` for what is too large, too deep, no JSON, or no object with a type.
    """
    if len(text) > MESSAGE_BYTES:
        return NO_MESSAGE
    body = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    if len(body) > MESSAGE_BYTES or body.count(b"{") + body.count(b"[") > MESSAGE_PARTS:
        return NO_MESSAGE
    try:
        data, notes = decode(body)
    except NotJsonError:
        return NO_MESSAGE
    if secret is not None and secret.may_be_in(body):
        data, notes = secret.hidden(data, notes)
    sent = data.get("type") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(sent, str):
        return NO_MESSAGE
    return Message(clean(sent, 32), data.get("data"), notes)
