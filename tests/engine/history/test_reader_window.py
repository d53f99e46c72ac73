"""Windows of the history are exact, whatever rows they are made of, and what was not measured is a gap."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.history.years import Book, a_book, brute_window
from tui.core.graph.bucket import Bucket
from tui.core.past.history import MINUTE
from tui.engine.history.columns import spans_of
from tui.engine.history.door import DAMAGED, KEEP_ONE
from tui.engine.history.reader import Reader
from tui.engine.history.schema import FILE, VERSION

ZONE = ZoneInfo("Europe/Amsterdam")
MIDNIGHT = int(datetime(2026, 10, 24, tzinfo=ZONE).timestamp())
"""Of the day before the clock goes back: the next one has 25 hours."""
DAY = 86400


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Book, Reader]]:
    with a_book(tmp_path, ZONE) as found:
        yield found


def same(found: tuple[Bucket | None, ...], wanted: list[Bucket | None]) -> bool:
    """Means of coarse rows are rounded to the step that is kept."""
    return len(found) == len(wanted) and all(
        (one is None) == (other is None)
        and (one is None or other is None or (one.low, one.high, one.count) == (other.low, other.high, other.count))
        and (one is None or other is None or one.mean == pytest.approx(other.mean, abs=0.051))
        for one, other in zip(found, wanted, strict=True)
    )


@settings(max_examples=12, deadline=None)
@given(
    measured=st.lists(st.tuples(st.integers(0, 3 * 1500), st.integers(1, 400), st.integers(-3000, 3000)), max_size=6),
    derived=st.integers(0, 3 * 100),
    begin=st.integers(-3, 3 * 96).map(lambda quarter: quarter * 900) | st.integers(0, 3 * DAY),
    step=st.sampled_from([10, 60, 90, 300, 900, 1200, 3600, 7200, 40000, DAY, 90000, 200000]),
    columns=st.integers(1, 40),
)
def test_a_window_is_what_its_minutes_are(
    measured: list[tuple[int, int, int]], derived: int, begin: int, step: int, columns: int
) -> None:
    with TemporaryDirectory() as folder, a_book(Path(folder), ZONE) as (book, reader):
        series = [book.series("p1", meter="old", began=MIDNIGHT), book.series("p1", meter="new", began=MIDNIGHT)]
        with_minutes: set[tuple[int, int]] = set()
        book.connection.execute("BEGIN")
        for number, (first, count, watts) in enumerate(measured):
            for minute in range(first, first + count):
                at = series[number % 2], MIDNIGHT + 60 * minute
                if at not in with_minutes:
                    with_minutes.add(at)
                    spread = (minute * 37) % 500
                    band = {"power_w": (watts - spread, watts + minute % 7, watts + 2 * spread + 7)}
                    book.minute(*at, bands=band, samples=1 + minute % 60)
        for one in series:
            newest = max((at for number, at in with_minutes if number == one), default=MIDNIGHT)
            book.derive(one, min(MIDNIGHT + 900 * derived, newest // 900 * 900))
        book.connection.execute("COMMIT")
        start = MIDNIGHT + begin
        found = reader.window("p1", "power_w", start, start + step * columns, columns)
        spans = list(spans_of(start, start + step * columns, columns, MIDNIGHT, ZONE))
        assert same(found, brute_window(book, series, "power_w", spans))


def test_columns_narrower_than_a_minute_have_the_minute_they_lie_in(opened: tuple[Book, Reader]) -> None:
    book, reader = opened
    book.minute(book.series("p1"), MIDNIGHT + 60, {"power_w": (1, 2, 3)})
    bucket = Bucket(1, 2, 3, 60)
    found = reader.window("p1", "power_w", MIDNIGHT + 30, MIDNIGHT + 150, 8)
    assert found == (None, None, bucket, bucket, bucket, bucket, None, None)


def test_a_coarse_row_fills_no_column_in_which_nothing_was_measured(opened: tuple[Book, Reader]) -> None:
    book, reader = opened
    one = book.series("p1")
    for minute in (*range(20), *range(40, 60)):
        book.minute(one, MIDNIGHT + 60 * minute, {"power_w": (1, 1, 1)})
    book.derive(one, MIDNIGHT + 3600)
    found = reader.window("p1", "power_w", MIDNIGHT, MIDNIGHT + 3600, 3)
    assert [column is None for column in found] == [False, True, False]


def test_where_minutes_are_deleted_quarters_take_their_place(opened: tuple[Book, Reader]) -> None:
    book, reader = opened
    one = book.series("p1")
    for minute in range(60):
        book.minute(one, MIDNIGHT + 60 * minute, {"power_w": (minute, minute, minute)})
    book.derive(one, MIDNIGHT + 3600)
    book.connection.execute("DELETE FROM minute")
    found = reader.window("p1", "power_w", MIDNIGHT, MIDNIGHT + 3600, 12)
    assert [column and (column.low, column.high) for column in found] == [
        (15 * q, 15 * q + 14) for q in range(4) for _ in "123"
    ]


def test_each_place_has_its_own_meters(opened: tuple[Book, Reader]) -> None:
    book, reader = opened
    for place in (("p1", "", "a"), ("p1", "", "b"), ("p1", "gas_meter", "g"), ("p10", "", "")):
        book.minute(number := book.series(*place), MIDNIGHT, {"power_w": (number, number, number)})
    low_high = [
        reader.window(place, "power_w", MIDNIGHT, MIDNIGHT + 60, 1) for place in ("p1", "p1/gas_meter", "p10", "p")
    ]
    assert low_high == [(Bucket(1, 1.5, 2, 120),), (Bucket(3, 3, 3, 60),), (Bucket(4, 4, 4, 60),), (None,)]


@pytest.mark.parametrize(
    "asked",
    [
        ("p1", "energy_import_kwh", MIDNIGHT, MIDNIGHT + 60, 2),
        ("p1", "power_w; DROP TABLE minute", MIDNIGHT, MIDNIGHT + 60, 2),
        ("p1", "power_w", -5.0, MIDNIGHT, 2),
        ("p1", "power_w", MIDNIGHT, 1e18, 2),
        ("p1", "power_w", float("nan"), MIDNIGHT, 2),
    ],
)
def test_what_makes_no_sense_is_all_gaps(
    opened: tuple[Book, Reader], asked: tuple[str, str, float, float, int]
) -> None:
    book, reader = opened
    book.minute(book.series("p1"), MIDNIGHT, {"power_w": (1, 1, 1)})
    assert reader.window(*asked) == (None, None)


@pytest.mark.parametrize(
    ("start", "step", "columns", "spans"),
    [
        (0, 60, 2, [(0, 60), (60, 120)]),
        (30, 90, 2, [(60, 120), (120, 240)]),
        (0, 900, 2, [(0, 900), (900, 1800)]),
        (300, 900, 2, [(300, 1200), (1200, 2100)]),
        (300, 2000, 2, [(900, 2700), (2700, 4500)]),
        (60, 7200, 2, [(3600, 10800), (10800, 18000)]),
        (100, 20, 3, [(60, 120), (120, 180), (120, 180)]),
    ],
)
def test_a_column_has_the_rows_that_begin_in_it(
    start: int, step: int, columns: int, spans: list[tuple[int, int]]
) -> None:
    assert list(spans_of(start, start + step * columns, columns, 0, ZONE)) == spans


def test_columns_of_several_days_are_cut_at_midnight_also_where_the_clock_changes() -> None:
    spans = list(spans_of(MIDNIGHT - 3 * 3600, MIDNIGHT - 3 * 3600 + 4 * DAY, 2, 0, ZONE))
    assert spans == [(MIDNIGHT, MIDNIGHT + 2 * DAY + 3600), (MIDNIGHT + 2 * DAY + 3600, MIDNIGHT + 4 * DAY + 3600)]


# ------------------------------------------------------------------ the file


def window(reader: Reader) -> tuple[Bucket | None, ...]:
    return reader.window("p1", "power_w", MIDNIGHT, MIDNIGHT + 60, 1)


def test_a_file_that_comes_later_is_read_and_so_is_a_new_one_in_its_place(tmp_path: Path) -> None:
    reader = Reader(tmp_path / FILE, ZONE)
    with closing(reader):
        assert (window(reader), reader.why_not) == ((None,), f"there is none yet: {KEEP_ONE}")
        for watts in (7, 8):
            with closing(Book(tmp_path / FILE, ZONE)) as book:
                assert reader.why_not == f"it is empty so far: {KEEP_ONE}"
                book.minute(book.series("p1"), MIDNIGHT, {"power_w": (watts, watts, watts)})
                assert window(reader) == (Bucket(watts, watts, watts, 60),)
            (tmp_path / FILE).rename(tmp_path / f"aside-{watts}")
            assert window(reader) == (None,)


def test_what_a_writer_has_under_way_is_not_there_yet_and_does_not_hold_up(opened: tuple[Book, Reader]) -> None:
    book, reader = opened
    one = book.series("p1")
    book.connection.execute("BEGIN IMMEDIATE")
    book.minute(one, MIDNIGHT, {"power_w": (1, 1, 1)})
    assert window(reader) == (None,)
    book.connection.execute("COMMIT")
    assert window(reader) == (Bucket(1, 1, 1, 60),)


@pytest.mark.parametrize(
    ("version", "why"),
    [(VERSION + 1, "it is of a newer hwtui: update this one"), (0, f"it is empty, or no history: {KEEP_ONE}")],
)
def test_a_file_of_another_version_is_left_alone(opened: tuple[Book, Reader], version: int, why: str) -> None:
    book, reader = opened
    book.minute(book.series("p1"), MIDNIGHT, {"power_w": (1, 1, 1)})
    book.connection.execute(f"PRAGMA user_version = {version}")
    assert (window(reader), reader.why_not) == ((None,), why)


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_damaged_file_holds_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with closing(Reader(tmp_path / FILE, ZONE)) as reader:
        assert window(reader) == (None,)
        assert (reader.series(), reader.begins("p1"), list(reader.rows("p1", MINUTE, 0, 2e9))) == ((), None, [])
        assert reader.why_not == (DAMAGED if content else f"it is empty, or no history: {KEEP_ONE}")


def test_one_that_another_user_keeps_is_told_from_one_that_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all")  # root reads everything
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with closing(Reader(tmp_path / FILE, ZONE)) as reader:
        assert reader.why_not == "this user may not read it: run this as the user whose hwtui keeps it"


def test_tables_that_are_gone_hold_nothing(opened: tuple[Book, Reader]) -> None:
    book, reader = opened
    book.minute(book.series("p1"), MIDNIGHT, {"power_w": (1, 1, 1)})
    assert window(reader) != (None,)
    book.connection.execute("DROP TABLE minute")
    assert window(reader) == (None,)


def test_a_copy_in_a_folder_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    with closing(Book(tmp_path / FILE, ZONE)) as book:
        book.minute(book.series("p1"), MIDNIGHT, {"power_w": (1, 1, 1)})
    tmp_path.chmod(0o500)
    try:
        with closing(Reader(tmp_path / FILE, ZONE)) as reader:
            assert window(reader) == (Bucket(1, 1, 1, 60),)
    finally:
        tmp_path.chmod(0o700)


def test_a_reader_never_makes_a_file(tmp_path: Path) -> None:
    with closing(Reader(tmp_path / FILE, ZONE)) as reader:
        assert window(reader) == (None,)
    assert list(tmp_path.iterdir()) == []
