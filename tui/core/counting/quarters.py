"""Keeps the running quarter-hour of each grid meter, and the peaks of its months, from the events that make the fleet.

Pure: it keeps time only from these events. Everything is bounded, whatever arrives.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import tzinfo
from typing import TYPE_CHECKING

from tui.core.api.metertime import EARLIEST
from tui.core.counting.importlog import ImportLog
from tui.core.counting.peak import QUARTER_S, forecast_w, still_beats
from tui.core.counting.quarter import MonthPeak, RunningQuarter, divmod_month, month_at, month_before, peak_of
from tui.core.counting.quarterclock import QuarterClock
from tui.core.doubt.meterclock import any_ahead_s
from tui.core.events import Event, Measured, TelegramRead
from tui.core.model import Device, Fleet, Role, key_of
from tui.core.moment import Now

if TYPE_CHECKING:
    from tui.core.telegram import PastPeak

STEP_S = 10.0
"""What is told is renewed this often: figures that change every second cost bytes and tell nobody more."""
MONTHS = 12
"""Before this one."""
LATE_S = 15.0
"""So much of a quarter-hour may be missing from our own sum and it still counts as whole (own choice)."""
_SAME_S = QUARTER_S / 2
"""A beginning that moves by less is that of the same quarter-hour: the meter's clock is known better now."""


class QuarterLog:
    """Feed it every event with the fleet after it."""

    def __init__(self, zone: tzinfo) -> None:
        """`zone` is that of the meters' clocks."""
        self._zone = zone
        self._logs: dict[str, _MeterLog] = {}

    def heard(self, event: Event, fleet: Fleet) -> None:
        """Take in an event."""
        match event:
            case Measured() if (device := fleet.devices.get(key_of(event.serial))) and is_counted(device):
                self._log(device.key, fleet).measured(event, device)
            case TelegramRead() if (device := fleet.devices.get(key_of(event.serial))) and is_counted(device):
                if event.telegram is not None and event.telegram.checksum is not False and event.telegram.peaks:
                    self._log(device.key, fleet).told(event.telegram.peaks)

    def running(self, key: str, now: Now) -> RunningQuarter | None:
        """The quarter-hour under way; None before the meter's first value. Its figures are up to `STEP_S` old."""
        log = self._logs.get(key)
        return log.running(now) if log else None

    def seed(self, key: str, peaks: Iterable[MonthPeak]) -> None:
        """Take in what the history knows of a meter's months; what the meter itself says comes first."""
        if log := self._logs.get(key):
            log.seed(peaks)

    def wanting(self) -> list[str]:
        """The meters whose past months are known only from the history: their telegram does not list them."""
        return [key for key, log in self._logs.items() if not log.tells_months]

    def _log(self, key: str, fleet: Fleet) -> _MeterLog:
        log = self._logs.get(key)
        if log is None:
            self._logs = {known: log for known, log in self._logs.items() if known in fleet.devices}
            log = self._logs[key] = _MeterLog(self._zone)
        return log


def is_counted(device: Device) -> bool:
    """Whether it measures what the house draws from the grid."""
    return device.product.is_grid_meter or device.role is Role.GRID


class _MeterLog:
    """What is kept of one meter."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._clock = QuarterClock()
        self._imports = ImportLog()
        self._average: tuple[float, float] | None = None
        """The meter's own mean as it was sent last, and when (monotonic)."""
        self._fell_from: tuple[float, float] | None = None
        """The same, before it last fell."""
        self._start: float | None = None
        """When the quarter-hour under way began, in monotonic seconds."""
        self._month = 0
        self._running: RunningQuarter | None = None
        self._running_at: Now | None = None
        self._listed: dict[int, MonthPeak] = {}
        """By the telegram's list."""
        self._sent: dict[int, MonthPeak] = {}
        """As the meter sends it for the running month."""
        self._own: dict[int, MonthPeak] = {}
        """Reckoned here."""
        self._seeded: dict[int, MonthPeak] = {}
        """From the history."""

    @property
    def tells_months(self) -> bool:
        return bool(self._listed)

    # ------------------------------------------------------------------ events

    def measured(self, event: Measured, device: Device) -> None:
        if device.frozen is not None:
            return  # what a frozen meter repeats is no measurement
        at, measurement = event.at, event.measurement
        average = measurement.number("average_power_15m_w")
        if average is not None:
            average = max(average, 0.0)
            if self._average is not None and average < self._average[0]:
                self._fell_from = self._average
            self._clock.told(average, at)
        ahead = any_ahead_s(device, at, self._zone)
        elapsed = self._clock.elapsed_s(device, at, self._zone)
        start = at.monotonic - elapsed
        self._imports.measured(measurement.number("power_w"), at, event.interval_s)
        turned = self._start is None or abs(start - self._start) >= _SAME_S
        if turned:
            if self._start is not None and start > self._start:
                self._close(self._start)
            self._month = month_at(at.utc - elapsed + ahead, self._zone)
        moved = self._start is not None and abs(start - self._start) > 1.0
        self._start = start
        self._average = None if average is None else (average, at.monotonic)
        sent = peak_of(measurement, self._month, self._zone)
        is_news = sent is not None and sent != self._sent.get(sent.number)
        if sent is not None:
            self._sent[sent.number] = sent
        if turned or moved or is_news or self._is_due(elapsed):
            self._tell(at, elapsed, turned=turned)

    def told(self, peaks: Iterable[PastPeak]) -> None:
        """Take in the list of a telegram."""
        listed: dict[int, MonthPeak] = {}
        for peak in peaks:
            month = month_before(peak.closed)
            if month is not None and peak.at >= EARLIEST:
                at = peak.at.replace(tzinfo=self._zone).timestamp()
                _keep(listed, MonthPeak(*divmod_month(month), peak.power_w, at))
        self._listed = listed

    def seed(self, peaks: Iterable[MonthPeak]) -> None:
        self._seeded = {peak.number: peak for peak in sorted(peaks, key=lambda one: one.number)[-MONTHS - 1 :]}

    # ------------------------------------------------------------------ quarters

    def _close(self, start: float) -> None:
        """The quarter-hour that began at `start` is over: its mean may be the highest of its month."""
        end = start + QUARTER_S
        drawn = self._imports.drawn(start, end)
        mean_w: float | None = drawn.energy_ws / QUARTER_S if drawn.measured_s >= QUARTER_S - LATE_S else None
        if self._average is not None:  # the meter's own mean, if it was heard until shortly before the end
            near = [told for told in (self._fell_from, self._average) if told and abs(end - told[1]) <= LATE_S]
            mean_w = max((average for average, _ in near), default=None)
        if mean_w is not None and self._running is not None:
            ended = self._running.start + QUARTER_S
            _keep(self._own, MonthPeak(*divmod_month(self._month), mean_w, ended, whole=False))

    def _is_due(self, elapsed: float) -> bool:
        running = self._running
        return running is None or (QUARTER_S - running.left_s) // STEP_S != elapsed // STEP_S

    def _tell(self, at: Now, elapsed: float, *, turned: bool) -> None:
        start, left = at.monotonic - elapsed, QUARTER_S - elapsed
        told = RunningQuarter(at.utc - elapsed, left, self._month, peaks=self._peaks())
        if self._average is not None:
            told = replace(told, average_w=self._average[0])
        else:
            drawn = self._imports.drawn(start, at.monotonic)
            since = elapsed if drawn.begins is None else drawn.begins - start
            since = since if since > LATE_S else 0.0
            missed = elapsed - since - drawn.measured_s
            told = replace(
                told,
                average_w=drawn.energy_ws / QUARTER_S if drawn.begins is not None or not since else None,
                since_s=since,
                missed_s=missed if missed > LATE_S else 0.0,
                by_meter=False,
            )
        power_w = self._imports.recent_w(at.monotonic)
        if told.average_w is not None and power_w is not None:
            told = replace(told, forecast_w=forecast_w(told.average_w, power_w, left))
        before = not turned and self._running is not None and self._running.beats
        beats = told.peak is not None and still_beats(told.forecast_w, told.counted_w, before=before)
        self._running, self._running_at = replace(told, beats=beats), at

    def _peaks(self) -> tuple[MonthPeak, ...]:
        """Those of this month and the twelve before it: as the meter says, else as it was measured here."""
        oldest = self._month - MONTHS
        for known in (self._sent, self._own):
            for month in [month for month in known if not oldest <= month <= self._month]:
                del known[month]
        peaks = []
        for month in range(self._month, oldest - 1, -1):
            own = [known[month] for known in (self._seeded, self._own) if month in known]
            measured = None
            if own:  # both of this month: the higher one, whole if the history has all of it
                measured = max(own, key=lambda peak: peak.power_w)._replace(whole=own[0].whole)
            listed = self._listed.get(month) if month < self._month else None
            peak = listed or self._sent.get(month) or measured
            if peak is not None:
                peaks.append(peak)
        return tuple(peaks)

    def running(self, now: Now) -> RunningQuarter | None:
        running, at = self._running, self._running_at
        if running is None or at is None or now.monotonic - at.monotonic < running.left_s:
            return running
        # Nothing was heard since that quarter-hour: of the one under way now there are only the months.
        elapsed = (QUARTER_S - running.left_s + now.monotonic - at.monotonic) % QUARTER_S
        start = now.utc - elapsed
        month = max(running.month, month_at(start, self._zone))
        return RunningQuarter(start, QUARTER_S - elapsed, month, by_meter=running.by_meter, peaks=running.peaks)


def _keep(known: dict[int, MonthPeak], peak: MonthPeak) -> None:
    """The higher one of a month."""
    before = known.get(peak.number)
    if before is None or peak.power_w > before.power_w:
        known[peak.number] = peak
