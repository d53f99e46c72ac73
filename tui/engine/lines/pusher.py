"""Listens to one device over API v2: the source of pushed values, beside the poller and with the same events.

Who it is and everything else comes over the one socket, too: a device has few, and each handshake of TLS costs it a
second. After each new connection it says anew who it is, since a firmware update changes version and fields under us.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from tui.core.api.dialect import parse_identity
from tui.core.api.v2 import Message, is_reading, parse_batteries, parse_error, parse_measurement, parse_system
from tui.core.events import BatteriesRead, Failed, Identified, Measured, Noted, SystemRead
from tui.core.link.backoff import CEILING_S, JITTER, Backoff
from tui.core.link.pace import USUAL_S
from tui.core.model import Endpoint, State, key_of
from tui.core.moment import Now
from tui.core.reading import Identity, System
from tui.engine.clock import Clock
from tui.engine.lines.pushed import OVERSLEPT_S, Session, Socket
from tui.engine.nap import Nap
from tui.engine.source import Emit, PairedClient
from tui.net.errors import DeviceError, Flooded, NotPaired, Unauthorized, WrongCertificate

NAMED_WITHIN_S = 5.0
"""A device that has not told on the socket who it is by then is asked over HTTPS."""
SETTLED_S = 10.0
"""A socket that pushed for this long was a good one (own choice): losing it is nothing of the device's."""
AT_ONCE_S = 0.5
"""The most that is waited before a good socket is opened anew; how much of it is luck, so that a house does not come
back in lockstep after its router has restarted."""

log = logging.getLogger(__name__)


class Pusher:
    """A feed over a WebSocket: at most one, and one attempt at a time, for as long as it runs."""

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Clock,
        open_socket: Callable[[], Awaitable[Socket]],
        client_factory: Callable[[], PairedClient],
        rng: random.Random | None = None,
        *,
        beats: float | None = None,
    ) -> None:
        """`open_socket` raises `DeviceError`. The client is for commands, and connects when it is first used.

        `beats` is a moment (monotonic): what is pushed is taken in whole seconds after it, together with what other
        devices pushed meanwhile. None: each message when it comes.
        """
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
        self._beats = beats
        self._nap = Nap(clock)
        self._backoff = Backoff()
        self._settled = False
        """Whether the socket pushed for long enough to be a good one."""
        self._has_noted = False
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
            self._note_flood("", emit)
            self.asked.set()
            self.client = None
            await client.aclose()

    def _note_flood(self, text: str, emit: Emit) -> None:
        """Note that the device floods its sockets, or with no text that it no longer does."""
        if text or self._has_noted:
            self._has_noted = bool(text)
            emit(Noted(f"flood {self.endpoint.address}", text, self._clock.now()))

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
        session = Session.begun(socket, now)
        watch = asyncio.create_task(self._watch(session, emit))
        try:
            for topic in ("device", "measurement", "system"):
                socket.subscribe(topic)
                socket.ask(topic)
            while True:
                self._hear(session, await socket.receive(), emit)
                if self._beats is not None and session.pace.has_begun and socket.is_empty:
                    await session.rest(self._clock, self._beats)
        finally:
            watch.cancel()
            try:
                await asyncio.gather(watch, return_exceptions=True)
            finally:
                await socket.aclose()

    def _hear(self, session: Session, message: Message, emit: Emit) -> None:
        """One message. Nothing is told of a device before it has said who it is."""
        now = self._clock.now()
        if self._beats is not None:
            now = now.plus(-session.age_s(now.monotonic))  # a value is of when it came
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

    def _told(self, session: Session, serial: str, message: Message, now: Now, emit: Emit) -> None:
        if message.type == "measurement":
            self._measured(session, serial, message, now, emit)
        elif message.type == "system" and (system := parse_system(message.data, message.notes)) is not None:
            emit(SystemRead(serial, system, now))
        elif message.type == "batteries" and (group := parse_batteries(message.data, message.notes)) is not None:
            session.batteries_told(group.count, now.monotonic)
            emit(BatteriesRead(serial, group, now))
        else:
            self.ignored += 1

    def _measured(self, session: Session, serial: str, message: Message, now: Now, emit: Emit) -> None:
        measurement = parse_measurement(message.data, message.notes)
        if measurement is None or (session.product.is_known and not is_reading(message.data)):
            self.ignored += 1
            return
        if session.repeats_first(message.data, now.monotonic):
            return
        if session.asked and not session.answered:
            session.answered = True
        else:
            session.asked = session.answered = False
            session.pace.came(max(now.monotonic, session.woken_at))
        emit(Measured(serial, measurement, System(), now, None, session.pace.interval_s))
        self.asked.set()
        if not self._settled and now.monotonic - session.pace.start >= SETTLED_S:
            self._settled = True
            self._backoff = Backoff()
            self._note_flood("", emit)

    def _introduced(self, session: Session, identity: Identity | None, emit: Emit) -> None:
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

    async def _watch(self, session: Session, emit: Emit) -> None:
        """Ask for what is not pushed, and end a socket that only seems to work."""
        await self._clock.sleep(NAMED_WITHIN_S)
        if session.identity is None:
            try:
                self._introduced(session, await self._identity(), emit)
            except DeviceError as error:
                session.socket.fail(error)
                return
        while (wait := session.look(self._clock.now().monotonic)) > 0:
            due = self._clock.now().monotonic + wait
            await self._clock.sleep(wait)
            if self._clock.now().monotonic - due > OVERSLEPT_S:
                await self._clock.sleep(USUAL_S)  # what waited meanwhile is heard first

    async def _identity(self) -> Identity:
        """By a client of its own, so that its connection is not held while nothing is asked."""
        client = self._client_factory()
        try:
            return await client.identity()
        finally:
            await client.aclose()

    # ------------------------------------------------------------------ after it

    async def _failed(self, error: DeviceError, emit: Emit) -> None:
        """Report a failure and wait for the next attempt."""
        now = self._clock.now()
        self._backoff = self._backoff.after_failure(error.kind, now)
        if isinstance(error, Flooded):
            self._note_flood(f"{self._name}: {error}", emit)
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
