"""A web server that does what a test tells it to, byte by byte, on real loopback sockets."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tui.core.model import Endpoint
from tui.net.listening import stop_listening

Behaviour = Callable[["Visit"], Awaitable[None]]
"""What happens on one connection; when it returns, the server hangs up."""


@dataclass
class Served:
    """One server, and what came to it."""

    behave: Behaviour
    endpoint: Endpoint = field(default_factory=lambda: Endpoint("127.0.0.1", 0))
    connections: int = 0
    requests: list[str] = field(default_factory=list)
    """Method, path and body of each, as in "PUT /api/v1/state {}"."""
    heads: list[str] = field(default_factory=list)
    """Request line and headers of each, in lower case."""
    in_flight: int = 0
    most_in_flight: int = 0
    visits: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)

    def let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.visits[asyncio.create_task(self._visit(Visit(self, self.connections, reader, writer)))] = writer

    async def _visit(self, visit: Visit) -> None:
        try:
            await visit.served.behave(visit)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the other side has gone, as it may
        finally:
            visit.writer.close()
            with suppress(OSError):
                await visit.writer.wait_closed()

    async def everybody_left(self) -> None:
        """Return when no connection is open any more."""
        await asyncio.gather(*self.visits)


@dataclass
class Visit:
    """One connection to a server."""

    served: Served
    number: int
    """1 for the first connection to this server."""
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self) -> str:
        """The next request, as it is written down in `Served.requests`."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        fields = dict(line.split(": ", 1) for line in head.strip().split("\r\n")[1:])
        body = (await self.reader.readexactly(int(fields.get("content-length", 0)))).decode()
        method, path, _ = head.split(" ", 2)
        self.served.heads.append(head)
        self.served.requests.append(f"{method.upper()} {path} {body}".rstrip())
        return self.served.requests[-1]

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def answer(self, body: bytes, status: str = "200 OK", *headers: str) -> None:
        lines = "".join(f"{line}\r\n" for line in (f"Content-Length: {len(body)}", *headers))
        await self.send(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body)

    async def until_left(self) -> None:
        """Return when the client has hung up."""
        while await self.reader.read(4096):
            pass

    def reset(self) -> None:
        """End the connection with a reset: without lingering, closing is one (socket(7))."""
        connection: socket.socket = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class Servers:
    """Starts servers that end with the test; if they are `secure`, over TLS."""

    def __init__(self, secure: ssl.SSLContext | None = None) -> None:
        self._secure = secure
        self._running: list[tuple[asyncio.Server, Served]] = []

    async def start(self, behave: Behaviour, host: str = "127.0.0.1", port: int = 0) -> Served:
        served = Served(behave)
        # A device does not wait for the other half of a goodbye.
        options: dict[str, Any] = {"ssl": self._secure, "ssl_shutdown_timeout": 0.05} if self._secure else {}
        server = await asyncio.start_server(served.let_in, host, port, **options)
        served.endpoint = Endpoint(host, server.sockets[0].getsockname()[1], "v2" if self._secure else "v1")
        self._running.append((server, served))
        return served

    async def answering(
        self, body: bytes, status: str = "200 OK", *headers: str, host: str = "127.0.0.1", port: int = 0
    ) -> Served:
        """A server that answers every request with the same."""

        async def behave(visit: Visit) -> None:
            while True:
                await visit.request()
                await visit.answer(body, status, *headers)

        return await self.start(behave, host, port)

    async def leave(self, served: Served) -> None:
        """End one server and its connections."""
        server = next(server for server, one in self._running if one is served)
        await stop_listening(server)
        for visit, writer in served.visits.items():
            writer.transport.abort()  # it may not even have begun
            visit.cancel()
        await asyncio.gather(*served.visits, return_exceptions=True)
        await server.wait_closed()

    async def stop(self) -> None:
        for _, served in self._running:
            await self.leave(served)
