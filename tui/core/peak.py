"""The quarter-hour that a Belgian bill counts: its mean import so far, what it will come to, and what room is left.

Arithmetic only. A quarter-hour begins at :00, :15, :30 and :45. Source: fluvius.be, FAQ on the capacity tariff.
"""

from __future__ import annotations

QUARTER_S = 900.0


def elapsed_s(utc: float) -> float:
    """Seconds since the quarter-hour began; `utc` is seconds since 1970."""
    return utc % QUARTER_S


def accumulated_w(mean_w: float, elapsed_s: float) -> float:
    """What a mean import over the first `elapsed_s` of a quarter-hour adds to the mean of the whole one.

    `average_power_15m_w` of a meter is this already: it grows from 0 within the quarter-hour.
    """
    return mean_w * elapsed_s / QUARTER_S


def forecast_w(so_far_w: float, power_w: float, elapsed_s: float) -> float:
    """What the quarter-hour comes to if the power stays as it is. Export takes nothing off it.

    >>> forecast_w(1060.0, 2500.0, 450.0)
    2310.0
    """
    return so_far_w + max(power_w, 0.0) * (QUARTER_S - elapsed_s) / QUARTER_S


def room_w(peak_w: float, so_far_w: float, elapsed_s: float) -> float:
    """The power that may be drawn for the rest of the quarter-hour so that it does not exceed `peak_w`; 0 or more.

    >>> room_w(4610.0, 1060.0, 450.0)
    7100.0
    """
    return max(0.0, peak_w - so_far_w) * QUARTER_S / (QUARTER_S - elapsed_s)
