"""This computer's clock was set: how far it jumped, and how long the user is told.

Moments need nothing (`Now.utc_of`), but the graphs are kept by the time of day.
"""

from __future__ import annotations

from tui.core.events import Noted
from tui.core.moment import Now
from tui.core.wording import long_age

CLOCK_JUMP_S = 5.0
"""If the wall clock drifts this far from the monotonic one, it was set: graphs across that would be wrong."""
SHOWN_S = 600.0
"""The note stays for ten minutes: then the graph of the overview is full again (own choice)."""
TOPIC = "clock"


class ClockJumps:
    """Compares the two clocks of every moment with those of the one before."""

    def __init__(self) -> None:
        self._offset: float | None = None
        self._noted: Now | None = None

    def since_last(self, now: Now) -> float:
        """Seconds that the wall clock jumped since the last call, negative for back; 0 if it did not."""
        offset = now.utc - now.monotonic
        before, self._offset = self._offset, offset
        jump_s = 0.0 if before is None else offset - before
        return jump_s if abs(jump_s) > CLOCK_JUMP_S else 0.0

    def note(self, jump_s: float, now: Now) -> Noted:
        """What to tell of a jump for which the graphs were dropped."""
        self._noted = now
        way = "ahead" if jump_s > 0 else "back"
        text = f"this computer's clock jumped {way} by {long_age(round(abs(jump_s)))}: the graphs start again"
        return Noted(TOPIC, text, now)

    def withdrawal(self, now: Now) -> Noted | None:
        """What takes the note back, once, when it has been told long enough."""
        if self._noted is None or now.age_of(self._noted) < SHOWN_S:
            return None
        self._noted = None
        return Noted(TOPIC, "", now)


def without_graphs(topic: str, text: str) -> str:
    """A note for a command, which draws none: only that the clock jumped."""
    return text.partition(":")[0] if topic == TOPIC else text
