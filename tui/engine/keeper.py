"""What the engine keeps beside the trends: today's amounts, the quarter-hour, the history on disk.

A listener of the monitor and a source of notes. It is made after the first picture.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from tui.core.events import Event, Noted
from tui.core.history import MINUTE, Past
from tui.core.lastreadings import LastReadings
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.quarter import RunningQuarter
from tui.core.settings import Settings
from tui.core.today import Today
from tui.engine.clock import Clock
from tui.engine.source import Emit
from tui.engine.trends import Trends

if TYPE_CHECKING:  # SQLite is loaded only where something is kept
    from tui.engine.history.collector import Collector
    from tui.engine.history.writer import Writer

TOPIC = "history"
"""Of its notes."""
AFTER_S = 0.5
"""How long after the end of a minute it is handed over if nothing else happens: what comes late belongs to it."""
CLOSING_S = 0.6
"""How long the end waits for the disk: the program ends within 0.8 s (`engine.thread`, `ui.leaving`)."""


class Kept(Protocol):
    """What the screen may ask; safe to use from any thread, and never waits for a disk."""

    @property
    def past(self) -> Past | None:
        """The history on disk; None without one. Its methods do wait."""
        ...

    def today(self, place: str, now: Now) -> Today | None:
        """What the meters at a place counted today and yesterday; None before the first reading."""
        ...

    def quarter(self, key: str, now: Now) -> RunningQuarter | None:
        """The running quarter-hour of a grid meter and the peaks of its months; None before its first value."""
        ...


class NothingKept:
    """Before the engine runs."""

    past: Past | None = None

    def today(self, place: str, now: Now) -> Today | None:
        """Nothing yet."""
        return None

    def quarter(self, key: str, now: Now) -> RunningQuarter | None:
        """Nothing yet."""
        return None


class Keeper:
    """Keeps what is asked through `Kept`. `folder` is where the history is kept; None: nothing is."""

    def __init__(self, settings: Settings, clock: Clock, trends: Trends, folder: Path | None) -> None:
        self._settings = settings
        self._clock = clock
        self._trends = trends
        self._folder = folder
        self._zone = ZoneInfo(profile_of(settings.grid).zone)
        self.past: Past | None = None
        self.ledger = LastReadings(self._zone)
        self._collector: Collector | None = None

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        collector, now = self._collector, self._clock.now()
        if collector is not None:
            collector.pass_time(now)  # a minute that is over ends with what the ledger knows before this event
        self.ledger.heard(event, fleet)
        if collector is not None:
            collector.heard(event, fleet, now)

    def today(self, place: str, now: Now) -> Today | None:
        """See `Kept`."""
        return None

    def quarter(self, key: str, now: Now) -> RunningQuarter | None:
        """See `Kept`."""
        return None

    async def run(self, emit: Emit) -> None:
        """Tell what hinders the history as notes, until cancelled; then close it."""
        if self._folder is None:
            await asyncio.Event().wait()
            return
        from tui.engine.history.collector import Collector
        from tui.engine.history.writer import Writer

        loop, notes = asyncio.get_running_loop(), asyncio.Queue[str]()

        def tell(text: str) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(notes.put_nowait, text)

        writer = Writer(self._folder, self._zone, self._clock, tell)
        self._collector = Collector(self.ledger, writer.put, self._clock.now())
        writer.start()
        try:
            await asyncio.gather(self._pass_minutes(self._collector), self._tell(notes, emit))
        finally:
            self._collector.close(self._clock.now())
            writer.end()
            await _ended(writer)

    async def _pass_minutes(self, collector: Collector) -> None:
        """Hand over each minute, also while nothing answers."""
        while True:
            await self._clock.sleep(MINUTE.span_s - self._clock.now().utc % MINUTE.span_s + AFTER_S)
            collector.pass_time(self._clock.now())

    async def _tell(self, notes: asyncio.Queue[str], emit: Emit) -> None:
        while True:
            emit(Noted(TOPIC, await notes.get(), self._clock.now()))


async def _ended(writer: Writer) -> None:
    """Wait for the writer, also where this task is cancelled once more; not for a disk that hangs."""
    loop = asyncio.get_running_loop()
    until = loop.time() + CLOSING_S
    while writer.runs and loop.time() < until:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0.005)
