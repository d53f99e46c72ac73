"""The rules on what devices are and allow: API, identity, firmware, and the roles that they lack."""

from __future__ import annotations

import pytest

from tests.checks.house import House
from tui.core.events import Certified, Failed, Identified, Measured, Seen, Spoke
from tui.core.model import Endpoint, Role, Spoken, State
from tui.core.reading import Identity, Measurement, System, Value

POWER: dict[str, Value] = {"power_w": 100.0}


def at(house: House, *hosts: str, every_s: float = 60.0) -> None:
    """One serial identifies itself at several addresses, one after the other."""
    for host in hosts:
        identity = Identity("5c2faf000000", "HWE-P1", None, "6.0305", "v1")
        house.tell(Identified(Endpoint(host), identity, house.now))
        house.tell(Measured("5c2faf000000", Measurement(POWER), System(), house.now, 0.03, 1.0))
        house.now = house.now.plus(every_s)


# ------------------------------------------------------------------ the local API


def test_devices_that_answer_allow_their_api() -> None:
    house = House()
    house.meter(POWER)
    house.meter(POWER, "HWE-SKT")
    (found,) = house.run(5).findings("api")
    assert (found.case, found.device, found.values["count"]) == ("pass", None, 2)


def test_a_refusal_fails_at_once_whoever_says_it() -> None:
    house = House()
    house.tell(Seen(Endpoint("192.168.1.40"), "5c2faf0000aa", house.now, "HWE-KWH1", api_enabled=False))
    assert house.verdicts("api") == ["fail"]
    house.tell(Failed(Endpoint("192.168.1.40"), State.API_DISABLED, "Local API is off", house.now))
    assert house.verdicts("api") == ["fail"]


def test_a_device_that_is_not_there_says_nothing_about_its_api() -> None:
    house = House()
    house.tell(Seen(Endpoint("192.168.1.40"), "5c2faf0000aa", house.now, "HWE-KWH1"))
    assert house.verdicts("api") == ["untestable-no-answer"]


def test_a_device_that_is_off_over_v1_and_read_over_v2_is_fine() -> None:
    house = House()
    v2 = Endpoint("192.168.1.10", 443, "v2")
    house.tell(Seen(Endpoint("192.168.1.10"), "5c2faf000000", house.now, "HWE-P1", api_enabled=False))
    house.tell(Identified(v2, Identity("5c2faf000000", "HWE-P1", None, "6.0305", "2.2.0"), house.now))
    house.tell(Spoke("5c2faf000000", Spoken("v2", push=True), house.now))
    house.tell(Measured("5c2faf000000", Measurement(POWER), System(), house.now, None, 1.0))
    assert house.verdicts("api") == ["pass"]


def test_a_device_that_is_not_paired_is_told_how_and_is_no_fault() -> None:
    house = House()
    v2 = Endpoint("192.168.1.10", 443, "v2")
    house.tell(Certified(v2, "5c2faf000000", house.now))
    house.tell(Failed(v2, State.NOT_PAIRED, "not paired: press p", house.now))
    assert house.verdicts("api") == ["info-not-paired"]


# ------------------------------------------------------------------ the identity


def test_a_device_at_one_address_passes() -> None:
    house = House()
    at(house, "192.168.1.10", "192.168.1.10")
    assert house.verdicts("identity") == ["pass"]


def test_a_device_that_is_read_now_over_one_api_and_now_over_the_other_is_at_one_address() -> None:
    house = House()
    for api, port in (("v1", 8080), ("v2", 8443), ("v1", 8080), ("v2", 8443)):
        identity = Identity("5c2faf000000", "HWE-P1", None, "6.0305", api)
        house.tell(Identified(Endpoint("192.168.1.10", port, api), identity, house.now))
        house.now = house.now.plus(60)
    assert house.verdicts("identity") == ["pass"]


def test_a_new_address_is_told() -> None:
    house = House()
    at(house, "192.168.1.10", "192.168.1.31")
    (found,) = house.findings("identity")
    assert found.case == "info-moved"
    assert found.values == {"address": "192.168.1.31", "other": "192.168.1.10"}


@pytest.mark.parametrize(("every_s", "case"), [(60.0, "two-places"), (600.0, "two-places"), (601.0, "moved")])
def test_a_device_that_is_back_within_minutes_is_at_two_places(every_s: float, case: str) -> None:
    house = House()
    at(house, "192.168.1.10", "192.168.1.31", "192.168.1.10", every_s=every_s)
    (found,) = house.findings("identity")
    assert found.variant == case


def test_a_name_and_the_address_behind_it_are_one_place() -> None:
    house = House()
    at(house, "p1.lan", "192.168.1.10", "p1.lan", every_s=1)
    assert house.verdicts("identity") == ["pass"]


def test_two_dongles_on_one_smart_meter_are_told() -> None:
    house = House()
    for _ in range(2):
        house.meter({"power_w": 5.0, "unique_id": "4530303433303036", "energy_import_kwh": 12.5})
    (found,) = house.run(5).findings("identity")
    assert found.case == "info-same-meter"


# ------------------------------------------------------------------ the firmware


@pytest.mark.parametrize(
    ("product", "version", "case"),
    [
        ("HWE-P1", "5.19", "info-v2"),
        ("HWE-P1", "5.9999", "info-v2"),
        ("HWE-P1", "6.00", "pass"),
        ("HWE-P1", "6.0305", "pass"),
        ("HWE-P1", "10.01", "pass"),
        ("HWE-KWH1", "4.19", "info-v2"),
        ("HWE-KWH1", "4.9999", "info-v2"),
        ("SDM630-wifi", "5.0000", "pass"),
        ("HWE-SKT", "3.02", "pass"),  # sockets have no API v2
        ("HWE-P1", "beta", "na"),
        ("HWE-P1", "6.0305-rc1", "na"),
    ],
)
def test_what_newer_firmware_brings(product: str, version: str, case: str) -> None:
    house = House()
    house.meter(POWER, product, firmware=version)
    assert house.run(2).verdicts("firmware") == [case]


@pytest.mark.parametrize(("version", "case"), [("6.0200", "info-modes"), ("6.0300", "pass"), ("5.19", "info-v2")])
def test_battery_modes_count_where_there_is_a_battery(version: str, case: str) -> None:
    house = House()
    house.meter(POWER, firmware=version)
    house.meter(POWER, "HWE-SKT", role=Role.BATTERY)
    assert house.run(2).verdicts("firmware") == [case]


@pytest.mark.parametrize(("version", "case"), [("5.0099", "info-modes"), ("5.0100", "pass"), ("4.99", "info-v2")])
def test_battery_modes_count_for_kwh_meters_too(version: str, case: str) -> None:
    house = House()
    house.meter(POWER, "HWE-KWH1", firmware=version)
    house.meter(POWER, "HWE-SKT", role=Role.BATTERY)
    assert house.run(2).verdicts("firmware") == [case]


# ------------------------------------------------------------------ roles


def test_meters_without_a_role_are_named_each_once_and_never_a_warning() -> None:
    house = House()
    house.meter(POWER)
    kwh = house.meter(POWER, "HWE-KWH1")
    house.meter(POWER, "HWE-SKT", role=Role.LOAD)
    house.meter({"water_total_m3": 1.0}, "HWE-WTR")
    house.meter(POWER, "HWE-XYZ")
    house.meter(POWER, "HWE-BAT")  # it has one by itself, as the P1
    (found,) = house.run(2).findings("roles")
    assert (found.case, found.device) == ("untestable-no-role", kwh.serial)
    assert found.values["serial"] == kwh.serial


def test_no_role_is_a_choice_too() -> None:
    house = House()
    house.meter(POWER, "HWE-SKT", role=Role.NONE)
    assert house.run(2).verdicts("roles") == ["pass"]


def test_a_p1_alone_needs_no_roles() -> None:
    house = House()
    house.meter(POWER)
    assert house.run(2).verdicts("roles") == ["na"]
