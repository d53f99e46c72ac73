"""A smart meter's clock that comes with each reading (API v2): how far it is off, and that it stands still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from tui.core.doubt.meterclock import ahead_s, clock_words
from tui.core.doubt.standstill import stands_still
from tui.core.events import ClockStood, Event, Identified, Measured, TelegramRead
from tui.core.fleet import reduce
from tui.core.model import Device, Endpoint, Fleet, Read, State
from tui.core.moment import Now
from tui.core.reading import External, Identity, Measurement, System, Value
from tui.core.state import state_of
from tui.core.telegram import Telegram

NOON = datetime(2026, 3, 1, 12, 0, 7)
START = Now(NOON.replace(tzinfo=UTC).timestamp(), 500.0)
KEY = "5c2faf0000a1"


def gas(stamp: datetime) -> External:
    return External("gas_meter", "A", 5.0, "m3", stamp)


@dataclass
class House:
    """A P1 that pushes once a second, as the monitor hears it."""

    clock: Callable[[int], datetime | None] = lambda second: NOON + timedelta(seconds=second)
    power: Callable[[int], float] = lambda second: 100.0
    external: tuple[External, ...] = ()
    now: Now = START
    fleet: Fleet = field(default_factory=Fleet)
    heard: list[int] = field(default_factory=list)
    """The seconds at which it was found to stand still."""

    def __post_init__(self) -> None:
        self.tell(Identified(Endpoint("192.168.1.9", 443, "v2"), Identity(KEY, "HWE-P1"), self.now))

    def tell(self, event: Event) -> None:
        self.fleet = reduce(self.fleet, event)

    @property
    def device(self) -> Device:
        return self.fleet.devices[KEY]

    @property
    def second(self) -> int:
        return round(self.now.monotonic - START.monotonic)

    def live(self, seconds: int, every: int = 1) -> None:
        for _ in range(0, seconds, every):
            values: dict[str, Value] = {"power_w": self.power(self.second)}
            if (stamp := self.clock(self.second)) is not None:
                values["timestamp"] = stamp
            self.tell(Measured(KEY, Measurement(values, self.external), System(), self.now, None, 1.0))
            if stands_still(self.device, self.now, UTC):
                self.heard.append(self.second)
                self.tell(ClockStood(KEY, True, self.now))
            self.now = self.now.plus(every)


def stops_at(stop: int, goes_on: float = float("inf")) -> Callable[[int], datetime]:
    return lambda second: NOON + timedelta(seconds=second if second >= goes_on else min(second, stop))


def test_a_clock_that_ran_and_stands_still_is_told_once_and_since_when() -> None:
    house = House(stops_at(100))
    house.live(400)
    assert house.heard == [160]
    problem = house.device.problem
    assert problem is not None
    assert (problem.kind, problem.since) == (State.FROZEN, START.plus(100))
    assert state_of(house.device, house.now) is State.FROZEN


def test_it_is_over_once_the_clock_moves_though_no_value_does() -> None:
    house = House(stops_at(100, goes_on=300))
    house.live(301)
    assert house.device.problem is None
    assert house.device.frozen is None
    house.live(600)
    assert house.heard == [160]


@pytest.mark.parametrize("step_s", [1, 10])
def test_a_clock_that_runs_is_never_doubted_in_an_empty_house(step_s: int) -> None:
    house = House(lambda second: NOON + timedelta(seconds=second // step_s * step_s))
    house.live(900)
    assert house.heard == []


@pytest.mark.parametrize(
    "clock",
    [
        lambda second: None,
        lambda second: NOON,  # never seen to move, and nothing says that it ever did
        lambda second: NOON + timedelta(days=3, seconds=min(second, 5)),
        lambda second: NOON.replace(second=0) + timedelta(seconds=second // 60 * 60),  # it shows minutes
    ],
)
def test_a_clock_that_proves_nothing_accuses_nobody(clock: Callable[[int], datetime | None]) -> None:
    house = House(clock)
    house.live(400)
    assert house.heard == []


def test_one_that_stood_still_from_the_first_moment_is_known_by_the_times_that_it_gave() -> None:
    house = House(lambda second: NOON, external=(gas(NOON - timedelta(minutes=20)),))
    house.live(200)
    assert house.heard == [60]


def test_values_that_change_disprove_it() -> None:
    house = House(stops_at(10), power=lambda second: float(second))
    house.live(200)
    assert house.heard == []
    house.power = lambda second: 0.0
    house.live(100)
    assert house.heard == [260]


def test_a_burst_of_old_messages_after_a_suspend_is_no_standstill() -> None:
    house = House(stops_at(20))
    house.live(21)
    house.now = house.now.plus(3600)
    house.clock = stops_at(20)
    house.live(2)
    assert house.heard == []


def test_the_clock_is_known_with_each_reading_by_its_first_sight() -> None:
    house = House(lambda second: NOON + timedelta(seconds=second // 10 * 10 + 120))
    house.live(26)
    assert house.device.clock == Read(NOON + timedelta(seconds=140), START.plus(20))
    assert ahead_s(house.device, house.now, UTC) == 120
    assert clock_words(house.device, house.now, UTC).startswith("the smart meter's clock is 2 min ahead")


def test_a_telegram_beside_it_takes_nothing_away() -> None:
    house = House(stops_at(100))
    house.live(130)
    seen = house.device.clock
    house.tell(TelegramRead(KEY, Telegram(seen.value if seen else None), house.now))
    house.tell(TelegramRead(KEY, None, house.now))
    house.tell(TelegramRead(KEY, Telegram(), house.now))
    assert house.device.clock is seen
    house.live(100)
    assert house.heard == [160]


def test_without_it_a_telegram_without_a_clock_leaves_none() -> None:
    house = House(lambda second: None)
    house.live(3)
    house.tell(TelegramRead(KEY, Telegram(NOON), house.now))
    assert house.device.clock == Read(NOON, house.now)
    house.tell(TelegramRead(KEY, None, house.now))
    assert house.device.clock is None
