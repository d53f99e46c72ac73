"""The demo as a source: its own house, found by mDNS or handed over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from tui.core.events import Added, Event, Seen
from tui.core.model import key_of
from tui.engine.clock import SystemClock
from tui.engine.demo.household import Household
from tui.engine.demo.server import serve
from tui.engine.demo.source import DemoSource


class Heard:
    """The events of a source, and a way to wait for them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._more = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self._more.set()

    async def until(self, count: int, kind: type[Seen] | type[Added]) -> None:
        while len({str(event) for event in self.events if isinstance(event, kind)}) < count:
            await self.more()

    async def more(self) -> None:
        self._more.clear()
        await asyncio.wait_for(self._more.wait(), 20)


@contextmanager
def ended(task: asyncio.Task[None]) -> Iterator[None]:
    try:
        yield
    finally:
        task.cancel()


async def test_without_mdns_every_device_is_handed_over() -> None:
    clock, heard = SystemClock(), Heard()
    house = Household("nl", 1, None, clock.now())
    task = asyncio.create_task(DemoSource(house, clock, mdns=False).run(heard))
    with ended(task):
        await heard.until(len(house.devices) + 1, Added)
    await asyncio.gather(task, return_exceptions=True)
    apis = [event.endpoint.api for event in heard.events if isinstance(event, Added)]
    assert (apis.count("v1"), apis.count("v2")) == (6, 2)
    assert len(apis) == len(heard.events)


async def test_another_house_on_loopback_stays_out() -> None:
    clock, heard = SystemClock(), Heard()
    other, own = Household("nl", 2, None, clock.now()), Household("nl", 3, 4, clock.now())
    async with serve(other, clock):
        task = asyncio.create_task(DemoSource(own, clock).run(heard))
        with ended(task):
            while len(found := {key_of(event.serial) for event in heard.events if isinstance(event, Seen)}) < 4:
                if any(isinstance(event, Added) for event in heard.events):
                    break  # no multicast on this loopback: they are handed over instead
                await asyncio.sleep(0.01)
        await asyncio.gather(task, return_exceptions=True)
    assert found <= {key_of(device.serial) for device in own.devices}


async def test_two_demos_of_one_seed_keep_to_their_own_devices() -> None:
    clock = SystemClock()
    heard = Heard(), Heard()
    houses = [Household("nl", 1, 3, clock.now()) for _ in heard]
    async with serve(houses[0], clock) as theirs:
        task = asyncio.create_task(DemoSource(houses[1], clock).run(heard[1]))
        with ended(task):
            while len(found := {event.endpoint for event in heard[1].events if isinstance(event, (Seen, Added))}) < 3:
                await heard[1].more()
        await asyncio.gather(task, return_exceptions=True)
    assert not found & {endpoint for one in theirs for endpoint in one.endpoints}
