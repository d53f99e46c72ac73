"""One pattern of many texts: it finds each of them, the longest, and survives whatever texts there are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.engine.report.anyof import any_of, bare


@pytest.mark.parametrize(
    ("texts", "text", "found"),
    [
        (["heat pump"], "the Heat_Pump, heat-pump and heat  |  pump", ["Heat_Pump", "heat-pump", "heat  |  pump"]),
        (["heat pump"], "heatpump or heat and pump", []),
        (["192.168.77.31"], "at 192-168-77-31.example or 192.168.77.3", ["192-168-77-31"]),
        (["aa:bb:cc:dd:ee:ff"], "AA-BB-CC-DD-EE-FF aa:bb:cc:dd:ee", ["AA-BB-CC-DD-EE-FF"]),
        (["ab", "abc", "abcdefgh", "abcdefghij"], "ab abc abd xab abcdefghijk", ["ab", "abc", "abcdefghij"]),
        (["/home/jan", "/home/jan/x"], "in /home/jan/x/y and /home/jan", ["/home/jan/x", "/home/jan"]),
        (["c:\\jan", "(a+)*"], "c:\\jan or (a+)*", ["c:\\jan", "(a+)*"]),
        (["☀", "Über Jansen"], "☀ ÜBER JANSEN", ["☀", "ÜBER JANSEN"]),
    ],
)
def test_each_is_found_in_any_case_and_with_anything_between_its_words(
    texts: list[str], text: str, found: list[str]
) -> None:
    pattern = any_of(texts)
    assert pattern is not None
    assert [one[0] for one in pattern.finditer(text)] == found
    assert {bare(one) for one in found} <= {bare(one) for one in texts}


def test_of_none_there_is_no_pattern() -> None:
    assert any_of([]) is None


def test_texts_of_which_each_begins_the_next_are_no_trouble() -> None:
    texts = ["a" * length for length in range(1, 500)]
    pattern = any_of(texts)
    assert pattern is not None
    found = pattern.search("." + "a" * 490 + ".")
    assert found is not None
    assert found[0] == "a" * 490


@settings(max_examples=40)
@given(st.lists(st.text("ab -.", min_size=1, max_size=12), min_size=1, max_size=12))
def test_whatever_they_are_each_is_found_whole(texts: list[str]) -> None:
    pattern = any_of(texts)
    assert pattern is not None
    for text in texts:
        found = pattern.search(text)
        assert found is not None
        assert len(found[0]) == len(text)
