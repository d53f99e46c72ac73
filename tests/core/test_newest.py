"""What a running hwtui tells another, and when that may stand for asking the devices."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.model import DeviceSetting, Endpoint
from tui.core.options import OPTIONS
from tui.core.out.newest import OLDEST_S, Newest, newest_json, parse_newest, picked, scope_of
from tui.core.settings import Settings

LIVE = Newest("Grid", 0.4, {"serial": "5c2f", "state": "live", "measurement": {"power_w": 203.5, "external": []}})
SILENT = Newest("Boiler", 90.0, {"serial": "5c30", "state": "silent", "measurement": {"power_w": 1.0}})


def parsed(*devices: Newest, scope: str = "s", running_s: float = 9.0, tells: bool = True, counts: bool = True) -> Any:
    page = newest_json(devices, scope, running_s=running_s, counts=tells)
    return parse_newest(page, "s", running_s=3.0, counts=counts)


def test_what_is_told_arrives() -> None:
    assert parsed(LIVE, SILENT) == [LIVE, SILENT]
    assert [one.is_live for one in parsed(LIVE, SILENT)] == [True, False]
    assert LIVE.values == {"name": "Grid", "serial": "5c2f", "state": "live", "age_s": 0.4, "power_w": 203.5}


@pytest.mark.parametrize(
    "told",
    [
        {"scope": "other"},
        {"running_s": 2.9},
        {"running_s": float("nan")},
        {"tells": False},
        {"devices": []},
        {"devices": [LIVE._replace(age_s=OLDEST_S + 0.1)]},
        {"devices": [LIVE._replace(age_s=None)]},
        {"devices": [LIVE._replace(age_s=float("inf"))]},
        {"devices": [LIVE, SILENT._replace(row={**SILENT.row, "state": "stale"})]},
        {"devices": [LIVE, SILENT._replace(row={**SILENT.row, "state": "unknown"})]},
    ],
    ids=str,
)
def test_what_is_others_or_young_or_old_stands_for_nothing(told: dict[str, Any]) -> None:
    assert parsed(*told.pop("devices", [LIVE]), **told) is None


def test_only_those_that_are_named_need_be_new() -> None:
    page = newest_json([LIVE, SILENT, LIVE._replace(label="Old", age_s=99)], "s", running_s=9, counts=True)
    assert parse_newest(page, "s", ["grid"], running_s=3.0, counts=True) == [LIVE]
    assert parse_newest(page, "s", ["grid", "old"], running_s=3.0, counts=True) is None
    assert parse_newest(page, "s", ["grid", "10.0.0.1"], running_s=3.0, counts=True) is None


def test_what_hinders_a_device_is_told() -> None:
    assert (LIVE.problem, SILENT._replace(row={"problem": {"text": "gone\x1b[2J"}}).problem) == ("", "gone[2J")


def test_without_a_history_it_need_not_count() -> None:
    assert parsed(LIVE, tells=False, counts=False) == [LIVE]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], [LIVE, SILENT]),
        (["boiler"], [SILENT]),
        (["5C30", " grid ", "Boiler"], [SILENT, LIVE]),
        (["Grid", "192.168.1.7"], None),
        (["Gri"], None),
        (["None"], None),
        (["Same"], None),
    ],
)
def test_devices_are_picked_by_name_or_serial_and_nothing_else(words: list[str], found: list[Newest] | None) -> None:
    others = [LIVE._replace(label="Same"), LIVE._replace(label="same")] if words == ["Same"] else []
    assert picked([LIVE, SILENT, *others], words) == found


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"\xff\xfe", b"null", b"[]", b'"x"', b"7", b"{}", b"[" * 100_000, b'{"scope":"s"}'),
        b'{"scope":"s","counts":true,"running_s":9,"devices":7}',
        b'{"scope":"s","counts":true,"running_s":[],"devices":[]}',
        b'{"scope":"s","counts":true,"running_s":9,"devices":[7]}',
        b'{"scope":"s","counts":true,"running_s":9,"devices":[{"label":"a","age_s":1,"row":{}}]}',
        b'{"scope":"s","counts":true,"running_s":9,"devices":[{"label":"a","age_s":1,"row":{"state":7}}]}',
        b'{"scope":"s","counts":true,"running_s":9,"devices":[{"label":"a","age_s":"x","row":{"state":"live"}}]}',
        b'{"scope":"s","counts":true,"running_s":9,"devices":[{"label":"a","age_s":1%s,"row":{"state":"live"}}]}'
        % (b"0" * 400),
    ],
)
def test_nonsense_stands_for_nothing(body: bytes) -> None:
    assert parse_newest(body, "s", running_s=3.0, counts=False) is None


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
ROWS: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"state": st.just("silent") | PLAIN, "measurement": PLAIN | st.just({"power_w": []})}
)
DEVICES = st.lists(st.fixed_dictionaries({"label": PLAIN, "age_s": PLAIN, "row": ROWS | PLAIN}), max_size=2)


@settings(max_examples=25)
@given(PLAIN, st.just(9) | PLAIN, DEVICES | PLAIN)
def test_whatever_comes_never_raises_and_values_are_plain(counts: Any, running: Any, devices: Any) -> None:
    page = json.dumps({"scope": "s", "counts": counts, "running_s": running, "devices": devices}).encode()
    for one in parse_newest(page, "s", running_s=3.0, counts=False) or []:
        assert all(isinstance(value, float | int | str) for value in one.values.values())


@pytest.mark.parametrize(
    "change",
    [
        {"hosts": (Endpoint("192.168.1.7"),)},
        {"mdns": False},
        {"discover": False},
        {"interfaces": ("192.168.1.2",)},
        {"grid": "be"},
        {"devices": {"5c2f": DeviceSetting("Grid")}},
    ],
    ids=str,
)
def test_who_asks_or_tells_otherwise_has_another_scope(change: dict[str, Any]) -> None:
    assert scope_of(replace(Settings(), **change)) != scope_of(Settings())


@pytest.mark.parametrize(
    "change", [{"interval_s": 5.0}, {"timeout_s": 0.1}, {"theme": "mono"}, {"verbose": 2}], ids=str
)
def test_what_changes_no_reading_keeps_the_scope(change: dict[str, Any]) -> None:
    assert change.keys() <= {option.field for option in OPTIONS}
    assert scope_of(replace(Settings(), **change)) == scope_of(Settings())
