"""What was drawn from the grid in the last half hour, for meters that send no mean of their own quarter-hour."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from tui.core.counting.peak import QUARTER_S, recent_w
from tui.core.moment import Now

HOLDS_S, HOLDS_INTERVALS = 10.0, 3.0
"""The longest that an answer stands for, in seconds or in the device's intervals, whichever is more: what is longer is
a gap (as the record of the check has it)."""
_KEPT_S = 2 * QUARTER_S
_MOST = 4096
"""Two answers a second, for as long as they are kept."""


class Drawn(NamedTuple):
    """What was drawn between two moments."""

    energy_ws: float
    measured_s: float
    """How much of that time was measured: the rest counts as nothing."""
    begins: float | None
    """When the measuring in it began (monotonic); None if nothing was measured."""


class _Answer(NamedTuple):
    begins: float
    """What it stands for, up to `at`."""
    at: float
    power_w: float


class ImportLog:
    """The powers of one meter. Bounded, whatever arrives; all times are monotonic seconds."""

    def __init__(self) -> None:
        self._last: Now | None = None
        self._answers: deque[_Answer] = deque(maxlen=_MOST)

    def measured(self, power_w: float | None, at: Now, interval_s: float) -> None:
        """Take in an answer; it stands for the time since the last one, if that is not too long. None: no power."""
        last, self._last = self._last, at
        if power_w is None:
            return
        most_s = max(HOLDS_S, HOLDS_INTERVALS * interval_s)
        held_s = min(interval_s, HOLDS_S) if last is None else min(at.age_of(last), most_s)
        while self._answers and self._answers[0].at < at.monotonic - _KEPT_S:
            self._answers.popleft()
        self._answers.append(_Answer(at.monotonic - held_s, at.monotonic, max(power_w, 0.0)))

    def recent_w(self, now: float) -> float | None:
        """The mean of the last minute (`core.counting.peak.recent_w`)."""
        return recent_w(((answer.at, answer.power_w) for answer in reversed(self._answers)), now)

    def drawn(self, start: float, end: float) -> Drawn:
        """What was drawn in a quarter-hour that is not over for longer than another one."""
        energy_ws, measured_s, begins = 0.0, 0.0, None
        for answer in reversed(self._answers):
            if answer.at <= start:
                break
            first, last = max(answer.begins, start), min(answer.at, end)
            if last > first:
                energy_ws, measured_s, begins = (
                    energy_ws + answer.power_w * (last - first),
                    measured_s + last - first,
                    first,
                )
        return Drawn(energy_ws, measured_s, begins)
