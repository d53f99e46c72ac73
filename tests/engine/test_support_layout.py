"""JSON for people: what is short stands on one line, and it is the same JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.reading import Json
from tui.engine.support.layout import WIDTH, laid_out


def test_what_is_short_stands_on_one_line() -> None:
    value: Json = {"a": [1, 2.5, None], "b": {"c": "x" * 120, "d": {}, "e": []}, "f": [{"g": True}, "h" * 110]}
    assert laid_out(value).splitlines() == [
        "{",
        ' "a": [1, 2.5, null],',
        ' "b": {',
        f'  "c": "{"x" * 120}",',
        '  "d": {},',
        '  "e": []',
        " },",
        ' "f": [',
        '  {"g": true},',
        f'  "{"h" * 110}"',
        " ]",
        "}",
    ]


def test_a_number_that_json_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        laid_out({"a": [float("nan")]})


VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=9,
)


@settings(max_examples=30)
@given(VALUES)
def test_it_is_the_same_json_in_ascii(value: Json) -> None:
    text = laid_out(value)
    assert json.loads(text) == value
    assert text.isascii()
    assert all(len(line) <= WIDTH or line.count('"') <= 4 for line in text.splitlines())
