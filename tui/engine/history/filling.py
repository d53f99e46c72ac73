"""Fills memory after a start: the last 24 hours of each device from the history, and its newest minutes at full rate.

A device is filled once it has answered, so that memory holds none that is not there; the newest hours first.
"""

from __future__ import annotations

import asyncio
from sqlite3 import Connection

from tui.core.bucket import Bucket
from tui.core.events import Event, Measured
from tui.core.history import MINUTE
from tui.core.model import key_of
from tui.engine.clock import Clock
from tui.engine.history.reader import Reader
from tui.engine.history.recent import read_recent
from tui.engine.trends import PLOTTED, RINGS, Trends

AT_ONCE_S = 4 * 3600
"""So much is read and filled in one go: the screen waits for the lock no longer than a few milliseconds."""
REACH_S = RINGS[-1][0] * RINGS[-1][1]


class Filling:
    """Fills `trends` from `reader`. `heard` and `run` belong to the engine's loop."""

    def __init__(self, trends: Trends, reader: Reader, clock: Clock) -> None:
        self._trends = trends
        self._reader = reader
        self._clock = clock
        self._cleared = trends.cleared
        self._asked: set[str] = set()
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
        while True:
            key = await self._waiting.get()
            await asyncio.to_thread(fill, self._trends, self._reader, key, self._clock.now().utc)


def fill(trends: Trends, reader: Reader, key: str, now: float) -> None:
    """Fill one device that has samples already. It waits for a disk."""
    until = int(now // MINUTE.span_s + 1) * MINUTE.span_s
    for end in range(until, until - REACH_S, -AT_ONCE_S):
        minutes: dict[str, list[tuple[float, Bucket]]] = {}
        for row in reader.rows(key, MINUTE, end - AT_ONCE_S, end):
            for name, bucket in row.bands.items():
                if name in PLOTTED:
                    minutes.setdefault(name, []).append((float(row.start), bucket))
        for name, buckets in minutes.items():
            trends.fill(key, name, MINUTE.span_s, buckets)

    def recent(connection: Connection) -> None:
        read_recent(connection, trends, now, key)

    reader.ask(recent, None)
    trends.filled(key, until - float(REACH_S))
