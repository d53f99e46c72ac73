"""What the page says, and what the screen is told."""

from __future__ import annotations

import json

import pytest

from tui.core.tabwords import LONGEST_TYPED, Said, asked_size, said, size_of


def meta(**told: object) -> bytes:
    body = json.dumps(told).encode()
    return b"M" + len(body).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        ('["stdin", "3"]', Said(b"D\0\0\0\x013")),
        ('["stdin", "\\u00e9"]', Said("D\0\0\0\x02é".encode())),
        ('["stdin", "\\ud800x"]', Said(b"D\0\0\0\x01x")),
        ('["stdin", ""]', Said()),
        ('["stdin", "\\ud800"]', Said()),
        ('["resize", {"width": 100, "height": 30}]', Said(meta(type="resize", width=100, height=30))),
        ('["resize", {"width": 1e9, "height": 0}]', None),
        ('["resize", {"width": 1000000000, "height": -5}]', Said(meta(type="resize", width=500, height=1))),
        ('["ping", "17"]', Said(answer='["pong", "17"]')),
        ('["focus"]', Said(meta(type="focus"))),
        ('["blur"]', Said(meta(type="blur"))),
        ('["stdin", 3]', None),
        (json.dumps(["stdin", "x" * (LONGEST_TYPED + 1)]), Said(b"D\0\0\x10\0" + b"x" * LONGEST_TYPED)),
        (
            json.dumps(["stdin", f"\x1b[200~{'x' * LONGEST_TYPED}\x1b[201~"]),  # pasted: its end is kept
            Said(b"D\0\0\x10\x06" + b"\x1b[200~" + b"x" * (LONGEST_TYPED - 6) + b"\x1b[201~"),
        ),
        (json.dumps(["ping", "x" * 100]), None),
        ('["quit"]', None),
        ('["deliver_chunk_request", {"key": "x"}]', None),
        ("{}", None),
        ("", None),
        ("[" * 20_000, None),
    ],
)
def test_a_message_means_one_thing_or_nothing(message: str, meant: Said | None) -> None:
    if meant is None:
        with pytest.raises(ValueError):  # noqa: PT011
            said(message)
    else:
        assert said(message) == meant


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ({"width": "111", "height": "33"}, (111, 33)),
        ({}, (80, 24)),
        ({"width": "NaN", "height": "99999"}, (80, 500)),
        ({"width": "0", "height": "-3"}, (1, 24)),
        ({"width": "9" * 5000, "height": "٣"}, (80, 24)),
    ],
)
def test_a_size_that_no_screen_has_is_none(query: dict[str, str], size: tuple[int, int]) -> None:
    assert asked_size(query) == size


def test_a_packet_that_no_screen_sends_is_none() -> None:
    assert size_of(b"D\0\0\1\0") == 256
    with pytest.raises(ValueError, match="no packet"):
        size_of(b"D\xff\xff\xff\xff")
