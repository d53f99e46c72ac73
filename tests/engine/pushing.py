"""A device that pushes, at the border of the engine: sockets that a test feeds, on a clock that it moves."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tui.core.api.users import Owner
from tui.core.api.v2 import Message
from tui.core.battery.batteries import Batteries
from tui.core.battery.control import Body
from tui.core.events import Event, Failed, Measured
from tui.core.model import Endpoint
from tui.core.reading import Identity, Measurement, Switch, System
from tui.core.secret import Secret
from tui.engine.clock import VirtualClock
from tui.engine.lines.pusher import Pusher
from tui.net.errors import DeviceError, NotFound, Unreachable

HOST = Endpoint("10.0.0.5", 443, "v2")
SERIAL = "5c2fafaabbcc"
READING: Mapping[str, object] = {"power_w": -543, "energy_import_kwh": 13779.338}
DEVICE: Mapping[str, object] = {"product_type": "HWE-P1", "serial": SERIAL, "firmware_version": "6.0305"}
BATTERY: Mapping[str, object] = {"product_type": "HWE-BAT", "serial": SERIAL, "firmware_version": "2.01"}


class FakeSocket:
    """What it was asked for is in `said`; it answers what its device has in `answers`."""

    def __init__(self, device: FakePushing) -> None:
        self.serial: str | None = SERIAL
        self.device = device
        self.said: list[tuple[float, str]] = []
        self.closed = False
        self.silent = False
        """For a test to remember which it no longer feeds."""
        self.age_s = 0.0
        self.held: list[float] = []
        """When it was held; what is pushed then comes after its release."""
        self._wake: Callable[[], None] | None = None
        self._open = asyncio.Event()
        self._open.set()
        self._come: deque[Message | DeviceError] = deque()
        self._more = asyncio.Event()

    def topics(self) -> list[str]:
        """What was subscribed to."""
        return [what.removeprefix("+") for _, what in self.said if what.startswith("+")]

    def asked(self, topic: str) -> list[float]:
        """When it was asked for a topic."""
        return [at for at, what in self.said if what == topic]

    def push(self, kind: str, data: object = None) -> None:
        self._come.append(Message(kind, data))
        self._more.set()

    def fail(self, error: DeviceError) -> None:
        self._come.append(error)
        self._more.set()
        if self._wake is not None:
            self._wake()

    @property
    def is_empty(self) -> bool:
        return not self._come

    @property
    def has_waiting(self) -> bool:
        return bool(self._come)

    @property
    def is_held(self) -> bool:
        return not self._open.is_set()

    def hold(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self.held.append(round(self.device.clock.now().monotonic, 6))
        self._open.clear()

    def release(self) -> None:
        self._wake = None
        self._open.set()

    async def receive(self) -> Message:
        assert self._open.is_set(), "it would wait for what it does not take"
        while not self._come:
            self._more.clear()
            await self._more.wait()
        if isinstance(said := self._come.popleft(), DeviceError):
            self._come.append(said)
            raise said
        return said

    def subscribe(self, topic: str) -> None:
        self._note("+" + topic)
        if topic in self.device.on_subscription:
            self.push(topic, self.device.on_subscription[topic])

    def ask(self, topic: str) -> None:
        self._note(topic)
        if topic in self.device.answers:
            self.push(topic, self.device.answers[topic])

    def _note(self, what: str) -> None:
        self.said.append((round(self.device.clock.now().monotonic, 6), what))

    async def aclose(self) -> None:
        assert not self.closed
        self.closed = True


class FakeClient:
    """For commands; all it can do here is to say who it is."""

    timeout_s = 5.0
    connection = 0
    serial: str | None = SERIAL
    kind: str | None = None

    def __init__(self, device: FakePushing) -> None:
        self.device = device
        device.clients.append(self)
        self.closed = False

    async def identity(self) -> Identity:
        if isinstance(self.device.over_https, DeviceError):
            raise self.device.over_https
        return self.device.over_https

    async def measurement(self) -> tuple[Measurement, System]:
        raise NotFound

    async def telegram(self) -> str:
        raise NotFound

    async def switch(self) -> Switch:
        raise NotFound

    async def set_switch(self, *, power_on: bool) -> Switch:
        raise NotFound

    async def identify(self) -> None:
        raise NotFound

    async def system(self) -> System:
        raise NotFound

    async def batteries(self) -> Batteries:
        raise NotFound

    async def set_batteries(self, wanted: Body) -> Batteries:
        raise NotFound

    async def create_user(self, name: str) -> Secret:
        raise NotFound

    async def users(self) -> tuple[Owner, ...]:
        return ()

    async def delete_user(self, name: str) -> None:
        raise NotFound

    def stalled(self, within_s: float) -> DeviceError | None:
        return None

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class FakePushing:
    """One device."""

    clock: VirtualClock
    answers: dict[str, object] = field(default_factory=lambda: {"device": DEVICE, "measurement": READING})
    on_subscription: dict[str, object] = field(default_factory=dict)
    """What it sends to who subscribes."""
    over_https: Identity | DeviceError = field(default_factory=lambda: Unreachable("no HTTPS"))
    refusal: DeviceError | None = None
    """What opening a socket raises."""
    attempts: list[float] = field(default_factory=list)
    sockets: list[FakeSocket] = field(default_factory=list)
    clients: list[FakeClient] = field(default_factory=list)

    @property
    def socket(self) -> FakeSocket:
        """The newest one."""
        return self.sockets[-1]

    @property
    def open_sockets(self) -> int:
        return sum(not one.closed for one in self.sockets)

    async def open(self) -> FakeSocket:
        self.attempts.append(round(self.clock.now().monotonic, 6))
        assert not self.open_sockets, "two sockets at a time"
        if self.refusal is not None:
            raise self.refusal
        self.sockets.append(FakeSocket(self))
        return self.socket

    def pusher(self, rng: random.Random | None = None, *, beats: float | None = None) -> Pusher:
        return Pusher(HOST, self.clock, self.open, lambda: FakeClient(self), rng, beats=beats)

    async def stream(self, seconds: int, every_s: float = 1.0, data: object = READING) -> None:
        """Push a measurement again and again."""
        for _ in range(round(seconds / every_s)):
            await self.clock.advance(every_s)
            self.socket.push("measurement", data)
        await self.clock.advance(0)


class Heard(list[Event]):
    """The events a pusher emitted."""

    def of(self, *kinds: type[Event]) -> list[Event]:
        return [event for event in self if isinstance(event, kinds)]

    @property
    def measured(self) -> list[Measured]:
        return [event for event in self if isinstance(event, Measured)]

    @property
    def failed(self) -> list[Failed]:
        return [event for event in self if isinstance(event, Failed)]


@asynccontextmanager
async def listening(device: FakePushing, pusher: Pusher) -> AsyncIterator[Heard]:
    """A pusher that runs; afterwards nothing of it is left."""
    heard = Heard()
    task = asyncio.create_task(pusher.run(heard.append))
    await device.clock.advance(0)
    try:
        yield heard
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert device.open_sockets == 0
        assert all(one.closed for one in device.clients)
        assert asyncio.all_tasks() == {asyncio.current_task()}
