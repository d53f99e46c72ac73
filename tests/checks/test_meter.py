"""The rules on what a meter sends: direction, protocol, whole ampere, counters."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.checks.house import House, Meter, Values, volts
from tui.core.checks.finding import Term
from tui.core.events import Configured
from tui.core.model import DeviceSetting, Role

SOCKET, KWH, KWH3 = "HWE-SKT", "HWE-KWH1", "HWE-KWH3"


def one(role: Role | None, values: Values | Callable[[int], Values | None], product: str = KWH) -> House:
    """A house with one meter of that role."""
    house = House()
    house.meter(values, product, role)
    return house


def power(watt: float) -> Values:
    return {"power_w": watt}


# ------------------------------------------------------------------ meter.direction


@pytest.mark.parametrize(
    ("product", "role", "watt", "case"),
    [
        (SOCKET, Role.LOAD, -200.0, "warn-load"),
        (SOCKET, Role.LOAD, -199.9, "untestable-load"),
        (SOCKET, Role.LOAD, 0.0, "untestable-load"),
        (SOCKET, Role.LOAD, 49.9, "untestable-load"),
        (SOCKET, Role.LOAD, 50.0, "pass-load"),
        (SOCKET, Role.SOLAR, 200.0, "warn-solar"),
        (SOCKET, Role.SOLAR, -300.0, "pass-solar"),
        (KWH, Role.SOLAR, 1000.0, "warn-solar"),
        (KWH, Role.SOLAR, 999.9, "untestable-solar"),
        (KWH, Role.SOLAR, 12.0, "untestable-solar"),
        (KWH, Role.SOLAR, -2900.0, "pass-solar"),
        (KWH3, Role.LOAD, -1000.0, "warn-load"),
        (KWH3, Role.LOAD, -999.9, "untestable-load"),
        (KWH3, Role.LOAD, 640.0, "pass-load"),
        (KWH3, Role.BATTERY, 5000.0, "na"),
        (KWH3, Role.BATTERY, -5000.0, "na"),
        (KWH3, None, -5000.0, "na"),
        ("HWE-P1", None, -5000.0, "na"),
        ("HWE-WTR", Role.LOAD, 0.0, "na"),
    ],
)
def test_loads_draw_and_solar_meters_deliver(product: str, role: Role | None, watt: float, case: str) -> None:
    house = one(role, power(watt), product).run(61)
    assert house.verdicts("meter.direction") == [case]
    assert house.lines("meter.direction")


def test_it_says_what_flows() -> None:
    (line,) = one(Role.SOLAR, power(-2900.0)).run(61).lines("meter.direction")
    assert line == "produces 2.9 kW, as a solar meter should"
    (line,) = one(Role.LOAD, power(640.0)).run(61).lines("meter.direction")
    assert line == "draws 640 W, as a load should"


def test_a_moment_is_no_minute() -> None:
    """An inverter that starts, and a motor that runs out."""
    house = one(Role.SOLAR, lambda second: power(3000.0 if second in (70, 71) else -500.0))
    assert house.run(180).verdicts("meter.direction") == ["pass-solar"]


def test_the_wrong_way_stays_known_whatever_comes_after() -> None:
    house = one(Role.SOLAR, lambda second: power(2000.0 if second < 60 else -2000.0))
    assert house.run(3000).verdicts("meter.direction") == ["warn-solar"]


@pytest.mark.parametrize(("seconds", "case"), [(20, "no-power"), (21, "warn"), (44, "warn"), (60, "warn")])
def test_a_short_check_needs_20_s_of_samples(seconds: int, case: str) -> None:
    house = one(Role.SOLAR, power(2000.0)).run(seconds)
    assert [case in found for found in house.verdicts("meter.direction")] == [True]
    assert house.lines("meter.direction")


def test_a_meter_turned_in_this_program_is_judged_anew() -> None:
    house = one(Role.SOLAR, power(2000.0)).run(100)
    assert house.verdicts("meter.direction") == ["warn-solar"]
    house.tell(Configured(house.meters[0].serial, DeviceSetting(role=Role.SOLAR, inverted=True)))
    assert house.run(61).verdicts("meter.direction") == ["pass-solar"]


@pytest.mark.parametrize(
    ("product", "watt", "exported", "case"),
    [
        (SOCKET, -60.0, 0.099, "untestable-load"),
        (SOCKET, -60.0, 0.1, "warn-counter"),
        (KWH, -900.0, 0.1, "warn-counter"),
        (SOCKET, 0.0, 0.1, "untestable-load"),  # a counter that jumps, while nothing was delivered
        (KWH3, -60.0, 5.0, "untestable-load"),  # per phase and not netted
    ],
)
def test_an_export_counter_tells_on_a_small_load(product: str, watt: float, exported: float, case: str) -> None:
    house = one(
        Role.LOAD, lambda second: {"power_w": watt, "energy_export_kwh": 7.0 + exported * second / 6000}, product
    )
    assert house.run(6001).verdicts("meter.direction") == [case]
    assert house.lines("meter.direction")


def test_a_solar_meter_that_imports_at_night_is_fine() -> None:
    house = one(Role.SOLAR, lambda second: {"power_w": 15.0, "energy_import_kwh": second / 1000})
    assert house.run(1000).verdicts("meter.direction") == ["untestable-solar"]
    assert house.lines("meter.direction") == ["needs sun: produces less than 50 W"]


# ------------------------------------------------------------------ meter.protocol


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (
            {"protocol_version": 50, "power_l1_w": 1.0, "current_l1_a": 0.0, **volts(230.0)},
            "DSMR 5.0, sends W, V, A per phase",
        ),
        ({"protocol_version": 42, "power_l1_w": 1.0, "current_l1_a": 0.0}, "DSMR 4.2, sends W, A per phase, no V"),
        ({"protocol_version": 22, "power_w": 1.0}, "DSMR 2.2, sends only the total power"),
        ({"protocol_version": 50217, **volts(230.0)}, "DSMR 5.0, sends V per phase"),
        ({"power_w": 1.0}, "unknown DSMR version, sends only the total power"),
        ({"protocol_version": 1e300, "power_w": 1.0}, "unknown DSMR version, sends only the total power"),
        ({"protocol_version": -5, "power_w": 1.0}, "unknown DSMR version, sends only the total power"),
    ],
)
def test_it_says_what_the_meter_can_send(values: Values, line: str) -> None:
    house = one(None, values, "HWE-P1").run(2)
    assert house.lines("meter.protocol") == [line]
    assert {found.verdict for found in house.findings("meter.protocol")} == {"info"}


def test_a_house_without_a_smart_meter_has_no_protocol() -> None:
    assert one(None, power(1.0)).run(2).verdicts("meter.protocol") == ["na"]


# ------------------------------------------------------------------ current.resolution


@pytest.mark.parametrize(
    ("current", "case"), [(2.0, ["info"]), (2.3, ["na"]), (None, ["na"])], ids=["whole", "tenths", "none"]
)
def test_whole_ampere_are_told_and_the_fuse_uses_what_is_better(current: float | None, case: list[str]) -> None:
    values: Values = {"power_l1_w": 540.0, "current_l1_a": current, **volts(230.0)}
    house = one(None, values, "HWE-P1").run(601)
    assert house.verdicts("current.resolution") == case
    assert house.lines("current.resolution")
    first = next(iter(house.findings("fuse.phase")))
    assert first.values["found"] == Term("load-sent" if current == 2.3 else "load-from-voltage")


# ------------------------------------------------------------------ counters


def counting(kwh: Callable[[int], float | None], fuse: str | None = "3x25", *, seconds: int = 700) -> House:
    """A P1 whose import counter says so."""
    house = House(fuse=fuse)
    house.meter(lambda second: {"energy_import_kwh": kwh(second)})
    return house.run(seconds)


@pytest.mark.parametrize(
    ("fuse", "rise", "case"),
    [
        ("3x25", 0.292, "pass"),  # 17.25 kW for 1 s and 60 s of slack
        ("3x25", 0.293, "info-rise"),
        ("1x35", 0.136, "pass"),
        ("1x35", 0.137, "info-rise"),
        (None, 0.935, "pass"),  # 3x80
        (None, 0.936, "info-rise"),
        ("3x25", -0.01, "pass"),
        ("3x25", -0.011, "info-fall"),
    ],
)
def test_counters_fall_and_rise_by_so_much_at_most(fuse: str | None, rise: float, case: str) -> None:
    house = counting(lambda second: 1000.0 + (rise if second >= 300 else 0.0), fuse)
    assert house.verdicts("counters") == [case]
    assert house.lines("counters")


def test_it_says_which_counter_and_how_much() -> None:
    house = House()
    house.meter(lambda second: {"energy_import_t1_kwh": 5.0, "energy_export_kwh": 90.0 if second < 100 else 40.0})
    assert house.run(200).lines("counters") == ["export fell by 50.000 kWh"]
    house = counting(lambda second: 1000.0 if second < 100 else 1100.0)
    assert house.lines("counters") == ["import jumped by 100.000 kWh in 1 s"]


@pytest.mark.parametrize("silent", [None, {"energy_import_kwh": None, "power_w": 1.0}], ids=["silent", "null"])
def test_what_was_used_while_nothing_was_heard_is_no_jump(silent: Values | None) -> None:
    """2 kW for an hour in which the meter does not answer, or does not send its counter."""
    house = House()
    house.meter(lambda second: silent if 100 <= second < 3700 else {"energy_import_kwh": second * 2 / 3600})
    assert house.run(3800).verdicts("counters") == ["pass"]


def test_a_coarse_counter_hides_no_jump() -> None:
    """It counts in steps of 0.1 kWh, each a rate of 360 kW, and jumps by 3 kWh in five minutes without an answer."""

    def kwh(second: int) -> float | None:
        return None if 300 <= second < 600 else 10.0 + second // 100 / 10 + (3.0 if second >= 600 else 0.0)

    assert counting(kwh, seconds=900).verdicts("counters") == ["info-rise"]


def test_counters_are_right_after_a_minute_and_not_before() -> None:
    house = counting(lambda second: 5.0, seconds=59)
    assert house.verdicts("counters") == ["untestable"]
    assert house.lines("counters")
    assert house.run(1).verdicts("counters") == ["pass"]
    assert house.lines("counters") == ["no fall or jump in 60 s, counters: 1"]


def test_a_house_without_totals_has_no_counters() -> None:
    house = one(None, {"power_w": 1.0}).run(2)
    assert house.verdicts("counters") == ["na"]
    assert house.lines("counters")


def test_an_inverted_meter_swaps_its_counters_and_none_of_them_falls() -> None:
    house = House()
    meter: Meter = house.meter(
        lambda second: {
            "energy_import_kwh": 900.0 if second < 100 else 20.0,
            "energy_export_kwh": 20.0 if second < 100 else 900.0,
        },
        KWH,
    )
    house.run(100)
    house.tell(Configured(meter.serial, DeviceSetting(inverted=True)))
    assert house.run(100).verdicts("counters") == ["pass"]
