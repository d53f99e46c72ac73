"""The running quarter-hour of a grid meter and the month's peaks, as the screen tells them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MonthPeak:
    """The highest quarter-hour of one month."""

    year: int
    month: int
    power_w: float
    at: float | None = None
    """When that quarter-hour began, in seconds since 1970; None if not known."""
    whole: bool = True
    """Whether the whole month was measured, or the meter itself says so."""


@dataclass(frozen=True, slots=True)
class RunningQuarter:
    """The quarter-hour under way, by the meter's clock."""

    start: float
    """Seconds since 1970, by this computer's clock."""
    average_w: float
    """What is counted so far, spread over the whole quarter: it grows from 0, as the meter's own figure does."""
    left_s: float
    since_s: float = 0.0
    """How far into the quarter the measuring began; 0 where all of it is counted."""
    by_meter: bool = True
    """Whether `average_w` is the meter's own figure, and not reckoned from its power."""
    peaks: tuple[MonthPeak, ...] = ()
    """Of this month and at most twelve before it, newest first; this month's only once it has one."""
