"""The rule on gas, water and heat readings: learnt intervals, wrong clocks, meters that were replaced."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.checks.house import NOON, House
from tui.core.checks.external import interval_s
from tui.core.events import Measured, TelegramRead
from tui.core.moment import Now
from tui.core.reading import External, Measurement, System
from tui.core.telegram import Telegram

HOUR, DAY = 3600.0, 86400.0


def gas(
    stamp: datetime | None, value: float = 2569.6, unique_id: str | None = "A", kind: str = "gas_meter"
) -> External:
    return External(kind, unique_id, value, "m3", stamp)


class Watched(House):
    """A P1 that is read at any moment, without the seconds between."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.meter({"power_w": 100.0})
        self.run(1)

    def read(self, *meters: External) -> Watched:
        serial = self.meters[0].serial
        self.tell(Measured(serial, Measurement({"power_w": 100.0}, meters), System(), self.now, 0.03, 1.0))
        return self

    def wait(self, seconds: float) -> Watched:
        self.now = self.now.plus(seconds)
        return self

    def ago(self, seconds: float) -> datetime:
        return datetime.fromtimestamp(self.now.utc - seconds, self.zone).replace(tzinfo=None)

    def clock(self, ahead_s: float) -> Watched:
        """The meter's telegram says what its clock says."""
        self.tell(TelegramRead(self.meters[0].serial, Telegram(self.ago(-ahead_s)), self.now))
        return self

    def every(self, seconds: float, times: int) -> Watched:
        """It is read so many times at an interval."""
        for _ in range(times):
            self.wait(seconds).read(gas(self.ago(0)))
        return self

    @property
    def case(self) -> str:
        (found,) = self.findings("external.age")
        return found.case


@pytest.mark.parametrize(
    ("age_s", "case"),
    [
        (0, "pass-unlearnt"),
        (3 * HOUR, "pass-unlearnt"),
        (3 * HOUR + 60, "warn-unlearnt"),
        (24 * HOUR, "warn-unlearnt"),
        (24 * HOUR + 60, "fail"),
        (400 * DAY, "fail"),
    ],
)
def test_until_the_interval_is_known_hours_are_normal(age_s: float, case: str) -> None:
    house = Watched()
    assert house.read(gas(house.ago(age_s))).case == case


@pytest.mark.parametrize(
    ("every_s", "age_s", "case"),
    [
        (300, 300, "pass"),
        (300, 900, "pass"),
        (300, 960, "warn"),
        (HOUR, 3 * HOUR, "pass"),
        (HOUR, 3 * HOUR + 60, "warn"),
        (12 * HOUR, 23 * HOUR, "pass"),
        (12 * HOUR, 25 * HOUR, "fail"),
        (60, 800, "pass"),  # readings by radio come when they come
        (60, 960, "warn"),
    ],
)
def test_an_interval_that_was_learnt(every_s: float, age_s: float, case: str) -> None:
    house = Watched().every(every_s, 2)
    stamp = house.ago(0)
    assert house.wait(age_s).read(gas(stamp)).case == case


def test_the_longest_of_the_last_steps_counts() -> None:
    house = House()
    noon = datetime(2026, 6, 12, 12)
    hours = tuple(noon + timedelta(minutes=minutes) for minutes in (0, 60, 65, 120))
    assert interval_s(hours, house.zone) == HOUR
    assert interval_s((noon,), house.zone) is None
    assert interval_s((noon, noon - timedelta(minutes=5)), house.zone) is None
    autumn = (datetime(2026, 10, 25, 1, 55), datetime(2026, 10, 25, 2, 0), datetime(2026, 10, 25, 3, 5))
    assert interval_s(autumn, house.zone) is None, "an hour that occurs twice teaches nothing"


def test_a_dead_gas_reading_is_one_finding_however_long_the_house_is_watched() -> None:
    house = Watched()
    stamp = house.ago(DAY + HOUR)
    for _ in range(5):
        assert house.wait(HOUR).read(gas(stamp)).case == "fail"


def test_it_comes_back() -> None:
    house = Watched()
    assert house.read(gas(house.ago(2 * DAY))).case == "fail"
    assert house.wait(60).read(gas(house.ago(10), 2569.7)).case == "pass"


def test_no_meter_is_no_finding() -> None:
    assert Watched().read().case == "na"
    assert Watched().read(gas(None, 0.0, "0000000000")).case == "na", "an empty channel"


def test_a_meter_that_was_replaced_is_told() -> None:
    house = Watched()
    house.read(gas(house.ago(60), unique_id="B"), gas(house.ago(300 * DAY), unique_id="A"))
    assert sorted(house.verdicts("external.age")) == ["info-left-over", "pass-unlearnt"]


def test_each_kind_is_judged_alone() -> None:
    house = Watched()
    house.read(gas(house.ago(2 * DAY)), gas(house.ago(60), kind="water_meter"))
    assert sorted(house.verdicts("external.age")) == ["fail", "pass-unlearnt"]


# ------------------------------------------------------------------ times that cannot be


@pytest.mark.parametrize(
    ("age_s", "case"),
    [(-30, "pass-unlearnt"), (-120, "warn-future"), (-20 * HOUR, "warn-future"), (-3 * DAY, "warn-misdated")],
)
def test_a_time_in_the_future_is_a_warning(age_s: float, case: str) -> None:
    house = Watched()
    assert house.read(gas(house.ago(age_s))).case == case


def test_a_time_before_such_meters_is_a_warning_and_none_at_all_is_not() -> None:
    house = Watched()
    assert house.read(gas(datetime(1999, 12, 31))).case == "warn-misdated"
    assert house.read(gas(None)).case == "untestable-no-time"


@pytest.mark.parametrize("ahead_s", [-30 * HOUR, -5 * HOUR, 5 * HOUR, 30 * HOUR])
def test_a_meter_clock_that_is_wrong_makes_no_gas_old(ahead_s: float) -> None:
    house = Watched()
    house.read(gas(house.ago(600 - ahead_s))).clock(ahead_s)
    assert house.case in ("pass-unlearnt", "untestable-clock")


def test_gas_that_is_old_by_a_wrong_clock_too_is_old() -> None:
    house = Watched()
    house.read(gas(house.ago(2 * DAY + 5 * HOUR))).clock(-5 * HOUR)
    assert house.case == "fail"


def test_a_computer_without_a_clock_makes_no_gas_old() -> None:
    for age_s in (-5 * HOUR, 5 * HOUR):
        house = Watched(synchronised=False)
        assert house.read(gas(house.ago(age_s))).case == "untestable-own-clock"


def test_what_a_silent_p1_said_is_not_judged() -> None:
    house = Watched()
    house.read(gas(house.ago(60)))
    assert house.wait(2 * DAY).case == "untestable-silent"


def test_an_unknown_kind_is_told_by_its_own_name_and_cut() -> None:
    house = Watched()
    (found,) = house.read(gas(house.ago(60), kind="hydrogen_{0}_and_much_more_of_it")).findings("external.age")
    assert found.values["kind"] == "hydrogen {0} a"


@pytest.mark.parametrize(
    ("start", "stamp"),
    [("2026-10-25T02:30:00+01:00", "2026-10-25T02:25:00"), ("2026-03-29T03:02:00+02:00", "2026-03-29T01:57:00")],
)
def test_the_nights_on_which_clocks_change(start: str, stamp: str) -> None:
    house = Watched(start=Now(datetime.fromisoformat(start).timestamp(), NOON.monotonic))
    assert house.read(gas(datetime.fromisoformat(stamp))).case == "pass-unlearnt"
