"""The record of the check while the program runs: the engine's thread feeds it, any thread may read it."""

from __future__ import annotations

from threading import Lock

from tui.core.checks.record import Installation, Observed, Record
from tui.core.checks.recorder import Recorder
from tui.core.events import Event
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.profiles import Profile


class Inspector:
    """Keeps the record; a listener of the monitor."""

    def __init__(self, now: Now, profile: Profile) -> None:
        self._recorder = Recorder(now, profile)
        self._lock = Lock()

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        with self._lock:
            self._recorder.heard(event, fleet)

    def record(self, now: Now, installation: Installation) -> Record:
        """What was observed up to `now`."""
        with self._lock:
            return self._recorder.record(now, installation)

    def observed(self, key: str, now: Now) -> Observed | None:
        """What was observed of one device up to `now`; None if it has not answered yet."""
        with self._lock:
            return self._recorder.observed(key, now)
