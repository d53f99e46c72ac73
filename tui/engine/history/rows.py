"""Rows of `core.past.history` into the tables and out of them. Every function raises `sqlite3.Error`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from sqlite3 import Connection, IntegrityError
from typing import Any, NamedTuple

from tui.core.graph.bucket import Bucket
from tui.core.past.coarser import merged
from tui.core.past.history import BANDS, MINUTE, Level, Row
from tui.engine.history.schema import AMOUNT_STEP, SERIES_PER_SPAN, STEPS, columns_of, key_of_row, start_of_row

ASKED_AT_ONCE = 500
"""SQLite takes 999 parameters or more, whatever it was built with (SQLITE_MAX_VARIABLE_NUMBER)."""

_PER_UNIT = {name: round(1 / step) for name, step in STEPS.items()}
_PER_AMOUNT = round(1 / AMOUNT_STEP)


class _Plan(NamedTuple):
    """Where in a whole row of a level each quantity stands: its mean, its reading, its amount."""

    means: tuple[tuple[str, int], ...]
    readings: tuple[tuple[str, int], ...]
    amounts: tuple[tuple[str, int], ...]
    covered: int | None


@cache
def _plan(level: Level) -> _Plan:
    places = {name: place for place, name in enumerate(["id", *columns_of(level)])}
    kept = [name for name in STEPS if name not in BANDS]
    return _Plan(
        tuple((name, places[f"{name}_mean"]) for name in BANDS),
        tuple((name, places[name]) for name in kept),
        tuple((name, places[f"{name}_amount"]) for name in kept if level is not MINUTE),
        places.get("covered_s"),
    )


def row_of(level: Level, stored: Sequence[Any]) -> Row:
    """The row that a `SELECT *` of a level's table gave."""
    means, readings, amounts, covered = _plan(level)
    samples = stored[1]
    return Row(
        start_of_row(stored[0]),
        samples,
        stored[2],
        {
            name: Bucket(
                stored[at - 1] / _PER_UNIT[name],
                stored[at] / _PER_UNIT[name],
                stored[at + 1] / _PER_UNIT[name],
                samples,
            )
            for name, at in means
            if stored[at] is not None
        },
        {name: stored[at] / _PER_UNIT[name] for name, at in readings if stored[at] is not None},
        {name: stored[at] / _PER_AMOUNT for name, at in amounts if stored[at] is not None},
        stored[covered] if covered is not None else 0,
    )


def _stored(level: Level, series: int, row: Row) -> dict[str, int]:
    """By column; what was not measured is absent."""
    columns = {"id": key_of_row(row.start, series), "samples": row.samples, "last_s": row.last_s}
    if level is not MINUTE:
        columns["covered_s"] = row.covered_s
    for name, band in row.bands.items():
        per_unit = _PER_UNIT[name]
        columns[f"{name}_min"] = round(band.low * per_unit)
        columns[f"{name}_mean"] = round(band.mean * per_unit)
        columns[f"{name}_max"] = round(band.high * per_unit)
    for name, value in row.readings.items():
        columns[name] = round(value * _PER_UNIT[name])
    for name, amount in row.amounts.items():
        columns[f"{name}_amount"] = round(amount * _PER_AMOUNT)
    return columns


@lru_cache(maxsize=256)
def _insertion(word: str, table: str, columns: tuple[str, ...]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"{word} INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # names of `schema`


def put(connection: Connection, level: Level, series: int, row: Row) -> None:
    """Store a row in the place of one that may be there."""
    columns = _stored(level, series, row)
    connection.execute(_insertion("INSERT OR REPLACE", level.name, tuple(columns)), tuple(columns.values()))


def add(connection: Connection, series: int, row: Row, *, missing_only: bool = False) -> bool:
    """Store a minute; whether that changed anything. One that is there, of an earlier run, becomes one with it."""
    columns = _stored(MINUTE, series, row)
    try:
        connection.execute(_insertion("INSERT", MINUTE.name, tuple(columns)), tuple(columns.values()))
    except IntegrityError:
        there = next(rows(connection, MINUTE, series, row.start, row.start + 1))
        if missing_only or _stored(MINUTE, series, there) == columns:
            return False
        both = (there, row) if there.last_s <= row.last_s else (row, there)
        put(connection, MINUTE, series, merged(both, row.start))
    return True


def rows(connection: Connection, level: Level, series: int, start: int, end: int) -> Iterator[Row]:
    """The rows of one series that begin in [start, end), oldest first; of days, those that begin at a full hour.

    Rows of all series lie side by side, so each is asked for by its id: none of the others is read.
    """
    step_s = min(level.span_s, 3600)
    starts = range(-(-start // step_s) * step_s, end, step_s)
    for at in range(0, len(starts), ASKED_AT_ONCE):
        keys = [key_of_row(one, series) for one in starts[at : at + ASKED_AT_ONCE]]
        for stored in connection.execute(_selection(level, len(keys)), keys):
            with suppress(TypeError):  # damaged: a value of another kind than its column
                yield row_of(level, stored)


@lru_cache(maxsize=64)
def _selection(level: Level, count: int) -> str:
    marks = ", ".join("?" * count)
    return f"SELECT * FROM {level.name} WHERE id IN ({marks}) ORDER BY id"  # noqa: S608  (a name of `schema`)


def erase(connection: Connection, series: int, start: int, end: int, level: Level = MINUTE) -> None:
    """Delete the rows of one series that begin in [start, end)."""
    connection.execute(
        f"DELETE FROM {level.name} WHERE id >= ? AND id < ? AND id % {SERIES_PER_SPAN} = ?",  # noqa: S608
        (key_of_row(start + 59, 0), key_of_row(end + 59, 0), series),
    )
