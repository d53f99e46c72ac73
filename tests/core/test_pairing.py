"""Pairing, as far as it is words and times: whom to ask, what to press, as whom, what an answer means."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.link.pairing import (
    Attempt,
    Step,
    endpoint_to_ask,
    is_user_name,
    needs_firmware,
    seconds_left,
    user_name,
    why_not_asked,
)
from tui.core.model import Device, Endpoint
from tui.core.moment import Now
from tui.core.products import PRODUCTS, UNKNOWN, WIFI_BUTTON, product_of

API_NAME = re.compile(r"^local\/[a-zA-Z0-9\-_/\\# ]{1,40}$")
"""API documentation, v2, authorization."""
V1, V2 = Endpoint("192.168.1.20"), Endpoint("192.168.1.20", 443, "v2")


def device(product_type: str | None = "HWE-P1", firmware: str | None = None, *endpoints: Endpoint) -> Device:
    return Device(
        "aa", serial="5c2fafaabbcc", product_type=product_type, firmware_version=firmware, endpoints=endpoints or (V1,)
    )


@pytest.mark.parametrize(
    ("host", "apart", "name"),
    [
        ("raspberrypi", "3f2a", "local/hwtui#raspberrypi-3f2a"),
        ("raspberrypi", "", "local/hwtui#raspberrypi"),
        ("pi.lan", "", "local/hwtui#pi"),
        ("Zähler im Keller", "", "local/hwtui#Zahler-im-Keller"),
        ("цех", "3f2a", "local/hwtui#3f2a"),
        ("", "", "local/hwtui"),
        ("a/b\\c#d", "", "local/hwtui#a-b-c-d"),
        ("x" * 64, "3f2a", f"local/hwtui#{'x' * 29}-3f2a"),
    ],
)
def test_a_user_is_named_after_this_computer(host: str, apart: str, name: str) -> None:
    assert user_name(host, apart) == name


@settings(max_examples=60)
@given(st.text(max_size=80), st.text(max_size=8))
def test_whatever_a_computer_is_called_the_name_is_one_that_the_api_takes(host: str, apart: str) -> None:
    name = user_name(host, apart)
    assert API_NAME.match(name)
    assert is_user_name(name)


@pytest.mark.parametrize("text", ["local/", "local/a.b", f"local/{'x' * 41}", "cloud/x", "", "local/a\n", "local/é"])
def test_other_names_are_known_as_such(text: str) -> None:
    assert not is_user_name(text)


@pytest.mark.parametrize(
    ("product_type", "words"),
    [
        ("HWE-P1", "white button on the front of the P1 meter"),
        ("HWE-BAT", "Touch the button of the battery until it beeps"),
        ("HWE-KWH1", "1 to 3 seconds. Not longer: it would forget its Wi-Fi"),
        ("SDM630-wifi", "1 to 3 seconds. Not longer: it would forget its Wi-Fi"),
        (None, "on a battery touch it until it beeps"),
        ("HWE-NEW", "on a kWh meter hold the Wi-Fi button for 1 to 3 seconds, not longer"),
    ],
)
def test_each_product_has_its_button(product_type: str | None, words: str) -> None:
    assert words in product_of(product_type).button


@pytest.mark.parametrize(
    ("kind", "label", "words"),
    [
        ("p1dongle", "P1 meter", "Press the white button on the front of the P1 meter once."),
        ("BATTERY", "Battery", "Touch the button of the battery until it beeps."),
        ("energymeter", "kWh meter", WIFI_BUTTON),
        ("energysocket", "Socket", UNKNOWN.button),
        ("watermeter", "Water meter", UNKNOWN.button),
        ("display", "Display", UNKNOWN.button),
        ("thermostat", "Device", UNKNOWN.button),
        ("", "Device", UNKNOWN.button),
        (None, "Device", UNKNOWN.button),
    ],
)
def test_each_kind_of_certificate_has_its_button(kind: str | None, label: str, words: str) -> None:
    product = product_of(None, kind)
    assert (product.label, product.button) == (label, words)
    assert why_not_asked(replace(device(None), kind=kind)) is None, "its certificate shows that it has API v2"


def test_a_certificate_says_less_than_the_device_itself() -> None:
    assert product_of("HWE-KWH3", "energymeter").label == "kWh meter 3"
    assert product_of("HWE-NEW", "battery") is UNKNOWN
    assert product_of(None, "energymeter").measures_phases, "it may be one with three"


def test_every_product_that_can_be_paired_says_how() -> None:
    assert all((product.pairs_from is None) is (product.button == "") for product in PRODUCTS)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (device("HWE-SKT"), "Socket aabbcc: this product has no API v2"),
        (device("HWE-P1", "5.19"), "its firmware 5.19 has no API v2 yet: it needs 6 or later; the HomeWizard app"),
        (device("HWE-KWH3", "4.07"), "it needs 5 or later"),
        (Device("aa", serial="5c2fafaabbcc"), "its address is not known"),
        (Device("aa", serial="5c2fafaabbcc", endpoints=(V1, V2), forced_api="v1"), 'api = "v1"'),
    ],
)
def test_a_device_that_cannot_be_paired_is_not_asked(subject: Device, words: str) -> None:
    told = why_not_asked(subject)
    assert told is not None
    assert words in told


@pytest.mark.parametrize(
    "subject",
    [device("HWE-P1", "6.0305"), device("HWE-P1"), device("HWE-BAT", "1.03"), device("HWE-NEW", "0.1"), device(None)],
)
def test_others_are_asked(subject: Device) -> None:
    assert why_not_asked(subject) is None
    assert why_not_asked(device("HWE-P1", "6.beta")) is None
    assert why_not_asked(device("HWE-P1", "unreadable")) is None


def test_it_is_asked_at_its_own_endpoint_or_else_over_https_at_the_address_it_is_read_at() -> None:
    odd = Endpoint("192.168.1.20", 8443, "v2")
    assert endpoint_to_ask(device("HWE-P1", None, V1, odd)) == odd
    assert endpoint_to_ask(device("HWE-P1", None, Endpoint("192.168.1.20", 8080))) == V2
    assert endpoint_to_ask(Device("aa")) is None


def test_an_unknown_product_is_told_of_all_firmware() -> None:
    assert "6 on a P1 meter, 5 on a kWh meter" in needs_firmware(product_of(None))


def test_the_seconds_left_are_whole_and_end_with_the_attempt() -> None:
    start = Now(0.0, 0.0)
    waiting = Attempt(Step.WAITING, start.plus(120))
    assert [seconds_left(waiting, start.plus(after)) for after in (0, 0.5, 119.2, 120, 130)] == [120, 120, 1, 0, 0]
    assert seconds_left(Attempt(Step.PAIRED, start.plus(120)), start) == 0
