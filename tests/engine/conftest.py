"""A network of devices that answer what they are told to, on a clock that a test moves."""

from __future__ import annotations

import pty
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import FileIO

import pytest

from tui.core.battery.batteries import Batteries
from tui.core.model import Endpoint
from tui.core.reading import External, Identity, Measurement, Switch, System
from tui.engine.clock import VirtualClock
from tui.net.errors import DeviceError, NotFound, Unreachable


class Luck(random.Random):
    """Always the middle: the second poll comes exactly one interval after the first."""

    def random(self) -> float:
        return 0.5


@dataclass
class FakeDevice:
    """One device at the border of the engine. It writes down when it was asked for what."""

    clock: VirtualClock
    identified: Identity
    values: dict[str, float] = field(default_factory=lambda: {"power_w": 100.0})
    external: tuple[External, ...] = ()
    wifi_pct: float | None = 80.0
    wifi_db: float | None = None
    text: str = ""
    latency_s: dict[str, float] = field(default_factory=dict)
    """Of a request; 0 unless it is here."""
    faults: dict[str, DeviceError | Exception] = field(default_factory=dict)
    """What a request raises."""
    requests: list[tuple[float, str]] = field(default_factory=list)
    power_on: bool = True
    timeout_s: float = 5.0
    connection: int = 0
    opened: int = 0
    closed: int = 0
    busy: bool = False
    keeps_alive: bool = True

    def asked(self, *kinds: str) -> list[float]:
        """The moments at which it was asked for any of `kinds`."""
        return [moment for moment, kind in self.requests if kind in kinds]

    async def _answer(self, kind: str) -> None:
        assert not self.busy, "two requests at a time"
        self.busy = True
        try:
            self.requests.append((round(self.clock.now().monotonic, 6), kind))
            if self.connection == 0 or not self.keeps_alive:
                self.connection += 1
            await self.clock.sleep(self.latency_s.get(kind, 0.0))
            if kind in self.faults:
                raise self.faults[kind]
        finally:
            self.busy = False

    async def identity(self) -> Identity:
        await self._answer("api")
        return self.identified

    async def measurement(self) -> tuple[Measurement, System]:
        await self._answer("data")
        system = System(wifi_ssid="house", wifi_strength_pct=self.wifi_pct, wifi_rssi_db=self.wifi_db)
        return Measurement(dict(self.values), self.external), system

    def stalled(self, within_s: float) -> DeviceError | None:
        return Unreachable(f"stalled for {within_s:g} s") if self.busy else None

    async def telegram(self) -> str:
        await self._answer("telegram")
        return self.text

    async def switch(self) -> Switch:
        await self._answer("state")
        return Switch(power_on=self.power_on, switch_lock=False, brightness=255)

    async def set_switch(self, *, power_on: bool) -> Switch:
        await self._answer("set")
        self.power_on = power_on
        return Switch(power_on=power_on)

    async def identify(self) -> None:
        await self._answer("identify")

    async def system(self) -> System:
        await self._answer("system")
        return System(cloud_enabled=True)

    async def batteries(self) -> Batteries:
        raise NotFound("API v1 knows no batteries")

    async def aclose(self) -> None:
        self.closed += 1


class FakeNetwork:
    """Devices by endpoint; `connect` is a client factory."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.devices: dict[Endpoint, FakeDevice] = {}

    def add(self, host: str, serial: str, product_type: str) -> FakeDevice:
        """A device that answers at once, at `host`."""
        device = FakeDevice(self.clock, Identity(serial, product_type, firmware_version="4.19", api_version="v1"))
        self.devices[Endpoint(host)] = device
        return device

    def connect(self, endpoint: Endpoint) -> FakeDevice:
        device = self.devices[endpoint]
        device.opened += 1
        return device


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def network(clock: VirtualClock) -> FakeNetwork:
    return FakeNetwork(clock)


@pytest.fixture
def luck() -> random.Random:
    return Luck()


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileIO]:
    """What is written to it is typed at the terminal of this process."""
    ours, theirs = pty.openpty()
    with FileIO(ours, "w") as typing, open(theirs) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        yield typing
