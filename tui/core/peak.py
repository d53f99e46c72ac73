"""The quarter-hour that a Flemish bill is based on: its forecast, and what may still be drawn.

The bill counts the highest quarter-hour mean of import of each month, and never less than 2.5 kW. Sources: fluvius.be,
questions about the capacity tariff; the meter's mean (`average_power_15m_w`) grows from 0 within each quarter.
"""

from __future__ import annotations

QUARTER_S = 900.0
LEAST_COUNTED_W = 2500.0
"""A lower peak is billed as this one (fluvius.be)."""
SILENT_S = 120.0
"""A forecast from the first seconds of a quarter says nothing (own choice)."""


def left_s(utc: float) -> float:
    """The seconds until the end of the quarter; quarters of every zone begin at multiples of 900 s since 1970."""
    return QUARTER_S - utc % QUARTER_S


def forecast_w(average_so_far_w: float, power_w: float, left_s: float) -> float | None:
    """The mean of the whole quarter, should the present power stay; None in the first two minutes.

    Export does not lower it.
    """
    if QUARTER_S - left_s < SILENT_S:
        return None
    return average_so_far_w + max(power_w, 0.0) * left_s / QUARTER_S


def counted_w(month_peak_w: float) -> float:
    """The peak as it is billed."""
    return max(month_peak_w, LEAST_COUNTED_W)


def room_w(average_so_far_w: float, month_peak_w: float, left_s: float) -> float:
    """What may be drawn until the end of the quarter without a higher bill; 0 where it is too late for that."""
    return max(0.0, (counted_w(month_peak_w) - average_so_far_w) * QUARTER_S / max(left_s, 1.0))
