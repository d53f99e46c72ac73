"""The boundary between the engine's thread and the screen's: one slot.

A terminal that stops reading blocks the screen's loop. Messages posted to it would then pile up (measured: 16 MB in
8 s), so the engine overwrites one slot instead, and wakes the screen only if it has taken the last snapshot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from tui.core.model import Fleet
from tui.core.moment import Now


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the screen may show, and the moment it is for: an age is `now` minus the time of a value."""

    fleet: Fleet
    now: Now


class Mailbox:
    """One slot for the newest snapshot."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._snapshot: Snapshot | None = None
        self._wake: Callable[[], None] | None = None

    def connect(self, wake: Callable[[], None]) -> None:
        """From now on, call `wake` when there is something to take; at once if there already is.

        It is called in the engine's thread and under the slot's lock, so that it is never called after `disconnect`.
        So it must not block or call the mailbox; `loop.call_soon_threadsafe` is a good choice.
        """
        with self._lock:
            self._wake = wake
            if self._snapshot is not None:
                wake()

    def disconnect(self) -> None:
        """Stop calling `wake`. The screen does this while its loop still runs."""
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
