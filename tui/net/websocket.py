"""One WebSocket to one small server, bounded in time, size and rate. Knows RFC 6455 and nothing of HomeWizard.

It is the library's protocol without I/O (`websockets.client`) over a stream of asyncio's, not its client for asyncio.
That one follows redirects on the upgrade, takes a megabyte of headers, answers pings into a buffer without end if the
other side does not read, and takes 256 KiB apart in one go, which is 130 000 frames and a second in which nothing else
is done. Here a read is `PIECE` bytes, and frames are counted before more is read. It needs no task of its own either.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidState, InvalidURI, PayloadTooBig, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.uri import WebSocketURI, parse_uri

from tui.core.decode import BEHIND_A_PAGE, IS_IT_ONE, RESTART
from tui.core.model import Endpoint
from tui.core.text import clean
from tui.net.errors import BadAnswer, DeviceError, Flooded, NotFound, NotPaired, Refused, Unreachable
from tui.net.exchange import Exchange, Stage
from tui.net.resolve import AddressOf

if TYPE_CHECKING:
    from tui.net.tls import Peer

MESSAGE_LIMIT = 64 * 1024
"""Bytes. The longest real message is a measurement with several meters behind it, about 3 kB."""
HEAD_LIMIT = 8 * 1024
"""Bytes of the answer to the upgrade; real ones have about 150."""
PIECE = 4096
UNREAD_LIMIT = 16 * 1024
"""Bytes that wait for a server which sends and does not read."""
FRAMES_A_SECOND = 50.0
"""Of all kinds. Real devices send a measurement and a state of batteries a second."""
BURST = 100
"""So many at once are no flood: what has gathered while the Wi-Fi was gone, or this computer asleep."""
OPEN_S = 10.0
"""For the connection, TLS and the upgrade together: a handshake takes a device about a second."""
PING_EVERY_S = 30.0
ALIVE_WITHIN_S = 10.0
"""A ping must be followed by a frame of any kind within this time: one that sends values is alive."""
CLOSE_S = 1.0
"""For the other side's half of a goodbye."""

_NOBODY = (errno.EHOSTUNREACH, errno.EHOSTDOWN)
_REDIRECTS = (301, 302, 303, 307, 308)
_NETWORK_LOGIN = (407, 511)
_SILENT = logging.getLogger("tui.frames")
_SILENT.setLevel(logging.CRITICAL + 1)  # at the level of debug the library writes down messages, the token with them


class WebSocket:
    """An open one. One task reads; anybody may send, `fail` it or, when the reader is done, close it."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        protocol: ClientProtocol,
        now: Callable[[], float],
    ) -> None:
        self._reader, self._writer, self._protocol, self._now = reader, writer, protocol, now
        self._texts: deque[bytes] = deque()
        self._part = bytearray()
        """What has come of a message in several frames."""
        self._error: DeviceError | None = None
        """Why nothing more comes."""
        self._budget, self._counted_at = float(BURST), now()
        self._frames = 0
        self._timer: asyncio.TimerHandle | None = None

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
            uri = parse_uri(f"wss://{endpoint.address}{path}")
        except InvalidURI:
            raise Unreachable("This is not an address: use the one the app shows under the meter") from None
        exchange = Exchange(endpoint)
        exchange.begin(path)
        exchange.stage = Stage.NAMING
        try:
            async with asyncio.timeout(timeout_s):
                address = await address_of(endpoint.host)
                exchange.stage = Stage.CONNECTING
                with _closed_on_failure(socket.socket()) as raw:
                    raw.setblocking(False)
                    await asyncio.get_running_loop().sock_connect(raw, (address, endpoint.port))
                    exchange.stage = Stage.SECURING
                    reader, writer = await asyncio.open_connection(
                        sock=raw, ssl=peer.context(), server_hostname="", limit=2 * PIECE
                    )
                exchange.stage = Stage.ASKING
                try:
                    peer.check(writer.get_extra_info("ssl_object"))
                    return await cls._upgrade(uri, endpoint, reader, writer, now)
                except BaseException:
                    await _let_go(writer)
                    raise
        except ssl.SSLError as error:
            raise peer.failure(error, endpoint) from error
        except TimeoutError as error:
            raise exchange.out_of_time(timeout_s) from error
        except ConnectionRefusedError as error:
            raise Refused(f"Connection refused at port {endpoint.port}: is this the right address?") from error
        except ConnectionError as error:
            where = "lost in the TLS handshake" if exchange.stage is Stage.SECURING else "reset"
            raise Refused(f"Connection {where}: does another program read this device?") from error
        except OSError as error:
            if error.errno in _NOBODY:
                raise Unreachable(
                    "Nothing at this address: is it plugged in and on the Wi-Fi, and is the address right?"
                ) from error
            raise Unreachable("No way to this address: is this computer on the network of the meters?") from error

    @classmethod
    async def _upgrade(
        cls,
        uri: WebSocketURI,
        endpoint: Endpoint,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        now: Callable[[], float] | None,
    ) -> Self:
        protocol = ClientProtocol(uri, max_size=MESSAGE_LIMIT, logger=_SILENT)
        request = protocol.connect()
        request.headers["User-Agent"] = "hwtui"
        protocol.send_request(request)
        writer.write(b"".join(protocol.data_to_send()))
        head = bytearray()
        while b"\r\n\r\n" not in head:
            part = await reader.read(PIECE)
            head += part
            if not part and not head:
                raise Refused("Connection closed without an answer: does another program read this device?")
            if not head.startswith(b"HTTP/1.1 "[: len(head)]):
                raise BadAnswer(f"No HTTP from port {endpoint.port}: {IS_IT_ONE}")
            if not part or len(head) > HEAD_LIMIT:
                what = "broke off" if not part else f"has more than {HEAD_LIMIT // 1024} KiB of headers"
                raise BadAnswer(f"The answer to {uri.path} {what}: {IS_IT_ONE}")
        if not head.startswith(b"HTTP/1.1 101 "):
            raise _refusal(bytes(head[9:12]), uri.path)
        this = cls(reader, writer, protocol, now or asyncio.get_running_loop().time)
        this._feed(bytes(head))
        if protocol.handshake_exc is not None:
            raise BadAnswer(f"The answer to {uri.path} opens no WebSocket: {IS_IT_ONE}") from protocol.handshake_exc
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
            if data:
                self._feed(data)
            else:
                self._end(Refused("It broke the connection off: does another program read this device?"))
        return self._texts.popleft()

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
            await _let_go(self._writer)

    def _end(self, error: DeviceError) -> None:
        self._error = self._error or error

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
        self._budget = min(BURST, self._budget + max(0.0, now - self._counted_at) * FRAMES_A_SECOND) - 1
        self._counted_at = now
        if self._budget < 0:
            self._end(Flooded(f"It sends more than {FRAMES_A_SECOND:g} messages a second: {RESTART}"))
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

    def _look(self, seen: int) -> None:
        if self._frames == seen:
            self.fail(Unreachable(f"No sign of life for {ALIVE_WITHIN_S:g} s: is it plugged in and on the Wi-Fi?"))
        self._timer = asyncio.get_running_loop().call_later(PING_EVERY_S - ALIVE_WITHIN_S, self._ping)


@contextmanager
def _closed_on_failure(raw: socket.socket) -> Iterator[socket.socket]:
    try:
        yield raw
    except BaseException:
        raw.close()
        raise


async def _let_go(writer: asyncio.StreamWriter) -> None:
    """Close a connection at once, and wait until it is."""
    writer.transport.abort()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(CLOSE_S):
            await writer.wait_closed()


def _refusal(status: bytes, path: str) -> DeviceError:
    """What a status other than 101 means. A redirect is not followed: no device sends one."""
    code = int(status) if status.isdigit() else 0
    if code == 401:
        return NotPaired()
    if code in (404, 405):
        return NotFound(f"This device has no {path} (HTTP {code}): newer firmware may have it")
    if code in _REDIRECTS:
        return BadAnswer(f"HTTP {code} redirects elsewhere: {BEHIND_A_PAGE}")
    if code in _NETWORK_LOGIN:
        return BadAnswer(f"HTTP {code}: the network asks for a login first: log in with a browser")
    return BadAnswer(f"HTTP {clean(status.decode('latin-1'))} from {path}: {RESTART if code >= 500 else IS_IT_ONE}")
