"""How often the screen hears of the fleet: of news soon, of values on a beat of one second.

Devices at 1 Hz are asked in groups (`core.beat`), and each answers in its own time. Painting costs more than polling,
so values go up together once a second; a new device, a first value or a note is not kept waiting for that.
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
BEAT_S = 1.0
"""Also in a quiet house: ages grow and values go stale though nothing happens."""


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
        changed, self._fleet = fleet is not self._fleet, fleet
        if changed and _is_news(event, fleet):
            self._nap.cut()

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            self._nap.forget()
            self._mailbox.put(Snapshot(self._fleet, self._now()))
            await self._pace.sleep(LEAST_GAP_S)
            await self._nap.sleep(BEAT_S - LEAST_GAP_S)


def _is_news(event: Event, fleet: Fleet) -> bool:
    """Whether a person waits for it: rows, names and notes, and a device's first value; not what comes every second."""
    if isinstance(event, Measured):
        device = fleet.devices.get(key_of(event.serial))
        return device is not None and device.link.answered == 1
    return not isinstance(event, (Failed, SystemRead, SwitchRead, ClockStood))
