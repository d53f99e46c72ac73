"""A source of remembered devices, so that there are rows before any device answers. It also saves them for next time.

It listens to all events, because it saves only devices that answered in this run.
"""

from __future__ import annotations

from collections.abc import Callable

from tui.core.events import Event, Remembered
from tui.core.model import Device, Fleet
from tui.engine.clock import Clock
from tui.engine.remembered import Cache
from tui.engine.source import Emit
from tui.net.interfaces import network_id

SAVE_EVERY_S = 60.0
LOOK_EVERY_S = 2.0
"""Until the network is known: a Pi may start before its Wi-Fi."""
RECENT_S = 120.0
"""A device that has not answered for this long is not saved."""


class Memory:
    """Loads the cache of the current network, and keeps it up to date."""

    def __init__(self, cache: Cache, clock: Clock, network: Callable[[], str | None] = network_id) -> None:
        self._cache = cache
        self._clock = clock
        self._network = network
        self._fleet = Fleet()
        self._loaded: str | None = None
        """The network whose devices have been loaded."""
        self._entered = clock.now()
        """Since when the current network has been known: an older answer came from another house."""

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        self._fleet = fleet

    def recall(self) -> list[Remembered]:
        """The devices of the current network, once each time this computer joins a network."""
        network = self._network()
        if network is None or network == self._loaded:
            return []
        self._loaded, self._entered = network, self._clock.now()
        return self._cache.load(network, self._entered)

    async def run(self, emit: Emit) -> None:
        """Recall when another network is joined, save every minute and at the end; until cancelled."""
        try:
            while True:
                for event in self.recall():
                    emit(event)
                await self._clock.sleep(LOOK_EVERY_S if self._loaded is None else SAVE_EVERY_S)
                self._save()
        finally:
            self._save()

    def _save(self) -> None:
        if self._network() == self._loaded:
            self._cache.save(self._loaded, [device for device in self._fleet.devices.values() if self._is_here(device)])

    def _is_here(self, device: Device) -> bool:
        answered = device.link.last_answer
        return (
            answered is not None
            and answered.monotonic >= self._entered.monotonic
            and self._clock.now().age_of(answered) < RECENT_S
        )
