"""A simulated house whose values go out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from tui.core.moment import Now
from tui.engine.demo.household import DEFAULT_START, Household
from tui.engine.demo.still import Still
from tui.engine.source import Listener
from tui.net.httpserver import Handler, HttpServer


class StillClock:
    """The clock of a house that is moved on by hand; who sleeps does so for a moment."""

    def __init__(self, still: Still) -> None:
        self._still = still

    def now(self) -> Now:
        return self._still.now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0.01)


def a_house(name: str = "nl", devices: int | None = None) -> tuple[Still, StillClock]:
    """It has measured nothing yet."""
    still = Still(Household(name, devices=devices), DEFAULT_START)
    return still, StillClock(still)


def listening(still: Still, listeners: Iterable[Listener], seconds: int = 3) -> None:
    """Let them listen while the house lives on."""
    still.listeners.extend(listeners)
    still.run(seconds)


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[int]:
    """The port at which it answers."""
    server = HttpServer(handler)
    port = await server.open("127.0.0.1", 0)
    try:
        yield port
    finally:
        await server.close()
