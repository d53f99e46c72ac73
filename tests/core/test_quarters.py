"""The running quarter-hour and the months' peaks, against sums made of the meter's own wall clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.counting.importlog import Drawn, ImportLog
from tui.core.counting.quarter import MonthPeak, RunningQuarter, at_once, month_at, peak_of
from tui.core.counting.quarterclock import QuarterClock
from tui.core.counting.quarters import QuarterLog
from tui.core.events import ClockStood, Event, Identified, Measured, TelegramRead
from tui.core.fleet import reduce
from tui.core.model import Device, Endpoint, Fleet, Read
from tui.core.moment import Now
from tui.core.reading import Identity, Measurement, System, Value
from tui.core.telegram import PastPeak, Telegram

BRUSSELS = ZoneInfo("Europe/Brussels")
KEY = "5c2faf000001"
STEP = 5

Slot = tuple[datetime, timedelta]
"""A quarter-hour as the meter's display would call it, and its distance from UTC: one hour of October comes twice."""


def utc(*moment: int, fold: int = 0) -> float:
    return datetime(*moment, tzinfo=BRUSSELS, fold=fold).timestamp()  # type: ignore[arg-type,misc]


def power_at(seconds: int) -> float:
    """A house that cooks, and whose panels deliver now and then."""
    return (800.0, 5200.0, 2400.0, -1500.0, 300.0)[seconds // 97 % 5] + seconds % 13


@dataclass
class Meter:
    """A smart meter whose clock is `ahead` seconds ahead of this computer's; it answers every `STEP` seconds."""

    start: float
    ahead: int = 0
    sends_mean: bool = False
    power: Callable[[int], float] = power_at
    peak: Callable[[datetime], Mapping[str, Value]] = lambda clock: {}
    drawn: dict[Slot, float] = field(default_factory=lambda: defaultdict(float))
    """What it counted in each quarter-hour, in watt-seconds."""
    seconds: int = 0
    """Since the start, by a clock that nobody sets."""
    was_set: float = 0.0
    """By how much this computer's clock was set since."""

    def __post_init__(self) -> None:
        self.log, self.fleet = QuarterLog(BRUSSELS), Fleet()
        self.tell(Identified(Endpoint("a"), Identity(KEY, "HWE-P1", None, "6.0", "v1"), self.now))

    @property
    def now(self) -> Now:
        return Now(self.start + self.seconds + self.was_set, 5000.0 + self.seconds)

    def clock(self, seconds: float) -> datetime:
        return datetime.fromtimestamp(self.start + seconds + self.ahead, BRUSSELS)

    def slot(self, seconds: float) -> Slot:
        clock = self.clock(seconds)
        floor = clock.replace(minute=clock.minute // 15 * 15, second=0, microsecond=0)
        return floor.replace(tzinfo=None, fold=0), clock.utcoffset() or timedelta()

    def tell(self, event: Event) -> None:
        self.fleet = reduce(self.fleet, event)
        self.log.heard(event, self.fleet)

    def telegram(self, *peaks: PastPeak, checksum: bool | None = True) -> None:
        clock = self.clock(self.seconds).replace(tzinfo=None)
        self.tell(TelegramRead(KEY, Telegram(clock, checksum, peaks), self.now))

    def answer(self, **more: Value) -> None:
        values: dict[str, Value] = {"power_w": self.power(self.seconds), **more}
        values |= self.peak(self.clock(self.seconds))
        if self.sends_mean:
            values.setdefault("average_power_15m_w", round(self.drawn[self.slot(self.seconds)] / 900))
        self.tell(Measured(KEY, Measurement(values), System(), self.now, 0.02, STEP))

    def run(self, seconds: int, *, answers: bool = True) -> Meter:
        """Let time pass."""
        for _ in range(seconds // STEP):
            self.seconds += STEP
            self.drawn[self.slot(self.seconds - 0.5)] += max(0.0, self.power(self.seconds)) * STEP
            if answers:
                self.answer()
        return self

    @property
    def running(self) -> RunningQuarter:
        found = self.log.running(KEY, self.now)
        assert found
        return found


# ------------------------------------------------------------------ quarters

TURNS = {
    "a quarter": utc(2026, 11, 18, 14, 20),
    "midnight": utc(2026, 11, 18, 23, 50),
    "the end of a month": utc(2026, 11, 30, 23, 50),
    "the end of a year": utc(2026, 12, 31, 23, 50),
    "the end of a leap February": utc(2028, 2, 29, 23, 50),
    "the hour that is left out": utc(2027, 3, 28, 1, 50),
    "the hour that comes twice": utc(2026, 10, 25, 2, 50),
    "the end of it": utc(2026, 10, 25, 2, 50, fold=1),
}


@pytest.mark.parametrize("sends_mean", [False, True])
@pytest.mark.parametrize("ahead", [0, -10, 415, 3600])
@pytest.mark.parametrize("turn", TURNS)
def test_it_is_the_sum_that_the_meters_own_clock_makes(turn: str, ahead: int, sends_mean: bool) -> None:
    meter = Meter(TURNS[turn] - ahead, ahead, sends_mean)
    meter.telegram()
    meter.answer()
    starts, compared = set(), 0
    for _ in range(18 * 60 // STEP):
        meter.run(STEP)
        told = meter.running
        elapsed = 900 - told.left_s
        then = round(told.start + elapsed - meter.start)
        if sends_mean and elapsed < 20:  # the fall of the mean tells it better, some seconds later
            continue
        slot = meter.slot(then + 0.5 if not elapsed else then - 0.5)
        assert told.start + ahead == pytest.approx((slot[0] - slot[1]).replace(tzinfo=UTC).timestamp(), abs=STEP)
        assert divmod(told.month, 12) == (slot[0].year, slot[0].month - 1)
        assert 0 <= meter.seconds - then <= 10
        starts.add(slot)
        if then == meter.seconds and (sends_mean or len(starts) > 1):
            compared += 1
            assert told.average_w == pytest.approx(meter.drawn[slot] / 900, abs=0.51 if sends_mean else 1e-6)
            assert (told.since_s, told.missed_s, told.by_meter) == (0, 0, sends_mean)
    assert len(starts) >= 2
    assert compared > 40


def test_without_a_telegram_the_fall_of_the_mean_tells_when_a_quarter_begins() -> None:
    meter = Meter(utc(2026, 11, 18, 14, 20), ahead=200, sends_mean=True).run(1000)
    assert meter.running.start == pytest.approx(utc(2026, 11, 18, 14, 30) - 200, abs=STEP)
    meter.was_set = 77.0  # this computer's clock is set: the meter's quarter-hours stay where they are
    assert meter.run(200).running.start == pytest.approx(utc(2026, 11, 18, 14, 30) - 200 + 77, abs=STEP)


def test_a_mean_of_0_by_mistake_begins_no_quarter() -> None:
    meter = Meter(utc(2026, 11, 18, 14, 30), sends_mean=True).run(400)
    before = meter.running
    for mistaken in (2, 40):
        for _ in range(mistaken):
            meter.seconds += STEP
            meter.answer(average_power_15m_w=0)
        assert abs(meter.run(30).running.start - before.start) < 1


def test_this_computers_clock_may_be_set_while_a_telegram_told_the_meters() -> None:
    meter = Meter(utc(2026, 11, 18, 14, 30), ahead=120)
    meter.telegram()
    meter.run(600)
    meter.was_set = -300.0
    meter.run(60)
    assert meter.running.start == pytest.approx(utc(2026, 11, 18, 14, 30) - 120 - 300)
    assert meter.running.average_w == pytest.approx(meter.drawn[meter.slot(meter.seconds - 1)] / 900)


def test_a_start_in_the_middle_says_from_when() -> None:
    meter = Meter(utc(2026, 11, 18, 14, 37), power=lambda second: 1800.0)
    meter.answer()
    meter.run(240)
    told = meter.running
    assert (told.since_s, told.missed_s) == pytest.approx((415, 0))
    assert told.average_w == pytest.approx(1800 * 245 / 900)
    assert meter.run(480).running.since_s == 0, "the next one is whole"
    mean = Meter(utc(2026, 11, 18, 14, 37), power=lambda second: 1800.0, sends_mean=True)
    mean.drawn[mean.slot(0)] = 7 * 60 * 1800.0
    assert mean.run(30).running.since_s == 0, "the meter has counted from the beginning"
    assert mean.running.average_w == pytest.approx(1800 * 450 / 900)


@pytest.mark.parametrize(("gap", "missed"), [(10, 0), (300, 290)])
def test_a_gap_counts_as_nothing_and_is_told(gap: int, missed: int) -> None:
    meter = Meter(utc(2026, 11, 18, 14, 30), power=lambda second: 3600.0).run(300)
    meter.run(gap, answers=False).run(60)
    told = meter.running
    assert told.missed_s == pytest.approx(missed, abs=STEP)
    assert told.average_w == pytest.approx(3600 * (360 + (gap if not missed else 15)) / 900, rel=0.05)


def test_after_silence_only_the_months_are_told() -> None:
    meter = Meter(utc(2026, 11, 18, 14, 30), peak=lambda clock: {"monthly_power_peak_w": 4610.0}).run(300)
    meter.run(900, answers=False)
    told = meter.running
    assert (told.average_w, told.forecast_w, told.beats) == (None, None, False)
    assert (told.start, told.left_s) == (utc(2026, 11, 18, 14, 45), 600)
    assert [peak.power_w for peak in told.peaks] == [4610.0]


def test_a_frozen_meter_measures_nothing() -> None:
    meter = Meter(utc(2026, 11, 18, 14, 30)).run(300)
    meter.tell(ClockStood(KEY, True, meter.now))
    before = meter.running
    same = Measurement({"power_w": meter.power(meter.seconds)})
    for _ in range(12):
        meter.seconds += STEP
        meter.tell(Measured(KEY, same, System(), meter.now, 0.02, STEP))
    assert meter.running == before


def test_a_mean_below_0_is_none() -> None:
    meter = Meter(utc(2026, 11, 18, 14, 30), power=lambda second: -500.0)
    for _ in range(4):
        meter.seconds += STEP
        meter.answer(average_power_15m_w=-5.0)
    assert meter.running.average_w == 0.0


def test_a_socket_is_no_grid_meter() -> None:
    meter = Meter(utc(2026, 11, 18, 14, 30))
    meter.tell(Identified(Endpoint("b"), Identity("socket", "HWE-SKT", None, "6.0", "v1"), meter.now))
    meter.tell(Measured("socket", Measurement({"power_w": 900.0}), System(), meter.now, 0.02, 1.0))
    assert meter.log.running("socket", meter.now) is None


def test_answers_are_cut_where_the_quarter_is() -> None:
    log = ImportLog()
    for at, power in ((100.0, 1000.0), (110.0, 1000.0), (120.0, 2000.0), (130.0, -500.0)):
        log.measured(power, Now(0.0, at), 10.0)
    assert log.drawn(105.0, 117.0) == Drawn(5 * 1000.0 + 7 * 2000.0, 12.0, 105.0)
    assert log.drawn(80.0, 140.0) == Drawn(20 * 1000.0 + 10 * 2000.0, 40.0, 90.0)


@pytest.mark.parametrize(
    ("means", "elapsed"),
    [
        ([(100, 500), (120, 3), (130, 4)], 20),  # it fell between two answers
        ([(100, 500), (102, 0), (104, 1)], 424),  # not proved yet: the clock tells
        ([(100, 500), (102, 0), (104, 500), (120, 510)], 440),
        ([(100, 500), (102, 0), (108, 0), (110, 500)], 430),
        ([(100, 500), (120, 300), (130, 300)], 450),  # less, but not a new beginning
        ([(100, 15), (110, 1), (120, 1)], 440),  # noise
        ([(100, 500), (140, 3), (150, 3)], 470),  # nobody knows when
        ([(100, 500), (120, 3), (130, 4), (1030, 90)], 20),
        ([(100, 500), (120, 3), (130, 4), (86600, 90)], 520),  # after a day the clock is better
    ],
)
def test_the_mean_of_the_meter_tells_when_its_quarter_began(means: list[tuple[int, float]], elapsed: int) -> None:
    clock, device = QuarterClock(), Device(KEY)
    for at, mean in means:
        clock.told(mean, Now(320.0 + at, float(at)))
    at = means[-1][0]
    assert clock.elapsed_s(device, Now(320.0 + at, float(at)), BRUSSELS) == elapsed


# ------------------------------------------------------------------ the forecast

SET: dict[str, Value] = {"monthly_power_peak_w": 4000.0, "monthly_power_peak_timestamp": datetime(2026, 11, 3, 18, 15)}


def test_it_is_silent_for_two_minutes_and_takes_the_mean_of_the_last_minute() -> None:
    meter = Meter(utc(2026, 11, 18, 14, 30), power=lambda second: 9000.0 if second > 280 else 900.0)
    assert meter.run(115).running.forecast_w is None
    assert meter.run(5).running.forecast_w == pytest.approx(900)
    told = meter.run(180).running  # 4 of the 12 answers of the last minute came while the kettle was on
    assert told.average_w is not None
    assert told.forecast_w == pytest.approx(told.average_w + (900 * 8 + 9000 * 4) / 12 * 600 / 900)


def test_the_warning_does_not_flicker() -> None:
    level = [4100.0]
    meter = Meter(utc(2026, 11, 18, 14, 30), power=lambda second: level[0], peak=lambda clock: SET)
    assert not meter.run(110).running.beats, "silent"
    assert meter.run(20).running.beats
    level[0] = 3900.0  # the forecast falls below the peak, but by less than 3 %
    told = meter.run(90).running
    assert told.forecast_w is not None
    assert 0.97 * 4000 < told.forecast_w < 4000
    assert told.beats
    level[0] = 1000.0
    assert not meter.run(70).running.beats
    level[0] = 4250.0
    told = meter.run(60).running
    assert told.forecast_w is not None
    assert 0.97 * 4000 < told.forecast_w < 4000
    assert not told.beats
    level[0] = 9000.0
    assert meter.run(70).running.beats
    assert not meter.run(900 - 420 + 30).running.beats, "a new quarter-hour begins without"


def test_a_warning_ends_with_its_quarter_also_where_its_end_was_not_heard() -> None:
    level = [9000.0]
    meter = Meter(utc(2026, 11, 18, 14, 30), power=lambda second: level[0], peak=lambda clock: SET, sends_mean=True)
    assert meter.run(840).running.beats
    level[0] = 3900.0
    told = meter.run(360, answers=False).run(STEP).running
    assert told.forecast_w is not None
    assert 0.97 * 4000 < told.forecast_w < 4000
    assert not told.beats


def test_what_the_meter_says_anew_is_told_at_once() -> None:
    meter = Meter(utc(2026, 11, 18, 14, 30), peak=lambda clock: SET).run(300)
    meter.run(STEP, answers=False).answer(monthly_power_peak_w=1.0)  # between two times to tell
    before = meter.running
    meter.peak = lambda clock: {**SET, "monthly_power_peak_w": 5000.0}
    meter.run(STEP - STEP).answer()
    assert before.counted_w == 4000.0
    assert meter.running.counted_w == 5000.0


def test_what_is_told_changes_only_every_ten_seconds() -> None:
    meter = Meter(utc(2026, 11, 18, 14, 30)).run(300)
    told = [meter.run(STEP).running for _ in range(24)]
    assert 12 <= len({one.left_s for one in told}) <= 13


def test_without_a_peak_of_this_month_nothing_is_beaten_and_a_low_one_counts_as_the_least() -> None:
    old: dict[str, Value] = {**SET, "monthly_power_peak_timestamp": datetime(2026, 10, 3, 18, 15)}
    cases: list[tuple[dict[str, Value], bool]] = [
        (SET | {"monthly_power_peak_w": 800.0}, True),
        (old, False),
        ({}, False),
    ]
    for peak, beats in cases:
        meter = Meter(utc(2026, 11, 18, 14, 30), power=lambda second: 2600.0)
        for _ in range(300 // STEP):
            meter.run(STEP, answers=False).answer(**peak)
        told = meter.running
        assert (told.beats, told.counted_w) == (beats, 2500.0)
        assert told.room_w == pytest.approx((2500 - 2600 / 3) * 1.5)


# ------------------------------------------------------------------ months


def past(year: int, month: int, watts: float) -> PastPeak:
    closed = datetime(year + month // 12, month % 12 + 1, 1)
    return PastPeak(closed, datetime(year, month, 12, 18, 15), watts)


LISTED = [past(2025, month, 2000.0 + 100 * month) for month in (10, 11, 12)]
LISTED += [past(2026, month, 2000.0 + 100 * month) for month in range(1, 11)]


def months(told: RunningQuarter) -> list[tuple[int, int, float]]:
    return [(peak.year, peak.month, peak.power_w) for peak in told.peaks]


@pytest.mark.parametrize(
    ("stamp", "month", "watts"),
    [
        (datetime(2026, 11, 3, 18, 15), (2026, 11), 4000.0),
        (datetime(2026, 12, 1), (2026, 11), 4000.0),  # at midnight the last quarter-hour of the month ends
        (datetime(2026, 11, 1), (2026, 10), 4000.0),
        (datetime(2026, 10, 1), None, None),
        (datetime(2026, 12, 1, 0, 15), None, None),
        (datetime(2000, 1, 1), None, None),
        (None, (2026, 11), 4000.0),
    ],
)
def test_the_peak_of_the_meter_is_of_this_month_or_the_one_before(
    stamp: datetime | None, month: tuple[int, int] | None, watts: float | None
) -> None:
    sent: dict[str, Value] = {"monthly_power_peak_w": 4000.0}
    sent |= {"monthly_power_peak_timestamp": stamp} if stamp else {}
    peak = peak_of(Measurement(sent), 2026 * 12 + 10, BRUSSELS)
    assert (peak and (peak.year, peak.month)) == month
    assert (peak and peak.power_w) == watts


@pytest.mark.parametrize(("late", "month"), [(-5, 11), (0, 11), (5, 11), (-900, 10), (-895, 10)])
def test_a_quarter_that_begins_some_seconds_before_a_month_is_of_that_month(late: int, month: int) -> None:
    assert month_at(utc(2026, 12, 1) + late, BRUSSELS) == 2026 * 12 + month


def test_one_answer_tells_the_quarter_by_the_meters_clock() -> None:
    now = Now(utc(2026, 11, 30, 23, 58), 100.0)
    values: dict[str, Value] = {"average_power_15m_w": 300.0, "power_w": 3000.0}
    device = Device(KEY, measurement=Read(Measurement(values), now), clock=Read(datetime(2026, 12, 1, 0, 3), now))
    told = at_once(device, now, BRUSSELS)
    assert told is not None
    assert (told.left_s, told.month, told.start) == (720, 2026 * 12 + 11, now.utc - 180)
    assert (told.forecast_w, told.beats) == (300 + 3000 * 720 / 900, False)  # there is nothing to beat yet
    beaten = Measurement(values | {"monthly_power_peak_w": 1000.0})
    told = at_once(Device(KEY, measurement=Read(beaten, now), clock=device.clock), now, BRUSSELS)
    assert told is not None
    assert told.beats


@pytest.mark.parametrize("backwards", [False, True])
def test_the_list_of_the_telegram_and_the_running_month(backwards: bool) -> None:
    meter = Meter(utc(2026, 11, 18, 14, 30), peak=lambda clock: SET)
    meter.telegram(*(reversed(LISTED) if backwards else LISTED))
    told = meter.run(60).running
    assert months(told) == [
        (2026, 11, 4000.0),
        *((2026, month, 2000.0 + 100 * month) for month in range(10, 0, -1)),
        (2025, 12, 3200.0),
        (2025, 11, 3100.0),
    ]
    assert told.peaks[1].at == utc(2026, 10, 12, 18, 15)
    assert told.billed == pytest.approx(((4000 + 3000 + 2900 + 2800 + 2700 + 2600 + 5 * 2500 + 3200) / 12, 12))


def test_a_list_with_a_wrong_checksum_is_not_believed() -> None:
    meter = Meter(utc(2026, 11, 18, 14, 30), peak=lambda clock: SET)
    meter.telegram(*LISTED, checksum=False)
    assert months(meter.run(60).running) == [(2026, 11, 4000.0)]
    assert meter.log.wanting() == [KEY]


def test_a_month_that_ends_stays_and_the_new_one_begins_at_the_least() -> None:
    meter = Meter(utc(2026, 11, 30, 23, 50), peak=lambda clock: SET)
    meter.telegram(*LISTED)
    assert meter.run(300).running.counted_w == 4000.0
    told = meter.run(600).running
    assert (told.month, told.peak, told.counted_w) == (2026 * 12 + 11, None, 2500.0)
    assert months(told)[0] == (2026, 11, 4000.0)
    assert told.billed is not None
    assert told.billed[1] == 12, "December is not one of them before it has a peak"


def test_a_peak_set_at_midnight_is_of_the_month_before() -> None:
    last: dict[str, Value] = {**SET, "monthly_power_peak_w": 5000.0}
    last["monthly_power_peak_timestamp"] = datetime(2026, 12, 1)
    meter = Meter(utc(2026, 11, 30, 23, 50), peak=lambda clock: last if clock.day == 1 else SET).run(720)
    assert months(meter.running) == [(2026, 11, 5000.0)]
    assert meter.running.peaks[0].at == utc(2026, 12, 1)


def test_our_own_peak_of_the_month_where_the_meter_tells_none() -> None:
    meter = Meter(utc(2026, 11, 18, 14, 20)).run(600 + 3 * 900 + 60)
    whole = {slot[0]: value for slot, value in meter.drawn.items() if slot[0] >= datetime(2026, 11, 18, 14, 30)}
    del whole[max(whole)]
    highest = max(whole, key=lambda start: whole[start])
    told = meter.running
    assert months(told)[0] == pytest.approx((2026, 11, whole[highest] / 900))
    assert not told.peaks[0].whole
    assert told.peaks[0].at == (highest + timedelta(minutes=15)).replace(tzinfo=BRUSSELS).timestamp()


@pytest.mark.parametrize("sends_mean", [False, True])
def test_a_quarter_whose_end_was_not_heard_makes_no_peak(sends_mean: bool) -> None:
    level = [9000.0]
    meter = Meter(utc(2026, 11, 18, 14, 30), power=lambda second: level[0], sends_mean=sends_mean)
    meter.telegram()
    meter.answer()
    meter.run(600).run(300, answers=False)
    level[0] = 1000.0
    assert months(meter.run(600).running) == []
    assert months(meter.run(900).running)[0] == pytest.approx((2026, 11, 1000.0), rel=0.01)


def test_the_last_mean_before_it_falls_is_that_of_the_quarter() -> None:
    """Also where the clock that tells the turn is a telegram's, and so some seconds old."""
    meter = Meter(utc(2026, 11, 18, 14, 30), sends_mean=True)
    old = meter.clock(-8).replace(tzinfo=None)
    meter.tell(TelegramRead(KEY, Telegram(old, True, ()), meter.now))
    meter.answer()
    meter.run(900 + 60)
    assert months(meter.running)[0] == pytest.approx((2026, 11, max(meter.drawn.values()) / 900), rel=0.02)


def test_history_and_what_was_measured_here_are_of_the_same_month() -> None:
    meter = Meter(utc(2026, 11, 18, 14, 30), power=lambda second: 3000.0)
    meter.answer()
    meter.run(1000)
    for known, highest in ((2800.0, 3000.0), (3300.0, 3300.0)):
        meter.log.seed(KEY, [MonthPeak(2026, 11, known)])
        (peak,) = meter.run(30).running.peaks
        assert peak.power_w == pytest.approx(highest, rel=0.01)
        assert peak.whole


def test_a_month_may_end_in_silence() -> None:
    meter = Meter(utc(2026, 11, 30, 23, 40), peak=lambda clock: SET).run(300)
    meter.run(1800, answers=False)
    told = meter.running
    assert (told.month, told.peak, told.counted_w) == (2026 * 12 + 11, None, 2500.0)
    assert months(told) == [(2026, 11, 4000.0)]


def test_a_peak_of_the_hour_that_comes_twice_has_its_own_time() -> None:
    meter = Meter(utc(2026, 11, 18, 14, 30))
    for fold in (0, 1):
        stamp = datetime(2026, 10, 25, 2, 45, fold=fold)
        meter.telegram(PastPeak(datetime(2026, 11, 1), stamp, 4927.0))
        assert [peak.at for peak in meter.run(30).running.peaks] == [utc(2026, 10, 25, 2, 45, fold=fold)]


def test_the_running_month_is_told_by_the_meter_and_not_by_its_list() -> None:
    meter = Meter(utc(2026, 11, 18, 14, 30), peak=lambda clock: SET)
    meter.telegram(*LISTED, past(2026, 11, 9000.0))
    assert months(meter.run(60).running)[0] == (2026, 11, 4000.0)


def test_the_history_tells_what_the_meter_does_not() -> None:
    seeds = [MonthPeak(2026, 9, 3300.0, 1.0), MonthPeak(2026, 10, 4400.0, 2.0, whole=False), MonthPeak(2026, 11, 1.0)]
    meter = Meter(utc(2026, 11, 18, 14, 30), peak=lambda clock: SET).run(60)
    meter.log.seed(KEY, seeds)
    told = meter.run(60).running
    assert months(told) == [(2026, 11, 4000.0), (2026, 10, 4400.0), (2026, 9, 3300.0)]
    assert told.billed == pytest.approx((3900, 3))
    meter.telegram(*LISTED)
    assert months(meter.run(60).running)[:2] == [(2026, 11, 4000.0), (2026, 10, 3000.0)]
    assert meter.log.wanting() == []


WATTS = st.one_of(st.none(), st.floats(-1e6, 1e6), st.just(0.0))


@settings(max_examples=40)
@given(st.lists(st.tuples(WATTS, WATTS, WATTS, st.floats(0.1, 5000)), max_size=25), st.floats(-1e5, 1e5))
def test_nothing_makes_it_fail(
    answers: list[tuple[float | None, float | None, float | None, float]], by: float
) -> None:
    meter = Meter(utc(2026, 12, 31, 23, 40))
    meter.telegram(*LISTED, PastPeak(datetime(1, 1, 1), datetime(9999, 12, 31), 1e9))
    at = meter.now
    for power, mean, peak, later in answers:
        at = Now(at.utc + later + by, at.monotonic + later)
        sent = {"power_w": power, "average_power_15m_w": mean, "monthly_power_peak_w": peak}
        values = {name: value for name, value in sent.items() if value is not None}
        meter.tell(Measured(KEY, Measurement(values), System(), at, 0.02, 1.0))
        told = meter.log.running(KEY, at)
        assert told is not None
        assert 0 < told.left_s <= 900
        assert len(told.peaks) <= 13
