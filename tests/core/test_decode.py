"""The bytes of an answer: what is read of those that are not quite JSON, and what is said of those that are none."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.core.api.decode import UNREADABLE, NotJsonError, decode
from tui.core.api.dialect import parse_identity
from tui.core.api.patient import DEPTH, why_not
from tui.core.api.v1 import parse_measurement, parse_switch, parse_system
from tui.core.reading import Identity, Measurement, Switch, System

NOT_UTF8 = f"not UTF-8, {UNREADABLE} stands for what cannot be read"
CONTROL = "control characters left out"
BACKSLASH = "a backslash that JSON does not know, taken as it is"


def answer(ssid: bytes) -> bytes:
    """An answer to `/api/v1/data` with these bytes between the quotes of the Wi-Fi name."""
    return b'{"wifi_ssid":"' + ssid + b'","wifi_strength":64,"active_power_w":-676.5,"any_power_fail_count":7}'


def measured(body: bytes) -> tuple[Measurement, System]:
    read = parse_measurement(*decode(body))
    assert read is not None
    return read


# ---------------------------------------------------------------------- a field costs only itself


@pytest.mark.parametrize(
    ("ssid", "shown", "notes"),
    [
        (b"Zoltana", "Zoltana", ()),
        ("Zoltána".encode(), "Zoltána", ()),
        ("Zoltána".encode("latin-1"), f"Zolt{UNREADABLE}na", (f"wifi_ssid: {NOT_UTF8}",)),
        ("Zoltána €".encode("cp1252"), f"Zolt{UNREADABLE}na {UNREADABLE}", (f"wifi_ssid: {NOT_UTF8}",)),
        ("Zoltáná".encode()[:-1], f"Zoltán{UNREADABLE}", (f"wifi_ssid: {NOT_UTF8}",)),
        ("家".encode()[:2], UNREADABLE, (f"wifi_ssid: {NOT_UTF8}",)),
        ("ネット".encode("shift-jis"), f"{UNREADABLE}l{UNREADABLE}b{UNREADABLE}g", (f"wifi_ssid: {NOT_UTF8}",)),
        (b"\xf0\x9f\x98", UNREADABLE, (f"wifi_ssid: {NOT_UTF8}",)),
        (b"\xed\xa0\x80", 3 * UNREADABLE, (f"wifi_ssid: {NOT_UTF8}",)),  # a surrogate in UTF-8
        (b"\xc0\xaf", 2 * UNREADABLE, (f"wifi_ssid: {NOT_UTF8}",)),  # an overlong slash
        (b"a\x00b", "ab", (f"wifi_ssid: {CONTROL}",)),
        (b"a\tb\r\n", "a b", (f"wifi_ssid: {CONTROL}",)),
        (b"\x1b[31mred", "[31mred", (f"wifi_ssid: {CONTROL}",)),
        (b"\x01\xff", UNREADABLE, (f"wifi_ssid: {NOT_UTF8}", f"wifi_ssid: {CONTROL}")),
        (b"C:\\home", "C:\\home", (f"wifi_ssid: {BACKSLASH}",)),
        (b"\\x41\\u12", "\\x41\\u12", (f"wifi_ssid: {BACKSLASH}",)),
        (b"a\\\\", "a\\", ()),
        (b"\\ud800", None, ()),  # half a pair, escaped: valid JSON, and no character
        (b"\\ud83d\\ude00", "\U0001f600", ()),
        (b"x" * 5000, "x" * 96, ()),
        (b"\xff" * 5000, UNREADABLE * 96, (f"wifi_ssid: {NOT_UTF8}",)),
    ],
)
def test_a_text_that_is_not_quite_one_is_shown_as_far_as_it_can_be_and_the_numbers_are_kept(
    ssid: bytes, shown: str | None, notes: tuple[str, ...]
) -> None:
    measurement, system = measured(answer(ssid))
    assert measurement.values == {"power_w": -676.5, "any_power_fail_count": 7}
    assert system.wifi_strength_pct == 64
    assert measurement.notes == notes
    assert system.wifi_ssid == shown
    json.dumps(system.wifi_ssid, ensure_ascii=False).encode()  # it can be written


@pytest.mark.parametrize(
    ("field", "note"),
    [
        (b'"active_power_l1_w":NaN', "active_power_l1_w: not a finite number, dropped"),
        (b'"active_power_l1_w":-Infinity', "active_power_l1_w: not a finite number, dropped"),
        *(
            (b'"active_power_l1_w":' + word, "active_power_l1_w: not a finite number, dropped")
            for word in (b"nan", b"-nan", b" NAN", b"nan(0x7ff8)", b"-nan(ind)", b"inf", b"-inf", b"+inf", b"Infinity")
        ),
        (b'"active_power_l1_w":[nan,"inf"]', "active_power_l1_w: not a number, dropped"),
        (b'"active_power_l1_w":1e999', "active_power_l1_w: not a finite number, dropped"),
        (b'"active_power_l1_w":' + b"9" * 5000, "active_power_l1_w: too large, dropped"),
        (b'"active_power_l1_w":-' + b"1" * 5000, "active_power_l1_w: too large, dropped"),
        (b'"active_power_l1_w":' + b"[" * 20_000 + b"]" * 20_000, "active_power_l1_w: not a number, dropped"),
        (b'"new":' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "new: not all of it can be kept, cut"),
        (b'"new":' + b"[" * 2000 + b'"]"' + b"]" * 2000, "new: not all of it can be kept, cut"),
        (b'"meter_model":"a\xffb"', f"meter_model: {NOT_UTF8}"),
        (b'"new":{"deep":["\xff"]}', f"new: {NOT_UTF8}"),
        (b'"n\xffew":1', f"n{UNREADABLE}ew: {NOT_UTF8}"),
        (b'"external":[{"type":"gas_meter","unique_id":"\xe4","value":1}]', f"external: {NOT_UTF8}"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_one_bad_field_costs_only_itself(field: bytes, note: str) -> None:
    measurement, system = measured(answer(b"Home").replace(b'"wifi_strength":64', field + b',"wifi_strength":64'))
    assert measurement.number("power_w") == -676.5
    assert measurement.number("any_power_fail_count") == 7
    assert system == System("Home", 64)
    assert measurement.notes == (note,)


def test_what_is_no_number_in_c_is_a_word_like_any_other_within_a_text() -> None:
    body = b'{"active_power_w":nan,"wifi_ssid":"nan \\" inf -nan","nan":"inf","active_current_a":2}'
    measurement, system = measured(body)
    assert (measurement.values, measurement.extra) == ({"current_a": 2}, {"nan": "inf"})
    assert measurement.notes == ("active_power_w: not a finite number, dropped",)
    assert system.wifi_ssid == 'nan " inf -nan'


@pytest.mark.parametrize("word", [b"nano", b"info", b"1nan", b"nan nan", b"nan(", b"infinite"])
def test_what_is_no_word_of_c_is_still_no_json(word: bytes) -> None:
    with pytest.raises(NotJsonError):
        decode(b'{"active_power_w":' + word + b"}")


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b" \r\n", b"\0"])
@pytest.mark.parametrize("after", [b"", b"\0", b"\0\0\r\n"])
def test_what_lies_around_an_answer_is_no_part_of_it(before: bytes, after: bytes) -> None:
    assert decode(before + b'{"a":[1.5,"\xc3\xa9"]}' + after) == ({"a": [1.5, "é"]}, ())


def test_of_equal_names_the_last_one_counts() -> None:
    assert measured(b'{"active_power_w":1,"active_power_w":2,"active_power_w":3}')[0].values == {"power_w": 3}


def test_many_bad_texts_make_one_note() -> None:
    body = b"{" + b",".join(b'"new%d":"\xff"' % number for number in range(9)) + b"}"
    assert decode(body)[1] == (f"new0, new1, new2, new3 and 5 more: {NOT_UTF8}",)


def test_a_note_says_so_in_each_answer() -> None:
    identity = parse_identity(*decode(b'{"serial":"aabbcc","product_type":"HWE-SKT","product_name":"B\xfcro"}'))
    named = f"B{UNREADABLE}ro"
    assert identity == Identity("aabbcc", "HWE-SKT", named, notes=(f"product_name: {NOT_UTF8}",))
    switch = parse_switch(*decode(b'{"power_on":true,"brightness":NaN,"label":"\xfc"}'))
    assert switch == Switch(True, notes=(f"label: {NOT_UTF8}", "brightness: not a finite number, dropped"))
    system = parse_system(*decode(b'{"cloud_enabled":false,"wifi_ssid":"a\x07"}'))
    assert system == System(cloud_enabled=False, notes=(f"wifi_ssid: {CONTROL}",))


def test_a_serial_that_cannot_be_read_identifies_nothing() -> None:
    assert parse_identity(*decode(b'{"serial":"aa\xffbb","product_type":"HWE-P1"}')) is None


NO_QUOTE = st.binary(max_size=80).filter(lambda text: b'"' not in text and not text.endswith(b"\\"))


@given(NO_QUOTE)
@example(b"\\u")
@example(b"\\\\\\u00")
@example(b"\xe2\x82")
@example(b"\xef\xbb\xbf")
def test_no_bytes_whatever_between_the_quotes_lose_a_number(ssid: bytes) -> None:
    """A quote is left out, and a backslash at the end, which makes one of the next quote.

    Where the firmware does not escape it, the text really ends there, and what comes after it is not JSON.
    """
    measurement, system = measured(answer(ssid))
    assert measurement.values == {"power_w": -676.5, "any_power_fail_count": 7}
    assert system.wifi_strength_pct == 64
    assert system.wifi_ssid is None or system.wifi_ssid.isprintable()
    assert measurement.extra == {}


PIECES = st.sampled_from(
    ['"', "\\", '","', '":"', '"}', '{"a":"', '","active_power_w":9,"x":"', '","y":["', "]", ",", "é"]
)


@given(st.lists(PIECES, max_size=8).map(lambda pieces: "".join(pieces).encode()) | st.binary(max_size=40), st.binary())
@example(b"", b"")
@example(b'","active_power_w":9,"x":', b"")
@example(b'","x":', b"\\")
def test_with_a_quote_in_a_text_every_number_is_read_or_the_answer_is_no_json(before: bytes, after: bytes) -> None:
    body = answer(before + b'"' + after)
    try:
        measurement, system = measured(body)
    except NotJsonError:
        assert why_not(body, known=True).startswith("The answer ")
    else:
        assert (measurement.number("power_w"), measurement.number("any_power_fail_count")) == (-676.5, 7)
        assert system.wifi_strength_pct == 64


@given(NO_QUOTE, NO_QUOTE)
def test_no_bytes_whatever_in_a_name_or_an_unknown_text_lose_a_number(name: bytes, text: bytes) -> None:
    body = b'{"x' + name + b'":{"y":["' + text + b'"]},' + answer(b"Home")[1:]
    measurement, system = measured(body)
    assert measurement.values == {"power_w": -676.5, "any_power_fail_count": 7}
    assert system == System("Home", 64)
    json.dumps(measurement.extra, allow_nan=False, ensure_ascii=False).encode()


@given(st.binary(max_size=60) | st.text('{}[]",:\\ue0\ud800', max_size=60).map(lambda t: t.encode("utf-8", "replace")))
def test_whatever_comes_is_read_or_said_in_a_printable_sentence(body: bytes) -> None:
    for whole in (body, answer(body)):
        try:
            data, notes = decode(whole)
        except NotJsonError:
            for known in (False, True):
                assert why_not(whole, known=known).isprintable()
        else:
            assert all(note.isprintable() for note in notes)
            parse_measurement(data, notes)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip  # noqa: E501
def test_valid_json_is_read_as_it_is_and_without_a_note(data: object) -> None:
    assert decode(json.dumps(data).encode()) == (data, ())
    assert decode(b"\0" + json.dumps(data).encode())[0] == data


# ---------------------------------------------------------------------- what is no JSON any more

QUOTE = "is there a quote or a backslash in the Wi-Fi name? Rename it"
AGAIN = "if it stays so, restart it"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (answer(b'The "Nest"'), f"The answer is not JSON from byte 20 on: {QUOTE}"),
        (answer(b'"'), f"The answer is not JSON from byte 16 on: {QUOTE}"),
        (answer('é"x'.encode()), f"The answer is not JSON from byte 18 on: {QUOTE}"),
        (b"\xef\xbb\xbf" + answer(b'\xe9"x'), f"The answer is not JSON from byte 20 on: {QUOTE}"),
        (answer(b'a","b'), f"The answer is not JSON from byte 21 on: {QUOTE}"),
        (answer(b"home\\"), f"The answer is not JSON from byte 23 on: {QUOTE}"),
        (answer(b'\\q"x'), f"The answer is not JSON from byte 18 on: {QUOTE}"),
        (b'{"active_power_w":5,"wifi_ssid":"a\\"}', f"The answer is not JSON from byte 33 on: {QUOTE}"),
        (
            b'{"wifi_ssid":"a","meter_model":"18" pipe","active_power_w":5}',
            "The answer is not JSON from byte 37 on: is there a quote or a backslash in meter_model? "
            "Newer firmware may mend that",
        ),
        (b'{"wifi_ssid":"a","active_power_w":}', f"The answer is not JSON from byte 35 on, at active_power_w: {AGAIN}"),
        (
            b'{"wifi_ssid":"a","active_power_l1_w":-nan,"active_power_w":}',
            f"The answer is not JSON from byte 60 on, at active_power_w: {AGAIN}",
        ),
        (b'{"wifi_ssid":"a","x":{"y":01}}', f"The answer is not JSON from byte 28 on, at y: {AGAIN}"),
        (b'{"wifi_ssid":"a"} {"wifi_ssid":"a"}', f"The answer goes on after its end, at byte 19: {AGAIN}"),
        (b'{"wifi_ssid":"a","active_power_w":1', f"The answer was cut short after 35 bytes: {AGAIN}"),
        (b'{"wifi_ssid":"a","active_po', f"The answer was cut short after 27 bytes: {AGAIN}"),
        (b'{"wifi_ssid":"a","active_power_w":-', f"The answer was cut short after 35 bytes: {AGAIN}"),
        (b'{"wifi_ssid":"a","x":[true,fal', f"The answer was cut short after 30 bytes: {AGAIN}"),
        (b'{"wifi_ssid":"\xff', f"The answer was cut short after 15 bytes: {AGAIN}"),
        (b'{"wifi_ssid":"a",' + b'"x":{' * 5000, f"The answer was cut short after 25017 bytes: {AGAIN}"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_it_is_said_at_which_byte_and_what_is_likely_and_the_device_is_not_doubted(body: bytes, text: str) -> None:
    with pytest.raises(NotJsonError):
        decode(body)
    assert why_not(body, known=False) == text
    assert why_not(body, known=True) == text


PAGE = "An HTML page, not the answer of a meter: does a router or a login page of the network answer here?"


@pytest.mark.parametrize(
    ("body", "unknown", "known"),
    [
        (b"", "The answer is empty: is it a HomeWizard device?", f"The answer is empty: {AGAIN}"),
        (b" \0", "The answer is empty: is it a HomeWizard device?", f"The answer is empty: {AGAIN}"),
        (b"<html>login</html>", PAGE, PAGE),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html>\n<html>", PAGE, PAGE),
        (b"<!-- router --><HTML>", PAGE, PAGE),
        (b"<title>Login</title>", PAGE, PAGE),
        (b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html PUBLIC "a">', PAGE, PAGE),
        (b'<?xml version="1.0"?><html xmlns="a">', PAGE, PAGE),
        (b"<script>location='/login'</script>", PAGE, PAGE),
        (
            b"<?xml version='1.0'?>",
            "The answer is not JSON: is it a HomeWizard device?",
            f"The answer is not JSON from byte 1 on: {AGAIN}",
        ),
        (
            b"hello",
            "The answer is not JSON: is it a HomeWizard device?",
            f"The answer is not JSON from byte 1 on: {AGAIN}",
        ),
        (
            b'{"printer":"a"b"}',
            "The answer is not JSON: is it a HomeWizard device?",
            "The answer is not JSON from byte 15 on: is there a quote or a backslash in printer? "
            "Newer firmware may mend that",
        ),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_the_device_is_doubted_only_where_nothing_points_to_one(body: bytes, unknown: str, known: str) -> None:
    with pytest.raises(NotJsonError):
        decode(body)
    assert why_not(body, known=False) == unknown
    assert why_not(body, known=True) == known


# ---------------------------------------------------------------------- time


@pytest.mark.parametrize(
    "piece",
    [
        b'"',
        b"\\",
        b'\\"',
        b'"\\"',
        b"[",
        b"{",
        b'{"a":',
        b'[""',
        b'"a" ',
        b'"a":',
        b'"\\u',
        b"\xff",
        b"]",
        b"9",
        b"nan(",
        b"-nan ",
        b"inf",
    ],
)
def test_a_body_full_of_beginnings_is_judged_in_a_moment(piece: bytes) -> None:
    body = b'{"wifi_ssid":"' + piece * (256 * 1024 // len(piece))
    start = time.process_time()
    for whole in (body, body[14:], body + b'"}'):
        try:
            decode(whole)
        except NotJsonError:
            why_not(whole, known=True)
    assert time.process_time() - start < 3.0  # 0.1 s here; what is quadratic takes minutes


def test_the_depth_that_is_read_is_deeper_than_what_is_kept() -> None:
    nested = json.loads("[" * (DEPTH - 1) + "]" * (DEPTH - 1))
    data, _ = decode(b"\0" + json.dumps(nested).encode())
    assert data == nested
