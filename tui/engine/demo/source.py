"""The demo as a source: a household served on loopback for as long as it runs."""

from __future__ import annotations

import asyncio

from tui.core.events import Added
from tui.engine.clock import Clock
from tui.engine.demo.household import Household
from tui.engine.demo.server import serve
from tui.engine.source import Emit


class DemoSource:
    """Serves a household. Devices that mDNS does not announce here are handed over as hosts."""

    def __init__(self, household: Household, clock: Clock) -> None:
        self._household = household
        self._clock = clock

    async def run(self, emit: Emit) -> None:
        """Serve until cancelled."""
        async with serve(self._household, self._clock) as served:
            for one in served:
                if not one.announced and one.device.announces_v1:
                    emit(Added(one.endpoint, self._clock.now()))
            await asyncio.Event().wait()
