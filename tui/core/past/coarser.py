"""How quarters, hours and days follow from what is finer. Pure.

What a counter moved in a quarter of an hour is read off between its readings, which are a minute apart: where two are
close enough (`bridge_s`), the counter is taken to have moved evenly from one to the other, and the quarters on both
sides of a cut share it. Otherwise it is a gap: what moved in it is kept beside the rows, and is in none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from itertools import pairwise
from typing import NamedTuple

from tui.core.counting.counters import BRIDGE_EXTERNAL_S, BRIDGE_S
from tui.core.counting.cuts import day_start
from tui.core.graph.bucket import Bucket
from tui.core.past.history import EVENTS, QUARTER, Row

FINAL_S = 6 * 3600
"""A span that ended so long ago is taken as it is, even without a reading after it: longer than both, and than the
delay of a meter behind a P1 (own choice)."""
MOST_PER_H = 61.0
"""kWh or m3 that a device's own meter can count in an hour (3x80 A at 253 V): what rises faster has begun anew."""
LATE_S = 15.0
"""A reading may be this much older than it says (own choice)."""

_EVENTS = frozenset(EVENTS)


@dataclass(frozen=True, slots=True)
class Derived:
    """How far the quarters of a series have been derived."""

    until: int
    """Seconds since 1970, a whole quarter: what ends by then is done."""
    last: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    """The last reading of each counter by then: when, and what."""


class Gap(NamedTuple):
    """What a counter moved between two readings that are too far apart to say when; 0 if that is not known."""

    quantity: str
    start: int
    until: int
    amount: float


class Step(NamedTuple):
    """The quarters that could be derived, the gaps that ended in them, and what is known after them."""

    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...]
    after: Derived


def bridge_of(kind: str) -> int:
    """How far apart two readings of a meter may be, in seconds; "" is a device's own meter."""
    return BRIDGE_EXTERNAL_S if kind else BRIDGE_S


def quarter_of(at: float) -> int:
    """When the quarter of an hour began that `at` lies in."""
    return int(at // QUARTER.span_s) * QUARTER.span_s


def midnight_of(at: float, zone: tzinfo, days: int = 0) -> int:
    """When the day began that `at` lies in, or the one `days` later; in seconds since 1970."""
    return int(day_start(at, zone, days))


def read_at(row: Row) -> int:
    """When the last reading of a row was taken, in seconds since 1970."""
    return row.start + row.last_s


def ready(before: Derived, rows: Sequence[Row], bridge_s: int) -> int:
    """Up to which quarter the rows since `before.until` suffice: every counter was read at or after its end.

    A counter that was not read for longer than `bridge_s` is not waited for: what follows is a gap anyway.
    """
    if not rows:
        return before.until
    newest = read_at(rows[-1])
    lasts = {name: at for name, (at, _) in before.last.items()}
    for row in rows:
        lasts |= dict.fromkeys(row.readings, read_at(row))
    awaited = [at for at in lasts.values() if newest - at <= bridge_s]
    return max(before.until, quarter_of(min([newest, *awaited])))


def quarters(before: Derived, rows: Sequence[Row], end: int, kind: str) -> Step:
    """Derive from `before.until` up to `end`, a whole quarter.

    `rows` are those of the minutes, oldest first: all that begin at or after `before.until`, and at least one beyond
    `end` where there is one.
    """
    bridge_s, span_s = bridge_of(kind), QUARTER.span_s
    readings: dict[str, list[tuple[int, float]]] = {name: [last] for name, last in before.last.items()}
    for row in rows:
        for name, value in row.readings.items():
            readings.setdefault(name, []).append((read_at(row), value))
    last, gaps = dict(before.last), list[Gap]()
    amounts: dict[int, dict[str, float]] = {}
    covered: dict[int, dict[str, float]] = {}
    for name, found in readings.items():
        for (at, value), (until, then) in pairwise(found):
            if until <= at:
                continue
            if not _is_bridged(kind, then - value, until - at, bridge_s):
                if until <= end and then != value:
                    gaps.append(Gap(name, at, until, max(0.0, then - value) if until - at > bridge_s else 0.0))
                continue
            # An event happened in one quarter, and is not shared out.
            begin, moved = (until - 1, then - value) if name in _EVENTS else (at, then - value)
            seconds = until - begin
            for start in range(max(before.until, quarter_of(begin)), min(end, until), span_s):
                part = min(until, start + span_s) - max(begin, start)
                into = amounts.setdefault(start, {})
                into[name] = into.get(name, 0.0) + moved * part / seconds
            for start in range(max(before.until, quarter_of(at)), min(end, until), span_s):
                part = min(until, start + span_s) - max(at, start)
                into = covered.setdefault(start, {})
                into[name] = into.get(name, 0.0) + part
        if past := [one for one in found if one[0] <= end]:
            last[name] = past[-1]
    by_quarter: dict[int, list[Row]] = {start: [] for start in amounts}
    for row in rows:
        if before.until <= row.start < end:
            by_quarter.setdefault(quarter_of(row.start), []).append(row)
    made = []
    for start, parts in sorted(by_quarter.items()):
        row = merged(parts, start)
        counted = covered.get(start, {})
        made.append(
            Row(
                start,
                row.samples,
                row.last_s,
                row.bands,
                row.readings,
                amounts.get(start, {}),
                round(max(counted.values(), default=0.0)),
            )
        )
    return Step(tuple(made), tuple(gaps), Derived(end, last))


def _is_bridged(kind: str, moved: float, seconds: float, bridge_s: float) -> bool:
    """Whether it can be told when between two readings a counter moved. One that fell, or leapt, began anew."""
    most = MOST_PER_H * (seconds + LATE_S) / 3600 if not kind else float("inf")
    return seconds <= bridge_s and 0 <= moved <= most


def merged(rows: Iterable[Row], start: int) -> Row:
    """Neighbouring rows of one series as one that begins at `start`: oldest first, and none or all with amounts."""
    samples = last_s = covered_s = 0
    bands: dict[str, Bucket] = {}
    readings: dict[str, float] = {}
    amounts: dict[str, float] = {}
    for row in rows:
        samples += row.samples
        if row.samples or row.readings:
            last_s = max(last_s, read_at(row) - start)
        covered_s += row.covered_s
        readings |= row.readings
        for name, band in row.bands.items():
            bands[name] = _together(bands.get(name), band)
        for name, amount in row.amounts.items():
            amounts[name] = amounts.get(name, 0.0) + amount
    return Row(start, samples, last_s, bands, readings, amounts, covered_s)


def _together(one: Bucket | None, other: Bucket) -> Bucket:
    if one is None:
        return other
    count = max(1, one.count + other.count)
    mean = one.mean + (other.mean - one.mean) * other.count / count
    return Bucket(min(one.low, other.low), mean, max(one.high, other.high), one.count + other.count)


def spans_over(start: int, end: int, ends: Callable[[int], int], begins: Callable[[int], int]) -> list[tuple[int, int]]:
    """The spans that end in (start, end], by when each begins and ends.

    `begins` gives the start of the span that a moment lies in, `ends` the end of the span that begins there.
    """
    found = []
    one = begins(start)
    while (until := ends(one)) <= end:
        if until > start:
            found.append((one, until))
        one = until
    return found
