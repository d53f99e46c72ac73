"""Time as an argument: the one place where the engine gets it from.

Everything timed takes a `Clock`, so that the live screen, `demo --speed`, tests and the soak share one kind of time.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from tui.core.moment import Now


class Clock(Protocol):
    """What anything timed may ask for."""

    def now(self) -> Now:
        """The present moment."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of this clock's time."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> Now:
        return Now(time.time(), time.monotonic())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class FastClock:
    """The machine's clocks, running `speed` times as fast from the moment it is made (`demo --speed`)."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self._start = SystemClock().now()

    def now(self) -> Now:
        real = SystemClock().now()
        return self._start.plus((real.monotonic - self._start.monotonic) * self.speed)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)
