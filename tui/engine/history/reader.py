"""Answers questions about the past from the history on disk: `core.past.history.Past`. Safe to use from any thread."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import tzinfo
from functools import cache, partial
from pathlib import Path
from sqlite3 import Connection
from typing import Any, TypeVar

from tui.core.graph.bucket import Bucket
from tui.core.past.history import BANDS, COUNTERS, DAY, EVENTS, HOUR, MINUTE, QUARTER, Amount, Level, Row, Series
from tui.engine.history import counted
from tui.engine.history.columns import window
from tui.engine.history.door import (
    KEEP_ONE,
    Bounds,
    Door,
    Meter,
    UnreadableError,
    all_series,
    bounds,
    meters_at,
    rows_of,
)
from tui.engine.history.schema import AMOUNT_STEP, FILE, SERIES_PER_SPAN, STEPS, columns_of, key_of_row, start_of_row
from tui.engine.history.spans import LAST_S

AT_ONCE = 2880
"""Rows that are asked for in one go, where they are handed out one at a time."""

T = TypeVar("T")
_COUNTED = frozenset((*COUNTERS, *EVENTS))


class Reader:
    """The history in the file at `path`, which need not be there (yet), or in memory at `address`.

    Days are those of `zone`.
    """

    def __init__(self, path: Path | None, zone: tzinfo, address: str = "") -> None:
        self._door = Door(path, address)
        self._zone = zone

    @property
    def why_not(self) -> str | None:
        """Why there is nothing to read and what to do, as the end of a sentence; None if there is something."""
        try:
            there = self._door.ask_or_raise(bounds)
        except UnreadableError as error:
            return str(error)
        return None if there else f"it is empty so far: {KEEP_ONE}"

    def close(self, *, for_good: bool = False) -> None:
        """Close the file; `for_good`: whoever still asks finds nothing. Any thread may do so."""
        self._door.close(for_good=for_good)

    # ------------------------------------------------------------------ `Past`

    def window(self, place: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        """See `Past`, and `columns.spans_of` for which rows a column has."""
        nothing = (None,) * columns
        if quantity not in BANDS or columns < 1 or not 0 <= start < end <= LAST_S:
            return nothing
        return self._door.ask(lambda db: window(db, place, quantity, start, end, columns, self._zone), nothing)

    def amounts(self, place: str, quantity: str, cuts: Sequence[float]) -> tuple[Amount | None, ...]:
        """See `Past`."""
        nothing = (None,) * max(0, len(cuts) - 1)
        if quantity not in _COUNTED:
            return nothing
        return self._door.ask(lambda db: counted.amounts(db, place, quantity, cuts, self._zone), nothing)

    def highest_quarter(
        self, place: str, quantity: str, cuts: Sequence[float]
    ) -> tuple[tuple[float, float] | None, ...]:
        """See `Past`."""
        nothing = (None,) * max(0, len(cuts) - 1)
        if quantity not in _COUNTED:
            return nothing
        return self._door.ask(lambda db: counted.highest_quarter(db, place, quantity, cuts), nothing)

    def rows(self, place: str, level: Level, start: float, end: float) -> Iterator[Row]:
        """See `Past`."""
        none: list[Meter] = []
        ids = [meter.id for meter in self._door.ask(lambda db: meters_at(db, place), none)]
        for stored in self.stored(ids, level, columns_of(level), start, end):
            with suppress(TypeError):  # damaged: a value of another kind than its column
                yield _row(level, stored)

    def series(self) -> tuple[Series, ...]:
        """See `Past`."""
        return self._door.ask(all_series, ())

    def begins(self, place: str) -> float | None:
        """See `Past`; to the quarter of an hour."""
        return self._door.ask(lambda db: _begins(db, place), None)

    # ------------------------------------------------------------------ what only the engine asks

    def bounds(self) -> Bounds | None:
        """What there is at all; None without anything."""
        return self._door.ask(bounds, None)

    def ask(self, question: Callable[[Connection], T], otherwise: T) -> T:
        """The answer to a question about the database itself; `otherwise` where there is nothing to read."""
        return self._door.ask(question, otherwise)

    def stored(
        self, series: Sequence[int], level: Level, columns: Sequence[str], start: float, end: float
    ) -> Iterator[tuple[Any, ...]]:
        """(id, *columns) as stored, of the rows of these series that begin in [start, end), oldest first.

        The file is free between `AT_ONCE` rows: a writer is not held up, and memory stays as it is.
        """
        there = self.bounds()
        if there is None or not series:
            return
        first, last = max(math.ceil(start), there.oldest), min(end, there.newest + 86400)
        ordered = sorted(series)
        step_s = min(level.span_s, HOUR.span_s)  # days begin at a full hour
        starts = range(-(-first // step_s) * step_s, math.ceil(last), step_s)
        none: tuple[tuple[Any, ...], ...] = ()
        at_once = max(1, AT_ONCE // len(ordered))
        for at in range(0, len(starts), at_once):
            keys = [one // 60 * SERIES_PER_SPAN + number for one in starts[at : at + at_once] for number in ordered]
            yield from self._door.ask(partial(_listed, level=level, columns=columns, keys=keys), none)


def _listed(
    connection: Connection, level: Level, columns: Sequence[str], keys: Sequence[int]
) -> tuple[tuple[Any, ...], ...]:
    return tuple(rows_of(connection, level, columns, keys))


@contextmanager
def open_past(state_dir: Path | None, zone: tzinfo) -> Iterator[Reader | None]:
    """The history of a state directory, for commands that run without the engine; None where there is none."""
    path = state_dir / FILE if state_dir else None
    if path is None or not os.path.exists(path):  # `Path.exists` raises for one that is out of reach
        yield None
        return
    with closing(Reader(path, zone)) as reader:
        yield reader


def _begins(connection: Connection, place: str) -> float | None:
    firsts = []
    for meter in meters_at(connection, place):
        day = _first(connection, DAY, meter.id, 0)  # a year of days is read in no time, a year of quarters is not
        began = connection.execute("SELECT began FROM series WHERE id = ?", (meter.id,)).fetchone()[0]
        since = began - QUARTER.span_s if day is None else day
        quarter = _first(connection, QUARTER, meter.id, since)
        firsts += [quarter if quarter is not None else _first(connection, MINUTE, meter.id, since)]
    return min((float(first) for first in firsts if first is not None), default=None)


def _first(connection: Connection, level: Level, series: int, since: int) -> int | None:
    key = connection.execute(
        f"SELECT id FROM {level.name} WHERE id >= ? AND id % {SERIES_PER_SPAN} = ? ORDER BY id LIMIT 1",  # noqa: S608
        (key_of_row(since, 0), series),
    ).fetchone()
    return start_of_row(key[0]) if key else None


@cache
def _places(level: Level) -> dict[str, int]:
    """Where in a whole row each column stands, its id being the first."""
    return {name: place for place, name in enumerate(columns_of(level), 1)}


def _row(level: Level, stored: Sequence[Any]) -> Row:
    places, samples = _places(level), stored[1] or 0

    def value(column: str, per_unit: int) -> float | None:
        number = stored[places[column]]
        return None if number is None else number / per_unit

    bands, readings, amounts = {}, {}, {}
    for name, step in STEPS.items():
        per_unit = round(1 / step)
        if name in BANDS:
            low, mean, high = (value(f"{name}_{part}", per_unit) for part in ("min", "mean", "max"))
            if low is not None and mean is not None and high is not None:
                bands[name] = Bucket(low, mean, high, samples)
            continue
        if (reading := value(name, per_unit)) is not None:
            readings[name] = reading
        if level is not MINUTE and (amount := value(f"{name}_amount", round(1 / AMOUNT_STEP))) is not None:
            amounts[name] = amount
    covered_s = 0 if level is MINUTE else stored[places["covered_s"]] or 0
    return Row(start_of_row(stored[0]), samples, stored[2] or 0, bands, readings, amounts, covered_s)
