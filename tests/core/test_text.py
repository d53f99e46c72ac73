"""clean and readable_id: what of a device's text may reach a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.text import clean, readable_id

ANY_TEXT = st.text(st.characters() | st.sampled_from("\x1b\x9b\0\x7f\t\r\n \u202e\u200b\ufe0f\u0301\u2028\ud800\ue000"))


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("ISKRA  2M550T-101", "ISKRA  2M550T-101"),
        ("  padded  ", "padded"),
        ("", ""),
        (" \t\n", ""),
        ("one\ntwo", "one two"),
        ("one \r\n\t two", "one two"),
        ("one\u2028two\x85three", "one two three"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("a\x00b\x07c\x7fd\x9be", "abcde"),
        ("user\u202egpj.exe\u2066x\u2069", "usergpj.exex"),
        ("no\u200bgap\ufeff\u00ad\u2060", "nogap"),
        ("a\ud800b\ue000c\U000f0000d\uffff", "abcd"),
        ("fill\u3164er\u115f", "filler"),
        ("\u2764\ufe0f", "\u2764"),
        ("Caf\u00e9 \U0001f600 \u96fb\u529b", "Caf\u00e9 \U0001f600 \u96fb\u529b"),
        ("e\u0301\u0302\u0303\u0304x\u0301", "e\u0301\u0302x\u0301"),
        ("e\u0301\u0302\u200b\u0303", "e\u0301\u0302"),
        ("\u0301alone", "alone"),
        ("a\u3000b\u00a0c", "a b c"),
        ("a \x1b  b", "a   b"),
    ],
)
def test_clean_gives_one_line_of_visible_characters(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("x" * 100, "x" * 8),
        ("\u00e9" * 100, "\u00e9" * 8),
        ("1234567  9", "1234567"),
        ("\u00e9234567  9", "\u00e9234567"),
    ],
)
def test_clean_cuts_at_the_limit_and_leaves_no_blank_at_the_cut(text: str, cleaned: str) -> None:
    assert clean(text, 8) == cleaned


@given(ANY_TEXT, st.integers(0, 20))
def test_clean_text_is_short_printable_and_stays_as_it_is(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert len(cleaned) <= limit
    assert cleaned.isprintable()
    assert cleaned == cleaned.strip()
    assert clean(cleaned, limit) == cleaned


@given(ANY_TEXT)
def test_accents_never_pile_up(text: str) -> None:
    marks = "".join("M" if unicodedata.category(char).startswith("M") else "." for char in clean(text))
    assert "MMM" not in marks
    assert not marks.startswith("M")


@pytest.mark.parametrize(
    ("unique_id", "shown"),
    [
        ("4B464D3130303030", "KFM10000"),
        ("4b464d3130303030", "KFM10000"),
        ("2D2D2D2D", "----"),
        ("4730303120", "G001"),
        ("4730303100000000", "G001"),
        ("436166C3A9", "Caf\u00e9"),
        ("00000000000000000000000000000000", "00000000000000000000000000000000"),
        ("20202020", "20202020"),
        ("00112233445566778899AABBCCDDEEFF", "00112233445566778899AABBCCDDEEFF"),
        ("411B5B324A", "411B5B324A"),  # "A", ESC, "[2J"
        ("41E280AE42", "41E280AE42"),  # a bidi override between A and B
        ("412042", "A B"),
        ("41 42", "41 42"),
        ("4B4", "4B4"),
        ("G0012345", "G0012345"),
        ("\u0664\u0661", "\u0664\u0661"),
        ("", ""),
    ],
)
def test_an_id_that_is_hex_of_printable_text_is_shown_decoded_and_any_other_as_it_is(
    unique_id: str, shown: str
) -> None:
    assert readable_id(unique_id) == shown


@given(ANY_TEXT | st.binary().map(bytes.hex))
def test_a_clean_id_stays_clean_when_it_is_decoded(text: str) -> None:
    assert readable_id(clean(text)).isprintable()
