"""The keeper in the engine: what it writes, what it tells, and when it ends."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.engine.conftest import FakeNetwork
from tui.core.events import Event, Noted
from tui.core.model import Endpoint
from tui.core.past.history import MINUTE
from tui.core.settings import Settings
from tui.engine.clock import VirtualClock
from tui.engine.history.lock import Lock
from tui.engine.history.reader import Reader
from tui.engine.history.writer import Writer
from tui.engine.keeping.keeper import Keeper
from tui.engine.monitor import Monitor


@asynccontextmanager
async def keeping(network: FakeNetwork, clock: VirtualClock, folder: Path | None) -> AsyncIterator[list[Event]]:
    """A monitor and its keeper, as the engine runs them; and what the keeper tells."""
    settings = Settings(hosts=tuple(network.devices), mdns=False)
    keeper: Keeper
    monitor = Monitor(
        settings, clock, client_factory=network.connect, listeners=[lambda event, fleet: keeper.heard(event, fleet)]
    )
    keeper = Keeper(settings, clock, monitor.trends, folder)
    told: list[Event] = []
    tasks = [asyncio.create_task(monitor.run()), asyncio.create_task(keeper.run(told.append))]
    try:
        yield told
    finally:
        for _ in range(2):  # the engine's thread cancels what has not ended at once a second time
            for task in tasks:
                task.cancel()
            await asyncio.sleep(0)
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


def samples(folder: Path) -> list[int]:
    connection = sqlite3.connect(folder / "history.sqlite")
    try:
        return [row[0] for row in connection.execute("SELECT samples FROM minutes ORDER BY start")]
    finally:
        connection.close()


async def test_minutes_are_stored_and_the_one_under_way_at_the_end(
    network: FakeNetwork, clock: VirtualClock, tmp_path: Path
) -> None:
    network.add("192.168.1.20", "AABB", "HWE-SKT")
    async with keeping(network, clock, tmp_path) as told:
        await clock.advance(150)
    assert told == []
    assert sorted(os.listdir(tmp_path)) == ["history.lock", "history.sqlite"]  # no log: it is all in the file
    first, second, last = samples(tmp_path)
    assert 58 <= first <= 60
    assert second == 60
    assert 29 <= last <= 31


async def test_the_second_reads_what_the_first_writes_and_the_newest_seconds_are_written_once_at_the_end(
    network: FakeNetwork, clock: VirtualClock, tmp_path: Path
) -> None:
    network.add("192.168.1.20", "AABB", "HWE-SKT")

    def seconds() -> int:
        with closing(sqlite3.connect(tmp_path / "history.sqlite")) as connection:
            found: int = connection.execute("SELECT count(*) FROM recent").fetchone()[0]
            return found

    async with keeping(network, clock, tmp_path):
        await clock.advance(150)
        async with asyncio.timeout(20):
            while len(samples(tmp_path)) < 2:  # noqa: ASYNC110  (another thread writes)
                await asyncio.sleep(0.01)
        with closing(Reader(tmp_path / "history.sqlite", ZoneInfo("Europe/Amsterdam"))) as reader:
            async with keeping(network, clock, tmp_path) as told:
                await clock.advance(1)
                begin = reader.begins("aabb")
                assert begin is not None
                assert [row.samples for row in reader.rows("aabb", MINUTE, begin, begin + 120)] == samples(tmp_path)
                while not told:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert "only reads it" in str(told)
        assert seconds() == 0
    assert seconds() > 0


async def test_without_a_folder_nothing_is_written(network: FakeNetwork, clock: VirtualClock, tmp_path: Path) -> None:
    network.add("192.168.1.20", "AABB", "HWE-SKT")
    async with keeping(network, clock, None) as told:
        await clock.advance(130)
    assert told == []
    assert os.listdir(tmp_path) == []


async def test_what_hinders_it_is_told_as_a_note(network: FakeNetwork, clock: VirtualClock, tmp_path: Path) -> None:
    lock = Lock(tmp_path / "history.lock")
    assert lock.take()
    network.devices.pop(Endpoint("192.168.1.20"), None)
    async with keeping(network, clock, tmp_path) as told:
        async with asyncio.timeout(10):
            while not told:  # noqa: ASYNC110  (no event tells it)
                await asyncio.sleep(0.01)
        (note,) = told
        assert isinstance(note, Noted)
        assert note.topic == "history"
        assert "another hwtui" in note.text
    lock.release()


async def test_a_disk_that_hangs_does_not_hold_up_the_end(
    network: FakeNetwork, clock: VirtualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Writer, "runs", True)
    began = time.monotonic()
    async with keeping(network, clock, tmp_path):
        await clock.advance(1)
    assert 0.5 < time.monotonic() - began < 5
