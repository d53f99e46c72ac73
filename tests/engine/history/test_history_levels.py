"""The levels that follow from minutes: whatever order these come in, and whatever is taken back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.graph.bucket import Bucket
from tui.core.past.history import DAY, HOUR, LEVELS, MINUTES_KEPT_S, QUARTER, Row
from tui.core.past.minutes import Closed, MeterName
from tui.engine.history.levels import Levels, prune
from tui.engine.history.rows import rows
from tui.engine.history.schema import statements

ZONE = ZoneInfo("Europe/Amsterdam")
MIDNIGHT = int(datetime(2026, 10, 25, tzinfo=ZONE).timestamp())
"""Of a day with 25 hours."""
IMPORT = "energy_import_kwh"
P1: MeterName = ("p1", "", "", "")
GAS: MeterName = ("p1", "gas_meter", "", "m3")
SOCKET: MeterName = ("socket", "", "", "")
LATER = MIDNIGHT + 36 * 3600


def minute(number: int, name: MeterName = P1) -> Closed:
    """The minute so many after MIDNIGHT, of a counter that moves 0.06 kWh an hour, read somewhere in it."""
    quantity = "total" if name[1] else IMPORT
    last_s = number * 7 % 60
    reading = round(10 + (number * 60 + last_s) / 60 * 0.001, 3)
    bands = {} if name[1] else {"power_w": Bucket(number, number, number, 60)}
    return Closed(name, Row(MIDNIGHT + 60 * number, 60, last_s, bands, {quantity: reading}))


@contextmanager
def a_file() -> Iterator[tuple[sqlite3.Connection, Levels]]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for text in statements():
            connection.execute(text)
        yield connection, Levels(connection, ZONE)


def derive(levels: Levels, now: int = LATER) -> None:
    for _ in range(50):
        if not levels.derive(now, settled=True):
            return
    raise AssertionError("there is no end to it")


def everything(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    tables = ["gap", *(level.name for level in LEVELS)]
    return {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1, 3").fetchall() for name in tables}


def in_one_go(minutes: Iterable[Closed]) -> dict[str, list[tuple[object, ...]]]:
    with a_file() as (connection, levels):
        # A series is derived from its first minute on, so it is made known with the same one.
        levels.store([minute(0, name) for name in (P1, GAS, SOCKET)])
        levels.store(sorted(minutes, key=lambda one: one.row.start))
        derive(levels)
        return everything(connection)


STRETCHES = st.lists(st.tuples(st.integers(1, 1700), st.integers(1, 40)), min_size=1, max_size=5)


@settings(max_examples=8, deadline=None)
@given(STRETCHES, STRETCHES, st.sampled_from([P1, GAS]))
def test_minutes_that_come_late_change_what_they_would_have_made(
    first: list[tuple[int, int]], late: list[tuple[int, int]], name: MeterName
) -> None:
    numbers = [sorted({at + one for at, count in some for one in range(count)}) for some in (first, late)]
    early, then = numbers[0], [number for number in numbers[1] if number not in numbers[0]]
    with a_file() as (connection, levels):
        levels.store([minute(0, one) for one in (P1, GAS, SOCKET)])
        levels.store([minute(number, name) for number in early])
        derive(levels)
        levels.store([minute(number, name) for number in then])
        derive(levels)
        assert everything(connection) == in_one_go([minute(number, name) for number in [*early, *then]])


@settings(max_examples=4, deadline=None)
@given(STRETCHES, st.integers(1, 1700), st.integers(1, 300), st.sampled_from([None, "p1", "socket"]))
def test_minutes_that_are_taken_back_leave_nothing(
    stretches: list[tuple[int, int]], begin: int, count: int, device: str | None
) -> None:
    numbers = sorted({at + one for at, count in stretches for one in range(count)})
    minutes = [minute(number, name) for number in numbers for name in (P1, GAS, SOCKET)]
    gone = range(begin, begin + count)
    with a_file() as (connection, levels):
        levels.store([minute(0, one) for one in (P1, GAS, SOCKET)])
        levels.store(minutes)
        derive(levels)
        levels.erase(device, MIDNIGHT + 60 * begin, MIDNIGHT + 60 * gone.stop)
        derive(levels)
        left = [
            one
            for one in minutes
            if (one.row.start - MIDNIGHT) // 60 not in gone or one.name[1] or device not in (None, one.name[0])
        ]
        assert everything(connection) == in_one_go(left)


def test_a_day_whose_minutes_are_taken_back_is_gone() -> None:
    with a_file() as (connection, levels):
        levels.store([minute(0), *(minute(number) for number in range(1500, 1560))])
        derive(levels, LATER + 2 * 86400)
        assert len(list(rows(connection, DAY, 1, MIDNIGHT, LATER))) == 2
        levels.erase(None, MIDNIGHT + 1500 * 60, MIDNIGHT + 1560 * 60)
        derive(levels, LATER + 2 * 86400)
        assert [row.start for row in rows(connection, DAY, 1, MIDNIGHT, LATER)] == [MIDNIGHT]


def test_a_day_is_what_its_hours_are_and_has_25_of_them() -> None:
    with a_file() as (connection, levels):
        levels.store([minute(number) for number in range(-24 * 60, 26 * 60, 5)])
        derive(levels)
        days = list(rows(connection, DAY, 1, MIDNIGHT - 86400, LATER))
        hours = list(rows(connection, HOUR, 1, MIDNIGHT - 86400, LATER))
        assert [(row.start - MIDNIGHT) // 3600 for row in days] == [-24, 0]
        assert [(row.samples, row.covered_s) for row in days] == [(17280, 86400), (18000, 90000)]
        assert [row.bands["power_w"].high for row in days] == [-5, 1495]
        for day, (begin, end) in zip(days, pairwise((0, 24, 49)), strict=True):
            assert day.amounts[IMPORT] == pytest.approx(sum(row.amounts[IMPORT] for row in hours[begin:end]))


def test_quarters_whose_minutes_are_gone_stay_when_a_wrong_clock_writes_among_them() -> None:
    """A computer without a clock may begin months back, and is put right minutes later."""
    with a_file() as (connection, levels):
        levels.store([minute(number) for number in range(600)])
        derive(levels)
        before = everything(connection)
        now = MIDNIGHT + 300 * 60 + MINUTES_KEPT_S
        prune(connection, now - MINUTES_KEPT_S, 1000)
        kept = [row.start for row in rows(connection, QUARTER, 1, MIDNIGHT, LATER)]
        levels.store([Closed(P1, Row(MIDNIGHT + 3600, 1, 0, {}, {IMPORT: 99.0}))])
        derive(levels)
        levels.erase(None, MIDNIGHT + 3600, MIDNIGHT + 3660)
        derive(levels)
        assert [row.start for row in rows(connection, QUARTER, 1, MIDNIGHT, LATER)] == kept
        after = everything(connection)
        for name in ("gap", "quarter", "hour", "day"):
            assert after[name] == before[name]
