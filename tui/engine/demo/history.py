"""The history of the demo: in memory, filled with a past in the background, newest day first, while it lives on."""

from __future__ import annotations

from sqlite3 import Connection
from zoneinfo import ZoneInfo

from tui.core.profiles import profile_of
from tui.engine.demo.household import Household
from tui.engine.demo.past import fill
from tui.engine.history.memory import MemoryHistory


class DemoHistory(MemoryHistory):
    """A history with the past of a house that `lives`, `days` whole days of it up to now.

    `until` is when it is listened to, in seconds since 1970: a fast house has lived for a while by then.
    """

    def __init__(self, household: Household, days: int, until: float | None = None) -> None:
        self._household, self._days, self._until = household, days, until
        self._asked = 0
        super().__init__(ZoneInfo(profile_of(household.grid).zone))

    def make_past(self, connection: Connection) -> None:
        """See there."""
        fill(connection, self._household, self._days, self._is_stopped, until=self._until)

    def _is_stopped(self) -> bool:
        """Asked before each day."""
        self._asked += 1
        if self._asked > 2:
            self.has_yesterday.set()
        return self._asked > 1 and not self.store_waiting()
