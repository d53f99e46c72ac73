"""How long asking once takes, and what is known when its time is over. In real time, with sockets on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from ipaddress import IPv4Network

import pytest

from tui.core.events import Seen
from tui.core.model import Endpoint, Identity
from tui.core.settings import Settings
from tui.engine.clock import SystemClock
from tui.engine.commands.exits import CRITICAL
from tui.engine.commands.once import ask_once
from tui.engine.commands.subnet import search_subnet
from tui.engine.monitor import Monitor
from tui.engine.poller import Depth
from tui.net.errors import ApiDisabled
from tui.net.interfaces import LocalNetwork
from tui.net.scan import Progress

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


Found = Callable[[Endpoint, Identity | ApiDisabled], None]


async def test_a_scan_that_is_cut_short_says_how_far_it_came_and_keeps_what_it_found(
    monitor: Monitor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def slow(networks: object, found: Found, *, progress: Progress) -> None:
        found(Endpoint("10.77.0.9"), Identity("5c2faf00cafe", "HWE-P1"))
        found(Endpoint("10.77.0.10"), ApiDisabled())
        progress(17, 253)
        await asyncio.sleep(60)

    monkeypatch.setattr("tui.engine.commands.subnet.scan", slow)
    await search_subnet(monitor, 0.05)
    err = capsys.readouterr().err
    assert "the scan was ended by --timeout: only 17 of the 254 addresses were asked" in err
    device = monitor.fleet.devices["5c2faf00cafe"]
    assert device.link.last_answer, "it has answered the scan, so it need not be asked once more"
    assert len(monitor.fleet.devices) == 2


async def test_a_scan_that_ends_in_time_says_no_more(
    monitor: Monitor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def quick(networks: object, found: Found, *, progress: Progress) -> None:
        progress(253, 253)

    monkeypatch.setattr("tui.engine.commands.subnet.scan", quick)
    for limit_s in (60.0, None):
        await search_subnet(monitor, limit_s)
        assert capsys.readouterr().err == "hwtui: asking the 254 addresses of 10.77.0.0/24\n"
