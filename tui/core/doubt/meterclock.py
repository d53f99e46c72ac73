"""What is known of a smart meter's own clock, from its telegram or its readings: how far it is from this computer's."""

from __future__ import annotations

from datetime import tzinfo

from tui.core.api.metertime import CLOCK_AHEAD_S, EARLIEST, age_s, ahead_of, is_plausible
from tui.core.model import Device
from tui.core.moment import Now
from tui.core.reading import External, Measurement
from tui.core.wording import long_age

MOST_BEHIND_S = 86400.0
"""Gas, water and heat are read every hour or more often; older than this, the meter's clock may be wrong."""


def ahead_s(device: Device, now: Now, zone: tzinfo) -> float:
    """Seconds by which the meter's clock is ahead of ours (behind: < 0); 0 if that is unknown or no more than normal.

    A clock that stands still (`Device.frozen`) or shows a time that cannot be one has no such distance.
    """
    ahead = any_ahead_s(device, now, zone)
    return ahead if abs(ahead) > CLOCK_AHEAD_S else 0.0


def any_ahead_s(device: Device, now: Now, zone: tzinfo) -> float:
    """The same, also where it is no more than normal. A telegram is some seconds old when it is read: up to 10 in
    DSMR 4."""
    read = device.clock
    if read is None or device.frozen is not None or read.value < EARLIEST:
        return 0.0
    # This computer's clock may have been set since: its present one tells when that was.
    return ahead_of(read.value, now.utc_of(read.at), zone)


def clock_words(device: Device, now: Now, zone: tzinfo) -> str:
    """A sentence about a meter's clock that is wrong; empty if nothing is known to be wrong."""
    if device.clock is not None and device.clock.value < EARLIEST:
        return f"the smart meter's clock was never set; {_WHO_SETS_IT}"
    ahead = ahead_s(device, now, zone)
    if not ahead:
        return ""
    way = "ahead of" if ahead > 0 else "behind"
    return f"the smart meter's clock is {long_age(abs(ahead))} {way} this computer's; {_WHO_SETS_IT}"


_WHO_SETS_IT = "the grid operator sets it"


def reading_age_s(device: Device, meter: External, now: Now, zone: tzinfo) -> float | None:
    """Seconds since a meter behind `device` was read; None where that is not known.

    That is so without a plausible time, and where the time is in the future. A smart meter whose clock is wrong gives
    wrong times, but not for sure: its clock may have been set since, or other times come from elsewhere. Of the ages by
    its clock and by ours the smaller one is the likely one.
    """
    if meter.timestamp is None:
        return None
    ages = [age_s(meter.timestamp, now.utc, zone, ahead) for ahead in {0.0, ahead_s(device, now, zone)}]
    return min((age for age in ages if age is not None), default=None)


def is_in_doubt(measurement: Measurement, now: Now, zone: tzinfo) -> bool:
    """Whether even the newest meter behind it was last read more than a day ago, or in the future: or does only the
    smart meter's clock say so?"""
    stamps = [stamp for meter in measurement.external if (stamp := meter.timestamp)]
    plausible = [stamp for stamp in stamps if is_plausible(stamp, now.utc, zone)]
    return bool(plausible) and not -MOST_BEHIND_S <= ahead_of(max(plausible), now.utc, zone) <= CLOCK_AHEAD_S
