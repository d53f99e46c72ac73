"""`--timeout 1` means one second for the whole command, whatever keeps silent. The one place where time is a fact."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from zeroconf import IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

TIMEOUT_S = 1.0
BEYOND_S = 0.5
TRIES = 4
"""A busy machine may hold up a process; a command that takes longer by itself does so each time."""
SERVICE = "_hwenergy._tcp.local."

SLOW_NAMES = """
import socket, sys, time
from tui.cli import main
real = socket.getaddrinfo
def slow(host, *rest, **more):
    if host in ("p1meter.slow", "p1meter-slow.local"):
        time.sleep(30)
    return real(host, *rest, **more)
socket.getaddrinfo = slow
sys.exit(main(sys.argv[1:]))
"""


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


async def timely(environment: dict[str, str], *arguments: str, program: str = "") -> tuple[int, Any, str]:
    """Exit code, JSON and stderr of a command, which must end in time."""
    took_s = []
    for _ in range(TRIES):
        start = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *(["-c", program] if program else ["-m", "tui"]), *arguments),
            *("--json", "--timeout", f"{TIMEOUT_S:g}"),
            env=environment, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        took_s.append(time.monotonic() - start)
        assert process.returncode is not None
        if took_s[-1] <= TIMEOUT_S + BEYOND_S:
            return process.returncode, json.loads(out), err.decode()
    raise AssertionError(f"took {took_s} s")


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
    code, rows, err = await timely(environment, "read", *hosts, "--interface", "127.0.0.1", program=SLOW_NAMES)
    assert code == 3
    assert [row["state"] for row in rows] == ["silent", "silent", "silent", "live"]
    for row, name in zip(rows, ("p1meter.slow", "p1meter-slow.local"), strict=False):
        assert f'no address for "{name}" within 1 s' in row["problem"]["text"]
        assert f'no address for "{name}" within 1 s' in err


async def test_a_screen_or_a_watch_does_not_wait_longer_for_a_name_either(environment: dict[str, str]) -> None:
    start = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SLOW_NAMES, "watch", "p1meter.slow"),
        env=environment | {"HWTUI_TIMEOUT": "1"}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, err = await process.communicate()
    assert time.monotonic() - start < 15  # the look-up itself takes 30 s
    assert (process.returncode, err.decode().count("\n")) == (3, 1)
    assert 'no address for "p1meter.slow"' in err.decode()
