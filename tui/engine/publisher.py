"""How often the screen hears of the fleet: soon after a change, at most four times a second, at least once a second."""

from __future__ import annotations

from collections.abc import Callable

from tui.core.events import Event
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.engine.clock import Clock
from tui.engine.mailbox import Mailbox, Snapshot
from tui.engine.nap import Nap

LEAST_GAP_S = 0.25
HEARTBEAT_S = 1.0
"""Ages grow and values go stale though nothing happens."""


class Publisher:
    """Puts snapshots into a mailbox. `pace` is the time of the person who looks, also when the house's runs faster."""

    def __init__(self, mailbox: Mailbox, now: Callable[[], Now], pace: Clock) -> None:
        self._mailbox = mailbox
        self._now = now
        self._pace = pace
        self._fleet = Fleet()
        self._nap = Nap(pace)

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        self._fleet = fleet
        self._nap.cut()

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            self._nap.forget()
            self._mailbox.put(Snapshot(self._fleet, self._now()))
            await self._pace.sleep(LEAST_GAP_S)
            await self._nap.sleep(HEARTBEAT_S - LEAST_GAP_S)
