"""The rules on the main fuse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.checks.house import NOON, House, Values, volts
from tui.core.checks.finding import Term, Verdict
from tui.core.model import Role
from tui.core.reading import Value

FULL_WINDOW = 601


def amperes(*phases: float) -> Values:
    """A DSMR 5 meter that sends currents without a sign; negative is export."""
    values: dict[str, Value | None] = {"power_w": 230 * sum(phases), **volts(*[230.0] * len(phases))}
    for phase, current in enumerate(phases, 1):
        values |= {f"current_l{phase}_a": abs(current), f"power_l{phase}_w": current * 230}
    return values


def on_l1(current: Callable[[int], float]) -> Callable[[int], Values]:
    """So much on L1 at a second, and nothing on the others."""
    return lambda second: amperes(current(second), 0, 0)


def cases(house: House, phase: int | None = 1) -> list[str]:
    return [one.case for one in house.findings("fuse.phase") if one.phase == phase]


# ------------------------------------------------------------------ fuse.phase


@pytest.mark.parametrize(
    ("fuse", "current", "case"),
    [
        ("3x25", 0.0, "pass"),
        ("3x25", 19.99, "pass"),
        ("3x25", 20.0, "info"),  # 80 % is not below 80 %
        ("3x25", 25.0, "info"),  # 100 % is not above 100 %
        ("3x25", 25.01, "warn-minute"),
        ("3x25", 31.25, "warn-minute"),
        ("3x25", 31.26, "fail-minute"),
        ("3x25", -20.0, "info"),
        ("3x25", -31.26, "fail-minute"),
        ("1x13", 10.4, "info"),
        ("1x63", 50.3, "pass"),
        ("1x63", 50.4, "info"),
    ],
)
def test_a_minute_has_one_boundary_for_each_verdict(fuse: str, current: float, case: str) -> None:
    house = House(fuse=fuse, start=NOON)
    house.meter(on_l1(lambda second: current))
    assert cases(house.run(FULL_WINDOW)) == [case]


@pytest.mark.parametrize(
    ("current", "minutes", "case"),
    [
        (25.0, 16, "info"),
        (25.1, 14, "warn-minute"),
        (25.1, 15, "fail-quarter"),
        (-25.1, 15, "fail-quarter"),
        (20.0, 59, "info"),
        (20.0, 60, "warn-hour"),
        (-20.0, 60, "warn-hour"),
        (19.9, 61, "pass"),
    ],
)
def test_longer_means_are_rolling_ones(current: float, minutes: int, case: str) -> None:
    house = House()
    house.meter(on_l1(lambda second: current if 100 <= second < 100 + minutes * 60 + 40 else 0.0))
    assert cases(house.run(minutes * 60 + 700)) == [case]


@pytest.mark.parametrize(("high", "case"), [(26.0, "warn-minute"), (26.1, "fail-quarter")])
def test_a_quarter_at_the_fuse_is_inside(high: float, case: str) -> None:
    """Eight minutes of 24.125 A and seven of more, by turns: with 26 A a quarter is 25 A in the mean."""
    house = House()
    house.meter(on_l1(lambda second: (high if (second - 1) // 60 % 15 % 2 else 24.125) if second <= 900 else 0.0))
    assert cases(house.run(1200)) == [case]


@pytest.mark.parametrize("currents", [(-208.4, -104.5, 80.5), (-64.5, 70.0, 0.0)])
def test_its_lines_fit_a_list_for_large_fuses_too(currents: tuple[float, ...]) -> None:
    house = House(fuse="3x80")
    house.meter(amperes(*currents))
    told = [one for one in house.run(3700).findings("fuse.phase") if one.case != "pass"]  # each line is measured
    assert [one.phase for one in told] == [phase for phase, current in enumerate(currents, 1) if current]


def test_a_gap_is_no_load_that_goes_on() -> None:
    """25.1 A for 8 minutes, nothing heard for 5, and 25.1 A for another 8."""
    house = House()
    house.meter(lambda second: None if 480 <= second < 780 else amperes(25.1, 0, 0))
    assert cases(house.run(1260)) == ["warn-minute"]


def test_import_and_export_are_told_apart_and_a_quiet_direction_is_not_told() -> None:
    house = House()
    house.meter(on_l1(lambda second: 21.0 if second < 300 else -26.0))
    assert house.run(FULL_WINDOW).lines("fuse.phase") == [
        "highest 1-min mean 21.0 A in, 84 % of 25 A",
        "highest 1-min mean 26.0 A out, 104 % of 25 A",
        "highest 1-min mean 0.0 A in, 0 % of 25 A",
    ]
    house = House()
    house.meter(on_l1(lambda second: 3.0 if second < 300 else -12.0))
    assert house.run(FULL_WINDOW).lines("fuse.phase") == ["highest 1-min mean 12.0 A out, 48 % of 25 A"]


def test_of_the_phases_with_room_the_fullest_is_told() -> None:
    house = House()
    house.meter(amperes(3.0, -7.0, 21.0))
    assert house.run(FULL_WINDOW).verdicts("fuse.phase") == ["info L3", "pass L2"]


def test_a_load_in_both_directions_within_a_minute_is_no_load_of_the_minute() -> None:
    house = House()
    house.meter(on_l1(lambda second: 40.0 if second % 2 else -40.0))
    assert cases(house.run(FULL_WINDOW)) == ["pass"]


def test_a_pass_needs_a_full_window_and_an_overload_does_not() -> None:
    house = House()
    house.meter(amperes(5.0, 0.0, 32.0))
    assert house.run(60).verdicts("fuse.phase") == ["fail-minute L3", "untestable-so-far L1"]
    assert house.lines("fuse.phase")[1] == "so far 5.0 A in, 20 % of 25 A; needs 10 min"
    assert house.run(FULL_WINDOW - 60).verdicts("fuse.phase") == ["fail-minute L3", "pass L1"]


def test_a_few_seconds_are_no_minute() -> None:
    house = House()
    house.meter(amperes(60.0, 0.0, 0.0))
    assert house.run(30).verdicts("fuse.phase") == ["untestable-no-window"]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (amperes(5.0, 4.0, 3.0), "load-sent"),
        ({**volts(230.0), "power_l1_w": 1150.0}, "load-from-voltage"),
        ({"power_l1_w": 1150.0, "power_l2_w": 0.0, "power_l3_w": 0.0}, "load-from-nominal"),
        (
            {**volts(230.0), "power_l1_w": 1150.0, "current_l1_a": 5.0, "power_l2_w": 800.0, "current_l2_a": 3.0},
            "load-from-nominal",
        ),
    ],
)
def test_it_says_where_the_current_comes_from(values: Values, found: str) -> None:
    house = House()
    house.meter(values)
    first = next(iter(house.run(FULL_WINDOW).findings("fuse.phase")))
    assert first.figure == 5.0
    assert first.values["found"] == Term(found)
    assert house.lines("fuse.phase")


def test_without_a_fuse_nothing_is_guessed() -> None:
    house = House(fuse=None)
    house.meter(amperes(60.0, 0.0, 0.0))
    assert house.run(FULL_WINDOW).verdicts("fuse.phase") == ["untestable-no-fuse"]
    (line,) = house.lines("fuse.phase")
    assert "key f or --fuse 3x25" in line


def test_without_a_neutral_l2_is_not_measured() -> None:
    house = House("be-vlg-3x230", fuse="3x40")
    house.meter({"power_w": -5000.0, "current_l1_a": 33.0, "current_l2_a": 0.0, "current_l3_a": 10.0})
    assert house.run(FULL_WINDOW).verdicts("fuse.phase") == ["info L1", "untestable-not-measured L2", "pass L3"]
    assert house.lines("fuse.phase")[0] == "highest 1-min mean 33.0 A out, 82 % of 40 A"


def test_a_meter_of_one_phase_may_send_the_total_alone() -> None:
    house = House(fuse="1x35")
    house.meter({"power_w": 9200.0})
    assert house.run(60).verdicts("fuse.phase") == ["warn-minute L1"]


def test_the_total_of_three_phases_says_nothing_of_one() -> None:
    house = House()
    house.meter({"power_w": 15000.0})
    assert house.run(FULL_WINDOW).verdicts("fuse.phase") == ["untestable-total-only"]


def test_a_house_without_a_smart_meter_has_no_main_fuse_to_judge() -> None:
    house = House()
    house.meter({"power_w": 15000.0}, "HWE-KWH3")
    assert house.run(60).verdicts("fuse.phase") == ["na"]


@pytest.mark.parametrize(
    ("product", "fuse", "values", "found"),
    [
        ("HWE-KWH3", "3x25", amperes(30.0, 2.0, 2.0), ["warn-minute L1", "untestable-so-far L2"]),
        ("HWE-KWH1", "1x25", {"power_w": 6600.0, "voltage_v": 220.0, "current_a": 31.0}, ["warn-minute L1"]),
        ("HWE-KWH1", "1x25", {"power_w": 6600.0, "voltage_v": 220.0}, ["warn-minute L1"]),
        ("HWE-KWH1", "3x25", {"power_w": 6600.0, "voltage_v": 220.0, "current_a": 31.0}, ["untestable-total-only"]),
    ],
)
def test_a_kwh_meter_with_the_role_grid_stands_for_the_smart_meter(
    product: str, fuse: str, values: Values, found: list[str]
) -> None:
    house = House(fuse=fuse)
    house.meter(values, product, Role.GRID)
    assert house.run(61).verdicts("fuse.phase") == found
    figures = {one.figure for one in house.findings("fuse.phase") if one.case == "warn-minute"}
    assert figures <= {30.0, 31.0}


def test_a_meter_that_never_answered_is_not_judged() -> None:
    house = House()
    house.meter(lambda second: {"energy_import_kwh": 1.0})
    assert house.run(60).verdicts("fuse.phase") == ["untestable-no-current"]
    assert house.lines("fuse.phase")


# ------------------------------------------------------------------ fuse.pv


GROUPS = {"1x25": 16, "1x35": 25, "1x40": 25, "3x25": 16, "3x35": 25, "3x40": 32, "3x63": 40, "3x80": 50}
"""The largest solar group behind each main fuse (checks.md)."""


def solar(current: float, fuse: str | None = "3x25", grid: str | None = "nl", **more: float | None) -> House:
    house = House(grid, fuse)
    house.meter(amperes(1.0))
    values: dict[str, Value | None] = {"power_w": -230 * current, "current_a": current}
    house.meter({**values, **more}, "HWE-KWH1", Role.SOLAR)
    return house


@pytest.mark.parametrize(
    ("fuse", "current", "case"),
    [
        ("3x25", 0.999, "untestable"),
        ("3x25", 1.0, "pass"),
        *(
            (fuse, round(1.05 * group + over, 2), case)
            for fuse, group in GROUPS.items()
            for over, case in ((0.0, "pass"), (0.01, "info"))
        ),
        ("3x50", 99.0, "na"),  # no group is known for it
        (None, 99.0, "na"),
    ],
)
def test_a_solar_group_has_one_boundary_by_its_main_fuse(fuse: str | None, current: float, case: str) -> None:
    house = solar(current, fuse).run(FULL_WINDOW)
    assert house.verdicts("fuse.pv") == [case]
    assert house.lines("fuse.pv")


@pytest.mark.parametrize("grid", [None, "be-vlg"])
def test_a_solar_group_is_judged_in_the_netherlands(grid: str | None) -> None:
    house = solar(20.0, grid=grid).run(FULL_WINDOW)
    assert house.verdicts("fuse.pv") == ["na"]
    assert house.lines("fuse.pv")


def test_of_three_phases_the_highest_counts_and_not_their_sum() -> None:
    house = solar(36.0, current_l1_a=12.0, current_l2_a=-13.0, current_l3_a=11.0).run(FULL_WINDOW)
    (finding,) = house.findings("fuse.pv")
    assert (finding.verdict, finding.figure) == (Verdict.PASS, 13.0)
    assert house.lines("fuse.pv") == ["up to 13.0 A; 16 A group on 3x25"]


def test_a_solar_group_passes_on_a_full_window_only() -> None:
    assert solar(10.0).run(60).verdicts("fuse.pv") == ["untestable-no-window"]
    assert solar(20.0).run(60).verdicts("fuse.pv") == ["info"]
    assert solar(10.0).run(60).lines("fuse.pv")
