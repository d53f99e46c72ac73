"""A server that ends while somebody connects to it."""

from __future__ import annotations

import asyncio
import gc
import socket

import pytest

from tui.net.listening import stop_listening


@pytest.mark.parametrize("turns", range(5))
async def test_who_connects_while_a_server_ends_is_let_in_or_refused_but_never_left_behind(turns: int) -> None:
    visitors: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: visitors.append(writer), "127.0.0.1", 0)
    with socket.create_connection(server.sockets[0].getsockname()):
        for _ in range(turns):
            await asyncio.sleep(0)
        await stop_listening(server)
        let_in = len(visitors)
        for writer in visitors:
            writer.transport.abort()
        async with asyncio.timeout(5):
            await server.wait_closed()
    assert len(visitors) == let_in  # nobody comes after it
    gc.collect()  # what was left behind complains now
