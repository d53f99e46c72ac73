"""When a quarter-hour of a smart meter begins: by its own clock, which may be off by seconds or minutes.

Best known is it from the meter's mean of the quarter-hour, which falls to 0 when a new one begins. Before that was
seen, the clock in the telegram tells, and without one this computer's. Times of the meters behind it tell less: they
arrive some time later, nobody knows how much.
"""

from __future__ import annotations

from datetime import tzinfo

from tui.core.counting.peak import QUARTER_S
from tui.core.doubt.meterclock import any_ahead_s
from tui.core.model import Device
from tui.core.moment import Now

_LEAST_W = 20.0
"""A lower mean that falls may be noise (own choice)."""
_FALLS = 0.5
"""It falls at least to this share (own choice)."""
_APART_S = 30.0
"""With answers further apart it is not known when it fell (own choice)."""
_PROVED_S = 5.0
"""It stays down: a P1 that restarts may send a 0 (own choice)."""
_MOST_W = 60_000.0
"""No house draws more than this: a mean that rises faster was 0 by mistake (own choice; a fuse of 3x80 A)."""
_TRUSTED_S = 86400.0
"""For so long it tells the next beginnings: a clock may be set, and ours may drift (own choice)."""


class QuarterClock:
    """Watches one meter. `elapsed_s` is what it is for."""

    def __init__(self) -> None:
        self._fell: float | None = None
        """When the mean was seen to fall, in monotonic seconds: between two answers, in the middle."""
        self._doubted: tuple[float, float] | None = None
        """When it fell, and from what, before it has stayed down."""
        self._last: tuple[float, float] | None = None
        """When the mean was sent last, and the mean."""

    def told(self, average_w: float, at: Now) -> None:
        """Take in the meter's own mean."""
        now, last = at.monotonic, self._last
        self._last = (now, average_w)
        if last is not None and average_w - last[1] > _MOST_W * (now - last[0] + 1.0) / QUARTER_S:
            self._fell = None
        if self._doubted is not None:
            fell, before = self._doubted
            if average_w > before * _FALLS:
                self._doubted = None
            elif now - fell >= _PROVED_S:
                self._fell, self._doubted = fell, None
        elif last is not None and last[1] >= _LEAST_W and average_w <= last[1] * _FALLS and now - last[0] <= _APART_S:
            self._doubted = ((last[0] + now) / 2, last[1])

    def elapsed_s(self, device: Device, now: Now, zone: tzinfo) -> float:
        """How long ago the quarter-hour under way began."""
        fell = self._fell
        if fell is not None and 0 <= now.monotonic - fell <= _TRUSTED_S:
            return (now.monotonic - fell) % QUARTER_S
        return (now.utc + any_ahead_s(device, now, zone)) % QUARTER_S
