"""A small HTTP/1.1 server for reading: GET and HEAD, no bodies, bounded in every direction.

The grammar is that of h11. Who asks from a web page under a foreign name is refused, whatever address that name has
(DNS rebinding): a browser in this house would otherwise read the meters to any page that it shows. At loopback that
holds of names of the house, too, which any device in it may give to any address.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address

import h11

from tui.core.text import clean
from tui.net.listening import stop_listening

MOST_CONNECTIONS = 64
"""At once (own choice: a browser opens six). One more takes the place of one that only waits, or else of the first, so
that nobody can lock the others out."""
MOST_HEAD = 8 * 1024
IDLE_S = 75.0
"""A connection without a request for this long is closed (nginx: the same for `keepalive_timeout`)."""
SLOW_S = 20.0
"""Who takes longer to take in what was sent is dropped (own choice)."""
_READING = (b"GET", b"HEAD")
_LOCAL_NAMES = (".local", ".lan", ".home", ".home.arpa", ".internal", ".localdomain", ".fritz.box")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: the path without its query, and the header `Accept`, "" if there is none."""

    path: str
    accept: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered, of the media type `kind`. A `stream` is sent piece by piece until it or the reader ends."""

    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    stream: AsyncGenerator[bytes] | None = None


Handler = Callable[[Request], Answer | Awaitable[Answer]]
"""Answers at once, or after a wait that ends by itself."""


class HttpServer:
    """Serves `handler`. `await open(...)` begins, `await close()` ends every connection."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._visits: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        """In the order in which they came."""
        self._waiting: dict[asyncio.Task[None], None] = {}
        """Those without a request under way, the one that has waited longest first."""
        self._turn = asyncio.Lock()
        self._free_at = 0.0
        """Before this moment of the loop no further answer is made."""
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen; the port (another one if `port` is 0). Raises `OSError`."""
        self._server = await asyncio.start_server(self._let_in, host, port, limit=MOST_HEAD)
        opened: int = self._server.sockets[0].getsockname()[1]
        return opened

    async def open_at(self, bound: socket.socket) -> None:
        """Listen at a socket that has its name already. Raises `OSError`."""
        self._server = await asyncio.start_unix_server(self._let_in, sock=bound, limit=MOST_HEAD)

    async def close(self) -> None:
        """Stop listening and close every connection."""
        if self._server is not None:
            await stop_listening(self._server)
        visits = [*self._visits]
        for visit in visits:
            self._leave(visit)
        await asyncio.gather(*visits, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._visits) >= MOST_CONNECTIONS:
            self._leave(next(iter(self._waiting or self._visits)))
        visit = asyncio.create_task(self._visit(reader, writer))
        self._visits[visit], self._waiting[visit] = writer, None
        visit.add_done_callback(self._forget)

    def _leave(self, visit: asyncio.Task[None]) -> None:
        self._visits[visit].transport.abort()  # itself it may not even have begun
        visit.cancel()
        self._forget(visit)

    def _forget(self, visit: asyncio.Task[None]) -> None:
        self._visits.pop(visit, None)
        self._waiting.pop(visit, None)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_HEAD)
        try:
            while (request := await self._next(connection, reader)) is not None:
                await self._respond(connection, writer, request, _came_to(writer))
                if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                    break
                connection.start_next_cycle()
        except h11.RemoteProtocolError:
            writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        except (OSError, TimeoutError):
            writer.transport.abort()  # it has gone, or takes nothing in
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _next(self, connection: h11.Connection, reader: asyncio.StreamReader) -> h11.Request | None:
        visit = asyncio.current_task()
        assert visit is not None  # noqa: S101  (a coroutine runs in a task)
        self._waiting[visit] = None
        try:
            return await _next_request(connection, reader)
        finally:
            self._waiting.pop(visit, None)

    async def _respond(
        self, connection: h11.Connection, writer: asyncio.StreamWriter, request: h11.Request, at: str
    ) -> None:
        answer = await self._answer(request, at)
        headers = [("Content-Type", answer.kind), ("Cache-Control", "no-store"), *answer.headers]
        if answer.stream is None:
            headers.append(("Content-Length", str(len(answer.body))))
        else:
            headers.append(("Connection", "close"))
        data = connection.send(h11.Response(status_code=answer.status, headers=headers)) or b""
        if request.method == b"HEAD":
            await _send(writer, data + (connection.send(h11.EndOfMessage()) or b""))
            return
        if answer.stream is None:
            data += connection.send(h11.Data(answer.body)) or b""
            await _send(writer, data + (connection.send(h11.EndOfMessage()) or b""))
            return
        await _send(writer, data)
        async with contextlib.aclosing(answer.stream) as pieces:
            async for piece in pieces:
                await _send(writer, connection.send(h11.Data(piece)) or b"")
        await _send(writer, connection.send(h11.EndOfMessage()) or b"")

    async def _answer(self, request: h11.Request, at: str) -> Answer:
        """Answers are made one after the other, and after each the loop is left to others for as long as it took: the
        devices are polled in it, and requests that come by the thousand would leave no time for that."""
        loop = asyncio.get_running_loop()
        path = request.target.decode("latin-1").partition("?")[0]
        try:
            async with self._turn:
                await asyncio.sleep(max(0.0, self._free_at - loop.time()))
                begun = loop.time()
                try:
                    answer = self._at_once(request, path, at)
                finally:
                    self._free_at = 2 * loop.time() - begun
            return answer if isinstance(answer, Answer) else await answer
        except Exception:
            log.exception("no answer to %s", clean(path)[:80])
            return Answer(b"A bug in this program; its log has details.\n", status=500)

    def _at_once(self, request: h11.Request, path: str, at: str) -> Answer | Awaitable[Answer]:
        headers = {name: value.decode("latin-1") for name, value in request.headers}
        if request.method not in _READING:
            refused = (("Allow", "GET, HEAD"), ("Connection", "close"))
            return Answer(b"This is for reading: use GET.\n", status=405, headers=refused)
        if not is_at_home(headers.get(b"host", ""), at):
            return Answer(b"Ask by the address of this computer, or by its name in the house.\n", status=403)
        return self._handler(Request(path, headers.get(b"accept", "")))


async def _next_request(connection: h11.Connection, reader: asyncio.StreamReader) -> h11.Request | None:
    """The next one; None once there are no more. Raises `h11.RemoteProtocolError`."""
    request: h11.Request | None = None
    async with asyncio.timeout(IDLE_S):
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(await reader.read(MOST_HEAD))
            elif isinstance(event, h11.Request):
                request = event
                headers = dict(event.headers)
                if b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0":
                    if request.method not in _READING:
                        return request  # it is refused, whatever its body, and the connection closed
                    raise h11.RemoteProtocolError("a body")
            elif isinstance(event, h11.EndOfMessage):
                return request
            else:  # closed, or a protocol that is not spoken here
                return None


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    async with asyncio.timeout(SLOW_S):
        await writer.drain()


def _came_to(writer: asyncio.StreamWriter) -> str:
    """The address of this computer at which a connection came; "" if it has none, as a socket in a folder."""
    name = writer.get_extra_info("sockname")
    return str(name[0]) if isinstance(name, tuple) else ""


def is_at_home(host: str, at: str) -> bool:
    """Whether a header `Host` is an address, or a name that no foreign page can have, of a request that came `at` this
    address of ours.

    By mDNS and LLMNR any device in the house may give names under .local, and those without a dot, to loopback, which
    it cannot reach itself (RFC 6762 and 4795 check nobody). A router gives its own names to nobody but who has them.
    """
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and not host.endswith("]") else host
    name = name.strip("[]").rstrip(".").casefold()
    with contextlib.suppress(ValueError):
        ip_address(name)
        return True
    own = socket.gethostname().casefold()
    if name in ("localhost", own, f"{own}.local") or name.endswith(".localhost"):
        return True
    if "." not in name or name.endswith(".local"):
        return not _is_loopback(at)
    return name.endswith(_LOCAL_NAMES)


def _is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback
