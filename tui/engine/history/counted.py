"""What counters moved between moments, added up from the rows of a history, and what of it was not counted.

For what is not derived yet (the quarter under way, or hours where external meters come late) the readings of the
minutes are joined in the same way as the writer does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import tzinfo
from itertools import pairwise
from sqlite3 import Connection
from typing import NamedTuple

from tui.core.past.coarser import bridge_of
from tui.core.past.history import EVENTS, MINUTE, QUARTER, Amount
from tui.engine.history.door import Bounds, Meter, bounds, found, meters_at, rows_of
from tui.engine.history.schema import AMOUNT_STEP, SERIES_PER_SPAN, STEPS, key_of_row, start_of_row
from tui.engine.history.spans import Part, midnights, parts

ROUNDED_S = 1.5
"""Seconds that are counted are kept as whole ones, and a minute's last reading is taken just before its end."""

_PER_AMOUNT = round(1 / AMOUNT_STEP)


class _Counted(NamedTuple):
    """What one meter counted in one row, or between two readings."""

    start: float
    end: float
    covered_s: float
    amount: float
    meter: Meter
    is_gap: bool = False
    """Nothing was read in between."""


def amounts(
    connection: Connection, place: str, quantity: str, cuts: Sequence[float], zone: tzinfo
) -> tuple[Amount | None, ...]:
    """See `Past.amounts`; `quantity` is a counter or an event."""
    spans = [(int(start), int(end)) for start, end in pairwise(cuts)]
    there = bounds(connection)
    counted: list[list[_Counted]] = [[] for _ in spans]
    if there is not None and spans:
        oldest, newest = there.oldest // QUARTER.span_s * QUARTER.span_s, there.newest + 2 * 86400
        within = [(max(start, oldest), min(end, newest // QUARTER.span_s * QUARTER.span_s)) for start, end in spans]
        asked = [(index, *span) for index, span in enumerate(within) if span[0] < span[1]]
        if asked:
            days = midnights(asked[0][1], asked[-1][2], zone)
            rows = [part for index, start, end in asked for part in parts(start, end, days, index)]
            for meter in meters_at(connection, place):
                _count(connection, meter, quantity, rows, there, counted)
                _bridge(connection, meter, quantity, asked, counted)
    return tuple(
        _amount(connection, quantity, start, end, found, there) if found and there else None
        for (start, end), found in zip(spans, counted, strict=True)
    )


def _count(
    connection: Connection, meter: Meter, quantity: str, rows: list[Part], there: Bounds, into: list[list[_Counted]]
) -> None:
    left: list[Part] = []
    for part, (amount, covered_s) in found(connection, meter, _columns(quantity), rows, there.newest, left):
        if amount is not None and covered_s:
            counted = _Counted(part.start, part.end, covered_s, amount / _PER_AMOUNT, meter)
            into[part.number].append(counted)
    if left:
        _join(connection, meter, quantity, sorted(left, key=lambda part: part.start), there, into)


def _bridge(
    connection: Connection,
    meter: Meter,
    quantity: str,
    asked: Sequence[tuple[int, int, int]],
    into: list[list[_Counted]],
) -> None:
    """Add the gaps that lie within a span: what moved in them moved in that span.

    Of each counter that moved a gap is stored, with 0 where it is not known what (`core.past.coarser.Gap`).
    """
    gaps: dict[tuple[int, int], dict[str, int]] = {}
    for start, until, name, amount in connection.execute(
        "SELECT start, until, quantity, amount FROM gap WHERE series = ? AND start >= ? AND until <= ?",
        (meter.id, asked[0][1], asked[-1][2]),
    ):
        gaps.setdefault((start, until), {})[name] = amount
    begins = [begin for _, begin, _ in asked]
    for (start, until), moved in gaps.items():
        index, _, end = asked[bisect_right(begins, start) - 1]
        own = moved.get(quantity)
        if until > end or own == 0 or not max(moved.values()):
            continue
        if own is None and all(one.meter is not meter for one in into[index]):
            continue  # it has no such counter
        into[index].append(_Counted(start, until, until - start, (own or 0) / _PER_AMOUNT, meter, is_gap=True))


def _columns(quantity: str) -> tuple[str, str]:
    return f"{quantity}_amount", "covered_s"


def _join(
    connection: Connection, meter: Meter, quantity: str, left: list[Part], there: Bounds, into: list[list[_Counted]]
) -> None:
    """Count between the readings of the minutes, in these quarters of an hour only."""
    bridge_s = bridge_of(meter.kind)
    quarters = {part.start: part for part in left}
    starts = range(left[0].start - bridge_s, min(left[-1].end + bridge_s, there.newest + 1), MINUTE.span_s)
    keys = [key_of_row(start, meter.id) for start in starts]
    per_unit = round(1 / STEPS[quantity])
    readings = [
        (start_of_row(key) + last_s, value / per_unit)
        for key, last_s, value in rows_of(connection, MINUTE, ("last_s", quantity), keys)
        if value is not None
    ]
    for (at, value), (until, then) in pairwise(readings):
        if not 0 < until - at <= bridge_s or then < value:
            continue
        for start in range(at // QUARTER.span_s * QUARTER.span_s, until, QUARTER.span_s):
            part = quarters.get(start)
            if part is None:
                continue
            begin, end = max(at, start), min(until, start + QUARTER.span_s)
            if quantity in EVENTS:  # it happened once, and is not shared out
                share = float(start < until <= start + QUARTER.span_s)
            else:
                share = (end - begin) / (until - at)
            into[part.number].append(_Counted(begin, end, end - begin, (then - value) * share, meter))


def _amount(
    connection: Connection, quantity: str, start: int, end: int, counted: list[_Counted], there: Bounds
) -> Amount:
    value = sum(one.amount for one in counted)
    covered_s = float(sum(one.covered_s for one in counted))
    bridged_s = float(sum(one.covered_s for one in counted if one.is_gap))
    if covered_s >= end - start - ROUNDED_S:
        return Amount(value, covered_s, bridged_s=bridged_s)
    in_order = sorted(counted)
    first, last = in_order[0], max(counted, key=lambda one: one.end)
    begins = min(one.end - one.covered_s for one in _quarters(connection, quantity, first))
    ends = max(one.start + one.covered_s for one in _quarters(connection, quantity, last))
    late_s = bridge_of(last.meter.kind)
    is_present = ends >= min(end, there.newest + MINUTE.span_s - late_s)
    since = begins if begins > start + ROUNDED_S else None
    until = ends if not is_present and ends < end - ROUNDED_S else None
    return Amount(value, covered_s, since, until, covered_s < ends - begins - ROUNDED_S, bridged_s)


def _quarters(connection: Connection, quantity: str, counted: _Counted) -> list[_Counted]:
    """The same in quarters of an hour, where it is a longer row that was not counted whole."""
    start, end, covered_s, _, meter, _ = counted
    if covered_s >= end - start - ROUNDED_S or end - start <= QUARTER.span_s:
        return [counted]
    keys = [key_of_row(at, meter.id) for at in range(int(start), int(end), QUARTER.span_s)]
    found = [
        _Counted(key // SERIES_PER_SPAN * 60, key // SERIES_PER_SPAN * 60 + QUARTER.span_s, seconds, 0.0, meter)
        for key, amount, seconds in rows_of(connection, QUARTER, _columns(quantity), keys)
        if amount is not None and seconds
    ]
    return found or [counted]


def highest_quarter(
    connection: Connection, place: str, quantity: str, cuts: Sequence[float]
) -> tuple[tuple[float, float] | None, ...]:
    """See `Past.highest_quarter`; `quantity` is a counter or an event."""
    there, meters = bounds(connection), meters_at(connection, place)
    highest: list[tuple[float, float] | None] = []
    for start, end in pairwise(cuts):
        best: tuple[int, int] | None = None
        if there is not None:
            first = max(int(start), there.oldest // QUARTER.span_s * QUARTER.span_s)
            last = min(int(end), there.newest + QUARTER.span_s)
            for meter in meters if first < last else ():
                row = connection.execute(
                    _highest(quantity), (*_keys(first, last, meter.id), QUARTER.span_s - 1)
                ).fetchone()
                if row is not None and (best is None or row[1] > best[1]):
                    best = row
        highest.append(None if best is None else (float(start_of_row(best[0])), best[1] / _PER_AMOUNT))
    return tuple(highest)


def _keys(start: int, end: int, series: int) -> tuple[int, int]:
    return key_of_row(-(-start // QUARTER.span_s) * QUARTER.span_s, series), key_of_row(end - 1, series)


def _highest(quantity: str) -> str:
    step = QUARTER.span_s // MINUTE.span_s * SERIES_PER_SPAN
    return f"""WITH RECURSIVE
        asked (key) AS (VALUES (?) UNION ALL SELECT key + {step} FROM asked WHERE key + {step} <= ?)
        SELECT id, {quantity}_amount FROM asked CROSS JOIN quarter ON id = key
        WHERE {quantity}_amount IS NOT NULL AND covered_s >= ? ORDER BY {quantity}_amount DESC, id LIMIT 1"""  # noqa: S608
