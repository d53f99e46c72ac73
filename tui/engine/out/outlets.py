"""All sinks of one engine: they hear every event, run beside each other, and fail alone.

The screen and `record` run them beside their own work; `serve` runs them alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from tui.core.events import Event, Noted
from tui.core.model import Fleet
from tui.engine.clock import Clock
from tui.engine.out.sink import OUT, Sink, SinkState
from tui.engine.source import Emit

RESTART_S = 60.0
"""A sink that crashed is begun anew after this long, as a source is."""

log = logging.getLogger(__name__)


class Outlets:
    """A listener of the monitor and a source of notes. `states` may be read from any thread."""

    def __init__(self, sinks: Sequence[Sink], clock: Clock) -> None:
        self._sinks = sinks
        self._clock = clock
        self._noted: dict[str, str] = {}
        self.states: tuple[SinkState, ...] = tuple(sink.state for sink in sinks)

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener. A sink that fails on an event loses it, and nobody else does."""
        for sink in self._sinks:
            try:
                sink.heard(event, fleet)
            except Exception:
                log.exception("%s: an event is lost", sink.state.name)

    async def run(self, emit: Emit) -> None:
        """Run all until cancelled; what hinders one is a note, and is withdrawn when it is over."""
        async with asyncio.TaskGroup() as group:
            for number, sink in enumerate(self._sinks):
                group.create_task(self._keep(number, sink, emit))

    async def _keep(self, number: int, sink: Sink, emit: Emit) -> None:
        def tell(state: SinkState) -> None:
            sink.state = state
            self.states = (*self.states[:number], state, *self.states[number + 1 :])
            text = f"{state.name}: {state.fault}" if state.fault else ""
            if self._noted.get(state.name, "") != text:
                self._noted[state.name] = text
                emit(Noted(f"{OUT}{state.name}", text, self._clock.now()))

        while True:
            try:
                return await sink.run(tell)
            except Exception:
                log.exception("%s crashed", sink.state.name)
                fault = "stopped: a bug in this program. It begins anew in a minute; a log file has details"
                tell(replace(sink.state, fault=fault, last_fault=fault))
            await self._clock.sleep(RESTART_S)
