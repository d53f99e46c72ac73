"""Opens the connection of a WebSocket: to the address of a name, over TLS, and as far as the head of the answer.

Nothing is asked of a server before its certificate was checked. What it answers but "101 Switching Protocols" is read
no further than its first line, and a redirect is not followed.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from tui.core.api.decode import BEHIND_A_PAGE, IS_IT_ONE, RESTART
from tui.core.model import Endpoint
from tui.net.errors import BadAnswer, DeviceError, NotFound, Refused, Unauthorized, Unreachable
from tui.net.exchange import Exchange, Stage
from tui.net.resolve import AddressOf

if TYPE_CHECKING:
    from tui.net.tls import Peer

PIECE = 4096
"""Bytes taken from the network at a time."""
HEAD_LIMIT = 8 * 1024
"""Bytes of the answer to the upgrade; real ones have about 150."""
OPEN_S = 10.0
"""For the connection, TLS and the upgrade together: a handshake takes a device about a second."""
CLOSE_S = 1.0
"""For the other side's half of a goodbye."""

_SWITCHING = b"HTTP/1.1 101 "
_NOBODY = (errno.EHOSTUNREACH, errno.EHOSTDOWN)
_REDIRECTS = (301, 302, 303, 307, 308)
_NETWORK_LOGIN = (407, 511)


class Secured(NamedTuple):
    """A connection over TLS, and the one below it: only there can reading be paused so that nothing is received."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    below: asyncio.Transport


class Upgraded(NamedTuple):
    """A connection that speaks WebSocket from here on, and what has come of its answer, perhaps more than the head."""

    connection: Secured
    head: bytes


async def upgraded(
    endpoint: Endpoint, path: str, request: bytes, peer: Peer, address_of: AddressOf, timeout_s: float
) -> Upgraded:
    """Connect, show `peer` the certificate, send `request` and read the answer. Raises `DeviceError`."""
    exchange = Exchange(endpoint)
    exchange.begin(path)
    exchange.stage = Stage.NAMING
    try:
        async with asyncio.timeout(timeout_s):
            address = await address_of(endpoint.host)
            exchange.stage = Stage.CONNECTING
            raw = await _connected(address, endpoint.port)
            exchange.stage = Stage.SECURING
            connection = await _secured(raw, peer.context())
            exchange.stage = Stage.ASKING
            try:
                peer.check(connection.writer.get_extra_info("ssl_object"))
                connection.writer.write(request)
                return Upgraded(connection, await _head(connection.reader, endpoint.port, path))
            except BaseException:
                await let_go(connection.writer)
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


async def let_go(writer: asyncio.StreamWriter) -> None:
    """Close a connection at once, and wait until it is."""
    writer.transport.abort()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(CLOSE_S):
            await writer.wait_closed()


async def _head(reader: asyncio.StreamReader, port: int, path: str) -> bytes:
    """What has come of the answer by the end of its head. Raises `DeviceError` for any other than the one wanted."""
    head = bytearray()
    while b"\r\n\r\n" not in head:
        part = await reader.read(PIECE)
        head += part
        if not part and not head:
            raise Refused("Connection closed without an answer: does another program read this device?")
        if not head.startswith(b"HTTP/1.1 "[: len(head)]):
            raise BadAnswer(f"No HTTP from port {port}: {IS_IT_ONE}")
        if len(head) >= len(_SWITCHING) and not head.startswith(_SWITCHING):
            raise _refusal(bytes(head[9:12]), path)
        if not part or len(head) > HEAD_LIMIT:
            what = "broke off" if not part else "is too long"
            raise BadAnswer(f"The head of the answer to {path} {what}: {IS_IT_ONE}")
    return bytes(head)


async def _connected(address: str, port: int) -> socket.socket:
    raw = socket.socket()
    try:
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, (address, port))
    except BaseException:
        raw.close()
        raise
    return raw


async def _secured(raw: socket.socket, context: ssl.SSLContext) -> Secured:
    """TLS over a connection. It is not cancelled but brought to its end: asyncio does not close a connection whose
    handshake is cancelled before it began (Python 3.11)."""
    handshake = asyncio.ensure_future(_tls(raw, context))
    try:
        return await asyncio.shield(handshake)
    except asyncio.CancelledError:
        with suppress(OSError):
            raw.shutdown(socket.SHUT_RDWR)
        await asyncio.wait((handshake,))
        if handshake.exception() is None:
            await let_go(handshake.result().writer)
        raise


class _Unread(asyncio.Protocol):
    """Takes nothing before TLS is there: what is sent in the clear must never count as said over TLS."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.ReadTransport):
            transport.pause_reading()


async def _tls(raw: socket.socket, context: ssl.SSLContext) -> Secured:
    loop = asyncio.get_running_loop()
    below, _ = await loop.create_connection(_Unread, sock=raw)
    reader = asyncio.StreamReader(limit=2 * PIECE)
    protocol = asyncio.StreamReaderProtocol(reader)
    over = await loop.start_tls(below, protocol, context)
    if over is None:
        raise ConnectionResetError
    protocol.connection_made(over)
    return Secured(reader, asyncio.StreamWriter(over, protocol, reader, loop), below)


def _refusal(status: bytes, path: str) -> DeviceError:
    """What a status other than 101 means. A redirect is not followed: no device sends one."""
    if not status.isdigit():
        return BadAnswer(f"The answer to {path} has no status: {IS_IT_ONE}")
    code = int(status)
    if code == 401:
        return Unauthorized(f"HTTP 401 from {path}, but the token is good: {RESTART}")
    if code in (404, 405):
        return NotFound(f"This device has no {path} (HTTP {code}): newer firmware may have it")
    if code in _REDIRECTS:
        return BadAnswer(f"HTTP {code} redirects elsewhere: {BEHIND_A_PAGE}")
    if code in _NETWORK_LOGIN:
        return BadAnswer(f"HTTP {code}: the network asks for a login first: log in with a browser")
    return BadAnswer(f"HTTP {code} from {path}: {RESTART if code >= 500 else IS_IT_ONE}")
