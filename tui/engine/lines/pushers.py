"""Makes pushers with real sockets. What speaks WebSocket and TLS is loaded when the first of them connects."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.core.model import Endpoint
from tui.core.secret import Secret
from tui.engine.clock import Clock
from tui.engine.lines.pusher import Pusher
from tui.engine.source import PairedClient
from tui.net.errors import NoAddress
from tui.net.resolve import AddressOf

if TYPE_CHECKING:
    from tui.net.push import PushSocket
    from tui.net.tls import Trust

LOOKING_AGAIN_S = 1.0
"""How long a name is looked up that was found before (own choice)."""

PairedFactory = Callable[[Endpoint, Secret | None, str | None], PairedClient]


class Pushers:
    """A factory of feeds, of what `engine.lines.feeds.PusherFactory` is told."""

    def __init__(
        self,
        clock: Clock,
        trust: Trust,
        address_of: AddressOf,
        paired_client: PairedFactory,
        rng: random.Random | None = None,
    ) -> None:
        """`paired_client` makes the client for commands, of the same three."""
        self._clock, self._trust, self._address_of = clock, trust, address_of
        self._paired_client, self._rng = paired_client, rng

    def __call__(self, endpoint: Endpoint, token: Secret, serial: str | None, beats: float | None = None) -> Pusher:
        """A pusher that does nothing before it runs."""
        from tui.net.tls import Peer

        peer = Peer(self._trust, serial, stays=True)
        address_of = _Whereabouts(self._address_of)

        async def open_socket() -> PushSocket:
            from tui.net.push import PushSocket

            return await PushSocket.open(endpoint, token, peer, address_of, lambda: self._clock.now().monotonic)

        def client() -> PairedClient:
            return self._paired_client(endpoint, token, serial)

        return Pusher(endpoint, self._clock, open_socket, client, self._rng, beats=beats)


class _Whereabouts:
    """Where one device is, by its name. One that was found before does not depend on a name server out of order."""

    def __init__(self, address_of: AddressOf) -> None:
        self._address_of = address_of
        self._last = ""

    async def __call__(self, host: str) -> str:
        try:
            async with asyncio.timeout(LOOKING_AGAIN_S if self._last else None):
                self._last = await self._address_of(host)
        except (NoAddress, TimeoutError):
            if not self._last:
                raise
        return self._last
