"""What the engine keeps beside the trends: today's amounts, the quarter-hour, the costs, the history on disk.

A listener of the monitor and a source of notes. It is made after the first picture, and loads only what is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from tui.core.counting.quarter import RunningQuarter
from tui.core.counting.today import Today
from tui.core.events import ClockStood, Event, Measured
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.engine.clock import Clock
from tui.engine.keeping.counting import Counting
from tui.engine.source import Emit
from tui.engine.trends import Trends

if TYPE_CHECKING:  # see `Keeper`
    from tui.core.checks.before import Before
    from tui.core.past.history import Past
    from tui.engine.history.held import Held
    from tui.engine.history.memory import MemoryHistory
    from tui.engine.history.storing import Storing
    from tui.engine.keeping.costing import Costing, Costs
    from tui.engine.keeping.quarters import Quarters

BEFORE_FIRST_S, BEFORE_EVERY_S = 10.0, 600.0
"""When the history is asked for the week before, for the check: a new 10-minute window is there (own choice)."""


class Counts(NamedTuple):
    """What was counted so far."""

    counting: Counting
    quarters: Quarters | None


class Keeper:
    """Keeps what is asked through `Kept`. `folder` is where the history is kept; None: nothing is stored.

    `memory` is a history in the place of one on disk. `shows`: whether there is a screen.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        trends: Trends,
        folder: Path | None,
        memory: MemoryHistory | None = None,
        *,
        shows: bool = True,
    ) -> None:
        profile = profile_of(settings.grid)
        self._clock = clock
        self._trends = trends
        self._folder = folder
        self._shows = shows
        self._zone = ZoneInfo(profile.zone)
        self._fleet = Fleet()
        self._memory = memory
        self.past: Past | None = memory.reader if memory else None
        self.befores: Mapping[str, Before] = {}
        self._looks_every_s = BEFORE_EVERY_S * (settings.interval_s if memory else 1.0) if settings.history else 0.0
        """A fast demo is polled less often by its own clock, and so is its history; a recording is judged by itself."""
        self.counting = Counting(self._zone)
        self._quarters: Quarters | None = None
        if profile.bills_quarters:
            from tui.engine.keeping.quarters import Quarters

            self._quarters = Quarters(self._zone)
        self._costing: Costing | None = None
        if settings.prices is not None:
            from tui.engine.keeping.costing import Costing

            self._costing = Costing(settings.prices, self._zone, lambda: self.whole_past, self.today)
        self._storing: Storing | Held | None = None

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        storing, now = self._storing, self._clock.now()
        if self._memory is not None:  # a fast clock is minutes ahead of what is heard by it
            storing, now = (storing, event.at) if isinstance(event, (Measured, ClockStood)) else (None, now)
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

    @property
    def counts(self) -> Counts:
        """What was counted so far."""
        return Counts(self.counting, self._quarters)

    def go_on(self, counts: Counts) -> None:
        """Keep on with what another process has counted; before `run`."""
        self.counting, self._quarters = counts

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
        """Keep, and tell what hinders it as notes, until cancelled; then close the history.

        The loop's default executor becomes one thread: whatever else asks the history waits for its turn there, since
        each thread that ever asked keeps a connection, with the memory of one.
        """
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1, "past"))
        work = [self.counting.run(lambda: self.whole_past, self._clock)]
        if self._quarters is not None:
            work.append(self._quarters.run(lambda: self.whole_past, self._clock))
        if self._costing is not None:
            work.append(self._costing.watch(emit, self._clock))
        if self._folder is not None:
            from tui.engine.history.storing import Storing

            storing = Storing(self._folder, self._zone, self._clock, self._trends, self.counting, shows=self._shows)
            self._storing, self.past = storing, storing.reader
            work.append(storing.run(emit))
        elif self._memory is not None:
            from tui.engine.history.held import Held

            self._storing = held = Held(self._memory, self._clock, self._trends, self.counting)
            work.append(held.run(emit))
        if self.past is not None and self._looks_every_s:
            work.append(self._look_back())
        async with asyncio.TaskGroup() as group:  # it waits for the history to be closed; `gather` would not
            for one in work:
                group.create_task(one)

    @property
    def whole_past(self) -> Past | None:
        """The history once it reaches back to yesterday, as that of a demo does not from the start."""
        return self.past if self._memory is None or self._memory.has_yesterday.is_set() else None

    async def _look_back(self) -> None:
        """Ask the history now and then for what the check wants to know."""
        from tui.engine.checkpast import befores

        await self._clock.sleep(BEFORE_FIRST_S)
        while True:
            past, keys = self.past, tuple(self._fleet.devices)
            if past is not None:
                self.befores = await asyncio.to_thread(befores, past, keys, self._clock.now().utc, self._zone)
            await self._clock.sleep(self._looks_every_s)
