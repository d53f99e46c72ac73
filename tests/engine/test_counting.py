"""Today is joined to what the history knows, asked beside the engine's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from threading import get_ident
from zoneinfo import ZoneInfo

import pytest

from tui.core.events import Identified, Measured
from tui.core.fleet import reduce
from tui.core.graph.bucket import Bucket
from tui.core.model import Endpoint, Fleet
from tui.core.moment import Now
from tui.core.past.history import MINUTE, Amount, Level, Row, Series
from tui.core.reading import Identity, Measurement, System
from tui.core.settings import Settings
from tui.engine.clock import VirtualClock
from tui.engine.keeping.counting import Counting
from tui.engine.keeping.keeper import Keeper
from tui.engine.trends import Trends

ZONE = ZoneInfo("Europe/Amsterdam")
IMPORT = "energy_import_kwh"
TEN = datetime(2026, 6, 2, 10, tzinfo=ZONE).timestamp()
MIDNIGHT = TEN - 36000


class SomePast:
    """A history of one meter: its last minute and what it counted in two days."""

    def __init__(self, days: Mapping[float, Amount], rows: Sequence[Row]) -> None:
        self.days, self.minutes = days, rows
        self.asked_in: set[int] = set()

    def window(self, place: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        raise NotImplementedError

    def amounts(self, place: str, quantity: str, cuts: Sequence[float]) -> tuple[Amount | None, ...]:
        self.asked_in.add(get_ident())
        known = self.days if (place, quantity) == ("p1", IMPORT) else {}
        return tuple(known.get(start) for start in cuts[:-1])

    def rows(self, place: str, level: Level, start: float, end: float) -> Iterator[Row]:
        assert level is MINUTE
        yield from (row for row in self.minutes if place == "p1" and start <= row.start < end)

    def highest_quarter(
        self, place: str, quantity: str, cuts: Sequence[float]
    ) -> tuple[tuple[float, float] | None, ...]:
        raise NotImplementedError

    def series(self) -> tuple[Series, ...]:
        return (Series(1, "p1", "", ""),)

    def begins(self, place: str) -> float | None:
        raise NotImplementedError


@pytest.fixture
def past() -> SomePast:
    """Until 9:30."""
    rows = [Row(int(TEN) - 1800 - 60 * minute, 60, 59, readings={IMPORT: 99.0 - minute / 100}) for minute in (2, 1, 0)]
    return SomePast({MIDNIGHT - 86400: Amount(9.8, 86400.0), MIDNIGHT: Amount(3.0, 9.5 * 3600)}, rows)


def heard_by(counting: Counting | Keeper, fleet: Fleet, utc: float, value: float) -> Fleet:
    event = Measured("p1", Measurement({IMPORT: value}), System(), Now(utc, utc - TEN + 5000), 0.01, 1.0)
    fleet = reduce(fleet, event)
    counting.heard(event, fleet)
    return fleet


def a_p1() -> Fleet:
    return reduce(Fleet(), Identified(Endpoint("host"), Identity("p1", "HWE-P1"), Now(TEN, 5000)))


def values(counting: Counting, utc: float) -> tuple[float | None, float | None]:
    today = counting.today("p1", Now(utc, 0.0))
    assert today is not None
    found = [part.get(IMPORT) for part in (today.today, today.yesterday)]
    return tuple(one.value if one else None for one in found)  # type: ignore[return-value]


@pytest.mark.asyncio
async def test_what_the_history_knows_is_asked_in_another_thread_and_joined(past: SomePast) -> None:
    counting, fleet = Counting(ZONE), a_p1()
    for second in range(3):
        fleet = heard_by(counting, fleet, TEN + second, 99.5)
    assert values(counting, TEN + 3) == (0.0, None)
    await counting.ask(past, Now(TEN + 3, 0.0))
    assert values(counting, TEN + 3) == pytest.approx((3.5, 9.8))
    assert get_ident() not in past.asked_in


@pytest.mark.asyncio
async def test_a_device_that_answers_later_is_joined_once_it_does(past: SomePast) -> None:
    counting, fleet = Counting(ZONE), a_p1()
    await counting.ask(past, Now(TEN, 0.0))
    assert values(counting, TEN) == pytest.approx((3.0, 9.8))
    for second in range(3):
        fleet = heard_by(counting, fleet, TEN + second, 99.5)
    await counting.ask(past, Now(TEN + 3, 0.0))
    assert values(counting, TEN + 3) == pytest.approx((3.5, 9.8))


@pytest.mark.asyncio
async def test_without_a_history_there_is_what_was_heard() -> None:
    counting, fleet = Counting(ZONE), a_p1()
    await counting.ask(None, Now(TEN, 0.0))
    for second in range(3):
        fleet = heard_by(counting, fleet, TEN + second, 99.5 + second / 1000)
    assert values(counting, TEN + 3) == pytest.approx((0.001, None))


@pytest.mark.asyncio
async def test_the_keeper_asks_as_soon_as_there_is_a_history(past: SomePast) -> None:
    clock = VirtualClock(TEN)
    keeper = Keeper(Settings(), clock, Trends(), None)
    running = asyncio.create_task(keeper.run(lambda event: None))
    fleet = a_p1()
    for second in range(3):
        fleet = heard_by(keeper, fleet, TEN + second, 99.5)
    await clock.advance(5)
    keeper.past = past
    for _ in range(200):
        await clock.advance(2)
        await asyncio.sleep(0.005)  # the thread that asks has no virtual clock
        today = keeper.today("p1", clock.now())
        if today is not None and today.yesterday:
            break
    running.cancel()
    assert today is not None
    assert today.yesterday[IMPORT].value == 9.8
