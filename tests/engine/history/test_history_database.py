"""The file of the history: private, of one version, and never in anybody's way."""

from __future__ import annotations

import random
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.engine.history.keeping import START, ZONE, Kept, SetClock, constant, everything, is_sound, stored
from tests.engine.history.stored import STORED
from tui.core.past.history import HOUR, LEVELS, MINUTE, QUARTER
from tui.core.reading import Value
from tui.engine.history.database import MIGRATIONS, NewerError, connect, migrate, open_to_write, transaction
from tui.engine.history.reader import Reader
from tui.engine.history.schema import FILE, PAGE_BYTES, VERSION, statements


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    connection = open_to_write(folder)
    try:
        yield connection
    finally:
        connection.close()


def value(connection: sqlite3.Connection, pragma: str) -> object:
    return connection.execute(f"PRAGMA {pragma}").fetchone()[0]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_its_owner_reads_it_and_it_is_kind_to_a_card(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "hwtui"
    with opened(folder) as connection:
        with transaction(connection):
            connection.execute("INSERT INTO fact VALUES ('a', 'b')")
        files = {path.name: mode(path) for path in folder.iterdir()}
        assert files == {FILE: 0o600, f"{FILE}-wal": 0o600, f"{FILE}-shm": 0o600}
        assert value(connection, "page_size") == PAGE_BYTES
        assert value(connection, "journal_mode") == "wal"
        assert value(connection, "synchronous") == 2
        assert value(connection, "user_version") == VERSION
    assert mode(folder) == mode(folder.parent) == 0o700


def test_one_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    (tmp_path / FILE).chmod(0o644)
    with opened(tmp_path):
        assert mode(tmp_path / FILE) == 0o600


def test_the_views_show_values_in_their_units(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.house.device("aabb")
    kept.run("aabb", 3720, constant(1800.0))
    kept.end()
    with opened(tmp_path) as connection:
        found = connection.execute(
            "SELECT utc, device, power_w_mean, round(energy_import_kwh_amount, 2) FROM quarters ORDER BY start"
        ).fetchall()
        assert found[1] == ("2027-01-15 08:15:00", "aabb", 1800.0, 0.45)
        counts = [connection.execute(f"SELECT count(*) FROM {level.name}s").fetchone()[0] for level in LEVELS]
        assert counts == [
            62, 4, 1, 0
        ]  # fmt: skip


def test_a_newer_one_is_left_alone(tmp_path: Path) -> None:
    with opened(tmp_path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(NewerError):
        open_to_write(tmp_path)
    assert (tmp_path / FILE).read_bytes() == before
    kept = Kept(tmp_path)
    kept.writer.step()
    assert kept.notes == [
        f"history is not kept: {tmp_path / FILE} is of a newer hwtui, and left alone: update this one"
    ]


def _text(path: Path) -> None:
    path.write_text("this is no database, whatever its name says\n" * 100)


def _other(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE shopping (what TEXT)")
    other.close()


def _torn(path: Path) -> None:
    """The first page survived, the others did not."""
    with opened(path.parent):
        pass
    content = path.read_bytes()
    path.write_bytes(content[:PAGE_BYTES] + b"\xff" * (len(content) - PAGE_BYTES))


def _not_even_a_sentence(path: Path) -> None:
    """A byte of a name went bad: what SQLite says of that is no UTF-8, and Python cannot tell it."""
    with opened(path.parent):
        pass
    path.write_bytes(path.read_bytes().replace(b"viewminutesminutesCREATE", b"viewminute\xffminutesCREAT_"))


@pytest.mark.parametrize("spoil", [_text, _other, _torn, _not_even_a_sentence])
def test_a_file_that_is_no_history_is_moved_aside_and_a_new_one_begun(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(tmp_path / FILE)
    spoiled = (tmp_path / FILE).read_bytes()
    kept = Kept(tmp_path)
    kept.house.device("aabb")
    kept.run("aabb", 180, constant(100.0), step_s=20)
    aside = tmp_path / f"{FILE}.broken-20270115-080020"
    assert aside.read_bytes() == spoiled
    assert kept.notes == [f"history was damaged: it is set aside as {aside.name}, and a new one is begun"]
    kept.house.wait(86400)
    kept.writer.step()
    assert kept.notes[-1] == ""
    kept.end()
    assert len(everything(tmp_path)["minute"]) == 3
    assert is_sound(tmp_path)


def test_bytes_that_go_bad_stop_neither_who_writes_nor_who_reads(tmp_path: Path) -> None:
    """On a card that wears out; what SQLite does not notice is a value of another kind than its column."""
    rng, content = random.Random(6), STORED[VERSION].read_bytes()
    for number in range(5):
        spoiled = bytearray(content)
        for _ in range(rng.choice((1, 10, 40))):
            spoiled[rng.randrange(PAGE_BYTES, len(spoiled))] = rng.randrange(256)
        (tmp_path / FILE).write_bytes(spoiled)
        with closing(Reader(tmp_path / FILE, ZONE)) as reader:
            there = reader.bounds()
            begin = there.oldest if there else int(START)
            for place in {one.place for one in reader.series()}:
                for level in LEVELS:
                    list(reader.rows(place, level, begin, begin + 86400))
                reader.window(place, "power_w", begin, begin + 86400, 50)
                reader.amounts(place, "energy_import_kwh", [begin, begin + 86400])
                reader.highest_quarter(place, "energy_import_kwh", [begin, begin + 86400])
                reader.begins(place)
        kept = Kept(tmp_path, SetClock(START + 86400 * (number + 1)))
        kept.house.device("aabb")
        kept.run("aabb", 120, constant(100.0), every=60)
        kept.writer.step()
        kept.end()
        assert [note for note in kept.notes if "damaged" not in note] == []


def test_pages_that_go_bad_while_it_runs_are_found_and_no_minute_is_lost(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.house.device("aabb")
    kept.run("aabb", 600, constant(100.0))
    kept.writer.finish()  # the log is moved into the file
    (tmp_path / FILE).write_bytes(
        (tmp_path / FILE).read_bytes()[:PAGE_BYTES] + b"\xff" * ((tmp_path / FILE).stat().st_size - PAGE_BYTES)
    )
    kept.run("aabb", 120, constant(100.0))
    kept.writer.step()
    kept.end()
    assert "damaged" in kept.notes[0]
    assert len(everything(tmp_path)["minute"]) == 2


def test_a_card_that_wears_out_is_not_filled_with_damaged_files(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    for _ in range(6):
        _text(tmp_path / FILE)
        kept.house.device("aabb")
        kept.run("aabb", 60, constant(100.0))
        kept.writer.finish()
        kept.house.wait(60)
    assert len(list(tmp_path.glob("*.broken-*"))) == 3
    assert "put it on another disk" in kept.notes[-1]


# ------------------------------------------------------------------ versions


def test_there_is_a_stored_file_of_every_version() -> None:
    assert sorted(STORED) == list(range(1, VERSION + 1))


@pytest.mark.parametrize("version", sorted(STORED))
def test_a_stored_file_of_each_version_keeps_its_rows(tmp_path: Path, version: int) -> None:
    shutil.copy(STORED[version], tmp_path / FILE)
    with opened(tmp_path) as connection:
        assert value(connection, "user_version") == VERSION
    found = everything(tmp_path)
    assert [(name, len(rows)) for name, rows in found.items()] == [
        ("series", 3), ("gap", 1), ("minute", 334), ("quarter", 35), ("hour", 9), ("day", 3)
    ]  # fmt: skip
    for level in LEVELS:
        p1, socket = stored(tmp_path, level, 1), stored(tmp_path, level, 2)
        assert p1[0].bands["power_w"].high == 400.0
        assert {row.bands["power_w"].mean for row in socket} == {55.2}
    assert is_sound(tmp_path)


def test_the_stored_file_of_this_version_has_the_tables_of_this_version(tmp_path: Path) -> None:
    """Who changes a table must raise the version, and say how the old file becomes the new one."""
    shutil.copy(STORED[VERSION], tmp_path / FILE)
    connection = connect(tmp_path / FILE, read_only=True)
    found = [text for (text,) in connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")]
    connection.close()
    assert found == [text for text in statements() if text.startswith("CREATE")]


@pytest.mark.parametrize("version", sorted(STORED))
def test_a_file_that_was_brought_here_from_any_version_is_like_one_of_this_version(
    tmp_path: Path, version: int
) -> None:
    shutil.copy(STORED[version], tmp_path / FILE)
    (tmp_path / "new").mkdir()
    with opened(tmp_path) as old, opened(tmp_path / "new") as new:
        for kind in ("table", "view"):
            names = [name for (name,) in new.execute("SELECT name FROM sqlite_schema WHERE type = ?", (kind,))]
            assert [name for (name,) in old.execute("SELECT name FROM sqlite_schema WHERE type = ?", (kind,))] == names
            texts = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
            assert old.execute(texts).fetchall() == new.execute(texts).fetchall()
            for name in names:
                columns = old.execute(f"PRAGMA table_info({name})").fetchall()
                assert columns == new.execute(f"PRAGMA table_info({name})").fetchall()


class Defensive:
    """A connection of a build of SQLite that lets nobody change the text of a table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: tuple[object, ...] = ()) -> sqlite3.Cursor:
        if sql.startswith("UPDATE sqlite_schema"):
            raise sqlite3.OperationalError("table sqlite_master may not be modified")
        return self._connection.execute(sql, parameters)


def test_where_a_table_may_only_be_altered_it_is(tmp_path: Path) -> None:
    shutil.copy(STORED[1], tmp_path / FILE)
    connection = connect(tmp_path / FILE)
    MIGRATIONS[1](Defensive(connection))  # type: ignore[arg-type]
    connection.execute("PRAGMA user_version = 2")
    found = {text for (text,) in connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")}
    connection.close()
    assert found == {text for text in statements() if text.startswith("CREATE")}
    assert is_sound(tmp_path)


@pytest.mark.parametrize("version", sorted(STORED))
def test_a_battery_is_kept_in_a_file_of_any_version(tmp_path: Path, version: int) -> None:
    shutil.copy(STORED[version], tmp_path / FILE)
    kept = Kept(tmp_path, SetClock(START + 10 * 86400))
    kept.house.device("ba77", "HWE-BAT")

    def values(utc: float) -> dict[str, Value]:
        hours = (utc - START - 10 * 86400) / 3600
        return {"power_w": 640.0, "state_of_charge_pct": 50 + 10 * hours, "cycles": 123 + (hours >= 1)}

    kept.run("ba77", 2 * 3600 + 1200, values)
    kept.end()
    assert is_sound(tmp_path)
    with closing(Reader(tmp_path / FILE, ZONE)) as reader:
        begin = START + 10 * 86400
        hours = list(reader.rows("ba77", HOUR, begin, begin + 7200))
        charge = [row.bands["state_of_charge_pct"] for row in hours]
        assert [(round(one.low), round(one.mean), round(one.high)) for one in charge] == [(50, 55, 60), (60, 65, 70)]
        assert [row.readings["cycles"] for row in hours] == [123, 124]
        assert sum(row.amounts.get("cycles", 0) for row in reader.rows("ba77", QUARTER, begin, begin + 7200)) == 1
        (first, second) = reader.window("ba77", "state_of_charge_pct", begin, begin + 7200, 2)
        assert first is not None
        assert second is not None
        assert (first.low, round(second.high)) == (50, 70)
    with opened(tmp_path) as connection:
        shown = connection.execute(
            "SELECT state_of_charge_pct_mean, cycles FROM hours WHERE device = 'ba77'"
        ).fetchall()
        assert [(round(pct), cycles) for pct, cycles in shown] == [(55, 123), (65, 124)]


@pytest.mark.parametrize("version", sorted(STORED))
def test_a_file_of_any_version_is_read_as_it_is_before_somebody_writes_it(tmp_path: Path, version: int) -> None:
    """As by `export` right after an update, or from a copy that may not be written."""
    shutil.copy(STORED[version], tmp_path / FILE)
    (tmp_path / FILE).chmod(0o400)
    before = (tmp_path / FILE).read_bytes()
    with closing(Reader(tmp_path / FILE, ZONE)) as reader:
        assert reader.why_not is None
        there = reader.bounds()
        assert there is not None
        rows = [
            row for level in LEVELS for row in reader.rows("5c2faf0000aa", level, there.oldest, there.newest + 86400)
        ]
        assert max(row.bands["power_w"].high for row in rows) == 400.0
        assert not any("state_of_charge_pct" in row.bands or "cycles" in row.readings for row in rows)
        assert any(reader.window("5c2faf0000aa", "power_w", there.oldest, there.newest, 20))
        assert not any(reader.window("5c2faf0000aa", "state_of_charge_pct", there.oldest, there.newest, 20))
        (amount,) = reader.amounts("5c2faf0000aa", "energy_import_kwh", [there.oldest, there.newest + 900])
        assert amount is not None
        (tmp_path / FILE).chmod(0o600)
        assert (tmp_path / FILE).read_bytes() == before
        with opened(tmp_path):  # and goes on being read while somebody brings it to this version
            assert list(reader.rows("5c2faf0000aa", MINUTE, there.oldest, there.newest + 60))
            assert not any(reader.window("5c2faf0000aa", "state_of_charge_pct", there.oldest, there.newest, 20))


def _grow(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE minute ADD COLUMN more INTEGER")
    connection.execute("UPDATE minute SET more = samples * 2")


def _fail(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM minute")
    raise sqlite3.OperationalError("database or disk is full")


def test_a_migration_keeps_the_rows(tmp_path: Path) -> None:
    shutil.copy(STORED[VERSION], tmp_path / FILE)
    before = everything(tmp_path)["minute"]
    with opened(tmp_path) as connection:
        migrate(connection, VERSION, VERSION + 2, {VERSION: _grow, VERSION + 1: lambda connection: None})
        assert value(connection, "user_version") == VERSION + 2
        rows = connection.execute("SELECT * FROM minute").fetchall()
    assert [row[:-1] for row in rows] == before
    assert [row[-1] for row in rows] == [2 * int(str(row[1])) for row in before]


def test_a_migration_that_fails_in_the_middle_leaves_the_old_file(tmp_path: Path) -> None:
    shutil.copy(STORED[VERSION], tmp_path / FILE)
    before = everything(tmp_path)
    with opened(tmp_path) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, VERSION, VERSION + 2, {VERSION: _grow, VERSION + 1: _fail})
        assert value(connection, "user_version") == VERSION
    assert everything(tmp_path) == before
