"""Prices of a kWh by time, from a file that another program writes: start, import and perhaps export in each line.

Everything in it is hostile until parsed. A line that makes no sense is named with its number, and the rest is used.
A price holds until the next one begins, and at most for the usual step of the file: a line that is missing is a time
without a price, and no time at the price before.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise
from math import inf
from typing import NamedTuple

from tui.core.money.prices import decimal_of
from tui.core.text import quoted

QUARTER_S = 900
_DAY_S = 86400
MOST_LINES = 300_000
"""Eight years of quarters (own choice)."""
LONGEST_LINE = 200
MOST_FAULTS = 10
"""Of those that are told one by one; the others are counted."""
_STEPS_BEFORE = timedelta(days=62)
"""How long before `since` lines are read: long enough for the step of prices that hold for a month."""
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC).timestamp(), datetime(2100, 1, 1, tzinfo=UTC).timestamp()

_NAMES = {"start": 0, "import": 1, "export": 2}
_HALVES = re.compile(r"[+-]?\d+,\d\d+", re.ASCII)
"""What a price with a decimal comma is taken for between commas; nobody is paid 25 for a kWh."""
_NO_COMMAS = "write prices with a point, or semicolons between columns"


class Step(NamedTuple):
    """The price of a kWh, without the VAT that [prices] adds, in [start, end): seconds since 1970."""

    start: float
    end: float
    into: Decimal
    out: Decimal | None
    """None: the file has none."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """The steps of a file, rising and without overlap, and what is wrong with it: sentences with the line."""

    steps: Sequence[Step] = ()
    faults: Sequence[str] = ()
    more_faults: int = 0
    starts: Sequence[float] = field(default=(), repr=False)

    def at(self, moment: float) -> Step | None:
        """The step of a moment."""
        index = bisect_right(self.starts, moment) - 1
        return self.steps[index] if index >= 0 and moment < self.steps[index].end else None

    def between(self, start: float, end: float) -> Iterator[Step | tuple[float, float]]:
        """What [start, end) is made of: steps, cut at both ends, and times without a price as their start and end."""
        index, at = max(0, bisect_right(self.starts, start) - 1), start
        while at < end:
            step = self.steps[index] if index < len(self.steps) else None
            if step is None or step.start >= end:
                yield (at, end)
                return
            index += 1
            if step.end <= at:
                continue
            if step.start > at:
                yield (at, step.start)
            until = min(step.end, end)
            yield step._replace(start=max(step.start, at), end=until)
            at = until


class _Line(NamedTuple):
    number: int
    start: datetime
    """Naive where the line has no offset."""
    into: Decimal
    out: Decimal | None


def parse_prices(lines: Iterable[str], zone: tzinfo, since: float = -inf) -> PriceList:
    """The prices of a file's lines, in `zone` where a time has no offset; of those that end before `since`, none.

    Raises nothing: what is wrong is told in `faults`.
    """
    faults = _Faults()
    oldest = (
        datetime.fromtimestamp(since, zone).replace(tzinfo=None) - _STEPS_BEFORE if since > _FIRST else datetime.min
    )
    found = [line for line in _lines(lines, faults, _before(oldest)) if _naive(line, zone) >= oldest]
    by_start: dict[float, _Line] = {}
    for line, start in _placed(found, zone, faults):
        if start % QUARTER_S:
            faults.add(line.number, "a price must begin on a quarter of an hour")
            continue
        earlier = by_start.get(start)
        if earlier is not None and (earlier.into, earlier.out) != (line.into, line.out):
            first, second = sorted((earlier, line), key=lambda one: one.number)
            faults.add(second.number, f"the same time as line {first.number} at another price: this one is used")
            line = second
        by_start[start] = line
    steps = [step for step in _steps(by_start, zone, faults) if step.end > since]
    return PriceList(tuple(steps), tuple(faults.told()), faults.more, tuple(step.start for step in steps))


class _Faults:
    def __init__(self) -> None:
        self._found: list[tuple[int, str]] = []
        self.more = 0

    def add(self, number: int, text: str) -> None:
        if len(self._found) < MOST_FAULTS:
            self._found.append((number, text))
        else:
            self.more += 1

    def told(self) -> list[str]:
        return [f"{number}: {text}" for number, text in sorted(self._found)]


def _before(oldest: datetime) -> str:
    """The date before which no line is looked at: years of prices are passed over as text."""
    return f"{oldest - timedelta(days=2):%Y-%m-%d}" if oldest > datetime.min else ""


def _lines(lines: Iterable[str], faults: _Faults, before: str) -> Iterator[_Line]:
    """The lines from the date `before` on that have a time and a price."""
    order, sign, most = dict(_NAMES), ",", len(_NAMES)
    first = True
    for number, raw in enumerate(lines, 1):
        if number > MOST_LINES:
            faults.add(number, f"more than {MOST_LINES} lines: the rest is not read")
            return
        text = raw.strip().removeprefix("\ufeff")
        if not text or text.startswith("#"):
            continue
        if len(text) > LONGEST_LINE:
            faults.add(number, "too long for a time and two prices")
            continue
        if first:
            first = False
            sign = next((one for one in ";\t" if one in text), ",")
            names = [name.strip().strip('"').casefold() for name in text.split(sign)]
            if not text.strip('"')[:1].isdigit():  # a heading
                if "start" in names and "import" in names:
                    order, most = {name: names.index(name) for name in _NAMES if name in names}, len(names)
                continue
        cells = [cell.strip().strip('"').strip() for cell in text.split(sign)]
        if _is_old(cells[order["start"]] if order["start"] < len(cells) else "", before):
            continue
        try:
            if any(cells[most:]):
                raise ValueError(f"there are more than {most} columns: {_NO_COMMAS}")
            yield _line(number, cells, order, sign)
        except ValueError as error:
            faults.add(number, str(error))


def _is_old(start: str, before: str) -> bool:
    """Whether a time is one of an earlier date; what is none is looked at."""
    return start[4:5] == "-" and start[:4].isdigit() and start[:10] < before


def _line(number: int, cells: Sequence[str], order: dict[str, int], sign: str) -> _Line:
    def cell(name: str) -> str:
        at = order.get(name, len(cells))
        return cells[at] if at < len(cells) else ""

    try:
        start = datetime.fromisoformat(cell("start"))
    except ValueError:
        text = quoted(cell("start"), 32)
        raise ValueError(f'"{text}" is not a time: use one like 2026-01-31T14:00+01:00') from None
    into, out = ((cell(name) if sign == "," else cell(name).replace(",", ".")) for name in ("import", "export"))
    if not into:
        raise ValueError("there is no price: use a line like 2026-01-31T14:00+01:00,0.27")
    if sign == "," and _HALVES.fullmatch(f"{into},{out}"):
        raise ValueError(f'is "{into},{out}" one price or two? {_NO_COMMAS}')
    return _Line(number, start, decimal_of(into), decimal_of(out) if out else None)


def _placed(found: Sequence[_Line], zone: tzinfo, faults: _Faults) -> Iterator[tuple[_Line, float]]:
    """Each line with the moment it begins.

    A local time of the hour that occurs twice in October is the first one where it is read first in a list that rises,
    and the second one where it is read again.
    """
    falls = len(found) > 1 and _naive(found[0], zone) > _naive(found[-1], zone)
    seen: Counter[datetime] = Counter()
    ambiguous: Counter[datetime] = Counter(
        line.start for line in found if line.start.tzinfo is None and _is_twice(line.start, zone)
    )
    for line in reversed(found) if falls else found:
        start = line.start
        try:
            if start.tzinfo is None:
                again = seen[start] if ambiguous[start] > 1 else 0
                seen[start] += 1
                local = start.replace(tzinfo=zone, fold=min(1, again))
                moment = local.timestamp()
                if datetime.fromtimestamp(moment, zone).replace(tzinfo=None) != start.replace(fold=0):
                    faults.add(line.number, f"{start:%H:%M} does not exist on that day: the clock goes forward")
                    continue
            else:
                moment = start.timestamp()
        except (OverflowError, ValueError, OSError):
            moment = inf
        if not _FIRST <= moment < _LAST:
            faults.add(line.number, "the year is out of range: use one from 2000 to 2099")
            continue
        yield line, moment


def _naive(line: _Line, zone: tzinfo) -> datetime:
    """The local time of a line, to compare."""
    try:
        return line.start.astimezone(zone).replace(tzinfo=None) if line.start.tzinfo else line.start
    except (OverflowError, ValueError):
        return datetime.min


def _is_twice(start: datetime, zone: tzinfo) -> bool:
    try:
        first, second = (start.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    except (OverflowError, ValueError):
        return False
    return first is not None and second is not None and first > second


def _steps(by_start: dict[float, _Line], zone: tzinfo, faults: _Faults) -> Iterator[Step]:
    """How long each price holds. The step is that of its day: files go from hours to quarters."""
    starts = sorted(by_start)
    if len(starts) == 1:
        faults.add(by_start[starts[0]].number, "the only price of the file: it is taken to hold for an hour")
    gaps = [later - start for start, later in pairwise(starts)]
    usual = _most_common(gaps) or 3600.0
    days = [_day(start, zone) for start in starts]
    by_day: dict[date, list[float]] = {}
    for day, gap in zip(days, gaps, strict=False):
        by_day.setdefault(day, []).append(gap)
    steps = {day: _most_common(some) for day, some in by_day.items() if len(some) > 1}
    for start, day, later in zip(starts, days, [*starts[1:], inf], strict=False):
        line, step = by_start[start], steps.get(day) or usual
        # Of a price that holds for days, the last hour of the day on which the clock goes back is part.
        most = _later(start, step, zone) if step >= _DAY_S else start + step
        yield Step(start, min(later, most), line.into, line.out)


def _most_common(gaps: Sequence[float]) -> float | None:
    """The gap that occurs most often, the shortest of several; None without any."""
    counted = Counter(gaps)
    return min(counted, key=lambda gap: (-counted[gap], gap)) if counted else None


def _day(moment: float, zone: tzinfo) -> date:
    return datetime.fromtimestamp(moment, zone).date()


def _later(start: float, step: float, zone: tzinfo) -> float:
    """`start` and whole days, by the clock on the wall."""
    local = datetime.fromtimestamp(start, zone)
    return (local.replace(tzinfo=None) + timedelta(seconds=round(step / 3600) * 3600)).replace(tzinfo=zone).timestamp()
