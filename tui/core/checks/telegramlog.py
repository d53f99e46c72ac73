"""What the telegrams of a P1 told: checksums, and the steps of its clock, from which its rate follows."""

from __future__ import annotations

from collections import deque
from datetime import datetime, tzinfo

from tui.core.api.metertime import span_s
from tui.core.checks.hours import Hourly
from tui.core.checks.record import Telegrams
from tui.core.moment import Now
from tui.core.telegram import Telegram

STEPS = 16
FOLLOWS_S = 15.0
"""Two reads that are further apart do not follow each other."""
SOON_S = 1.5
"""A clock that moved between two reads so close together moved once; or twice by a second each, at most."""
MOST_S = 120.0
"""A clock that moved by more was set (own choice)."""


class TelegramLog:
    """Collects what is read of the telegrams of one device."""

    def __init__(self) -> None:
        self._counts = Hourly(3)  # read, checked, wrong
        self._steps: deque[float] = deque(maxlen=STEPS)
        self._clock: datetime | None = None
        self._read_at = 0.0
        """When that clock was read last (monotonic)."""
        self._stood = False
        """It was read more than once."""

    def add(self, telegram: Telegram, at: Now, zone: tzinfo) -> None:
        """Take in a telegram; `zone` is that of its clock."""
        self._counts.add(at, 1, telegram.checksum is not None, telegram.checksum is False)
        if telegram.clock is not None and telegram.checksum is not False:
            self.told(telegram.clock, at, zone)

    def told(self, clock: datetime, at: Now, zone: tzinfo) -> None:
        """Take in the clock alone, which API v2 tells with each reading."""
        apart_s, self._read_at = at.monotonic - self._read_at, at.monotonic
        if clock == self._clock and apart_s <= FOLLOWS_S:
            self._stood = True
            return
        before, stood = self._clock, self._stood
        self._clock, self._stood = clock, False
        # A clock that was read at two moments far apart may have moved several times in between, unless it was seen
        # to stand meanwhile.
        if before is not None and apart_s <= (FOLLOWS_S if stood else SOON_S):
            step = span_s(before, clock, zone)
            if step is not None and 0 < step <= MOST_S:
                self._steps.append(step)

    def telegrams(self, now: Now) -> Telegrams:
        """Those of the last day, as a copy."""
        read, checked, wrong = self._counts.sums(now)
        return Telegrams(read, checked, wrong, tuple(self._steps))
