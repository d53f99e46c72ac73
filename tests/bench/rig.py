"""What the soak puts around the real screen and the real engine: time, a terminal, and somebody who presses keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from textual.drivers.headless_driver import HeadlessDriver
from textual.events import Key
from textual.pilot import Pilot

from tui.core.checks.record import Installation, Observed, Record
from tui.core.moment import Now
from tui.engine.clock import Clock, VirtualClock
from tui.engine.inspector import Inspector
from tui.engine.keeping.kept import Kept, NothingKept
from tui.engine.monitor import Monitor
from tui.engine.out.sink import SinkState
from tui.engine.trends import Trends

VIEWS: tuple[tuple[str, ...], ...] = (
    ("2",),
    ("1", "j"),
    ("4",),
    ("6", "j"),
    ("1", "space"),
    ("space", "enter"),
    ("right",),
    ("2",),
    ("space", "1"),
    ("space", "k"),
    ("6", "j"),
    ("1",),
)
"""One hour's keys; at the end of it the overview stands there as at the beginning."""
DIALOGS: tuple[tuple[str, ...], ...] = (
    ("question_mark", "escape"),
    ("ctrl+p", "escape"),
    ("slash", "g", "escape"),
    ("a", "escape", "s"),
)
"""For the first rounds of each hour: help, palette, filter, adding a host, and a toast."""
_CHARACTERS = {"space": " ", "slash": "/", "question_mark": "?"}

T = TypeVar("T")


class SoakClock(VirtualClock):
    """Fewer turns of the loop: no chain of awaits is longer here, where nothing waits for a socket."""

    TURNS = 8


class SlowPace:
    """The clock of a person who wants a picture so much more seldom than the once a second of the publisher."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.seconds = 1.0
        """From one picture to the next."""

    def now(self) -> Now:
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds * self.seconds)


class CountingDriver(HeadlessDriver):
    """A terminal that takes everything and only counts. Unlike a headless one it is drawn for."""

    written = 0
    pictures = 0

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        CountingDriver.written += len(data.encode())
        CountingDriver.pictures += 1


@dataclass
class SoakEngine:
    """The engine as the screen sees it, in the screen's own loop."""

    monitor: Monitor
    inspector: Inspector
    sinks: tuple[SinkState, ...] = ()

    def record(self, now: Now, installation: Installation) -> Record:
        return self.inspector.record(now, installation)

    def observed(self, key: str, now: Now) -> Observed | None:
        return self.inspector.observed(key, now)

    @property
    def kept(self) -> Kept:
        return NothingKept()

    @property
    def trends(self) -> Trends:
        return self.monitor.trends

    def call(self, command: Callable[[Monitor], Coroutine[Any, Any, T]]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(command(self.monitor), asyncio.get_running_loop())


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys, each when all has been done that the one before asked for."""
    for key in keys:
        pilot.app.post_message(Key(key, _CHARACTERS.get(key, key if len(key) == 1 else None)))
        await pilot.pause(0)
