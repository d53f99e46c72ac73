"""What the engine keeps beside the trends: today's amounts, the quarter-hour, the costs, the history on disk.

A listener of the monitor and a source of notes. It is made after the first picture, and loads only what is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tui.core.events import Event
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.quarter import RunningQuarter
from tui.core.settings import Settings
from tui.core.today import Today
from tui.engine.clock import Clock
from tui.engine.counting import Counting
from tui.engine.source import Emit
from tui.engine.trends import Trends

if TYPE_CHECKING:  # see `Keeper`
    from tui.core.checks.before import Before
    from tui.core.history import Past
    from tui.engine.costing import Costing, Costs
    from tui.engine.demo.history import DemoHistory
    from tui.engine.history.filling import Filling
    from tui.engine.history.storing import Storing
    from tui.engine.quarters import Quarters

BEFORE_FIRST_S, BEFORE_EVERY_S = 10.0, 600.0
"""When the history is asked for the week before, for the check: a new 10-minute window is there (own choice)."""

DEMO_LOOKS_S = 0.2
"""How often it is looked whether the past of a demo is there, in seconds of this computer (own choice)."""


class Keeper:
    """Keeps what is asked through `Kept`. `folder` is where the history is kept; None: nothing is stored.

    `demo` is a history in memory, in the place of one on disk.
    """

    def __init__(
        self, settings: Settings, clock: Clock, trends: Trends, folder: Path | None, demo: DemoHistory | None = None
    ) -> None:
        profile = profile_of(settings.grid)
        self._clock = clock
        self._trends = trends
        self._folder = folder
        self._zone = ZoneInfo(profile.zone)
        self._fleet = Fleet()
        self._demo = demo
        self.past: Past | None = demo.reader if demo else None
        self.befores: Mapping[str, Before] = {}
        self.counting = Counting(self._zone)
        self._quarters: Quarters | None = None
        if profile.bills_quarters:
            from tui.engine.quarters import Quarters

            self._quarters = Quarters(self._zone)
        self._costing: Costing | None = None
        if settings.prices is not None:
            from tui.engine.costing import Costing

            self._costing = Costing(settings.prices, self._zone, lambda: self.whole_past, self.today)
        self._storing: Storing | None = None
        self._filling: Filling | None = None

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        storing, now = self._storing, self._clock.now()
        self._fleet = fleet
        if storing is not None:
            storing.pass_time(now)
        self.counting.heard(event, fleet)
        if self._quarters is not None:
            self._quarters.heard(event, fleet)
        if self._costing is not None:
            self._costing.heard(fleet)
        if storing is not None:
            storing.heard(event, fleet, now)
        if self._filling is not None:
            self._filling.heard(event)

    def today(self, place: str, now: Now) -> Today | None:
        """See `Kept`."""
        return self.counting.today(place, now)

    def quarter(self, key: str, now: Now) -> RunningQuarter | None:
        """See `Kept`."""
        return self._quarters.running(key, now) if self._quarters else None

    def costs(self, now: Now) -> Costs | None:
        """See `Kept`."""
        return self._costing.ask(now) if self._costing else None

    @property
    def costing(self) -> Costing | None:
        """See `Kept`."""
        return self._costing

    async def run(self, emit: Emit) -> None:
        """Keep, and tell what hinders it as notes, until cancelled; then close the history."""
        work = [self.counting.run(lambda: self.whole_past, self._clock)]
        if self._quarters is not None:
            work.append(self._quarters.run(lambda: self.whole_past, self._clock))
        if self._costing is not None:
            work.append(self._costing.watch(emit, self._clock))
        if self._folder is not None:
            from tui.engine.history.storing import Storing

            storing = Storing(self._folder, self._zone, self._clock, self._trends, self.counting)
            self._storing, self.past = storing, storing.reader
            work.append(storing.run(emit))
        if self._demo is not None:
            from tui.engine.history.filling import Filling

            self._filling = Filling(self._trends, self._demo.reader, self._clock)
            work.append(self._fill(self._filling, self._demo))
        if self.past is not None:
            work.append(self._look_back())
        async with asyncio.TaskGroup() as group:  # it waits for the history to be closed; `gather` would not
            for one in work:
                group.create_task(one)

    @property
    def whole_past(self) -> Past | None:
        """The history once it reaches back to yesterday, as that of a demo does not from the start."""
        return self.past if self._demo is None or self._demo.has_yesterday.is_set() else None

    @staticmethod
    async def _fill(filling: Filling, demo: DemoHistory) -> None:
        """Fill memory with the past of a demo, as soon as there is enough of it."""
        while not demo.has_yesterday.is_set():  # noqa: ASYNC110 - another thread sets it
            await asyncio.sleep(DEMO_LOOKS_S)
        await filling.run()

    async def _look_back(self) -> None:
        """Ask the history now and then for what the check wants to know."""
        from tui.engine.checkpast import befores

        await self._clock.sleep(BEFORE_FIRST_S)
        while True:
            past, keys = self.past, tuple(self._fleet.devices)
            if past is not None:
                self.befores = await asyncio.to_thread(befores, past, keys, self._clock.now().utc, self._zone)
            await self._clock.sleep(BEFORE_EVERY_S)
