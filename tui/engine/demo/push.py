"""A device's end of a WebSocket of API v2: it asks for a token, then pushes what its client subscribed to.

The protocol is that of `websockets`, the bytes are those of the connection that a request came in by. Facts: the
vendor's API documentation, v2 (websocket); that batteries are pushed each second is what owners see.
"""

from __future__ import annotations

import asyncio
import json

import h11
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from tui.engine.clock import Clock
from tui.engine.demo.household import Household
from tui.engine.demo.pairing import RefusedError
from tui.engine.demo.v2 import V2Side

AUTHORIZED_WITHIN_S = 40.0
MOST_MESSAGE = 4096
ON_CHANGE = ("device", "system", "user")
"""Topics of which only a change is pushed; the others come all the time."""
TOPICS = ("device", "user", "measurement", "system", "batteries")


class Push:
    """One WebSocket."""

    is_zombie = False
    """It answers pings, and sends no measurement."""

    def __init__(
        self,
        side: V2Side,
        household: Household,
        clock: Clock,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._side, self._household, self._clock = side, household, clock
        self._reader, self._writer = reader, writer
        self._protocol = ServerProtocol(max_size=MOST_MESSAGE)
        self._token: str | None = None
        self._wanted: dict[str, object] = {}
        """The topics subscribed to, and for those of `ON_CHANGE` what was sent last."""

    async def run(self, request: h11.Request, rest: bytes) -> None:
        """Answer the request for an upgrade, and go on until either end closes. `rest` came behind it."""
        headers = Headers((name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers)
        self._protocol.receive_data(Request(request.target.decode("ascii"), headers).serialize() + rest)
        opening = next((one for one in self._protocol.events_received() if isinstance(one, Request)), None)
        if opening is None:
            return
        self._protocol.send_response(self._protocol.accept(opening))
        if self._protocol.state is State.OPEN:
            self._say("authorization_requested", json.dumps({"api_version": self._side.version}))
        await self._flush()
        others = [asyncio.create_task(self._push()), asyncio.create_task(self._limit())]
        try:
            await self._listen()
        finally:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    async def _listen(self) -> None:
        while not self._protocol.close_expected():
            for event in self._protocol.events_received():
                if isinstance(event, Frame) and event.opcode is Opcode.TEXT and self._protocol.state is State.OPEN:
                    self._hear(bytes(event.data))
            await self._flush()
            if self._protocol.close_expected():
                return
            if not (data := await self._reader.read(65536)):
                return
            self._protocol.receive_data(data)

    async def _limit(self) -> None:
        """Close if nobody has shown a token in time."""
        await self._clock.sleep(AUTHORIZED_WITHIN_S)
        if self._token is None:
            await self._close()

    async def _push(self) -> None:
        """Send what is due, again and again, until the token is taken back."""
        while True:
            await self._clock.sleep(self._household.push_every_s)
            if self._token is None:
                continue
            if self._side.users.name_of(self._token) is None:
                await self._close()
                return
            self._household.advance(self._clock.now())
            for topic in self._wanted:
                self._send(topic, only_news=True)
            await self._flush()

    async def _close(self) -> None:
        self._protocol.send_close(1008)
        await self._flush()
        self._writer.close()

    def _hear(self, text: bytes) -> None:
        try:
            said = json.loads(text)
            kind, data = said["type"], said.get("data")
        except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
            return self._refuse("request:invalid-json")
        try:
            if self._token is None:
                self._authorize(kind, data)
            else:
                self._household.advance(self._clock.now())
                self._obey(str(kind), data)
        except RefusedError as refused:
            self._refuse(refused.code)

    def _authorize(self, kind: object, data: object) -> None:
        if kind != "authorization" or not isinstance(data, str) or self._side.users.name_of(data) is None:
            self._refuse("user:unauthorized")
            self._protocol.send_close(1008)
            return
        self._token = data
        self._say("authorized")

    def _obey(self, kind: str, data: object) -> None:
        if kind in ("subscribe", "unsubscribe"):
            topics = self._topics() if data == "*" else [data] if data in self._topics() else []
            if not topics:
                raise RefusedError(400, "request:unknown-subscription")
            for topic in map(str, topics):
                if kind == "subscribe":
                    self._wanted[topic] = None
                    self._send(topic)
                else:
                    self._wanted.pop(topic, None)
        elif kind == "identify":
            self._side.identify()
        elif kind in self._topics():
            if data is not None:
                self._side.write(kind, data)
            self._send(kind)
        else:
            raise RefusedError(400, "request:unknown-type")

    def _topics(self) -> list[str]:
        return [topic for topic in TOPICS if topic == "user" or topic in self._side.topics]

    def _send(self, topic: str, *, only_news: bool = False) -> None:
        """Send a topic as it is now; with `only_news` not those that are pushed on a change and have not changed."""
        if topic == "measurement" and self.is_zombie:
            return
        text = json.dumps(self._side.users.listed(self._token or "")) if topic == "user" else self._side.topics[topic]()
        marker: object = self._side.settings if topic == "system" else text
        if topic in ON_CHANGE and topic in self._wanted:
            if only_news and self._wanted[topic] == marker:
                return
            self._wanted[topic] = marker
        self._say(topic, text)

    def _say(self, kind: str, data: str | None = None) -> None:
        """A message whose data is JSON already."""
        text = f'{{"type":"{kind}"}}' if data is None else f'{{"type":"{kind}","data":{data}}}'
        self._protocol.send_text(text.encode())

    def _refuse(self, code: str) -> None:
        self._say("error", json.dumps({"message": code}))

    async def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._writer.write(data)
        await self._writer.drain()
