"""The rules on phases: feed-in on one, and one that is not there; and what they make of bad data."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.checks.house import House, Values, volts
from tests.checks.told import untold
from tui.core.model import Role
from tui.core.reading import Value

WINDOW = 601
LIVE = volts(230.0, 231.0, 229.0)


def watts(*phases: float) -> dict[str, Value | None]:
    """The powers of L1, L2 and L3."""
    return {"power_w": sum(phases), **{f"power_l{phase}_w": value for phase, value in enumerate(phases, 1)}}


def house(
    values: Values | Callable[[int], Values | None],
    seconds: int = WINDOW,
    grid: str | None = "nl",
    fuse: str | None = "3x25",
) -> House:
    """A house with a P1 that was watched for so long."""
    one = House(grid=grid, fuse=fuse)
    one.meter(values)
    return one.run(seconds)


def kwh_meter(role: Role | None = None) -> House:
    """A house with only a three-phase kWh meter."""
    one = House()
    one.meter(LIVE | watts(-6000.0, 10.0, 10.0), "HWE-KWH3", role)
    return one.run(WINDOW)


SKEW: list[tuple[Callable[[], House], list[str]]] = [
    (lambda: house(watts(-4499.0, 200.0, 100.0)), ["pass-one"]),
    (lambda: house(watts(300.0, 200.0, 100.0), 1201), ["pass"]),
    (lambda: house(watts(-4500.0, 200.0, 100.0)), ["info L1"]),
    (lambda: house(watts(100.0, -5250.0, 100.0)), ["info L2"]),
    (lambda: house(watts(100.0, 100.0, -5251.0)), ["warn L3"]),
    (lambda: house(watts(-9000.0, 100.0, 100.0), grid=None), ["warn L1"]),
    (lambda: house(watts(9000.0, 100.0, 100.0)), ["pass-one"]),
    (lambda: house(watts(-9000.0, 100.0, 100.0), 300), ["untestable-so-far L1"]),
    (lambda: house(watts(9000.0, 100.0, 100.0), 60, grid="be-wal"), ["untestable-so-far"]),
    (lambda: house(watts(-9000.0, 100.0, 100.0), 30), ["untestable-no-window"]),
    (lambda: house(watts(-5000.0, 100.0, 100.0), grid="be-wal"), ["pass-difference-one"]),
    (lambda: house(watts(-5001.0, 100.0, 100.0), grid="be-wal"), ["warn-difference L1"]),
    (lambda: house(watts(-5000.0, 100.0, 100.0), grid="be-vlg"), ["pass-difference-one"]),
    (lambda: house(watts(-5001.0, 100.0, 100.0), grid="be-vlg"), ["warn-difference L1"]),
    (lambda: house(watts(-5000.0, 100.0, 100.0), grid="be-bru"), ["pass-difference-one"]),
    (lambda: house(watts(-5001.0, 100.0, 100.0), grid="be-bru"), ["warn-difference L1"]),
    (lambda: house(watts(-5000.1, -0.1, -0.1), grid="be-wal"), ["pass-difference-one"]),
    (lambda: house(watts(-6000.0, -1000.0, -2000.0), 1201, grid="be-bru"), ["pass-difference"]),
    (lambda: house(watts(7400.0, 100.0, 100.0), grid="be-vlg"), ["pass-difference-one"]),
    (lambda: house(LIVE | {"power_w": -9000.0}), ["untestable-no-power"]),
    (lambda: house({"power_w": -9000.0, "voltage_l1_v": 230.0}), ["na-one-phase"]),
    (lambda: house(watts(-9000.0, 100.0, 100.0), grid="be-vlg-3x230"), ["na-no-neutral"]),
    (kwh_meter, ["na-no-meter"]),
    (lambda: kwh_meter(Role.GRID), ["warn L1"]),
    (lambda: kwh_meter(Role.SOLAR), ["na-no-meter"]),
]


@pytest.mark.parametrize(("one", "cases"), SKEW)
def test_feed_in_on_one_phase(one: Callable[[], House], cases: list[str]) -> None:
    assert one().verdicts("phase.skew") == cases


def test_every_case_of_feed_in_was_told() -> None:
    assert untold("phase.skew", [case for _, cases in SKEW for case in cases]) == set()


def dies(value: float | None, since: int = 100) -> Callable[[int], Values]:
    """L3 goes to that voltage, or is sent no more."""
    return lambda second: volts(230.0, 231.0, 229.0 if second < since else value)


def hiccup(value: float | None, seconds: int) -> Callable[[int], Values]:
    """L3 is so for some seconds only."""
    return lambda second: volts(230.0, 231.0, value if 100 <= second < 100 + seconds else 229.0)


def belgian(third_a: float, second_a: float | None = 0.0) -> Values:
    """A 3x230 V house by its meter: two wattmeters, so that L2 has no current, whatever the house draws."""
    return LIVE | {"power_w": 1400.0, "current_l1_a": 5.0, "current_l2_a": second_a, "current_l3_a": third_a}


def one_phase_kwh_meter() -> House:
    """A kWh meter of one phase stands for the smart meter of a house that is said to have three."""
    one = House()
    one.meter({"voltage_v": 230.0, "power_w": 500.0, "current_a": 2.2}, "HWE-KWH1", Role.GRID)
    return one.run(61)


MISSING: list[tuple[Callable[[], House], list[str]]] = [
    (lambda: house(LIVE, 61), ["pass"]),
    (lambda: house(LIVE, 30), ["untestable-short"]),
    (lambda: house(LIVE | watts(500.0, 0.0, 0.0), 61), ["pass"]),
    (lambda: house(volts(230.0, 231.0, 115.0), 61), ["pass"]),
    (lambda: house(volts(230.0, 231.0, 114.9), 61), ["fail L3"]),
    (lambda: house(volts(230.0, 231.0, 0.0), 61), ["fail L3"]),
    (lambda: house(volts(230.0, 231.0, 60.0), 61, fuse=None), ["fail L3"]),
    (lambda: house(dies(40.0), 400), ["fail L3"]),
    (lambda: house(hiccup(0.0, 20), 400), ["pass"]),
    (lambda: house(hiccup(None, 40), 400), ["pass"]),
    (lambda: house(dies(None), 150), ["pass"]),
    (lambda: house(dies(None), 170), ["fail-gone L3"]),
    (lambda: house(volts(230.0, 231.0), 61, fuse=None), ["fail-never L3"]),
    (lambda: house(volts(230.0), 61), ["warn-one-phase"]),
    (lambda: house(volts(230.0) | watts(500.0, 0.0, 0.0), 61), ["fail-never L2", "fail-never L3"]),
    (lambda: house(volts(230.0), 61, fuse="1x35"), ["na-one-phase"]),
    (lambda: house(volts(230.0), 61, fuse=None), ["na-one-phase"]),
    (lambda: house(volts(230.0, 0.0, 0.0), 61, fuse="1x35"), ["na-one-phase"]),
    (lambda: house(volts(230.0, 114.9, 0.0), 61, fuse="1x35"), ["na-one-phase"]),
    (lambda: house(volts(230.0, 115.0, 0.0), 61, fuse="1x35"), ["fail L3"]),
    (lambda: house(LIVE, 61, fuse="1x35"), ["pass"]),
    (lambda: house(watts(500.0, 0.0, 0.0), 61), ["untestable-no-voltage"]),
    (lambda: house(volts(231.0, None, 232.0), 61, "be-vlg-3x230"), ["pass"]),
    (lambda: house(volts(231.0, 0.0, 232.0), 61, "be-vlg-3x230"), ["pass"]),
    (lambda: house(dies(40.0), 400, "be-vlg-3x230"), ["fail L3"]),
    (lambda: house(belgian(4.0), 61, None), ["info-no-neutral L2", "pass"]),
    (lambda: house(belgian(4.0, None), 61, None), ["info-no-neutral L2", "pass"]),
    (lambda: house(belgian(0.4), 61, None), ["pass"]),
    (lambda: house(belgian(4.0, 0.1), 61, None), ["pass"]),
    (lambda: house(belgian(4.0), 61, "nl"), ["pass"]),
    (kwh_meter, ["na-no-meter"]),
    (lambda: kwh_meter(Role.GRID), ["pass"]),
    (one_phase_kwh_meter, ["warn-one-phase"]),
]


@pytest.mark.parametrize(("one", "cases"), MISSING)
def test_a_phase_that_is_not_there(one: Callable[[], House], cases: list[str]) -> None:
    assert one().verdicts("phase.missing") == cases


def test_every_case_of_a_missing_phase_was_told() -> None:
    assert untold("phase.missing", [case for _, cases in MISSING for case in cases]) == set()


def test_a_dead_phase_is_that_and_nothing_else() -> None:
    one = house(volts(230.0, 231.0, 40.0) | watts(300.0, 200.0, 0.0))
    rules = ("voltage.mean10", "voltage.step", "voltage.unbalance", "neutral.loose", "phase.skew", "phase.missing")
    bad = [case for rule in rules for case in one.verdicts(rule) if case.startswith(("fail", "warn", "info"))]
    assert bad == ["fail L3"]
