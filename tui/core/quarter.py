"""The running quarter-hour of a grid meter and the month's peaks, as the screen tells them."""

from __future__ import annotations

from dataclasses import dataclass

from tui.core.peak import counted_w, room_w


@dataclass(frozen=True, slots=True)
class MonthPeak:
    """The highest quarter-hour of one month."""

    year: int
    month: int
    power_w: float
    at: float | None = None
    """When that quarter-hour ended, which is how meters date it, in seconds since 1970; None if not known."""
    whole: bool = True
    """Whether the whole month was measured, or the meter itself says so."""

    @property
    def number(self) -> int:
        """Months since year 0, to reckon with."""
        return self.year * 12 + self.month - 1


@dataclass(frozen=True, slots=True)
class RunningQuarter:
    """The quarter-hour under way, by the meter's clock. All of it is of one moment, some seconds ago at most."""

    start: float
    """Seconds since 1970, by this computer's clock: of a meter whose clock is off this is no round time."""
    left_s: float
    month: int
    """The month that it is counted in, by the meter's clock: as `MonthPeak.number`."""
    average_w: float | None = None
    """What is counted so far, spread over the whole quarter: it grows from 0, as the meter's own figure does.
    None before the first value."""
    forecast_w: float | None = None
    """What the whole quarter comes to; None in its first two minutes."""
    beats: bool = False
    """Whether that is more than the month's peak that counts; it stays so until it is clearly less."""
    since_s: float = 0.0
    """How far into the quarter the measuring began; 0 where all of it is counted."""
    missed_s: float = 0.0
    """How much of it was not measured since then."""
    by_meter: bool = True
    """Whether `average_w` is the meter's own figure, and not reckoned from its power."""
    peaks: tuple[MonthPeak, ...] = ()
    """Of this month and at most twelve before it, newest first; this month's only once it has one."""

    @property
    def peak(self) -> MonthPeak | None:
        """This month's peak so far."""
        return next((peak for peak in self.peaks if peak.number == self.month), None)

    @property
    def counted_w(self) -> float:
        """What this month is billed by so far."""
        peak = self.peak
        return counted_w(peak.power_w if peak else 0.0)

    @property
    def room_w(self) -> float | None:
        """What may be drawn until its end without a higher bill."""
        return None if self.average_w is None else room_w(self.average_w, self.counted_w, self.left_s)
