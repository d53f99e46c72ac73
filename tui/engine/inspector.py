"""The record of the check while the program runs: the engine's thread feeds it, any thread may read it.

What keeps it takes a while to load (12 ms on a desktop), so events wait for it until `load`, or until a check asks.
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING

from tui.core.events import Event
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.profiles import Profile

if TYPE_CHECKING:  # see `load`
    from tui.core.checks.record import Installation, Observed, Record
    from tui.core.checks.recorder import Recorder

MOST_WAITING = 64
"""So many events wait at most."""


class Inspector:
    """Keeps the record; a listener of the monitor."""

    def __init__(self, now: Now, profile: Profile) -> None:
        self._started, self._profile = now, profile
        self._recorder: Recorder | None = None
        self._waiting: list[tuple[Event, Fleet]] = []
        self._lock = RLock()

    def load(self) -> Recorder:
        """Load what keeps the record, and let it take in what was heard so far. Later calls cost nothing."""
        with self._lock:
            if self._recorder is None:
                from tui.core.checks.recorder import Recorder

                self._recorder = Recorder(self._started, self._profile)
                for event, fleet in self._waiting:
                    self._recorder.heard(event, fleet)
                self._waiting.clear()
            return self._recorder

    def go_on(self, recorder: Recorder) -> None:
        """Keep on with a record that another process has begun."""
        with self._lock:
            self._recorder = recorder
            self._waiting.clear()

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        with self._lock:
            if self._recorder is None:
                self._waiting.append((event, fleet))
                if len(self._waiting) == MOST_WAITING:
                    self.load()
            else:
                self._recorder.heard(event, fleet)

    def record(self, now: Now, installation: Installation) -> Record:
        """What was observed up to `now`."""
        with self._lock:
            return self.load().record(now, installation)

    def observed(self, key: str, now: Now) -> Observed | None:
        """What was observed of one device up to `now`; None if it has not answered yet, and before `load`: the panel
        that asks first is that of the first live value."""
        with self._lock:
            return self._recorder.observed(key, now) if self._recorder else None
