"""The quarter-hour that a Flemish bill is based on: its forecast, and what may still be drawn.

The bill counts the highest quarter-hour mean of import of each month, and never less than 2.5 kW; each month it takes
the mean of the last twelve of these. Sources: fluvius.be, questions about the capacity tariff; the meter's mean
(`average_power_15m_w`) grows from 0 within each quarter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

QUARTER_S = 900.0
LEAST_COUNTED_W = 2500.0
"""A lower peak is billed as this one (fluvius.be)."""
SILENT_S = 120.0
"""A forecast from the first seconds of a quarter says nothing (own choice)."""
POWER_S = 60.0
"""The forecast takes the mean power of this long, so that a kettle does not make it jump (own choice)."""
CLEARLY_LESS = 0.97
"""A forecast that was above the peak is called so until it is below this share of it: no flicker (own choice)."""


def left_s(utc: float) -> float:
    """The seconds until the end of the quarter; quarters of every zone begin at multiples of 900 s since 1970."""
    return QUARTER_S - utc % QUARTER_S


def recent_w(newest_first: Iterable[tuple[float, float]], now: float) -> float | None:
    """The mean import of the last minute: what the forecast takes for the rest of the quarter.

    `newest_first` are moments (as `now`, monotonic) and powers in watts, NaN where none was sent. Export counts as 0.
    None without a power in that minute.
    """
    total, count = 0.0, 0
    for at, power_w in newest_first:
        if at <= now - POWER_S:
            break
        if not math.isnan(power_w):
            total += max(power_w, 0.0)
            count += 1
    return total / count if count else None


def forecast_w(average_so_far_w: float, power_w: float, left_s: float) -> float | None:
    """The mean of the whole quarter, should this power stay; None in the first two minutes.

    Export does not lower it.
    """
    if QUARTER_S - left_s < SILENT_S:
        return None
    return average_so_far_w + max(power_w, 0.0) * left_s / QUARTER_S


def counted_w(month_peak_w: float) -> float:
    """The peak as it is billed."""
    return max(month_peak_w, LEAST_COUNTED_W)


def still_beats(forecast_w: float | None, counted_w: float, *, before: bool) -> bool:
    """Whether the forecast is above the peak that counts; where it was `before`, until it is clearly less."""
    return forecast_w is not None and forecast_w > counted_w * (CLEARLY_LESS if before else 1.0)


def room_w(average_so_far_w: float, month_peak_w: float, left_s: float) -> float:
    """What may be drawn until the end of the quarter without a higher bill; 0 where it is too late for that."""
    return max(0.0, (counted_w(month_peak_w) - average_so_far_w) * QUARTER_S / max(left_s, 1.0))


def billed_w(month_peaks_w: Iterable[float]) -> float | None:
    """The mean of the peaks of the months, each as it is billed; None of none."""
    counted = [counted_w(power_w) for power_w in month_peaks_w]
    return sum(counted) / len(counted) if counted else None
