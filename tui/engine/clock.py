"""Time as an argument: the only place where the engine reads a clock.

Everything timed takes a `Clock`, so that the live screen, `demo --speed`, tests and the soak test share one interface.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from typing import Protocol

from tui.core.moment import Now


class Clock(Protocol):
    """What timed code needs of a clock."""

    def now(self) -> Now:
        """The present moment."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` on this clock."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> Now:
        return Now(time.time(), time.monotonic())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class FastClock:
    """The machine's clocks, but `speed` times as fast from the moment it is created (`demo --speed`)."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self._start = SystemClock().now()

    def now(self) -> Now:
        real = SystemClock().now()
        return self._start.plus((real.monotonic - self._start.monotonic) * self.speed)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)


class VirtualClock:
    """A clock that moves only when told to: for tests, and for reproducible screenshots."""

    TURNS = 40
    """asyncio cannot tell when nothing is left to do. So tasks that were woken get this many turns of the loop before
    time moves on: many more than any chain of awaits without sockets needs."""

    def __init__(self, utc: float = 1_800_000_000.0) -> None:
        self._monotonic = 0.0
        self._offset = utc
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> Now:
        return Now(self._offset + self._monotonic, self._monotonic)

    async def sleep(self, seconds: float) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic + max(0.0, seconds), next(self._order), waiter))
        await waiter

    def jump(self, seconds: float) -> None:
        """Move the wall clock only, not the monotonic one."""
        self._offset += seconds

    async def advance(self, seconds: float) -> None:
        """Let time pass. Sleepers wake in order, each at its own moment."""
        end = self._monotonic + seconds
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, waiter = heapq.heappop(self._sleepers)
            if waiter.done():
                continue
            self._monotonic = due
            waiter.set_result(None)
            await self._settle()
        self._monotonic = end

    async def _settle(self) -> None:
        for _ in range(self.TURNS):
            await asyncio.sleep(0)
