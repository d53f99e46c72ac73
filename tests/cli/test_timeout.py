"""`--timeout 1` means one second for the whole command, whatever keeps silent. The one place where time is a fact."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from zeroconf import IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

TIMEOUT_S = 1.0
BEYOND_S = 0.5
PATIENCE_S = 15.0
"""For a process to end that has nothing left to wait for, on a busy machine. A look-up of `SLOW_NAMES` takes 30 s."""
SERVICE = "_hwenergy._tcp.local."

WAITING = """
import sys, time
clock, was = time.monotonic, 0.0
def idle_s():
    global was
    with open("/proc/self/schedstat") as file:
        on_a_processor, waiting_for_one, _ = map(int, file.read().split())
    was = max(was, clock() - (on_a_processor + waiting_for_one) / 1e9)
    return was
time.monotonic = idle_s
began = idle_s()
from tui.cli import main
code = main(sys.argv[1:])
print(idle_s() - began, file=sys.stderr)
sys.exit(code)
"""
"""hwtui on a computer that takes no time to reckon, however slow or busy this one is: its clock stands still while its
main thread has a processor or waits for one. In the end it says on stderr how long it ran by that clock."""

SLOW_NAMES = """
import socket, time
real = socket.getaddrinfo
def slow(host, *rest, **more):
    if host in ("p1meter.slow", "p1meter-slow.local"):
        time.sleep(30)
    return real(host, *rest, **more)
socket.getaddrinfo = slow
"""

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="needs the kernel's account of who waited for a processor"
)


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def dropping() -> Iterator[str]:
    """An address that takes no connection: its backlog is full, and Linux drops what comes after."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        yield f"127.0.0.1:{full.getsockname()[1]}"
        for one in waiting:
            one.close()


@asynccontextmanager
async def announced(address: str, serial: str) -> AsyncIterator[None]:
    """A device that mDNS on loopback tells of."""
    host, port = address.split(":")
    async with AsyncZeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only) as zeroconf:
        info = ServiceInfo(
            SERVICE,
            f"p1meter-{serial}.{SERVICE}",
            int(port),
            properties={"serial": serial, "product_type": "HWE-P1"},
            server=f"p1meter-{serial}.local.",
            parsed_addresses=[host],
        )
        await (await zeroconf.async_register_service(info, cooperating_responders=True))
        yield


async def timely(environment: dict[str, str], *arguments: str, before: str = "") -> tuple[int, Any, str]:
    """Exit code, JSON and stderr of a command, which must not wait longer than it was told to."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", before + WAITING, *arguments, "--json", "--timeout", f"{TIMEOUT_S:g}"),
        env=environment, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE_S):
        out, err = await process.communicate()
    assert process.returncode is not None
    told, _, waited_s = err.decode().rstrip("\n").rpartition("\n")
    assert float(waited_s) <= TIMEOUT_S + BEYOND_S
    return process.returncode, json.loads(out), told


@pytest.mark.parametrize("command", ["devices", "read"])
async def test_named_devices_that_keep_silent(
    environment: dict[str, str], silent: str, dropping: str, command: str
) -> None:
    code, rows, err = await timely(environment, command, silent, dropping)
    assert (code, err) == (2, "")
    assert [row["state"] for row in rows] == ["silent", "silent"]
    assert [row["problem"]["text"] for row in rows] == [
        "Connected, but no answer within 1 s: if it stays so, restart it",
        "No connection within 1 s: is it plugged in, and is this its network?",
    ]


@pytest.mark.parametrize("command", ["devices", "read"])
async def test_found_devices_that_keep_silent(
    environment: dict[str, str], silent: str, dropping: str, command: str
) -> None:
    serials = [f"5c{number}{os.getpid():09}" for number in (1, 2)]  # the tests run beside each other
    async with announced(silent, serials[0]), announced(dropping, serials[1]):
        _, rows, _ = await timely(environment, command, "--interface", "127.0.0.1")
    by_serial = {row["serial"]: row for row in rows}  # others may be announced on this loopback, too
    for serial in serials:
        assert by_serial[serial]["state"] == "silent"
        assert by_serial[serial]["problem"]["text"]


async def test_a_name_server_that_does_not_answer_beside_devices_that_do_and_do_not(
    environment: dict[str, str], silent: str, house: Any
) -> None:
    hosts = ["p1meter.slow", "p1meter-slow.local", silent, house.hosts[0]]
    code, rows, err = await timely(environment, "read", *hosts, "--interface", "127.0.0.1", before=SLOW_NAMES)
    assert code == 3
    assert [row["state"] for row in rows] == ["silent", "silent", "silent", "live"]
    for row, name in zip(rows, ("p1meter.slow", "p1meter-slow.local"), strict=False):
        assert f'no address for "{name}" within 1 s' in row["problem"]["text"]
        assert f'no address for "{name}" within 1 s' in err


async def test_a_screen_or_a_watch_does_not_wait_longer_for_a_name_either(environment: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SLOW_NAMES + WAITING, "watch", "p1meter.slow"),
        env=environment | {"HWTUI_TIMEOUT": "1"}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE_S):
        _, err = await process.communicate()
    told, _, waited_s = err.decode().rstrip("\n").rpartition("\n")
    assert float(waited_s) <= TIMEOUT_S + BEYOND_S
    assert (process.returncode, told.count("\n")) == (3, 0)
    assert 'no address for "p1meter.slow"' in told
