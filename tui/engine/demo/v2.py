"""A simulated device over API v2: what it answers to a request, and what it pushes. No sockets.

Facts: the vendor's API documentation, v2. Where that does not say in which order a device checks things, a path that is
unknown comes first, then the token, then the method.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.core.battery.batteries import BOTH, Mode, Permission
from tui.core.moment import Now
from tui.engine.demo import payloads, v2payloads
from tui.engine.demo.answer import HTML, JSON, NOT_FOUND, PLAIN, WRONG_METHOD, Answer
from tui.engine.demo.battery import Group
from tui.engine.demo.pairing import RefusedError, Users
from tui.engine.demo.physics import chance, key
from tui.engine.demo.telegram import telegram

if TYPE_CHECKING:
    from tui.engine.demo.devices import SimulatedDevice

_PERMISSIONS = {"charge_allowed": Permission.CHARGE, "discharge_allowed": Permission.DISCHARGE}
_UNAUTHORIZED = RefusedError(401, "user:unauthorized")
_DAY_S = 86400
_NO_CONTENT = Answer(204, "", b"")


class V2Side:
    """What a device says over API v2 of the version `version`, to the users that it knows."""

    def __init__(self, device: SimulatedDevice, version: str, users: Users) -> None:
        self.version, self.users = version, users
        self.numbers = tuple(int(part) for part in version.split("."))
        self._device, self._house = device, device.house
        self._group = self._house.group if device.is_grid_meter else Group(())
        """The batteries that it controls: here always the P1 does."""
        self._led_pct = 100
        self._booted = self._house.start - int(_DAY_S * (3 + 20 * chance(key(device.serial), 11)))
        is_battery, is_meter = device.product_type == "HWE-BAT", "KWH" in device.product_type
        self.topics: dict[str, Callable[[], str]] = {
            "device": self._identity,
            "measurement": self._measurement,
            "system": self._system,
        }
        """What can be read of it, as JSON."""
        put: dict[str, Callable[[bytes], None]] = {"system": self._put_system}
        if not is_battery and self.numbers >= (2, 1):
            self.topics["batteries"] = self._batteries
            put["batteries"] = self._put_batteries
        self._put = put
        self._actions = {
            "/api/system/identify": None if is_meter else lambda: None,
            "/api/system/reboot": None if is_battery else self._reboot,
        }
        self._writable: dict[str, type] = {"status_led_brightness_pct": int} if not is_meter else {}
        if not is_battery:
            self._writable |= {"cloud_enabled": bool, "api_v1_enabled": bool}

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes, now: Now) -> Answer:
        """The answer to a request. Names of headers are in lower case."""
        try:
            found = self._answer(method, path.partition("?")[0].rstrip("/"), headers, body, now)
        except RefusedError as refused:
            found = Answer(refused.status, JSON, json.dumps({"error": refused.code}).encode())
        return found if found.content_type == HTML else replace(found, headers=(("X-Api-Version", self.version),))

    def _answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes, now: Now) -> Answer:
        action, is_action = self._actions.get(path), path in self._actions
        topic = "device" if path == "/api" else path.removeprefix("/api/") if path != "/api/device" else ""
        has_telegram = path == "/api/telegram" and self._device.spec.meter is not None
        if topic not in self.topics and path != "/api/user" and not has_telegram and action is None:
            return NOT_FOUND
        if headers.get("x-api-version", "2") != "2":
            raise RefusedError(400, "request:api-version-not-supported")
        if path == "/api/user" and method == "POST":
            return _json(200, self._create_user(body, now))
        token = headers.get("authorization", "").removeprefix("Bearer ")
        user = self.users.name_of(token)
        if user is None:
            raise _UNAUTHORIZED
        match method:
            case "GET" if path == "/api/user":
                return _json(200, self.users.listed(token))
            case "DELETE" if path == "/api/user":
                named = _object(body).get("name", user) if body else user
                self.users.delete(named if isinstance(named, str) else "")
                return _NO_CONTENT
            case "GET" if has_telegram and self._device.spec.meter:
                return Answer(200, PLAIN, telegram(self._device.reading, self._device.spec.meter))
            case "GET" if not is_action and path != "/api/user":
                return Answer(200, JSON, self.topics[topic]().encode())
            case "PUT" if action is not None:
                action()
                return _NO_CONTENT
            case "PUT" if topic in self._put:
                self._put[topic](body)
                return Answer(200, JSON, self.topics[topic]().encode())
        return WRONG_METHOD

    def write(self, topic: str, data: object) -> None:
        """Change what a WebSocket message wants changed. Raises `RefusedError`."""
        if topic not in self._put:
            raise RefusedError(400, "request:unknown-type")
        self._put[topic](json.dumps(data).encode())

    def identify(self) -> None:
        """Blink, which nobody sees. Raises `RefusedError`."""
        if self._actions["/api/system/identify"] is None:
            raise RefusedError(400, "request:unknown-type")

    @property
    def settings(self) -> tuple[object, ...]:
        """What of `system` is pushed when it changes."""
        return (self._led_pct, self._device.cloud_enabled)

    def _reboot(self) -> None:
        self._booted = self._house.second

    # -- reading -------------------------------------------------------------------------------------------------------

    def _identity(self) -> str:
        return json.dumps({**self._device.identity(), "api_version": self.version}, separators=(",", ":"))

    def _measurement(self) -> str:
        device, house = self._device, self._house
        spec = device.spec
        if spec.meter is not None:
            return payloads.json_object(v2payloads.grid(device.reading, spec.meter))
        pack = next((one for one in house.group.packs if one.name == spec.circuit), None)
        if pack is not None and device.product_type == "HWE-BAT":
            return payloads.json_object(v2payloads.battery(house, house.circuits[pack.name], pack))
        return payloads.json_object(v2payloads.on_circuit(device.measured()))

    def _system(self) -> str:
        device = self._device
        told: dict[str, object] = {
            "wifi_ssid": payloads.SSID,
            "wifi_rssi_db": device.wifi_strength() // 2 - 100,
            "cloud_enabled": device.cloud_enabled,
            "uptime_s": self._house.second - self._booted,
            "status_led_brightness_pct": self._led_pct,
            "api_v1_enabled": device.announces_v1 and device.api_enabled,
        }
        known = {"cloud_enabled", *self._writable}
        is_told = {name: value for name, value in told.items() if name not in _SETTINGS or name in known}
        return json.dumps(is_told, separators=(",", ":"))

    def _batteries(self) -> str:
        return payloads.json_object(v2payloads.batteries(self._group, self.numbers))

    # -- setting -------------------------------------------------------------------------------------------------------

    def _create_user(self, body: bytes, now: Now) -> dict[str, object]:
        sent = _object(body)
        if "name" not in sent:
            raise RefusedError(400, "json:parameter-missing:name")
        return {"token": self.users.create(sent["name"], now.monotonic), "name": sent["name"]}

    def _put_system(self, body: bytes) -> None:
        wanted = _wanted(body, self._writable)
        led_pct = wanted.get("status_led_brightness_pct", self._led_pct)
        if not isinstance(led_pct, int) or not 0 <= led_pct <= 100:
            raise RefusedError(400, "json:parameter-invalid-type:status_led_brightness_pct")
        self._led_pct = led_pct
        self._device.cloud_enabled = bool(wanted.get("cloud_enabled", self._device.cloud_enabled))
        self._device.api_enabled = bool(wanted.get("api_v1_enabled", self._device.api_enabled))

    def _put_batteries(self, body: bytes) -> None:
        """What each API version knows: modes since 2.1.0, permissions since 2.2.0, charging once since 2.3.0."""
        kinds: dict[str, type] = {"mode": str}
        if self.numbers >= (2, 2):
            kinds["permissions"] = list
        if self.numbers >= (2, 3):
            kinds["charge_to_full"] = bool
        wanted, group = _wanted(body, kinds), self._group
        modes = [mode for mode in Mode if mode is not Mode.PREDICTIVE or self.numbers >= (2, 3)]
        if wanted.get("mode", "zero") not in modes:
            raise RefusedError(400, "json:parameter-invalid-type:mode")
        mode = Mode(str(wanted.get("mode", group.mode)))
        permissions = group.permissions
        if isinstance(sent := wanted.get("permissions"), list):
            if mode is Mode.TO_FULL:  # read-only there
                raise RefusedError(400, "json:parameter-not-exclusive")
            if not all(isinstance(one, str) and one in _PERMISSIONS for one in sent):
                raise RefusedError(400, "json:parameter-invalid-type:permissions")
            permissions = frozenset(_PERMISSIONS[one] for one in sent)
            if permissions and mode is Mode.STANDBY:
                mode = Mode.ZERO
        elif "mode" in wanted and mode in (Mode.ZERO, Mode.PREDICTIVE) and not permissions:
            permissions = BOTH  # out of standby, or out of charging to full
        group.tell(mode, permissions)
        group.charge_to_full = bool(wanted.get("charge_to_full", group.charge_to_full))


_SETTINGS = ("cloud_enabled", "status_led_brightness_pct", "api_v1_enabled")


def _json(status: int, value: object) -> Answer:
    return Answer(status, JSON, json.dumps(value, separators=(",", ":")).encode())


def _object(body: bytes) -> dict[str, object]:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(400, "request:invalid-json") from None
    return sent if isinstance(sent, dict) else {}


def _wanted(body: bytes, kinds: dict[str, type]) -> dict[str, object]:
    """The known keys of a body that changes something. Raises `RefusedError`."""
    sent = _object(body)
    wanted = {name: sent[name] for name in kinds if name in sent}
    if not wanted:
        raise RefusedError(400, "json:no-parameters-recognized")
    for name, value in wanted.items():
        if type(value) is not kinds[name]:
            raise RefusedError(400, f"json:parameter-invalid-type:{name}")
    return wanted
