"""The border between the engine's thread and the screen's: one slot.

A terminal that stops reading blocks the screen's loop. Whatever were posted to it then would pile up (measured: 16 MB
in 8 s), so the engine overwrites one slot instead, and wakes the screen only if the last snapshot was taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from tui.core.model import Fleet
from tui.core.moment import Now


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the screen may show, and the moment it shows: ages are `now` less the time of a value."""

    fleet: Fleet
    now: Now


class Mailbox:
    """One slot for the newest snapshot."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._snapshot: Snapshot | None = None
        self._wake: Callable[[], None] | None = None

    def connect(self, wake: Callable[[], None]) -> None:
        """From now on `wake` is called when there is something to take; at once if there is something already.

        It is called in the engine's thread and under the slot's lock, so that it is never called after `disconnect`:
        it must not block or come back here. `loop.call_soon_threadsafe` is the kind of thing it should do.
        """
        with self._lock:
            self._wake = wake
            if self._snapshot is not None:
                wake()

    def disconnect(self) -> None:
        """Stop waking. The screen calls this while its loop still runs."""
        with self._lock:
            self._wake = None

    def put(self, snapshot: Snapshot) -> None:
        """Overwrite the slot."""
        with self._lock:
            taken, self._snapshot = self._snapshot is None, snapshot
            if taken and self._wake is not None:
                self._wake()

    def take(self) -> Snapshot | None:
        """Empty the slot; None if there is nothing new."""
        with self._lock:
            snapshot, self._snapshot = self._snapshot, None
            return snapshot
