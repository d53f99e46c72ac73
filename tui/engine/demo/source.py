"""The demo as a source: a household served on loopback, found there by real mDNS."""

from __future__ import annotations

import asyncio

from tui.core.events import Added, Event, Lost, Seen
from tui.core.model import key_of
from tui.engine.clock import Clock
from tui.engine.demo.household import Household
from tui.engine.demo.server import serve
from tui.engine.source import Emit


class DemoSource:
    """Serves a household and finds it again. Devices that mDNS does not announce here are handed over as hosts.

    What else is announced on loopback (another demo, say) is not this house and stays out.
    """

    def __init__(self, household: Household, clock: Clock, *, mdns: bool = True) -> None:
        self._household = household
        self._clock = clock
        self._mdns = mdns
        self._keys = {key_of(device.serial) for device in household.devices}

    async def run(self, emit: Emit) -> None:
        """Serve until cancelled."""

        def emit_own(event: Event) -> None:
            if not isinstance(event, (Seen, Lost)) or key_of(event.serial) in self._keys:
                emit(event)

        async with serve(self._household, self._clock, announce=self._mdns) as served:
            for one in served:
                if not one.announced and one.device.announces_v1:
                    emit(Added(one.endpoint, self._clock.now()))
            if self._mdns:
                from tui.net.discovery import Discovery  # zeroconf takes 0.1 s to load

                await Discovery(self._clock.now, ("127.0.0.1",)).run(emit_own)
            await asyncio.Event().wait()
