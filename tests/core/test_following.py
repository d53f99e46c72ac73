"""Whether batteries follow their target: since when not, what explains it, and when it is a problem."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tui.core.battery.batteries import BOTH, NEITHER, Batteries, Mode, Permission
from tui.core.battery.following import Why, is_off_target, unfollowed_since, why_not
from tui.core.events import BatteriesRead, Measured
from tui.core.fleet import reduce
from tui.core.model import Device, Endpoint, Fleet, Read
from tui.core.moment import Now
from tui.core.reading import Measurement, System

T0 = Now(1_795_267_920.0, 100_000.0)
CHARGE, DISCHARGE = frozenset({Permission.CHARGE}), frozenset({Permission.DISCHARGE})


def group(target: float | None, power: float | None, **more: Any) -> Batteries:
    usual = Batteries(
        mode=Mode.ZERO,
        permissions=BOTH,
        count=1,
        power_w=power,
        target_power_w=target,
        max_consumption_w=800.0,
        max_production_w=800.0,
    )
    return replace(usual, **more)


@pytest.mark.parametrize(
    ("batteries", "off"),
    [
        (group(300, 300), False),
        (group(300, 250), False),
        (group(300, 249), True),
        (group(-300, -351), True),
        (group(800, 720), False),  # 10 %
        (group(800, 719), True),
        (group(2000, 790), False),  # 800 W is all it can
        (group(-2000, -790), False),
        (group(-500, 0), True),
        (group(-500, 0, permissions=CHARGE), False),
        (group(500, 0, permissions=DISCHARGE), False),
        (group(500, 0, permissions=DISCHARGE, mode=Mode.TO_FULL), True),  # there they do not count
        (group(500, 0, permissions=None), True),
        (group(0, 300), True),
        (group(0, 300, mode=Mode.STANDBY), False),
        (group(0, 300, permissions=NEITHER), False),
        (group(500, 0, mode=Mode.STANDBY), True),  # but it has a target
        (group(None, 300), False),
        (group(300, None), False),
        (group(500, 0, max_consumption_w=None), True),
    ],
)
def test_a_group_that_is_not_at_its_target(batteries: Batteries, off: bool) -> None:
    assert is_off_target(batteries) is off


class House:
    """A P1 and a battery, told of by events."""

    def __init__(self, charge: float | None = 50.0, answers: Batteries | None = None) -> None:
        bat = Device("bat", "bat", "HWE-BAT", endpoints=(Endpoint("b", 443, "v2"),), paired=True)
        p1 = Device("p1", "p1", "HWE-P1", endpoints=(Endpoint("p", 443, "v2"),), paired=True)
        self.charge, self.now = charge, T0
        self.fleet = Fleet({one.key: one for one in (p1, bat)}, paired=frozenset({"p1", "bat"}))
        self.answer = answers or group(500, 0)

    def run(self, seconds: int, answer: Batteries | None = None, every: int = 1) -> House:
        self.answer = answer or self.answer
        for _ in range(0, seconds, every):
            self.now = self.now.plus(every)
            sent = {} if self.charge is None else {"state_of_charge_pct": self.charge}
            for serial, values in (("p1", {"power_w": 1.0}), ("bat", {"power_w": 1.0, **sent})):
                measured = Measured(serial, Measurement(values), System(), self.now, None, 1.0)
                self.fleet = reduce(self.fleet, measured)
            self.fleet = reduce(self.fleet, BatteriesRead("p1", self.answer, self.now))
        return self

    def since_s(self) -> float | None:
        """How long the problem has lasted; None if there is none."""
        since = unfollowed_since(self.fleet.devices["p1"], self.fleet, self.now)
        return None if since is None else self.now.age_of(since)


def test_it_is_a_problem_after_five_minutes_and_over_when_the_target_is_met() -> None:
    house = House()
    assert house.run(300).since_s() is None
    assert house.run(1).since_s() == 300
    assert house.run(1, group(500, 480)).since_s() is None
    assert house.run(300, group(500, 0)).since_s() is None  # it begins anew
    assert house.run(1).since_s() == 300


def test_a_push_that_tells_only_the_target_goes_on_with_the_power_told_before() -> None:
    house = House().run(200).run(101, Batteries(target_power_w=400.0))
    assert house.since_s() == 300


def test_nothing_is_claimed_after_a_pause_or_of_old_answers() -> None:
    house = House().run(301)
    assert house.since_s() == 300
    house.now = house.now.plus(61)
    assert house.since_s() is None  # nothing new
    assert house.run(1).since_s() is None  # and nobody knows what was in between
    assert House().run(600, every=60).since_s() == 540


@pytest.mark.parametrize(
    ("charge", "answer", "why"),
    [
        (50, group(500, 0), None),
        (98, group(500, 0), Why.FULL),
        (97, group(500, 200), None),
        (98, group(-500, 0), None),
        (2, group(-500, -100), Why.EMPTY),
        (3, group(-500, -100), None),
        (None, group(500, 0), Why.UNKNOWN),  # a battery that is not paired: it may be full
        (None, group(500, -200), None),  # but it would not go the other way
        (None, group(500, 700), None),
        (50, group(500, 0, count=2), Why.UNKNOWN),
        (50, group(500, 0, count=None), None),  # API 2.1.0 does not tell how many there are
        (98, group(0, -300), None),  # full, and yet it has no reason to discharge
        (2, group(0, 300), None),
        (98, group(300, 500), None),  # full, and yet it charges too much
        (2, group(-300, -500), None),
        (50, group(500, 0, permissions=None, max_consumption_w=0.0), Why.LIMIT),
        (50, group(850, 790), None),
        (50, group(2000, None), None),
        (50, group(2000, 790), Why.LIMIT),
        (50, group(-500, 0, permissions=CHARGE), Why.PERMISSION),
        (50, group(500, 480), None),
        (50, group(None, 480), None),
    ],
)
def test_what_explains_it(charge: float | None, answer: Batteries, why: Why | None) -> None:
    house = House(charge).run(301, answer)
    assert why_not(answer, house.fleet, house.now) is why
    assert (house.since_s() is not None) is (is_off_target(answer) and why is None)


def test_another_meter_is_not_concerned() -> None:
    house = House().run(301)
    assert unfollowed_since(house.fleet.devices["bat"], house.fleet, house.now) is None
    assert unfollowed_since(Device("x", batteries=Read(group(500, 0), T0)), house.fleet, T0) is None
