"""Listens to one device over API v2: the source of pushed values, beside the poller and with the same events.

Who it is and everything else comes over the one socket, too: a device has few, and each handshake of TLS costs it a
second. After each new connection it says anew who it is, since a firmware update changes version and fields under us.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from tui.core.backoff import CEILING_S, JITTER, Backoff
from tui.core.dialect import parse_identity
from tui.core.events import BatteriesRead, Failed, Identified, Measured, Noted, SystemRead
from tui.core.model import Endpoint, State, key_of
from tui.core.moment import Now
from tui.core.pace import USUAL_S, Pace
from tui.core.products import Product, product_of
from tui.core.reading import Identity, System
from tui.core.v2 import Message, is_reading, parse_batteries, parse_error, parse_measurement, parse_system
from tui.engine.clock import Clock
from tui.engine.nap import Nap
from tui.engine.source import Emit, PairedClient
from tui.net.errors import DeviceError, Flooded, NotPaired, Unauthorized, Unreachable, WrongCertificate

SYSTEM_EVERY_S = 60.0
"""Its Wi-Fi and uptime: pushed only when its LED or the cloud is switched (API notes, 4.6)."""
BATTERIES_EVERY_S = 10.0
"""The power of the batteries, where it is not pushed: the documentation promises only their mode and target."""
NAMED_WITHIN_S = 5.0
"""A device that has not told on the socket who it is by then is asked over HTTPS."""
SETTLED_S = 10.0
"""A socket that pushed for this long was a good one (own choice): losing it is nothing of the device's."""
AT_ONCE_S = 0.5
"""The most that is waited before a good socket is opened anew; how much of it is luck, so that a house does not come
back in lockstep after its router has restarted."""

log = logging.getLogger(__name__)


class Socket(Protocol):
    """A socket that took the token. `net.push.PushSocket` is the one over TLS; `receive` raises `DeviceError`."""

    @property
    def serial(self) -> str | None:
        """As the certificate at its other end names it."""
        ...

    async def receive(self) -> Message: ...
    def subscribe(self, topic: str) -> None: ...
    def ask(self, topic: str) -> None: ...
    def fail(self, error: DeviceError) -> None: ...
    async def aclose(self) -> None: ...


@dataclass(slots=True)
class _Session:
    """One socket, and what is known of the device at its other end."""

    socket: Socket
    pace: Pace
    system_at: float
    """When that is asked for next; so `batteries_at`."""
    batteries_at: float
    asked: bool = False
    """Whether a value was asked for since the last one was pushed; so `answered`."""
    answered: bool = False
    identity: Identity | None = None
    held: dict[str, tuple[Message, Now]] = field(default_factory=dict)
    """What came before it was known who sends it: the newest of each type."""

    @property
    def product(self) -> Product:
        return product_of(self.identity.product_type if self.identity else None)


class Pusher:
    """A feed over a WebSocket: at most one, and one attempt at a time, for as long as it runs."""

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Clock,
        open_socket: Callable[[], Awaitable[Socket]],
        client_factory: Callable[[], PairedClient],
        rng: random.Random | None = None,
    ) -> None:
        """`open_socket` raises `DeviceError`. The client is for commands, and connects when it is first used."""
        self.endpoint = endpoint
        self.asked = asyncio.Event()
        """Set once the first attempt is over, successful or not."""
        self.client: PairedClient | None = None
        self.ignored = 0
        """Messages of no use so far: of an unknown type, or with data that are none."""
        self._clock = clock
        self._open_socket = open_socket
        self._client_factory = client_factory
        self._rng = rng or random.Random()
        self._nap = Nap(clock)
        self._backoff = Backoff()
        self._settled = False
        """Whether the socket pushed for long enough to be a good one."""
        self._name = endpoint.address
        """What a note calls the device."""

    @property
    def failures(self) -> int:
        """Sockets lost in a row; one that pushed for `SETTLED_S` begins anew."""
        return self._backoff.failures

    def wake(self) -> None:
        """The device was announced: shorten a wait for a retry, though not below a second."""
        self._nap.cut()

    async def run(self, emit: Emit) -> None:
        """Listen until cancelled."""
        self.client = client = self._client_factory()
        try:
            while True:
                try:
                    await self._listen(emit)
                except DeviceError as error:
                    await self._failed(error, emit)
        finally:
            self.asked.set()
            self.client = None
            await client.aclose()

    # ------------------------------------------------------------------ one socket

    async def _listen(self, emit: Emit) -> None:
        """Open a socket and pass on what comes, until it fails."""
        self._settled = False
        try:
            socket = await self._open_socket()
        except Unauthorized:
            await self._identity()  # which raises `NotPaired`, if it is the token
            raise
        now = self._clock.now().monotonic
        session = _Session(socket, Pace(now), now + SYSTEM_EVERY_S, now + BATTERIES_EVERY_S)
        watch = asyncio.create_task(self._watch(session, emit))
        try:
            for topic in ("device", "measurement", "system"):
                socket.subscribe(topic)
                socket.ask(topic)
            while True:
                self._hear(session, await socket.receive(), emit)
        finally:
            watch.cancel()
            try:
                await asyncio.gather(watch, return_exceptions=True)
            finally:
                await socket.aclose()

    def _hear(self, session: _Session, message: Message, emit: Emit) -> None:
        """One message. Nothing is told of a device before it has said who it is."""
        now = self._clock.now()
        if message.type == "device":
            self._introduced(session, parse_identity(message.data, message.notes), emit)
        elif message.type == "error":
            said = parse_error(message.data)
            if said == "user:unauthorized":
                raise NotPaired
            log.info("%s: %s", self.endpoint.address, said)
        elif message.type not in ("measurement", "system", "batteries"):
            self.ignored += 1
        elif session.identity is None:
            session.held[message.type] = (message, now)
        else:
            self._told(session, session.identity.serial, message, now, emit)

    def _told(self, session: _Session, serial: str, message: Message, now: Now, emit: Emit) -> None:
        if message.type == "measurement":
            self._measured(session, serial, message, now, emit)
        elif message.type == "system" and (system := parse_system(message.data, message.notes)) is not None:
            emit(SystemRead(serial, system, now))
        elif message.type == "batteries" and (group := parse_batteries(message.data, message.notes)) is not None:
            session.batteries_at = now.monotonic + (SYSTEM_EVERY_S if group.count == 0 else BATTERIES_EVERY_S)
            emit(BatteriesRead(serial, group, now))
        else:
            self.ignored += 1

    def _measured(self, session: _Session, serial: str, message: Message, now: Now, emit: Emit) -> None:
        measurement = parse_measurement(message.data, message.notes)
        if measurement is None or (session.product.is_known and not is_reading(message.data)):
            self.ignored += 1
            return
        if session.asked and not session.answered:
            session.answered = True
        else:
            session.asked = session.answered = False
            session.pace.came(now.monotonic)
        emit(Measured(serial, measurement, System(), now, None, session.pace.interval_s))
        self.asked.set()
        if not self._settled and now.monotonic - session.pace.start >= SETTLED_S:
            self._settled = True
            self._backoff = Backoff()
            emit(Noted(f"flood {self.endpoint.address}", "", now))

    def _introduced(self, session: _Session, identity: Identity | None, emit: Emit) -> None:
        """The device said who it is, over the socket or over HTTPS."""
        if identity is None:
            self.ignored += 1
            return
        serial = session.socket.serial
        if serial is not None and key_of(serial) != key_of(identity.serial):
            raise WrongCertificate(
                f"The certificate is that of {serial}, but {identity.serial} answers: do not trust this address"
            )
        is_new = session.identity is None
        session.identity = identity
        self._name = f"{session.product.label} {identity.serial[-6:]}"
        emit(Identified(self.endpoint, identity, self._clock.now()))
        if is_new and not session.product.is_battery:
            session.socket.subscribe("batteries")
            session.socket.ask("batteries")
        held, session.held = session.held, {}
        for type_ in ("measurement", "system", "batteries"):
            if type_ in held:
                self._told(session, identity.serial, *held[type_], emit)

    # ------------------------------------------------------------------ beside it

    async def _watch(self, session: _Session, emit: Emit) -> None:
        """Ask for what is not pushed, and end a socket that only seems to work."""
        await self._clock.sleep(NAMED_WITHIN_S)
        if session.identity is None:
            try:
                self._introduced(session, await self._identity(), emit)
            except DeviceError as error:
                session.socket.fail(error)
                return
        while (wait := self._look(session)) > 0:
            await self._clock.sleep(wait)

    async def _identity(self) -> Identity:
        """By a client of its own, so that its connection is not held while nothing is asked."""
        client = self._client_factory()
        try:
            return await client.identity()
        finally:
            await client.aclose()

    def _look(self, session: _Session) -> float:
        """Do what is due, and return after how many seconds something is again; 0 if nothing will be."""
        socket, pace, now = session.socket, session.pace, self._clock.now().monotonic
        if now >= pace.give_up_at:
            socket.fail(Unreachable(f"Connected, but nothing pushed for {now - pace.since:.0f} s: connecting anew"))
            return 0.0
        if now >= pace.ask_at and not session.asked:
            session.asked = True
            socket.ask("measurement")
        if now >= session.system_at:
            session.system_at = now + SYSTEM_EVERY_S
            socket.ask("system")
        if now >= session.batteries_at and not session.product.is_battery:
            session.batteries_at = now + BATTERIES_EVERY_S
            socket.ask("batteries")
        due = [pace.give_up_at if session.asked else pace.ask_at, session.system_at]
        if not session.product.is_battery:
            due.append(session.batteries_at)
        return max(min(due) - now, USUAL_S)

    # ------------------------------------------------------------------ after it

    async def _failed(self, error: DeviceError, emit: Emit) -> None:
        """Report a failure and wait for the next attempt."""
        now = self._clock.now()
        self._backoff = self._backoff.after_failure(error.kind, now)
        if isinstance(error, Flooded):
            emit(Noted(f"flood {self.endpoint.address}", f"{self._name}: {error}", now))
        emit(Failed(self.endpoint, error.kind, str(error), now, untrusted=isinstance(error, WrongCertificate)))
        self.asked.set()
        luck = self._rng.random()
        if self._settled:
            await self._clock.sleep(AT_ONCE_S * (1 - luck / 2))
            return
        wait = self._backoff.retry_s(USUAL_S, now, luck)
        if error.kind is State.NOT_PAIRED:  # its token is not sent again and again; the line takes it away anyway
            wait = CEILING_S * (1 - JITTER * luck)
        self._nap.forget()
        await self._clock.sleep(USUAL_S)
        await self._nap.sleep(wait - USUAL_S)
