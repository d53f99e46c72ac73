"""A device that speaks API v2: real TLS on loopback, HTTP and push on one port, scripted by a test.

    async with V2Server() as device:                      # a P1 with the serial SERIAL and the token TOKEN
        device.answers["GET", "/api/batteries"] = (404, b"Nothing matches the given URI")
        ... V2Client(device.endpoint, Secret(TOKEN), context of authority().pem) ...
        await device.until(lambda: device.subscribed("measurement"))
        await device.push("measurement", {"power_w": 1})
        assert [request.path for request in device.requests] == [...]

An answer is (status, body), or a callable that takes the `Request` and gives one; a body that is not bytes becomes
JSON. What no answer is there for gets the 404 of ESP-IDF, what has no token of `tokens` the 401 of the API.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import h11
from websockets.datastructures import Headers
from websockets.http11 import Request as Opening
from websockets.server import ServerProtocol

from tests.v2.certificates import Leaf, leaf
from tests.v2.socket import Script, Socket, well_behaved
from tui.core.model import Endpoint
from tui.net.listening import stop_listening

TOKEN = "0123456789ABCDEF0123456789ABCDEF"  # noqa: S105  of nobody
NO_URI = (404, b"Nothing matches the given URI")
NO_TOKEN = (401, {"error": "user:unauthorized"})
READING: dict[str, object] = {"power_w": -543, "energy_import_kwh": 13779.338, "timestamp": "2026-11-20T12:30:00"}
SYSTEM: dict[str, object] = {"wifi_ssid": "Home", "wifi_rssi_db": -77, "cloud_enabled": False, "uptime_s": 356}

Answer = tuple[int, object]


@dataclass(frozen=True)
class Request:
    """A request as it came; the names of headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def identity_of(serial: str, product_type: str = "HWE-P1", api_version: str = "2.2.0") -> dict[str, object]:
    """An answer to `/api`."""
    return {
        "product_type": product_type,
        "product_name": "P1 Meter",
        "serial": serial,
        "firmware_version": "6.0305",
        "api_version": api_version,
    }


class V2Server:
    """See above. `script` is what happens on each WebSocket, `raw` instead of anything on each connection."""

    def __init__(self, certificate: Leaf | None = None, serial: str = "5c2fafaabbcc", script: Script = well_behaved):
        self.certificate = certificate or leaf(serial)
        """Another one may be set at any time: the next connections get that."""
        self.script = script
        self.raw: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]] | None = None
        self.tokens = {TOKEN}
        self.answers: dict[tuple[str, str], Answer | Callable[[Request], Answer]] = {
            ("GET", "/api"): (200, identity_of(serial)),
            ("GET", "/api/measurement"): (200, READING),
            ("GET", "/api/system"): (200, SYSTEM),
        }
        """By method and path. One for `("GET", "/api/ws")` is given instead of opening a WebSocket."""
        self.requests: list[Request] = []
        self.connections = 0
        """TLS connections made so far."""
        self.sockets: list[Socket] = []
        """All WebSockets opened so far."""
        self.open: set[asyncio.StreamWriter] = set()
        self.endpoint = Endpoint("127.0.0.1", 0, "v2")
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._contexts: dict[Leaf, ssl.SSLContext] = {}

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> Self:
        context = leaf().context()
        context.sni_callback = self._choose
        self._server = await asyncio.start_server(self._let_in, host, port, ssl=context, ssl_shutdown_timeout=0.1)
        self.endpoint = Endpoint(host, self._server.sockets[0].getsockname()[1], "v2")
        return self

    async def stop(self) -> None:
        """Take no more connections and end those that are open. It may be started again."""
        if self._server is not None:
            await stop_listening(self._server)
        self.kill()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def kill(self) -> None:
        """End all open connections without a word."""
        for writer in self.open:
            writer.transport.abort()

    def subscribed(self, topic: str) -> bool:
        """Whether a WebSocket that is open asked for `topic`."""
        return any({topic, "*"} & one.topics and one.writer in self.open for one in self.sockets)

    async def push(self, topic: str, data: object) -> None:
        """Send it to everybody who subscribed to it."""
        for one in [one for one in self.sockets if {topic, "*"} & one.topics and one.writer in self.open]:
            await one.send({"type": topic, "data": data})

    async def until(self, condition: Callable[[], object], within_s: float = 5.0) -> None:
        """Return when it holds."""
        async with asyncio.timeout(within_s):
            while not condition():  # noqa: ASYNC110  what is waited for may be anything
                await asyncio.sleep(0.002)

    def _choose(self, tls: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        if self.certificate not in self._contexts:
            self._contexts[self.certificate] = self.certificate.context()
        tls.context = self._contexts[self.certificate]

    def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.add(writer)
        task = asyncio.create_task(self._visit(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError, h11.RemoteProtocolError):
                await (self.raw or self._speak)(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            self.open.discard(writer)

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER)
        while True:
            head, body = None, b""
            while not isinstance(event := http.next_event(), h11.EndOfMessage):
                if isinstance(event, h11.Request):
                    head = event
                elif isinstance(event, h11.Data):
                    body += bytes(event.data)
                elif isinstance(event, h11.ConnectionClosed):
                    return
                elif event is h11.NEED_DATA:
                    http.receive_data(await reader.read(65536))
            assert head is not None
            headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
            request = Request(head.method.decode(), head.target.decode(), headers, body)
            self.requests.append(request)
            if request.path == "/api/ws" and "upgrade" in headers and ("GET", "/api/ws") not in self.answers:
                await self._upgrade(request, bytes(http.trailing_data[0]), reader, writer)
                return
            status, content = self._answer(request)
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            fields = [("Content-Length", str(len(raw))), ("X-Api-Version", "2.2.0")]
            response = h11.Response(status_code=status, headers=[] if status == 204 else fields)
            parts = [response, *([h11.Data(raw)] if status != 204 else []), h11.EndOfMessage()]
            writer.write(b"".join(http.send(part) or b"" for part in parts))
            await writer.drain()
            if http.our_state is not h11.DONE or http.their_state is not h11.DONE:
                return
            http.start_next_cycle()

    def _answer(self, request: Request) -> Answer:
        is_pairing = (request.method, request.path) == ("POST", "/api/user")
        if not is_pairing and request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return NO_TOKEN
        answer = self.answers.get((request.method, request.path), NO_URI)
        return answer(request) if callable(answer) else answer

    async def _upgrade(
        self, request: Request, rest: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        protocol = ServerProtocol(max_size=None)
        protocol.receive_data(Opening(request.path, Headers(request.headers)).serialize() + rest)
        opening = next(event for event in protocol.events_received() if isinstance(event, Opening))
        protocol.send_response(protocol.accept(opening))
        socket = Socket(self, protocol, reader, writer)
        await socket.flush()
        self.sockets.append(socket)
        await self.script(socket)
