"""The server's end of a WebSocket, for the scripts of tests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

if TYPE_CHECKING:
    from tests.v2.server import V2Server


@dataclass
class Socket:
    """One WebSocket, opened. It is pumped, pings included, only while somebody waits in `receive`."""

    device: V2Server
    protocol: ServerProtocol
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    topics: set[str] = field(default_factory=set)
    received: list[object] = field(default_factory=list)
    """What the client sent: JSON taken apart, or bytes."""
    pings: int = 0
    _events: list[object] = field(default_factory=list)
    """What has come and nobody has asked for yet."""

    async def receive(self) -> object:
        """The next message; None when the client has gone."""
        while True:
            self._events += self.protocol.events_received()
            while self._events:
                event = self._events.pop(0)
                if isinstance(event, Frame) and event.opcode is Opcode.PING:
                    self.pings += 1
                if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.BINARY):
                    data = bytes(event.data)
                    said = json.loads(data) if event.opcode is Opcode.TEXT else data
                    self.received.append(said)
                    return said
            await self.flush()
            if self.protocol.close_expected() or self.reader.at_eof():
                return None
            part = await self.reader.read(65536)
            if part:
                self.protocol.receive_data(part)
            else:
                self.protocol.receive_eof()

    async def send(self, message: object) -> None:
        """A dict as JSON, text or bytes as they are."""
        if isinstance(message, bytes):
            self.protocol.send_binary(message)
        else:
            self.protocol.send_text((message if isinstance(message, str) else json.dumps(message)).encode())
        await self.flush()

    async def raw(self, data: bytes) -> None:
        """Bytes on the wire that need not be WebSocket at all."""
        self.writer.write(data)
        await self.writer.drain()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        self.protocol.send_close(code, reason)
        await self.flush()

    def abort(self) -> None:
        """The connection is gone, without a word."""
        self.writer.transport.abort()

    async def authorize(self) -> bool:
        """Ask for the token, as a device does first; whether it was right."""
        await self.send({"type": "authorization_requested", "data": {"api_version": "2.2.0"}})
        said = await self.receive()
        if not isinstance(said, dict) or said.get("type") != "authorization" or said["data"] not in self.device.tokens:
            await self.send({"type": "error", "data": {"message": "user:unauthorized"}})
            await self.close()
            return False
        await self.send({"type": "authorized"})
        return True

    async def flush(self) -> None:
        """Send what the protocol has to say."""
        for data in self.protocol.data_to_send():
            if data:
                self.writer.write(data)
        await self.writer.drain()


Script = Callable[[Socket], Awaitable[None]]


async def well_behaved(socket: Socket) -> None:
    """A device as the API describes it; what it pushes, `V2Server.push` says."""
    if not await socket.authorize():
        return
    while (said := await socket.receive()) is not None:
        kind, data = (said.get("type"), said.get("data")) if isinstance(said, dict) else (None, None)
        if kind == "subscribe":
            socket.topics.add(str(data))
        elif kind == "unsubscribe":
            socket.topics.discard(str(data))
        asked = str(data if kind == "subscribe" else kind)
        answer = socket.device.answers.get(("GET", "/api" if asked == "device" else f"/api/{asked}"))
        if isinstance(answer, tuple) and answer[0] == 200:
            await socket.send({"type": asked, "data": answer[1]})
        elif kind != "unsubscribe" and data != "*":
            what = "subscription" if kind == "subscribe" else "type"
            await socket.send({"type": "error", "data": {"message": f"request:unknown-{what}"}})
