"""The quarter-hours while the program runs: what the meter does not tell is asked of the history."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from threading import get_ident
from zoneinfo import ZoneInfo

import pytest

from tui.core.counting.quarter import MonthPeak
from tui.core.events import Event, Identified, Measured, TelegramRead
from tui.core.fleet import reduce
from tui.core.graph.bucket import Bucket
from tui.core.model import Endpoint, Fleet
from tui.core.moment import Now
from tui.core.past.history import Amount, Level, Row, Series
from tui.core.reading import Identity, Measurement, System
from tui.core.settings import Settings
from tui.core.telegram import parse_telegram
from tui.engine.clock import SystemClock
from tui.engine.demo.household import DEFAULT_START, Household
from tui.engine.keeping.keeper import Keeper
from tui.engine.keeping.quarters import Quarters, months_of
from tui.engine.trends import Trends

BRUSSELS = ZoneInfo("Europe/Brussels")
KEY = "5c2faf000001"
NOW = Now(datetime(2026, 11, 18, 14, 35, tzinfo=BRUSSELS).timestamp(), 100.0)


class FakePast:
    """A history of three months: October has a gap, and of November there is half."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, list[datetime], int]] = []

    def highest_quarter(
        self, place: str, quantity: str, cuts: Sequence[float]
    ) -> tuple[tuple[float, float] | None, ...]:
        local = [datetime.fromtimestamp(cut, BRUSSELS).replace(tzinfo=None) for cut in cuts]
        self.asked.append((place, quantity, local, get_ident()))
        return (*(None,) * 10, (cuts[10] + 9000, 0.55), (cuts[11] + 900, 1.1525), (cuts[12] + 1800, 0.25))

    def amounts(self, place: str, quantity: str, cuts: Sequence[float]) -> tuple[Amount | None, ...]:
        return (*(None,) * 10, Amount(200.0, 1.0), Amount(210.0, 1.0, gaps=True), Amount(99.0, 1.0))

    def window(self, place: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        return ()

    def rows(self, place: str, level: Level, start: float, end: float) -> Iterator[Row]:
        return iter(())

    def series(self) -> tuple[Series, ...]:
        return ()

    def begins(self, place: str) -> float | None:
        return None


def first_of(*month: int) -> float:
    return datetime(*month, 1, tzinfo=BRUSSELS).timestamp()  # type: ignore[arg-type,misc]


FOUND = [
    MonthPeak(2026, 9, 2200.0, first_of(2026, 9) + 9900),
    MonthPeak(2026, 10, 4610.0, first_of(2026, 10) + 1800, whole=False),
    MonthPeak(2026, 11, 1000.0, first_of(2026, 11) + 2700),
]


def test_a_month_with_a_gap_is_not_whole_also_where_its_energy_is_known() -> None:
    class Bridged(FakePast):
        def amounts(self, place: str, quantity: str, cuts: Sequence[float]) -> tuple[Amount | None, ...]:
            return (*(None,) * 10, Amount(200.0, 1.0), Amount(210.0, 1.0, bridged_s=7200.0), Amount(99.0, 1.0))

    assert months_of(Bridged(), KEY, NOW.utc, BRUSSELS) == FOUND


def test_the_months_of_the_history_begin_at_local_midnight() -> None:
    past = FakePast()
    assert months_of(past, KEY, NOW.utc, BRUSSELS) == FOUND
    ((place, quantity, cuts, _),) = past.asked
    assert (place, quantity) == (KEY, "energy_import_kwh")
    assert cuts == [datetime(2025 + month // 12, month % 12 + 1, 1) for month in range(10, 24)]


class Told:
    """What a P1 without a mean of its own tells."""

    def __init__(self, keeper: Keeper | Quarters) -> None:
        self.keeper, self.fleet = keeper, Fleet()
        self.tell(Identified(Endpoint("a"), Identity(KEY, "HWE-P1", None, "6.0", "v1"), NOW))
        self.tell(Measured(KEY, Measurement({"power_w": 400.0}), System(), NOW, 0.02, 1.0))

    def tell(self, event: Event) -> None:
        self.fleet = reduce(self.fleet, event)
        self.keeper.heard(event, self.fleet)


def test_the_history_is_asked_in_another_thread_and_only_where_the_telegram_has_no_list() -> None:
    past, quarters = FakePast(), Quarters(BRUSSELS)
    house = Told(quarters)
    asyncio.run(quarters.ask(None, NOW))
    asyncio.run(quarters.ask(past, NOW))
    assert past.asked[0][3] != get_ident()
    later = NOW.plus(60)
    house.tell(Measured(KEY, Measurement({"power_w": 400.0}), System(), later, 0.02, 1.0))
    told = quarters.running(KEY, later)
    assert told
    assert list(told.peaks) == FOUND[::-1]
    household = Household("be", start=DEFAULT_START)
    meter = next(device for device in household.devices if device.is_grid_meter)
    text = meter.answer("GET", "/api/v1/telegram").body.decode("ascii")
    house.tell(TelegramRead(KEY, parse_telegram(text), later))
    asyncio.run(quarters.ask(past, later))
    assert len(past.asked) == 1


@pytest.mark.parametrize(("grid", "kept"), [("be-vlg", True), ("be-vlg-3x230", True), ("nl", False), ("be-wal", False)])
def test_the_keeper_tells_it_where_it_is_billed(grid: str, kept: bool, tmp_path: Path) -> None:
    keeper = Keeper(Settings(grid=grid), SystemClock(), Trends(), None)
    assert keeper.quarter(KEY, NOW) is None
    Told(keeper)
    assert (keeper.quarter(KEY, NOW) is not None) is kept
