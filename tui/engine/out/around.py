"""What alarms may ask beside the fleet: the quarter-hour, the price of now, what the check found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from datetime import tzinfo

from tui.core.alarms.condition import Condition
from tui.core.alarms.subjects import FORECAST, NEW_PEAK, PRICE
from tui.core.counting.quarter import RunningQuarter
from tui.core.counting.quarters import QuarterLog
from tui.core.events import Event
from tui.core.house import grid_meters
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.money.cost import Tariffs
from tui.core.money.pricenow import price_now
from tui.core.money.prices import Prices
from tui.engine.keeping.pricefile import PriceFile

BACK_S = 2 * 86400.0
"""How much of the file of prices before now is read."""

Failing = Callable[[str], Collection[str] | None]


class Around:
    """Keeps only what some conditions ask about, and answers at once."""

    def __init__(
        self, conditions: Iterable[Condition], prices: Prices | None, zone: tzinfo, failing: Failing | None = None
    ) -> None:
        """`zone` is that of the meters' clocks and of the file of prices."""
        asked = frozenset[str]().union(*(condition.names for condition in conditions))
        self._quarters = QuarterLog(zone) if asked & {FORECAST, NEW_PEAK} else None
        self._prices = prices if PRICE in asked else None
        self._file = PriceFile(self._prices.file, zone) if self._prices and self._prices.file else None
        self._tariffs = Tariffs(self._prices) if self._prices and not self._file else None
        self._failing = failing
        self._fleet = Fleet()

    def heard(self, event: Event, fleet: Fleet) -> None:
        """A listener of the monitor; it comes before the alarms."""
        self._fleet = fleet
        if self._quarters is not None:
            self._quarters.heard(event, fleet)

    async def refresh(self, now: Now) -> None:
        """Read the file of prices again if it has changed, in a thread of its own: a disk may take its time."""
        if self._file is not None and self._prices is not None:
            self._tariffs = Tariffs(self._prices, await asyncio.to_thread(self._file.read, now.utc - BACK_S))

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with the file of prices: sentences."""
        return self._file.faults if self._file is not None else ()

    def quarter(self, key: str, now: Now) -> RunningQuarter | None:
        """See `judging.Beside`."""
        return self._quarters.running(key, now) if self._quarters is not None else None

    def price(self, now: Now) -> float | None:
        """See `judging.Beside`."""
        if self._tariffs is None:
            return None
        meters = grid_meters(self._fleet, now)
        tariff = meters[0].number("tariff") if meters else None
        told = price_now(self._tariffs, now.utc, None if tariff is None else int(tariff))
        return None if told is None else float(told.price)

    def failing(self, key: str) -> Collection[str] | None:
        """See `judging.Beside`."""
        return self._failing(key) if self._failing is not None else None
