"""What the record keeps of the events, and that it is bounded."""

from __future__ import annotations

import gc
import tracemalloc
from copy import deepcopy
from datetime import datetime, timedelta

import pytest

from tests.checks.house import NOON, House, Values, volts
from tui.core.checks.recorder import Recorder
from tui.core.checks.registry import check
from tui.core.checks.series import Mean
from tui.core.events import ClockStood, Identified, Measured, Noted, TelegramRead
from tui.core.model import Endpoint, Fleet
from tui.core.moment import Now
from tui.core.quantities import QUANTITIES, Kind
from tui.core.reading import External, Identity, Measurement, System
from tui.core.telegram import Telegram


def test_a_mean_covers_only_what_was_answered() -> None:
    house = House()
    house.meter(lambda second: None if 100 <= second < 200 else {"voltage_l1_v": 230.0 + second // 60})
    (observed,) = house.run(601).record.observed
    series = observed.series["voltage_l1_v"]
    assert [mean.value for mean in series.minutes] == [230, 233, 234, 235, 236, 237, 238, 239]
    assert series.minutes.last == Mean(NOON.monotonic + 600, 239.0)
    assert len(series.windows) == 0  # 90 s of its ten minutes are missing


def test_a_window_ends_with_the_clock() -> None:
    house = House(start=NOON.plus(-110))
    house.meter(volts(240.0))
    (observed,) = house.run(720).record.observed
    (window,) = observed.series["voltage_l1_v"].windows
    assert window.ends == pytest.approx(NOON.monotonic + 600)
    assert window.value == 240.0


def test_reading_the_record_often_changes_nothing_in_it() -> None:
    def wavy(second: int) -> Values:
        return {"power_w": float(second % 97), "voltage_l1_v": 230.0 + second % 13 / 10 if second % 31 else None}

    read, unread = House(), House()
    for house in (read, unread):
        house.meter(wavy)
    for _ in range(130):
        assert read.run(7).record.observed
    assert repr(read.record.observed) == repr(unread.run(910).record.observed)  # NaN is not equal to itself


def test_the_record_handed_out_stays_as_it_is() -> None:
    house = House()
    house.meter(lambda second: {"voltage_l1_v": 230.0 + second % 7, "energy_import_kwh": second / 1000})
    record = house.run(700).record
    before = repr(record)
    house.run(700)
    assert repr(record) == before
    assert repr(house.record) != before


@pytest.mark.parametrize("shift_s", [-3700.0, 3500.0])
def test_a_clock_that_is_set_costs_the_window_under_way_only(shift_s: float) -> None:
    house = House()
    house.meter(lambda second: {"voltage_l1_v": 230.0 if second < 700 else 240.0})
    house.run(900)
    house.now = Now(house.now.utc + shift_s, house.now.monotonic)
    (observed,) = house.run(1500).record.observed
    series = observed.series["voltage_l1_v"]
    first, *others = series.windows
    assert first == Mean(NOON.monotonic + 600, 230.0)
    assert others
    for window in others:  # whole ones by the new clock, and of what was measured after it was set
        assert window.value == 240.0
        assert (house.now.utc - house.now.monotonic + window.ends) % 600 == pytest.approx(0, abs=1e-3)
    assert len(series.minutes) == 40


def test_what_a_frozen_meter_repeats_is_not_recorded() -> None:
    house = House()
    meter = house.meter({"power_w": 500.0, "voltage_l1_v": 231.0})
    before = house.run(120).record
    house.tell(ClockStood(meter.serial, still=True, at=house.now))
    (frozen,) = house.run(900).record.observed
    assert frozen.series == before.observed[0].series
    assert frozen.quarter == before.observed[0].quarter
    assert frozen.polls.answered == before.observed[0].polls.answered + 900
    house.tell(ClockStood(meter.serial, still=False, at=house.now))
    (again,) = house.run(120).record.observed
    minutes = again.series["power_w"].minutes
    assert [mean.value for mean in minutes] == [500.0] * 4
    assert minutes.ends[2] - minutes.ends[1] == 960


def test_a_device_that_is_silent_for_a_while_has_a_gap() -> None:
    house = House()
    house.meter(lambda second: None if 120 <= second < 720 else {"power_w": 100.0})
    (observed,) = house.run(900).record.observed
    assert (observed.polls.answered, observed.polls.lost) == (300, 600)
    ends = observed.series["power_w"].minutes.ends
    assert [round(end - NOON.monotonic) for end in ends] == [60, 120, 780, 840, 900]


def test_a_device_that_left_and_came_back_is_observed_anew() -> None:
    house = House()
    meter = house.meter({"power_w": 100.0})
    house.run(120)
    house.recorder.heard(Noted("topic", "text", house.now), Fleet())
    assert house.record.observed == ()
    (observed,) = house.run(60).record.observed
    assert (observed.key, observed.since.monotonic) == (meter.serial, NOON.monotonic + 120)
    assert observed.polls.answered == 60


def test_a_device_that_is_asked_once_a_minute_has_means() -> None:
    house = House()
    house.meter({"voltage_l1_v": 231.0}, interval_s=60.0)
    for _ in range(25):
        house.run(1)
        house.now = house.now.plus(59)
    (observed,) = house.record.observed
    series = observed.series["voltage_l1_v"]
    assert len(series.minutes) == 24
    assert [window.value for window in series.windows] == [231.0, 231.0]


def test_a_day_of_whatever_a_device_sends_stays_small() -> None:
    """Every quantity, external meters and addresses that are new in each answer, huge and jumping numbers."""
    house, every_s, serial = House(), 50.0, "5c2faf000001"
    answers = round(86400 / every_s)

    def hostile(turns: range) -> None:
        for turn in turns:
            house.now = house.now.plus(every_s)
            if turn % 40 == 0:
                endpoint = Endpoint(f"10.0.{turn % 250}.{turn // 250}")
                house.tell(Identified(endpoint, Identity(serial, "HWE-P1", None, f"{turn}", "v1"), house.now))
            size = (1.0, -230.4, 1e30, 0.0)[turn % 4]
            values = {name: size * turn for name, row in QUANTITIES.items() if row.kind is not Kind.TEXT}
            meters = tuple(External(f"{kind}_meter", f"{turn}-{kind}", 1.0 * turn, "m3", None) for kind in range(20))
            system = System(f"{turn}", turn % 100, None, -turn % 90)
            measured = Measured(serial, Measurement(values, meters), system, house.now, 0.1 * turn, every_s)
            house.recorder.heard(measured, house.fleet)
            telegram = Telegram(datetime(2026, 6, 12) + timedelta(seconds=turn), bool(turn % 2))
            house.recorder.heard(TelegramRead(serial, telegram, house.now), house.fleet)

    hostile(range(answers))
    a_day = size_of(house.recorder)
    hostile(range(answers, round(1.2 * answers)))
    assert 100_000 < a_day < 500_000
    assert size_of(house.recorder) < 1.05 * a_day
    (observed,) = house.record.observed
    assert len(observed.series["power_w"].minutes) == 1440 + 1  # and the one under way
    assert check(house.record)


def size_of(recorder: Recorder) -> int:
    """What it takes, in bytes: as much as a copy of it and of all that it holds."""
    gc.collect()
    tracemalloc.start()
    try:
        copied = deepcopy(recorder)
        return tracemalloc.get_traced_memory()[0] * (copied is not recorder)
    finally:
        tracemalloc.stop()
