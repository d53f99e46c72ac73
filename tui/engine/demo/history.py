"""The history of the demo: in memory, filled with a past in the background, newest day first."""

from __future__ import annotations

import logging
import os
from threading import Event as Flag
from threading import Thread
from zoneinfo import ZoneInfo

from tui.core.profiles import profile_of
from tui.engine.demo.household import Household
from tui.engine.demo.past import fill
from tui.engine.history.memory import FAULT, address_of, in_memory
from tui.engine.history.reader import Reader

log = logging.getLogger(__name__)


class DemoHistory:
    """A database in memory with the past of a house that `lives`. `close` may be called more than once."""

    def __init__(self, household: Household, days: int) -> None:
        """Create it, empty; it is filled from now on."""
        name = f"hwtui-demo-{os.getpid()}-{id(self):x}"
        self.address = address_of(name)
        """Its URI, for the reader and the writer (see `history.memory`)."""
        self._connection = in_memory(name)
        self.reader = Reader(None, ZoneInfo(profile_of(household.grid).zone), self.address)
        """Reads it; from any thread."""
        self._household, self._days = household, days
        self.has_yesterday = Flag()
        """Today and yesterday are there."""
        self._stopped = Flag()
        self._asked = 0
        self._thread = Thread(target=self._fill, name="past of the demo", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Return when all of it is there."""
        self._thread.join()

    def close(self) -> None:
        """Stop filling, and let go of it: it is gone with the last reader."""
        self._stopped.set()
        self._thread.join()
        self.reader.close()
        self._connection.close()

    def _fill(self) -> None:
        try:
            fill(self._connection, self._household, self._days, self._is_stopped)
        except FAULT:  # a reader that locks its tables
            log.exception("the past of the demo could not be made")
        self.has_yesterday.set()

    def _is_stopped(self) -> bool:
        """Asked before each day."""
        self._asked += 1
        if self._asked > 2:
            self.has_yesterday.set()
        return self._stopped.is_set()
