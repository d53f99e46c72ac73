"""A secret tells itself nowhere: not when it is printed, and not in what a device sends back."""

from __future__ import annotations

import copy
import json
import pickle
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.api.decode import decode
from tui.core.api.v2 import parse_message
from tui.core.secret import Secret
from tui.core.text import clean, readable_id

TOKEN = "C0FFEE00DEADBEEF0123456789ABCDEF"  # noqa: S105  of nobody
SECRET = Secret(TOKEN)
ESCAPED = "".join(f"\\u{ord(char):04x}" for char in TOKEN)
SPLIT = f"{TOKEN[:9]}\\u0000{TOKEN[9:]}"


def test_it_prints_as_stars_and_is_not_copied() -> None:
    assert f"{SECRET} {SECRET!r} {[SECRET]}" == "*** *** [***]"
    for way in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            way(SECRET)


@pytest.mark.parametrize(
    "told",
    [
        TOKEN,
        TOKEN.lower(),
        ESCAPED,
        f"\\u0043{TOKEN[1:]}",
        SPLIT,
        f"{TOKEN[:9]}\\u200b{TOKEN[9:]}",
        f"{TOKEN[:9]}\u2060{TOKEN[9:]}",
        f"{TOKEN[:9]}\x7f\x01{TOKEN[9:]}",
        f"\\n {TOKEN}\\t",
        "x" * 200 + TOKEN + "y" * 200 + TOKEN,
        TOKEN.encode().hex(),
    ],
    ids=range(11),
)
def test_json_that_tells_it_in_whatever_way_no_longer_does(told: str) -> None:
    body = f'{{"a": "x {told} y", "{told}": 1, "b": ["{told}", {{"c": "{told}"}}], "d": 230.1, "e": null}}'
    assert SECRET.may_be_in(body.encode())
    data, notes = SECRET.hidden(*decode(body.encode()))
    assert isinstance(data, dict)
    shown = f"{clean(json.dumps(data, ensure_ascii=False), 9999)} {notes}"
    for text in (shown, *map(readable_id, data["b"][:1])):
        assert TOKEN.lower() not in text.lower()
        assert TOKEN.encode().hex() not in text
    assert "***" in data["a"]
    assert data["b"][0].replace("x", "").replace("y", "") in ("***", "******")
    assert (data["d"], data["e"]) == (230.1, None)


def test_an_answer_in_bytes_no_longer_tells_it_either() -> None:
    assert SECRET.hidden_in(f"/KMP5 {TOKEN}\r\n{TOKEN.lower()}!".encode()) == b"/KMP5 ***\r\n***!"


def test_a_pushed_message_is_read_without_it() -> None:
    text = f'{{"type": "x{SPLIT}", "data": {{"message": "{ESCAPED}"}}}}'
    assert parse_message(text.encode(), SECRET)[:2] == ("x***", {"message": "***"})


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=40), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=30, deadline=None)
@given(JSON)
def test_what_does_not_tell_it_stays_as_it_is(data: object) -> None:
    assert SECRET.hidden(data)[0] is data
    assert SECRET.hidden([data, TOKEN])[0] == [data, "***"]


@settings(max_examples=30, deadline=None)
@given(JSON, st.sampled_from((TOKEN, TOKEN.lower(), SPLIT, TOKEN.encode().hex().upper(), "C0FFEE")), st.booleans())
def test_where_it_cannot_be_nothing_is_hidden(data: object, told: str, ascii_only: bool) -> None:
    body = json.dumps({"a": data, "b": f"x{told}"}, ensure_ascii=ascii_only).encode()
    whole, notes = decode(body)
    if not SECRET.may_be_in(body):
        assert SECRET.hidden(whole, notes)[0] is whole


def test_of_a_usual_message_it_is_seen_at_once_that_it_does_not_tell() -> None:
    assert not SECRET.may_be_in(b'{"type":"measurement","data":{"power_w":230.1,"meter_model":"ISKRA 2M550T-101"}}')
    assert Secret("\u017fecret").may_be_in(b'{"a":"secret"}')  # which is the same without regard to case


def test_what_is_nested_deeply_is_no_trouble() -> None:
    deep: object = TOKEN
    for _ in range(100_000):
        deep = [deep]
    start = time.process_time()
    shown, _ = SECRET.hidden({"a": deep, "b": TOKEN})
    assert time.process_time() - start < 2.0
    assert isinstance(shown, dict)
    assert shown["b"] == "***"
    while isinstance(shown, (list, dict)) and shown:
        shown = shown[0] if isinstance(shown, list) else shown["a"]
    assert not isinstance(shown, str)
