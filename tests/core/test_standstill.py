"""When a P1 may be called frozen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from tui.core.doubt.standstill import Standstill
from tui.core.moment import Now
from tui.core.reading import External, Measurement

NOON = datetime(2026, 3, 1, 12, 0, 7)
SAME = Measurement({"power_w": 100.0})
OTHER = Measurement({"power_w": 101.0})
START = Now(NOON.replace(tzinfo=UTC).timestamp(), 0.0)

Clock = Callable[[float], datetime | None]
"""What the telegram says so many seconds after noon."""


def running(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def until(stop: float, goes_on: float = float("inf")) -> Clock:
    """A clock that stands still from one second to another."""
    return lambda second: running(second if second >= goes_on else min(second, stop))


def fixed(stamp: datetime | None) -> Clock:
    return lambda second: stamp


@dataclass
class House:
    """A P1 that is measured every second and whose telegram shows `clock`."""

    clock: Clock
    watch: Standstill = field(default_factory=lambda: Standstill(UTC))
    now: Now = START
    heard: list[tuple[float, str]] = field(default_factory=list)
    """Looks, and the verdicts they gave."""

    def live(self, seconds: int, measurement: Measurement = SAME) -> None:
        for _ in range(seconds):
            second = self.now.monotonic
            if self.watch.measured(measurement, self.now):
                self.heard.append((second, "disproved"))
            if self.watch.wants_look(self.now):
                verdict = self.watch.looked(self.clock(second), self.now)
                self.heard.append((second, {None: "look", True: "still", False: "moving"}[verdict]))
            self.now = self.now.plus(1)

    def live_busily(self, seconds: int) -> None:
        """The values change with every poll."""
        for second in range(seconds):
            self.live(1, Measurement({"power_w": float(second)}))


def test_a_clock_that_ran_and_stands_still_is_told_once_and_looked_at_every_minute() -> None:
    house = House(until(100))
    house.live_busily(100)
    house.live(200)
    assert house.heard == [(10, "look"), (160, "look"), (172, "still"), (232, "look"), (292, "look")]


def test_new_values_end_a_standstill_and_start_a_new_minute() -> None:
    house = House(until(100))
    house.live_busily(100)
    house.live(80)
    house.live(1, OTHER)
    house.live(70, OTHER)
    assert house.heard == [(10, "look"), (160, "look"), (172, "still"), (180, "disproved"), (240, "look")]


def test_new_values_disprove_nothing_that_was_not_claimed() -> None:
    house = House(running)
    house.live(65)
    house.live(3, OTHER)
    assert house.heard == [(10, "look"), (60, "moving")]


def test_a_clock_that_moves_clears_the_meter_for_ten_minutes() -> None:
    house = House(until(60))
    house.live(741)
    assert house.heard == [(10, "look"), (60, "moving"), (660, "still"), (720, "look")]


def test_a_frozen_clock_that_moves_again_is_told_though_the_values_stay() -> None:
    house = House(until(60, goes_on=700))
    house.live(730)
    assert house.heard == [(10, "look"), (60, "moving"), (660, "still"), (720, "moving")]


def test_while_the_values_change_the_clock_is_looked_at_every_hour() -> None:
    house = House(running)
    house.live_busily(7300)
    assert house.heard == [(10, "look"), (3610, "look"), (7210, "look")]


def test_a_telegram_without_a_clock_is_looked_at_every_ten_minutes_whatever_the_values_do() -> None:
    house = House(fixed(None))
    house.live_busily(700)
    house.live(700)
    assert house.heard == [(10, "look"), (610, "look"), (1210, "look")]


@pytest.mark.parametrize(
    "clock",
    [
        fixed(datetime(2000, 1, 1, 1, 1)),  # new, and never set
        fixed(datetime(1970, 1, 1, 1)),
        fixed(datetime(2009, 12, 31, 23, 59, 59)),
        fixed(datetime(2068, 10, 27, 0, 27, 58)),
        fixed(NOON + timedelta(days=2)),
        fixed(NOON),  # plausible, but it never moved, whatever the reason
        fixed(datetime(2025, 6, 1)),
        lambda second: datetime(2000, 1, 1) + timedelta(seconds=min(second, 20)),  # it ran, but shows no real time
        fixed(None),
    ],
)
def test_only_a_plausible_clock_that_was_seen_to_run_can_stand_still(clock: Clock) -> None:
    house = House(clock)
    house.live(3 * 3600, Measurement({"power_w": 0.0}))
    assert "still" not in {word for _, word in house.heard}


def looks(clock: Clock, *bad: tuple[float, datetime | None]) -> Clock:
    """`clock`, but with what the telegram shows from some second on for half a minute."""
    return lambda second: next((shown for at, shown in bad if at <= second < at + 30), clock(second))


@pytest.mark.parametrize("bad", [None, datetime(2000, 1, 1), NOON - timedelta(days=3)])
def test_one_bad_telegram_does_not_uphold_a_verdict(bad: datetime | None) -> None:
    house = House(looks(until(100, goes_on=260), (230, bad)))
    house.live_busily(100)
    house.live(300)
    assert (172, "still") in house.heard
    assert "moving" in {word for second, word in house.heard if second <= 360}
    assert not house.watch.still


@pytest.mark.parametrize("bad", [None, datetime(2000, 1, 1), datetime(2068, 1, 1)])
@pytest.mark.parametrize("at", [0, 3600])
def test_one_bad_telegram_does_not_end_the_watch(at: int, bad: datetime | None) -> None:
    house = House(looks(until(4000), (at, bad)))
    house.live_busily(4000)
    house.live(400)
    assert house.heard[-1] == (4372.0, "look")
    assert (4072, "still") in house.heard


def test_a_meter_that_is_frozen_when_a_computer_boots_with_an_old_clock_is_found_once_that_is_right() -> None:
    gas = External("gas_meter", None, 1.0, "m3", NOON - timedelta(minutes=5))
    house = House(fixed(NOON + timedelta(seconds=20)), now=Now(START.utc - 26 * 86400, 0.0))
    measurement = Measurement(SAME.values, (gas,))
    house.live(30, measurement)
    house.now = Now(START.utc + 3600, 30.0)
    house.live(120, measurement)
    assert house.watch.still


@pytest.mark.parametrize(
    "clock",
    [running, lambda second: running(second // 10 * 10), lambda second: running(second).replace(second=0)],
    ids=["every second", "every 10 s", "without seconds"],
)
def test_a_clock_that_ticks_slowly_is_not_frozen(clock: Clock) -> None:
    house = House(clock)
    for power in range(20):
        house.live(61 + 7 * power, Measurement({"power_w": float(power)}))
    assert "still" not in {word for _, word in house.heard}


def test_a_clock_that_stands_still_while_the_values_change_proves_nothing() -> None:
    """An imitation: its clock is a constant, even though there is a gas meter with another time."""
    gas = External("gas_meter", None, 1.0, "m3", NOON - timedelta(minutes=5))
    house = House(fixed(NOON))
    for power in range(3):
        house.live(200, Measurement({"power_w": float(power)}, (gas,)))
    house.live(1000, Measurement({"power_w": 0.0}, (gas,)))
    assert [heard for heard in house.heard if heard[1] != "look"] == [(60, "still"), (200, "disproved")]


@pytest.mark.parametrize(
    ("external", "values", "still"),
    [
        ([NOON - timedelta(hours=3)], {}, True),
        ([None], {}, False),
        ([NOON], {}, False),
        ([datetime(2000, 1, 1)], {}, False),
        ([datetime(1970, 1, 1), NOON - timedelta(minutes=5)], {}, True),
        ([], {"monthly_power_peak_timestamp": datetime(2026, 2, 3, 18, 15)}, True),
        ([], {"monthly_power_peak_timestamp": datetime(2000, 2, 3, 18, 15)}, False),
    ],
)
def test_other_times_that_the_clock_gave_prove_that_it_ran(
    external: list[datetime | None], values: dict[str, datetime], still: bool
) -> None:
    """A P1 whose cable was loose before the program started."""
    meters = tuple(External("gas_meter", None, 1.0, "m3", stamp) for stamp in external)
    house = House(fixed(NOON), now=START.plus(3 * 86400))
    begin = house.now.monotonic
    house.live(200, Measurement({"power_w": 100.0, **values}, meters))
    assert ((begin + 60, "still") in house.heard) is still


def test_an_external_meter_that_counts_on_is_a_change() -> None:
    house = House(fixed(NOON))
    gas = External("gas_meter", None, 1.0, "m3", NOON)
    for hour in range(5):
        house.live(50, Measurement(SAME.values, (External(gas.type, None, float(hour), "m3", NOON),)))
    assert house.heard == [(10, "look")]


def test_a_look_that_fails_is_tried_again_after_a_minute() -> None:
    watch = Standstill(UTC)
    watch.measured(SAME, START)
    assert [second for second in range(200) if watch.wants_look(START.plus(second))] == [10, 70, 130, 190]
