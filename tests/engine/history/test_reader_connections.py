"""Connections to the history: no more of them than threads that ask, and none once it is closed."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.engine.history.years import Book, a_book
from tui.core.graph.bucket import Bucket
from tui.core.money.prices import read_prices
from tui.core.past.history import Past
from tui.core.settings import ConfigFile, Settings
from tui.engine.commands.cost import cost
from tui.engine.commands.export import export
from tui.engine.commands.run import Output
from tui.engine.history.reader import Reader, open_past
from tui.ui.asker import Asker

ZONE = ZoneInfo("Europe/Amsterdam")
T0 = 1_790_000_400 // 3600 * 3600
POOL = 4


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Book, Reader]]:
    with a_book(tmp_path, ZONE) as found:
        book, _ = found
        book.minute(book.series("p1", meter="m", began=T0), T0, {"power_w": (1, 1, 1)})
        yield found


def handles(folder: Path) -> int:
    """How many files of the history this process has open."""
    count = 0
    for one in os.listdir("/proc/self/fd"):
        try:
            count += os.readlink(f"/proc/self/fd/{one}").startswith(f"{folder}/")
        except FileNotFoundError:  # that of the listing itself
            continue
    return count


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells which files are open")
def test_a_screen_that_asks_for_days_has_no_more_files_open_than_in_its_first_minute(
    opened: tuple[Book, Reader], tmp_path: Path
) -> None:
    """The graph asks in a thread for each burst of questions, the engine in those of a pool; a writer writes."""
    book, reader = opened
    answered = threading.Event()
    asker: Asker[int, Any] = Asker(lambda at: window(reader), lambda at, answer: answered.set())
    threads, files = threading.active_count(), [handles(tmp_path)]
    with ThreadPoolExecutor(POOL) as pool:
        for number in range(1, 201):
            answered.clear()
            asker.ask(number)
            assert answered.wait(10)
            assert pool.submit(window, reader).result(10) == (Bucket(1, 1, 1, 60),)
            book.minute(1, T0 + 60 * number, {"power_w": (1, 1, 1)})
            if number % 20 == 0:
                files.append(handles(tmp_path))
                assert threading.active_count() <= threads + POOL + 1
    assert max(files) <= files[0] + 2 * (POOL + 2), files  # the file and its log, of each thread
    assert max(files[6:]) <= max(files[:6]) + 2, files  # a thread may be about to end


def window(reader: Past) -> tuple[Bucket | None, ...]:
    return reader.window("p1", "power_w", T0, T0 + 60, 1)


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """Every connection that is opened."""
    connect, found = sqlite3.connect, list[sqlite3.Connection]()

    def connecting(*arguments: Any, **options: Any) -> sqlite3.Connection:
        found.append(connect(*arguments, **options))
        return found[-1]

    monkeypatch.setattr(sqlite3, "connect", connecting)
    return found


def is_closed(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("PRAGMA user_version")
    except sqlite3.ProgrammingError:
        return True
    return False


def test_commands_close_what_they_read(
    opened: tuple[Book, Reader], tmp_path: Path, connected: list[sqlite3.Connection]
) -> None:
    """`read` and `check` have no other way than `open_past`."""
    prices = read_prices(ConfigFile("c", {"prices": {"import": 0.25}}))
    settings = Settings(state_dir=tmp_path, prices=prices)
    asyncio.run(export(settings, {"output": str(tmp_path / "out.csv"), "step": "1m"}, Output(), T0 + 600))
    asyncio.run(cost(settings, {}, Output(), T0 + 600))
    with suppress(RuntimeError), open_past(tmp_path, ZONE) as past:
        assert past is not None
        assert window(past) == (Bucket(1, 1, 1, 60),)
        raise RuntimeError
    assert len(connected) >= 3
    assert all(map(is_closed, connected))
    with open_past(tmp_path / "none", ZONE) as past, open_past(None, ZONE) as nowhere:
        assert (past, nowhere) == (None, None)


def test_who_asks_on_after_it_was_closed_for_good_finds_nothing_and_opens_nothing(
    opened: tuple[Book, Reader], connected: list[sqlite3.Connection]
) -> None:
    """The last questions of a screen run in threads, which nobody waits for at the end."""
    _, reader = opened
    assert window(reader) == (Bucket(1, 1, 1, 60),)
    reader.close()
    assert window(reader) == (Bucket(1, 1, 1, 60),)
    reader.close(for_good=True)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(window, reader).result(10) == (None,)
    assert reader.why_not == "it is closed"
    assert len(connected) >= 2
    assert all(map(is_closed, connected))
