"""The devices announced now: which announcements are new, and how many are kept. Pure; a flood cannot make it grow."""

from __future__ import annotations

from tui.core.events import Seen
from tui.core.fleet import MOST_DEVICES
from tui.core.model import key_of

QUIET_S = 10.0
"""An announcement that says nothing new counts as news once in this time: it shows that the device lives."""


class Roster:
    """The announced services by instance name (without regard to case), bounded.

    One device has up to two names, one for each API. A serial stays counted after its goodbye, since the fleet goes
    on asking it.
    """

    def __init__(self, most_devices: int = MOST_DEVICES) -> None:
        self._most_devices = most_devices
        self._seen: dict[str, Seen] = {}
        self._serials: set[str] = set()

    def has_room_for(self, name: str, serial: str | None = None) -> bool:
        """Whether an announcement under this name, and of this serial where it is known, could be taken."""
        if serial is not None and key_of(serial) not in self._serials and len(self._serials) >= self._most_devices:
            return False
        return name.lower() in self._seen or len(self._seen) < 2 * self._most_devices

    def take(self, name: str, seen: Seen) -> bool:
        """Take an announcement for which there is room. True if it is news."""
        before = self._seen.get(name.lower())
        if before and before._replace(at=seen.at) == seen and seen.at.age_of(before.at) < QUIET_S:
            return False
        self._seen[name.lower()] = seen
        self._serials.add(key_of(seen.serial))
        return True

    def drop(self, name: str) -> Seen | None:
        """Forget a name that said goodbye: what was announced under it, None if nothing was."""
        return self._seen.pop(name.lower(), None)
