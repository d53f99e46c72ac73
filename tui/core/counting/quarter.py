"""The running quarter-hour of a grid meter and the month's peaks, as the screen tells them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from tui.core.api.metertime import EARLIEST
from tui.core.counting.peak import QUARTER_S, billed_w, counted_w, forecast_w, left_s, room_w, still_beats
from tui.core.doubt.meterclock import ahead_s
from tui.core.model import Device
from tui.core.moment import Now
from tui.core.reading import Measurement

BILLED_MONTHS = 12
"""The bill takes the mean of so many months: the one that it is for, and those before it (fluvius.be)."""


class MonthPeak(NamedTuple):
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

    @property
    def billed(self) -> tuple[float, int] | None:
        """What the bill of this month is based on, as it stands: the mean of the last twelve months' peaks in watts,
        and of how many that is: those that are known. This month is one of them once it has a peak."""
        newest = self.peak.number if self.peak else self.month - 1
        known = [peak.power_w for peak in self.peaks if newest - BILLED_MONTHS < peak.number <= newest]
        mean_w = billed_w(known)
        return None if mean_w is None else (mean_w, len(known))


def month_of(moment: datetime) -> int:
    """The number of a month: see `MonthPeak.number`."""
    return moment.year * 12 + moment.month - 1


def month_before(stamp: datetime) -> int | None:
    """The month that ends at or after `stamp`: midnight of the first day is the end of the month before. None for a
    time that no meter tells."""
    return month_of(stamp - timedelta(seconds=1)) if stamp >= EARLIEST else None


def peak_of(measurement: Measurement, month: int, zone: tzinfo) -> MonthPeak | None:
    """The peak that the meter tells: of `month`, the running one, or still of the one before; else None."""
    power_w, stamp = measurement.number("monthly_power_peak_w"), measurement.values.get("monthly_power_peak_timestamp")
    if power_w is None:
        return None
    if not isinstance(stamp, datetime):
        return MonthPeak(*divmod_month(month), power_w)
    set_in = month_before(stamp)
    if set_in is None or not month - 1 <= set_in <= month:
        return None
    return MonthPeak(*divmod_month(set_in), power_w, stamp.replace(tzinfo=zone).timestamp())


def divmod_month(number: int) -> tuple[int, int]:
    """Year and month of a `MonthPeak.number`."""
    return number // 12, number % 12 + 1


def month_at(utc: float, zone: tzinfo) -> int:
    """The month that a quarter-hour which begins at `utc` is counted in. Of its middle: a clock may be some seconds
    off."""
    return month_of(datetime.fromtimestamp(utc + QUARTER_S / 2, zone))


def at_once(device: Device, now: Now, zone: tzinfo) -> RunningQuarter | None:
    """What one answer tells of the quarter-hour, before anything is kept of it: its power stands for the last minute's.
    None where the meter sends no mean of its own."""
    if device.measurement is None:
        return None
    measurement = device.measurement.value
    average_w, power_w = measurement.number("average_power_15m_w"), measurement.number("power_w")
    if average_w is None:
        return None
    ahead = ahead_s(device, now, zone)
    left = left_s(now.utc + ahead)
    start = now.utc + left - QUARTER_S
    month = month_at(start + ahead, zone)
    peak = peak_of(measurement, month, zone)
    forecast = None if power_w is None else forecast_w(max(average_w, 0.0), power_w, left)
    told = RunningQuarter(start, left, month, max(average_w, 0.0), forecast, peaks=(peak,) if peak else ())
    return replace(told, beats=told.peak is not None and still_beats(forecast, told.counted_w, before=False))
