"""HOST[:PORT] as a person types it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.address import AddressError, parse_host, parse_interface
from tui.core.model import Endpoint


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("192.168.1.20", Endpoint("192.168.1.20", 80)),
        (" 192.168.1.20 ", Endpoint("192.168.1.20", 80)),
        ("192.168.1.20:8080", Endpoint("192.168.1.20", 8080)),
        ("192.168.1.20:1", Endpoint("192.168.1.20", 1)),
        ("127.0.0.1:65535", Endpoint("127.0.0.1", 65535)),
        ("P1Meter.LAN", Endpoint("p1meter.lan", 80)),
        ("p1meter-0a1b2c.local.", Endpoint("p1meter-0a1b2c.local", 80)),
        ("p1_meter:81", Endpoint("p1_meter", 81)),
        ("localhost", Endpoint("localhost", 80)),
    ],
)
def test_an_address_or_a_name_with_or_without_a_port_is_an_endpoint(text: str, endpoint: Endpoint) -> None:
    assert parse_host(text) == endpoint


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "missing"),
        ("   ", "missing"),
        ("http://192.168.1.20", "URL"),
        ("192.168.1.20/api", "path"),
        ("user@192.168.1.20", "more than an address"),
        ("192.168.1.20 192.168.1.21", "space"),
        ("p1 meter", "space"),
        ("192.168.1.20:0", "port"),
        ("192.168.1.20:70000", "port"),
        ("192.168.1.20:", "port"),
        ("192.168.1.20:eighty", "port"),
        ("192.168.1.20:80:80", "port"),
        ("192.168.1.20:٨٠", "port"),
        (":80", "no host"),
        ("192.168.1", "IPv4"),
        ("192.168.1.256", "IPv4"),
        ("192.168.1.2.3", "IPv4"),
        ("1234", "IPv4"),
        ("0.0.0.0", "one device"),  # noqa: S104
        ("224.0.0.251", "one device"),
        ("255.255.255.255", "one device"),
        ("[fe80::1]", "IPv6"),
        ("fe80::1", "IPv6"),
        ("meter!", "host name"),
        ("-meter", "host name"),
        ("a..b", "host name"),
        ("é.lan", "host name"),
        ("a" * 64, "host name"),
        (".".join(["a" * 60] * 5), "host name"),
        ("\x1b[2Jmeter", "host name"),
    ],
)
def test_what_is_no_address_is_named_in_a_sentence(text: str, word: str) -> None:
    with pytest.raises(AddressError, match=word) as caught:
        parse_host(text)
    assert str(caught.value).isprintable()


@given(st.text())
def test_any_text_gives_an_endpoint_that_can_be_asked_or_an_address_error(text: str) -> None:
    try:
        endpoint = parse_host(text)
    except AddressError:
        return
    assert 1 <= endpoint.port <= 65535
    assert endpoint.host.isascii()
    assert parse_host(endpoint.address) == endpoint


def test_an_interface_is_named_by_its_address() -> None:
    assert parse_interface(" 192.168.1.5 ") == "192.168.1.5"
    with pytest.raises(AddressError, match="eth0"):
        parse_interface("eth0")
