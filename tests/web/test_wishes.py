"""What a tab may wish, as lines: nothing else is a wish."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.afar import (
    LONGEST,
    Add,
    Configure,
    Identify,
    ReadBatteries,
    ReadSwitch,
    SetBatteries,
    SetSwitch,
    Telegram,
    Wish,
    read_wish,
    wish_line,
)
from tui.core.battery.batteries import Mode, Permission, Wanted
from tui.core.model import DeviceSetting, Endpoint, Role

WISHES: list[Wish] = [
    Telegram("5c2fafe8a06f"),
    Identify("5c2fafe8a06f"),
    ReadSwitch("5c2fafe8a06f"),
    SetSwitch("5c2fafe8a06f", False),
    ReadBatteries("5c2fafe8a06f"),
    SetBatteries("5c2fafe8a06f", Wanted(Mode.TO_FULL)),
    SetBatteries("5c2fafe8a06f", Wanted(None, frozenset(Permission))),
    Configure("5C2FAFE8A06F", DeviceSetting("Zonnepanelen °", Role.SOLAR, "aabbccddeeff", True, "v1", 2.7)),
    Configure("5C2FAFE8A06F", DeviceSetting()),
    Add(Endpoint("192.168.1.5", 8443, "v2")),
]


@pytest.mark.parametrize("wish", WISHES)
def test_a_wish_comes_out_as_it_went_in(wish: Wish) -> None:
    line = wish_line(7, wish)
    assert line.endswith(b"\n")
    assert read_wish(line) == (7, wish)


def _with(**parts: object) -> bytes:
    return json.dumps({"number": 1, "wish": "SetSwitch", "key": "a", "power_on": True} | parts).encode()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * (LONGEST // 2),
        b" " * (LONGEST + 1),
        _with(number=True),
        _with(number=-1),
        _with(number=2**60),
        _with(number="1"),
        _with(wish="Scan"),
        _with(wish="__class__"),
        _with(wish=["SetSwitch"]),
        _with(more=1),
        _with(power_on=1),
        _with(power_on="off"),
        _with(key=""),
        _with(key="a\x1b[2J"),
        _with(key="a" * 300),
        _with(key=None),
        wish_line(1, WISHES[5]).replace(b"to_full", b"to_half"),
        wish_line(1, WISHES[7]).replace(b"2.7", b"NaN"),
        wish_line(1, WISHES[7]).replace(b"v1", b"v9"),
        wish_line(1, WISHES[7]).replace(b"solar", b"lunar"),
        wish_line(1, WISHES[7]).replace(b"true", b"1"),
        wish_line(1, WISHES[9]).replace(b"8443", b"0"),
        wish_line(1, WISHES[9]).replace(b"8443", b"true"),
        wish_line(1, WISHES[9]).replace(b"v2", b"v3"),
        wish_line(1, WISHES[9]).replace(b'"port"', b'"sport"'),
    ],
)
def test_what_is_no_wish_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is for a log
        read_wish(line)


@settings(max_examples=40)
@given(st.binary(max_size=200))
def test_noise_raises_nothing_else(noise: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        read_wish(noise)
