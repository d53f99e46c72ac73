"""The user's own limits: they change single values, and every mistake is told with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.checks.limits import Limits
from tui.core.checks.ownlimits import with_own
from tui.core.profiles import PROFILES
from tui.core.settings import ConfigFile, SettingsError
from tui.engine.checkdata import OWN_LIMITS, load_limits

HIGH = "voltage.mean10.high_v"


def _write(folder: Path, text: str | bytes) -> Path:
    path = folder / OWN_LIMITS
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_without_a_file_the_limits_are_those_of_the_grid(tmp_path: Path) -> None:
    limits = load_limits("nl", tmp_path / OWN_LIMITS)
    assert limits[HIGH] == 253.0
    assert limits.changed == ()


@pytest.mark.parametrize(
    "text",
    [
        '["voltage.mean10"]\nhigh_v = 264.5\n',
        "[voltage.mean10]\nhigh_v = 264.5\n",
        "voltage.mean10.high_v = 264.5\n",
        '"voltage.mean10" = { high_v = 264.5 }\n',
        "[voltage]\nmean10 = { high_v = 264.5 }\n",
        "[voltage]\nmean10.high_v = { value = 264.5 }\n",
        "[voltage.mean10.high_v]\nvalue = 264.5\n",
    ],
)
def test_one_value_changes_and_no_other(tmp_path: Path, text: str) -> None:
    limits = load_limits("nl", _write(tmp_path, text))
    assert limits[HIGH] == 264.5
    assert limits["voltage.mean10.low_v"] == 207.0
    assert limits.changed == (HIGH,)
    assert limits.source_of([HIGH]) == "own limit"


def test_a_rule_without_a_dot_and_a_whole_number(tmp_path: Path) -> None:
    limits = load_limits("be-vlg-3x230", _write(tmp_path, "[link]\nsilent_s = 120\n[wifi]\nweak_pct = 0\n"))
    assert (limits["link.silent_s"], limits["wifi.weak_pct"]) == (120.0, 0.0)
    assert set(limits.changed) == {"link.silent_s", "wifi.weak_pct"}


def test_a_source_is_told_as_written_and_cannot_replace_one_of_ours(tmp_path: Path) -> None:
    text = (
        '[voltage.mean10]\nsource = "netcode"\nhigh_v = 264.5\nlow_v = { value = 200, source = "own-choice" }\n'
        '[sources]\nnetcode = "our \\u001b[31mown\\nbook"\n'
    )
    limits = load_limits("nl", _write(tmp_path, text))
    assert limits.source_of([HIGH]) == "our [31mown book"
    assert limits.source_of(["voltage.mean10.low_v"]) == "own choice"
    assert limits.source_of(["voltage.mean10.least_v"]) == load_limits("nl").source_of(["voltage.mean10.least_v"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[voltage.mean10\nhigh_v = 1\n", ":1: "),
        (b"# caf\xe9\n", ":1: not UTF-8 text"),
        ("\n[voltage.mean1]\nhigh_v = 1\n", ':2: voltage.mean1: unknown rule: did you mean "voltage.mean10"?'),
        ('\n["voltage.mean1"]\nhigh_v = 1\n', ':2: voltage.mean1: unknown rule: did you mean "voltage.mean10"?'),
        ("[nothing]\nx = 1\n", ":1: nothing: unknown rule: known are "),
        ("\n\n[voltage.mean10]\nhihg_v = 1\n", ':4: voltage.mean10.hihg_v: unknown limit: did you mean "high_v"?'),
        ('["voltage.mean10"]\n\nzzz = 1\n', ":3: voltage.mean10.zzz: unknown limit: known are high_v, "),
        ("high_v = 253\n", ":1: high_v: a limit stands below the name of its rule"),
        ("voltage = 253\n", ":1: voltage: it must be a table of limits"),
        ("[voltage]\nmean10 = 253\n", ":2: voltage.mean10: it must be a table of limits"),
        ("[voltage]\nhigh_v = 253\n", ":2: voltage.high_v: unknown rule"),
        (
            '[voltage.mean10]\n\nhigh_v = "253"\n',
            ":3: voltage.mean10.high_v: wrong type: it must be a number, like 253",
        ),
        ("[voltage.mean10]\nhigh_v = true\n", ":2: voltage.mean10.high_v: wrong type"),
        ("[voltage.mean10]\nhigh_v = [253]\n", ":2: voltage.mean10.high_v: wrong type"),
        ("[voltage.mean10]\nhigh_v = 2026-01-01\n", ":2: voltage.mean10.high_v: wrong type"),
        ("[voltage.mean10]\nhigh_v = nan\n", ":2: voltage.mean10.high_v: it must be a finite number"),
        ("[voltage.mean10]\nhigh_v = -inf\n", ":2: voltage.mean10.high_v: it must be a finite number"),
        ("[voltage.mean10]\nhigh_v = 1e999\n", ":2: voltage.mean10.high_v: it must be a finite number"),
        (f"[voltage.mean10]\nhigh_v = 1{'0' * 400}\n", ":2: voltage.mean10.high_v: it must be a finite number"),
        (f"[voltage.mean10]\nhigh_v = 1{'0' * 5000}\n", ": a number has too many digits"),
        ("[voltage.mean10]\nhigh_v = -1\n", ":2: voltage.mean10.high_v: -1 is below 0"),
        ("[voltage.mean10]\nhigh_v = {}\n", ":2: voltage.mean10.high_v: its value is missing"),
        (
            "[voltage.mean10]\nhigh_v = { vlaue = 1 }\n",
            ':2: voltage.mean10.high_v.vlaue: unknown key: did you mean "val',
        ),
        ('[link]\nsource = "book"\nwarn_pct = 5\n', ':3: link.warn_pct: its source "book" has no text'),
        ("[link]\nsource = 3\nwarn_pct = 5\n", ":3: link.warn_pct: its source must be text"),
        ('sources = "book"\n', ":1: sources: it must be a table"),
        ("[sources]\n\nbook = 3\n", ":3: sources.book: a source must be text"),
        ('[sources]\nbook = " "\n', ":2: sources.book: a source must be text"),
        ('["voltage.mean10"]\nhigh_v = 1\n[voltage.mean10]\nhigh_v = 2\n', ":4: voltage.mean10.high_v: given twice"),
        ("x = " + "[" * 5000, ""),
    ],
)
def test_a_mistake_names_file_line_and_what_is_allowed(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    path = _write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load_limits("nl", path)
    assert str(caught.value).startswith(f"{path}{sentence}")
    assert "\n" not in str(caught.value)


def test_a_folder_or_a_huge_file_holds_no_limits(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="directory"):
        load_limits("nl", tmp_path)
    with pytest.raises(SettingsError, match="larger than"):
        load_limits("nl", _write(tmp_path, b"#" * 2_000_000))


@pytest.mark.parametrize("grid", [None, *PROFILES])
def test_every_limit_of_every_grid_can_be_changed(tmp_path: Path, grid: str | None) -> None:
    usual = load_limits(grid)
    text = "".join(f"{name} = {usual[name] + 1}\n" for name in usual)
    limits = load_limits(grid, _write(tmp_path, text))
    assert {name: limits[name] for name in limits} == {name: usual[name] + 1 for name in usual}
    assert set(limits.changed) == set(usual)


def test_a_limit_that_only_another_grid_has_is_checked_and_does_nothing() -> None:
    here = Limits([{"sources": {"s": "here"}, "a": {"source": "s", "x": 1}}])
    everywhere = Limits([{"sources": {"s": "there"}, "a": {"source": "s", "x": 1}, "b": {"source": "s", "y": 2}}])
    limits = with_own(here, ConfigFile("f", {"b": {"y": 3}}), everywhere)
    assert list(limits) == ["a.x"]
    assert limits.source_of(["a.x"]) == "here"
    with pytest.raises(SettingsError, match=r"f:1: b\.y: wrong type"):
        with_own(here, ConfigFile("f", {"b": {"y": "3"}}), everywhere)


_KEYS = st.sampled_from(["voltage", "mean10", '"voltage.mean10"', "high_v", "source", "sources", "value", "link", "x"])
_RAW = st.sampled_from(["1", "-1", "nan", '"x"', "{}", "{ value = 2 }", '{ value = 2, source = "x" }', "[]", "true"])
_LINES = st.one_of(
    st.lists(_KEYS, min_size=1, max_size=3).map(lambda keys: f"[{'.'.join(keys)}]"),
    st.tuples(st.lists(_KEYS, min_size=1, max_size=3), _RAW).map(lambda pair: f"{'.'.join(pair[0])} = {pair[1]}"),
    st.text(max_size=20),
)


@given(st.lists(_LINES, max_size=6))
def test_any_file_is_read_or_refused_with_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = _write(tmp_path_factory.mktemp("any"), "\n".join(lines).encode("utf-8", "replace"))
    refused = ""
    try:
        load_limits("nl", path)
    except SettingsError as error:
        refused = str(error)
    assert not refused or refused.startswith(f"{path}:")
