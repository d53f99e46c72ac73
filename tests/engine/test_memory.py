"""Known devices: rows at once at the next start, in the same network only."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from tui.core.events import Event, Identified, Noted, Remembered
from tui.core.fleet import reduce
from tui.core.model import Endpoint, Fleet
from tui.core.moment import Now
from tui.core.reading import Identity
from tui.engine.clock import VirtualClock
from tui.engine.memory import LOOK_EVERY_S, RECENT_S, SAVE_EVERY_S, Memory
from tui.engine.remembered import Cache

SOCKET = Identity("5c2faf000002", "HWE-SKT", "Energy Socket", "4.09", "v1")
HERE = Endpoint("192.168.1.20")


def house(at: Now) -> Fleet:
    return reduce(Fleet(), Identified(HERE, SOCKET, at))


class Visit:
    """A program that runs in a network for a while."""

    def __init__(self, directory: Path, clock: VirtualClock, network: str | None) -> None:
        self.network = network
        self.emitted: list[Event] = []
        self.memory = Memory(Cache(directory), clock, lambda: self.network)
        self._clock = clock

    async def __aenter__(self) -> Visit:
        self._task = asyncio.create_task(self.memory.run(self.emitted.append))
        await self._clock.advance(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


async def test_a_device_that_answered_is_there_at_the_next_start(tmp_path: Path, clock: VirtualClock) -> None:
    async with Visit(tmp_path, clock, "home") as visit:
        visit.memory.heard(Noted("a", "b", clock.now()), house(clock.now()))
        assert visit.emitted == []
    async with Visit(tmp_path, clock, "home") as visit:
        assert visit.emitted == [Remembered(SOCKET, HERE, clock.now())]


async def test_one_house_never_shows_at_the_next(tmp_path: Path, clock: VirtualClock) -> None:
    async with Visit(tmp_path, clock, "home") as visit:
        visit.memory.heard(Noted("a", "b", clock.now()), house(clock.now()))
    async with Visit(tmp_path, clock, "customer") as visit:
        assert visit.emitted == []


@pytest.mark.parametrize("stays_s", [1.0, SAVE_EVERY_S + 1.0])
async def test_a_computer_that_is_carried_to_the_next_house_leaves_this_ones_devices_here(
    tmp_path: Path, clock: VirtualClock, stays_s: float
) -> None:
    async with Visit(tmp_path, clock, "home") as visit:
        await clock.advance(SAVE_EVERY_S / 2)
        visit.memory.heard(Noted("a", "b", clock.now()), house(clock.now()))
        visit.network = "customer"
        await clock.advance(stays_s)
    assert Cache(tmp_path).load("customer", clock.now()) == []


async def test_a_network_that_comes_up_late_is_remembered_then(tmp_path: Path, clock: VirtualClock) -> None:
    async with Visit(tmp_path, clock, "home") as visit:
        visit.memory.heard(Noted("a", "b", clock.now()), house(clock.now()))
    async with Visit(tmp_path, clock, None) as visit:
        assert visit.emitted == []
        visit.network = "home"
        await clock.advance(LOOK_EVERY_S)
        assert len(visit.emitted) == 1


async def test_it_is_kept_while_the_program_runs_for_months(tmp_path: Path, clock: VirtualClock) -> None:
    async with Visit(tmp_path, clock, "home") as visit:
        visit.memory.heard(Noted("a", "b", clock.now()), house(clock.now()))
        await clock.advance(SAVE_EVERY_S)
        assert Cache(tmp_path).load("home", clock.now()), "saved before the end, which may be a power cut"


async def test_who_has_not_answered_lately_does_not_live_in_the_present_network(
    tmp_path: Path, clock: VirtualClock
) -> None:
    async with Visit(tmp_path, clock, "home") as visit:
        visit.memory.heard(Noted("a", "b", clock.now()), house(clock.now()))
        visit.network = None
        await clock.advance(RECENT_S + SAVE_EVERY_S)
        visit.network = "customer"
        await clock.advance(SAVE_EVERY_S)
    assert Cache(tmp_path).load("customer", clock.now()) == []


async def test_what_is_recalled_for_the_first_picture_is_not_told_twice(tmp_path: Path, clock: VirtualClock) -> None:
    assert not Cache(tmp_path).exists
    async with Visit(tmp_path, clock, "home") as visit:
        visit.memory.heard(Noted("a", "b", clock.now()), house(clock.now()))
    cache = Cache(tmp_path)
    assert cache.exists
    memory, told = Memory(cache, clock, lambda: "home"), list[Event]()
    assert [event.identity.serial for event in memory.recall()] == [SOCKET.serial]
    task = asyncio.create_task(memory.run(told.append))
    await clock.advance(SAVE_EVERY_S)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert told == []
