"""Builds the record of the check from the events that also make the fleet. It keeps time only from these.

Everything is bounded, whatever arrives: `RECORDED` quantities, a day of means, some minutes of samples.
"""

from __future__ import annotations

import math
from array import array
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from tui.core.checks.apart import ApartLog
from tui.core.checks.earlier import EarlierLog
from tui.core.checks.hours import PollLog, TotalLog
from tui.core.checks.load import LoadSource, is_whole_ampere, load_a
from tui.core.checks.record import (
    LOADS,
    RECORDED,
    RESTARTS,
    WIFI,
    Installation,
    Observed,
    Quarter,
    Record,
    Stamps,
)
from tui.core.checks.series import DAY_S, MINUTE_S, RECENT, WINDOW_S, SeriesLog
from tui.core.checks.telegramlog import TelegramLog
from tui.core.checks.voltagesteps import StepLog
from tui.core.events import Event, Failed, Identified, Measured, SystemRead, TelegramRead
from tui.core.external import keyed
from tui.core.fleet import LOSSES
from tui.core.model import Device, Fleet, Role, key_of
from tui.core.moment import Moment, Now
from tui.core.profiles import NO_PROFILE, Profile
from tui.core.quantities import PHASES, QUANTITIES, Kind
from tui.core.reading import External, MeterKey, System

TRIMMED = 60
"""So many more samples are kept before the oldest are forgotten, that many at a time."""
HOLDS_S, HOLDS_INTERVALS = 10.0, 3.0
"""The longest that a sample stands for, in seconds or in the device's intervals, whichever is more: a device that
answers later than that has a gap (own choice; the screen calls a value old after three intervals)."""
WIFI_HOLDS_S = 150.0
"""So long stands what a device told of its Wi-Fi beside its values: it is asked every minute (own choice)."""
JUMP_S = 5.0
"""A clock that moved by this much more than time passed was set."""
STAMPS, METERS, ADDRESSES = 4, 16, 8
QUARTER_S = 900.0
TOTALS = frozenset(name for name, row in QUANTITIES.items() if row.kind in (Kind.COUNTER, Kind.EVENT))
_RECORDED = frozenset(RECORDED)
_NOTHING_SAID = System()


class Recorder:
    """The record so far. Feed it every event with the fleet after it."""

    def __init__(self, now: Now, profile: Profile = NO_PROFILE) -> None:
        self._started = now
        self._profile = profile
        self._zone = ZoneInfo(profile.zone)
        self._fleet = Fleet()
        self._logs: dict[str, _DeviceLog] = {}

    def heard(self, event: Event, fleet: Fleet) -> None:
        """Take in an event."""
        if len(fleet.devices) < len(self._fleet.devices):
            self._logs = {key: log for key, log in self._logs.items() if key in fleet.devices}
        self._fleet = fleet
        match event:
            case Measured() if device := fleet.devices.get(key_of(event.serial)):
                self._log(device, event.at).measured(event, device)
            case Failed() if device := fleet.holder_of(event.endpoint):
                self._log(device, event.at).failed(event)
            case Identified() if device := fleet.devices.get(key_of(event.identity.serial)):
                self._log(device, event.at).identified(event.endpoint.host, event.at)
            case SystemRead() if device := fleet.devices.get(key_of(event.serial)):
                self._log(device, event.at).started(device)
            case TelegramRead() if device := fleet.devices.get(key_of(event.serial)):
                if event.telegram is not None:
                    self._log(device, event.at).telegrams.add(event.telegram, event.at, self._zone)

    def record(self, now: Now, installation: Installation) -> Record:
        """The record as it is now; a copy."""
        observed = (
            self._logs[key].observed(device, now) if key in self._logs else Observed(device, self._started)
            for key, device in self._fleet.devices.items()
            if not device.remembered
        )
        return Record(now, self._started, installation, tuple(observed))

    def observed(self, key: str, now: Now) -> Observed | None:
        """One device of the record as it is now, a copy; None if it has not answered yet."""
        device, log = self._fleet.devices.get(key), self._logs.get(key)
        return log.observed(device, now) if device and log else None

    def _log(self, device: Device, at: Now) -> _DeviceLog:
        log = self._logs.get(device.key)
        if log is None:
            log = self._logs[device.key] = _DeviceLog(at, self._profile, device.restarts)
        return log


def _strength(event: Measured, device: Device) -> float | None:
    """Its signal in percent: of the answer itself (API v1), or what it told of itself lately (v2)."""
    if event.system != _NOTHING_SAID or device.system is None:
        return event.system.wifi_pct
    return device.system.value.wifi_pct if event.at.age_of(device.system.at) <= WIFI_HOLDS_S else None


class _DeviceLog:
    """What is kept of one device."""

    def __init__(self, at: Now, profile: Profile, restarts: int) -> None:
        self.telegrams = TelegramLog()
        self._since = at
        self._profile = profile
        self._zone = ZoneInfo(profile.zone)
        self._inverted = False
        self._last: Now | None = None
        self._minute_ends, self._window_ends = at.monotonic + MINUTE_S, 0.0
        self._times = array("d")
        self._held_s = array("d")  # how long each of these answers stands for
        self._fresh = 0  # how many of them are not yet in the means
        self._series: dict[str, SeriesLog] = {}
        self._earlier = EarlierLog()
        self._totals: dict[str, TotalLog] = {}
        self._external: dict[MeterKey, Stamps] = {}
        self._last_external: tuple[External, ...] = ()
        self._polls = PollLog()
        self._steps, self._apart = StepLog(), ApartLog()
        self._quarter: Quarter | None = None
        self._load_source: LoadSource | None = None
        self._whole_ampere: bool | None = None
        self._seen_restarts = restarts
        self._restarts: deque[Moment] = deque(maxlen=RESTARTS)
        self._addresses: deque[tuple[str, float]] = deque(maxlen=ADDRESSES)

    # ------------------------------------------------------------------ events

    def failed(self, event: Failed) -> None:
        if event.kind in LOSSES:
            self._polls.lost(event.at)

    def identified(self, host: str, at: Now) -> None:
        """Both APIs of a host are one place."""
        if not self._addresses or self._addresses[-1][0] != host:
            self._addresses.append((host, at.monotonic))

    def started(self, device: Device) -> None:
        """It told how long it has been up."""
        if device.restarts > self._seen_restarts and device.started is not None:
            self._restarts.append(device.started)
        self._seen_restarts = device.restarts

    def measured(self, event: Measured, device: Device) -> None:
        self._polls.answered(event.at, event.latency_s)
        if device.frozen is not None:
            self._last = None  # what a frozen meter repeats is no measurement
            return
        if device.is_inverted is not self._inverted:  # never both signs in one series
            self._inverted = device.is_inverted
            self._times, self._series, self._totals, self._earlier = array("d"), {}, {}, EarlierLog()
        seconds = self._pass_time(event.at, event.interval_s)
        if isinstance(stamp := event.measurement.values.get("timestamp"), datetime):
            self.telegrams.told(stamp, event.at, self._zone)
        values = self._values(event, device)
        self._keep_samples(values, event.at, seconds)
        self._steps.look(self._times, self._series, event.at)
        self._apart.look(values, event.at)
        self._keep_totals(event)
        self._keep_external(event)
        if device.product.is_grid_meter:
            self._integrate(event, seconds)

    def _pass_time(self, at: Now, interval_s: float) -> float:
        """Close what ended before `at`; the seconds that an answer at `at` stands for."""
        last, self._last = self._last, at
        was_set = last is not None and abs((at.utc - last.utc) - (at.monotonic - last.monotonic)) > JUMP_S
        if at.monotonic >= self._minute_ends or at.monotonic >= self._window_ends or was_set:
            self._settle()
        if at.monotonic >= self._minute_ends:
            for series in self._series.values():
                series.end_minute(self._minute_ends)
            self._minute_ends += MINUTE_S * (1 + (at.monotonic - self._minute_ends) // MINUTE_S)
        if was_set or at.monotonic >= self._window_ends:
            for series in self._series.values():
                series.drop_window() if was_set else series.end_window(self._window_ends)
            self._window_ends = at.monotonic + WINDOW_S - at.utc % WINDOW_S
        if last is None:
            return min(interval_s, HOLDS_S)
        return min(at.age_of(last), max(HOLDS_S, HOLDS_INTERVALS * interval_s))

    def _values(self, event: Measured, device: Device) -> dict[str, float]:
        """What has a series, of one answer."""
        measurement = event.measurement
        sent = measurement.values.items()
        values = {name: value for name, value in sent if name in _RECORDED and isinstance(value, (int, float))}
        if (strength := _strength(event, device)) is not None:
            values[WIFI] = strength
        if device.product.is_grid_meter or device.role is Role.GRID:
            if self._whole_ampere is not False:
                whole = is_whole_ampere(measurement)
                self._whole_ampere = self._whole_ampere if whole is None else whole
            for phase, name in zip(PHASES, LOADS, strict=True):
                load = load_a(measurement, phase, self._profile, whole_ampere=bool(self._whole_ampere))
                if load is not None:
                    values[name], self._load_source = load
        return values

    def _keep_samples(self, values: Mapping[str, float], at: Now, seconds: float) -> None:
        for name in values:
            if name not in self._series:
                self._series[name] = series = SeriesLog()
                series.recent.extend([math.nan] * len(self._times))
        self._times.append(at.monotonic)
        self._held_s.append(seconds)
        self._fresh += 1
        for name, series in self._series.items():
            series.recent.append(values.get(name, math.nan))
        if len(self._times) >= RECENT + TRIMMED:
            self._settle()
            self._earlier.keep(self._times, self._series, len(self._times) - RECENT)
            for kept in (self._times, self._held_s, *(series.recent for series in self._series.values())):
                del kept[:-RECENT]

    def _settle(self) -> None:
        """Add to the means what came since: many samples at once cost little more than one."""
        if self._fresh:
            first = len(self._times) - self._fresh
            held_s = self._held_s[first:]
            for series in self._series.values():
                series.add(first, held_s)
            self._fresh = 0

    def _keep_totals(self, event: Measured) -> None:
        for name, value in event.measurement.values.items():
            if name not in TOTALS or not isinstance(value, (int, float)):
                continue
            log = self._totals.get(name)
            if log is None:
                self._totals[name] = TotalLog(value, event.at)
            else:
                log.read(value, event.at)

    def _keep_external(self, event: Measured) -> None:
        if event.measurement.external == self._last_external:
            return
        self._last_external = event.measurement.external
        for key, meter in keyed(event.measurement.external).items():
            kept = self._external.get(key)
            if kept is None:
                if len(self._external) == METERS:
                    continue
                kept = Stamps(meter)
            stamps = kept.stamps
            if meter.timestamp is not None and meter.timestamp not in stamps[-1:]:
                stamps = (*stamps, meter.timestamp)[-STAMPS:]
            self._external[key] = Stamps(meter, stamps)

    def _integrate(self, event: Measured, seconds: float) -> None:
        power = event.measurement.number("power_w")
        starts = event.at.utc - event.at.utc % QUARTER_S
        before = self._quarter if self._quarter and self._quarter.starts == starts else Quarter(starts, 0.0, 0.0)
        covered = before.covered_s + seconds
        if power is not None and covered > 0:
            mean = (before.mean_w * before.covered_s + max(power, 0.0) * seconds) / covered
            self._quarter = Quarter(starts, mean, covered)

    # ------------------------------------------------------------------ the copy

    def observed(self, device: Device, now: Now) -> Observed:
        """What is kept, as a copy."""
        self._settle()
        return Observed(
            device,
            self._since,
            self._times[-RECENT:],
            {name: series.series(self._minute_ends, now.monotonic - DAY_S) for name, series in self._series.items()},
            {name: log.total(now) for name, log in self._totals.items()},
            dict(self._external),
            self._polls.polls(now),
            self._steps.steps(now),
            self._apart.longest(now),
            telegrams=self.telegrams.telegrams(now),
            quarter=self._quarter,
            load_source=self._load_source,
            whole_ampere=bool(self._whole_ampere),
            restarts=tuple(at for at in self._restarts if now.age_of(at) < DAY_S),
            earlier=self._earlier.chunks,
            addresses=tuple(self._addresses),
        )
