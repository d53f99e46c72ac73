"""Devices with two APIs for the tests of the lines: what answers at each endpoint, and who was asked what, and when."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

from tui.core.battery.batteries import Batteries, Mode
from tui.core.events import Event, Failed, Identified, Measured, Paired, Spoke
from tui.core.model import Device, Endpoint, Fleet, Spoken
from tui.core.moment import Now
from tui.core.reading import Identity, Measurement, Switch, System
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.engine.clock import VirtualClock
from tui.engine.lines.feeds import Speakers
from tui.engine.lines.poller import Depth
from tui.engine.monitor import Monitor
from tui.engine.paired.tokens import Tokens
from tui.engine.source import Client, Emit, Owner
from tui.net.errors import DeviceError, NotFound, NotPaired, Unreachable, WrongCertificate

SERIAL = "5c2faf000001"
V1, V2 = Endpoint("10.0.0.5"), Endpoint("10.0.0.5", 443, "v2")
TOKEN = Secret("A" * 32)
QUIET = Settings(mdns=False)
STEADY = replace(QUIET, interval_s=5.0)
SLOW = replace(QUIET, interval_s=50.0)
"""For hours that a test does not spend on polls."""


@dataclass
class Answerer:
    """What is at one endpoint. A fault of `None` is one that it has not."""

    clock: VirtualClock
    serial: str = SERIAL
    product: str = "HWE-P1"
    token: Secret | None = TOKEN
    fault: DeviceError | None = None
    socket_fault: DeviceError | None = None
    pushes: int | None = None
    """How many values a socket sends before it breaks; None: all its life."""
    every_s: float = 1.0
    """How often its socket sends a value."""
    requests: list[tuple[float, str]] = field(default_factory=list)
    without_token: int = 0
    """Questions over v2 who it is."""
    sockets: int = 0
    most_sockets: int = 0

    def asked(self, *kinds: str) -> list[float]:
        return [moment for moment, kind in self.requests if not kinds or kind in kinds]

    def note(self, kind: str) -> None:
        self.requests.append((round(self.clock.now().monotonic, 3), kind))


@dataclass
class FakeClient:
    """A client of either API."""

    at: Answerer
    secure: bool
    token: Secret | None = None
    expected: str | None = None
    timeout_s: float = 5.0
    connection: int = 1
    serial: str | None = None
    kind: str | None = None

    async def _ask(self, kind: str) -> None:
        self.at.note(kind)
        self.at.without_token += self.secure and self.token is None
        await asyncio.sleep(0)
        if self.at.fault is not None:
            raise self.at.fault
        if not self.secure:
            return
        if self.expected is not None and self.expected != self.at.serial:
            raise WrongCertificate("the certificate there is of another device")
        self.serial = self.at.serial
        if self.token is None or self.token != self.at.token:
            raise NotPaired

    async def identity(self) -> Identity:
        await self._ask("api")
        return Identity(self.at.serial, self.at.product, api_version="2.2.0" if self.secure else "v1")

    async def measurement(self) -> tuple[Measurement, System]:
        await self._ask("data")
        return Measurement({"power_w": 2.0 if self.secure else 1.0}), System()

    async def batteries(self) -> Batteries:
        await self._ask("batteries")
        return Batteries(Mode.ZERO)

    async def system(self) -> System:
        await self._ask("system")
        return System()

    async def telegram(self) -> str:
        raise NotFound("it has none")

    async def switch(self) -> Switch:
        raise NotImplementedError

    async def set_switch(self, *, power_on: bool) -> Switch:
        raise NotImplementedError

    async def identify(self) -> None:
        await self._ask("identify")

    async def set_batteries(self, wanted: object) -> Batteries:
        raise NotImplementedError

    async def create_user(self, name: str) -> Secret:
        raise NotImplementedError

    async def users(self) -> tuple[Owner, ...]:
        raise NotImplementedError

    async def delete_user(self, name: str) -> None:
        raise NotImplementedError

    def stalled(self, within_s: float) -> DeviceError | None:
        return None

    async def aclose(self) -> None:
        self.at.note("closed")


class FakePusher:
    """A socket that sends a value a second, and tries again when it breaks."""

    def __init__(self, endpoint: Endpoint, at: Answerer, token: Secret, serial: str | None) -> None:
        self.asked = asyncio.Event()
        self.client: Client | None = None
        self.failures = 0
        self._endpoint, self._at, self._clock = endpoint, at, at.clock
        self._client = FakeClient(at, True, token, serial)

    def wake(self) -> None:
        pass

    async def run(self, emit: Emit) -> None:
        at, clock = self._at, self._clock
        while True:
            at.note("socket")
            at.sockets += 1
            at.most_sockets = max(at.sockets, at.most_sockets)
            try:
                emit(Identified(self._endpoint, await self._client.identity(), clock.now()))
                self.client = self._client
                sent = 0
                while at.socket_fault is None:
                    if at.fault is not None:
                        raise at.fault
                    if sent == at.pushes:
                        raise Unreachable("nothing pushed any more")
                    sent += 1
                    if sent > 1:  # as with the real one, a single value is no success
                        self.failures = 0
                    emit(Measured(at.serial, Measurement({"power_w": 3.0}), System(), clock.now(), None, at.every_s))
                    self.asked.set()
                    await clock.sleep(at.every_s)
                raise at.socket_fault
            except DeviceError as error:
                self.failures += 1
                untrusted = isinstance(error, WrongCertificate)
                emit(Failed(self._endpoint, error.kind, str(error), clock.now(), untrusted=untrusted))
                self.asked.set()
            finally:
                self.client = None
                at.sockets -= 1
            await clock.sleep(min(2.0 ** (self.failures - 1), 60.0))


class GivenTokens(Tokens):
    """Tokens as a test gives and takes them."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(None, clock)
        self.given: dict[str, Secret] = {}

    def of(self, key: str) -> Secret | None:
        return self.given.get(key)

    def heard(self, event: Event) -> None:
        """What is refused is refused by the line itself."""

    def news(self, now: Now) -> list[Event]:
        return [Paired(key, now) for key in self.given]

    async def run(self, emit: Emit) -> None:
        """Nobody else pairs."""


class House:
    """What answers where; its monitor speaks both APIs."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.at: dict[Endpoint, Answerer] = {}
        self.held = GivenTokens(clock)
        self.tokens = self.held.given
        self.heard: list[Event] = []
        self.nobody = Answerer(clock, fault=Unreachable("no answer"))

    def add(self, endpoint: Endpoint, serial: str = SERIAL, product: str = "HWE-P1") -> Answerer:
        self.at[endpoint] = Answerer(self.clock, serial, product)
        return self.at[endpoint]

    def both(self, serial: str = SERIAL) -> tuple[Answerer, Answerer]:
        """A device with both APIs, paired."""
        self.tokens[serial] = TOKEN
        return self.add(V1, serial), self.add(V2, serial)

    def find(self, endpoint: Endpoint) -> Answerer:
        return self.at.get(endpoint, self.nobody)

    def monitor(self, settings: Settings = QUIET, depth: Depth = Depth.LIVE, *hosts: Endpoint) -> Monitor:
        return Monitor(
            replace(settings, hosts=hosts),
            self.clock,
            depth=depth,
            listeners=[lambda event, fleet: self.heard.append(event)],
            client_factory=lambda endpoint: FakeClient(self.find(endpoint), False),
            v2=Speakers(
                lambda endpoint, token, serial: FakeClient(self.find(endpoint), True, token, serial),
                lambda endpoint, token, serial, _beats: FakePusher(endpoint, self.find(endpoint), token, serial),
            ),
            tokens=self.held,
        )

    @asynccontextmanager
    async def running(
        self, *seen: Event, settings: Settings = QUIET, depth: Depth = Depth.LIVE, hosts: tuple[Endpoint, ...] = ()
    ) -> AsyncIterator[Monitor]:
        """The monitor at work; it begins with what is announced."""
        monitor = self.monitor(settings, depth, *hosts)
        for one in self.at.values():
            one.every_s = settings.interval_s
        for event in seen:
            monitor.apply(event)
        task = asyncio.create_task(monitor.run())
        await self.clock.advance(0.0)
        try:
            yield monitor
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def values(self) -> list[tuple[float, float]]:
        """When what was measured: 1 W over v1, 2 W polled over v2, 3 W pushed."""
        return [
            (event.at.monotonic, float(str(event.measurement.values["power_w"])))
            for event in self.heard
            if isinstance(event, Measured)
        ]

    def longest_gap_s(self) -> float:
        moments = [moment for moment, _ in self.values()]
        return max((after - before for before, after in itertools.pairwise(moments)), default=0.0)

    def failures(self) -> list[Failed]:
        return [event for event in self.heard if isinstance(event, Failed)]

    def spoken(self) -> list[Spoken]:
        return [event.spoken for event in self.heard if isinstance(event, Spoke)]


def only(fleet: Fleet) -> Device:
    (device,) = fleet.devices.values()
    return device
