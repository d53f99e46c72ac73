"""Where `hwtui web` may listen."""

from __future__ import annotations

import pytest

from tui.core.out.listening import parse_listening
from tui.core.out.webplace import parse_name, why_not_password, why_not_there


@pytest.mark.parametrize(
    ("place", "has_password", "insecure", "part"),
    [
        ("8000", False, False, None),
        ("[::1]:8000", False, False, None),
        ("127.8.9.1:8000", False, False, None),
        ("192.168.1.5:8000", False, False, "--password-file"),
        ("192.168.1.5:8000", False, True, "--password-file"),
        ("0.0.0.0:8000", True, False, "--insecure"),
        ("[::]:8000", True, False, "--insecure"),
        ("0.0.0.0:8000", True, True, None),
    ],
)
def test_beyond_this_computer_it_takes_a_password_and_the_word(
    place: str, has_password: bool, insecure: bool, part: str | None
) -> None:
    why = why_not_there(parse_listening(place), has_password=has_password, insecure=insecure)
    assert why is None if part is None else why is not None and part in why


def test_where_a_browser_finds_it() -> None:
    places = ("8000", "[::1]:80", "0.0.0.0:8000", "[::]:8000", "10.0.0.5:1")
    assert [parse_listening(place).url("raspberrypi") for place in places] == [
        "http://127.0.0.1:8000/",
        "http://[::1]:80/",
        "http://raspberrypi:8000/",
        "http://raspberrypi:8000/",
        "http://10.0.0.5:1/",
    ]


def test_a_short_password_is_none() -> None:
    assert why_not_password("12345678") is None
    assert "longer" in str(why_not_password("1234567"))


@pytest.mark.parametrize("text", ["", "a b", "a/b", "-a", "a..b", "a:80", "http://a", "a;b", "é.org", "a" * 64])
def test_what_is_no_name_of_a_host(text: str) -> None:
    with pytest.raises(ValueError, match="is no name of a host"):
        parse_name(text)
