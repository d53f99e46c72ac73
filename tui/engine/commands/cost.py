"""`hwtui cost`: what was used cost, from the history, by the prices of the config file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from math import inf
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tui.core.money.cost import Cost, Span, Tariffs, cost_of, day_of, day_span, month_span, sum_of
from tui.core.money.pricelist import QUARTER_S
from tui.core.money.prices import EXAMPLE
from tui.core.money.table import json_of, lines_of, price_lines
from tui.core.past.history import Past
from tui.core.past.period import moment
from tui.core.profiles import profile_of
from tui.core.settings import Settings, given_at
from tui.engine.clock import SystemClock
from tui.engine.commands.costmeters import UnclearError, meters_in
from tui.engine.commands.exits import OK, UNKNOWN, WARNING
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.history.reader import open_past
from tui.engine.keeping.pricefile import PriceFile

EARLIEST, LATEST = 946_684_800.0 - 14 * 3600, 4_102_444_800.0 + 14 * 3600
"""2000-01-01 and 2100-01-01 in the zones where they begin first and last."""
MONTHS_FROM_DAYS = 62
"""From so many days on the table is one of months."""


class _Asked(NamedTuple):
    spans: Sequence[tuple[str, Span]]
    """By the word for each."""
    summed: bool


async def cost(settings: Settings, given: Mapping[str, Any], output: Output, now: float | None = None) -> int:
    """Tell what energy cost; the exit code. `given` may hold `start`, `end` and `json`. Raises `SettingsError`."""
    zone = ZoneInfo(profile_of(settings.grid).zone)
    now = SystemClock().now().utc if now is None else now
    asked = _asked(given, now, zone)
    if settings.prices is None:
        where = settings.config_file or "the config file"
        narrate(f"hwtui: there are no prices: write them into {where}, like this:\n\n{EXAMPLE}\n")
        return UNKNOWN
    file = PriceFile(settings.prices.file, zone) if settings.prices.file else None
    since = min((span.start for _, span in asked.spans), default=-inf)
    tariffs = Tariffs(settings.prices, file.read(since) if file else None)
    for fault in file.faults if file else ():
        narrate(f"hwtui: {fault}")
    try:
        with open_past(settings.state_dir, zone) as past:
            costs = await _costs(past, settings, tariffs, asked, now, zone)
    except UnclearError as error:
        narrate(f"hwtui: {error}")
        costs = []
    told = [(word, span, one) for (word, span), one in zip(asked.spans, costs, strict=False)]
    if asked.summed:
        told = [row for row in told if row[2] is not None]
        if told:
            total = sum_of(one for _, _, one in told if one is not None)
            told.append(("sum", Span(told[0][1].start, told[-1][1].end), total))
        elif costs:
            narrate("hwtui: nothing was counted between these times")
    if given.get("json"):
        output.line(json.dumps(json_of(told, tariffs, now, zone), indent=2))
    else:
        output.lines([*lines_of(told, zone, settings.prices.currency), *price_lines(tariffs, now, zone)])
    if not any(one for _, _, one in told):
        return UNKNOWN
    return OK if all(one and one.whole for _, _, one in told) and not (file and file.faults) else WARNING


async def _costs(
    past: Past | None, settings: Settings, tariffs: Tariffs, asked: _Asked, now: float, zone: ZoneInfo
) -> list[Cost | None]:
    if past is None:
        raise UnclearError("there is no history yet: leave hwtui running, on the screen or as a service")
    meters = meters_in(past, settings.devices, now)
    begins = min((begin for place in meters.grid if (begin := past.begins(place)) is not None), default=inf)
    costs = []
    for _, span in asked.spans:
        costs.append(cost_of(span, tariffs, meters, past, begins, now, zone))
        await asyncio.sleep(0)  # ctrl+c
    return costs


def _asked(given: Mapping[str, Any], now: float, zone: ZoneInfo) -> _Asked:
    """The spans that are told. Raises `SettingsError`."""
    today = day_of(now, zone)
    if given.get("start") is None and given.get("end") is None:
        days = {"today": today, "yesterday": today - timedelta(days=1)}
        spans = [(word, day_span(day, zone)) for word, day in days.items()]
        return _Asked([*spans, ("this month", month_span(today, zone))], summed=False)
    with given_at("--to"):
        end = (
            -(-now // QUARTER_S) * QUARTER_S
            if given.get("end") is None
            else _moment(given["end"], now, zone, last=True)
        )
    with given_at("--from"):
        first = month_span(day_of(end - 1, zone), zone).start
        start = first if given.get("start") is None else _moment(given["start"], now, zone)
        if start >= end:
            raise ValueError("it must be before --to, or before now")
    by_month = end - start >= MONTHS_FROM_DAYS * 86400 - 3600
    return _Asked(list(_periods(Span(start, end), zone, by_month=by_month)), summed=True)


def _moment(text: str, now: float, zone: ZoneInfo, *, last: bool = False) -> float:
    """A day or a time as for `hwtui export`, in seconds since 1970. Raises `ValueError`."""
    found = moment(text, now, zone, last=last)
    if not EARLIEST <= found < LATEST:
        raise ValueError("the year is out of range: use one from 2000 to 2099")
    if text.strip().lower().endswith(("h", "m", "now")):  # counted from now
        return found // QUARTER_S * QUARTER_S
    if found % QUARTER_S:
        raise ValueError("use a time on a quarter of an hour, like 14:15")
    return found


def _periods(span: Span, zone: ZoneInfo, *, by_month: bool) -> Iterator[tuple[str, Span]]:
    """The days or months of a span, cut at both ends."""
    at = span.start
    while at < span.end:
        day = day_of(at, zone)
        whole = month_span(day, zone) if by_month else day_span(day, zone)
        yield f"{day:%Y-%m}" if by_month else f"{day:%Y-%m-%d}", Span(at, min(whole.end, span.end))
        at = whole.end
