"""Time as an argument: the only place where the engine reads a clock.

Everything timed takes a `Clock`, so that the live screen, `demo --speed`, tests and the soak test share one interface.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from functools import partial
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


def _boot_clock() -> Callable[[], float]:
    """Seconds that never jump and, where the system has such a clock (Linux), count a suspend, too."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    try:
        if clock is not None:
            time.clock_gettime(clock)
            return partial(time.clock_gettime, clock)
    except OSError:  # an emulated kernel
        pass
    return time.monotonic


_seconds_since_boot = _boot_clock()


class SystemClock:
    """The machine's own clocks.

    Ages count the time that a laptop was suspended: a value from before is old at once, trouble began when it did, and
    the graphs have a gap. asyncio's timers stand still meanwhile, so a sleep goes on where it was; what was planned is
    late then, and is done once. Elsewhere than on Linux a suspend looks like a clock that was set ahead: ages lack it,
    and the graphs start again.
    """

    def now(self) -> Now:
        return Now(time.time(), _seconds_since_boot())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


LEAST_SLEEP_S = 0.02
"""What is done every two seconds would be done 1 800 times a second in an hour that passes in one (own choice)."""


def at_speed(seconds: float, speed: float) -> float:
    """How long a sleep is on this computer's clock where time is faster: no shorter than makes sense."""
    return max(seconds / speed, min(seconds, LEAST_SLEEP_S))


class FastClock:
    """The machine's clocks, but `speed` times as fast since it was created (`demo`, whose house keeps its time)."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self._start = Now(time.time(), time.monotonic())  # a simulated house is suspended with its computer

    def now(self) -> Now:
        return self._start.plus((time.monotonic() - self._start.monotonic) * self.speed)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(at_speed(seconds, self.speed))


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
