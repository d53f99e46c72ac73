"""The rules of the Flemish capacity tariff."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.checks.house import NOON, House, Values
from tui.core.moment import Now
from tui.core.reading import Value

BRUSSELS = ZoneInfo("Europe/Brussels")
PEAK: dict[str, Value] = {"monthly_power_peak_w": 4610.0, "monthly_power_peak_timestamp": datetime(2026, 6, 3, 18, 15)}


def flanders(values: Values, *, grid: str = "be-vlg", start: Now = NOON) -> House:
    house = House(grid=grid, start=start)
    house.meter(values)
    return house


def accumulating(power_w: float) -> Values:
    """What a meter says 7.5 minutes into a quarter-hour with that power all the time."""
    return {**PEAK, "power_w": power_w, "average_power_15m_w": power_w / 2}


def at(day: int, hour: int = 14) -> Now:
    return Now(datetime(2026, 6, day, hour, tzinfo=BRUSSELS).timestamp(), 1000.0)


# ------------------------------------------------------------------ the rule


@pytest.mark.parametrize(("power_w", "case"), [(4500.0, "info"), (4610.0, "info"), (4640.0, "warn"), (-3000.0, "info")])
def test_the_forecast_against_the_peak_of_the_month(power_w: float, case: str) -> None:
    house = flanders({**accumulating(max(power_w, 0.0)), "power_w": power_w}).run(451)
    assert house.verdicts("capacity.peak") == [case]


def test_a_low_peak_counts_as_the_least() -> None:
    low = {"monthly_power_peak_w": 840.0}
    (found,) = flanders({**accumulating(2400), **low}).run(451).findings("capacity.peak")
    assert (found.case, found.limit) == ("info", 2.5)
    (found,) = flanders({**accumulating(2700), **low}).run(451).findings("capacity.peak")
    assert (found.case, found.limit) == ("warn", 2.5)


def test_our_own_integral_where_the_meter_sends_no_mean() -> None:
    house = flanders({**PEAK, "power_w": 2000.0}).run(451)
    (found,) = house.findings("capacity.peak")
    assert found.figure == pytest.approx(2.0, abs=0.02)
    late = flanders({**PEAK, "power_w": 2000.0}, start=NOON.plus(300)).run(300)
    assert late.verdicts("capacity.peak") == ["untestable-no-mean"]


def test_it_is_silent_at_first() -> None:
    house = flanders(accumulating(9000.0))
    assert house.run(119).verdicts("capacity.peak") == ["untestable-new-quarter"]
    assert house.run(1).verdicts("capacity.peak") == ["warn"]


def test_a_kettle_does_not_make_it_jump() -> None:
    house = House(grid="be-vlg")
    house.meter(lambda second: {**PEAK, "average_power_15m_w": 400.0, "power_w": 9000.0 if second > 440 else 800.0})
    assert house.run(451).verdicts("capacity.peak") == ["info"]


@pytest.mark.parametrize(
    "month",
    [
        {"monthly_power_peak_w": None, "monthly_power_peak_timestamp": None},
        {"monthly_power_peak_timestamp": datetime(2026, 5, 30, 18)},
    ],
)
def test_without_a_peak_of_this_month_nothing_is_beaten(month: Values) -> None:
    house = flanders({**accumulating(6000), **month}).run(451)
    assert house.verdicts("capacity.peak") == ["info-beats"]


def test_on_the_first_of_the_month_every_peak_is_new() -> None:
    first = {"monthly_power_peak_timestamp": datetime(2026, 6, 1, 13, 15)}
    assert flanders({**accumulating(6000), **first}, start=at(1)).run(451).verdicts("capacity.peak") == ["info-beats"]
    assert flanders({**accumulating(6000), **first}, start=at(2)).run(451).verdicts("capacity.peak") == ["warn"]


def test_a_silent_meter_has_no_forecast() -> None:
    house = House(grid="be-vlg")
    house.meter(lambda second: accumulating(9000.0) if second < 400 else None)
    assert house.run(440).verdicts("capacity.peak") == ["warn"], "a few lost polls change nothing"
    assert house.run(30).verdicts("capacity.peak") == ["untestable-silent"]


@pytest.mark.parametrize("grid", [None, "nl", "be-wal", "be-bru"])
def test_elsewhere_neither_rule_applies(grid: str | None) -> None:
    house = flanders(accumulating(9000.0), grid=grid or "nl").run(451)
    assert house.verdicts("capacity.peak") == house.verdicts("p1.consent") == ["na"]


# ------------------------------------------------------------------ consent

PHASES: Values = {"power_w": 400.0, "voltage_l1_v": 235.0, "current_l1_a": 1.8}


@pytest.mark.parametrize(
    ("values", "case"),
    [
        (PHASES, "info"),
        ({**PHASES, "average_power_15m_w": 400.0}, "pass"),
        ({**PHASES, **PEAK}, "pass"),
        ({"power_w": 400.0}, "untestable-little"),
    ],
)
def test_consent_is_missed_where_the_peak_is(values: Values, case: str) -> None:
    for grid in ("be-vlg", "be-vlg-3x230"):
        assert flanders(values, grid=grid).run(3).verdicts("p1.consent") == [case]


def test_consent_waits_for_the_second_day_of_a_month() -> None:
    assert flanders(PHASES, start=at(1, 0)).run(3).verdicts("p1.consent") == ["untestable-new-month"]
    assert flanders(PHASES, start=at(1, 23)).run(3).verdicts("p1.consent") == ["untestable-new-month"]
    assert flanders(PHASES, start=at(2, 0)).run(3).verdicts("p1.consent") == ["info"]
