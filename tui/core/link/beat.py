"""Which devices are polled at the same moment. Pure arithmetic.

Devices are polled in groups. Polling all of them at once costs the least CPU but delays the answers, since
fifty requests queue behind each other. Polling each at its own moment costs the most CPU, because the caches are cold
every time: a poll took 2.1 ms that way and 1.0 ms in a group of ten. A group also reaches the screen as one update.
"""

from __future__ import annotations

import math

TOGETHER = 10
"""Devices in a group: about 10 ms of work."""


def phase_of(slot: int) -> float:
    """When in an interval the device in `slot` (0, 1, ...) is polled: a fraction of the interval, in 0..1.

    Each group halves the largest gap that is left: 0, 1/2, 1/4, 3/4, 1/8, ... (the van der Corput sequence), so any
    number of groups is spread evenly without knowing that number in advance.
    """
    group, phase, part = slot // TOGETHER, 0.0, 0.5
    while group:
        phase += part * (group & 1)
        group >>= 1
        part /= 2
    return phase


def next_beat(origin: float, interval_s: float, earliest: float) -> float:
    """The first moment not before `earliest` that is whole intervals after `origin` (up to rounding)."""
    return origin + math.ceil((earliest - origin) / interval_s - 1e-6) * interval_s
