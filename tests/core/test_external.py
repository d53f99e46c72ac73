"""Meters behind the smart meter: names, keys and flows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tui.core.external import earlier_of, earlier_values, flow, is_left_over, keyed, kind_name
from tui.core.model import External

NOON = datetime(2026, 11, 21, 12, 0)
GAS = External("gas_meter", "a", 100.0, "m3", NOON)


def later(meter: External, minutes: float, by: float) -> External:
    assert meter.timestamp is not None
    return replace(meter, timestamp=meter.timestamp + timedelta(minutes=minutes), value=meter.value + by)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("gas_meter", "Gas"), ("inlet_heat_meter", "Inlet heat"), ("steam_meter", "Steam"), ("odd", "Odd")],
)
def test_a_kind_has_a_name(kind: str, name: str) -> None:
    assert kind_name(kind) == name


def test_meters_with_the_same_id_are_told_apart() -> None:
    meters = GAS, GAS, replace(GAS, type="water_meter"), replace(GAS, unique_id=None)
    assert len(keyed(meters)) == 4


@pytest.mark.parametrize(
    ("minutes", "by", "unit", "expected"),
    [
        (5, 0.035, "m3", (0.42, "m3/h")),
        (60, 0.0, "m3", (0.0, "m3/h")),
        (60, 0.036, "GJ", (10.0, "kW")),
        (0, 0.035, "m3", None),
        (-5, 0.035, "m3", None),
        (5, -0.001, "m3", None),  # a total that fell
        (5, 1.0, "l", None),
        (5, 1.0, None, None),
    ],
)
def test_a_flow_is_the_mean_since_the_value_before(
    minutes: float, by: float, unit: str | None, expected: tuple[float, str] | None
) -> None:
    first = replace(GAS, unit=unit)
    result = flow(later(first, minutes, by), first)
    if expected is None:
        assert result is None
    else:
        assert result is not None
        assert result[0] == pytest.approx(expected[0])
        assert result[1] == expected[1]


def test_a_flow_needs_two_times() -> None:
    assert flow(GAS, None) is None
    assert flow(GAS, replace(GAS, timestamp=None)) is None
    assert flow(replace(GAS, timestamp=None), GAS) is None


def test_the_earlier_value_is_kept_until_a_newer_one_takes_its_place() -> None:
    first, second, third = GAS, later(GAS, 5, 0.1), later(GAS, 10, 0.3)
    (key,) = keyed((GAS,))
    earlier = earlier_values((), (first,), (first,))
    assert earlier == ()
    earlier = earlier_values(earlier, (first,), (second,))
    assert earlier_of(key, earlier) == first
    earlier = earlier_values(earlier, (second,), (second,))
    assert earlier_of(key, earlier) == first
    earlier = earlier_values(earlier, (second,), (third,))
    assert earlier_of(key, earlier) == second
    assert earlier_values(earlier, (third,), ()) == ()


@pytest.mark.parametrize(
    ("other", "left_over"),
    [
        (later(GAS, 60 * 24 * 30, 1), True),
        (later(GAS, 5, 1), False),
        (replace(later(GAS, 60 * 24 * 30, 1), type="water_meter"), False),
    ],
)
def test_an_old_meter_is_left_over_beside_a_newer_one_of_its_kind(other: External, left_over: bool) -> None:
    assert is_left_over(GAS, (GAS, other)) is left_over
    assert not is_left_over(other, (GAS, other))
