"""A household at one moment, without sockets: the fleet, trends and record that polling it would have produced.

For screenshots and tests of the screen; the answers go through the same parser and the same `reduce`.
"""

from __future__ import annotations

import json

from tui.core.api import v2
from tui.core.api.dialect import parse_identity
from tui.core.api.v1 import parse_measurement, parse_switch, parse_system
from tui.core.checks.recorder import Recorder
from tui.core.doubt.invert import as_wired
from tui.core.events import (
    BatteriesRead,
    Certified,
    Configured,
    Event,
    Failed,
    Identified,
    Measured,
    Paired,
    Seen,
    Spoke,
    SwitchRead,
    SystemRead,
    TelegramRead,
    Unpaired,
)
from tui.core.fleet import reduce
from tui.core.model import DeviceSetting, Endpoint, Fleet, Spoken, State, key_of
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.reading import System
from tui.core.telegram import parse_telegram
from tui.engine.demo.devices import LOSSY_LOSES_EVERY, Fault, SimulatedDevice
from tui.engine.demo.household import Household
from tui.engine.demo.v2 import V2Side
from tui.engine.mailbox import Snapshot
from tui.engine.source import Listener
from tui.engine.trends import Trends
from tui.net.errors import NOT_PAIRED

_LATENCY_S = 0.012
_TELEGRAMS_S, _TELEGRAM_EVERY_S = 12.0, 600.0
"""A poller reads telegrams closely at first, for how often they come, and then now and then, for their clock."""
_BROKE_OFF = "The answer broke off: if it stays so, restart it"
_UNTRUSTED = "The certificate is not from the authority of --ca: is this the right address?"
_NO_PUSH = "its socket failed 3 times: Connected, but nothing pushed for 20 s: connecting anew"


class Still:
    """Polls a household's devices once a simulated second, by calling them."""

    def __init__(self, household: Household, start: Now) -> None:
        self.household = household
        self.now = start
        self.listeners: list[Listener] = []
        self.fleet = Fleet()
        self.trends = Trends()
        self.recorder = Recorder(start, profile_of(household.grid))
        self._switched = dict.fromkeys((one.serial for one in household.devices), True)
        self._first_telegram: dict[str, float] = {}
        self._next_telegram: dict[str, float] = {}
        for index, device in enumerate(household.devices):
            host = f"192.168.1.{20 + index}"
            self.apply(Configured(device.serial, DeviceSetting(device.name, device.role)))
            endpoints = [Endpoint(host)] if device.announces_v1 else []
            endpoints += [Endpoint(host, 443, "v2")] if device.v2 else []
            for endpoint in endpoints:
                self.apply(
                    Seen(endpoint, device.serial, start, device.product_type, device.product_name, device.api_enabled)
                )
            if device.spec.paired:
                self.apply(Paired(device.serial, start))

    @property
    def snapshot(self) -> Snapshot:
        """What the screen would show now."""
        return Snapshot(self.fleet, self.now)

    def apply(self, event: Event) -> None:
        """Apply one event, as the monitor does."""
        if isinstance(event, Measured):
            event = as_wired(event, self.fleet)
        self.fleet = reduce(self.fleet, event)
        self.recorder.heard(event, self.fleet)
        for listener in self.listeners:
            listener(event, self.fleet)
        if isinstance(event, Measured):
            self.trends.add(key_of(event.serial), event.measurement.values, event.at.utc, event.interval_s)

    def run(self, seconds: int, every_s: int = 1) -> None:
        """Let `seconds` pass, polling every device every `every_s`."""
        for _ in range(0, seconds, every_s):
            self.now = self.now.plus(every_s)
            self.household.advance(self.now)
            for device in self.household.devices:
                if self._switched[device.serial]:
                    self._poll(device)

    def silence(self, serial: str) -> None:
        """Make that device stop answering."""
        self._switched[serial] = False
        endpoint = self.fleet.devices[key_of(serial)].endpoints[0]
        self.apply(Failed(endpoint, State.SILENT, "no answer within 5 s: is it plugged in?", self.now))

    def _poll(self, device: SimulatedDevice) -> None:
        if device.v2 and (device.spec.paired or not device.announces_v1):
            self._hear(device, device.v2)
            return
        endpoint = self.fleet.devices[key_of(device.serial)].endpoints[0]
        if self.fleet.devices[key_of(device.serial)].link.last_answer is None:
            identity = parse_identity(_answer(device, "/api"))
            if identity is None:
                return
            self.apply(Identified(endpoint, identity, self.now))
            system = parse_system(_answer(device, "/api/v1/system"))
            if system is not None:
                self.apply(SystemRead(device.serial, system, self.now))
            if device.v2:
                self.apply(Spoke(device.serial, Spoken("v1", why_not=NOT_PAIRED), self.now))
        if device.fault is Fault.LOSSY and self.household.house.second % LOSSY_LOSES_EVERY == 0:
            self.apply(Failed(endpoint, State.BAD_ANSWER, _BROKE_OFF, self.now))
            return
        parsed = parse_measurement(_answer(device, "/api/v1/data"))
        if parsed is not None:
            self.apply(Measured(device.serial, *parsed, self.now, _LATENCY_S, 1.0))
        switch = parse_switch(_answer(device, "/api/v1/state"))
        if switch is not None:
            self.apply(SwitchRead(device.serial, switch, self.now))
        if device.is_grid_meter:
            self._read_telegram(device)

    def _hear(self, device: SimulatedDevice, side: V2Side) -> None:
        """A device that is read over API v2: it pushes, unless its socket is dead."""
        serial, pushes = device.serial, device.fault is not Fault.ZOMBIE
        known = self.fleet.devices[key_of(serial)]
        if known.link.last_answer is None and not self._meet(device, side, known.endpoint_of("v2")):
            return
        measured = v2.parse_measurement(json.loads(side.topics["measurement"]()))
        if measured is not None:
            self.apply(Measured(serial, measured, System(), self.now, None if pushes else _LATENCY_S, 1.0))
        batteries = v2.parse_batteries(json.loads(side.topics["batteries"]())) if "batteries" in side.topics else None
        if batteries is not None:
            self.apply(BatteriesRead(serial, batteries, self.now))

    def _meet(self, device: SimulatedDevice, side: V2Side, endpoint: Endpoint | None) -> bool:
        """The first look at a device over API v2; whether it can be read."""
        serial, known = device.serial, self.fleet.devices[key_of(device.serial)]
        if endpoint is None or known.problem:
            return False
        if device.fault is Fault.STRANGER:
            self.apply(Failed(endpoint, State.BAD_ANSWER, _UNTRUSTED, self.now))
            return False
        if not device.spec.paired or device.fault is Fault.REVOKED:
            self.apply(Certified(endpoint, serial, self.now))
            self.apply(Unpaired(serial, self.now))
            self.apply(Failed(endpoint, State.NOT_PAIRED, NOT_PAIRED, self.now))
            return False
        identity = parse_identity(json.loads(side.topics["device"]()))
        system = v2.parse_system(json.loads(side.topics["system"]()))
        if identity is None or system is None:
            return False
        pushes = device.fault is not Fault.ZOMBIE
        self.apply(Identified(endpoint, identity, self.now))
        self.apply(SystemRead(serial, system, self.now))
        self.apply(Spoke(serial, Spoken("v2", pushes, None if pushes else _NO_PUSH), self.now))
        return True

    def _read_telegram(self, device: SimulatedDevice) -> None:
        at, serial = self.now.monotonic, device.serial
        if at < self._next_telegram.get(serial, at):
            return
        answer = device.answer("GET", "/api/v1/telegram", b"")
        if answer.status == 200:
            first = self._first_telegram.setdefault(serial, at)
            self._next_telegram[serial] = at + (1.0 if at < first + _TELEGRAMS_S else _TELEGRAM_EVERY_S)
            self.apply(TelegramRead(serial, parse_telegram(answer.body.decode("latin-1")), self.now))


def _answer(device: SimulatedDevice, path: str) -> object:
    """The decoded answer; None if it is not JSON."""
    answer = device.answer("GET", path, b"")
    if answer.status != 200 or answer.content_type != "application/json":
        return None
    try:
        return json.loads(answer.body)
    except ValueError:  # a device that sends garbage
        return None
