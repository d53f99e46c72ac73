"""What alarms are handed on by: a program, a webhook. Each has a task and a bounded queue of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

from tui.core.alarms.state import Told
from tui.core.wording import clock as clock_words
from tui.engine.clock import Clock
from tui.engine.out.sink import Queue

MOST_WAITING = 100
"""Alarms that wait for a program or a server that is slow (own choice); the oldest give way, and are counted."""


class Hand:
    """Subclasses hand on what is in the queue. `fault` is why the last was not, and what to do; "" if it was."""

    def __init__(self, clock: Clock, zone: tzinfo, changed: Callable[[], None]) -> None:
        """`changed` is called after a count or the fault has changed; it never waits."""
        self._clock, self._zone, self._changed = clock, zone, changed
        self._queue = Queue[Told](MOST_WAITING)
        self.fault = ""
        self.handed_on = 0

    @property
    def dropped(self) -> int:
        """Those that had no room."""
        return self._queue.dropped

    def put(self, event: Told) -> None:
        """Hand it on in its turn; never waits."""
        self._queue.put(event)

    async def run(self) -> None:
        """Hand on until cancelled."""
        raise NotImplementedError

    def _ended(self, fault: str) -> None:
        """One was handed on, or why it was not: it stays a fault until another one is, so it says when it was."""
        self.handed_on += not fault
        self.fault = fault and f"at {clock_words(self._clock.now().utc, self._zone)} {fault}"
        self._changed()
