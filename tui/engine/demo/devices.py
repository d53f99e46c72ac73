"""One simulated device: what it answers to a request. Pure except for its own settings; no sockets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tui.core.model import Role
from tui.engine.demo import payloads
from tui.engine.demo.answer import JSON, NOT_FOUND, PLAIN, WRONG_METHOD, Answer
from tui.engine.demo.house import Circuit, House
from tui.engine.demo.pairing import BUTTON_S, Users
from tui.engine.demo.physics import key, wander
from tui.engine.demo.smartmeter import SmartMeter
from tui.engine.demo.telegram import telegram
from tui.engine.demo.v2 import V2Side

LOSSY_LOSES_EVERY = 7
"""A device with `Fault.LOSSY` answers only half of every answer that is a multiple of this."""


class Fault(StrEnum):
    """What is wrong with a device: in its answers, on the wire (`server`), or over API v2 alone (the last three)."""

    API_OFF = "api-off"  # 403, and api_enabled=0 in its announcement
    FROZEN = "frozen"  # a P1 that gets no more telegrams: values and clock stand still
    GARBAGE = "garbage"  # not JSON, and every other time not even HTTP
    SILENT = "silent"  # accepts the connection and never answers
    DRIPPING = "dripping"  # answers a byte a second
    WEAK_WIFI = "weak-wifi"  # slow, and every twentieth answer is lost
    LOSSY = "lossy"  # every seventh answer breaks off, at the edge of the Wi-Fi
    REVOKED = "revoked"  # it does not know the demo's token: its owner took that back in the app
    ZOMBIE = "zombie"  # its WebSocket answers pings and pushes no measurement
    STRANGER = "stranger"  # its certificate is not of the demo's authority


@dataclass(frozen=True, slots=True)
class Spec:
    """A device as a household lists it."""

    product_type: str
    product_name: str
    name: str
    """Its owner's name for it."""
    role: Role | None = None
    firmware: str = "4.19"
    circuit: str | None = None
    """The circuit it measures."""
    wifi: int = 78
    fault: Fault | None = None
    meter: SmartMeter | None = None
    """The smart meter a P1 is plugged into."""
    since_installed_m3: float = 87.214
    switch_lock: bool = False
    is_reversed: bool = False
    """A kWh meter mounted upside down: it takes import for export."""
    old_firmware: bool = False
    """Older than 4.07 (sockets) or 4.00 (kWh meters): little more than power."""
    v1: bool = True
    v2: str | None = None
    """The version of its API v2, if it has that."""
    paired: bool = False
    """The demo has a token of it from the start."""


def _json(status: int, value: object) -> Answer:
    return Answer(status, JSON, json.dumps(value, separators=(",", ":")).encode())


def _error(number: int, description: str, status: int = 400) -> Answer:
    return _json(status, {"error": {"id": number, "description": description}})


_API_OFF = _error(202, "API not enabled", 403)
_INVALID_JSON = _error(2, "Body contains invalid json")
_GARBAGE = Answer(200, JSON, b'<html><body>Router login</body></html>\x1b[2J{"active_power_w":')

Handler = Callable[[bytes], Answer]


class SimulatedDevice:
    """A device of the household. `answer` reads the house as it is now; `Household.advance` moves it on."""

    def __init__(self, spec: Spec, serial: str, house: House, button_s: float = BUTTON_S) -> None:
        self.serial, self.product_type, self.product_name = serial, spec.product_type, spec.product_name
        self.name, self.role, self.fault, self.firmware_version = spec.name, spec.role, spec.fault, spec.firmware
        self.api_enabled = spec.fault is not Fault.API_OFF
        self.announces_v1 = spec.v1
        self._spec, self.house, self._key = spec, house, key(serial)
        self._state: dict[str, object] = {"power_on": True, "switch_lock": spec.switch_lock, "brightness": 255}
        self.cloud_enabled = True
        self.reading = house.reading()
        """What a P1 read last."""
        self._routes = self._make_routes()
        users = Users(serial, knows_demo=spec.fault is not Fault.REVOKED, button_s=button_s)
        self.v2 = V2Side(self, spec.v2, users) if spec.v2 else None

    def answer(self, method: str, path: str, body: bytes = b"") -> Answer:
        """The device's answer to a request; the same for the same state of the house."""
        if not self.api_enabled:
            return _API_OFF
        if self.fault is Fault.GARBAGE:
            return _GARBAGE
        route = self._routes.get(path.partition("?")[0].rstrip("/"))
        if route is None:
            return NOT_FOUND
        handler = route.get(method)
        return handler(body) if handler else WRONG_METHOD

    def listen(self, seconds: int) -> None:
        """Let a P1 receive the telegram that its smart meter sent within the last `seconds`, if any."""
        meter, house = self._spec.meter, self.house
        if self.fault is Fault.FROZEN and house.second > house.start:
            return
        if meter and house.second % meter.interval_s < seconds:
            self.reading = house.reading()

    @property
    def spec(self) -> Spec:
        """As its household lists it."""
        return self._spec

    @property
    def is_grid_meter(self) -> bool:
        """Whether it reads a smart meter, whose telegrams it must `listen` to."""
        return self._spec.meter is not None

    def _make_routes(self) -> dict[str, dict[str, Handler]]:
        if not self.announces_v1:
            return {}
        routes: dict[str, dict[str, Handler]] = {
            "/api": {"GET": lambda _: _json(200, {**self.identity(), "api_version": "v1"})},
            "/api/v1/data": {"GET": lambda _: self._data()},
            "/api/v1/system": {
                "GET": lambda _: _json(200, {"cloud_enabled": self.cloud_enabled}),
                "PUT": self._put_system,
            },
        }
        if meter := self._spec.meter:
            routes["/api/v1/telegram"] = {"GET": lambda _: Answer(200, PLAIN, telegram(self.reading, meter))}
        if self.product_type == "HWE-SKT":
            routes["/api/v1/state"] = {"GET": lambda _: _json(200, self._state), "PUT": self._put_state}
        if self.product_type in ("HWE-P1", "HWE-SKT", "HWE-WTR"):  # a kWh meter has no LED to blink
            routes["/api/v1/identify"] = {"PUT": lambda _: _json(200, {"identify": "ok"})}
        return routes

    # -- reading -------------------------------------------------------------------------------------------------------

    def identity(self) -> dict[str, object]:
        """What `/api` tells over either API."""
        return {
            "product_type": self.product_type,
            "product_name": self.product_name,
            "serial": self.serial,
            "firmware_version": self.firmware_version,
        }

    def wifi_strength(self) -> int:
        """The quality of its Wi-Fi now, in percent."""
        moment = self.house.second - self.house.start
        return max(0, min(100, self._spec.wifi + round(2.4 * wander(self._key, moment, 60))))

    def _data(self) -> Answer:
        wifi = payloads.wifi(self.wifi_strength())
        return Answer(200, JSON, payloads.json_object([*wifi, *self.measured()]).encode())

    def measured(self) -> list[payloads.Pair]:
        """What it measures, as API v1 has it."""
        house, spec = self.house, self._spec
        if spec.meter:
            return payloads.grid(self.reading, spec.meter)
        if spec.circuit is None:
            return payloads.water(house, spec.since_installed_m3)
        circuit: Circuit = house.circuits[spec.circuit]
        match self.product_type:
            case "SDM630-wifi" if spec.old_firmware:
                return payloads.old_meter(house, circuit, 3)
            case "HWE-SKT" | "SDM230-wifi" if spec.old_firmware:
                return payloads.old_meter(house, circuit, 1)
            case "HWE-SKT":
                return payloads.one_phase(house, circuit, apparent_currents=False)
            case "HWE-KWH1" | "SDM230-wifi":
                return payloads.one_phase(house, circuit, apparent_currents=True, is_reversed=spec.is_reversed)
            case "HWE-KWH3" | "SDM630-wifi":
                return payloads.three_phases(house, circuit)
            case _:
                return payloads.unheard_of(house, circuit)

    # -- setting -------------------------------------------------------------------------------------------------------

    def _put_state(self, body: bytes) -> Answer:
        """Any subset of the state; the answer repeats only what was sent."""
        wanted = _wanted(body, {"power_on": bool, "switch_lock": bool, "brightness": int})
        if isinstance(wanted, Answer):
            return wanted
        brightness = wanted.get("brightness", 0)
        if not isinstance(brightness, int) or not 0 <= brightness <= 255:
            return _error(7, "brightness value limited to 0-255")
        state = {**self._state, **wanted}
        if state["switch_lock"] and wanted.get("power_on") is False:
            return _error(8, "power_on cannot be turned off when switch_lock is on")
        state["power_on"] = state["power_on"] or state["switch_lock"]  # the lock closes the relay
        self._state = state
        if self._spec.circuit:
            self.house.switch(self._spec.circuit, on=bool(state["power_on"]))
        return _json(200, wanted)

    def _put_system(self, body: bytes) -> Answer:
        wanted = _wanted(body, {"cloud_enabled": bool})
        if isinstance(wanted, Answer):
            return wanted
        self.cloud_enabled = bool(wanted["cloud_enabled"])
        return _json(200, wanted)


def _wanted(body: bytes, kinds: dict[str, type]) -> dict[str, object] | Answer:
    """The known keys of a PUT body, or the device's error."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return _INVALID_JSON
    wanted = {name: sent[name] for name in kinds if name in sent} if isinstance(sent, dict) else {}
    if not wanted:
        return _error(7, "No parameters found in body")
    for name, value in wanted.items():
        if type(value) is not kinds[name]:
            return _error(7, f"{name} has an invalid value")
    return wanted
