"""Which span of time each column of a graph covers, and where the clock times go.

Columns lie on a fixed time grid. Until the next column begins only the last one changes, so few bytes are sent to the
terminal.
"""

from __future__ import annotations

import math
from datetime import datetime, tzinfo

STEPS_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""Possible seconds per column."""

TICKS_S = tuple(60 * minutes for minutes in (1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1440))
"""Possible seconds between two clock times."""

TIME_CELLS = 5
"""The width of "14:22"."""

APART_CELLS = 9
"""The least distance between the starts of two clock times."""


def step_for(span_s: float, width: int) -> int:
    """Seconds per column, rounded to the nearest step at which `width` columns (>= 1) show about `span_s` (> 0)."""
    exact = span_s / width
    return min(STEPS_S, key=lambda step: max(step / exact, exact / step))


def aligned_window(now_utc: float, step_s: int, columns: int) -> tuple[float, float]:
    """[start, end) of that many columns on the grid; `now_utc` lies in the last one."""
    end = (math.floor(now_utc / step_s) + 1) * step_s
    return float(end - columns * step_s), float(end)


def time_labels(
    start: float, step_s: float, columns: int, zone: tzinfo, apart: int = APART_CELLS
) -> list[tuple[int, str]]:
    """(column, "14:22"), from left to right: the column in which that minute of `zone` begins.

    Round minutes or hours, at least `apart` columns apart, none cut off on the right; there may be none at all.
    """
    tick_s = next((tick for tick in TICKS_S if tick >= apart * step_s), TICKS_S[-1])
    # Zone offsets are multiples of 15 minutes and may change within the window (summer time): check every moment
    # that could be a round local time.
    every = math.gcd(tick_s, 15 * 60)
    labels: list[tuple[int, str]] = []
    free = 0
    for number in range(math.ceil(start / every), math.ceil((start + columns * step_s) / every)):
        moment = number * every
        column = math.floor((moment - start) / step_s)
        if column < free or column + TIME_CELLS > columns:
            continue
        clock = datetime.fromtimestamp(moment, zone)
        if (clock.hour * 60 + clock.minute) * 60 % tick_s == 0:
            labels.append((column, f"{clock:%H:%M}"))
            free = column + apart
    return labels
