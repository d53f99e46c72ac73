"""What is shown at once, and what waits for the next second."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tui.core.battery.batteries import NEITHER, Batteries, Mode
from tui.core.events import (
    Added,
    BatteriesRead,
    ClockStood,
    Configured,
    Event,
    Failed,
    Identified,
    Measured,
    Noted,
    SwitchRead,
    SystemRead,
)
from tui.core.fleet import reduce
from tui.core.model import DeviceSetting, Endpoint, Fleet, State
from tui.core.moment import Now
from tui.core.news import is_news
from tui.core.reading import Identity, Measurement, Switch, System

HERE = Endpoint("192.168.1.20")
SOCKET = Identity("5c2faf000001", "HWE-SKT")
START = Now(1_800_000_000.0, 0.0)


def at(seconds: float) -> Now:
    return START.plus(seconds)


def measured(seconds: float, power: float = 1.0) -> Measured:
    return Measured(SOCKET.serial, Measurement({"power_w": power}), System(), at(seconds), 0.01, 1.0)


def failed(seconds: float, kind: State = State.SILENT) -> Failed:
    return Failed(HERE, kind, "no answer", at(seconds))


def switched(seconds: float, on: bool) -> SwitchRead:
    return SwitchRead(SOCKET.serial, Switch(on, False), at(seconds))


def told(seconds: float, power_w: float = 0.0, **more: Any) -> BatteriesRead:
    group = Batteries(mode=Mode.ZERO, power_w=power_w, target_power_w=-power_w)
    return BatteriesRead(SOCKET.serial, replace(group, **more), at(seconds))


NAMED = Identified(HERE, SOCKET, at(0))


@pytest.mark.parametrize(
    ("before", "event", "news"),
    [
        ([], Added(HERE, at(0)), True),
        ([], NAMED, True),
        ([], Noted("clock", "it jumped", at(0)), True),
        ([], measured(0), False),  # of nobody
        ([NAMED], Identified(HERE, SOCKET, at(60)), False),  # it says again what is known
        ([NAMED], measured(0), True),
        ([NAMED, measured(0)], measured(1), False),
        ([NAMED, measured(0)], measured(1, 900.0), False),
        ([NAMED, measured(0)], measured(9), True),  # late values are fresh again
        ([NAMED, measured(0)], Configured(SOCKET.serial, DeviceSetting("Freezer")), True),
        ([NAMED, measured(0)], failed(1), False),  # one lost poll is not a state
        ([NAMED, measured(0)], failed(90), False),  # silent it was before, by its age
        ([NAMED], failed(1, State.BAD_ANSWER), True),
        ([NAMED, measured(0)], failed(1, State.API_DISABLED), True),
        ([NAMED, measured(0), failed(1, State.API_DISABLED)], failed(2, State.API_DISABLED), False),
        ([NAMED, measured(0), failed(1, State.API_DISABLED)], measured(3), True),
        ([NAMED, measured(0)], switched(1, True), True),
        ([NAMED, measured(0), switched(1, True)], switched(5, True), False),
        ([NAMED, measured(0), switched(1, True)], switched(5, False), True),
        ([NAMED, measured(0)], told(1), True),
        ([NAMED, measured(0), told(1)], told(2, 700.0), False),
        ([NAMED, measured(0), told(1)], told(2, mode=Mode.STANDBY), True),
        ([NAMED, measured(0), told(1)], told(2, permissions=NEITHER), True),
        ([NAMED, measured(0), told(1)], told(2, count=2), True),
        ([NAMED, measured(0)], SystemRead(SOCKET.serial, System(wifi_strength_pct=50.0), at(1)), False),
        ([NAMED, measured(0), measured(60)], ClockStood(SOCKET.serial, True, at(61)), True),
        (
            [NAMED, measured(0), measured(60), ClockStood(SOCKET.serial, True, at(61))],
            ClockStood(SOCKET.serial, True, at(62)),
            False,
        ),
    ],
)
def test_what_a_person_waits_for_is_news(before: list[Event], event: Event, news: bool) -> None:
    fleet = Fleet()
    for earlier in before:
        fleet = reduce(fleet, earlier)
    assert is_news(event, fleet, reduce(fleet, event)) is news


def test_what_changes_nothing_is_no_news() -> None:
    fleet = reduce(Fleet(), Noted("clock", "it jumped", at(0)))
    again = Noted("clock", "it jumped", at(1))
    assert not is_news(again, fleet, reduce(fleet, again))
