"""The worst that the record has of a grid meter, for its panel."""

from __future__ import annotations

import pytest

from tests.checks.house import NOON, House
from tui.core.checks.record import Observed
from tui.core.checks.worst import Worst, worst_of


def seen(house: House, key: str = "5c2faf000000") -> Worst:
    observed = house.recorder.observed(key, house.now)
    assert observed
    return worst_of(observed, house.now)


def loads(*watts: float) -> dict[str, float]:
    return {f"power_l{phase}_w": value for phase, value in enumerate(watts, 1)} | {
        f"voltage_l{phase}_v": 230.0 for phase in range(1, len(watts) + 1)
    }


def test_the_worst_minute_of_each_direction_and_not_the_worst_second() -> None:
    house = House()
    house.meter(lambda second: loads(-2300 if second < 60 else 460, 4600 if second % 60 == 5 else 230, 0))
    house.run(121)
    phases = seen(house).phases
    assert (phases[1].import_a, phases[1].export_a) == pytest.approx((2.0, 10.0), abs=0.05)
    assert phases[2].import_a == pytest.approx(1.0 + 19 / 60, abs=0.02)
    assert phases[2].export_a == 0.0
    assert (phases[3].import_a, phases[3].export_a) == (0.0, 0.0)


def test_before_a_full_minute_nothing_is_known() -> None:
    house = House()
    house.meter(loads(2300))
    house.run(30)
    assert seen(house).phases[1] == (None, None, None)
    assert seen(house).highest is None
    house.run(30)
    assert seen(house).phases[1].import_a == 10.0
    assert seen(house).phases[2].import_a is None
    assert seen(house).since == NOON


def test_the_highest_slow_voltage_has_its_phase_and_its_time() -> None:
    house = House()
    house.meter(lambda second: {"voltage_l1_v": 231.0, "voltage_l2_v": 240.0 if 600 <= second < 1200 else 230.0})
    house.run(1801)
    worst = seen(house)
    assert worst.highest
    assert (worst.highest.volts, worst.highest.phase) == (240.0, 2)
    assert house.now.utc_of(worst.highest.ends) == NOON.utc + 1200
    assert (worst.phases[1].mean_v, worst.phases[2].mean_v, worst.phases[3].mean_v) == (231.0, 230.0, None)
    house.now = house.now.plus(1200)
    assert seen(house).phases[1].mean_v is None, "it is no longer of now"


def test_counters_grow_from_the_first_answer_and_what_is_not_counted_is_left_out() -> None:
    house = House()
    house.meter(
        lambda second: {
            "voltage_sag_l1_count": 2 + (second > 10),
            "voltage_sag_l2_count": 5 + (second > 20),
            "any_power_fail_count": 4,
        }
    )
    house.run(60)
    assert seen(house).events == {"sags": 2, "power failures": 0}


def test_what_was_more_than_a_day_ago_is_forgotten_although_the_meter_was_away_since() -> None:
    house = House()
    house.meter(lambda second: loads(4600 if second < 60 else 460))
    house.run(60)
    house.now = house.now.plus(86400 - 120)
    house.run(61)
    assert seen(house).phases[1].import_a == pytest.approx(20.0)
    house.run(120)
    assert seen(house).phases[1].import_a == pytest.approx(2.0, abs=0.1)


def test_a_meter_that_rounds_to_whole_ampere_is_known_as_one() -> None:
    house = House()
    house.meter({"power_l1_w": 1270, "current_l1_a": 5, "voltage_l1_v": 236.0})
    house.run(61)
    assert seen(house).whole_ampere
    assert seen(house).phases[1].import_a == pytest.approx(1270 / 236, abs=0.01)


def test_one_device_of_the_record_is_that_of_the_whole_record() -> None:
    house = House()
    house.meter(loads(2300))
    assert house.recorder.observed("5c2faf000000", house.now) is None
    house.run(61)
    alone = house.recorder.observed("5c2faf000000", house.now)
    together: Observed = house.record.observed[0]
    assert alone == together
    assert house.recorder.observed("no such device", house.now) is None
