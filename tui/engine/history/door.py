"""Read-only connections to the history, one for each thread, and the rows of a meter by their spans.

A writer may be at work in another thread or another program, and may move the file aside: then the new one is read.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from tui.core.past.history import DAY, HOUR, LEVELS, MINUTE, QUARTER, Level, Series
from tui.core.text import clean
from tui.engine.history.database import readable
from tui.engine.history.schema import VERSION, key_of_row, lacking, start_of_row
from tui.engine.history.spans import LAST_S, Part, split

BUSY_S = 0.5
"""How long to wait where a writer holds the file: it does so only while it is created or made smaller."""
CACHE_KB = 1024
MOST_METERS = 16
"""At one place, the newest: an id that changes with each answer must not make a graph slow (own choice)."""

KEEP_ONE = "leave hwtui running, on the screen or as a service"
DAMAGED = "it is damaged or cannot be read just now: try again, or leave hwtui running: it sets a damaged one aside"

FAULTS = (sqlite3.Error, OSError, ValueError, TypeError, OverflowError)
"""What a damaged file raises: the last three where a value or a text in it is of another kind than its column."""

T = TypeVar("T")
log = logging.getLogger(__name__)


class UnreadableError(Exception):
    """There is no history to read; the text says why and what to do, as the end of a sentence."""


class Bounds(NamedTuple):
    """What there is at all, in seconds since 1970."""

    minutes: int
    """When the oldest minute begins, `LAST_S` without any: older ones are deleted."""
    oldest: int
    """When the oldest row of any level begins."""
    newest: int
    """When the newest minute begins."""


class Meter(NamedTuple):
    """One series of a place."""

    id: int
    kind: str
    derived: int
    """Up to when its quarters, hours and days were derived: what ends later is known only from minutes."""


class Door:
    """The file at `path`, to be read from any thread. Nothing is opened before the first question.

    `address` is that of a history in memory (`history.memory`), in the place of a file.
    """

    def __init__(self, path: Path | None, address: str = "") -> None:
        self._path = path
        self._address = address
        self._mine = threading.local()
        self._all: dict[sqlite3.Connection, tuple[threading.Thread, threading.Lock]] = {}
        """The open ones: whose each is, and what is held while it is asked."""
        self._lock = threading.Lock()
        self._is_over = False

    def ask(self, question: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """The answer to a question about one state of the file; `otherwise` where there is nothing to read."""
        try:
            return self.ask_or_raise(question)
        except UnreadableError:
            return otherwise

    def ask_or_raise(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """The same. Raises `UnreadableError`."""
        try:
            connection, asking = self._connection()
            try:
                with asking:
                    connection.execute("BEGIN")
                    try:
                        return question(connection)
                    finally:
                        connection.execute("ROLLBACK")
            finally:
                if connection not in self._all:  # `close` has been there, and could not close what was being asked
                    connection.close()
        except FAULTS as error:
            log.debug("history cannot be read: %s", error)
            self._drop()
            if self._path and not os.access(self._path, os.R_OK):
                raise UnreadableError("this user may not read it: run this as the user whose hwtui keeps it") from None
            raise UnreadableError(DAMAGED) from None

    def close(self, *, for_good: bool = False) -> None:
        """Close the connections of all threads. A later question opens a new one, unless it is closed `for_good`: then
        there is nothing to read any more.

        A question that is under way is cut short, and whoever asks it closes the connection: to close one that another
        thread is using would end the program.
        """
        with self._lock:
            self._is_over = self._is_over or for_good
            every, self._all = self._all, {}
            self._mine = threading.local()
        for connection, (_, asking) in every.items():
            with contextlib.suppress(sqlite3.Error):
                if asking.acquire(blocking=False):
                    connection.close()
                    asking.release()
                else:
                    connection.interrupt()

    def _connection(self) -> tuple[sqlite3.Connection, threading.Lock]:
        """This thread's connection. Raises `UnreadableError`, `OSError`, `sqlite3.Error`."""
        try:
            there = os.stat(self._path) if self._path else None
        except FileNotFoundError:
            self._drop()
            raise UnreadableError(f"there is none yet: {KEEP_ONE}") from None
        identity = (there.st_dev, there.st_ino) if there else ()
        if getattr(self._mine, "identity", None) != identity:
            self._drop()
            connection = _open(self._path) if self._path else _opened(self._address, "read_uncommitted = 1")
            with self._lock:
                if self._is_over:  # a thread asks on after the program has let go of it
                    connection.close()
                    raise UnreadableError("it is closed")
                for other in [one for one, (owner, _) in self._all.items() if not owner.is_alive()]:
                    del self._all[other]  # whoever asks in a thread for each question leaves no connection behind
                    other.close()
                asking = threading.Lock()
                self._all[connection] = threading.current_thread(), asking
            self._mine.connection, self._mine.asking, self._mine.identity = connection, asking, identity
        found: tuple[sqlite3.Connection, threading.Lock] = (self._mine.connection, self._mine.asking)
        return found

    def _drop(self) -> None:
        connection = getattr(self._mine, "connection", None)
        if connection is not None:
            with self._lock, contextlib.suppress(sqlite3.Error):
                self._all.pop(connection, None)
                connection.close()
        self._mine.connection = self._mine.asking = self._mine.identity = None


def _open(path: Path) -> sqlite3.Connection:
    try:
        return _opened(f"{path.absolute().as_uri()}?mode=ro")
    except sqlite3.OperationalError:
        # A copy in a folder that cannot be written: there is no room for a log beside it, and nobody writes it either.
        if os.access(path.parent, os.W_OK) or not os.access(path, os.R_OK) or Path(f"{path}-wal").exists():
            raise
        return _opened(f"{path.absolute().as_uri()}?immutable=1")


def _opened(address: str, *pragmas: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    connection.text_factory = readable
    try:
        for pragma in (f"cache_size = -{CACHE_KB}", *pragmas):
            connection.execute(f"PRAGMA {pragma}")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise UnreadableError("it is of a newer hwtui: update this one")
        if version < 1:
            raise UnreadableError(f"it is empty, or no history: {KEEP_ONE}")
        if version < VERSION:  # nobody has written it since the update, or it is a copy
            connection.execute("PRAGMA temp_store = MEMORY")
            for text in lacking(version):
                connection.execute(text)
    except BaseException:
        connection.close()
        raise
    return connection


# ------------------------------------------------------------------ questions


def bounds(connection: sqlite3.Connection) -> Bounds | None:
    """None for an empty history."""
    picks = [f"(SELECT {end}(id) FROM {level.name})" for level in LEVELS for end in ("min", "max")]  # noqa: S608
    ids = connection.execute(f"SELECT {', '.join(picks)}").fetchone()
    starts = [start_of_row(found) for found in ids if found is not None]
    if not starts:
        return None
    newest = start_of_row(ids[1]) if ids[1] is not None else max(starts)
    return Bounds(start_of_row(ids[0]) if ids[0] is not None else LAST_S, min(starts), newest)


def all_series(connection: sqlite3.Connection) -> tuple[Series, ...]:
    """Every series, in the order in which they began. Texts are clean: the file may have been edited."""
    found = connection.execute("SELECT id, device, kind, meter, unit, began FROM series ORDER BY began, id")
    return tuple(
        Series(one, clean(dev), clean(kind), clean(meter, 128), clean(unit), began)
        for one, dev, kind, meter, unit, began in found
    )


def meters_at(connection: sqlite3.Connection, place: str) -> list[Meter]:
    """The series of a place, the newest `MOST_METERS` of them."""
    device, _, kind = place.partition("/")
    found = connection.execute(
        """SELECT id, kind, began, (SELECT value FROM fact WHERE name = 'derived.' || id) FROM series
        WHERE device = ? AND kind = ? ORDER BY began DESC, id DESC LIMIT ?""",
        (device, kind, MOST_METERS),
    )
    return [Meter(series, kind, _derived(stored, began)) for series, kind, began, stored in found]


def _derived(stored: Any, began: int) -> int:
    try:
        return int(json.loads(stored)["until"]) if stored else began
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return began  # edited by hand


def found(
    connection: sqlite3.Connection,
    meter: Meter,
    columns: Sequence[str],
    asked: Iterable[Part],
    newest: int,
    left: list[Part] | None = None,
) -> Iterator[tuple[Part, tuple[Any, ...]]]:
    """The rows of these spans, with these columns. A span whose row is not derived yet is read from finer rows.

    With `left`, minutes are not read, and quarters of an hour that are not derived yet are put there.
    """
    todo: dict[Level, list[Part]] = {level: [] for level in LEVELS}
    for part in asked:
        todo[part.level].append(part)
    for level in (DAY, HOUR, QUARTER) if left is not None else (DAY, HOUR, QUARTER, MINUTE):
        if not todo[level]:
            continue
        by_key = {key_of_row(part.start, meter.id): part for part in todo[level]}
        for row in rows_of(connection, level, columns, by_key):
            yield by_key.pop(row[0]), row[1:]
        for part in by_key.values():
            if level is not MINUTE and part.end > meter.derived and part.start <= newest:
                if level is QUARTER and left is not None:
                    left.append(part)
                else:
                    finer = split(part)
                    todo[finer[0].level] += finer


def rows_of(
    connection: sqlite3.Connection, level: Level, columns: Sequence[str], keys: Iterable[int]
) -> Iterator[tuple[Any, ...]]:
    """(id, *columns) of the rows with these ids, in this order.

    Rows of all series lie side by side, so each is looked up: none of the others is read.
    """
    picks = ", ".join(f"{level.name}.{column}" for column in ("id", *columns))
    yield from connection.execute(
        f"SELECT {picks} FROM json_each(?) AS asked CROSS JOIN {level.name} ON {level.name}.id = asked.value",  # noqa: S608
        (json.dumps(list(keys)),),
    )
