"""After a start, memory has the last day again, and windows reach from memory into the history without a seam."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.engine.history.years import Book, empty
from tui.core.events import Measured
from tui.core.graph.bucket import Bucket
from tui.core.reading import Measurement, System
from tui.engine.clock import SystemClock, VirtualClock
from tui.engine.history.filling import Filling, complete, fill
from tui.engine.history.reader import Reader
from tui.engine.history.recent import pack, read_recent, unpack, write_recent
from tui.engine.history.schema import FILE
from tui.engine.keeping.kept import NothingKept
from tui.engine.trends import Trends
from tui.engine.windows import Windows

ZONE = ZoneInfo("Europe/Amsterdam")
T0 = 1_790_000_400 // 3600 * 3600
"""When it is started again."""
DAY = 86400


class Kept(NothingKept):
    """A history that is there."""

    def __init__(self, reader: Reader) -> None:
        self.past = reader


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with closing(Book(tmp_path / FILE, ZONE)) as made:
        yield made


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with closing(Reader(tmp_path / FILE, ZONE)) as made:
        yield made


def lived(book: Book, hours: int, until: int = T0) -> None:
    """One minute of each quarter of an hour in the hours before `until`: its watts are its number."""
    one = book.series("p1", began=until - hours * 3600)
    book.connection.execute("BEGIN")
    for number in range(hours * 4):
        watts = number
        book.minute(one, until - (number + 1) * 900, {"power_w": (watts, watts, watts)})
    book.connection.execute("COMMIT")


def live(seconds: int, watts: float = 5000.0) -> Trends:
    trends = Trends()
    for second in range(seconds):
        trends.add("p1", {"power_w": watts}, T0 + second)
    return trends


def lows(columns: tuple[Bucket | None, ...]) -> list[float | None]:
    return [None if column is None else column.low for column in columns]


def test_memory_has_the_last_day_after_it_was_filled_and_live_samples_stay(book: Book, reader: Reader) -> None:
    lived(book, 30)
    book.minute(1, T0, {"power_w": (-1, -1, -1)})
    trends = live(90)
    fill(trends, reader, "p1", T0 + 90)
    found = trends.window("p1", "power_w", T0 - 23 * 3600, T0 + 3600, 96)
    assert lows(found)[:92] == [float(number) for number in reversed(range(92))]
    assert lows(found)[92:] == [5000.0, None, None, None]
    assert trends.reach("p1", "power_w") == T0 + 120 - DAY
    assert trends.size_bytes("other") == 0


def test_short_spans_have_the_minutes_before_the_start_and_samples_since(book: Book, reader: Reader) -> None:
    one = book.series("p1", began=T0)
    for minute in range(1, 11):
        book.minute(one, T0 - 60 * minute, {"power_w": (minute, minute, minute)})
    trends = live(60)
    fill(trends, reader, "p1", T0 + 60)
    found = trends.window("p1", "power_w", T0 - 120, T0 + 60, 18)
    assert lows(found) == [2.0] * 6 + [1.0] * 6 + [5000.0] * 6


def test_windows_cross_from_the_history_into_memory(book: Book, reader: Reader) -> None:
    lived(book, 60)
    trends = live(3)
    windows = Windows(trends, Kept(reader))
    asked = ("p1", "power_w", T0 - 48 * 3600.0, T0 + 900.0, 193)
    wanted = [*(float(number) for number in reversed(range(192))), 5000.0]
    assert lows(windows.window(*asked)) == wanted
    fill(trends, reader, "p1", T0 + 3)
    assert lows(windows.window(*asked)) == wanted
    assert lows(windows.window("p1", "power_w", T0 - 5400, T0 + 5400, 3)) == [2.0, 0.0, None]
    assert lows(windows.window("p1", "power_w", T0 - 59 * 3600, T0 - 58 * 3600, 4)) == [235.0, 234.0, 233.0, 232.0]


def test_what_waits_for_the_disk(book: Book, reader: Reader) -> None:
    lived(book, 30)
    trends = live(3)
    windows = Windows(trends, Kept(reader))
    assert windows.waits(T0 - 2 * DAY, T0)
    assert not windows.waits(T0 - 3600, T0)
    assert windows.waits_for("p1", "power_w", T0 - 3600)
    fill(trends, reader, "p1", T0 + 3)
    assert not windows.waits_for("p1", "power_w", T0 - 3600)
    assert not Windows(trends, NothingKept()).waits(T0 - 2 * DAY, T0)
    assert Windows(trends, NothingKept()).window("p1", "power_w", T0, T0 + 3, 1) == (Bucket(5000, 5000, 5000, 3),)


async def test_a_device_is_filled_once_it_answers_and_again_after_the_clock_was_set(book: Book, reader: Reader) -> None:
    clock = SystemClock()
    now = int(clock.now().utc) // 900 * 900
    lived(book, 2, until=now)
    trends = Trends()
    filling = Filling(trends, reader, clock)
    running = asyncio.create_task(filling.run())
    measured = Measured("P1", Measurement({"power_w": 1.0}), System(), clock.now(), 0.0, 1.0)
    for _ in range(2):
        trends.add("p1", {"power_w": 1.0}, clock.now().utc)
        filling.heard(measured)
        async with asyncio.timeout(20):
            while trends.reach("p1", "power_w") > now - 3600:  # noqa: ASYNC110  (another thread fills)
                await asyncio.sleep(0.001)
        assert lows(trends.window("p1", "power_w", now - 1800, now, 2)) == [1.0, 0.0]
        trends.clear()
    running.cancel()


# ------------------------------------------------------------------ a screen opened beside `hwtui record`


async def test_the_minute_of_the_start_is_filled_once_the_other_has_written_it(book: Book, reader: Reader) -> None:
    one = book.series("p1", began=T0)
    clock, trends = VirtualClock(T0 + 40.0), Trends()
    filling = Filling(trends, reader, clock)
    running = asyncio.create_task(filling.run())

    def measure() -> None:
        trends.add("p1", {"power_w": 5000.0}, clock.now().utc)
        filling.heard(Measured("P1", Measurement({"power_w": 5000.0}), System(), clock.now(), 0.0, 1.0))

    measure()
    async with asyncio.timeout(20):
        while trends.reach("p1", "power_w") > T0 - 3600:  # noqa: ASYNC110  (another thread fills)
            await asyncio.sleep(0.001)
        # The other one writes the minute before late, and that of the start: 10 W until now, 5 kW since.
        book.minute(one, T0 - 60, {"power_w": (9, 9, 9)})
        book.minute(one, T0, {"power_w": (10, 1673, 5000)})
        while trends.window("p1", "power_w", T0, T0 + 10, 1) == (None,):
            await clock.advance(1)
            await asyncio.sleep(0.001)
            measure()
    running.cancel()
    assert lows(trends.window("p1", "power_w", T0 - 60, T0 + 60, 2)) == [9.0, 10.0]
    assert lows(trends.window("p1", "power_w", T0 - 60, T0 + 60, 12)) == [9.0] * 6 + [10.0] * 4 + [5000.0] * 2
    assert lows(trends.window("p1", "power_w", T0, T0 + 60, 60)) == [10.0] * 40 + [5000.0] * 20


def test_it_asks_again_until_the_minute_is_there(book: Book, reader: Reader) -> None:
    one, trends = book.series("p1", began=T0), live(5)
    assert not complete(trends, reader, "p1", T0)
    book.minute(one, T0 - 60, {"power_w": (1, 1, 1)})
    assert not complete(trends, reader, "p1", T0)
    book.minute(one, T0, {"power_w": (1, 1, 1)})
    assert complete(trends, reader, "p1", T0)


@pytest.mark.parametrize(("samples", "wanted"), [(7, [None] * 5 + [5000.0]), (60, [1.0] * 5 + [5000.0])])
def test_what_this_one_wrote_itself_fills_no_gap(
    book: Book, reader: Reader, samples: int, wanted: list[float | None]
) -> None:
    """A device that was silent: the minute has what memory has, give or take a sample at its edge."""
    trends = Trends()
    for second in range(50, 56):
        trends.add("p1", {"power_w": 5000.0}, T0 + second)
    trends.add("p1", {"power_w": 5000.0}, T0 + 70.0)
    book.minute(book.series("p1", began=T0), T0, {"power_w": (1, 2500, 5000)}, samples=samples)
    complete(trends, reader, "p1", T0)
    assert lows(trends.window("p1", "power_w", T0, T0 + 60, 6)) == wanted


# ------------------------------------------------------------------ the newest minutes at full rate


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(empty(tmp_path / "recent.sqlite")) as made:
        yield made


def test_the_newest_minutes_come_back_at_full_rate(connection: sqlite3.Connection) -> None:
    before = Trends()
    for second in range(600):
        before.add("p1", {"power_w": float(second), "voltage_l1_v": 230.0}, T0 - 630 + second)
    write_recent(connection, before)
    write_recent(connection, before)
    trends = live(5)
    read_recent(connection, trends, T0 + 5)
    found = lows(trends.window("p1", "power_w", T0 - 60, T0 + 5, 65))
    assert (found[:30], found[32:60], found[60:]) == (list(map(float, range(570, 600))), [None] * 28, [5000.0] * 5)
    assert lows(trends.window("p1", "power_w", T0 - 600, T0 - 60, 9)) == [float(30 + 60 * n) for n in range(9)]


def test_what_is_known_by_the_second_is_not_filled_by_the_minute(book: Book, reader: Reader) -> None:
    """A clean exit at 20 s past, a start at 50 s past: 30 s of that minute are a gap, and the minute is whole."""
    before = Trends()
    for second in range(-60, 20):
        before.add("p1", {"power_w": float(second)}, T0 + second)
    write_recent(book.connection, before)
    one = book.series("p1", began=T0)
    book.minute(one, T0 - 60, {"power_w": (-60, -30, -1)})
    book.minute(one, T0, {"power_w": (0, 10, 19)}, samples=20)
    trends = Trends()
    trends.add("p1", {"power_w": 5000.0}, T0 + 50)
    fill(trends, reader, "p1", T0 + 50)
    found = lows(trends.window("p1", "power_w", T0 - 60, T0 + 60, 120))
    assert found == [*map(float, range(-60, 20)), 19.0, *[None] * 29, *[5000.0] * 2, *[None] * 8]
    assert lows(trends.window("p1", "power_w", T0 - 60, T0 + 60, 2)) == [-60.0, 0.0]


@pytest.mark.parametrize("late", [-10, 1000])
def test_what_is_older_or_from_the_future_is_ignored(connection: sqlite3.Connection, late: int) -> None:
    write_recent(connection, live(5))
    trends = Trends()
    trends.add("p1", {"power_w": 1.0}, T0 + late)
    read_recent(connection, trends, T0 + late)
    assert trends.window("p1", "power_w", T0, T0 + 5, 1) == (None,)


def test_a_damaged_blob_is_ignored(connection: sqlite3.Connection) -> None:
    good = pack(1.0, T0, [(T0 - 1.0, Bucket(1, 2, 3, 4))])
    assert unpack(T0, good) == [(T0 - 1.0, Bucket(1, 2, 3, 4))]
    bombs = pack(1.0, T0, [(T0 - 1.0, Bucket(1, 2, 3, 4))] * 60_000)
    turned = pack(1.0, T0, [(T0 - 1.0, Bucket(3, 2, 1, 4)), (T0 - 1.0, Bucket(float("nan"), 2, 3, 4))])
    assert [unpack(T0, blob) for blob in (b"", b"\2" + good[1:], good[:-9], good[:1] + b"x" * 40, bombs)] == [None] * 5
    assert unpack(T0, turned) == []
