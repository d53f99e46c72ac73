"""The running quarter-hour of each grid meter while the program runs: the engine feeds it, any thread may ask.

What the meters do not tell of past months is asked of the history, in a thread of its own: that may take a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, tzinfo
from threading import Lock

from tui.core.counting.peak import QUARTER_S
from tui.core.counting.quarter import MonthPeak, RunningQuarter, divmod_month, month_of
from tui.core.counting.quarters import MONTHS, QuarterLog
from tui.core.events import Event
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.past.history import Past
from tui.engine.clock import Clock

FIRST_S = 20.0
"""The telegram, which may tell the months, is read some 10 s after the first values."""
EVERY_S = 3600.0
"""How often the history is asked: only the running month changes, and what is measured now is known without it."""
_IMPORT = "energy_import_kwh"


class Quarters:
    """A `QuarterLog` behind a lock."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._log = QuarterLog(zone)
        self._lock = Lock()

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        with self._lock:
            self._log.heard(event, fleet)

    def __getstate__(self) -> dict[str, object]:
        """For a copy in another process."""
        with self._lock:
            return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._lock = Lock()

    def running(self, key: str, now: Now) -> RunningQuarter | None:
        """See `QuarterLog.running`."""
        with self._lock:
            return self._log.running(key, now)

    async def run(self, past: Callable[[], Past | None], clock: Clock) -> None:
        """Ask the history now and then, until cancelled. `past` gives None while there is none."""
        await clock.sleep(FIRST_S)
        while True:
            await self.ask(past(), clock.now())
            await clock.sleep(EVERY_S)

    async def ask(self, past: Past | None, now: Now) -> None:
        """Ask the history for the months of the meters whose telegram does not list them."""
        with self._lock:
            wanting = self._log.wanting()
        if past is None:
            return
        for key in wanting:
            peaks = await asyncio.to_thread(months_of, past, key, now.utc, self._zone)
            with self._lock:
                self._log.seed(key, peaks)


def months_of(past: Past, place: str, utc: float, zone: tzinfo) -> list[MonthPeak]:
    """The peaks of this month and the twelve before it, oldest first, as far as the history knows them."""
    last = month_of(datetime.fromtimestamp(utc, zone))
    cuts = [_begin_of(month, zone) for month in range(last - MONTHS, last + 2)]
    highest, amounts = past.highest_quarter(place, _IMPORT, cuts), past.amounts(place, _IMPORT, cuts)
    return [
        MonthPeak(
            *divmod_month(month),
            round(kwh * 4000, 1),
            start + QUARTER_S,
            whole=amount is not None and amount.whole and not amount.bridged_s,
        )
        for month, found, amount in zip(range(last - MONTHS, last + 1), highest, amounts, strict=True)
        if found is not None
        for start, kwh in [found]
    ]


def _begin_of(month: int, zone: tzinfo) -> float:
    return datetime(*divmod_month(month), 1, tzinfo=zone).timestamp()
