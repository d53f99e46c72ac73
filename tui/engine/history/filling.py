"""Fills memory after a start: the last 24 hours of each device from the history, and its newest minutes at full rate.

A device is filled once it has answered, so that memory holds none that is not there; the newest hours first. The
minute in which that happens is whole only later, if another hwtui writes it: then it is asked for again.
"""

from __future__ import annotations

import asyncio
from sqlite3 import Connection

from tui.core.events import Event, Measured
from tui.core.graph.bucket import Bucket
from tui.core.model import key_of
from tui.core.past.history import MINUTE
from tui.engine.clock import Clock
from tui.engine.history.reader import Reader
from tui.engine.history.recent import read_recent
from tui.engine.trends import PLOTTED, RINGS, Trends

AT_ONCE_S = 4 * 3600
"""So much is read and filled in one go: the screen waits for the lock no longer than a few milliseconds."""
REACH_S = RINGS[-1][0] * RINGS[-1][1]
WRITTEN_AFTER_S = 3.0
"""How long after its end a minute is asked for again: who writes it waits for half a second, and for a card."""
TIMES = 3
"""How often, a minute apart, as long as it is not there: a disk that refuses is tried again within a minute."""


class Filling:
    """Fills `trends` from `reader`. `heard` and `run` belong to the engine's loop."""

    def __init__(self, trends: Trends, reader: Reader, clock: Clock) -> None:
        self._trends = trends
        self._reader = reader
        self._clock = clock
        self._cleared = trends.cleared
        self._asked: set[str] = set()
        self._one_at_a_time = asyncio.Lock()
        self._waiting: asyncio.Queue[str] = asyncio.Queue()

    def heard(self, event: Event) -> None:
        """Fill a device once it has answered; again after the clock was set, since its trends began anew then."""
        if not isinstance(event, Measured):
            return
        if self._cleared != self._trends.cleared:
            self._cleared = self._trends.cleared
            self._asked.clear()
        if (key := key_of(event.serial)) not in self._asked:
            self._asked.add(key)
            self._waiting.put_nowait(key)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                key, cleared = await self._waiting.get(), self._cleared
                now = self._clock.now().utc
                async with self._one_at_a_time:
                    await asyncio.to_thread(fill, self._trends, self._reader, key, now)
                group.create_task(self._complete(key, int(now // MINUTE.span_s) * MINUTE.span_s, cleared))

    async def _complete(self, key: str, minute: int, cleared: int) -> None:
        """Fill the minute in which a device was filled, and the one before, once they are written."""
        for _ in range(TIMES):
            await self._clock.sleep(MINUTE.span_s - self._clock.now().utc % MINUTE.span_s + WRITTEN_AFTER_S)
            if self._trends.cleared != cleared:
                return  # it is filled anew
            async with self._one_at_a_time:
                if await asyncio.to_thread(complete, self._trends, self._reader, key, minute):
                    return


def fill(trends: Trends, reader: Reader, key: str, now: float) -> None:
    """Fill one device that has samples already. It waits for a disk."""

    def recent(connection: Connection) -> None:
        read_recent(connection, trends, now, key)

    reader.ask(recent, None)  # first: what is known by the second is not filled by the minute
    until = int(now // MINUTE.span_s + 1) * MINUTE.span_s
    for end in range(until, until - REACH_S, -AT_ONCE_S):
        _fill_minutes(trends, reader, key, end - AT_ONCE_S, end)
    trends.filled(key, until - float(REACH_S))


def complete(trends: Trends, reader: Reader, key: str, minute: int) -> bool:
    """Fill this minute (its start) and the one before; whether the history reaches so far. It waits for a disk."""
    there = reader.bounds()
    _fill_minutes(trends, reader, key, minute - MINUTE.span_s, minute + MINUTE.span_s)
    return there is not None and there.newest >= minute


def _fill_minutes(trends: Trends, reader: Reader, key: str, start: int, end: int) -> None:
    minutes: dict[str, list[tuple[float, Bucket]]] = {}
    for row in reader.rows(key, MINUTE, start, end):
        for name, bucket in row.bands.items():
            if name in PLOTTED:
                minutes.setdefault(name, []).append((float(row.start), bucket))
    for name, buckets in minutes.items():
        trends.fill(key, name, MINUTE.span_s, buckets)
