"""HOST[:PORT] as a person types it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.address import AddressError, parse_host, parse_interface, typed
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
        ("http://192.168.1.20", Endpoint("192.168.1.20", 80)),
        ("http://192.168.1.20/api/v1/data", Endpoint("192.168.1.20", 80)),
        ("http://192.168.1.20:8080/api", Endpoint("192.168.1.20", 8080)),
        ("\t http://P1Meter.local./ \r\n", Endpoint("p1meter.local", 80)),
        ("HTTP://192.168.1.20/", Endpoint("192.168.1.20", 80)),
        ("//192.168.1.20/", Endpoint("192.168.1.20", 80)),
        ("192.168.1.20/", Endpoint("192.168.1.20", 80)),
        ("192.168.1.20:81/api?a=b#c", Endpoint("192.168.1.20", 81)),
        ("http://192.168.1.20?back=http://10.0.0.1/", Endpoint("192.168.1.20", 80)),
        ("192.168.1.20#top", Endpoint("192.168.1.20", 80)),
        ("https://192.168.1.20", Endpoint("192.168.1.20", 443, "v2")),
        ("https://192.168.1.20/api/measurement", Endpoint("192.168.1.20", 443, "v2")),
        ("https://192.168.1.20:8443", Endpoint("192.168.1.20", 8443, "v2")),
        ("HTTPS://P1Meter.local.:443/", Endpoint("p1meter.local", 443, "v2")),
        ("https://192.168.1.20:80", Endpoint("192.168.1.20", 80, "v2")),
        ("192.168.1.20:443", Endpoint("192.168.1.20", 443)),
        ("\ufeff\u200b\u00a0192.168.1.20\u200b ", Endpoint("192.168.1.20", 80)),
    ],
)
def test_an_address_or_a_name_as_typed_or_pasted_is_an_endpoint(text: str, endpoint: Endpoint) -> None:
    assert parse_host(text) == endpoint


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "missing"),
        ("   ", "missing"),
        ("http://", "missing"),
        ("/api/v1/data", "missing"),
        ("https://", "missing"),
        ("https://192.168.1.20:0", "port"),
        ("ftp://192.168.1.20", "a scheme other than http:// and https://"),
        ("file:///etc/passwd", "missing"),
        ("http://http://192.168.1.20", "not a port"),
        ("http://[fe80::1]:80/api", "IPv6"),
        ("http://fe80::1%eth0/", "IPv6"),
        ("192.168.1.20/ 192.168.1.21/", "space"),
        ("http:\\\\192.168.1.20", "port"),
        ("192.168.1.20\\api", "IPv4|host name"),
        ("http://meter!/", "host name"),
        ("http://300.1.1.1/api", '"300.1.1.1" is not a whole IPv4'),
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


@pytest.mark.parametrize(
    "text",
    [
        "http://user:secret@192.168.1.20/",
        "http://user:secret@192.168.1.20:80/api/v1/data",
        "https://user:secret@192.168.1.20/",
        "ftp://user:secret@192.168.1.20/",
        "user:secret@192.168.1.20",
        "secret@192.168.1.20",
        "http://user:secret@@192.168.1.20",
        "http://user:80/secret@192.168.1.20/",
        "http://user:a?secret#@192.168.1.20/",
        "http://user:the secret@192.168.1.20/",
        "http://user:secret@",
        "http://user:secret@[fe80::1]/",
    ],
)
def test_a_user_name_or_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(AddressError, match="user name or password before the @: leave it out") as caught:
        parse_host(text)
    assert "secret" not in str(caught.value)
    assert "user:" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["http://user:secret", "http://300.1.1.1/?token=secret", "a..b/secret", "ftp://a/secret"]
)
def test_nothing_that_may_be_secret_is_repeated(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_host(text)
    assert "secret" not in str(caught.value)


@given(st.text() | st.text("htp:/@.#?[]\\ 1a"))
def test_any_text_gives_an_endpoint_that_can_be_asked_or_an_address_error(text: str) -> None:
    try:
        endpoint = parse_host(text)
    except AddressError:
        return
    assert 1 <= endpoint.port <= 65535
    assert endpoint.host.isascii()
    assert parse_host(typed(endpoint)) == endpoint


def test_an_interface_is_named_by_its_address() -> None:
    assert parse_interface(" 192.168.1.5 ") == "192.168.1.5"
    with pytest.raises(AddressError, match="eth0"):
        parse_interface("eth0")
