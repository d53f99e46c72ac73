"""Time that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import random
import time

from tests.engine.conftest import FakeNetwork
from tui.core.events import Event, Measured
from tui.core.model import Endpoint
from tui.core.moment import Now
from tui.engine.clock import SystemClock, VirtualClock
from tui.engine.lines.poller import Poller
from tui.engine.nap import Nap

HOST = Endpoint("10.0.0.5")


async def test_sleepers_wake_in_order_each_at_its_own_moment() -> None:
    clock = VirtualClock()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, *naps: float) -> None:
        for seconds in naps:
            await clock.sleep(seconds)
            woken.append((name, clock.now().monotonic))

    async with asyncio.TaskGroup() as group:
        group.create_task(sleeper("slow", 3.0))
        group.create_task(sleeper("quick", 1.0, 1.0, 2.0))
        await clock.advance(2.5)
        assert woken == [("quick", 1.0), ("quick", 2.0)]
        assert clock.now().monotonic == 2.5
        await clock.advance(10.0)
    assert woken[2:] == [("slow", 3.0), ("quick", 4.0)]


async def test_a_jump_moves_the_wall_clock_only() -> None:
    clock = VirtualClock(utc=1000.0)
    await clock.advance(5.0)
    clock.jump(3600.0)
    assert (clock.now().utc, clock.now().monotonic) == (4605.0, 5.0)


async def test_a_nap_ends_after_its_time_or_when_cut() -> None:
    clock = VirtualClock()
    nap = Nap(clock)
    woken: list[float] = []

    async def sleeper() -> None:
        while True:
            await nap.sleep(10.0)
            woken.append(clock.now().monotonic)

    task = asyncio.create_task(sleeper())
    await clock.advance(12.0)
    nap.cut()
    await clock.advance(9.0)
    assert woken == [10.0, 12.0]
    await clock.advance(1.0)
    assert woken == [10.0, 12.0, 22.0]
    task.cancel()
    await asyncio.wait([task])


async def test_a_cut_before_the_nap_counts_unless_it_is_forgotten() -> None:
    clock = VirtualClock()
    nap = Nap(clock)
    nap.cut()
    await nap.sleep(10.0)
    assert clock.now().monotonic == 0.0
    nap.cut()
    nap.forget()
    task = asyncio.create_task(nap.sleep(10.0))
    await clock.advance(9.9)
    assert not task.done()
    await clock.advance(0.1)
    assert task.done()


def test_the_system_clock_counts_a_suspend_where_the_system_does() -> None:
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    before = time.monotonic() if boot is None else time.clock_gettime(boot)
    now = SystemClock().now().monotonic
    after = time.monotonic() if boot is None else time.clock_gettime(boot)
    assert before <= now <= after


async def test_after_a_suspend_what_was_planned_is_done_once_and_nothing_took_hours() -> None:
    """The clock that counts a suspend has moved on by a night; a sleep and a request only go on."""
    clock = Suspended()
    network = FakeNetwork(clock)
    device = network.add(HOST.host, "aabbcc", "HWE-SKT")
    device.latency_s["data"] = 0.2
    heard: list[Event] = []
    poller = Poller(HOST, clock, 1.0, client_factory=network.connect, rng=random.Random(1))
    task = asyncio.create_task(poller.run(heard.append))
    await clock.advance(3.1)
    clock.night_s = 28_800.0  # in the midst of a request
    await clock.advance(5.0)
    task.cancel()
    await asyncio.wait([task])
    measured = [event for event in heard if isinstance(event, Measured)]
    assert len(measured) in (7, 8, 9)
    assert max(event.latency_s or 0.0 for event in measured) <= device.timeout_s
    before = [event for event in measured if event.at.monotonic < 28_800.0]
    assert clock.now().age_of(before[-1].at) > 28_800.0


class Suspended(VirtualClock):
    night_s = 0.0

    def now(self) -> Now:
        return super().now().plus(self.night_s)
