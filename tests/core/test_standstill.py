"""When a P1 may be called frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tui.core.model import External, Measurement
from tui.core.moment import Now
from tui.core.standstill import Standstill

NOON = datetime(2026, 3, 1, 12, 0, 0)
LATER = datetime(2026, 3, 1, 12, 0, 13)
SAME = Measurement({"power_w": 100.0})
START = Now(0.0, 0.0)
OTHER = Measurement({"power_w": 101.0})


@dataclass
class House:
    """A P1 that is measured every second and whose telegram shows `clock`."""

    clock: datetime | None = NOON
    watch: Standstill = field(default_factory=Standstill)
    now: Now = START
    heard: list[tuple[float, str]] = field(default_factory=list)
    """Looks, and the verdicts they gave."""

    def live(self, seconds: int, measurement: Measurement = SAME) -> None:
        for _ in range(seconds):
            if self.watch.measured(measurement, self.now):
                self.heard.append((self.now.monotonic, "disproved"))
            if self.watch.wants_look(self.now):
                verdict = self.watch.looked(self.clock, self.now)
                word = {None: "look", True: "still", False: "moving"}[verdict]
                self.heard.append((self.now.monotonic, word))
            self.now = self.now.plus(1)


def test_a_clock_that_stands_still_over_twelve_seconds_is_told_once_and_looked_at_every_minute() -> None:
    house = House()
    house.live(200)
    assert house.heard == [(60, "look"), (72, "still"), (132, "look"), (192, "look")]


def test_new_values_end_a_standstill_and_start_a_new_minute() -> None:
    house = House()
    house.live(80)
    house.live(1, OTHER)
    house.live(70, OTHER)
    assert house.heard == [(60, "look"), (72, "still"), (80, "disproved"), (140, "look")]


def test_new_values_disprove_nothing_that_was_not_claimed() -> None:
    house = House()
    house.live(65)
    house.live(3, OTHER)
    assert house.heard == [(60, "look")]


def test_a_clock_that_moves_clears_the_meter_for_ten_minutes() -> None:
    house = House()
    house.live(61)
    house.clock = LATER
    house.live(680)
    assert house.heard == [(60, "look"), (72, "moving"), (672, "look"), (684, "still")]


def test_a_frozen_clock_that_moves_again_is_told_though_the_values_stay() -> None:
    house = House()
    house.live(80)
    house.clock = LATER
    house.live(120)
    assert house.heard == [(60, "look"), (72, "still"), (132, "moving")]


def test_a_telegram_without_a_clock_is_asked_once_until_the_values_change() -> None:
    house = House(clock=None)
    house.live(400)
    assert house.heard == [(60, "look")]
    house.live(62, OTHER)
    assert house.heard == [(60, "look"), (460, "look")]


def test_an_external_meter_that_counts_on_is_a_change() -> None:
    house = House()
    gas = External("gas_meter", None, 1.0, "m3", NOON)
    for hour in range(5):
        house.live(50, Measurement(SAME.values, (External(gas.type, None, float(hour), "m3", NOON),)))
    assert house.heard == []


def test_a_look_that_fails_is_tried_again_after_a_minute() -> None:
    watch = Standstill()
    watch.measured(SAME, START)
    assert [second for second in range(200) if watch.wants_look(START.plus(second))] == [60, 120, 180]
