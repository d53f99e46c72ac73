"""The writer: whatever the disk, the clock or another hwtui does, minutes are stored, and what hinders is told."""

from __future__ import annotations

import errno
import inspect
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.history.keeping import START, ZONE, House, Kept, SetClock, constant, everything, is_sound, stored
from tui.core.past.coarser import read_at
from tui.core.past.history import DAY, HOUR, MINUTE, MINUTES_KEPT_S, QUARTER, Row
from tui.core.past.minutes import Closed
from tui.engine.history import faults
from tui.engine.history.database import connect
from tui.engine.history.levels import MOST_OF_DEVICE
from tui.engine.history.lock import Lock
from tui.engine.history.orders import Minute
from tui.engine.history.schema import FILE
from tui.engine.history.writer import LOCK, MOST_WAITING, Writer

IMPORT = "energy_import_kwh"
SERIAL = "aabb"
HOUR_S = 3600
FIRST = pytest.approx(0.87, abs=0.03)
"""What is counted of 0.9 kWh in the first quarter of an hour: from the end of its first minute on."""


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    one = Kept(tmp_path)
    one.house.device(SERIAL)
    return one


def again(folder: Path, clock: SetClock) -> Kept:
    """The next run."""
    one = Kept(folder, clock)
    one.house.device(SERIAL)
    return one


def starts(folder: Path) -> list[int]:
    """When each minute began, in minutes from START."""
    return [(row.start - int(START)) // 60 for row in stored(folder, MINUTE)]


# ------------------------------------------------------------------ what is stored


def test_levels_follow_from_the_minutes_and_end_where_the_readings_do(kept: Kept, tmp_path: Path) -> None:
    kept.run(SERIAL, 26 * HOUR_S, constant(3600.0), every=30)
    kept.end()
    quarters = stored(tmp_path, QUARTER)
    assert [row.amounts[IMPORT] for row in quarters[1:]] == [pytest.approx(0.9)] * (len(quarters) - 1)
    assert len(quarters) == 26 * 4 - 1
    assert [round(row.amounts[IMPORT], 3) for row in stored(tmp_path, HOUR)[1:3]] == [3.6, 3.6]
    first, *rest = stored(tmp_path, DAY)
    assert rest == []
    assert first.start == START - 9 * HOUR_S  # midnight in the Netherlands
    assert first.amounts[IMPORT] == pytest.approx(first.covered_s / 1000)
    assert 15 * HOUR_S - 60 < first.covered_s <= 15 * HOUR_S
    assert first.bands["power_w"].mean == 3600.0


@pytest.mark.parametrize("every", [12, 25, 30, 40, 60, 100, 240, 600])
def test_a_device_that_is_seldom_asked_is_counted_too(kept: Kept, tmp_path: Path, every: int) -> None:
    """A reading is believed when the next one follows, and its minute was stored by then."""
    moves = constant(3600.0)
    kept.run(SERIAL, 4 * HOUR_S, lambda utc: {**moves(utc), "energy_export_kwh": 7.0}, every=every)
    kept.end()
    quarters = [round(row.amounts[IMPORT], 3) for row in stored(tmp_path, QUARTER)]
    assert quarters[1:] == [0.9] * len(quarters[1:])
    assert len(quarters) >= 14
    minutes = stored(tmp_path, MINUTE)
    read = [row for row in minutes if IMPORT in row.readings]
    assert len(read) >= len(minutes) // 2
    assert sum(row.samples for row in minutes) == 4 * HOUR_S // every
    assert all(row.readings[IMPORT] == pytest.approx(1000 + (read_at(row) - START) / 1000) for row in read)


def test_a_run_goes_on_where_the_last_one_ended(kept: Kept, tmp_path: Path) -> None:
    kept.run(SERIAL, 1000, constant(3600.0))
    kept.end()
    kept.house.wait(400)
    then = again(tmp_path, kept.house.clock)
    then.run(SERIAL, 1000, constant(3600.0))
    then.end()
    assert [round(row.amounts[IMPORT], 3) for row in stored(tmp_path, QUARTER)] == [FIRST, 0.9]
    assert everything(tmp_path)["gap"] == []


def test_a_week_away_is_a_gap_and_the_days_around_it_are_closed(kept: Kept, tmp_path: Path) -> None:
    kept.run(SERIAL, 2 * HOUR_S, constant(3600.0), every=30)
    kept.end()
    kept.house.wait(7 * 86400)
    then = again(tmp_path, kept.house.clock)
    then.run(SERIAL, 2 * HOUR_S, constant(3600.0), every=30)
    for _ in range(10):
        then.writer.step()
    then.end()
    ((_, quantity, start, until, amount),) = everything(tmp_path)["gap"]
    assert quantity == IMPORT
    assert (until - start) == pytest.approx(7 * 86400 + 60, abs=60)  # type: ignore[operator]
    assert amount == pytest.approx((until - start) * 1000, abs=2)  # type: ignore[operator]
    (day,) = stored(tmp_path, DAY)
    assert day.start == START - 9 * HOUR_S
    assert day.amounts[IMPORT] == pytest.approx(7.2, abs=0.07)
    assert len(stored(tmp_path, HOUR)) == 3


def test_a_minute_that_is_there_already_becomes_one_with_it(kept: Kept, tmp_path: Path) -> None:
    kept.run(SERIAL, 40, constant(100.0))
    kept.end()
    then = again(tmp_path, kept.house.clock)
    then.run(SERIAL, 20, constant(400.0))
    then.end()
    (row,) = stored(tmp_path, MINUTE)
    assert (row.samples, row.last_s) == (3, 40)
    assert (row.bands["power_w"].low, row.bands["power_w"].high) == (100.0, 400.0)
    assert row.bands["power_w"].mean == pytest.approx(200.0)


def test_an_id_that_changes_with_every_answer_fills_no_table(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    row = Row(int(START), 1, 0, {}, {"total": 1.0})
    rows = [Closed((SERIAL, "gas_meter", str(number), "m3"), row) for number in range(200)]
    kept.writer.put(Minute(int(START), (*rows, Closed(("ccdd", "", "", ""), row))))
    kept.writer.step()
    kept.end()
    series = everything(tmp_path)["series"]
    assert len([one for one in series if one[1] == SERIAL]) == MOST_OF_DEVICE
    assert series[-1][1] == "ccdd"


def test_minutes_go_after_400_days_in_small_bites_and_the_rest_stays(kept: Kept, tmp_path: Path) -> None:
    kept.run(SERIAL, HOUR_S, constant(100.0), every=60)
    kept.end()
    kept.house.wait(MINUTES_KEPT_S)
    then = again(tmp_path, kept.house.clock)
    then.run(SERIAL, 59 * 60, constant(100.0), every=60)
    assert len(stored(tmp_path, MINUTE)) == 60 + 59  # the clock may be wrong yet
    then.run(SERIAL, 32 * 60, constant(100.0), every=60)
    then.end()
    assert min(row.start for row in stored(tmp_path, MINUTE)) >= START + 1800
    assert stored(tmp_path, QUARTER)[0].start == START


@pytest.mark.parametrize("every", [5, 20, 30, 45, 60, 300])
def test_amounts_are_those_of_the_counters_however_often_and_whatever_the_power_says(
    kept: Kept, tmp_path: Path, every: int
) -> None:
    """A reading counts once the next one confirms it: that may be minutes later."""
    still = {"power_w": 5000.0, "energy_export_kwh": 7.0, "energy_import_t2_kwh": 1.0}
    kept.run(SERIAL, HOUR_S, lambda utc: {**constant(1800.0)(utc), **still}, every=every)
    kept.end()
    quarters = stored(tmp_path, QUARTER)
    assert [round(row.amounts[IMPORT], 3) for row in quarters[1:]] == [0.45] * 2
    assert {row.bands["power_w"].mean for row in quarters} == {5000.0}
    assert sum(row.samples for row in stored(tmp_path, MINUTE)) == HOUR_S // every


def test_a_minute_of_all_devices_is_one_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    statements, connecting = list[str](), sqlite3.connect

    def connect_and_listen(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connecting(*arguments, **options)
        connection.set_trace_callback(statements.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect_and_listen)
    kept = Kept(tmp_path)
    for serial in ("aabb", "ccdd", "eeff"):
        kept.house.device(serial)
    kept.writer.step()
    statements.clear()
    for _ in range(16):
        for serial in ("aabb", "ccdd", "eeff"):
            kept.house.measure(serial, constant(100.0)(kept.house.now.utc))
        kept.house.wait(60)
        kept.writer.step()
    assert [text for text in statements if text.startswith(("BEGIN", "COMMIT"))] == ["BEGIN IMMEDIATE", "COMMIT"] * 16
    kept.end()
    assert len(everything(tmp_path)["minute"]) == 3 * 16


# ------------------------------------------------------------------ the clock


def test_after_a_jump_back_what_lies_in_the_future_is_erased(kept: Kept, tmp_path: Path) -> None:
    kept.run(SERIAL, 1800, constant(3600.0))
    kept.house.jump(-600)
    assert kept.house.now.utc == START + 1200
    kept.run(SERIAL, 1200, constant(3600.0))
    kept.end()
    assert starts(tmp_path) == list(range(40))
    assert [round(row.amounts[IMPORT], 2) for row in stored(tmp_path, QUARTER)] == [FIRST, 0.9]


@pytest.mark.parametrize("seconds", [5000, -5000])
def test_a_clock_that_is_set_soon_after_the_start_was_wrong_from_the_start(
    kept: Kept, tmp_path: Path, seconds: int
) -> None:
    kept.run(SERIAL, 180, constant(100.0))
    kept.house.jump(seconds)
    kept.run(SERIAL, 180, constant(100.0))
    kept.end()
    assert [row.start - START > 0 for row in stored(tmp_path, MINUTE)] == [seconds > 0] * 4


def test_a_clock_that_is_set_ahead_later_takes_nothing_back(kept: Kept, tmp_path: Path) -> None:
    kept.run(SERIAL, 1800, constant(100.0))
    kept.house.jump(3600)
    kept.run(SERIAL, 120, constant(100.0))
    kept.end()
    assert starts(tmp_path) == [*range(30), 90, 91]


def test_nothing_old_is_deleted_by_a_clock_that_jumped_until_it_has_settled(kept: Kept, tmp_path: Path) -> None:
    """Years ahead, and back within the hour: what was older than 400 days meanwhile is still there."""
    kept.run(SERIAL, 65 * 60, constant(100.0), every=60)
    kept.house.jump(2 * MINUTES_KEPT_S)
    kept.run(SERIAL, 55 * 60, constant(100.0), every=60)
    assert len(stored(tmp_path, MINUTE)) == 65 + 55
    kept.house.jump(-2 * MINUTES_KEPT_S)
    kept.run(SERIAL, 30 * 60, constant(100.0), every=60)
    kept.end()
    assert starts(tmp_path) == [*range(65), *range(120, 150)]


def test_what_an_earlier_run_wrote_by_a_clock_far_ahead_does_not_stop_the_next(kept: Kept, tmp_path: Path) -> None:
    kept.house.jump(30 * 86400)
    kept.run(SERIAL, 2 * HOUR_S, constant(100.0), every=60)
    kept.end()
    kept.house.jump(-30 * 86400)
    then = again(tmp_path, kept.house.clock)
    then.run(SERIAL, 2 * HOUR_S, constant(100.0), every=60)
    then.end()
    assert len([row for row in stored(tmp_path, QUARTER) if row.start < START + 86400]) == 7


def test_what_a_frozen_meter_repeats_is_no_measurement(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.house.device(SERIAL)
    kept.run(SERIAL, 300, constant(3600.0))
    same = dict(constant(3600.0)(START + 300))
    kept.run(SERIAL, 200, lambda utc: same)
    kept.house.stood(SERIAL)
    kept.run(SERIAL, 400, lambda utc: same)
    kept.end()
    frozen = kept.house.fleet.devices[SERIAL].frozen
    assert frozen is not None
    last = (kept.house.now.utc_of(frozen) - START) // 60
    assert starts(tmp_path) == list(range(int(last) + 1))
    assert starts(tmp_path)[-1] < 9


# ------------------------------------------------------------------ the disk


class Failing(sqlite3.Connection):
    """A connection whose statements fail for a while, as on a disk that is full."""

    statements = 0
    fails: Callable[[int], bool] = staticmethod(lambda number: False)

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        Failing.statements += 1
        if Failing.fails(Failing.statements):
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        return super().execute(*arguments)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> type[Failing]:
    def connecting(*arguments: Any, **options: Any) -> sqlite3.Connection:
        return sqlite3_connect(*arguments, **options, factory=Failing)

    sqlite3_connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", connecting)
    Failing.statements, Failing.fails = 0, staticmethod(lambda number: False)
    return Failing


def _fifteen_minutes(folder: Path) -> Kept:
    kept = again(folder, SetClock())
    kept.writer.step()
    kept.run(SERIAL, 17 * 60, constant(3600.0), every=30, step_s=60)
    return kept


def test_a_full_disk_at_any_statement_costs_no_minute(tmp_path: Path, failing: type[Failing]) -> None:
    well = _fifteen_minutes(tmp_path / "well")
    count = failing.statements
    well.end()
    expected = everything(tmp_path / "well")
    assert count > 60
    for number in range(1, count, 3):
        failing.statements, folder = 0, tmp_path / str(number)
        failing.fails = staticmethod(lambda at, number=number: number <= at < number + 6)
        kept = _fifteen_minutes(folder)
        for _ in range(12):
            kept.writer.step()
        failing.fails = staticmethod(lambda number: False)
        kept.end()
        assert everything(folder) == expected, f"statement {number}"
        assert kept.notes == [
            f"history is not kept: {folder}: the disk is full: make room on it; it is tried again every 30 s",
            "",
        ]


def test_an_hour_is_held_while_the_disk_is_full_and_then_the_oldest_is_lost(
    tmp_path: Path, failing: type[Failing]
) -> None:
    kept = again(tmp_path, SetClock())
    failing.fails = staticmethod(lambda number: True)
    kept.run(SERIAL, (MOST_WAITING + 4) * 60, constant(100.0), every=30, step_s=60)
    failing.fails = staticmethod(lambda number: False)
    assert [note.partition("; ")[2] for note in kept.notes] == [
        "it is tried again every 30 s",
        "it is tried again every 30 s; the disk has refused for more than an hour: the oldest minutes are lost",
    ]
    kept.end()
    assert kept.notes[-1] == ""
    assert starts(tmp_path) == list(range(4, MOST_WAITING + 4))


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
@pytest.mark.parametrize("what", ["file", "no folder"])
def test_where_nothing_can_be_written_the_next_step_is_told(tmp_path: Path, what: str) -> None:
    """Root may write everywhere, so here a file is in the way."""
    folder = tmp_path / "state"
    folder.write_text("a file")
    kept = Kept(folder if what == "file" else folder / "hwtui")
    kept.house.device(SERIAL)
    kept.run(SERIAL, 60, constant(100.0))
    (note,) = kept.notes
    assert note.startswith(f"history is not kept: {folder}")
    assert note.endswith(": Not a directory: use another --state-dir; it is tried again every 30 s")
    folder.unlink()
    kept.run(SERIAL, 60, constant(100.0))
    kept.end()
    assert kept.notes[1:] == [""]
    assert starts(kept.writer.folder) == [0, 1]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (OSError(errno.EACCES, "Permission denied"), "this user may not write there: allow it, or use another"),
        (OSError(errno.EROFS, "Read-only file system"), "it is read-only: let this user write there, or use another"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full: make room on it; it is tried again"),
        (OSError(errno.EIO, "Input/output error"), "the disk fails: look whether the card or disk is worn out; it is"),
        (OSError(errno.ELOOP, "Too many symbolic links"), "Too many symbolic links: use another --state-dir; it is"),
        (sqlite3.OperationalError("no such\ncolumn"), "no such column: use another --state-dir; it is tried again"),
    ],
)
def test_each_hindrance_says_what_to_do(error: OSError | sqlite3.Error, why: str) -> None:
    assert faults.not_kept(Path("/state"), error).startswith(f"history is not kept: /state: {why}")


def test_a_disk_without_room_for_the_shared_memory_of_a_database_is_full() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    assert "the disk is full: make room on it" in faults.not_kept(Path("/state"), error)


def test_what_is_said_of_trying_again_is_what_is_done() -> None:
    assert inspect.signature(Writer).parameters["retry_s"].default == faults.RETRY_S
    assert f"it is tried again every {faults.RETRY_S:.0f} s" == faults.NEXT


def test_after_the_end_the_file_alone_is_the_history_also_while_it_is_read(kept: Kept, tmp_path: Path) -> None:
    """Who copies it then need not know of a log beside it."""
    kept.writer.step()
    reading = connect(tmp_path / FILE, read_only=True)
    reading.execute("SELECT count(*) FROM minute").fetchall()
    kept.run(SERIAL, 300, constant(100.0))
    kept.end()
    (tmp_path / "copy").mkdir()
    shutil.copy(tmp_path / FILE, tmp_path / "copy" / FILE)
    reading.close()
    assert starts(tmp_path / "copy") == list(range(5))
    assert is_sound(tmp_path / "copy")


# ------------------------------------------------------------------ two at once


def test_the_second_reads_and_takes_over_without_a_gap_when_the_first_ends(kept: Kept, tmp_path: Path) -> None:
    other = again(tmp_path, kept.house.clock)
    for number in range(30):
        for one in (kept, other):
            one.house.measure(SERIAL, constant(100.0)(one.house.now.utc))
        kept.house.wait(20)
        other.house.wait(0)
        if number < 15:
            kept.writer.step()
        elif number == 15:
            kept.writer.finish()  # killed: its running minute is not stored
        other.writer.step()
    other.end()
    assert other.notes == [
        f"history is kept by another hwtui (process {os.getpid()}): this one only reads it, and takes over when that "
        "one ends",
        "",
    ]
    assert starts(tmp_path) == list(range(10))
    assert {row.samples for row in stored(tmp_path, MINUTE)} == {3}


def test_one_without_a_screen_that_is_the_second_keeps_nothing_and_says_so(kept: Kept, tmp_path: Path) -> None:
    kept.writer.step()
    notes: list[str] = []
    writer = Writer(tmp_path, ZONE, kept.house.clock, notes.append, reads=False)
    writer.step()
    assert notes == [
        f"history is kept by another hwtui (process {os.getpid()}): this one keeps nothing, and takes over when that "
        "one ends"
    ]
    kept.end()
    writer.step()
    writer.finish()
    assert notes[1:] == [""]


def test_the_lock_of_a_process_that_is_killed_is_free(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from tui.engine.history.lock import Lock; lock = Lock(pathlib.Path(sys.argv[1]));"
        "print(lock.take(), flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(tmp_path / LOCK)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        lock = Lock(tmp_path / LOCK)
        assert (lock.take(), lock.holder) == (False, str(holder.pid))
        holder.kill()
        holder.wait()
        assert lock.take()
        lock.release()
    assert (tmp_path / LOCK).stat().st_mode & 0o777 == 0o600


# ------------------------------------------------------------------ its thread


def test_the_thread_stores_what_is_handed_over_and_ends_with_the_last_minute(tmp_path: Path) -> None:
    clock = SetClock()
    writer = Writer(tmp_path, ZONE, clock, lambda text: None)
    house = House(writer.put, clock)
    house.device(SERIAL)
    writer.start()
    for _ in range(5):
        house.measure(SERIAL, constant(100.0)(house.now.utc))
        house.wait(60)
    house.measure(SERIAL, constant(100.0)(house.now.utc))
    house.collector.close(house.now)
    writer.end()
    writer.join(10)
    assert not writer.runs
    assert starts(tmp_path) == list(range(6))
    assert is_sound(tmp_path)


def test_a_disk_that_hangs_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()

    def hangs(folder: Path) -> sqlite3.Connection:
        free.wait(20)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("tui.engine.history.writer.open_to_write", hangs)
    writer = Writer(tmp_path, ZONE, SetClock(), lambda text: None)
    writer.start()
    began = time.monotonic()
    writer.put(Minute(int(START), ()))
    writer.end()
    writer.join(0.05)
    assert writer.runs
    assert time.monotonic() - began < 0.5
    free.set()
    writer.join(10)


def test_it_tries_again_by_itself(tmp_path: Path) -> None:
    told: list[str] = []
    lock = Lock(tmp_path / LOCK)
    assert lock.take()
    over = threading.Event()

    def tell(text: str) -> None:
        told.append(text)
        if text:
            lock.release()
        else:
            over.set()

    writer = Writer(tmp_path, ZONE, SetClock(), tell, retry_s=0.01)
    writer.start()
    assert over.wait(10)
    writer.end()
    writer.join(10)
    assert len(told) == 2


def test_what_stands_in_the_table_of_facts_may_be_anything(kept: Kept, tmp_path: Path) -> None:
    kept.run(SERIAL, HOUR_S, constant(3600.0), every=60)
    kept.end()
    expected = everything(tmp_path)["quarter"]
    for text in ("", "[]", "{}", '{"until": 1e400, "last": {}}', '{"until": -5, "last": {}}', '{"until": "x"}',
                 '{"until": 1800000000, "last": {"total": [NaN, NaN]}}', "[" * 9999):  # fmt: skip
        connection = connect(tmp_path / FILE)
        connection.execute("UPDATE fact SET value = ?", (text,))
        connection.execute("DELETE FROM quarter")
        connection.close()
        then = again(tmp_path, kept.house.clock)
        then.run(SERIAL, 120, constant(3600.0), every=60)
        then.end()
        assert then.notes == []
        assert everything(tmp_path)["quarter"][: len(expected)] == expected, text
