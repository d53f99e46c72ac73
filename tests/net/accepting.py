"""A server on loopback that does whatever a test tells it to with each connection."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tui.net.listening import stop_listening


@asynccontextmanager
async def accepting(
    let_in: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None] | None],
    secure: ssl.SSLContext | None = None,
) -> AsyncIterator[int]:
    """Its port. In the end it waits until every connection is closed, by whoever is at either end."""
    server = await asyncio.start_server(let_in, "127.0.0.1", 0, ssl=secure)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        await stop_listening(server)
        await server.wait_closed()
