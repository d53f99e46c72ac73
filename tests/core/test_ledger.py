"""What the ledger makes of events: readings, today and yesterday."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tui.core.counting.counted import together
from tui.core.counting.counters import Reading, Sum
from tui.core.counting.ledger import Ledger, Meter
from tui.core.doubt.dating import dated
from tui.core.doubt.invert import as_wired
from tui.core.events import ClockStood, Configured, Event, Identified, Measured
from tui.core.fleet import reduce
from tui.core.model import DeviceSetting, Endpoint, Fleet
from tui.core.moment import Now
from tui.core.past.history import MOST_SERIES, TOTAL, Amount
from tui.core.reading import External, Identity, Measurement, System, Value

ZONE = ZoneInfo("Europe/Amsterdam")
near: Callable[..., Any] = pytest.approx
IMPORT, EXPORT = "energy_import_kwh", "energy_export_kwh"


def local(day: int, hour: int = 0, minute: int = 0, second: int = 0, month: int = 6) -> float:
    return datetime(2026, month, day, hour, minute, second, tzinfo=ZONE).timestamp()


class House:
    """Devices that are heard by a ledger, through the real fleet."""

    def __init__(self, utc: float) -> None:
        self.ledger, self.fleet, self.now = Ledger(ZONE), Fleet(), Now(utc, 1000.0)

    def tell(self, event: Event) -> None:
        if isinstance(event, Measured):
            event = dated(as_wired(event, self.fleet), ZONE)
        self.fleet = reduce(self.fleet, event)
        self.ledger.heard(event, self.fleet)

    def answer(
        self, values: Mapping[str, Value], *external: External, serial: str = "p1", product: str = "HWE-P1"
    ) -> None:
        if serial not in self.fleet.devices:
            self.tell(Identified(Endpoint(f"host-{serial}"), Identity(serial, product), self.now))
        self.tell(Measured(serial, Measurement(dict(values), tuple(external)), System(), self.now, 0.01, 1.0))

    def to(self, utc: float) -> None:
        self.now = self.now.plus(utc - self.now.utc)

    def counts(self, start: float, end: float, per_hour: float, step_s: float = 60, since: float | None = None) -> None:
        """Answers from `start` to `end` of a counter that moves evenly, from 100 at `since`."""
        at = start
        while at <= end:
            self.to(at)
            self.answer({IMPORT: round(100 + (at - (start if since is None else since)) / 3600 * per_hour, 3)})
            at += step_s

    def amount(self, day: str = "today", quantity: str = IMPORT, place: str = "p1") -> Amount | None:
        today = self.ledger.today(place, self.now)
        assert today is not None
        found: Mapping[str, Amount] = getattr(today, day)
        return found.get(quantity)


def test_nothing_is_told_of_a_place_that_was_never_heard() -> None:
    assert House(local(2)).ledger.today("p1", Now(local(2), 0.0)) is None


def test_today_begins_at_midnight_and_yesterday_is_what_it_was() -> None:
    house = House(local(1, 20))
    house.counts(local(1, 20), local(2, 2), 1.5, since=local(1, 20))
    assert house.amount() == Amount(near(3.0, abs=0.026), near(7200, abs=61))
    yesterday = house.amount("yesterday")
    assert yesterday is not None
    assert yesterday.value == near(6.0, abs=0.001)
    assert yesterday.since == near(local(1, 20))
    assert (yesterday.until, yesterday.gaps) == (None, False)
    house.to(local(3, 0, 1))
    assert house.amount() is None  # nothing was heard for a day, so nothing is today's
    assert house.amount("yesterday") is not None


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 29, 23), (10, 25, 25), (6, 3, 24)])
def test_a_day_has_the_hours_that_the_clock_gives_it(month: int, day: int, hours: int) -> None:
    house = House(local(day - 2, month=month))
    house.counts(local(day - 2, month=month), local(day, 23, 50, month=month), 1.0, 600)
    today = house.amount()
    assert today is not None
    assert (today.value, today.whole) == (near(hours - 1 / 6, abs=0.17), True)
    next_day = datetime(2026, month, day, tzinfo=ZONE) + timedelta(1)
    house.counts(
        local(day, 23, 50, month=month) + 600, next_day.timestamp() + 1800, 1.0, 600, local(day - 2, month=month)
    )
    assert house.amount("yesterday") == Amount(near(hours), hours * 3600)
    later = house.amount()
    assert later is not None
    assert later.value == near(0.5, abs=0.17)


def test_what_a_frozen_meter_repeats_is_not_counted_as_rest() -> None:
    house = House(local(2, 8))
    house.counts(local(2, 8), local(2, 9), 1.0)
    house.tell(ClockStood("p1", True, house.now))
    for minute in range(1, 30):
        house.to(local(2, 9, minute))
        house.answer({IMPORT: 101.0})
    amount = house.amount()
    assert amount is not None
    assert amount.until == near(local(2, 9), abs=61)


def test_at_midnight_today_is_0_before_anything_is_heard() -> None:
    house = House(local(1, 20))
    house.counts(local(1, 20), local(2) - 10, 1.5, 10)
    house.to(local(2))
    assert house.amount() == Amount(0.0, 0.0)


def test_a_device_that_is_lost_says_until_when() -> None:
    house = House(local(2, 8))
    house.counts(local(2, 8), local(2, 9), 1.0)
    house.to(local(2, 15))
    amount = house.amount()
    assert amount is not None
    assert (amount.since, amount.until) == (local(2, 8), local(2, 8, 59))


def test_what_the_history_knows_is_joined_to_what_is_heard() -> None:
    house = House(local(2, 10))
    house.counts(local(2, 10), local(2, 11), 1.0)
    days = {local(1): Amount(9.8, 86400.0), local(2): Amount(2.0, 9 * 3600.0)}
    # It was off for an hour: that lies in this day, so that it is counted.
    house.ledger.seed("p1", IMPORT, days, [Reading(local(2, 8), 98.9), Reading(local(2, 9), 99.2)])
    amount = house.amount()
    assert amount is not None
    assert amount.value == near(2.0 + 0.8 + 1.0, abs=0.02)
    assert amount.whole
    assert house.amount("yesterday") == Amount(9.8, 86400.0)


def test_many_short_gaps_that_the_history_knows_are_not_one_at_the_end() -> None:
    house = House(local(2, 10))
    house.counts(local(2, 10), local(2, 11), 1.0)
    house.ledger.seed("p1", IMPORT, {local(2): Amount(2.0, 6 * 3600.0, local(2, 1), local(2, 10))})
    amount = house.amount()
    assert amount is not None
    assert (amount.value, amount.since, amount.gaps) == (near(3.0, abs=0.02), local(2, 1), False)


def test_off_over_midnight_belongs_to_neither_day() -> None:
    house = House(local(2, 7))
    house.counts(local(2, 7), local(2, 8), 1.0)
    house.ledger.seed(
        "p1", IMPORT, {local(1): Amount(9.0, 20 * 3600.0, None, local(1, 20))}, [Reading(local(1, 20), 95)]
    )
    amount, yesterday = house.amount(), house.amount("yesterday")
    assert amount is not None
    assert yesterday is not None
    assert (amount.value, amount.since) == (near(1.0, abs=0.02), local(2, 7))
    assert (yesterday.value, yesterday.until) == (9.0, local(1, 20))


def test_what_this_program_has_stored_itself_is_not_counted_twice() -> None:
    house = House(local(2, 10))
    house.counts(local(2, 10), local(2, 11), 1.0)
    stored = {local(2): Amount(2.5, 10.5 * 3600.0)}
    house.ledger.seed("p1", IMPORT, stored, [Reading(local(2, 9), 99.2), Reading(local(2, 10, 30), 100.5)])
    amount = house.amount()
    assert amount is not None
    assert amount.value == near(3.0, abs=0.02)
    assert amount.whole


@pytest.mark.parametrize("stored", [[], [Reading(local(2, 9), 7.0)], [Reading(local(2, 9), 5000.0)]])
def test_a_stored_reading_that_is_of_another_meter_is_not_joined(stored: list[Reading]) -> None:
    house = House(local(2, 10))
    house.counts(local(2, 10), local(2, 11), 1.0)
    house.ledger.seed("p1", IMPORT, {local(2): Amount(2.0, 9 * 3600.0)}, stored)
    amount = house.amount()
    assert amount is not None
    assert (amount.value, amount.gaps) == (near(3.0, abs=0.02), True)


def test_a_device_that_is_not_there_yet_still_has_its_past() -> None:
    house = House(local(2, 10))
    house.ledger.seed("p1", IMPORT, {local(2): Amount(2.0, 9 * 3600.0), local(1): None})
    amount = house.amount()
    assert amount is not None
    assert (amount.value, amount.until) == (2.0, local(2, 9))
    assert house.amount("yesterday") is None


def test_a_new_smart_meter_is_a_new_series_and_both_count() -> None:
    house = House(local(2, 10))
    for at in range(600):
        house.to(local(2, 10, 0) + at)
        house.answer({"unique_id": "old", IMPORT: 500 + at // 100 / 1000})
    for at in range(600):
        house.to(local(2, 10, 30) + at)
        house.answer({"unique_id": "new", IMPORT: 3 + at // 100 / 1000})
    assert house.ledger.series() == (Meter("p1", "", "old"), Meter("p1", "", "new"))
    amount = house.amount()
    assert amount is not None
    assert amount.value == near(0.010)
    assert amount.gaps
    assert house.ledger.readings(Meter("p1", "", "old"))[IMPORT].value == 500.005
    assert house.ledger.readings(Meter("p1", "", "new"))[IMPORT] == Reading(house.now.utc, 3.005)


def test_an_id_that_is_missing_or_garbled_for_a_moment_is_no_new_meter() -> None:
    house = House(local(2, 10))
    for at, meter in enumerate(["a", "", "", "a", "b", "a", "a"]):
        house.to(local(2, 10, 0) + at)
        house.answer({IMPORT: 5 + at / 1000} | ({"unique_id": meter} if meter else {}))
    assert house.ledger.series() == (Meter("p1", "", "a"),)
    assert house.ledger.readings(house.ledger.series()[0])[IMPORT].value == 5.005


def test_ids_without_end_fill_no_memory() -> None:
    house = House(local(2, 10))
    for at in range(MOST_SERIES + 20):
        house.to(local(2, 10) + at)
        for _ in range(2):
            house.answer({"unique_id": f"id {at}", IMPORT: 5.0})
    assert len(house.ledger.series()) == MOST_SERIES


def gas(value: float, utc: float, meter: str = "g1") -> External:
    return External("gas_meter", meter, value, "m3", datetime.fromtimestamp(utc, ZONE).replace(tzinfo=None))


def test_gas_counts_by_its_own_time_also_in_the_hour_that_occurs_twice() -> None:
    start = local(24, 12, month=10)
    house = House(start)
    hour = 0
    for minute in range(0, 36 * 60, 5):
        house.to(start + minute * 60)
        hour = minute // 60
        house.answer({IMPORT: 1.0}, gas(800 + hour / 10, start + hour * 3600))
        house.to(house.now.utc + 1)
        house.answer({IMPORT: 1.0}, gas(800 + hour / 10, start + hour * 3600))
    readings = house.ledger.readings(Meter("p1", "gas_meter", "g1", "m3"))
    assert readings == {TOTAL: Reading(start + hour * 3600, near(800 + hour / 10))}
    today, yesterday = (house.amount(day, TOTAL, "p1/gas_meter") for day in ("today", "yesterday"))
    assert today is not None
    assert yesterday is not None
    # From midnight to 22:00 there are 23 hours on that day.
    assert (today.value, today.whole) == (near(2.3), True)
    assert yesterday.value == near(1.2)


def test_gas_that_comes_late_belongs_to_the_day_of_its_time() -> None:
    house = House(local(1, 22))
    for stamp, heard, value in [
        (local(1, 22), local(1, 22, 50), 800.0),
        (local(1, 23), local(2, 0, 10), 801.0),
        (local(2), local(2, 0, 40), 802.5),
    ]:
        for second in range(2):
            house.to(heard + second)
            house.answer({}, gas(value, stamp))
    assert house.amount("yesterday", TOTAL, "p1/gas_meter") == Amount(2.5, 7200.0, local(1, 22))
    assert house.amount("today", TOTAL, "p1/gas_meter") == Amount(0.0, 0.0)


def test_our_clock_is_not_that_of_the_gas_meter() -> None:
    house = House(local(2, 10))
    for second in range(4):
        house.now = Now(local(2, 10) + second + (600 if second > 1 else 0), 1000.0 + second)
        house.answer({IMPORT: 5.0}, gas(800.0, local(2, 9)))
    gas_meter, own = house.ledger.series()[::-1]
    assert house.ledger.readings(gas_meter)[TOTAL].at == local(2, 9)
    assert house.ledger.readings(own)[IMPORT].at == local(2, 10) + 603


def test_the_time_of_a_gas_meter_is_judged_anew_once_our_clock_is_right() -> None:
    house = House(local(2, 6))
    for utc in (local(2, 6), local(2, 6) + 1, local(2, 10), local(2, 10) + 1):
        house.now = Now(utc, house.now.monotonic + 1)
        house.answer({}, gas(800.0, local(2, 9)))
    assert house.ledger.readings(house.ledger.series()[-1])[TOTAL].at == local(2, 9)


def test_a_meter_that_tells_no_time_is_read_when_it_answers() -> None:
    house = House(local(2, 10))
    for second in range(3):
        house.to(local(2, 10) + second)
        house.answer({}, External("gas_meter", "g1", 5.0, "m3", None))
    assert house.ledger.readings(Meter("p1", "gas_meter", "g1", "m3"))[TOTAL].at == local(2, 10) + 2


def test_the_second_of_two_meters_that_say_the_same_of_themselves_has_a_number() -> None:
    house = House(local(2, 10))
    house.answer({}, gas(1.0, local(2, 9), "g1"), gas(2.0, local(2, 9), "g1"))
    assert [meter.meter for meter in house.ledger.series()] == ["", "g1", "g1#2"]


def test_gas_of_an_old_meter_beside_the_new_one() -> None:
    house = House(local(2, 10))
    for at in range(10):
        house.to(local(2, 10) + at * 300)
        for _ in range(2):
            house.answer({}, gas(20 + at / 10, house.now.utc, "new"), gas(809.0, local(1), "old"))
    amount = house.amount("today", TOTAL, "p1/gas_meter")
    assert amount is not None
    assert amount.value == near(0.9)
    assert len(house.ledger.series()) == 3


def test_a_meter_that_turns_out_to_be_upside_down_keeps_its_day() -> None:
    house = House(local(2, 10))
    for at in range(20):
        house.to(local(2, 10) + at)
        house.answer({IMPORT: 50 + at / 1000, EXPORT: 7.0}, product="SDM230-wifi")
    house.tell(Configured("p1", DeviceSetting(inverted=True)))
    for at in range(20, 40):
        house.to(local(2, 10) + at)
        house.answer({IMPORT: 50 + at / 1000, EXPORT: 7.0})
    exported, imported = house.amount(quantity=EXPORT), house.amount(quantity=IMPORT)
    assert exported is not None
    assert imported is not None
    assert (exported.value, imported.value) == (near(0.038), 0.0)


def test_what_the_history_told_of_it_is_turned_with_it() -> None:
    house = House(local(2, 10))
    for _ in range(2):
        house.answer({IMPORT: 50.0, EXPORT: 7.0}, product="SDM230-wifi")
    house.ledger.seed("p1", IMPORT, {local(2): Amount(2.0, 36000.0)})
    house.tell(Configured("p1", DeviceSetting(inverted=True)))
    house.answer({IMPORT: 50.0, EXPORT: 7.0})
    exported, imported = house.amount(quantity=EXPORT), house.amount(quantity=IMPORT)
    assert (exported and exported.value, imported and imported.value) == (2.0, 0.0)


def test_a_clock_that_was_set_by_hours_takes_back_what_was_asked_by_the_wrong_time() -> None:
    house = House(local(2, 10))
    house.counts(local(2, 10), local(2, 10, 30), 1.0)
    house.ledger.seed("p1", IMPORT, {local(2): Amount(2.0, 36000.0)})
    house.now = Now(house.now.utc + 7200, house.now.monotonic)
    house.answer({IMPORT: 100.5})
    amount = house.amount()
    assert amount is not None
    assert amount.value == near(0.5, abs=0.02)


def test_events_are_not_told_as_what_was_used_also_where_the_history_knows_them() -> None:
    house = House(local(2, 10))
    for at in range(3):
        house.to(local(2, 10) + at)
        house.answer({IMPORT: 5.0, "any_power_fail_count": 4 + at})
    house.ledger.seed("p1", "any_power_fail_count", {local(2): Amount(2.0, 36000.0)})
    told = house.ledger.today("p1", house.now)
    assert told is not None
    assert list(told.today) == [IMPORT]


def test_water_that_no_pipe_brings_is_noise() -> None:
    house = House(local(2, 10))
    for at, total in enumerate([7.0, 7.0, 7.2, 7.2, 7.001, 7.001]):
        house.to(local(2, 10) + at)
        house.answer({"water_total_m3": total}, product="HWE-WTR")
    amount = house.amount(quantity="water_total_m3")
    assert amount is not None
    assert amount.value == near(0.001)


def test_meters_beside_each_other_cover_no_more_than_the_time_there_was() -> None:
    sums = [Sum(0, 86400, 3600, 7200, 1.5, 3600), Sum(0, 86400, 0, 7200, 2.0, 7200)]
    assert together(sums, 900) == Sum(0, 86400, 0, 7200, 3.5, 7200)


def test_a_computer_without_a_clock_counts_for_today_once_it_knows_the_time() -> None:
    house = House(3600.0)
    for at in range(60):
        house.now = Now(house.now.utc + 1, house.now.monotonic + 1)
        house.answer({IMPORT: 50 + at / 1000})
    era = house.ledger.era
    house.now = Now(local(2, 10), house.now.monotonic)
    for at in range(60, 120):
        house.now = Now(house.now.utc + 1, house.now.monotonic + 1)
        house.answer({IMPORT: 50 + at / 1000})
    amount = house.amount()
    assert amount is not None
    assert (amount.value, amount.gaps) == (near(0.118, abs=0.0015), False)
    assert amount.since == near(local(2, 10) - 59, abs=1.1)
    assert house.ledger.era > era


def test_a_clock_that_was_years_ahead_does_not_hold_up_a_meter_without_times() -> None:
    house = House(local(2, 10) + 5 * 365 * 86400)
    for at in range(30):
        if at == 10:
            house.now = Now(local(2, 10), house.now.monotonic)
        house.now = house.now.plus(60)
        house.answer({IMPORT: 50 + at / 1000}, External("water_meter", "w", 7 + at / 1000, "m3", None))
    amount, electric = house.amount("today", TOTAL, "p1/water_meter"), house.amount()
    assert amount is not None
    assert electric is not None
    assert amount.value == near(0.018, abs=0.0021)
    assert electric.value == near(0.028, abs=0.0011)


def test_ten_devices_once_a_second_are_cheap() -> None:
    """Under 1 % of a core; here with room for a slow and busy computer."""
    names = [f"energy_{way}{part}_kwh" for way in ("import", "export") for part in ("", "_t1", "_t2")]
    house = House(local(2, 10))
    for second in range(2):
        for device in range(10):
            house.answer(dict.fromkeys(names, 100 + second / 1000), serial=f"d{device}")
    events = [
        Measured(f"d{device}", Measurement(dict.fromkeys(names, 100.001 + second // 3 / 1000)), System(),
                 house.now.plus(second), 0.01, 1.0)
        for second in range(200)
        for device in range(10)
    ]  # fmt: skip
    began = process_time()
    for event in events:
        house.ledger.heard(event, house.fleet)
    assert (process_time() - began) / 200 < 0.01


def test_the_same_time_again_is_read_as_the_hour_it_stands_for() -> None:
    stamp = datetime(2026, 10, 25, 2, 30)
    first, second = local(25, 2, 30, month=10), local(25, 2, 30, month=10) + 3600
    house = House(first + 60)
    for now, value in ((first + 60, 5.0), (first + 61, 5.0), (second + 60, 6.0), (second + 61, 6.0)):
        house.to(now)
        house.answer({}, External("gas_meter", "g1", value, "m3", stamp))
    readings = house.ledger.readings(Meter("p1", "gas_meter", "g1", "m3"))
    assert readings[TOTAL].value == 6.0
    assert readings[TOTAL].at - first >= 3600
    assert timedelta(seconds=readings[TOTAL].at - first) < timedelta(hours=1, minutes=2)
