"""Will the inverter trip: its own meter, else the phases of the connection that export."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.checks.house import NOON, House, Values, volts
from tests.checks.told import untold
from tui.core.checks.finding import Term
from tui.core.model import Role

RULE = "voltage.inverter"
WINDOW = 601


def exporting(value: float, seconds: int = WINDOW, watts: float = -2900.0, grid: str = "nl") -> House:
    """A P1 whose L1 feeds in at a voltage, while L2 and L3 draw at another that no inverter sees."""
    one = House(grid=grid)
    one.meter(volts(value, 252.0, 252.0) | {"power_l1_w": watts, "power_l2_w": 400.0, "power_l3_w": 100.0})
    return one.run(seconds)


def with_solar(
    solar: Values, p1: Values | None = None, product: str = "HWE-KWH1", seconds: int = WINDOW, phase: int | None = None
) -> House:
    """A P1 that exports at 252 V on L1 and L2, and a solar meter; perhaps it is known on which phase that is."""
    one = House()
    one.meter(volts(252.0, 252.0, 230.0) | {"power_l1_w": -900.0, "power_l2_w": -900.0} if p1 is None else p1)
    meter = one.meter(solar, product, Role.SOLAR)
    if phase is not None:
        one.at_inverter[meter.serial] = phase
    return one.run(seconds)


def for_a_minute(value: float) -> Callable[[int], Values]:
    """One minute at that voltage, and 240 V around it: no 10-minute mean is high."""
    return lambda second: volts(value if 120 <= second <= 182 else 240.0) | {"power_w": -2000.0}


def short(value: float, grid: str = "nl") -> House:
    """What a minute at that voltage makes."""
    one = House(grid=grid)
    one.meter(for_a_minute(value))
    return one.run(WINDOW)


PRODUCING = {"voltage_v": 244.0, "power_w": -1500.0}
CASES: list[tuple[Callable[[], House], list[str]]] = [
    (lambda: exporting(247.9), ["pass-one L1"]),
    (lambda: exporting(240.0, 1201), ["pass L1"]),
    (lambda: exporting(248.0), ["info L1"]),
    (lambda: exporting(250.0), ["info L1"]),
    (lambda: exporting(250.1), ["warn L1"]),
    (lambda: exporting(253.0), ["warn L1"]),
    (lambda: exporting(253.1), ["fail L1"]),
    (lambda: exporting(254.0, 90), ["warn L1"]),
    (lambda: exporting(240.0, 90), ["untestable-so-far"]),
    (lambda: with_solar(PRODUCING, seconds=30), ["untestable-no-window"]),
    (lambda: exporting(240.0, watts=-50.0), ["na-no-export"]),
    (lambda: exporting(240.0, watts=-50.1), ["pass-one L1"]),
    (lambda: short(247.9), ["pass-one L1"]),
    (lambda: short(248.0), ["info L1"]),
    (lambda: short(250.1), ["warn L1"]),
    (lambda: short(253.1), ["warn L1"]),
    (lambda: short(264.5, "be-vlg"), ["warn L1"]),
    (lambda: short(264.6, "be-vlg"), ["fail-stage2 L1"]),
    (lambda: short(264.5, "be-wal"), ["warn L1"]),
    (lambda: short(264.6, "be-wal"), ["fail-stage2 L1"]),
    (lambda: short(264.5, "be-bru"), ["warn L1"]),
    (lambda: short(264.6, "be-bru"), ["fail-stage2 L1"]),
    (lambda: short(264.6), ["warn L1"]),
    (lambda: exporting(253.1, grid="be-wal"), ["fail L1"]),
    (lambda: exporting(252.0, grid="be-bru-3x230", watts=-50.1), ["na-no-export"]),
    (lambda: with_solar(PRODUCING), ["pass-one"]),
    (lambda: with_solar({"voltage_v": 253.1, "power_w": -1500.0}), ["fail"]),
    (lambda: with_solar({"voltage_v": 251.0, "power_w": 3.0}), ["warn"]),
    (lambda: with_solar({"voltage_v": 240.0, "power_w": 3.0}), ["untestable-no-export"]),
    (lambda: with_solar(PRODUCING, phase=1), ["warn L2", "pass-one"]),
    (lambda: with_solar({"power_w": -1500.0}), ["warn L1", "warn L2"]),
    (lambda: with_solar({"power_w": -1500.0}, {"power_w": 200.0}), ["untestable-no-export"]),
    (lambda: with_solar({"power_w": -1500.0}, {"power_w": -200.0}), ["untestable-no-voltage"]),
    (lambda: with_solar(volts(240, 251, 240) | {"power_l1_w": -900.0}, product="HWE-KWH3"), ["warn L2", "pass-one L1"]),
]


@pytest.mark.parametrize(("one", "cases"), CASES)
def test_each_limit_has_one_side(one: Callable[[], House], cases: list[str]) -> None:
    expected = [case.removesuffix(" L1") if case.startswith("untestable") else case for case in cases]
    assert one().verdicts(RULE) == expected


def test_every_case_was_told() -> None:
    assert untold(RULE, [case for _, cases in CASES for case in cases]) == set()


def test_a_warning_names_the_10_minute_mean_and_the_power_where_that_is_enough() -> None:
    (finding,) = exporting(250.4).findings(RULE)
    assert finding.figure == pytest.approx(250.4)
    assert finding.window_s == 600
    assert finding.values["mean"] == Term("mean_10_min")
    assert finding.values["out_kw"] == pytest.approx(2.9)
    assert finding.values["place"] == Term("at_connection")


def test_a_minute_is_named_with_its_own_time_and_power() -> None:
    one = House()
    one.meter(lambda s: volts(251.0 if 120 <= s <= 182 else 240.0) | {"power_w": -2500.0 if 120 <= s <= 182 else 300.0})
    (finding,) = one.run(WINDOW).findings(RULE)
    at = finding.values["at"]
    assert finding.values["mean"] == Term("mean_1_min")
    assert finding.values["out_kw"] == pytest.approx(2.5)
    assert getattr(at, "monotonic", None) == NOON.monotonic + 180


def test_a_three_phase_inverter_on_3x230_goes_by_the_total() -> None:
    one = House(grid="be-vlg-3x230")
    one.meter(volts(231.0, None, 249.0) | {"power_w": -3000.0})
    assert one.run(WINDOW).verdicts(RULE) == ["info L3", "pass-one L1"]
