"""Which span of time each column of a graph covers, and where the clock times go.

Columns lie on a fixed grid of time. Until the next column begins, only the last one changes, which keeps the number of
bytes small.
"""

from __future__ import annotations

import math
from datetime import datetime, tzinfo

STEPS_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""Seconds a column may stand for."""

TICKS_S = tuple(60 * minutes for minutes in (1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1440))
"""Seconds there may be between two clock times."""

TIME_CELLS = 5
"""What "14:22" takes."""

APART_CELLS = 9
"""From one clock time to the next, at least."""


def step_for(span_s: float, width: int) -> int:
    """Seconds a column, so that `width` columns (at least 1) show about `span_s` (above 0): the nearest round step."""
    exact = span_s / width
    return min(STEPS_S, key=lambda step: max(step / exact, exact / step))


def aligned_window(now_utc: float, step_s: int, columns: int) -> tuple[float, float]:
    """[start, end) of so many columns on the grid, the last of them being the one `now_utc` lies in."""
    end = (math.floor(now_utc / step_s) + 1) * step_s
    return float(end - columns * step_s), float(end)


def time_labels(start: float, step_s: float, columns: int, zone: tzinfo) -> list[tuple[int, str]]:
    """(column, "14:22"): the column in which that minute of `zone`'s clocks begins, from left to right.

    Round minutes or hours, at least `APART_CELLS` apart, none cut off on the right: there may be none at all.
    """
    tick_s = next((tick for tick in TICKS_S if tick >= APART_CELLS * step_s), TICKS_S[-1])
    # Zones are whole quarters of an hour away from UTC and may change in between (summer time): look at every
    # moment that could be round there.
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
            free = column + APART_CELLS
    return labels
