"""What a device pushes over API v2: the conversation on one WebSocket, messages as JSON, failures as `DeviceError`.

The device asks for the token, is sent it, and from then on sends what was subscribed to (API documentation, v2,
"WebSocket"). Which device is there is checked before: the token goes to nobody else.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from tui.core.api.decode import RESTART
from tui.core.api.v2 import Message, parse_error, parse_message
from tui.core.model import Endpoint
from tui.core.secret import Secret
from tui.net.errors import BadAnswer, DeviceError, NotPaired, Unreachable
from tui.net.resolve import AddressOf, Names
from tui.net.upgrade import OPEN_S
from tui.net.websocket import WebSocket

if TYPE_CHECKING:
    from tui.net.tls import Peer

PATH = "/api/ws"
ANSWER_S = 5.0
"""For a step of the conversation; a device that was sent no token hangs up after 40 s (API documentation)."""
GARBLED_IN_A_ROW = 10
"""So many messages that are no JSON, or of no kind, end a socket: this is no API v2."""
UNAUTHORIZED = "user:unauthorized"


class PushSocket:
    """A socket that took the token. One task receives; every failure is a `DeviceError`. Close it after use."""

    def __init__(self, web: WebSocket, token: Secret, serial: str | None) -> None:
        self.serial = serial
        """As the certificate names it."""
        self._web = web
        self._token = token
        self.garbled = 0
        """Messages that could not be read so far."""
        self._in_a_row = 0

    @classmethod
    async def open(
        cls,
        endpoint: Endpoint,
        token: Secret,
        peer: Peer,
        address_of: AddressOf | None = None,
        now: Callable[[], float] | None = None,
        *,
        open_s: float = OPEN_S,
        answer_s: float = ANSWER_S,
    ) -> Self:
        """Connect and hand over the token. Raises `NotPaired` if the device does not know it, or has forgotten it,
        and `Unauthorized` if it refuses before it was sent."""
        web = await WebSocket.open(endpoint, PATH, peer, address_of or Names().address_of, now, open_s)
        this = cls(web, token, peer.serial)
        try:
            await this._until("authorization_requested", answer_s, "it does not ask for the token")
            web.send(json.dumps({"type": "authorization", "data": token.reveal()}))
            await this._until("authorized", answer_s, "it does not say whether it takes the token")
        except BaseException:
            await this.aclose()
            raise
        return this

    async def receive(self) -> Message:
        """The next message that can be read, of whatever kind."""
        while True:
            text = await self._web.text()
            message = parse_message(text, self._token)  # one that sends it back does not get it shown
            if message.type is not None:
                self._in_a_row = 0
                return message
            self.garbled += 1
            self._in_a_row += 1
            if self._in_a_row == GARBLED_IN_A_ROW:
                raise BadAnswer(f"{GARBLED_IN_A_ROW} messages in a row are none of API v2: {RESTART}")

    def subscribe(self, topic: str) -> None:
        """Ask to be sent `topic` whenever it changes."""
        self._web.send(json.dumps({"type": "subscribe", "data": topic}))

    def ask(self, topic: str) -> None:
        """Ask to be sent `topic` once, now."""
        self._web.send(json.dumps({"type": topic}))

    @property
    def is_empty(self) -> bool:
        """Whether all that has come was received, its end included."""
        return self._web.is_empty

    def hold(self, wake: Callable[[], None]) -> None:
        """Let what comes wait, so that it wakes nobody; `wake` is called once if the socket ends meanwhile."""
        self._web.hold(wake)

    @property
    def has_waiting(self) -> bool:
        """Whether something came while it was held, or its end."""
        return self._web.has_waiting

    def release(self) -> None:
        """Receive again, first of all what waits."""
        self._web.release()

    @property
    def age_s(self) -> float:
        """How many seconds ago something came last, received or waiting; 0 if that is not known."""
        return self._web.age_s

    def fail(self, error: DeviceError) -> None:
        """Break the connection off: whoever receives is told `error`."""
        self._web.fail(error)

    async def aclose(self) -> None:
        """Say goodbye and close, within a second."""
        await self._web.aclose()

    async def _until(self, kind: str, within_s: float, what: str) -> None:
        """Wait for the next step of the conversation."""
        try:
            async with asyncio.timeout(within_s):
                while (message := await self.receive()).type != kind:
                    if message.type == "error":
                        raise refused(message)
        except TimeoutError:
            raise Unreachable(f"Connected, but {what} within {within_s:g} s: {RESTART}") from None


def refused(message: Message) -> DeviceError:
    """What a message of the kind `error` means."""
    said = parse_error(message.data)
    if said == UNAUTHORIZED:
        return NotPaired()
    return BadAnswer(f'It refuses to push, "{said}": {RESTART}' if said else f"It refuses to push: {RESTART}")
