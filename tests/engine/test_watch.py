"""`hwtui watch` on loopback, while this computer's clock is set."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

import pytest

from tui.core.model import Endpoint
from tui.core.moment import Now
from tui.core.settings import Settings
from tui.engine.clock import SystemClock
from tui.engine.commands.run import Output
from tui.engine.commands.watch import watch
from tui.engine.demo.household import Household
from tui.engine.demo.server import serve


class SetClock(SystemClock):
    """The machine's clocks, of which somebody sets the one on the wall."""

    ahead_s = 0.0

    def now(self) -> Now:
        now = super().now()
        return Now(now.utc + self.ahead_s, now.monotonic)


class Lines:
    """An output that counts."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.more = asyncio.Event()

    def line(self, text: str) -> None:
        self.texts.append(text)
        self.more.set()

    async def reach(self, count: int, word: str = "") -> None:
        """Wait for so many lines with this word."""
        while sum(word in text for text in self.texts) < count:
            self.more.clear()
            await self.more.wait()


async def test_watch_says_that_the_clock_jumped_and_nothing_of_graphs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock, output = SetClock(), Lines()
    monkeypatch.setattr("tui.engine.commands.watch.SystemClock", lambda: clock)
    async with serve(Household(devices=1, start=clock.now()), SystemClock(), announce=False) as (served,):
        settings = Settings(mdns=False, hosts=(served.endpoint,))
        task = asyncio.create_task(watch(settings, cast("Output", output), as_json=False))
        async with asyncio.timeout(20):
            await output.reach(1)
            clock.ahead_s = 26 * 86_400.0
            await output.reach(3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert capsys.readouterr().err == "hwtui: this computer's clock jumped ahead by 26 days\n"


async def test_a_name_that_has_no_address_yet_is_asked_for_as_long_as_somebody_else_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock, output, system = SystemClock(), Lines(), socket.getaddrinfo
    is_known = False

    def resolver(host: str, *more: object) -> object:
        if host == "late.lan" and not is_known:
            raise socket.gaierror
        return system("127.0.0.1", *more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    async with serve(Household(devices=2, start=clock.now()), clock, announce=False) as (there, late):
        hosts = (there.endpoint, Endpoint("late.lan", late.endpoint.port))
        task = asyncio.create_task(watch(Settings(mdns=False, hosts=hosts), cast("Output", output), as_json=True))
        async with asyncio.timeout(20):
            await output.reach(1)
            told = ""
            while "late.lan" not in told:
                await asyncio.sleep(0.01)
                told += capsys.readouterr().err
            is_known = True
            await output.reach(1, '"late.lan"')
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert "The name does not resolve" in told
