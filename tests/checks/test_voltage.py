"""The rules on the voltage of the supply: slow, fast, unequal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.checks.house import NOON, House, Values, volts
from tests.checks.told import untold
from tui.core.checks.voltage import sequence
from tui.core.model import Role

WINDOW = 601
"""Seconds after which a 10-minute window that began with the first answer is over."""


def house(values: Values | Callable[[int], Values | None], seconds: int = WINDOW, grid: str = "nl") -> House:
    """A house with a P1 that was watched for so long."""
    one = House(grid=grid)
    one.meter(values)
    return one.run(seconds)


def kwh_meters(*roles: Role | None, product: str = "HWE-KWH1") -> House:
    """A house without a P1."""
    one = House()
    for role in roles:
        one.meter({"voltage_v": 254.0, "power_w": 100.0}, product, role)
    return one.run(WINDOW)


@pytest.mark.parametrize(
    ("value", "case"),
    [
        (230.0, "pass-one L1"),
        (253.0, "pass-one L1"),
        (253.1, "fail-high L1"),
        (207.0, "pass-one L1"),
        (206.9, "warn-low L1"),
        (195.5, "warn-low L1"),
        (195.4, "fail-low L1"),
    ],
)
def test_the_slow_voltage_has_one_boundary_each(value: float, case: str) -> None:
    assert house(volts(value)).verdicts("voltage.mean10") == [case]


@pytest.mark.parametrize(
    ("value", "seconds", "case", "line"),
    [
        (230.0, 30, "untestable-no-window L1", "watched 30 s; needs a full 10-min window"),
        (230.0, 60, "untestable-so-far L1", "so far 230.0 to 230.0 V; needs 10 minutes"),
        (253.0, 60, "untestable-so-far L1", "so far 253.0 to 253.0 V; needs 10 minutes"),
        (258.0, 60, "info-high L1", "1-min mean 258.0 V at 14:02, above 253 V"),
        (207.0, 60, "untestable-so-far L1", "so far 207.0 to 207.0 V; needs 10 minutes"),
        (190.0, 60, "info-low L1", "1-min mean 190.0 V at 14:02, below 207 V"),
        (0.0, 60, "untestable-no-window L1", "watched 60 s; needs a full 10-min window"),
    ],
)
def test_before_a_full_window_the_minutes_are_told_without_a_verdict(
    value: float, seconds: int, case: str, line: str
) -> None:
    late = House(start=NOON.plus(90))
    late.meter(volts(value))
    assert late.run(seconds).verdicts("voltage.mean10") == [case]
    assert late.lines("voltage.mean10") == [line]


def test_a_short_window_is_none() -> None:
    late = House(start=NOON.plus(90))
    late.meter(volts(260.0))
    assert late.run(600).verdicts("voltage.mean10") == ["info-high L1"]
    assert late.run(600).verdicts("voltage.mean10") == ["fail-high L1"]


def test_phases_that_pass_share_a_line_and_one_that_does_not_has_its_own() -> None:
    assert house(volts(236.5, 250.4, 240.0)).verdicts("voltage.mean10") == ["pass-one"]
    both = house(volts(236.5, 253.1, 240.0), 1201)
    assert both.verdicts("voltage.mean10") == ["fail-high L2", "pass"]
    _, passed = both.findings("voltage.mean10")
    assert passed.window_s == 1200
    assert passed.values["low"] == 236.5


def test_a_dead_phase_is_not_a_low_one() -> None:
    assert house(volts(230.0, 230.0, 0.0)).verdicts("voltage.mean10") == ["pass-one"]


def test_the_worst_window_of_the_record_is_told_with_its_time() -> None:
    one = house(lambda second: volts(254.0 if second <= 600 else 230.0), 1900)
    (finding,) = one.findings("voltage.mean10")
    assert (finding.figure, finding.window_s) == (254.0, 1800)
    at = finding.values["at"]
    assert not isinstance(at, (str, float, int))
    assert getattr(at, "monotonic", None) == pytest.approx(NOON.monotonic + 600)


@pytest.mark.parametrize(
    ("one", "cases"),
    [
        (lambda: kwh_meters(None, None), ["fail-high L1", "fail-high L1"]),
        (lambda: kwh_meters(None, Role.SOLAR, Role.BATTERY), ["fail-high L1"]),
        (lambda: kwh_meters(None, Role.GRID), ["fail-high L1"]),
        (lambda: kwh_meters(Role.SOLAR), ["untestable-no-meter"]),
        (lambda: kwh_meters(None, product="HWE-SKT"), ["untestable-no-meter"]),
        (lambda: house({"power_w": 100.0}), ["untestable-no-voltage"]),
    ],
)
def test_a_house_without_a_smart_meter_goes_by_its_kwh_meters(one: Callable[[], House], cases: list[str]) -> None:
    assert one().verdicts("voltage.mean10") == cases


def test_a_house_with_a_smart_meter_goes_by_that_alone() -> None:
    one = House()
    one.meter(volts(230.0))
    one.meter({"voltage_v": 256.0, "power_w": -3000.0}, "HWE-KWH1", Role.SOLAR)
    assert one.run(WINDOW).verdicts("voltage.mean10") == ["pass-one L1"]


def test_every_case_of_the_slow_voltage_was_told() -> None:
    tested = ["pass", "pass-one", "warn-low", "fail-low", "fail-high"]
    tested += [f"untestable-{reason}" for reason in ("no-voltage", "no-meter", "no-window", "so-far")]
    tested += ["info-high", "info-low"]
    tested += ["pass-week", "warn-week", "fail-week"]  # in test_before
    assert untold("voltage.mean10", tested) == set()


# ---------------------------------------------------------------------------------------------- fast changes


def jump(to_v: float, amps: float = 2.0, at: int = 100) -> Callable[[int], Values]:
    """A phase that changes once, from 230 V and 2 A."""
    return lambda second: (
        volts(to_v if second >= at else 230.0)
        | {"current_l1_a": amps if second >= at else 2.0, "power_l1_w": 230.0 * (amps if second >= at else 2.0)}
    )


def slow_meter(protocol: float) -> Callable[[int], Values]:
    """The same jump, by a meter of some protocol version."""
    return lambda second: {**jump(220.0)(second), "protocol_version": protocol}


def kwh_jump() -> House:
    """A jump seen by a kWh meter, in a house without a P1."""
    one = House()
    one.meter(lambda s: {"voltage_v": 220.0 if s >= 100 else 230.0, "power_w": 50.0}, "HWE-KWH1")
    return one.run(110)


def asked_every(seconds: float) -> House:
    """A calm supply, and a P1 that is asked so often."""
    one = House()
    one.meter(volts(230.0), interval_s=seconds)
    return one.run(WINDOW)


STEPS = [
    (lambda: asked_every(2.0), ["pass-one"]),
    (lambda: asked_every(2.1), ["untestable-slow"]),
    (lambda: house(jump(223.1)), ["pass-one"]),
    (lambda: house(jump(223.0), 110), ["warn L1"]),
    (lambda: house(jump(237.0), 110), ["warn L1"]),
    (lambda: house(jump(222.9, amps=18.0), 110), ["info L1"]),
    (lambda: house(jump(222.9, amps=4.9), 110), ["warn L1"]),
    (lambda: house(jump(222.9, amps=5.0), 110), ["info L1"]),
    (lambda: house(jump(237.5, amps=18.0), 110), ["warn L1"]),
    (lambda: house(lambda second: volts(220.0 if second >= 100 else 230.0), 110), ["info-elsewhere L1"]),
    (lambda: kwh_jump(), ["info-elsewhere L1"]),
    (lambda: house(volts(230.0), 300), ["untestable-no-window"]),
    (lambda: house(volts(230.0), 1201), ["pass"]),
    (lambda: house(slow_meter(42), WINDOW), ["untestable-slow"]),
    (lambda: house(slow_meter(50), WINDOW), ["warn L1"]),
    (lambda: house({"power_w": 100.0}), ["untestable-no-voltage"]),
    (lambda: kwh_meters(None, product="HWE-SKT"), ["na-no-meter"]),
]


@pytest.mark.parametrize(("one", "cases"), STEPS)
def test_a_fast_change_is_a_warning_only_without_an_own_load(one: Callable[[], House], cases: list[str]) -> None:
    assert one().verdicts("voltage.step") == cases


def test_an_own_load_tells_the_resistance_of_the_supply() -> None:
    (finding,) = house(jump(222.9, amps=18.0), 110).findings("voltage.step")
    assert finding.figure == pytest.approx(7.1)
    assert finding.values["amps"] == 16.0
    assert finding.values["ohm"] == pytest.approx(0.444, abs=0.001)


def test_one_jump_of_each_kind_is_told() -> None:
    def two(second: int) -> Values:
        return jump(222.0, 18.0)(second) if second < 200 else jump(212.0, 18.0, at=0)(second)

    assert house(two, 300).verdicts("voltage.step") == ["warn L1", "info L1"]


def test_every_case_of_the_fast_voltage_was_told() -> None:
    assert untold("voltage.step", [case for _, cases in STEPS for case in cases]) == set()


# ---------------------------------------------------------------------------------------------- unequal phases

UNEQUAL = [
    (lambda: house(volts(243.0, 232.0, 230.0)), ["pass-one"]),
    (lambda: house(volts(243.0, 232.0, 230.0), 1201), ["pass"]),
    (lambda: house(volts(246.0, 230.0, 230.0)), ["warn"]),
    (lambda: house(volts(253.0, 230.0, 230.0)), ["fail"]),
    (lambda: house(volts(230.0, 230.0, 230.0), 300), ["untestable-no-window"]),
    (lambda: house(volts(230.0, 230.0, None)), ["untestable-two-phases"]),
    (lambda: house(volts(230.0, 230.0, 0.0)), ["untestable-two-phases"]),
    (lambda: house({f"power_l{phase}_w": 100.0 for phase in (1, 2, 3)}), ["untestable-no-voltage"]),
    (lambda: house(volts(230.0)), ["na-one-phase"]),
    (lambda: house(volts(253.0, 230.0, 230.0), grid="be-vlg-3x230"), ["na-no-neutral"]),
]


@pytest.mark.parametrize(("one", "cases"), UNEQUAL)
def test_unequal_phases(one: Callable[[], House], cases: list[str]) -> None:
    assert one().verdicts("voltage.unbalance") == cases


def test_every_case_of_unequal_phases_was_told() -> None:
    assert untold("voltage.unbalance", [case for _, cases in UNEQUAL for case in cases]) == set()


@pytest.mark.parametrize(
    ("phases", "pct"),
    [((243.0, 232.0, 230.0), 1.7), ((230.0, 230.0, 230.0), 0.0), ((241.0, 230.0, 230.0), 1.569), ((230.0, 0, 0), 100)],
)
def test_the_negative_sequence(phases: tuple[float, float, float], pct: float) -> None:
    assert sequence(*phases) == pytest.approx(pct, abs=0.05)


@pytest.mark.parametrize(
    ("third", "case"), [(244.0816, "pass-one"), (244.1, "warn"), (251.3402, "warn"), (251.36, "fail")]
)
def test_a_share_at_its_limit_is_inside(third: float, case: str) -> None:
    """Phases a, a and a + d give d / (3a + d): 244.0816 V are 2 %, 251.3402 V are 3 %."""
    assert house(volts(230.0, 230.0, third)).verdicts("voltage.unbalance") == [case]
