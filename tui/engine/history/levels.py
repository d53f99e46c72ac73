"""Minutes into the file, and the quarters, hours and days that follow from them, inside a transaction of the writer.

How far each series is derived stands in the table `fact`, so that a start catches up where the last run ended. What is
known here is that of the file: after a transaction that was taken back, a new object is made.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import tzinfo
from sqlite3 import Connection

from tui.core.past.coarser import (
    FINAL_S,
    Derived,
    Step,
    bridge_of,
    merged,
    midnight_of,
    quarter_of,
    quarters,
    read_at,
    ready,
    spans_over,
)
from tui.core.past.history import DAY, HOUR, MINUTE, MINUTES_KEPT_S, MOST_SERIES, QUARTER, Level
from tui.core.past.minutes import LARGEST, Closed, MeterName
from tui.engine.history.rows import add, erase, put, rows
from tui.engine.history.schema import AMOUNT_STEP, key_of_row, start_of_row

MOST_OF_DEVICE = 64
"""Series of one device: a house replaces few meters, and an id that changes with each answer fills no table (own
choice)."""
AT_ONCE_S = 86400
"""So much is derived in one transaction: the writer is not held up for long after a year without it."""
LOOK_BACK_S = 7 * 86400
"""How far before a moment the last readings are looked for, where they have to be found anew (own choice)."""
FARTHEST_S = 2**40
"""A time beyond this is none."""
DERIVED = "derived.{}"
"""The fact that says how far a series is derived: `{"until": ..., "last": {quantity: [when, reading]}}`."""
PRUNED = "pruned"
"""The fact that says before which quarter of an hour minutes were deleted, in seconds since 1970."""


class Levels:
    """The rows of one database; days begin at midnight in `zone`. Every method raises `sqlite3.Error`."""

    def __init__(self, connection: Connection, zone: tzinfo) -> None:
        self._connection = connection
        self._zone = zone
        self._ids: dict[MeterName, int] = {}
        self._kinds: dict[int, str] = {}
        self._derived: dict[int, Derived] = {}
        self._saved: dict[int, int] = {}
        """Up to when each series is derived, as it stands in the file."""
        self._newest: dict[int, int] = {}
        """When the newest reading was taken, of series that this run stored something of."""
        self._of_device: Counter[str] = Counter()
        for series, device, kind, meter, unit, began in connection.execute(
            "SELECT id, device, kind, meter, unit, began FROM series"
        ):
            self._know(series, (device, kind, meter, unit), self._stored_derived(series) or Derived(quarter_of(began)))

    def _know(self, series: int, name: MeterName, derived: Derived) -> None:
        self._ids[name] = series
        self._kinds[series] = name[1]
        self._derived[series] = derived
        self._saved[series] = derived.until
        self._of_device[name[0]] += 1

    def _stored_derived(self, series: int) -> Derived | None:
        stored = self._connection.execute("SELECT value FROM fact WHERE name = ?", (DERIVED.format(series),)).fetchone()
        try:
            read = json.loads(stored[0]) if stored else {}
            last = {str(name): (int(at), float(value)) for name, (at, value) in read["last"].items()}
            until = quarter_of(read["until"])
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            return None  # none, or edited by hand
        fits = all(0 <= at <= FARTHEST_S and 0 <= value <= LARGEST for at, value in last.values())
        return Derived(until, last) if fits and 0 <= until <= FARTHEST_S else None

    # ------------------------------------------------------------------ minutes

    def store(self, closed: Iterable[Closed], *, missing_only: bool = False) -> None:
        """Store minutes; only those that are not there, if another hwtui may have stored them."""
        for name, row in closed:
            series = self._series(name, row.start)
            if series is not None:
                is_new = add(self._connection, series, row, missing_only=missing_only)
                if is_new and row.start < self._derived[series].until:
                    self._rewind(series, row.start)  # it comes late, or the clock was wrong before
                self._newest[series] = max(read_at(row), self._newest.get(series, 0))

    def _series(self, name: MeterName, began: int) -> int | None:
        """The number of a series, a new one if need be; None once there are too many."""
        series = self._ids.get(name)
        if series is not None or len(self._ids) >= MOST_SERIES or self._of_device[name[0]] >= MOST_OF_DEVICE:
            return series
        series = max(self._kinds, default=0) + 1
        self._connection.execute("INSERT INTO series VALUES (?, ?, ?, ?, ?, ?)", (series, *name, began))
        self._know(series, name, Derived(quarter_of(began)))
        return series

    def erase(self, device: str | None, start: int, until: int) -> None:
        """Delete the minutes that begin in [start, until) of a device's own meters, or of all devices' own ones."""
        for name, series in self._ids.items():
            if not name[1] and device in (None, name[0]):
                erase(self._connection, series, start, until)
                if start < self._derived[series].until:
                    self._rewind(series, start)

    def _rewind(self, series: int, to: int) -> None:
        """Derive anew from `to` on, and from as long before as the counters may be joined across it.

        What minutes were deleted of stays as it is: a clock that begins months back must not cost what is kept for
        good.
        """
        end, pruned = self._derived[series].until, pruned_of(self._connection)
        if to < pruned:
            return
        until = max(quarter_of(to - bridge_of(self._kinds[series])), pruned)
        for level, begin in ((QUARTER, until), (HOUR, until // 3600 * 3600), (DAY, midnight_of(until, self._zone))):
            erase(self._connection, series, begin, end, level)
        self._connection.execute("DELETE FROM gap WHERE series = ? AND until > ?", (series, until))
        last: dict[str, tuple[int, float]] = {}
        for row in rows(self._connection, MINUTE, series, until - LOOK_BACK_S, until):
            last |= {name: (read_at(row), value) for name, value in row.readings.items()}
        self._derived[series] = Derived(until, last)
        self._newest.pop(series, None)
        self._save(series)

    # ------------------------------------------------------------------ what follows from them

    def derive(self, now: int, *, settled: bool) -> bool:
        """Derive what can be derived by `now` (seconds since 1970); whether there is more to do at once.

        `settled` says that the clock is trusted: then what ended long ago is taken as it is.
        """
        more, final = False, now - FINAL_S if settled else 0
        for series, before in list(self._derived.items()):
            if settled and before.until < now - MINUTES_KEPT_S:
                before = Derived(quarter_of(now - MINUTES_KEPT_S), before.last)  # there are no minutes any more
            if max(self._newest.get(series, 0), final) >= before.until + QUARTER.span_s:
                more |= self._derive(series, before, final)
        return more

    def _derive(self, series: int, before: Derived, final: int) -> bool:
        kind, most = self._kinds[series], before.until + AT_ONCE_S
        reach = max(self._newest.get(series, 0), final) + MINUTE.span_s
        found = list(rows(self._connection, MINUTE, series, before.until, min(reach, most + bridge_of(kind))))
        end = min(most, max(ready(before, found, bridge_of(kind)), quarter_of(final)))
        if end <= before.until:
            return False
        step = quarters(before, found, end, kind)
        self._derived[series] = step.after
        self._put(series, before.until, step)
        if step.rows or step.gaps or end - self._saved[series] >= AT_ONCE_S:
            self._save(series)
        return end == most

    def _put(self, series: int, start: int, step: Step) -> None:
        for row in step.rows:
            put(self._connection, QUARTER, series, row)
        for gap in step.gaps:
            self._connection.execute(
                "INSERT OR REPLACE INTO gap VALUES (?, ?, ?, ?, ?)",
                (series, gap.quantity, gap.start, gap.until, round(gap.amount / AMOUNT_STEP)),
            )
        end = step.after.until
        for begin, until in spans_over(start, end, lambda at: at + 3600, lambda at: at // 3600 * 3600):
            self._merge(series, QUARTER, HOUR, begin, until)
        for begin, until in spans_over(
            start, end, lambda at: midnight_of(at, self._zone, 1), lambda at: midnight_of(at, self._zone)
        ):
            self._merge(series, HOUR, DAY, begin, until)

    def _merge(self, series: int, finer: Level, level: Level, begin: int, until: int) -> None:
        parts = list(rows(self._connection, finer, series, begin, until))
        if parts:
            put(self._connection, level, series, merged(parts, begin))

    def _save(self, series: int) -> None:
        derived = self._derived[series]
        save(self._connection, series, derived)
        self._saved[series] = derived.until


def save(connection: Connection, series: int, derived: Derived) -> None:
    """Write down how far a series is derived: a start goes on from there."""
    value = json.dumps({"until": derived.until, "last": derived.last}, separators=(",", ":"))
    connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (DERIVED.format(series), value))


def prune(connection: Connection, before: int, most: int) -> int:
    """Delete minutes that begin before `before` (seconds since 1970), the oldest `most` of them; how many it were."""
    (last,) = connection.execute(
        "SELECT max(id) FROM (SELECT id FROM minute WHERE id < ? ORDER BY id LIMIT ?)", (key_of_row(before, 0), most)
    ).fetchone()
    if last is None:
        return 0
    pruned = max(quarter_of(start_of_row(last)) + QUARTER.span_s, pruned_of(connection))
    connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (PRUNED, str(pruned)))
    return connection.execute("DELETE FROM minute WHERE id <= ?", (last,)).rowcount


def pruned_of(connection: Connection) -> int:
    """Before when minutes were deleted, in seconds since 1970; 0 if none were."""
    stored = connection.execute("SELECT value FROM fact WHERE name = ?", (PRUNED,)).fetchone()
    try:
        return min(int(stored[0]), FARTHEST_S) if stored else 0
    except (ValueError, TypeError):
        return 0  # edited by hand
