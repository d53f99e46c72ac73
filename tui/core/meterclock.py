"""What is known of a smart meter's own clock, from its telegram: how far it is from this computer's."""

from __future__ import annotations

from datetime import tzinfo

from tui.core.metertime import CLOCK_AHEAD_S, EARLIEST, age_s, ahead_of, is_plausible
from tui.core.model import Device
from tui.core.moment import Now
from tui.core.reading import External, Measurement
from tui.core.wording import long_age

MOST_BEHIND_S = 86400.0
"""Gas, water and heat are read every hour or more often; older than this, the meter's clock may be wrong."""


def ahead_s(device: Device, now: Now, zone: tzinfo) -> float:
    """Seconds by which the meter's clock is ahead of ours (behind: < 0); 0 if that is unknown or no more than normal.

    A clock that stands still (`Device.frozen`) or was never set has no such distance.
    """
    read = device.clock
    if read is None or device.frozen is not None or read.value < EARLIEST:
        return 0.0
    # This computer's clock may have been set since: its present one tells when that was.
    ahead = ahead_of(read.value, now.utc_of(read.at), zone)
    return ahead if abs(ahead) > CLOCK_AHEAD_S else 0.0


def clock_words(device: Device, now: Now, zone: tzinfo) -> str:
    """A sentence about a meter's clock that is wrong; empty if nothing is known to be wrong."""
    if device.clock is not None and device.clock.value < EARLIEST:
        return "the smart meter's clock was never set"
    ahead = ahead_s(device, now, zone)
    if not ahead:
        return ""
    return f"the smart meter's clock is {long_age(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} this computer's"


def reading_age_s(device: Device, meter: External, now: Now, zone: tzinfo) -> float | None:
    """Seconds since a meter behind `device` was read, by the clock of that meter; None where it is not known.

    That is so without a plausible time, and where the time is ahead by more than the clock is known to be.
    """
    if meter.timestamp is None:
        return None
    return age_s(meter.timestamp, now.utc, zone, ahead_s(device, now, zone))


def is_dated_back(measurement: Measurement, now: Now, zone: tzinfo) -> bool:
    """Whether even the newest meter behind it was last read more than a day ago, or only its clock says so."""
    stamps = [stamp for meter in measurement.external if (stamp := meter.timestamp)]
    plausible = [stamp for stamp in stamps if is_plausible(stamp, now.utc, zone)]
    return bool(plausible) and ahead_of(max(plausible), now.utc, zone) < -MOST_BEHIND_S
