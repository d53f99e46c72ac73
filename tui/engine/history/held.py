"""`storing.Storing` for a history in memory: what is measured goes there, and the trends are filled from it."""

from __future__ import annotations

import asyncio

from tui.core.events import Event
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.past.minutes import Counted
from tui.engine.clock import Clock
from tui.engine.history.collector import Collector
from tui.engine.history.filling import Filling
from tui.engine.history.memory import MemoryHistory
from tui.engine.source import Emit
from tui.engine.trends import Trends

LOOKS_S = 0.2
"""How often it is looked whether the past of a demo is there, in seconds of this computer (own choice)."""


class Held:
    """Writes into `memory` what is heard, with the readings that `counted` knows.

    A minute is handed over when the first event after it is heard: of a house that is simulated or recorded there is
    always one, and a timer would run wild on a clock that is faster than this computer's.
    """

    def __init__(self, memory: MemoryHistory, clock: Clock, trends: Trends, counted: Counted) -> None:
        self._memory = memory
        self._collector = Collector(counted, memory.put, clock.now())
        self._filling = Filling(trends, memory.reader, clock)
        self._now: Now | None = None

    def pass_time(self, now: Now) -> None:
        """Call it before the ledger hears an event: a minute that is over ends with what is counted by then.

        `now` is when it was measured; one that is a little earlier than the last one counts for as late.
        """
        if self._now is None or now.monotonic > self._now.monotonic:
            self._now = now
        self._collector.pass_time(self._now)

    def heard(self, event: Event, fleet: Fleet, now: Now) -> None:
        """Take in an event, after `pass_time`."""
        self._collector.heard(event, fleet, self._now or now)
        self._filling.heard(event)

    async def run(self, emit: Emit) -> None:
        """Until cancelled."""
        try:
            while not self._memory.has_yesterday.is_set():  # noqa: ASYNC110 - another thread sets it
                await asyncio.sleep(LOOKS_S)
            await self._filling.run()
        finally:
            self._memory.stop()
