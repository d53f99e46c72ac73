"""Tabs without a browser, and the processes behind them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pyte
from websockets.asyncio.client import ClientConnection, connect


def children(pid: int) -> list[int]:
    """The processes that one has started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def tabs_of(web: int) -> list[int]:
    """The processes of the tabs of a `hwtui web`: what forks them is its only child."""
    (nurse,) = children(web)
    return children(nurse)


class Tab:
    """A browser without a picture: what comes through the WebSocket, and a terminal that shows it."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire = wire
        self.received = bytearray()
        self.screen = Screen(self.received, 80, 24)

    async def take(self) -> None:
        """Until the other side ends it."""
        async for message in self.wire:
            if isinstance(message, bytes):
                self.received += message

    async def press(self, key: str) -> None:
        await self.wire.send(json.dumps(["stdin", key]))


class Screen:
    """What a terminal of that size shows after the bytes that were received so far."""

    def __init__(self, received: bytearray, columns: int, rows: int) -> None:
        self._received, self._fed = received, 0
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def text(self) -> str:
        new, self._fed = bytes(self._received[self._fed :]), len(self._received)
        self._stream.feed(new)
        return "\n".join(self._screen.display)


@asynccontextmanager
async def tab(port: int) -> AsyncIterator[Tab]:
    """Load the page, and open its tab."""
    place = f"127.0.0.1:{port}"
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:  # noqa: S501 - plain HTTP
        page = (await client.get(f"http://{place}/")).text
    found = re.search('data-ticket="([^"]+)"', page)
    assert found is not None
    url = f"ws://{place}/tab/{found[1]}?width=80&height=24"
    async with connect(url, origin=f"http://{place}", proxy=None, max_size=None) as wire:  # type: ignore[arg-type]
        one = Tab(wire)
        taking = asyncio.create_task(one.take())
        try:
            yield one
        finally:
            taking.cancel()
