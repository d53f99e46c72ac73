"""The history of a running engine: what is measured goes to the writer, and memory is filled from what it wrote."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import tzinfo
from pathlib import Path

from tui.core.events import Event, Noted
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.past.history import MINUTE
from tui.core.past.minutes import Counted
from tui.engine.clock import Clock
from tui.engine.history.collector import Collector
from tui.engine.history.filling import Filling
from tui.engine.history.reader import Reader
from tui.engine.history.recent import write_recent
from tui.engine.history.schema import FILE
from tui.engine.history.writer import Writer
from tui.engine.source import Emit
from tui.engine.trends import Trends

TOPIC = "history"
"""Of its notes."""
AFTER_S = 0.5
"""How long after the end of a minute it is handed over if nothing else happens: what comes late belongs to it."""
CLOSING_S = 0.6
"""How long the end waits for the disk: the program ends within 0.8 s (`engine.thread`, `ui.leaving`)."""


class Storing:
    """Writes into `folder` what is heard, with the readings that `counted` knows. It begins at once.

    `shows`: whether there is a screen.
    """

    def __init__(
        self, folder: Path, zone: tzinfo, clock: Clock, trends: Trends, counted: Counted, *, shows: bool = True
    ) -> None:
        self._clock = clock
        self._loop, self._notes = asyncio.get_running_loop(), asyncio.Queue[str]()
        self.reader = Reader(folder / FILE, zone)
        self._writer = Writer(
            folder, zone, clock, self._tell, lambda connection: write_recent(connection, trends), reads=shows
        )
        self._collector = Collector(counted, self._writer.put, clock.now())
        self._filling = Filling(trends, self.reader, clock)
        self._writer.start()

    def pass_time(self, now: Now) -> None:
        """Call it before the ledger hears an event: a minute that is over ends with what is counted by then."""
        self._collector.pass_time(now)

    def heard(self, event: Event, fleet: Fleet, now: Now) -> None:
        """Take in an event, after `pass_time`."""
        self._collector.heard(event, fleet, now)
        self._filling.heard(event)

    async def run(self, emit: Emit) -> None:
        """Tell what hinders it as notes, until cancelled; then close it."""
        try:
            await asyncio.gather(self._pass_minutes(), self._tell_notes(emit), self._filling.run())
        finally:
            self._collector.close(self._clock.now())
            self.reader.close()  # the last one to close the file tidies up, and only a writer can
            self._writer.end()
            await _ended(self._writer)
            self.reader.close(for_good=True)

    async def _pass_minutes(self) -> None:
        """Hand over each minute, also while nothing answers."""
        while True:
            await self._clock.sleep(MINUTE.span_s - self._clock.now().utc % MINUTE.span_s + AFTER_S)
            self._collector.pass_time(self._clock.now())

    async def _tell_notes(self, emit: Emit) -> None:
        while True:
            emit(Noted(TOPIC, await self._notes.get(), self._clock.now()))

    def _tell(self, text: str) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._notes.put_nowait, text)


async def _ended(writer: Writer) -> None:
    """Wait for the writer, also where this task is cancelled once more; not for a disk that hangs."""
    loop = asyncio.get_running_loop()
    until = loop.time() + CLOSING_S
    while writer.runs and loop.time() < until:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0.005)
