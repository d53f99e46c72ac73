"""The past of a simulated house: rows of the history up to the moment at which it begins to live.

The flows are functions of the second, so nothing has to be simulated in order: each day is summed up by itself, newest
first, and the counters are reckoned back from what they are when the house begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, groupby
from typing import TYPE_CHECKING, NamedTuple

from tui.core.past.coarser import Derived
from tui.core.past.history import DAY, HOUR, MINUTE, QUARTER, Level
from tui.engine.demo.house import QUARTER_S, ZONE, local
from tui.engine.demo.household import Household
from tui.engine.demo.meters import Meter, looking, meters_of
from tui.engine.history.levels import save
from tui.engine.history.schema import AMOUNT_STEP, STEPS, key_of_row

if TYPE_CHECKING:  # only the history loads sqlite3
    from sqlite3 import Connection

MOST_DAYS = 400
MINUTE_DAYS = 7
"""So many days before today have minutes; older ones have quarters of an hour (own choice: a year of minutes would take
minutes to reckon and 300 MB of memory)."""
GAP_AGO_DAYS, GAP_FROM_H, GAP_HOURS = 4, 2, 3
"""The computer was off that night: nothing was measured (own choice)."""
MINUTE_S, GLANCES = 60, 2
"""How often the house is looked at within a quarter without minutes."""


def fill(
    connection: Connection,
    household: Household,
    days: int,
    stopped: Callable[[], bool] = lambda: False,
    *,
    until: float | None = None,
    minute_days: int = MINUTE_DAYS,
) -> None:
    """Write the past of a house `Household(..., lives=True)`, up to the last whole minute before `until`.

    That is when somebody begins to listen, in seconds since 1970; by default when the house began. `days` are whole
    days before that one, at most `MOST_DAYS`; a transaction for each, newest first. `connection` is one of
    `history.memory`, its tables empty. `stopped` is asked after each day.
    """
    end = int(max(until or 0.0, household.house.start))
    past = _Past(connection, household, end)
    today = local(end).date()
    for ago in range(min(days, MOST_DAYS) + 1):
        if stopped():
            return
        start, end = _utc(today - timedelta(days=ago)), _utc(today - timedelta(days=ago - 1))
        off = range(start + GAP_FROM_H * 3600, start + (GAP_FROM_H + GAP_HOURS) * 3600)
        past.write_day(start, end, off if ago == GAP_AGO_DAYS else range(0), minutes=ago <= minute_days)


def _utc(day: date) -> int:
    """When a day begins; it has 23, 24 or 25 hours."""
    return int(datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp())


class _Look(NamedTuple):
    """All meters at one second: the figures of each, in steps of `STEPS`, and how fast its counters move."""

    second: int
    figures: list[list[int]]
    rates: list[Sequence[float]]


class _Step(NamedTuple):
    """One meter over a minute, or over a quarter of an hour where there are no minutes. Bands in steps of `STEPS`."""

    low: list[int]
    mean: list[int]
    high: list[int]
    moved: list[float]
    """What its counters moved, in their unit."""


@dataclass(slots=True)
class _Span:
    """One row of a level above minutes."""

    start: int
    end: int
    low: Sequence[int]
    mean: Sequence[float]
    high: Sequence[int]
    readings: Sequence[float]
    amounts: list[int]
    covered_s: int


class _Past:
    """Writes one day after the other, backwards."""

    def __init__(self, connection: Connection, household: Household, until: int) -> None:
        self._connection = connection
        self._house = household.house
        self._until = until - until % MINUTE_S
        self._derived = until - until % QUARTER_S
        """Up to here all that can be derived is."""
        self._live = self._house.start - self._house.start % QUARTER_S
        """From here on the house counts every second itself; its first readings are those of this moment."""
        self._glance = looking(household.house)
        self._meters = meters_of(household)
        self._per = [[1 / STEPS[name] for name in meter.bands] for meter in self._meters]
        self._last: _Look | None = None
        since = [self._steps(start, MINUTE_S, MINUTE_S) for start in range(self._live, self._until, MINUTE_S)]
        self._readings = [
            [reading + sum(steps[index].moved[at] for steps in since) for at, reading in enumerate(meter.readings)]
            for index, meter in enumerate(self._meters)
        ]
        """What the counters say at the beginning of what was written last."""
        self._is_first = True
        connection.execute("BEGIN")
        for number, meter in enumerate(self._meters, 1):
            row = (number, meter.device, meter.kind, meter.meter, meter.unit, self._derived)
            connection.execute("INSERT INTO series VALUES (?, ?, ?, ?, ?, ?)", row)
        connection.execute("COMMIT")

    def write_day(self, start: int, end: int, off: range, *, minutes: bool) -> None:
        """The rows of the day [start, end), as far as it has passed."""
        width = MINUTE_S if minutes else QUARTER_S
        starts = range(start, min(end, self._until), width)
        steps = [self._steps(at, width, MINUTE_S if at >= self._live else 1 if minutes else GLANCES) for at in starts]
        self._last = None
        self._connection.execute("BEGIN")
        for index, meter in enumerate(self._meters):
            self._write(index, meter, starts, [step[index] for step in steps], off, end)
        self._connection.execute("UPDATE series SET began = ? WHERE id <= ?", (start, len(self._meters)))
        self._is_first = False
        self._connection.execute("COMMIT")

    def _steps(self, start: int, width: int, glances: int) -> list[_Step]:
        """Every meter over a span. The house is looked at `glances` times in it, each of which stands for its part."""
        part = width // glances
        first = self._last if self._last and self._last.second == start else self._look(start)
        seen = [first, *(self._look(start + at * part) for at in range(1, glances + 1))]
        self._last = seen[-1]
        steps = []
        for index in range(len(self._meters)):
            if glances == 1:
                now, then = first.figures[index], seen[1].figures[index]
                low, high = list(map(min, now, then)), list(map(max, now, then))
                steps.append(_Step(low, now, high, [part * rate for rate in first.rates[index]]))
                continue
            columns = list(zip(*(one.figures[index] for one in seen), strict=True))
            moved = [part * sum(rates) for rates in zip(*(one.rates[index] for one in seen[:-1]), strict=True)]
            means = [round(sum(column[:-1]) / glances) for column in columns]
            steps.append(_Step(list(map(min, columns)), means, list(map(max, columns)), moved))
        return steps

    def _look(self, second: int) -> _Look:
        at = self._glance(second)
        return _Look(
            second,
            [
                [round(value * scale) for value, scale in zip(meter.figures(at), per, strict=True)] if per else []
                for meter, per in zip(self._meters, self._per, strict=True)
            ],
            [meter.rates(at) for meter in self._meters],
        )

    def _write(self, index: int, meter: Meter, starts: range, steps: list[_Step], off: range, midnight: int) -> None:
        number, width = index + 1, starts.step
        after = self._readings[index]
        before = [reading - sum(step.moved[at] for step in steps) for at, reading in enumerate(after)]
        self._readings[index] = before
        at_ends = list(_running(before, steps))
        at_starts = [before, *at_ends[:-1]]
        if self._is_first:
            self._hand_over(number, meter, dict(zip((*starts, starts.stop), (*at_starts, after), strict=False)))
        rows = [row for row in zip(starts, steps, at_starts, at_ends, strict=True) if row[0] not in off]
        if meter.silent_from is not None:
            rows = [row for row in rows if row[0] < meter.silent_from]
        if width == MINUTE_S:
            self._insert(MINUTE, meter, (self._minute(number, meter, *row) for row in rows))
        quarters = list(_quarters(rows, width, self._until))
        hours = list(_joined(quarters, lambda at: (at - at % 3600, at - at % 3600 + 3600), self._until))
        days = list(_joined(quarters, lambda at: (starts.start, midnight), self._until))
        for level, spans in ((QUARTER, quarters), (HOUR, hours), (DAY, days)):
            self._insert(level, meter, (self._row(number, meter, span) for span in spans))
        if off and off.start in starts and len(rows) < len(steps):
            missed = [step for start, step in zip(starts, steps, strict=True) if start in off]
            for at, name in enumerate(meter.counters):
                amount = _steps_of(sum(step.moved[at] for step in missed), AMOUNT_STEP)
                if amount:  # of one that did not move there is none (`core.past.coarser`)
                    self._connection.execute(
                        "INSERT INTO gap VALUES (?, ?, ?, ?, ?)", (number, name, off.start, off.stop, amount)
                    )

    def _hand_over(self, number: int, meter: Meter, at_starts: Mapping[int, list[float]]) -> None:
        """Let whoever writes on derive from the running quarter-hour, with the last reading before it."""
        at = self._derived - self._derived % (meter.read_every_s or 1)
        last = {}
        if at in at_starts and (meter.silent_from is None or at < meter.silent_from):
            readings = zip(meter.counters, at_starts[at], strict=True)
            last = {name: (at, round(value / STEPS[name]) * STEPS[name]) for name, value in readings}
            last |= {name: (at, float(value)) for name, value in meter.events.items()}
        save(self._connection, number, Derived(self._derived, last))

    @staticmethod
    def _minute(
        number: int, meter: Meter, start: int, step: _Step, at_start: list[float], at_end: list[float]
    ) -> tuple[int, ...] | None:
        """The row of a minute; None if nothing was read in it."""
        every_s = meter.read_every_s
        if every_s and start % every_s:
            return None
        readings, samples, last_s = (at_start, 1, 0) if every_s else (at_end, MINUTE_S, MINUTE_S)
        return (
            key_of_row(start, number),
            samples,
            last_s,
            *_triples(step.low, step.mean, step.high),
            *(_steps_of(reading, STEPS[name]) for name, reading in zip(meter.counters, readings, strict=True)),
            *meter.events.values(),
        )

    @staticmethod
    def _row(number: int, meter: Meter, span: _Span) -> tuple[int, ...]:
        readings = (_steps_of(value, STEPS[name]) for name, value in zip(meter.counters, span.readings, strict=True))
        return (
            key_of_row(span.start, number),
            span.covered_s // (meter.read_every_s or 1),
            span.end - span.start,
            span.covered_s,
            *_triples(span.low, [round(mean) for mean in span.mean], span.high),
            *readings,
            *meter.events.values(),
            *span.amounts,
            *(0 for _ in meter.events),
        )

    def _insert(self, level: Level, meter: Meter, rows: Iterable[tuple[int, ...] | None]) -> None:
        totals = [*meter.counters, *meter.events]
        names = ["id", "samples", "last_s", *(["covered_s"] if level is not MINUTE else [])]
        names += [f"{name}_{end}" for name in meter.bands for end in ("min", "mean", "max")] + totals
        names += [f"{name}_amount" for name in totals] if level is not MINUTE else []
        sql = f"INSERT INTO {level.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608
        self._connection.executemany(sql, (row for row in rows if row is not None))


_Dated = tuple[int, _Step, list[float], list[float]]
"""When a step began, the step, and what the counters said before and after it."""


def _running(readings: list[float], steps: Iterable[_Step]) -> Iterator[list[float]]:
    """The readings after each step."""
    for step in steps:
        readings = [reading + moved for reading, moved in zip(readings, step.moved, strict=True)]
        yield readings


def _quarters(rows: Sequence[_Dated], width: int, until: int) -> Iterator[_Span]:
    """The quarters of an hour that have ended."""
    for start, group in groupby(rows, lambda row: row[0] - row[0] % QUARTER_S):
        if start + QUARTER_S > until:
            return
        inside = list(group)
        steps = [row[1] for row in inside]
        yield _Span(
            start,
            start + QUARTER_S,
            [min(column) for column in zip(*(step.low for step in steps), strict=True)],
            [sum(column) / len(steps) for column in zip(*(step.mean for step in steps), strict=True)],
            [max(column) for column in zip(*(step.high for step in steps), strict=True)],
            inside[-1][3],
            [_steps_of(sum(moved), AMOUNT_STEP) for moved in zip(*(step.moved for step in steps), strict=True)],
            width * len(steps),
        )


def _joined(quarters: Sequence[_Span], bounds: Callable[[int], tuple[int, int]], until: int) -> Iterator[_Span]:
    """The longer spans that have ended: their amounts are the sums of their quarters."""
    for (start, end), group in groupby(quarters, lambda quarter: bounds(quarter.start)):
        if end > until:
            return
        inside = list(group)
        yield _Span(
            start,
            end,
            [min(column) for column in zip(*(one.low for one in inside), strict=True)],
            [sum(column) / len(inside) for column in zip(*(one.mean for one in inside), strict=True)],
            [max(column) for column in zip(*(one.high for one in inside), strict=True)],
            inside[-1].readings,
            [sum(column) for column in zip(*(one.amounts for one in inside), strict=True)],
            sum(one.covered_s for one in inside),
        )


def _triples(low: Sequence[int], mean: Sequence[int], high: Sequence[int]) -> Iterator[int]:
    return chain.from_iterable(zip(low, mean, high, strict=True))


def _steps_of(value: float, step: float) -> int:
    return round(value / step)
