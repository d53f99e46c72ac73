"""A household at one moment, without sockets: the fleet, trends and record that polling it would have produced.

For screenshots and tests of the screen; the answers go through the same parser and the same `reduce`.
"""

from __future__ import annotations

import json

from tui.core.checks.recorder import Recorder
from tui.core.dialect import parse_identity
from tui.core.events import (
    Configured,
    Event,
    Failed,
    Identified,
    Measured,
    Seen,
    SwitchRead,
    SystemRead,
    TelegramRead,
)
from tui.core.fleet import reduce
from tui.core.invert import as_wired
from tui.core.model import DeviceSetting, Endpoint, Fleet, State, key_of
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.telegram import parse_telegram
from tui.core.v1 import parse_measurement, parse_switch, parse_system
from tui.engine.demo.devices import LOSSY_LOSES_EVERY, Fault, SimulatedDevice
from tui.engine.demo.household import Household
from tui.engine.mailbox import Snapshot
from tui.engine.source import Listener
from tui.engine.trends import Trends

_LATENCY_S = 0.012
_TELEGRAMS_S, _TELEGRAM_EVERY_S = 12.0, 600.0
"""A poller reads telegrams closely at first, for how often they come, and then now and then, for their clock."""
_BROKE_OFF = "The answer broke off: if it stays so, restart it"


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
        endpoint = self.fleet.devices[key_of(device.serial)].endpoints[0]
        if self.fleet.devices[key_of(device.serial)].link.last_answer is None:
            identity = parse_identity(_answer(device, "/api"))
            if identity is None:
                return
            self.apply(Identified(endpoint, identity, self.now))
            system = parse_system(_answer(device, "/api/v1/system"))
            if system is not None:
                self.apply(SystemRead(device.serial, system, self.now))
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
