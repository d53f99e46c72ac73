"""When to read a P1's telegram several times in a row: only clocks read soon after each other tell how often it comes.

Pure: the telegram's clock and the time are arguments. It is beside `standstill`, which reads a telegram now and
then for as long as the program runs, and knows nothing of it.
"""

from __future__ import annotations

from datetime import datetime

from tui.core.moment import Now

STEPS = 5
"""So many times must the clock have moved."""
LASTS_S = 60.0
"""A DSMR 4 meter sends every 10 s: five steps take some 50 s. Own choice."""
PAUSE_S = 10.0
"""After a read that failed."""


class CloseLook:
    """Watches one P1, once. Ask `wants_look` at each poll; tell `looked` what a telegram showed, whoever read it."""

    def __init__(self, after_s: float) -> None:
        """`after_s` is how long after the first poll it begins."""
        self._after_s = after_s
        self._begins: float | None = None
        self._not_before = 0.0
        """A read has failed: no other before this."""
        self._clock: datetime | None = None
        self._steps = 0
        self._over = False

    def wants_look(self, now: Now) -> bool:
        """Whether to read the telegram now. A failed read is not retried at once."""
        if self._begins is None:
            self._begins = now.monotonic + self._after_s
        if now.monotonic >= self._begins + LASTS_S:
            self._over = True
        if self._over or now.monotonic < max(self._begins, self._not_before):
            return False
        self._not_before = now.monotonic + PAUSE_S
        return True

    def looked(self, clock: datetime | None) -> None:
        """Take in the telegram's clock. Without one it ends; if there was one before, this telegram was cut short."""
        self._not_before = 0.0
        if clock is None:
            self._over = self._over or self._clock is None
        elif clock != self._clock:
            self._steps += self._clock is not None
            self._clock, self._over = clock, self._over or self._steps >= STEPS
