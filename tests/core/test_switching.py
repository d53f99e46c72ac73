"""When a socket must not be switched from here: the whole table of refusals, and what may be switched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tui.core.battery.batteries import Batteries, Mode
from tui.core.model import Device, Endpoint, Fleet, Problem, Read, Role, Spoken, State
from tui.core.moment import Now
from tui.core.reading import Measurement, Switch
from tui.core.switching import blink_refusal, controller_for, mode_refusal, refusal

NOW = Now(1_800_000_000.0, 1000.0)
SOCKET = Device(
    "5c2faf000001",
    serial="5c2faf000001",
    product_type="HWE-SKT",
    name="Freezer",
    endpoints=(Endpoint("192.168.1.20"),),
    measurement=Read(Measurement({"power_w": 61.0}), NOW),
)
ON = Switch(power_on=True, switch_lock=False, brightness=255)
OFF = Switch(power_on=False, switch_lock=False)


def _heard(seconds_ago: float) -> Device:
    return replace(SOCKET, measurement=Read(Measurement({"power_w": 61.0}), NOW.plus(-seconds_ago)))


@pytest.mark.parametrize(
    ("device", "switch"),
    [
        pytest.param(SOCKET, None, id="a live socket, before its switch was read"),
        pytest.param(SOCKET, ON, id="a live socket that is on and not locked"),
        pytest.param(SOCKET, OFF, id="a live socket that is off"),
        pytest.param(replace(SOCKET, given_role=Role.LOAD), ON, id="a load"),
        pytest.param(_heard(3.0), ON, id="a socket heard within three intervals"),
    ],
)
def test_a_live_unlocked_socket_may_be_switched(device: Device, switch: Switch | None) -> None:
    assert refusal(device, NOW, read_only=False, frozen=False, switch=switch) is None


@pytest.mark.parametrize(
    ("device", "words"),
    [
        pytest.param(replace(SOCKET, product_type="HWE-P1"), "Freezer has no switch", id="a P1"),
        pytest.param(replace(SOCKET, product_type="HWE-XYZ"), "Freezer has no switch", id="an unknown product"),
        pytest.param(replace(SOCKET, given_role=Role.SOLAR), "not switched: its role is solar", id="the sun"),
        pytest.param(replace(SOCKET, given_role=Role.BATTERY), "not switched: its role is battery", id="a battery"),
        pytest.param(_heard(40), "not switched: last heard 40 s ago", id="a stale one"),
        pytest.param(_heard(600), "not switched: last heard 10 min ago", id="a silent one"),
        pytest.param(replace(SOCKET, measurement=None), "it has not answered yet", id="one that never answered"),
        pytest.param(replace(SOCKET, remembered=True), "not switched", id="one known only from last time"),
        pytest.param(
            replace(SOCKET, problem=Problem(State.API_DISABLED, "Local API is off", NOW)),
            "not switched",
            id="one whose API is off",
        ),
        pytest.param(
            replace(SOCKET, endpoints=(Endpoint("192.168.1.20", 443, "v2"),)), "not switched", id="one of API v2 only"
        ),
    ],
)
def test_a_device_that_must_not_be_switched_is_refused_in_words(device: Device, words: str) -> None:
    said = refusal(device, NOW, read_only=False, frozen=False)
    assert said is not None
    assert words in said


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        (Switch(power_on=True, switch_lock=True), "Freezer is not switched: locked in the app"),
        (Switch(power_on=True, switch_lock=None), "its lock is not known"),
        (Switch(power_on=None, switch_lock=False), "does not tell whether it is on"),
        (Switch(), "its lock is not known"),
    ],
)
def test_what_the_socket_says_a_moment_before_decides(switch: Switch, words: str) -> None:
    said = refusal(SOCKET, NOW, read_only=False, frozen=False, switch=switch)
    assert said is not None
    assert words in said


def test_nothing_is_switched_when_started_read_only() -> None:
    assert refusal(SOCKET, NOW, read_only=True, frozen=False, switch=ON) == ("read-only: nothing is switched")


def test_nothing_is_switched_on_a_frozen_picture() -> None:
    said = refusal(SOCKET, NOW, read_only=False, frozen=True, switch=ON)
    assert said is not None
    assert "frozen: press space" in said


GROUP = Batteries(mode=Mode.ZERO, count=2)
METER = Device(
    "5c2faf0000p1",
    serial="5c2faf0000p1",
    product_type="HWE-P1",
    name="Grid",
    paired=True,
    measurement=Read(Measurement({"power_w": 61.0}), NOW),
    batteries=Read(GROUP, NOW),
)
BATTERY = Device("5c2faf00ba77", serial="5c2faf00ba77", product_type="HWE-BAT", name="Battery")


def test_the_mode_of_a_live_paired_meter_may_be_set() -> None:
    assert mode_refusal(METER, NOW, read_only=False) is None


@pytest.mark.parametrize(
    ("device", "read_only", "frozen", "words"),
    [
        (SOCKET, True, False, "Freezer controls no batteries"),
        (BATTERY, False, False, "Battery controls no batteries"),
        (METER, True, False, "read-only: no mode is set"),
        (METER, False, True, "the screen is frozen"),
        (replace(METER, paired=False), False, False, "Grid is not paired: press p, or run hwtui pair"),
        (replace(METER, batteries=None), False, False, "Grid controls no batteries"),
        (
            replace(METER, batteries=None, spoken=Spoken("v1", why_not="no answer over TLS")),
            False,
            False,
            "a mode is set over API v2, and Grid is not read over it now: no answer over TLS",
        ),
        (replace(METER, batteries=Read(replace(GROUP, count=0), NOW)), False, False, "Grid controls no batteries"),
        (replace(METER, remembered=True), False, False, "Grid is told nothing"),
        (
            replace(METER, measurement=Read(Measurement({"power_w": 1.0}), NOW.plus(-600))),
            False,
            False,
            "Grid is told nothing: last heard 10 min ago",
        ),
    ],
)
def test_why_a_mode_may_not_be_set(device: Device, read_only: bool, frozen: bool, words: str) -> None:
    text = mode_refusal(device, NOW, read_only=read_only, frozen=frozen)
    assert text is not None
    assert text.startswith(words)


def _fleet(*devices: Device) -> Fleet:
    return Fleet({device.key: device for device in devices})


def test_the_meter_that_controls_the_batteries() -> None:
    other = replace(METER, key="5c2faf0000p2", serial="5c2faf0000p2")
    no_group = replace(METER, batteries=None)
    one, two = _fleet(METER, BATTERY), _fleet(METER, other, BATTERY)
    assert controller_for(METER, one) is METER
    assert controller_for(BATTERY, one) is METER
    assert controller_for(other, two) is other
    assert controller_for(BATTERY, two) is None
    assert controller_for(no_group, _fleet(no_group, BATTERY)) is None
    assert controller_for(SOCKET, _fleet(METER, SOCKET)) is None


def test_the_led_of_a_battery_can_be_blinked_over_api_v2() -> None:
    over_v2 = replace(BATTERY, endpoints=(Endpoint("192.168.1.21", 443, "v2"),))
    assert blink_refusal(replace(over_v2, paired=True), read_only=False) is None
    unpaired = blink_refusal(over_v2, read_only=False)
    assert unpaired == "Battery is not paired: press p, or run hwtui pair"
    assert blink_refusal(BATTERY, read_only=True) == "read-only: no LED is blinked"
    assert blink_refusal(replace(METER, product_type="HWE-KWH3"), read_only=False) == "Grid has no LED to blink"
