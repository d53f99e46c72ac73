"""The file of the history: created, opened, migrated, and moved aside when it is damaged.

It is written by one thread at a time, in WAL mode: a power cut loses what was not committed, and readers never wait.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from tui.core.past.history import LEVELS
from tui.engine.files import make_folder
from tui.engine.history.schema import FILE, PAGE_BYTES, VERSION, added_columns, statements, view


def _add_columns(connection: sqlite3.Connection, version: int) -> None:
    """Add those of a version at the end of each table, without touching a row.

    `ALTER TABLE` of a STRICT table reads all of it for each column since SQLite 3.42 or so: minutes for a year of a
    house on an SD card. The text of the table is changed instead, as SQLite's documentation of ALTER TABLE describes
    it for changes that leave the rows as they are; where a build forbids that, there is only the slow way.
    """
    number = connection.execute("PRAGMA schema_version").fetchone()[0]
    for level in LEVELS:
        connection.execute(f"DROP VIEW {level.name}s")
    try:
        connection.execute("PRAGMA writable_schema = ON")
        for level in LEVELS:
            more = "".join(f", {column} INTEGER" for column in added_columns(version, level))
            connection.execute(
                "UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ?) WHERE type = 'table' AND name = ?",
                (f"{more}) STRICT", level.name),
            )
        connection.execute(f"PRAGMA schema_version = {number + 1 + len(LEVELS)}")
        connection.execute("PRAGMA writable_schema = RESET")
    except sqlite3.OperationalError:
        connection.execute("PRAGMA writable_schema = OFF")
        for level in LEVELS:
            for column in added_columns(version, level):
                connection.execute(f"ALTER TABLE {level.name} ADD COLUMN {column} INTEGER")
    for level in LEVELS:
        connection.execute(view(level))


MIGRATIONS: Mapping[int, Callable[[sqlite3.Connection], None]] = {1: partial(_add_columns, version=2)}
"""What makes the next version of a file out of the one given, inside a transaction."""
SIDE_FILES = ("-wal", "-shm")
CHECKPOINT_PAGES = 1000
"""So many pages may stand in the log before they are moved into the file: a page that is written in each of several
minutes is moved once. It makes the log about 1 MB, and its end quick."""
CACHE_KB = 256
BUSY_S = 2.0
"""How long to wait for another program that locks the file, in the thread that writes."""
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

_TABLES = frozenset(text.split()[2] for text in statements() if text.startswith("CREATE TABLE"))


class NewerError(Exception):
    """The file is of a newer hwtui."""


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file is no good database."""
    code = getattr(error, "sqlite_errorcode", None)  # not of errors that Python itself raises
    return isinstance(code, int) and code & 0xFF in DAMAGED


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection for one thread at a time, without implicit transactions. Raises `sqlite3.Error`."""
    mode = "ro" if read_only else "rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.text_factory = readable
        connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    except UnicodeDecodeError:  # in the middle of what SQLite says of a damaged table
        connection.close()
        raise _damage("its tables are damaged") from None
    except BaseException:
        connection.close()
        raise
    return connection


def readable(text: bytes) -> str:
    """A text of the file, which may be damaged."""
    return text.decode("utf-8", "replace")


def open_to_write(folder: Path) -> sqlite3.Connection:
    """The database in `folder`, of this version; created where it is missing.

    Raises `NewerError`, `OSError` and `sqlite3.Error`, of which `is_damage` tells a file that is no history.
    """
    path = folder / FILE
    make_folder(folder)
    _make_private(path)
    connection = connect(path)
    try:
        version = _version(connection)
        if version > VERSION:
            raise NewerError(str(version))
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # without effect where there are pages
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        if version == 0:
            with transaction(connection):
                for text in statements():
                    connection.execute(text)
        elif version < VERSION:
            migrate(connection, version, VERSION, MIGRATIONS)
        _make_side_files_private(path)
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection) -> int:
    """The version of the file; 0 if it is empty. One that holds something else counts as damaged."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    foreign = version <= 0 and tables
    if foreign or (version == VERSION and not tables >= _TABLES):
        raise _damage("the tables are not those of a history")
    return version


def _damage(text: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(text)
    error.sqlite_errorcode = sqlite3.SQLITE_NOTADB
    return error


def migrate(
    connection: sqlite3.Connection,
    version: int,
    wanted: int,
    migrations: Mapping[int, Callable[[sqlite3.Connection], None]],
) -> None:
    """Bring a file from one version to another, all of it or nothing. Raises `sqlite3.Error`."""
    with transaction(connection):
        for one in range(version, wanted):
            migrations[one](connection)
            connection.execute(f"PRAGMA user_version = {one + 1}")


class transaction:  # noqa: N801  (used like a function)
    """`with transaction(connection):` commits at the end, or takes everything back."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._connection.execute("COMMIT")
        elif self._connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):  # the first error counts
                self._connection.execute("ROLLBACK")


def move_aside(path: Path, utc: float) -> Path:
    """Rename a damaged file and those beside it, `utc` (seconds since 1970); its new name. Raises `OSError`."""
    name = path.with_name(f"{path.name}.broken-{time.strftime('%Y%m%d-%H%M%S', time.gmtime(utc))}")
    moved, number = name, 1
    while os.path.lexists(moved):
        number += 1
        moved = name.with_name(f"{name.name}-{number}")
    for ending in ("", *SIDE_FILES):
        with contextlib.suppress(FileNotFoundError):
            os.replace(f"{path}{ending}", f"{moved}{ending}")
    return moved


def _make_private(path: Path) -> None:
    """Create the file if it is missing; for its owner only (0600), and SQLite gives its log the same mode."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    _close_to_others(str(path))


def _make_side_files_private(path: Path) -> None:
    for ending in SIDE_FILES:
        with contextlib.suppress(FileNotFoundError):
            _close_to_others(f"{path}{ending}")


def _close_to_others(name: str) -> None:
    if os.stat(name).st_mode & 0o777 != 0o600:
        os.chmod(name, 0o600)
