"""Forged announcements of a paired device, with real sockets: it comes back, and its token goes nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.v2.certificates import SERIAL, authority
from tests.v2.server import TOKEN, V2Server
from tui.core.events import Seen
from tui.core.model import Endpoint
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.engine.clock import SystemClock
from tui.engine.monitor import Monitor
from tui.engine.paired.tokenfile import Token, TokenFile

STRANGER = "aabbccddeeff"


@asynccontextmanager
async def watching(device: V2Server, folder: Path) -> AsyncIterator[Monitor]:
    """A monitor with a token of the device, which was announced once and pushes."""
    TokenFile(folder / "tokens.json").put(Token(SERIAL, Secret(TOKEN), "local/hwtui#test", device.endpoint))
    monitor = Monitor(Settings(mdns=False, state_dir=folder, ca=authority().file(folder)), SystemClock())
    monitor.apply(Seen(device.endpoint, SERIAL, monitor.clock.now()))
    running = asyncio.create_task(monitor.run())
    try:
        await device.until(lambda: lives(monitor))
        yield monitor
    finally:
        running.cancel()
        await asyncio.wait((running,))


def fails(monitor: Monitor) -> bool:
    return monitor.fleet.devices[SERIAL].problem is not None


def lives(monitor: Monitor) -> bool:
    return monitor.fleet.devices[SERIAL].measurement is not None and not fails(monitor)


async def nobody() -> Endpoint:
    """A port at which nobody is."""
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return Endpoint("127.0.0.1", port, "v2")


@pytest.mark.parametrize("there", ["another device", "nobody"])
async def test_a_silent_device_is_back_where_it_was_though_it_was_announced_elsewhere(
    tmp_path: Path, there: str
) -> None:
    async with V2Server() as device, V2Server(serial=STRANGER) as stranger, watching(device, tmp_path) as monitor:
        home = device.endpoint
        await device.stop()
        await device.until(lambda: fails(monitor))
        forged = stranger.endpoint if there == "another device" else await nobody()
        await device.start(port=home.port)
        monitor.apply(Seen(forged, SERIAL, monitor.clock.now()))
        await device.until(lambda: lives(monitor))
        assert monitor.fleet.devices[SERIAL].endpoints == (home,)
        assert (stranger.requests, stranger.sockets) == ([], [])


async def test_a_flood_of_announcements_makes_few_connections(tmp_path: Path) -> None:
    async with V2Server() as device, V2Server(serial=STRANGER) as stranger, watching(device, tmp_path) as monitor:
        await device.stop()
        await device.until(lambda: fails(monitor))
        claims = [stranger.endpoint, replace(await nobody(), host="127.0.0.2")]
        for number in range(300):
            monitor.apply(Seen(claims[number % 2], SERIAL, monitor.clock.now()))
            await asyncio.sleep(0.001)
        assert 1 <= stranger.connections <= 10
        assert (stranger.requests, stranger.sockets) == ([], [])
        await device.start(port=device.endpoint.port)
        await device.until(lambda: lives(monitor), 10.0)


async def test_a_device_that_has_moved_is_there_at_once(tmp_path: Path) -> None:
    async with V2Server() as device, watching(device, tmp_path) as monitor:
        await device.stop()
        await device.until(lambda: fails(monitor))
        await device.start()
        monitor.apply(Seen(device.endpoint, SERIAL, monitor.clock.now()))
        await device.until(lambda: lives(monitor), 0.9)
        assert monitor.fleet.devices[SERIAL].endpoints == (device.endpoint,)
