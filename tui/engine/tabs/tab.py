"""One tab: between its browser and the process that shows the screen, and the end of both."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterable, Mapping
from typing import Protocol

from tui.core.tabwords import HEAD, PRELUDE, asked_size, said, size_of
from tui.engine.tabs.hub import Hub
from tui.engine.tabs.nursery import Child, Nursery, NurseryError

MOST_TABS = 50
"""At once (own choice): some 1.3 GB."""
FULL = f"There are {MOST_TABS} tabs already: close one, and load this page again."
LATER = 1013
"""The code of the end of a WebSocket that may be tried again later (RFC 6455, as registered); the page shows why."""
END_S = 2.0
"""How long the process of a tab that was closed may take to end by itself."""

log = logging.getLogger(__name__)


class Connection(AsyncIterable[str | bytes], Protocol):
    """The part of a WebSocket that is used here."""

    async def send(self, message: str | bytes, /) -> None:
        """Raises `EOFError` or another `Exception` of its library once it is closed."""
        ...

    async def close(self, code: int = 1000, reason: str = "", /) -> None: ...


class Tabs:
    """All that are open."""

    def __init__(self, nursery: Nursery, hub: Hub) -> None:
        self._nursery, self._hub = nursery, hub
        self.open = 0

    @property
    def why_full(self) -> str:
        """Why there is no room for one more; "" while there is."""
        return FULL if self.open >= MOST_TABS else ""

    async def show(self, connection: Connection, asked: Mapping[str, str]) -> None:
        """Show one until its browser, its screen or the engine ends it."""
        if full := self.why_full:
            await connection.close(LATER, full)
            return
        self.open += 1
        try:
            child = await self._nursery.start(*asked_size(asked))
            try:
                await self._connect(connection, child)
            finally:
                await self._end(child)
        except NurseryError as error:
            log.warning("%s", error)
            await connection.close(LATER, f"There is {error}.")
        finally:
            self.open -= 1

    async def _connect(self, connection: Connection, child: Child) -> None:
        reader, writer = await asyncio.open_unix_connection(sock=child.terminal)
        unfeed = await self._hub.add(child.feed)
        ways = [
            asyncio.create_task(_to_browser(reader, connection)),
            asyncio.create_task(_from_browser(connection, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            unfeed()  # that ends the screen
            for way in ways:
                way.cancel()
            for result in await asyncio.gather(*ways, return_exceptions=True):
                if isinstance(result, ValueError):
                    log.warning("a tab was ended: %s", result)
            with contextlib.suppress(TimeoutError, OSError):
                async with asyncio.timeout(END_S):
                    while await reader.read(1 << 16):  # it may have a picture to send before it can see its end
                        pass
            writer.close()

    async def _end(self, child: Child) -> None:
        done, _ = await asyncio.wait((child.over,), timeout=END_S)
        if not done:
            self._nursery.kill(child)


async def _to_browser(reader: asyncio.StreamReader, connection: Connection) -> None:
    """Until the screen ends."""
    with contextlib.suppress(EOFError, OSError):
        if await reader.readexactly(len(PRELUDE)) != PRELUDE:
            raise ValueError("its screen did not begin")
        while True:
            head = await reader.readexactly(HEAD)
            payload = await reader.readexactly(size_of(head))
            if head[:1] == b"D":  # of the others, the end is seen, and nothing else is done by this program
                await connection.send(payload)


async def _from_browser(connection: Connection, writer: asyncio.StreamWriter) -> None:
    """Until the browser ends. Raises `ValueError` for what the page does not send."""
    with contextlib.suppress(OSError):
        async for message in connection:
            if not isinstance(message, str):
                raise ValueError("no message of the page")
            told = said(message)
            if told.packet:
                writer.write(told.packet)
                await writer.drain()
            if told.answer:
                await connection.send(told.answer)
