"""How often the screen hears of the fleet: of news soon, of values about once a second.

Painting costs more than polling, so values go up together. Devices are asked in groups (`core.beat`), and the screen
hears right after a group: its values are then a twentieth of a second old, at the same cost as at any other moment.
"""

from __future__ import annotations

from collections.abc import Callable

from tui.core.events import ClockStood, Event, Failed, Measured, SwitchRead, SystemRead
from tui.core.model import Fleet, key_of
from tui.core.moment import Now
from tui.engine.clock import Clock
from tui.engine.mailbox import Mailbox, Snapshot
from tui.engine.nap import Nap

LEAST_GAP_S = 0.25
RIPE_S = 0.75
"""From then on a value is worth a picture."""
BEAT_S = 1.0
"""Also in a quiet house: ages grow and values go stale though nothing happens."""
GATHER_S = 0.05
"""A value waits this long for the others of its group."""


class Publisher:
    """Puts snapshots into a mailbox. `pace` is the time of the person who looks, also when the house's runs faster."""

    def __init__(self, mailbox: Mailbox, now: Callable[[], Now], pace: Clock) -> None:
        self._mailbox = mailbox
        self._now = now
        self._pace = pace
        self._fleet = Fleet()
        self._nap = Nap(pace)
        self._put = 0.0
        self._has_values = False

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        changed, self._fleet = fleet is not self._fleet, fleet
        if not changed:
            return
        if _is_news(event, fleet):
            self._nap.cut()
        elif self._pace.now().monotonic - self._put >= RIPE_S:
            self._has_values = True
            self._nap.cut()

    async def run(self) -> None:
        """Publish until cancelled."""
        gap = GATHER_S  # devices given by hand answer right after the start
        while True:
            self._put, self._has_values = self._pace.now().monotonic, False
            self._nap.forget()
            self._mailbox.put(Snapshot(self._fleet, self._now()))
            await self._pace.sleep(gap)
            await self._nap.sleep(BEAT_S - gap)
            gap = LEAST_GAP_S
            if self._has_values:
                await self._pace.sleep(GATHER_S)


def _is_news(event: Event, fleet: Fleet) -> bool:
    """Whether a person waits for it: rows, names and notes, and a device's first value; not what comes every second."""
    if isinstance(event, Measured):
        device = fleet.devices.get(key_of(event.serial))
        return device is not None and device.link.answered == 1
    return not isinstance(event, (Failed, SystemRead, SwitchRead, ClockStood))
