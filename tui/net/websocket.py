"""One WebSocket to one small server, bounded in time, size and rate. Knows RFC 6455 and nothing of HomeWizard.

It is the library's protocol without I/O (`websockets.client`) over a stream of asyncio's, not its client for asyncio.
That one follows redirects on the upgrade, takes a megabyte of headers, answers pings into a buffer without end if the
other side does not read, and takes 256 KiB apart in one go, which is 130 000 frames and a second in which nothing else
is done. Here a read is `PIECE` bytes, and frames are counted before more is read. It needs no task of its own either.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Self

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidState, InvalidURI, PayloadTooBig, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from tui.core.api.decode import IS_IT_ONE, RESTART
from tui.core.model import Endpoint
from tui.core.text import clean
from tui.net.errors import BadAnswer, DeviceError, Flooded, Refused, Unreachable
from tui.net.received import HangUp, is_readable, received_ago_s
from tui.net.resolve import AddressOf
from tui.net.upgrade import CLOSE_S, OPEN_S, PIECE, Secured, let_go, upgraded

if TYPE_CHECKING:
    from tui.net.tls import Peer

MESSAGE_LIMIT = 64 * 1024
"""Bytes. The longest real message is a measurement with several meters behind it, about 3 kB."""
UNREAD_LIMIT = 16 * 1024
"""Bytes that wait for a server which sends and does not read."""
FRAMES_A_SECOND = 50.0
"""Of all kinds. Real devices send a measurement and a state of batteries a second."""
BURST = 100
"""So many at once are no flood: what has gathered while the Wi-Fi was gone, or this computer asleep."""
BYTES_A_SECOND = 32.0 * 1024
BYTES_BURST = 256 * 1024
"""A message of 64 KiB that is almost JSON takes up to 45 ms to read."""
PING_EVERY_S = 30.0
ALIVE_WITHIN_S = 10.0
"""A ping must be followed by a frame of any kind within this time: one that sends values is alive."""
READ_WITHIN_S = 1.0
"""What waits is read by then."""

_SILENT = logging.getLogger("tui.frames")
_SILENT.setLevel(logging.CRITICAL + 1)  # at the level of debug the library writes down messages, the token with them


class WebSocket:
    """An open one. One task reads; anybody may send, `fail` it or, when the reader is done, close it."""

    def __init__(
        self,
        connection: Secured,
        protocol: ClientProtocol,
        now: Callable[[], float],
    ) -> None:
        self._reader, self._writer, self._below = connection
        self._protocol, self._now = protocol, now
        self._texts: deque[bytes] = deque()
        self._part = bytearray()
        """What has come of a message in several frames."""
        self._error: DeviceError | None = None
        """Why nothing more comes."""
        self._frames_left, self._bytes_left, self._counted_at = float(BURST), float(BYTES_BURST), now()
        self._frames = 0
        self._filled = False
        """Whether the last read was as long as one may be: there is more."""
        self._timer: asyncio.TimerHandle | None = None
        self._hang_up: HangUp | None = None
        self._has_ended = False
        """Whether the other side has hung up; what it said before may still wait."""
        self._wake: Callable[[], None] | None = None
        """Whom to tell while it is held."""

    @classmethod
    async def open(
        cls,
        endpoint: Endpoint,
        path: str,
        peer: Peer,
        address_of: AddressOf,
        now: Callable[[], float] | None = None,
        timeout_s: float = OPEN_S,
    ) -> Self:
        """Connect, check who is there, and upgrade, within `timeout_s` for all of it. Raises `DeviceError`.

        `now` is the clock, in seconds, by which the rate of frames is limited; a simulated house has a faster one.
        """
        try:
            protocol = ClientProtocol(
                parse_uri(f"wss://{endpoint.address}{path}"), max_size=MESSAGE_LIMIT, logger=_SILENT
            )
        except InvalidURI:
            raise Unreachable("This is not an address: use the one the app shows under the meter") from None
        request = protocol.connect()
        request.headers["User-Agent"] = "hwtui"
        protocol.send_request(request)
        asked = b"".join(protocol.data_to_send())
        connection, head = await upgraded(endpoint, path, asked, peer, address_of, timeout_s)
        this = cls(connection, protocol, now or asyncio.get_running_loop().time)
        this._feed(head)
        if protocol.handshake_exc is not None:
            await let_go(connection.writer)
            raise BadAnswer(f"The answer to {path} opens no WebSocket: {IS_IT_ONE}") from protocol.handshake_exc
        this._timer = asyncio.get_running_loop().call_later(PING_EVERY_S, this._ping)
        return this

    async def text(self) -> bytes:
        """The next message, whole. Raises `DeviceError` once there are no more, each time it is asked."""
        while not self._texts:
            if self._error is not None:
                raise self._error
            try:
                data = await self._reader.read(PIECE)
            except OSError:
                data = b""
                self._end(Refused("Connection reset: does another program read this device?"))
            self._filled = len(data) == PIECE
            if data:
                self._feed(data)
            else:
                self._end(Refused("It broke the connection off: does another program read this device?"))
        return self._texts.popleft()

    @property
    def is_empty(self) -> bool:
        """Whether all that has come was read, its end included."""
        return not self._texts and not self._filled and self._error is None and not self._has_ended

    def hold(self, wake: Callable[[], None]) -> None:
        """Receive nothing until `release`: what comes waits in the kernel. Only its end wakes somebody, once."""
        self._below.pause_reading()
        self._wake = wake
        if self._hang_up is None:
            self._hang_up = HangUp(self._below.get_extra_info("socket"), self._ended)
        if self._has_ended or self._error is not None:
            self._awaken()

    @property
    def has_waiting(self) -> bool:
        """Whether something came while it was held, or its end."""
        return self._error is not None or is_readable(self._below.get_extra_info("socket"))

    def release(self) -> None:
        """Receive again, first of all what came meanwhile."""
        self._wake = None
        self._below.resume_reading()

    @property
    def age_s(self) -> float:
        """How many seconds ago the kernel received something last; 0 if that is not known."""
        return received_ago_s(self._below.get_extra_info("socket"))

    def send(self, text: str) -> None:
        """Send a message. Where that is no longer possible, whoever reads is told why."""
        if self._error is None:
            with suppress(InvalidState):
                self._protocol.send_text(text.encode())
            self._flush()

    def fail(self, error: DeviceError) -> None:
        """Break the connection off; whoever reads is told `error`."""
        self._end(error)
        self._writer.transport.abort()

    async def aclose(self) -> None:
        """Say goodbye if it still works, for `CLOSE_S` at most, and close."""
        if self._timer is not None:
            self._timer.cancel()
        if self._hang_up is not None:
            self._hang_up.close()
        self.release()
        try:
            if self._error is None:
                with suppress(InvalidState):
                    self._protocol.send_close(1000)
                self._flush()
                with suppress(TimeoutError, OSError):
                    async with asyncio.timeout(CLOSE_S):
                        while await self._reader.read(PIECE):
                            pass
        finally:
            self._end(Unreachable("No longer asked"))
            await let_go(self._writer)

    def _end(self, error: DeviceError) -> None:
        self._error = self._error or error
        self._awaken()

    def _ended(self) -> None:
        self._has_ended = True
        self._awaken()

    def _awaken(self) -> None:
        wake, self._wake = self._wake, None
        if wake is not None:
            wake()

    def _feed(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and self._error is None:
                self._take(event)
        self._flush()
        if self._error is None and self._protocol.close_expected():
            why = self._protocol.parser_exc
            if isinstance(why, PayloadTooBig):
                self._end(BadAnswer(f"A message is longer than {MESSAGE_LIMIT // 1024} KiB: {RESTART}"))
            else:
                said = f" ({clean(str(why), 48)})" if isinstance(why, WebSocketException) else ""
                self._end(BadAnswer(f"It breaks the rules of WebSocket{said}: {RESTART}"))

    def _take(self, frame: Frame) -> None:
        self._frames += 1
        now = self._now()
        passed_s, self._counted_at = max(0.0, now - self._counted_at), now
        self._frames_left = min(BURST, self._frames_left + passed_s * FRAMES_A_SECOND) - 1
        self._bytes_left = min(BYTES_BURST, self._bytes_left + passed_s * BYTES_A_SECOND) - len(frame.data)
        if self._frames_left < 0:
            self._end(Flooded(f"It sends more than {FRAMES_A_SECOND:g} messages a second: {RESTART}"))
        elif self._bytes_left < 0:
            self._end(Flooded(f"It sends more than {BYTES_A_SECOND / 1024:g} KiB a second: {RESTART}"))
        elif frame.opcode is Opcode.CLOSE:
            code = f"code {int.from_bytes(frame.data[:2], 'big')}" if frame.data else "no code"
            self._end(Refused(f"It closed the connection ({code}): does another program read this device?"))
        elif frame.opcode is Opcode.BINARY:
            self._end(BadAnswer(f"It sends binary messages, which are none of API v2: {RESTART}"))
        elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
            self._part += frame.data
            if frame.fin:
                self._texts.append(bytes(self._part))
                self._part.clear()

    def _flush(self) -> None:
        transport = self._writer.transport
        for data in self._protocol.data_to_send():
            if data and not transport.is_closing():
                transport.write(data)
        if transport.get_write_buffer_size() > UNREAD_LIMIT:
            self.fail(Unreachable(f"It sends, but reads nothing that is sent to it: {RESTART}"))

    def _ping(self) -> None:
        if self._error is None:
            seen = self._frames
            with suppress(InvalidState):
                self._protocol.send_ping(b"")
            self._flush()
            self._timer = asyncio.get_running_loop().call_later(ALIVE_WITHIN_S, self._look, seen)

    def _look(self, seen: int, *, waits: bool = False) -> None:
        """Whether there was a sign of life; `waits`: some bytes were waiting to be read a while ago."""
        if self._frames == seen and not waits and self.has_waiting:  # held, or the program was stopped meanwhile
            look = partial(self._look, seen, waits=True)
            self._timer = asyncio.get_running_loop().call_later(READ_WITHIN_S, look)
            return
        if self._frames == seen:
            self.fail(Unreachable(f"No sign of life for {ALIVE_WITHIN_S:g} s: is it plugged in and on the Wi-Fi?"))
        self._timer = asyncio.get_running_loop().call_later(PING_EVERY_S - ALIVE_WITHIN_S, self._ping)
