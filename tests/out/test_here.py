"""The socket in the state directory, and `hwtui read` that asks at it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.out.houses import StillClock, a_house
from tui.cli import main
from tui.core.counting.today import Today
from tui.core.devicejson import device_json
from tui.core.oneline import plain
from tui.core.out.newest import NAME
from tui.core.past.history import Amount
from tui.core.settings import Settings
from tui.engine.commands import running
from tui.engine.commands.running import newest_from_running
from tui.engine.demo.still import Still
from tui.engine.out.here import HereSink, TodayOf
from tui.engine.out.pages import Pages
from tui.engine.out.sink import SinkState
from tui.net.listening import stop_listening


@pytest.fixture
def house() -> tuple[Still, StillClock]:
    still, clock = a_house(devices=3)
    still.run(2)
    return still, clock


def of(folder: Path) -> Settings:
    return Settings(state_dir=folder, timeout_s=0.5, mdns=False)


async def until(done: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110  (a file, or a list that a callback fills)
            await asyncio.sleep(0.005)


@asynccontextmanager
async def open_at(
    house: tuple[Still, StillClock], settings: Settings, today: TodayOf | None = None, *, at_once: bool = True
) -> AsyncIterator[tuple[HereSink, list[SinkState]]]:
    still, clock = house
    folder = settings.state_dir
    assert folder is not None
    sink, told = HereSink(folder, settings, Pages(clock, None, None), clock, today), list[SinkState]()
    still.listeners.append(sink.heard)
    still.run(1)
    running = asyncio.create_task(sink.run(told.append))
    try:
        if at_once:
            await until(lambda: told)
        yield sink, told
    finally:
        running.cancel()
        await asyncio.wait((running,))


async def asked(settings: Settings, *, days: bool = False) -> list[dict[str, object]] | None:
    newest = await asyncio.to_thread(newest_from_running, settings, days=days)
    return None if newest is None else [dict(one.row) for one in newest]


async def test_it_is_its_owners_alone_and_has_the_pages(house: tuple[Still, StillClock], tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        async with open_at(house, of(tmp_path / "state")):
            path = tmp_path / "state" / NAME
            assert stat.filemode(path.stat().st_mode) == "srw-------"
            transport = httpx.AsyncHTTPTransport(uds=str(path))
            async with httpx.AsyncClient(transport=transport, base_url="http://hwtui") as client:
                assert len((await client.get("/devices")).json()) == 3
    finally:
        os.umask(before)
    assert not path.exists()


async def test_read_gets_what_asking_would_give(house: tuple[Still, StillClock], tmp_path: Path) -> None:
    still, clock = house
    settings = of(tmp_path)
    async with open_at(house, settings):
        rows = await asked(settings)
        devices = sorted(still.fleet.devices.values(), key=lambda one: one.key)
        told = [device_json(one, clock.now(), reading=True) for one in devices]
    assert rows is not None
    assert [list(row) for row in rows] == [list(row) for row in told]
    assert [row["measurement"] for row in rows] == [row["measurement"] for row in json.loads(json.dumps(told))]


async def test_of_a_silent_device_it_tells_no_more_than_asking_would(
    house: tuple[Still, StillClock], tmp_path: Path
) -> None:
    still, settings = house[0], of(tmp_path)
    serial = still.household.devices[2].serial
    async with open_at(house, settings):
        still.silence(serial)
        still.run(70)
        newest = await asyncio.to_thread(newest_from_running, settings)
    assert newest is not None
    (silent,) = (one for one in newest if not one.is_live)
    assert (silent.row["state"], silent.row["measurement"], silent.row["system"]) == ("silent", {}, {})
    assert silent.values == {"name": silent.label, "serial": serial, "state": "silent"}


async def test_it_tells_what_was_counted_where_there_is_a_history(
    house: tuple[Still, StillClock], tmp_path: Path
) -> None:
    settings = of(tmp_path)
    (tmp_path / "history.sqlite").touch()
    async with open_at(house, settings):
        assert await asked(settings, days=True) is None
        assert await asked(settings) is not None
    async with open_at(house, settings, lambda place, now: Today({"energy_import_kwh": Amount(1.5, 60)})):
        rows = await asked(settings, days=True)
    assert rows is not None
    assert rows[0]["today"]["energy_import_kwh"] == {"value": 1.5}  # type: ignore[index]


async def test_who_would_ask_others_or_names_a_host_asks_the_devices(
    house: tuple[Still, StillClock], tmp_path: Path
) -> None:
    async with open_at(house, of(tmp_path)):
        assert await asked(of(tmp_path)) is not None
        assert await asked(Settings(state_dir=tmp_path, timeout_s=0.5)) is None
        assert await asked(Settings(state_dir=tmp_path, timeout_s=0.5, mdns=False, discover=False)) is None
        assert await asked(Settings(state_dir=tmp_path, timeout_s=60, mdns=False)) is None  # it runs for a second
        assert await asked(Settings(timeout_s=0.5, mdns=False)) is None


async def test_hosts_that_a_variable_names_for_both_are_those_it_asks(
    house: tuple[Still, StillClock], tmp_path: Path
) -> None:
    both = replace(of(tmp_path), discover=False)
    async with open_at(house, both):
        assert await asked(both) is not None


async def test_what_a_killed_one_left_behind_is_replaced(house: tuple[Still, StillClock], tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(tmp_path / NAME))
    assert await asked(of(tmp_path)) is None
    async with open_at(house, of(tmp_path)):
        assert await asked(of(tmp_path)) is not None


async def test_there_are_never_two_and_the_next_takes_over(house: tuple[Still, StillClock], tmp_path: Path) -> None:
    settings = of(tmp_path)
    async with open_at(house, settings, at_once=False) as (_, second_told):
        async with open_at(house, settings, at_once=False) as (_, first_told):
            await until(lambda: (tmp_path / NAME).exists())
            inode = (tmp_path / NAME).stat().st_ino
            await until(lambda: len(second_told) + len(first_told) >= 4)  # one of them has tried again and again
            assert (tmp_path / NAME).stat().st_ino == inode
            assert {state.fault for state in (*first_told, *second_told)} == {""}
        await until((tmp_path / NAME).exists)
        assert await asked(settings) is not None


@pytest.mark.parametrize("what", ["file", "folder", "no folder", "long"])
async def test_where_it_cannot_be_opened_is_said(house: tuple[Still, StillClock], tmp_path: Path, what: str) -> None:
    folder = tmp_path / ("x" * 100 if what == "long" else "state")
    if what == "no folder":
        folder.write_text("")
    else:
        folder.mkdir()
    if what == "file":
        (folder / NAME).write_text("precious")
    if what == "folder":
        (folder / NAME).mkdir()
    async with open_at(house, of(folder)) as (_, told):
        assert told[0].fault.startswith(f"cannot open {folder / NAME}: ")
        assert told[0].fault.endswith(": hwtui read asks the devices")
    if what == "file":
        assert (folder / NAME).read_text() == "precious"


@asynccontextmanager
async def answering(folder: Path, behave: Callable[[asyncio.StreamWriter], None]) -> AsyncIterator[None]:
    """Something else at the socket; it says what it likes and hangs."""
    writers: list[asyncio.StreamWriter] = []

    def let_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        behave(writer)

    server = await asyncio.start_unix_server(let_in, str(folder / NAME))
    try:
        yield
    finally:
        await stop_listening(server)
        for writer in writers:
            writer.close()


def says(*parts: bytes, ends: bool = True) -> Callable[[asyncio.StreamWriter], None]:
    def behave(writer: asyncio.StreamWriter) -> None:
        writer.writelines(parts)
        if ends:
            writer.close()

    return behave


def drips(writer: asyncio.StreamWriter) -> None:
    """A byte now and then, so that every read has something."""

    def drop() -> None:
        if not writer.is_closing():
            writer.write(b"H")
            asyncio.get_running_loop().call_later(0.01, drop)

    drop()


OK = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.mark.parametrize(
    "behave",
    [
        *(says(ends=False), says(OK, b"{", ends=False), drips),
        *(says(), says(b"\x00\xff" * 99), says(OK), says(OK, b"{}"), says(b"HTTP/1.1 500 No\r\n\r\n{}")),
        says(OK, b"[" * (running.MOST_BYTES + 1), ends=False),
    ],
    ids=["silent", "half", "drips", "closes", "noise", "empty", "no page", "500", "endless"],
)
async def test_one_that_hangs_or_talks_nonsense_is_left_alone_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behave: Callable[[asyncio.StreamWriter], None]
) -> None:
    assert running.WITHIN_S <= 0.5
    monkeypatch.setattr(running, "WITHIN_S", 0.1)
    async with answering(tmp_path, behave):
        before = time.monotonic()
        assert await asked(of(tmp_path)) is None
        assert time.monotonic() - before < 2  # a busy machine


async def test_that_of_another_user_is_not_believed(
    house: tuple[Still, StillClock], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_at(house, of(tmp_path)):
        assert await asked(of(tmp_path)) is not None
        other = os.getuid() + 1
        monkeypatch.setattr(os, "getuid", lambda: other)
        assert await asked(of(tmp_path)) is None


async def test_the_command_prints_it_and_asks_nobody(
    house: tuple[Still, StillClock], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.engine.commands.once.ask_once", None)
    settings = of(tmp_path)
    config = tmp_path / "none.toml"
    config.touch()
    words = ["read", "--json", "--no-mdns", "--timeout", "0.5", "--state-dir", str(tmp_path), "--config", str(config)]
    async with open_at(house, settings):
        assert await asyncio.to_thread(main, words) == 0
        assert json.loads(capsys.readouterr().out) == await asked(settings)
        p1 = next(iter(house[0].fleet.devices.values()))
        values = ["read", p1.label.upper(), "--field", "serial", "--field", "power_w", *words[2:]]
        assert await asyncio.to_thread(main, values) == 0
        assert capsys.readouterr().out == f"{p1.serial}\n{plain(p1.number('power_w') or 0)}\n"
        template = [
            "read",
            str(p1.serial),
            "--template",
            "{state} {water_flow_lpm:.1f} l",
            "--missing",
            "?",
            *words[2:],
        ]
        assert await asyncio.to_thread(main, template) == 0
        assert capsys.readouterr().out == "live ? l\n"
        house[0].silence(house[0].household.devices[1].serial)
        house[0].run(70)
        assert await asyncio.to_thread(main, words) == 1
