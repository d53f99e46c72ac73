"""The rules on voltage."""

from __future__ import annotations

import pytest

from tests.checks.house import House, volts


@pytest.mark.parametrize(
    ("value", "case"),
    [
        (230.0, "pass L1"),
        (253.0, "pass L1"),
        (253.1, "fail-high L1"),
        (207.0, "pass L1"),
        (206.9, "warn-low L1"),
        (195.5, "warn-low L1"),
        (195.4, "fail-low L1"),
    ],
)
def test_the_slow_voltage_has_one_boundary_each(value: float, case: str) -> None:
    house = House()
    house.meter(volts(value))
    assert house.run(601).verdicts("voltage.mean10") == [case]


def test_without_a_full_window_there_is_no_verdict() -> None:
    house = House(start=House().start.plus(90))
    house.meter(volts(260.0))
    assert house.run(600).verdicts("voltage.mean10") == ["untestable-no-window L1"]
    assert house.run(600).verdicts("voltage.mean10") == ["fail-high L1"]
