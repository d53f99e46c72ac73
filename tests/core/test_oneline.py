"""One value or one line of a reading: what may be asked for, how it looks, and that nothing else can be reached."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.cli.commands.help import page
from tui.core.model import Device, Endpoint, Read
from tui.core.moment import Now
from tui.core.oneline import MISSING, NAMES, field, filled, parse_template, plain, values_of
from tui.core.quantities import QUANTITIES, Kind
from tui.core.reading import Measurement, Value

NOW = Now(1_800_000_000.0, 1000.0)
SOCKET = Device(
    "5c2faf000001",
    serial="5c2faf000001",
    product_type="HWE-SKT",
    name="Freezer",
    endpoints=(Endpoint("192.168.1.20"),),
    measurement=Read(Measurement({"power_w": 61.5, "energy_import_kwh": 1234.567}), NOW.plus(-0.25)),
)


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("{power_w:.0f} W", "62 W"),
        ("{power_w} W", "61.5 W"),
        ("{name} is {state}, {age_s:.2f} s old", "Freezer is live, 0.25 s old"),
        ("{serial}", "5c2faf000001"),
        ("{power_w:8.1f}|{power_w:<8.1f}|{power_w:^8.1f}|", "    61.5|61.5    |  61.5  |"),
        ("{power_w:>8}|{power_w:_<8}|", "    61.5|61.5____|"),
        ("{power_w:+d}{power_w:06d}", "+62000062"),
        ("{power_w:.3}", "61.500"),
        ("{name:>9}{name:.3}", "  FreezerFre"),
        ("{voltage_v:.1f} V, {power_w:d} W", "- V, 62 W"),
        ('{{"text": "{power_w:.0f} W"}}', '{"text": "62 W"}'),
        ("", ""),
        ("no value", "no value"),
    ],
)
def test_a_template_becomes_a_line(template: str, line: str) -> None:
    assert filled(parse_template(template), values_of(SOCKET, NOW)) == line


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-1623.0, "-1623"),
        (13779.552, "13779.552"),
        (1e-9, "0"),
        (-1e-9, "0"),
        (2e21, "2000000000000000000000"),
        (0.1 + 0.2, "0.3"),
        ("KAIFA", "KAIFA"),
        (datetime(2026, 6, 13, 14, 30), "2026-06-13T14:30:00"),
    ],
)
def test_a_value_alone_is_what_a_script_can_read(value: Value, text: str) -> None:
    assert plain(value) == text


@pytest.mark.parametrize(
    ("spec", "text"), [(".0f", "0"), ("+.0f", "+0"), ("d", "0"), ("5.1f", "  0.0"), ("x=4.0f", "xxx0")]
)
def test_nearly_nothing_has_no_minus(spec: str, text: str) -> None:
    assert filled(parse_template(f"{{power_w:{spec}}}"), {"power_w": -0.04}) == text


def test_what_was_not_sent_is_told_as_missing_in_the_users_words() -> None:
    silent = Device("192.168.1.9:80", endpoints=(Endpoint("192.168.1.9"),))
    values = values_of(silent, NOW)
    assert filled((field("power_w"),), values) == MISSING
    assert filled(parse_template("{power_w:.1f}/{serial}/{age_s}"), values, "?") == "?/?/?"
    assert filled((field("state"),), values) == "unknown"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{powr_w}", '"powr_w": unknown name: did you mean "power_w"?'),
        ("{flux_capacitor}", "unknown name: hwtui help json lists them"),
        ("{power_w.real}", '"power_w.real": unknown name'),
        ("{power_w[0]}", '"power_w[0]": unknown name'),
        ("{name.__class__.__mro__}", "unknown name"),
        ("{0}", "unknown name"),
        ("{}", "there is no name between { and }"),
        ("{power_w!r}", 'leave out "!r"'),
        ("{power_w:{name}}", '"{name}" is no format for power_w: write it like :.0f'),
        ("{power_w:,}", "is no format"),
        ("{power_w:_}", "is no format"),
        ("{power_w:9999999f}", "is no format"),
        ("{power_w:.99f}", "is no format"),
        ("{power_w:x}", "is no format"),
        ("{name:.0f}", '".0f" is no format for name: it is text'),
        ("{timestamp:%H:%M}", "is no format"),
        ("{power_w", "a brace itself is written twice, {{ or }}"),
        ("5 } 4", "a brace itself is written twice"),
    ],
)
def test_what_cannot_be_asked_for_is_said_in_a_sentence(template: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_template(template)


def test_a_field_is_checked_as_a_name_of_a_template_is() -> None:
    with pytest.raises(ValueError, match='did you mean "power_l1_w"'):
        field("power_l1")


NUMBERS = [name for name, row in QUANTITIES.items() if row.kind not in (Kind.TEXT, Kind.TIME)]
SPECS = st.from_regex(r"(.?[<>=^])?[-+ ]?0?[0-9]{0,2}(d|(\.[0-9])?[feg%]?)", fullmatch=True)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(NUMBERS),
    SPECS,
    st.one_of(st.integers(-(2**53), 2**53), st.floats(-1e15, 1e15, allow_nan=False)),
)
def test_every_format_that_is_taken_gives_every_number_a_look(name: str, spec: str, value: float) -> None:
    try:
        parts = parse_template(f"{{{name}:{spec}}}")
    except ValueError:
        assert "{" in spec or "}" in spec
        return
    assert len(filled(parts, {name: value})) <= 99


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("{}:.[]!")))
def test_any_text_is_a_template_or_an_error_of_one_line(text: str) -> None:
    said = None
    try:
        line = filled(parse_template(text), values_of(SOCKET, NOW))
    except ValueError as error:
        said = str(error)
    assert "\n" not in said if said else line or not text


def test_the_help_names_all_that_can_be_asked_for() -> None:
    section = page("json").partition("## One value, or one line")[2].partition("\n## ")[0]
    assert set(NAMES) <= set(re.findall(r"`([a-z0-9_]+)`", section))
