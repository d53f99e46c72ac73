"""Decides when a P1 is frozen. Pure: measurements, the telegram's clock and the time are arguments.

Equal values prove nothing: in an empty house at night nothing changes. But a P1 whose smart meter has gone quiet
repeats its last values forever, and API v1 sends no time of measurement. The telegram has a clock: if it stands still
between two reads, the meter is frozen.
"""

from __future__ import annotations

from datetime import datetime

from tui.core.model import Measurement
from tui.core.moment import Now

SUSPECT_AFTER_S = 60.0
"""The telegram is read when the values have not changed for this long."""
SECOND_LOOK_S = 12.0
"""A DSMR 4 meter sends a telegram every 10 s: its clock must have moved by then."""
LOOK_AGAIN_S = 60.0
"""Between two reads while the clock stands still."""
TRUST_S = 600.0
"""A clock that moved clears the meter for this long, even if its values stay the same."""


class Standstill:
    """Watches one P1: feed it every measurement, and the telegram's clock whenever `wants_look` says so."""

    def __init__(self) -> None:
        self.still = False
        """The clock is known to stand still."""
        self._values: Measurement | None = None
        self._clock: datetime | None = None
        self._look_at: float | None = None

    def measured(self, measurement: Measurement, now: Now) -> bool:
        """Take in a measurement. True if it disproves a reported standstill."""
        before = self._values
        if before and before.values == measurement.values and before.external == measurement.external:
            return False
        disproved, self.still = self.still, False
        self._values = measurement
        self._clock = None
        self._look_at = now.monotonic + SUSPECT_AFTER_S
        return disproved

    def wants_look(self, now: Now) -> bool:
        """Whether to read the telegram's clock now. A failed read is not retried for a while."""
        if self._look_at is None or now.monotonic < self._look_at:
            return False
        self._look_at = now.monotonic + LOOK_AGAIN_S
        return True

    def looked(self, clock: datetime | None, now: Now) -> bool | None:
        """Take in the telegram's clock, None if it has none. The verdict: still, moving, or None for no news."""
        before, self._clock = self._clock, clock
        if clock is None:
            self._look_at = None  # nothing to report until the values change
            return None
        if before is None:
            self._look_at = now.monotonic + SECOND_LOOK_S
            return None
        if clock == before:  # and read again after `LOOK_AGAIN_S`
            news, self.still = not self.still, True
            return True if news else None
        self._clock = None
        self._look_at = now.monotonic + TRUST_S
        self.still = False
        return False
