"""Decides when a P1 is frozen. Pure: measurements, the telegram's clock and the time are arguments.

Equal values prove nothing: in an empty house at night nothing changes. But a P1 whose smart meter has gone quiet
repeats its last values forever, and API v1 sends no time of measurement. The telegram has a clock: if it stands still
between two reads, the meter is frozen. Not every clock can: one that was never set may say 1 January 2000 for ever. So
it counts only if it shows a plausible time and was seen to run: between two reads, or because the times of the meters
behind it, which it gives them, differ from its own.

API v2 sends that clock with each reading: there no telegram is looked up (`stands_still`).
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from tui.core.api.metertime import EARLIEST, is_plausible
from tui.core.model import Device
from tui.core.moment import Now
from tui.core.reading import Measurement

FIRST_LOOK_S = 10.0
"""The telegram is read this long after the first values, so that there is an earlier clock to compare with."""
SUSPECT_AFTER_S = 60.0
"""The telegram is read when the values have not changed for this long."""
SECOND_LOOK_S = 12.0
"""A DSMR 4 meter sends a telegram every 10 s: its clock must have moved by then."""
MINUTE_LOOK_S = 72.0
"""The same for a clock that shows a whole minute: it may be one without seconds (own choice)."""
LOOK_AGAIN_S = 60.0
"""Between two reads while the clock stands still."""
TRUST_S = 600.0
"""A clock that moved clears the meter for this long, even if its values stay the same."""
LOOK_EVERY_S = 3600.0
"""While the values change: the grid operator may have set the clock (own choice)."""


class Standstill:
    """Watches one P1: feed it every measurement, and the telegram's clock whenever `wants_look` says so."""

    def __init__(self, zone: tzinfo) -> None:
        """`zone` is that of the meter's clock."""
        self.still = False
        """The clock is known to stand still."""
        self._zone = zone
        self._values: Measurement | None = None
        self._changed_at = 0.0
        self._looked_at: float | None = None
        """When the clock was last seen."""
        self._next_look = 0.0
        """When to look again, unless the values change before."""
        self._not_before = 0.0
        """No look before this, whatever the values do: the last one showed no clock."""
        self._clock: datetime | None = None
        """When it was last seen, plausible or not."""
        self._runs: bool | None = None
        """Whether the clock was seen to run; None: not known."""

    def measured(self, measurement: Measurement, now: Now) -> bool:
        """Take in a measurement. True if it disproves a reported standstill."""
        before = self._values
        if before and before.values == measurement.values and before.external == measurement.external:
            return False
        disproved, self.still = self.still, False
        self._values, self._changed_at = measurement, now.monotonic
        if before is None:
            self._next_look = now.monotonic + FIRST_LOOK_S
        return disproved

    @property
    def _has_changed(self) -> bool:
        """Whether the values have changed since the last look."""
        return self._looked_at is not None and self._changed_at > self._looked_at

    def wants_look(self, now: Now) -> bool:
        """Whether to read the telegram's clock now. A failed read is not retried for a while."""
        due = self._next_look
        if self._looked_at is not None and self._has_changed:
            due = min(self._changed_at + SUSPECT_AFTER_S, self._looked_at + LOOK_EVERY_S)
        if self._values is None or now.monotonic < max(due, self._not_before):
            return False
        self._not_before = now.monotonic + LOOK_AGAIN_S
        return True

    def looked(self, clock: datetime | None, now: Now) -> bool | None:
        """Take in the telegram's clock, None if it has none. The verdict: still, moving, or None for no news.

        A telegram without a clock says nothing: it may have been cut short, so the clock before it still counts.
        """
        if clock is None:
            if self._clock is None:
                self._not_before = now.monotonic + TRUST_S
            return None
        has_changed = self._has_changed
        before, self._clock = self._clock, clock
        self._looked_at, self._not_before = now.monotonic, 0.0
        second = SECOND_LOOK_S if clock.second else MINUTE_LOOK_S
        self._next_look = max(now.monotonic + second, self._changed_at + SUSPECT_AFTER_S)
        if before is not None and (has_changed or clock != before):
            self._runs = clock != before
        if before is None or has_changed:
            return None
        if clock != before:
            self._next_look = now.monotonic + TRUST_S
            self.still = False
            return False
        self._next_look = now.monotonic + LOOK_AGAIN_S
        if self._runs is False or not is_plausible(clock, now.utc, self._zone):
            return None
        if not self._runs and not self._gave_other_times(clock):
            return None
        news, self.still = not self.still, True
        return True if news else None

    def _gave_other_times(self, clock: datetime) -> bool:
        """Whether another time that the meter's clock gave differs from the present one: then it ran in between."""
        return _gave_other_times(self._values or Measurement(), clock)


def _gave_other_times(measurement: Measurement, clock: datetime) -> bool:
    given = [meter.timestamp for meter in measurement.external]
    given.append(measurement.values.get("monthly_power_peak_timestamp"))  # type: ignore[arg-type]
    return any(isinstance(time, datetime) and EARLIEST <= time < clock for time in given)


LEAST_REPEATS = 3
"""So many readings must repeat a time: what was pushed during a suspend of this computer comes all at once."""


def stands_still(device: Device, now: Now, zone: tzinfo) -> bool:
    """Whether a P1 that tells its meter's clock with each reading repeats itself, and that is not known yet.

    Nothing has changed for as long as in `Standstill`, the clock included; what makes a clock count is the same.
    """
    clock, read = device.clock, device.measurement
    if device.frozen is not None or clock is None or read is None or device.clock_repeats < LEAST_REPEATS:
        return False
    suspect_s = SUSPECT_AFTER_S if clock.value.second else MINUTE_LOOK_S
    if now.age_of(clock.at) < suspect_s or device.changed is None or now.age_of(device.changed) < suspect_s:
        return False
    runs = device.clock_ran or _gave_other_times(read.value, clock.value)
    return runs and is_plausible(clock.value, now.utc, zone)
