"""A word that has to be typed by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.byhand import FASTEST_S, TOO_FAST, WAIT_S, WRONG, ByHand

SHOWN = 1000.0


def typed(text: str, gap_s: float, *, first_s: float = 1.0, word: str = "off") -> ByHand:
    """The entry after `text`, its first character `first_s` after the question appeared."""
    entry = ByHand(word, SHOWN)
    for at, character in enumerate(text):
        entry.type(character, SHOWN + first_s + at * gap_s)
    return entry


@pytest.mark.parametrize("word", ["off", "on", "zero"])
@pytest.mark.parametrize("gap_s", [FASTEST_S + 0.001, 0.1, 5.0, 3600.0])
def test_the_word_and_the_key_do_it(word: str, gap_s: float) -> None:
    entry = typed(word, gap_s, word=word)
    assert entry.complete
    assert entry.confirm(SHOWN + 1.0 + len(word) * gap_s)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o",
        "of",
        "offf",
        "OFF",
        "Off",
        " off",
        "off ",
        "o ff",
        "off\t",
        "on",
        "xoff",
        "\u0441ff",
        "oof",
        "of\u200bf",
    ],
)
def test_nothing_but_the_word_does_it(text: str) -> None:
    entry = typed(text, 0.2)
    assert not entry.confirm(SHOWN + 60)


@pytest.mark.parametrize("gap_s", [0.0, 0.002, 0.01, FASTEST_S - 0.001])
def test_a_word_faster_than_a_hand_counts_for_nothing(gap_s: float) -> None:
    entry = typed("off", gap_s)
    assert entry.flaw == TOO_FAST
    assert not entry.confirm(SHOWN + 60)


def test_the_key_has_to_come_from_a_hand_too() -> None:
    entry = typed("off", 0.2)
    assert not entry.confirm(SHOWN + 1.4 + FASTEST_S / 2)
    assert entry.flaw == TOO_FAST


@pytest.mark.parametrize("first_s", [-30.0, -0.1, 0.0, 0.1, WAIT_S - 0.01])
def test_a_key_from_before_the_question_could_be_read_is_dropped(first_s: float) -> None:
    entry = typed("o", 0.2, first_s=first_s)
    assert (entry.typed, entry.flaw) == ("", None)
    assert not entry.confirm(SHOWN + first_s)


def test_a_stream_that_begins_before_the_question_is_one_of_a_machine_when_it_counts() -> None:
    entry = typed("x" * 200 + "off", 0.01, first_s=-1.0)
    assert entry.flaw == TOO_FAST


def test_a_flaw_stays_until_it_is_cleared() -> None:
    entry = typed("x", 0.2)
    assert entry.flaw == WRONG
    for at, character in enumerate("off"):
        entry.type(character, SHOWN + 5 + at)
    assert not entry.confirm(SHOWN + 20)
    entry.clear()
    for at, character in enumerate("off"):
        entry.type(character, SHOWN + 30 + at)
    assert entry.confirm(SHOWN + 40)


def test_a_new_line_after_the_word_changes_nothing_and_after_a_machine_neither() -> None:
    assert typed("off\r", 0.2).confirm(SHOWN + 60)
    assert not typed("off\r", 0.01).confirm(SHOWN + 60)


def test_what_is_pasted_counts_for_nothing() -> None:
    entry = typed("off", 0.2)
    entry.paste(SHOWN + 5)
    assert entry.flaw == TOO_FAST
    assert not entry.confirm(SHOWN + 60)


KEYS = st.tuples(st.sampled_from("offn \r\tx"), st.floats(0.0, 2.0))


@given(st.lists(KEYS, max_size=30), st.floats(-2.0, 2.0))
def test_it_is_complete_only_when_the_last_that_was_typed_is_the_word(
    keys: list[tuple[str, float]], first_s: float
) -> None:
    entry, at = ByHand("off", SHOWN), SHOWN + first_s
    counted = []
    for character, gap_s in keys:
        at += gap_s
        entry.type(character, at)
        if at >= SHOWN + WAIT_S:
            counted.append((character, gap_s))
    words = "".join(character for character, _ in counted if character not in "\r\n")
    slow = all(gap_s >= FASTEST_S for _, gap_s in counted[1:])
    if entry.complete:
        assert words == "off"
        assert slow
