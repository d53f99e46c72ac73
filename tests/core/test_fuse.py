"""The main fuse: how it may be written, and what it carries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.fuse import USUAL_FUSES, Fuse, parse_fuse


@pytest.mark.parametrize(
    ("text", "fuse"),
    [
        ("3x25", Fuse(3, 25)),
        ("1x35", Fuse(1, 35)),
        ("3X25", Fuse(3, 25)),
        ("3\N{MULTIPLICATION SIGN}25", Fuse(3, 25)),
        ("3*25", Fuse(3, 25)),
        (" 3 x 25 A ", Fuse(3, 25)),
        ("3x25a", Fuse(3, 25)),
        ("1x12.5", Fuse(1, 12.5)),
        ("1x6", Fuse(1, 6)),
        ("3x250", Fuse(3, 250)),
    ],
)
def test_a_fuse_may_be_written_in_several_ways(text: str, fuse: Fuse) -> None:
    assert parse_fuse(text) == fuse


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3x",
        "x25",
        "25",
        "2x25",
        "0x25",
        "3x-25",
        "3x2e1",
        "3x25x",
        "3 25",
        "3x25.25",
        "3xnan",
        "3x٢٥",
        "9" * 100_000,
    ],
)
def test_what_is_no_fuse_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match='is written like "3x25"'):
        parse_fuse(text)


@pytest.mark.parametrize("text", ["3x5", "1x5.9", "3x0", "3x251", "3x999"])
def test_no_home_has_so_small_or_so_large_a_fuse(text: str) -> None:
    with pytest.raises(ValueError, match="out of range: use 6 to 250 A"):
        parse_fuse(text)


def test_four_digits_are_no_fuse() -> None:
    with pytest.raises(ValueError, match='is written like "3x25"'):
        parse_fuse("3x9999")


@given(st.text(max_size=20))
def test_any_text_is_a_fuse_that_is_written_as_it_is_read_or_is_refused(text: str) -> None:
    try:
        fuse = parse_fuse(text)
    except ValueError:
        return
    assert parse_fuse(str(fuse)) == fuse


@pytest.mark.parametrize(
    ("text", "kilowatts"),
    [
        ("1x25", 5.75),
        ("1x35", 8.05),
        ("1x40", 9.2),
        ("1x50", 11.5),
        ("1x63", 14.5),
        ("3x16", 11.0),
        ("3x20", 13.8),
        ("3x25", 17.25),
        ("3x32", 22.1),
        ("3x35", 24.15),
        ("3x40", 27.6),
        ("3x50", 34.5),
        ("3x63", 43.5),
        ("3x80", 55.2),
    ],
)
def test_the_power_that_a_fuse_carries(text: str, kilowatts: float) -> None:
    assert parse_fuse(text).power_w() / 1000 == pytest.approx(kilowatts, abs=0.05)


@pytest.mark.parametrize(("text", "kilovolt_ampere"), [("3x25", 9.96), ("3x40", 15.93), ("1x40", 9.2)])
def test_without_a_neutral_three_phases_carry_less(text: str, kilovolt_ampere: float) -> None:
    assert parse_fuse(text).power_w(has_neutral=False) / 1000 == pytest.approx(kilovolt_ampere, abs=0.01)


@pytest.mark.parametrize("text", USUAL_FUSES)
def test_the_usual_sizes_are_written_as_they_are_read(text: str) -> None:
    assert str(parse_fuse(text)) == text
