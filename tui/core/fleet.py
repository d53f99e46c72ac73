"""reduce(fleet, event) -> fleet: all merging of what mDNS says, HTTP says and the user typed, in one pure function."""

from __future__ import annotations

from tui.core.events import Event
from tui.core.model import Fleet

LATENCIES_KEPT = 60


def reduce(fleet: Fleet, event: Event) -> Fleet:
    """The fleet after `event`; the same object when nothing changed."""
    raise NotImplementedError(event)
