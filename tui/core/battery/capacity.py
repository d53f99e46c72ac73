"""How much a battery can hold, as the user tells it: no API does."""

from __future__ import annotations

LEAST_KWH, MOST_KWH = 0.1, 100.0
"""The vendor's battery holds 2.7 kWh; this leaves room for other sizes and is meant to catch Wh (own choice)."""


def check_capacity(kwh: float) -> None:
    """Raises ValueError for a size that no battery of a house has; the text says what to use."""
    if not LEAST_KWH <= kwh <= MOST_KWH:  # nan is out of every range
        raise ValueError(f"{kwh:g} kWh is out of range: use {LEAST_KWH:g} to {MOST_KWH:g}")
