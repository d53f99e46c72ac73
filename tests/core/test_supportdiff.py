"""What has changed between two support files, in sentences."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.support.diff import changes, heading
from tui.core.support.opened import NotSupportError, read_support

Doc = dict[str, Any]
OLD: Doc = {
    "schema": 1,
    "system": {
        "hwtui": "0.1.0",
        "python": "CPython 3.11.7",
        "os": "Linux 6.1",
        "libraries": {"textual": "8.0.0", "httpx": None},
    },
    "settings": {"interval_s": {"value": 1.0, "from": "default"}, "hosts": {"value": ["address-1"], "from": "--host"}},
    "fleet": [
        {
            "serial": "device-1",
            "product_type": "HWE-P1",
            "host": "address-1",
            "port": 80,
            "firmware_version": "5.18",
            "paired": False,
            "state": "live",
            "problem": None,
        },
        {"serial": "device-2", "product_type": "HWE-SKT", "host": "address-2", "port": 80, "state": "live"},
    ],
    "links": [
        {
            "serial": "device-1",
            "answered": 90,
            "lost": 0,
            "latency_ms": {"p95": 20.0},
            "wifi_pct": 63,
            "another_program_reads_it": False,
            "started": "2026-11-29T10:00:00.000+00:00",
        }
    ],
    "doctor": {
        "computer": {"interfaces": [{"network": "address-1/24"}], "notes": []},
        "devices": [{"serial": "device-1", "layer": "well", "text": "p50 3 ms"}],
    },
    "check": [{"rule": "wifi", "device": "device-1", "phase": None, "verdict": "pass"}],
    "notes": [{"text": "the clock jumped"}],
    "marks": {"device-1": "aa", "device-2": "bb", "address-1": "cc", "address-2": "dd"},
}


def changed(change: Callable[[Doc], object]) -> list[str]:
    new = copy.deepcopy(OLD)
    change(new)
    return changes(OLD, new)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda new: new["system"].update(hwtui="0.2.0"), "hwtui was 0.1.0, and is 0.2.0 now."),
        (
            lambda new: new["system"].update(python="CPython 3.13.1"),
            "Python was CPython 3.11.7, and is CPython 3.13.1 now.",
        ),
        (
            lambda new: new["system"]["libraries"].update(textual="8.1.0"),
            "The library textual was 8.0.0, and is 8.1.0 now.",
        ),
        (
            lambda new: new["fleet"][0].update(firmware_version="6.03"),
            "device-1: its firmware was 5.18, and is 6.03 now.",
        ),
        (lambda new: new["fleet"][0].update(state="silent"), "device-1: its state was live, and is silent now."),
        (
            lambda new: new["fleet"][0].update(host="address-2"),
            "device-1: its address was address-1, and is address-2 now (port 80).",
        ),
        (
            lambda new: new["fleet"][0].update(problem={"text": "address-1 did not answer"}),
            "device-1 says now: address-1 did not answer",
        ),
        (lambda new: new["fleet"].pop(1), "device-2 is no longer there (HWE-SKT)."),
        (lambda new: new["fleet"].append({"serial": "device-3"}), "device-3 is new."),
        (
            lambda new: new["fleet"].append({"device": "device-3", "host": "address-2", "port": 9}),
            "device-3 is new (address-2:9).",
        ),
        (lambda new: new["fleet"][0].update(paired=True), "device-1: it is paired now."),
        (
            lambda new: new["settings"]["interval_s"].update(value=5.0, **{"from": "--interval"}),
            "The setting interval_s was 1.0, and is 5.0 now (--interval).",
        ),
        (lambda new: new["settings"]["hosts"].update(value=[]), "The setting hosts has changed."),
        (
            lambda new: new["links"][0].update(lost=90),
            "device-1: 0 % of its answers were lost, and 50 % are now.",
        ),
        (
            lambda new: new["links"][0].update(started="2026-11-29T11:30:00.000+00:00"),
            "device-1: it has started anew since, at 2026-11-29T11:30:00.000+00:00.",
        ),
        (
            lambda new: new["doctor"]["devices"][0].update(layer="slow", text="p95 2 s"),
            "device-1: the doctor found: well, and finds now: slow (p95 2 s).",
        ),
        (
            lambda new: new["check"][0].update(verdict="warn", line="20 %"),
            "device-1: wifi was pass, and is warn now (20 %).",
        ),
        (
            lambda new: new["links"][0].update(latency_ms={"p95": 900.0}),
            "device-1: its answers took up to 20 ms (p95), and take 900 ms now.",
        ),
        (lambda new: new["links"][0].update(wifi_pct=20), "device-1: its Wi-Fi was 63 %, and is 20 % now."),
        (
            lambda new: new["links"][0].update(another_program_reads_it=True),
            "device-1: another program reads it now, too.",
        ),
        (
            lambda new: new["doctor"]["computer"].update(interfaces=[{"network": "address-2/24"}]),
            "This computer's network was address-1/24, and is address-2/24 now.",
        ),
        (
            lambda new: new["doctor"]["computer"].update(notes=[{"text": "a VPN is up (tun0)"}]),
            "A note on this computer is new: a VPN is up (tun0)",
        ),
        (lambda new: new["notes"].clear(), "A note is gone: the clock jumped"),
    ],
)
def test_a_change_is_told_in_one_sentence(change: Callable[[Doc], object], said: str) -> None:
    assert changed(change) == [said]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"made": "2026-11-29T18:00:00+00:00"}, ["From 2026-11-28 09:30 UTC to 2026-11-29 18:00 UTC."]),
        (
            {"made": "2026-11-27T18:00:00+00:00"},
            [
                "From 2026-11-28 09:30 UTC to 2026-11-27 18:00 UTC.",
                "The file that is given as the older one is the newer one: read the sentences the other way round.",
            ],
        ),
        ({"house": "demo"}, ["The house was real, and is demo now: little can be compared."]),
        ({"cut": True}, ["Something was left out of a file because it was too large: it may look like a change."]),
        (
            {"marks": {"device-1": "zz"}},
            [
                "The files have no marks in common (two computers, a demo, or a new key): devices are matched by "
                "product and order, and of addresses nothing can be told."
            ],
        ),
    ],
)
def test_first_it_is_told_what_is_compared(change: Doc, said: list[str]) -> None:
    old = OLD | {"made": "2026-11-28T09:30:00+00:00"} if "made" in change else OLD
    assert heading(old, OLD | change) == said


def test_two_equal_files_say_nothing() -> None:
    assert changes(OLD, OLD) == []


def renumbered(doc: Doc) -> Doc:
    """The same house, whose placeholders have other numbers."""
    swapped = {"device-1": "device-2", "device-2": "device-1", "address-1": "address-2", "address-2": "address-1"}

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {swapped.get(key, key): walk(one) for key, one in value.items()}
        if isinstance(value, list):
            return [walk(one) for one in value]
        return (
            re.sub(r"\w+-\d", lambda found: swapped.get(found[0], found[0]), value) if isinstance(value, str) else value
        )

    walked: Doc = walk(doc)
    return walked


def test_the_marks_tell_who_is_who_when_the_numbers_differ() -> None:
    assert changes(OLD, renumbered(OLD)) == []
    new = renumbered(OLD)
    new["fleet"][0]["firmware_version"] = "6.03"
    assert changes(OLD, new) == ["device-2: its firmware was 5.18, and is 6.03 now."]


def test_another_device_with_the_same_number_is_another_one() -> None:
    new = copy.deepcopy(OLD)
    new["marks"]["device-2"] = "ee"
    assert changes(OLD, new) == ["device-2 is new (HWE-SKT).", "The former device-2 is no longer there (HWE-SKT)."]


def test_without_marks_devices_of_one_product_are_matched_and_addresses_are_not() -> None:
    new = renumbered(OLD) | {"marks": {}}
    assert changes(OLD, new) == []
    new["notes"].append({"text": "nobody at address-7"})
    assert changes(OLD, new) == ["A note is new: nobody at address-7"]
    assert changes(new, OLD) == ["A note is gone: nobody at address-7"]


def test_a_device_that_no_longer_says_who_it_is_is_the_one_at_its_place() -> None:
    new = copy.deepcopy(OLD)
    new["marks"] = {"address-1": "cc", "address-2": "dd", "device-2": "bb"}
    new["fleet"][0] = {"serial": None, "host": "address-1", "port": 80, "state": "silent"}
    new["check"], new["links"], new["doctor"] = [], [], None
    assert changes(OLD, new) == ["address-1:80, HWE-P1 before: its state was live, and is silent now."]
    new["fleet"][0]["device"] = "device-9"
    assert changes(OLD, new) == ["device-9, HWE-P1 before: its state was live, and is silent now."]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
ANY_FILE = st.fixed_dictionaries(
    {"schema": st.just(1), "fleet": JSON}, optional={key: JSON for key in OLD if key not in ("schema", "fleet")}
)
ROWS = st.fixed_dictionaries(
    {"schema": st.just(1), "fleet": st.lists(st.dictionaries(st.sampled_from([*OLD["fleet"][0]]), JSON), max_size=3)},
    optional={"settings": st.dictionaries(st.sampled_from(["a", "b"]), st.dictionaries(st.just("value"), JSON))},
)


@settings(max_examples=20)
@given(ANY_FILE | ROWS, ANY_FILE | ROWS | st.just(OLD))
def test_whatever_the_files_hold_it_is_told_in_lines_and_never_raises(one: Doc, other: Doc) -> None:
    files = read_support(one), read_support(other)
    assert all(said.isprintable() for said in [*heading(*files), *changes(*files)])


def test_a_setting_that_is_nested_without_an_end_is_told_all_the_same() -> None:
    deep: Any = "address-1"
    for _ in range(900):
        deep = [deep]
    both: tuple[Doc, Doc] = (OLD["marks"], {})
    for marks in both:
        new = OLD | {"settings": {"hosts": {"value": deep}}, "marks": marks}
        assert "The setting hosts has changed." in changes(OLD, new)


@pytest.mark.parametrize("data", [None, [], 1, "a", {}, {"schema": 1}, {"schema": 2, "fleet": []}])
def test_what_is_no_support_file_is_refused(data: object) -> None:
    with pytest.raises(NotSupportError, match=r"support file|schema is 2"):
        read_support(data)
