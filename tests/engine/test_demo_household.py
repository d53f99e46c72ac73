"""The simulated households without sockets: the same at every look, physically sound, readable by our own parser."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from typing import Any

import pytest

from tui.core.api.dialect import parse_identity
from tui.core.api.v1 import parse_measurement, parse_switch, parse_system
from tui.core.model import Role
from tui.engine.demo.devices import Fault, SimulatedDevice
from tui.engine.demo.household import DEFAULT_START, HOUSEHOLDS, Household


def named(household: Household, name: str) -> SimulatedDevice:
    return next(device for device in household.devices if device.name == name)


def data(device: SimulatedDevice) -> dict[str, Any]:
    answer = device.answer("GET", "/api/v1/data")
    assert answer.status == 200, answer
    value = json.loads(answer.body)
    assert isinstance(value, dict)
    return value


def everything(household: Household) -> list[bytes]:
    return [
        device.answer("GET", path).body
        for device in household.devices
        for path in ("/api", "/api/v1/data", "/api/v1/telegram", "/api/v1/state", "/api/v1/system")
    ]


# -- the same at every look --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOUSEHOLDS)
def test_the_same_seed_gives_the_same_bytes_however_often_it_was_asked(name: str) -> None:
    asked_once, asked_often = Household(name), Household(name)
    for seconds in (0, 0.3, 1, 1.9, 7, 7, 5, 180, 181.5, 999):
        asked_often.advance(DEFAULT_START.plus(seconds))
        everything(asked_often)
    asked_once.advance(DEFAULT_START.plus(999.4))
    assert everything(asked_once) == everything(asked_often)


def test_another_seed_gives_another_house() -> None:
    first, second = Household(seed=1), Household(seed=2)
    same = {device.serial for device in first.devices} & {device.serial for device in second.devices}
    assert same == {device.serial for device in first.devices if device.v2}, "they stand in certificates"
    assert data(named(first, "Solar"))["active_power_w"] != data(named(second, "Solar"))["active_power_w"]


def test_a_moment_that_is_past_changes_nothing() -> None:
    household = Household()
    household.advance(DEFAULT_START.plus(100))
    before = everything(household)
    household.advance(DEFAULT_START.plus(40))
    assert everything(household) == before


def test_serials_are_twelve_hex_digits_and_all_different() -> None:
    serials = [device.serial for device in Household(devices=300).devices]
    assert len(set(serials)) == 300
    assert all(serial.startswith("5c2faf") and len(bytes.fromhex(serial)) == 6 for serial in serials)
    assert all(serial == serial.lower() for serial in serials)


@pytest.mark.parametrize("count", [1, 4, 6, 50])
def test_a_household_can_be_cut_and_grown(count: int) -> None:
    household, usual = Household(devices=count), Household()
    assert len(household.devices) == count
    for device, same in zip(household.devices, usual.devices, strict=False):
        assert (device.serial, device.name) == (same.serial, same.name)
    assert len({device.name for device in household.devices}) == count


def test_a_household_that_cannot_be_says_what_can() -> None:
    with pytest.raises(ValueError, match="nl, be, old, be-3x230, faulty, onsite"):
        Household("de")
    with pytest.raises(ValueError, match="at least 1"):
        Household(devices=0)


def test_a_year_is_not_reckoned_second_by_second() -> None:
    household = Household()
    begin = time.process_time()  # of this process alone, however busy the machine is
    household.advance(DEFAULT_START.plus(900))
    quarter = time.process_time() - begin
    household.advance(DEFAULT_START.plus(365 * 86400))
    year = time.process_time() - begin - quarter
    assert year < 100 * quarter, "it has 35 040 of them"
    assert household.house.second == int(DEFAULT_START.utc) + 365 * 86400


# -- physics -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["nl", "be"])
def test_the_grid_meter_reads_the_loads_minus_the_sun(name: str) -> None:
    household = Household(name)
    for second in range(0, 900, 7):
        household.advance(DEFAULT_START.plus(second))
        grid, house = data(named(household, "Grid")), household.house
        assert grid["active_power_w"] == pytest.approx(sum(house.watts.values()), abs=0.51)
        phases = sum(grid[f"active_power_l{phase}_w"] for phase in (1, 2, 3))
        assert grid["active_power_w"] == pytest.approx(phases, abs=2)


def test_the_devices_read_the_same_circuits_that_the_grid_meter_sums() -> None:
    household = Household()
    measured = {one.name: data(one).get("active_power_w") for one in household.devices if one.announces_v1}
    for name in ("Solar", "Heat pump", "Washing m/c", "Freezer"):
        assert measured[name] == pytest.approx(household.house.watts[name], abs=0.001)


def test_counters_grow_by_the_integral_of_power() -> None:
    household = Household()
    meters = [named(household, name) for name in ("Grid", "Solar", "Heat pump", "Washing m/c")]
    begin = [data(meter) for meter in meters]
    imported, exported = [0.0] * len(meters), [0.0] * len(meters)
    for second in range(1800):
        household.advance(DEFAULT_START.plus(second))
        for index, meter in enumerate(meters):
            watts = data(meter)["active_power_w"]
            imported[index] += max(0, watts) / 3.6e6
            exported[index] += max(0, -watts) / 3.6e6
    household.advance(DEFAULT_START.plus(1800))
    for index, meter in enumerate(meters):
        end = data(meter)
        for kwh, key in ((imported, "total_power_import_kwh"), (exported, "total_power_export_kwh")):
            assert end[key] - begin[index][key] == pytest.approx(kwh[index], abs=0.0015), (meter.name, key)


def test_the_totals_of_the_grid_meter_are_the_sums_of_its_tariffs() -> None:
    household = Household()
    household.advance(DEFAULT_START.plus(7 * 3600))
    grid = data(named(household, "Grid"))
    for direction in ("import", "export"):
        tariffs = [grid[f"total_power_{direction}_t{tariff}_kwh"] for tariff in (1, 2)]
        assert grid[f"total_power_{direction}_kwh"] == pytest.approx(sum(tariffs), abs=0.0011)


def test_export_raises_the_voltage_of_its_phase() -> None:
    household = Household()
    rise = []
    for second in range(0, 3600, 5):
        household.advance(DEFAULT_START.plus(second))
        grid = data(named(household, "Grid"))
        free = household.house.supply.volts(1, second)
        rise.append((grid["active_power_l1_w"], grid["active_voltage_l1_v"] - free))
        assert 220 < grid["active_voltage_l1_v"] < 253
    assert all(volts > 0 for watts, volts in rise if watts < -200)
    assert all(volts < 0 for watts, volts in rise if watts > 200)


def test_the_house_is_worth_looking_at_for_ten_minutes() -> None:
    for seed in range(1, 6):
        household = Household(seed=seed)
        watts = []
        for second in range(1200):
            household.advance(DEFAULT_START.plus(second))
            watts.append(household.house.net_w)
        assert min(watts) < -700, seed
        assert 800 < max(watts) < 6000, seed
        assert sum(a * b < 0 for a, b in pairwise(watts)) >= 2, seed


def test_currents_are_signed_in_the_netherlands_and_unsigned_hundredths_in_flanders() -> None:
    nl, be = data(named(Household("nl"), "Grid")), data(named(Household("be"), "Grid"))
    for phase in (1, 2, 3):
        watts, volts = nl[f"active_power_l{phase}_w"], nl[f"active_voltage_l{phase}_v"]
        assert nl[f"active_current_l{phase}_a"] == pytest.approx(watts / volts, abs=0.01)
        ampere = be[f"active_current_l{phase}_a"]
        assert ampere >= 0
        assert round(ampere, 2) == ampere
    assert nl["active_current_l1_a"] < 0
    assert be["active_power_l1_w"] < 0 < be["active_current_l1_a"]


def test_gas_comes_every_five_minutes_and_in_the_old_house_every_hour() -> None:
    for name, every, step in (("nl", 300, 60), ("old", 3600, 300)):
        household, stamps, values = Household(name), [], []
        for second in range(0, 3 * every, step):
            household.advance(DEFAULT_START.plus(second))
            grid = data(named(household, "Grid"))
            stamps.append(grid["gas_timestamp"])
            values.append(grid["total_gas_m3"])
        assert len(set(stamps)) in (3, 4)
        assert all(stamp % 100 == 0 and stamp // 100 % 100 % (every // 60) == 0 for stamp in stamps)
        assert values == sorted(values)
        assert values[-1] > values[0]


def test_the_meter_clock_is_local_time_and_knows_summer() -> None:
    telegram = named(Household(), "Grid").answer("GET", "/api/v1/telegram").body
    assert b"0-0:1.0.0(260612141700S)" in telegram


def test_the_day_tariff_is_2_in_the_netherlands_and_1_in_flanders() -> None:
    for name, day in (("nl", 2), ("be", 1)):
        household = Household(name)
        assert data(named(household, "Grid"))["active_tariff"] == day
        household.advance(DEFAULT_START.plus(10 * 3600))
        assert data(named(household, "Grid"))["active_tariff"] == 3 - day


def test_the_quarter_hour_average_grows_from_zero_within_the_clock_quarter() -> None:
    household = Household("be")
    seen = []
    for second in range(2 * 60, 3 * 900):
        household.advance(DEFAULT_START.plus(second))
        seen.append((household.house.second, data(named(household, "Grid"))["active_power_average_w"]))
    for (before, less), (after, more) in pairwise(seen):
        if before // 900 == after // 900:
            assert more >= less
        else:
            assert more < 20
    assert max(average for _, average in seen) > 100


def test_the_month_peak_is_remembered_and_begins_anew_with_the_month() -> None:
    start = DEFAULT_START.plus(18 * 86400 + 33_780)  # 30 June, 23:40
    household = Household("be", start=start)
    seen = []
    for minutes in (0, 19, 20, 34, 35):
        household.advance(start.plus(minutes * 60))
        grid = data(named(household, "Grid"))
        seen.append((grid.get("montly_power_peak_w", 0), grid.get("montly_power_peak_timestamp", 0)))
    assert seen[:2] == [(4610, 260603181500)] * 2
    assert seen[2:4] == [(0, 0)] * 2
    assert 0 < seen[4][0] < 4610
    assert seen[4][1] == 260701001500


def test_water_flows_in_draws_and_adds_up() -> None:
    household = Household()
    water, flows = named(household, "Water"), []
    begin = data(water)["total_liter_m3"]
    for second in range(3600):
        household.advance(DEFAULT_START.plus(second))
        flows.append(data(water)["active_liter_lpm"])
    household.advance(DEFAULT_START.plus(3600))
    assert 0.5 < flows.count(0) / len(flows) < 0.99
    assert data(water)["total_liter_m3"] - begin == pytest.approx(sum(flows) / 60_000, rel=0.02)


# -- what devices send -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOUSEHOLDS)
def test_our_parser_reads_every_payload_without_a_note(name: str) -> None:
    for device in Household(name, devices=12).devices:
        if device.fault in (Fault.API_OFF, Fault.GARBAGE) or not device.announces_v1:
            continue
        parsed = parse_measurement(data(device))
        assert parsed is not None
        measurement, system = parsed
        assert measurement.notes == ()
        assert measurement.values
        assert bool(measurement.extra) == (device.product_type == "HWE-XYZ")
        assert system.wifi_strength_pct is not None
        identity = parse_identity(json.loads(device.answer("GET", "/api").body))
        assert identity is not None
        assert (identity.serial, identity.product_type) == (device.serial, device.product_type)


def test_the_default_household_is_the_one_in_the_pictures() -> None:
    assert [(device.name, device.product_type, device.role) for device in Household().devices] == [
        ("Grid", "HWE-P1", Role.GRID),
        ("Solar", "HWE-KWH1", Role.SOLAR),
        ("Heat pump", "HWE-KWH3", Role.LOAD),
        ("Washing m/c", "HWE-SKT", Role.LOAD),
        ("Freezer", "HWE-SKT", Role.LOAD),
        ("Water", "HWE-WTR", None),
        ("Battery", "HWE-BAT", Role.BATTERY),
    ]
    parsed = parse_measurement(data(named(Household(), "Grid")))
    assert parsed is not None
    assert [meter.type for meter in parsed[0].external] == ["gas_meter", "water_meter"]


def test_a_grid_meter_writes_three_decimals_and_no_blanks() -> None:
    body = named(Household(), "Grid").answer("GET", "/api/v1/data").body
    assert b'"voltage_sag_l1_count":2.000,' in body
    assert b": " not in body
    assert b'"smr_version":50,"meter_model":"ISKRA  2M550T-101"' in body


def test_the_old_house_sends_nulls_and_tariffs_without_totals() -> None:
    household = Household("old")
    grid = data(named(household, "Grid"))
    assert grid["smr_version"] == 42
    assert grid["active_voltage_l1_v"] is None
    assert "total_power_import_t2_kwh" in grid
    assert not {"total_power_import_kwh", "external"} & grid.keys()
    assert all(grid[f"active_current_l{phase}_a"] % 1 == 0 for phase in (1, 2, 3))
    types = [device.product_type for device in household.devices]
    assert types == ["HWE-P1", "SDM230-wifi", "SDM630-wifi", "HWE-SKT"]
    assert "active_voltage_v" not in data(named(household, "Solar"))


def test_the_old_meter_speaks_every_ten_seconds() -> None:
    household, answers = Household("old"), []
    for second in range(60):
        household.advance(DEFAULT_START.plus(second))
        answers.append(named(household, "Grid").answer("GET", "/api/v1/telegram").body)
    assert len(set(answers)) == 6
    assert all(len(set(answers[begin : begin + 10])) == 1 for begin in range(0, 60, 10))


def test_without_a_neutral_the_middle_phase_has_no_voltage_and_two_powers_share_the_total() -> None:
    grid = data(named(Household("be-3x230"), "Grid"))
    assert (grid["active_voltage_l2_v"], grid["active_current_l2_a"], grid["active_power_l2_w"]) == (0, 0, 0)
    assert grid["active_power_l1_w"] + grid["active_power_l3_w"] == grid["active_power_w"]


def test_a_frozen_meter_goes_on_answering_while_its_clock_and_values_stand_still() -> None:
    household = Household("faulty")
    grid = named(household, "Grid")
    assert grid.fault is Fault.FROZEN
    before, telegram = data(grid), grid.answer("GET", "/api/v1/telegram")
    household.advance(DEFAULT_START.plus(120))
    after = data(grid)
    assert {**after, "wifi_strength": 0} == {**before, "wifi_strength": 0}
    assert grid.answer("GET", "/api/v1/telegram") == telegram


# -- routes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "method", "path", "status"),
    [
        ("Grid", "GET", "/api/v1/telegram", 200),
        ("Grid", "GET", "/api/v1/data/", 200),
        ("Grid", "GET", "/api/v1/state", 404),
        ("Grid", "POST", "/api/v1/data", 405),
        ("Grid", "GET", "/api/v1/identify", 405),
        ("Grid", "PUT", "/api/v1/identify", 200),
        ("Heat pump", "PUT", "/api/v1/identify", 404),
        ("Solar", "GET", "/api/v1/telegram", 404),
        ("Freezer", "GET", "/api/v1/state", 200),
        ("Water", "GET", "/api/v1/system", 200),
        ("Water", "GET", "/api/v2", 404),
        ("Water", "GET", "/", 404),
    ],
)
def test_each_product_has_its_own_endpoints(name: str, method: str, path: str, status: int) -> None:
    answer = named(Household(), name).answer(method, path)
    assert answer.status == status
    if status == 404:
        assert answer.body == b"Nothing matches the given URI"


def test_a_socket_that_is_switched_off_draws_nothing_and_the_house_less() -> None:
    household = Household()
    freezer = named(household, "Freezer")
    for second in range(1800):  # until its compressor runs
        household.advance(DEFAULT_START.plus(second))
        if data(freezer)["active_power_w"] > 40:
            break
    before = household.house.net_w
    drew = data(freezer)["active_power_w"]
    answer = freezer.answer("PUT", "/api/v1/state", b'{"power_on": false}')
    assert (answer.status, answer.body) == (200, b'{"power_on":false}')
    assert data(freezer)["active_power_w"] == 0
    assert household.house.net_w == pytest.approx(before - drew, abs=0.01)
    switch = parse_switch(json.loads(freezer.answer("GET", "/api/v1/state").body))
    assert switch is not None
    assert switch.power_on is False


def test_a_locked_socket_stays_on_and_says_so() -> None:
    router = named(Household("be"), "Router")
    answer = router.answer("PUT", "/api/v1/state", b'{"power_on":false}')
    assert answer.status == 400
    assert json.loads(answer.body)["error"]["id"] == 8
    assert data(router)["active_power_w"] > 0
    assert router.answer("PUT", "/api/v1/state", b'{"power_on":false,"switch_lock":false}').status == 200


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", 2),
        (b"{", 2),
        (b"[" * 5000, 2),
        (b"[]", 7),
        (b'{"on":true}', 7),
        (b'{"power_on":1}', 7),
        (b'{"brightness":256}', 7),
        (b'{"brightness":true}', 7),
    ],
)
def test_a_wrong_body_changes_nothing(body: bytes, error: int) -> None:
    freezer = named(Household(), "Freezer")
    answer = freezer.answer("PUT", "/api/v1/state", body)
    assert answer.status == 400
    assert json.loads(answer.body)["error"]["id"] == error
    state = json.loads(freezer.answer("GET", "/api/v1/state").body)
    assert state == {"power_on": True, "switch_lock": False, "brightness": 255}


def test_the_cloud_can_be_switched_off() -> None:
    solar = named(Household(), "Solar")
    assert solar.answer("PUT", "/api/v1/system", b'{"cloud_enabled":false}').body == b'{"cloud_enabled":false}'
    system = parse_system(json.loads(solar.answer("GET", "/api/v1/system").body))
    assert system is not None
    assert system.cloud_enabled is False


def test_a_device_whose_api_is_off_says_so_everywhere() -> None:
    solar = named(Household("faulty"), "Solar")
    assert not solar.api_enabled
    for path in ("/api", "/api/v1/data", "/nowhere"):
        answer = solar.answer("GET", path)
        assert answer.status == 403
        assert answer.body == b'{"error":{"id":202,"description":"API not enabled"}}'


def test_the_faulty_household_has_one_device_of_each_fault_and_a_healthy_one() -> None:
    faults = [device.fault for device in Household("faulty").devices]
    assert sorted(fault for fault in faults if fault) == sorted({*Fault} - {Fault.LOSSY})  # `onsite` has that one
    assert None in faults
