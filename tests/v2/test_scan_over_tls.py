"""What a scan finds over API v2, as rows: the key S and `hwtui devices --scan`, over real TLS on loopback."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import IPv4Network
from pathlib import Path
from typing import cast

import pytest

from tests.v2.certificates import authority, leaf
from tests.v2.server import TOKEN, V2Server
from tui.core.model import Device, Endpoint, State
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.core.state import state_of
from tui.engine.clock import SystemClock
from tui.engine.commands.devices import devices
from tui.engine.commands.run import Output
from tui.engine.monitor import Monitor
from tui.engine.paired.tokenfile import Token, TokenFile
from tui.engine.paired.tokens import FILE
from tui.net.interfaces import LocalNetwork
from tui.net.listening import stop_listening
from tui.net.scan import scan

SUBNET = IPv4Network("127.84.0.0/29")
HOST = "127.84.0.6"
"""The last that is asked."""
SERIAL = "5c2fafaabbcc"
OFF = (403, {"error": {"id": 202, "description": "API not enabled"}})

StartV1 = Callable[..., Awaitable[Endpoint]]


@pytest.fixture
async def start_v1(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StartV1]:
    """Starts a device that speaks API v1 at `HOST`; if `off`, it says only that."""
    servers: list[asyncio.Server] = []

    async def start(*, off: bool = False) -> Endpoint:
        async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while head := await reader.readuntil(b"\r\n\r\n"):
                    identity = {"product_type": "HWE-P1", "serial": SERIAL}
                    status, told = OFF if off else (200, identity if b"/api " in head else {"active_power_w": 7})
                    body = json.dumps(told).encode()
                    writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()

        servers.append(await asyncio.start_server(visit, HOST, 0))
        return Endpoint(HOST, servers[-1].sockets[0].getsockname()[1])

    yield start
    for server in servers:
        await stop_listening(server)


@pytest.fixture
async def v2() -> AsyncIterator[V2Server]:
    device = V2Server(leaf(SERIAL, "battery"))
    await device.start(HOST)
    yield device
    await device.stop()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(mdns=False, state_dir=tmp_path, ca=authority().file(tmp_path))


Ports = Callable[..., None]


@pytest.fixture
def ports(v2: V2Server, monkeypatch: pytest.MonkeyPatch) -> Ports:
    """Takes where a scan looks for API v1; without it, nothing is there."""

    def look(plain: Endpoint | None = None) -> None:
        there = partial(scan, port=plain.port if plain else v2.endpoint.port + 1, tls_port=v2.endpoint.port)
        monkeypatch.setattr("tui.engine.scanning.scan", there)

    return look


@asynccontextmanager
async def scanned(settings: Settings) -> AsyncIterator[tuple[Monitor, int]]:
    """After the key S: the monitor, and how many devices the screen says answered."""
    monitor = Monitor(settings, SystemClock())
    task = asyncio.create_task(monitor.run())
    try:
        yield monitor, await monitor.scan([SUBNET])
    finally:
        task.cancel()
        await asyncio.wait((task,))


async def until(monitor: Monitor, state: State) -> Device:
    async with asyncio.timeout(5.0):
        while [state_of(one, monitor.clock.now()) for one in monitor.fleet.devices.values()] != [state]:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    (device,) = monitor.fleet.devices.values()
    return device


async def test_a_battery_is_a_row_that_waits_to_be_paired(ports: Ports, settings: Settings, v2: V2Server) -> None:
    ports()
    async with scanned(settings) as (monitor, count):
        device = await until(monitor, State.NOT_PAIRED)
        assert (count, device.label, device.endpoints) == (1, "Battery aabbcc", (v2.endpoint,))


async def test_one_that_is_paired_is_read(ports: Ports, settings: Settings, v2: V2Server, tmp_path: Path) -> None:
    ports()
    elsewhere = Endpoint("127.84.0.9", 443, "v2")
    TokenFile(tmp_path / FILE).put(Token(SERIAL, Secret(TOKEN), "local/hwtui#test", elsewhere))
    async with scanned(settings) as (monitor, count):
        device = await until(monitor, State.LIVE)
        assert (count, device.number("power_w"), device.endpoints) == (1, -543.0, (v2.endpoint,))
        assert device.last_problem is None


async def test_one_that_speaks_both_is_one_row_with_two_endpoints(
    ports: Ports, settings: Settings, v2: V2Server, start_v1: StartV1
) -> None:
    ports(plain := await start_v1())
    async with scanned(settings) as (monitor, count):
        device = await until(monitor, State.LIVE)
        assert (count, device.product_type, device.endpoints) == (1, "HWE-P1", (plain, v2.endpoint))


async def test_one_whose_v1_is_off_is_one_row_that_waits_to_be_paired(
    ports: Ports, settings: Settings, v2: V2Server, start_v1: StartV1
) -> None:
    ports(plain := await start_v1(off=True))
    async with scanned(settings) as (monitor, count):
        device = await until(monitor, State.NOT_PAIRED)
        assert (count, device.serial, device.endpoints) == (1, SERIAL, (plain, v2.endpoint))
        assert device.problem
        assert device.problem.text.startswith("API v1 is off, and it is not paired")


async def test_a_web_server_with_another_certificate_is_no_row(ports: Ports, settings: Settings, v2: V2Server) -> None:
    v2.certificate = leaf(by="Somebody Else")
    ports()
    async with scanned(settings) as (monitor, count):
        assert (count, dict(monitor.fleet.devices)) == (0, {})


async def test_the_command_lists_it_as_not_paired_without_asking_again(
    ports: Ports, settings: Settings, v2: V2Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports()
    monkeypatch.setattr("tui.engine.commands.once.LAST_WORDS_S", 0.0)  # a handshake takes a device longer than that
    near = LocalNetwork("lo", "127.84.0.1", SUBNET)
    monkeypatch.setattr("tui.engine.commands.subnet.local_networks", lambda: [near])
    lines: list[str] = []

    class Lines:
        def line(self, text: str) -> None:
            lines.append(text)

    await devices(settings, cast("Output", Lines()), as_json=True, scan=True)
    (row,) = json.loads(lines[0])
    assert (row["serial"], row["product_type"], row["state"]) == (SERIAL, "HWE-BAT", "not-paired")


WITHOUT = """
import asyncio, ssl, sys
from functools import partial
from ipaddress import IPv4Network
class Never(ssl.SSLContext):
    def __new__(cls, *_, **__):
        raise AssertionError("an SSLContext was made")
ssl.SSLContext = Never
from tui.core.settings import Settings
from tui.engine import scanning
from tui.engine.clock import SystemClock
from tui.engine.monitor import Monitor
scanning.scan = partial(scanning.scan, port=int(sys.argv[1]), tls_port=int(sys.argv[2]))
monitor = Monitor(Settings(mdns=False), SystemClock())
found = asyncio.run(monitor.scan([IPv4Network("127.84.0.0/29")]))
print(found, [name for name in ("tui.net.tls", "tui.net.v2", "websockets") if name in sys.modules])
"""


async def test_where_nobody_listens_for_v2_nothing_of_tls_is_loaded(v2: V2Server, start_v1: StartV1) -> None:
    plain = await start_v1()
    await v2.stop()
    words = [str(plain.port), str(v2.endpoint.port)]
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", WITHOUT, *words, stdout=PIPE, stderr=PIPE)
    out, err = await process.communicate()
    assert (out.decode(), err.decode()) == ("1 []\n", "")
