"""The cache of known devices: small, private, and never in anybody's way."""

from __future__ import annotations

import json
import logging
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.events import Remembered
from tui.core.fleet import reduce
from tui.core.model import Device, Endpoint, Fleet, Link
from tui.core.moment import Now
from tui.core.reading import Identity
from tui.engine.remembered import LARGEST, MOST_DEVICES, MOST_NETWORKS, Cache

NOW = Now(1_800_000_000.0, 100.0)
HOME, ELSEWHERE = "0123456789abcdef", "fedcba9876543210"


def _device(number: int = 1, **changes: Any) -> Device:
    device = Device(
        key=f"5c2faf{number:06x}",
        serial=f"5c2faf{number:06X}",
        product_type="HWE-P1",
        product_name="P1 meter",
        firmware_version="6.03",
        api_version="v1",
        endpoints=(Endpoint(f"192.168.1.{number % 250 + 1}", 80),),
        link=Link(answered=1, last_answer=NOW),
    )
    return replace(device, **changes)


def _file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "known-devices.json"


def test_a_device_that_answered_is_there_at_the_next_start(tmp_path: Path) -> None:
    Cache(tmp_path / "state").save(HOME, [_device()])
    identity = Identity("5c2faf000001", "HWE-P1", "P1 meter", "6.03", "v1")
    later = NOW.plus(1)
    loaded = Cache(tmp_path / "state").load(HOME, later)
    assert loaded == [Remembered(identity, Endpoint("192.168.1.2"), later)]
    assert stat.S_IMODE(_file(tmp_path).stat().st_mode) == 0o600


V2 = Endpoint("192.168.1.2", 443, "v2")


def test_both_endpoints_of_a_device_are_there_at_the_next_start(tmp_path: Path) -> None:
    device = _device(endpoints=(*_device().endpoints, V2), answered_over=frozenset({"v1", "v2"}))
    Cache(tmp_path / "state").save(HOME, [device])
    (loaded,) = Cache(tmp_path / "state").load(HOME, NOW)
    assert (loaded.endpoint, loaded.other) == (Endpoint("192.168.1.2"), V2)
    row = reduce(Fleet(), loaded).devices["5c2faf000001"]
    assert (row.endpoints, row.remembered) == ((Endpoint("192.168.1.2"), V2), True)


def test_a_battery_is_there_at_the_next_start_and_one_that_was_only_announced_is_not(tmp_path: Path) -> None:
    battery = _device(endpoints=(V2,), link=Link(), answered_over=frozenset({"v2"}))
    Cache(tmp_path / "state").save(HOME, [battery, _device(2, endpoints=(V2,), link=Link())])
    assert [(one.endpoint, one.other) for one in Cache(tmp_path / "state").load(HOME, NOW)] == [(V2, None)]


def test_only_the_endpoint_that_answered_is_kept(tmp_path: Path) -> None:
    device = _device(endpoints=(*_device().endpoints, V2), answered_over=frozenset({"v1"}))
    Cache(tmp_path / "state").save(HOME, [device])
    assert [(one.endpoint, one.other) for one in Cache(tmp_path / "state").load(HOME, NOW)] == [
        (Endpoint("192.168.1.2"), None)
    ]


def test_one_house_never_shows_at_the_next(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "state")
    cache.save(HOME, [_device(1)])
    cache.save(ELSEWHERE, [_device(2)])
    assert [event.identity.serial for event in cache.load(HOME, NOW)] == ["5c2faf000001"]
    assert [event.identity.serial for event in cache.load(ELSEWHERE, NOW)] == ["5c2faf000002"]
    assert cache.load("unknown", NOW) == []


def test_without_a_network_nothing_is_kept_or_shown(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "state")
    cache.save(None, [_device()])
    assert not _file(tmp_path).exists()
    assert cache.load(None, NOW) == []


@pytest.mark.parametrize(
    "device",
    [
        _device(remembered=True),
        _device(link=Link()),
        _device(serial=None),
        _device(endpoints=()),
        _device(endpoints=(Endpoint("192.168.1.2", 443, "v2"),)),
        _device(endpoints=(Endpoint("127.0.0.1", 8080),)),
        _device(endpoints=(Endpoint("8.8.8.8"),)),
        _device(endpoints=(Endpoint("p1.lan"),)),
    ],
    ids=["remembered", "never answered", "no serial", "no endpoint", "v2 only", "loopback", "public", "a name"],
)
def test_only_what_answered_at_an_address_of_the_house_is_kept(tmp_path: Path, device: Device) -> None:
    Cache(tmp_path / "state").save(HOME, [device])
    assert not _file(tmp_path).exists()


def test_a_house_and_the_number_of_houses_are_bounded_and_the_oldest_house_goes(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "state")
    cache.save("house 0", [_device(number) for number in range(MOST_DEVICES + 20)])
    assert len(cache.load("house 0", NOW)) == MOST_DEVICES
    for number in range(1, MOST_NETWORKS):
        cache.save(f"house {number}", [_device(number)])
    cache.save("house 0", [_device(1)])  # visited again
    cache.save("one more", [_device(2)])
    networks = json.loads(_file(tmp_path).read_text())["networks"]
    assert list(networks) == [*(f"house {number}" for number in range(2, MOST_NETWORKS)), "house 0", "one more"]


def test_texts_as_long_as_they_may_be_never_make_a_file_too_large_to_read(tmp_path: Path) -> None:
    odd = "\N{ELECTRIC PLUG}" * 64
    for house in range(12):
        cache = Cache(tmp_path / "state")
        cache.save(f"house {house}", [_device(at, product_name=odd, product_type=odd) for at in range(MOST_DEVICES)])
        assert _file(tmp_path).stat().st_size <= LARGEST
        before = max(0, house - 1)
        assert len(cache.load(f"house {before}", NOW)) == len(cache.load(f"house {house}", NOW)) == MOST_DEVICES


def test_the_disk_is_written_only_when_something_changed(tmp_path: Path) -> None:
    Cache(tmp_path / "state").save(HOME, [_device()])
    written = _file(tmp_path).stat().st_ino
    cache = Cache(tmp_path / "state")
    cache.save(HOME, [_device()])
    cache.save(HOME, [_device(link=Link(answered=7, last_answer=NOW.plus(9)))])
    cache.save(HOME, [])
    assert _file(tmp_path).stat().st_ino == written
    cache.save(HOME, [_device(firmware_version="6.04")])
    assert _file(tmp_path).stat().st_ino != written


GOOD_ROW = {"serial": "5c2faf000001", "product_type": "HWE-P1", "host": "192.168.1.2", "port": 80}


@pytest.mark.parametrize(
    "row",
    [
        7,
        {},
        {**GOOD_ROW, "serial": ""},
        {**GOOD_ROW, "serial": 5},
        {**GOOD_ROW, "host": "8.8.8.8"},
        {**GOOD_ROW, "host": None},
        {**GOOD_ROW, "port": 0},
        {**GOOD_ROW, "port": "80"},
        {**GOOD_ROW, "port": True},
    ],
)
def test_a_damaged_row_is_left_out_and_the_others_stay(tmp_path: Path, row: Any) -> None:
    _file(tmp_path).parent.mkdir()
    _file(tmp_path).write_text(json.dumps({"version": 1, "networks": {HOME: [row, GOOD_ROW], ELSEWHERE: "x"}}))
    cache = Cache(tmp_path / "state")
    assert [event.endpoint.host for event in cache.load(HOME, NOW)] == ["192.168.1.2"]
    assert cache.load(ELSEWHERE, NOW) == []


def test_control_characters_in_the_file_do_not_get_out(tmp_path: Path) -> None:
    _file(tmp_path).parent.mkdir()
    row = {**GOOD_ROW, "product_name": "\x1b[2JP1"}
    _file(tmp_path).write_text(json.dumps({"version": 1, "networks": {HOME: [row]}}))
    (event,) = Cache(tmp_path / "state").load(HOME, NOW)
    assert event.identity.product_name == "[2JP1"


@given(
    st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from([*GOOD_ROW, "version", "networks", HOME]), inner)
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_damage_is_an_empty_cache_that_can_be_written_again(
    tmp_path_factory: pytest.TempPathFactory, damage: bytes
) -> None:
    state_dir = tmp_path_factory.mktemp("state")
    (state_dir / "known-devices.json").write_bytes(damage)
    cache = Cache(state_dir)
    assert cache.load(HOME, NOW) == []
    cache.save(HOME, [_device()])
    assert len(cache.load(HOME, NOW)) == 1


def test_a_disk_that_cannot_be_written_is_logged_once_and_breaks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def read_only(source: str, target: str) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "replace", read_only)
    cache = Cache(tmp_path / "state")
    with caplog.at_level(logging.WARNING):
        cache.save(HOME, [_device()])
        cache.save(HOME, [_device(firmware_version="7")])
    assert [record.getMessage() for record in caplog.records] == [
        "known devices are not kept for the next start: Read-only file system"
    ]
    monkeypatch.undo()
    cache.save(HOME, [_device(firmware_version="7")])
    assert cache.load(HOME, NOW)[0].identity.firmware_version == "7"


@pytest.mark.parametrize("folder", ["/" + "x" * 5000, "/dev/null/state", "loop"])
def test_a_folder_that_cannot_be_is_an_empty_cache_that_keeps_nothing(tmp_path: Path, folder: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    cache = Cache(tmp_path / folder)
    assert not cache.exists
    assert cache.load(HOME, NOW) == []
    cache.save(HOME, [_device()])
    assert cache.load(HOME, NOW) == []


def test_a_cache_file_that_links_to_itself_is_replaced(tmp_path: Path) -> None:
    link = tmp_path / "known-devices.json"
    link.symlink_to(link)
    cache = Cache(tmp_path)
    assert not cache.exists
    cache.save(HOME, [_device()])
    assert len(cache.load(HOME, NOW)) == 1
