"""`hwtui watch` on loopback, while this computer's clock is set."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

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
        self.count = 0
        self.more = asyncio.Event()

    def line(self, text: str) -> None:
        self.count += 1
        self.more.set()

    async def reach(self, count: int) -> None:
        while self.count < count:
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
