"""How often a device started anew in the last day."""

from __future__ import annotations

import pytest

from tests.checks.house import House, Meter
from tests.checks.told import untold
from tui.core.checks.record import RESTARTS
from tui.core.checks.recorder import Recorder
from tui.core.events import SystemRead
from tui.core.reading import System

RULE = "link.restarts"


def says(house: House, meter: Meter, up_s: float | None) -> None:
    house.tell(SystemRead(meter.serial, System(wifi_rssi_db=-60.0, uptime_s=up_s), house.now))


def house(restarts: int, every_s: int = 60) -> House:
    """A P1 that has been up for a day and then restarts so often."""
    one = House()
    meter = one.meter({"power_w": 100.0}, wifi_pct=None)
    one.run(2)
    says(one, meter, 86_400)
    for _ in range(restarts):
        says(one.run(every_s), meter, 5)
    return one.run(30)


@pytest.mark.parametrize(("restarts", "case"), [(0, "pass"), (1, "info"), (2, "info"), (3, "warn"), (20, "warn")])
def test_three_restarts_are_too_many(restarts: int, case: str) -> None:
    one = house(restarts)
    assert one.verdicts(RULE) == [case]
    (found,) = one.findings(RULE)
    assert found.figure == min(restarts, RESTARTS)


def test_those_of_yesterday_are_forgotten() -> None:
    one = house(3)
    meter = one.meters[0]
    one.now = one.now.plus(86_400)
    assert one.run(2).verdicts(RULE) == ["pass"]
    says(one, meter, 5)
    assert one.verdicts(RULE) == ["info"]


def test_who_watches_only_from_then_on_does_not_count_what_was_before() -> None:
    one = house(3)
    one.recorder = Recorder(one.now, one.profile)
    one.run(30)
    assert one.verdicts(RULE) == ["pass"]


def test_a_device_that_does_not_tell_its_uptime_is_not_judged() -> None:
    one = House()
    meter = one.meter({"power_w": 100.0})
    one.run(30)
    assert one.verdicts(RULE) == ["na"]
    says(one, meter, None)
    assert one.verdicts(RULE) == ["na"]


def test_every_sentence_is_told() -> None:
    assert (
        untold(RULE, [case for one in (House(), house(0), house(1), house(3)) for case in one.verdicts(RULE)]) == set()
    )
