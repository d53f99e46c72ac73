"""The rules on the supply: the neutral, the frequency, and what the smart meter counted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.checks.house import House, Values, volts
from tests.checks.told import untold
from tui.core.checks.series import DAY_S

WINDOW = 601


def house(values: Values | Callable[[int], Values | None], seconds: int = WINDOW, grid: str = "nl") -> House:
    """A house with a P1 that was watched for so long."""
    one = House(grid=grid)
    one.meter(values)
    return one.run(seconds)


def apart(high: float, low: float, seconds: int) -> Callable[[int], Values]:
    """L1 high while L3 is low, for so many seconds."""
    return lambda at: volts(high, 230.0, low) if 30 <= at <= 30 + seconds else volts(230.0, 230.0, 230.0)


NEUTRAL: list[tuple[Callable[[], House], list[str]]] = [
    (lambda: house(volts(230.0, 231.0, 229.0), 70), ["pass"]),
    (lambda: house(volts(230.0, 231.0, 229.0), 5), ["untestable-short"]),
    (lambda: house(apart(270.0, 190.0, 5), 70), ["fail"]),
    (lambda: house(apart(270.0, 190.0, 5), 40), ["fail"]),
    (lambda: house(apart(270.0, 190.0, 4), 70), ["pass"]),
    (lambda: house(apart(253.0, 190.0, 9), 70), ["pass"]),
    (lambda: house(apart(253.1, 206.9, 9), 70), ["fail"]),
    (lambda: house(apart(270.0, 207.0, 9), 70), ["pass"]),
    (lambda: house(volts(256.0, 256.0, 0.0), 70), ["pass"]),
    (lambda: house({f"power_l{phase}_w": 100.0 for phase in (1, 2, 3)}, 70), ["untestable-no-voltage"]),
    (lambda: house(volts(270.0), 70), ["na-one-phase"]),
    (lambda: house(apart(270.0, 190.0, 9), 70, "be-vlg-3x230"), ["na-no-neutral"]),
]


@pytest.mark.parametrize(("one", "cases"), NEUTRAL)
def test_a_broken_neutral(one: Callable[[], House], cases: list[str]) -> None:
    assert one().verdicts("neutral.loose") == cases


FINE, APART, ONLY_HIGH = volts(230.0, 230.0, 230.0), volts(270.0, 230.0, 190.0), volts(270.0, 230.0, 230.0)


def told_at(*spans: tuple[int, int, Values | None]) -> Callable[[int], Values | None]:
    """Values from one second up to and including another, and a healthy supply in between."""
    return lambda second: next((values for first, last, values in spans if first <= second <= last), FINE)


@pytest.mark.parametrize(
    ("answers", "case"),
    [
        (told_at((30, 33, APART), (35, 38, APART)), "pass"),  # two short runs are no long one
        (told_at((10, 40, ONLY_HIGH), (41, 43, APART)), "pass"),
        (told_at((31, 39, None), (30, 40, APART)), "pass"),  # two answers are no run
        (told_at((31, 34, None), (36, 39, None), (30, 40, APART)), "fail"),
        (told_at((34, 44, None), (31, 47, APART)), "pass"),  # nor are runs with a gap between
        (told_at((34, 42, None), (31, 47, APART)), "fail"),
        (lambda second: volts(270.0, None, 190.0), "fail"),
    ],
)
def test_a_broken_neutral_takes_one_run_of_answers(answers: Callable[[int], Values | None], case: str) -> None:
    assert house(answers, 70).verdicts("neutral.loose") == [case]


def test_the_longest_run_of_the_day_is_told() -> None:
    one = house(told_at((10, 19, APART), (30, 36, APART)), 70)
    assert [found.window_s for found in one.findings("neutral.loose")] == [9.0]
    one.now = one.now.plus(DAY_S - 60)
    assert one.run(1).verdicts("neutral.loose") == ["fail"]
    one.now = one.now.plus(60)
    assert one.run(61).verdicts("neutral.loose") == ["pass"]


def test_a_broken_neutral_is_told_with_its_phases_long_after() -> None:
    (finding,) = house(apart(270.0, 190.0, 9), 400).findings("neutral.loose")
    assert (finding.figure, finding.window_s, finding.quantity) == (270.0, 9.0, "voltage_l1_v")
    assert (finding.values["high_phase"], finding.values["low_phase"]) == ("L1", "L3")


def test_every_case_of_the_neutral_was_told() -> None:
    assert untold("neutral.loose", [case for _, cases in NEUTRAL for case in cases]) == set()


# ------------------------------------------------------------------------------------------------- frequency


def tuned(*frequencies: float | None, seconds: int = 61) -> House:
    """A P1, and a socket for each frequency."""
    one = House()
    one.meter(volts(230.0))
    for hertz in frequencies:
        one.meter({"frequency_hz": hertz, "power_w": 10.0}, "HWE-SKT")
    return one.run(seconds)


FREQUENCY: list[tuple[Callable[[], House], list[str]]] = [
    (tuned, ["na-not-measured"]),
    (lambda: tuned(None), ["na-not-measured"]),
    (lambda: tuned(50.0, seconds=20), ["untestable-short"]),
    (lambda: tuned(50.0), ["pass"]),
    (lambda: tuned(50.2), ["pass"]),
    (lambda: tuned(50.21), ["info"]),
    (lambda: tuned(49.8), ["pass"]),
    (lambda: tuned(49.79), ["info"]),
    (lambda: tuned(50.5), ["info"]),
    (lambda: tuned(50.51), ["fail"]),
    (lambda: tuned(49.5), ["info"]),
    (lambda: tuned(49.49), ["fail"]),
    (lambda: tuned(49.98, 50.0, 51.0), ["info-odd", "pass"]),
    (lambda: tuned(50.0, 47.0), ["info-odd", "pass"]),
    (lambda: tuned(51.0, 51.02, 51.01), ["fail"]),
    (lambda: tuned(50.1, 50.0, 50.0), ["pass"]),
    (lambda: tuned(50.11, 50.0, 50.0), ["info-odd", "pass"]),
    (lambda: tuned(49.7, 50.3), ["info-odd", "info"]),
]


@pytest.mark.parametrize(("one", "cases"), FREQUENCY)
def test_the_frequency(one: Callable[[], House], cases: list[str]) -> None:
    assert one().verdicts("frequency") == cases


def test_a_device_that_is_off_is_named_and_the_grid_is_not() -> None:
    odd, grid = tuned(49.98, 50.0, 51.0).findings("frequency")
    assert odd.device == "5c2faf000003"
    assert odd.figure == 51.0
    assert grid.device is None
    assert grid.figure == 50.0


def test_a_second_is_no_minute() -> None:
    one = House()
    one.meter(lambda second: {"frequency_hz": 53.0 if second == 30 else 50.0}, "HWE-SKT")
    assert one.run(130).verdicts("frequency") == ["pass"]


def test_every_case_of_the_frequency_was_told() -> None:
    assert untold("frequency", [case for _, cases in FREQUENCY for case in cases]) == set()


# ------------------------------------------------------------------------------------------------- events


def counting(seconds: int = WINDOW, **after: int) -> House:
    """A smart meter that counted 4 failures, 2 sags on L1 and 1 swell on L3, and these `after` 100 s."""
    before = {
        "any_power_fail_count": 4,
        "voltage_sag_l1_count": 2,
        "voltage_sag_l2_count": 0,
        "voltage_swell_l3_count": 1,
    }
    return house(lambda at: volts(230.0, 230.0, 230.0) | before | (after if at >= 100 else {}), seconds)


def no_meter() -> House:
    """A house with a socket."""
    one = House()
    one.meter({"power_w": 10.0}, "HWE-SKT")
    return one.run(20)


EVENTS: list[tuple[Callable[[], House], list[str]]] = [
    (counting, ["pass"]),
    (lambda: counting(300), ["untestable-no-window"]),
    (lambda: counting(300, any_power_fail_count=5), ["warn"]),
    (lambda: counting(voltage_sag_l1_count=3), ["warn L1"]),
    (lambda: counting(voltage_sag_l1_count=3, voltage_sag_l2_count=1), ["warn"]),
    (lambda: counting(voltage_swell_l3_count=2, any_power_fail_count=6), ["warn", "warn L3"]),
    (lambda: counting(any_power_fail_count=0), ["pass"]),
    (lambda: house(volts(230.0)), ["untestable-no-counters"]),
    (lambda: house(volts(230.0) | {"long_power_fail_count": 2}), ["pass"]),
    (no_meter, ["na-no-meter"]),
]


@pytest.mark.parametrize(("one", "cases"), EVENTS)
def test_what_the_meter_counted(one: Callable[[], House], cases: list[str]) -> None:
    assert one().verdicts("supply.events") == cases


def test_what_was_counted_before_is_only_stated() -> None:
    (finding,) = counting().findings("supply.events")
    assert (finding.figure, finding.window_s) == (0.0, 600.0)
    assert finding.values["since_installed"] == 7
    (more,) = counting(voltage_sag_l1_count=5).findings("supply.events")
    assert (more.figure, more.values["since_installed"]) == (3, 5)


def test_a_counter_that_jumps_to_0_and_back_counted_nothing() -> None:
    one = house(lambda at: volts(230.0) | {"any_power_fail_count": 0 if at == 50 else 4 if at < 90 else 5})
    assert one.verdicts("supply.events") == ["pass"]


def test_every_case_of_events_was_told() -> None:
    told = [case for _, cases in EVENTS for case in cases]
    assert untold("supply.events", [*told, "warn-week"]) == set()  # that one in test_before
