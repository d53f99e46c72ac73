"""The voltage along the cable to the inverter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.checks.house import House, Values
from tests.checks.told import untold

RULE = "pv.cable"
OFFSET = 1.7
"""What the two meters differ by without any cable."""


def sunny(second: int) -> float:
    """The power produced: none for 5 minutes, then 3 kW."""
    return 3000.0 if second >= 300 else 0.0


def house(
    rise: float,
    power: Callable[[int], float] = sunny,
    seconds: int = 601,
    volts: bool = True,
    at: int | None = 2,
    late: int = 0,
) -> House:
    """A P1 and an inverter on L2 whose cable adds `rise` at 3 kW; the kWh meter answers `late` seconds after it."""
    one = House()

    def grid(second: int) -> Values:
        own = 238.0 + 4 * power(second) / 3000
        return {"voltage_l1_v": 228.0, "voltage_l2_v": own, "voltage_l3_v": 229.0, "power_l2_w": -power(second)}

    def inverter(second: int) -> Values | None:
        if second < late:
            return None
        own = 238.0 + (4 + rise) * power(second) / 3000 + OFFSET
        return {"power_w": -power(second)} | ({"voltage_v": own} if volts else {})

    one.meter(grid)
    meter = one.meter(inverter, "HWE-KWH1")
    if at is not None:
        one.at_inverter[meter.serial] = at
    return one.run(seconds)


def unseen() -> House:
    """A meter was named that never answered."""
    one = House(at_inverter={"5C2FAF009999": 1})
    one.meter({"voltage_l1_v": 230.0})
    return one.run(61)


CASES: list[tuple[Callable[[], House], list[str]]] = [
    (lambda: house(0.0), ["pass L2"]),
    (lambda: house(2.3), ["pass L2"]),
    (lambda: house(2.31), ["info L2"]),
    (lambda: house(6.9), ["info L2"]),
    (lambda: house(6.91), ["warn L2"]),
    (lambda: house(11.5), ["warn L2"]),
    (lambda: house(11.51), ["fail L2"]),
    (lambda: house(5.0, late=37), ["info L2"]),
    (lambda: house(9.0, power=lambda second: 3000.0), ["untestable-no-range L2"]),
    (lambda: house(9.0, power=lambda second: 0.0), ["untestable-no-range L2"]),
    (lambda: house(9.0, power=lambda second: sunny(second) / 6.01), ["untestable-no-range L2"]),
    (lambda: house(9.0, seconds=420), ["untestable-no-range L2"]),
    (lambda: house(9.0, volts=False), ["untestable-no-voltage L2"]),
    (lambda: house(9.0, at=None), ["na-not-told"]),
    (unseen, ["untestable-not-seen"]),
]


@pytest.mark.parametrize(("one", "cases"), CASES)
def test_the_rise_along_the_cable(one: Callable[[], House], cases: list[str]) -> None:
    expected = [case.removesuffix(" L2") if case.startswith("untestable") else case for case in cases]
    assert one().verdicts(RULE) == expected


def test_the_rise_at_half_power_is_scaled_to_the_highest() -> None:
    def cloudy(second: int) -> float:
        return 0.0 if second < 300 else 3000.0 if second < 360 else 1800.0

    (finding,) = house(6.0, power=cloudy).findings(RULE)
    assert finding.figure == pytest.approx(6.0, abs=0.1)
    assert finding.values["kw"] == pytest.approx(3.0)


def test_another_phase_would_tell_something_else() -> None:
    (finding,) = house(6.0, at=1).findings(RULE)
    assert finding.figure == pytest.approx(10.0, abs=0.1)  # what the supply rises by on L2 is counted in


def test_every_case_was_told() -> None:
    assert untold(RULE, [case for _, cases in CASES for case in cases]) == set()
