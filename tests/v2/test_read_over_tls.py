"""Devices read over API v2 for real: TLS and a WebSocket on loopback, the monitor and the commands as they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.v2.certificates import authority, leaf
from tests.v2.server import TOKEN, V2Server
from tui.core.model import Device, Endpoint, State
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.core.state import state_of
from tui.engine.clock import SystemClock
from tui.engine.commands.exits import CRITICAL, OK
from tui.engine.commands.once import ask_once
from tui.engine.lines.line import REFUSED
from tui.engine.lines.poller import Depth
from tui.engine.monitor import Monitor
from tui.engine.paired.tokenfile import Token, TokenFile
from tui.engine.paired.tokens import FILE

SERIAL = "5c2fafaabbcc"
OTHER = "5c2faf0000ff"


@pytest.fixture
async def device() -> AsyncIterator[V2Server]:
    async with V2Server() as server:
        yield server


@pytest.fixture
def settings(device: V2Server, tmp_path: Path) -> Settings:
    """The device by hand, paired."""
    ca = authority().file(tmp_path)
    settings = Settings(hosts=(device.endpoint,), mdns=False, state_dir=tmp_path, timeout_s=3.0, ca=ca)
    pair(settings, device.endpoint)
    return settings


def pair(settings: Settings, endpoint: Endpoint, serial: str = SERIAL) -> None:
    assert settings.state_dir is not None
    TokenFile(settings.state_dir / FILE).put(Token(serial, Secret(TOKEN), "local/hwtui#test", endpoint))


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Monitor]:
    monitor = Monitor(settings, SystemClock())
    task = asyncio.create_task(monitor.run())
    try:
        yield monitor
    finally:
        task.cancel()
        await asyncio.wait((task,))


async def until(monitor: Monitor, holds: Callable[[Device], bool], within_s: float = 5.0) -> Device:
    async with asyncio.timeout(within_s):
        while not any(holds(device) for device in monitor.fleet.devices.values()):  # noqa: ASYNC110  of many events
            await asyncio.sleep(0.005)
    (device,) = monitor.fleet.devices.values()
    return device


async def test_what_a_paired_device_pushes_is_measured(device: V2Server, settings: Settings) -> None:
    async with running(settings) as monitor:
        one = await until(monitor, lambda one: one.number("power_w") == -543.0)
        assert (one.serial, one.spoken and one.spoken.push) == (SERIAL, True)
        await device.push("measurement", {"power_w": 77})
        await until(monitor, lambda one: one.number("power_w") == 77.0)
        client = monitor.client_of(one)
        assert client is not None
        assert (await client.identity()).serial == SERIAL, "commands have a connection of their own"
    assert len(device.sockets) == 1


async def test_a_token_that_is_taken_back_is_told_and_not_sent_again(device: V2Server, settings: Settings) -> None:
    async with running(settings) as monitor:
        await until(monitor, lambda one: one.measurement is not None)
        device.tokens.clear()
        device.kill()
        one = await until(monitor, lambda one: one.problem is not None and one.problem.kind is State.NOT_PAIRED)
        assert one.problem is not None
        assert one.problem.text == REFUSED
        assert not one.paired
        tries = len(device.requests)
        await asyncio.sleep(0.3)
        assert len(device.requests) <= tries + 1


@pytest.mark.parametrize("depth", [Depth.IDENTITY, Depth.READING])
async def test_who_asks_once_reads_a_paired_device(settings: Settings, depth: Depth) -> None:
    asked = await ask_once(settings, depth)
    (one,) = asked.devices
    assert (asked.exit_code, one.serial, one.endpoint and one.endpoint.api) == (OK, SERIAL, "v2")
    assert (one.measurement is not None) is (depth is Depth.READING)


async def test_who_asks_one_that_is_not_paired_learns_who_it_is_and_what_to_do(
    settings: Settings, tmp_path: Path
) -> None:
    asked = await ask_once(replace(settings, state_dir=tmp_path / "nothing"), Depth.READING)
    (one,) = asked.devices
    assert (asked.exit_code, one.serial, state_of(one, asked.now)) == (CRITICAL, SERIAL, State.NOT_PAIRED)
    assert one.problem is not None
    assert "hwtui pair" in one.problem.text


async def test_another_device_at_the_address_gets_no_token(device: V2Server, settings: Settings) -> None:
    """It says that it is the paired one, and its certificate does not."""
    device.certificate = leaf(OTHER)
    device.answers["GET", "/api"] = (200, {"serial": SERIAL, "product_type": "HWE-P1"})
    asked = await ask_once(settings, Depth.READING)
    assert {one.serial: state_of(one, asked.now) for one in asked.devices} == {OTHER: State.NOT_PAIRED}
    assert not any("authorization" in request.headers for request in device.requests)
