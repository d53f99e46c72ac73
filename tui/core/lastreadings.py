"""The last readings of every meter, as they come: what the collector needs of a ledger, without its judgement. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import NamedTuple

from tui.core.events import Event, Measured
from tui.core.external import keyed
from tui.core.history import COUNTERS, EVENTS, TOTAL
from tui.core.metertime import age_s
from tui.core.minutes import MeterName
from tui.core.model import Fleet, key_of


class LastReading(NamedTuple):
    """What a counter showed, and when (seconds since 1970)."""

    at: float
    value: float


class LastReadings:
    """Feed it every event with the fleet after it. `zone` is that of the meters' times."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._series: dict[MeterName, dict[str, LastReading]] = {}

    def heard(self, event: Event, fleet: Fleet) -> None:
        """Take in an event."""
        if not isinstance(event, Measured):
            return
        device = fleet.devices.get(key_of(event.serial))
        if device is None or device.frozen is not None:
            return
        measurement, utc = event.measurement, event.at.utc
        own = self._series.setdefault((device.key, "", measurement.text("unique_id") or "", ""), {})
        for name in (*COUNTERS, *EVENTS):
            if (value := measurement.number(name)) is not None:
                own[name] = LastReading(utc, value)
        for (kind, unique_id, _), meter in keyed(measurement.external).items():
            age = age_s(meter.timestamp, utc, self._zone) if meter.timestamp else None
            series = (device.key, kind, unique_id or "", meter.unit or "")
            self._series.setdefault(series, {})[TOTAL] = LastReading(utc - (age or 0.0), meter.value)

    def series(self) -> tuple[MeterName, ...]:
        """Every meter that was heard."""
        return tuple(self._series)

    def readings(self, name: MeterName) -> Mapping[str, LastReading]:
        """The last reading of each of its counters."""
        return self._series.get(name, {})
