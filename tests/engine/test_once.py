"""How long asking once takes, and what is known when its time is over. In real time, with sockets on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from tests.net.accepting import accepting
from tui.core.events import Seen
from tui.core.model import Endpoint, State
from tui.core.reading import Identity
from tui.core.settings import Settings
from tui.engine.clock import SystemClock
from tui.engine.commands.exits import CRITICAL
from tui.engine.commands.once import ask_once
from tui.engine.commands.subnet import search_subnet
from tui.engine.lines.poller import Depth
from tui.engine.monitor import Monitor
from tui.net.errors import ApiDisabled
from tui.net.interfaces import LocalNetwork
from tui.net.scan import AskV2, Found, Progress

SHORT = Settings(mdns=False, timeout_s=0.4)


async def test_a_device_found_at_the_last_moment_is_not_called_dead(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = Endpoint("127.0.0.1", silent.getsockname()[1])

        async def search(monitor: Monitor, limit_s: float | None) -> None:
            monitor.apply(Seen(endpoint, "5c2faf00cafe", monitor.clock.now()))

        asked = await ask_once(SHORT, Depth.IDENTITY, search)
    (device,) = asked.devices
    assert device.problem
    assert "before the end, no answer yet: give it a longer --timeout" in device.problem.text
    assert asked.exit_code == CRITICAL
    assert capsys.readouterr().err == ""


API = b'{"product_type":"HWE-P1","serial":"5c2faf00cafe"}'
OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n"


@asynccontextmanager
async def saying(*answers: bytes) -> AsyncIterator[Endpoint]:
    """A server that sends one of these at each request and leaves every connection open."""

    async def let_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
        while await reader.read(4096):
            pass
        writer.close()

    async with accepting(let_in) as port:
        yield Endpoint("127.0.0.1", port)


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        ((), "Connected, but no answer within 0.4 s: if it stays so, restart it"),
        ((b"HTTP/1.1 200 O",), "Connected, but no answer within 0.4 s: if it stays so, restart it"),
        ((OK + b"\r\n",), "The head of an answer came, but no end within 0.4 s: it has no length and the connection"),
        (
            (OK + b"\r\n" + API,),
            "An answer came, but no end within 0.4 s: it has no length and the",
        ),
        ((OK + LENGTH % 99 + API,), "Answer not complete within 0.4 s: is the Wi-Fi weak there?"),
        ((OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n",), "Answer not complete within 0.4 s: is the Wi-Fi weak"),
        (
            (OK + LENGTH % len(API) + API,),
            "Connected, but no answer to /api/v1/data within 0.4 s: if it stays so, restart",
        ),
        (
            (OK + LENGTH % len(API) + API, OK + b"\r\n{}"),
            "An answer came, but no end within 0.4 s: it has no length and the connection stays open",
        ),
    ],
    ids=["silence", "half a head", "head", "no length", "half", "chunk", "only /api", "/api, then no length"],
)
async def test_what_was_seen_until_the_time_was_over_is_said(answers: tuple[bytes, ...], text: str) -> None:
    async with saying(*answers) as endpoint:
        asked = await ask_once(replace(SHORT, hosts=(endpoint,)), Depth.READING)
    (device,) = asked.devices
    assert device.problem
    assert device.problem.text.startswith(text)
    assert device.problem.kind is State.SILENT


async def test_a_login_page_without_a_length_is_no_silence() -> None:
    async with saying(b"HTTP/1.1 403 Forbidden\r\n\r\n<!DOCTYPE html><title>Login</title>") as endpoint:
        asked = await ask_once(replace(SHORT, hosts=(endpoint,)), Depth.READING)
    (device,) = asked.devices
    assert device.problem
    assert device.problem.kind is State.BAD_ANSWER
    assert device.problem.text.startswith("HTTP 403 with an HTML page: ")


async def test_a_search_without_a_timeout_takes_the_time_it_needs_and_one_with_it_that() -> None:
    limits: list[float | None] = []

    async def search(monitor: Monitor, limit_s: float | None) -> None:
        limits.append(limit_s)

    for timeout_s in (0.4, None):
        await ask_once(Settings(mdns=False, timeout_s=timeout_s), Depth.IDENTITY, search)
    explicit, usual = limits
    assert explicit is not None
    assert 0 < explicit <= 0.4
    assert usual is None


@pytest.fixture
def monitor(monkeypatch: pytest.MonkeyPatch) -> Monitor:
    """One in a network that is not there."""
    near = LocalNetwork("wlan0", "10.77.0.1", IPv4Network("10.77.0.0/24"))
    monkeypatch.setattr("tui.engine.commands.subnet.local_networks", lambda: [near])
    return Monitor(Settings(mdns=False), SystemClock())


async def test_a_scan_that_is_cut_short_says_how_far_it_came_and_keeps_what_it_found(
    monitor: Monitor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def slow(networks: object, found: Found, *, ask_v2: AskV2, progress: Progress) -> None:
        found(Endpoint("10.77.0.9"), Identity("5c2faf00cafe", "HWE-P1"))
        found(Endpoint("10.77.0.10"), ApiDisabled())
        progress(17, 253)
        await asyncio.sleep(60)

    monkeypatch.setattr("tui.engine.scanning.scan", slow)
    await search_subnet(monitor, 0.05)
    err = capsys.readouterr().err
    assert "the scan was ended by --timeout: only 17 of the 254 addresses were asked" in err
    device = monitor.fleet.devices["5c2faf00cafe"]
    assert device.link.last_answer, "it has answered the scan, so it need not be asked once more"
    assert len(monitor.fleet.devices) == 2


async def test_a_scan_that_ends_in_time_says_no_more(
    monitor: Monitor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def quick(networks: object, found: Found, *, ask_v2: AskV2, progress: Progress) -> None:
        progress(253, 253)

    monkeypatch.setattr("tui.engine.scanning.scan", quick)
    for limit_s in (60.0, None):
        await search_subnet(monitor, limit_s)
        assert capsys.readouterr().err == "hwtui: asking the 254 addresses of 10.77.0.0/24\n"
