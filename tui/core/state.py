"""How a device is, from what is known of it and the time."""

from __future__ import annotations

from tui.core.model import Device, State
from tui.core.moment import Now

STALE_INTERVALS = 3
"""A value is fresh for this many update intervals; from then on it shows its age."""
SILENT_AFTER_S = 60.0
"""Without an answer for this long a device is silent, and its last value is no longer shown (own choice)."""


def state_of(device: Device, now: Now) -> State:
    """The state of `device` at `now`."""
    raise NotImplementedError(now)
