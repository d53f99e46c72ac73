"""The end of a server that listens, in an order in which no connection is left behind."""

from __future__ import annotations

import asyncio
from contextlib import suppress

_TURNS = 3
"""Of the loop, in which a connection that it has accepted gets its transport, then is let in (asyncio's
`_accept_connection2` of Python 3.11 to 3.13), and then the task begins that lets it in: one that is cancelled before
never runs, not even to close it."""


async def stop_listening(server: asyncio.Server) -> None:
    """Take no further connection; those that were accepted are open, and were let in.

    `server.close()` alone leaves one behind that has no transport yet: its socket stays open, and when garbage is
    collected Python complains of it (`Server._attach`).
    """
    loop = asyncio.get_running_loop()
    for listening in server.sockets:
        with suppress(NotImplementedError):  # the loop of Windows
            loop.remove_reader(listening.fileno())
    for _ in range(_TURNS):
        await asyncio.sleep(0)
    server.close()
