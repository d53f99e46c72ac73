"""What the screen is told of costs: reckoned in a thread of its own, once a minute (oftener at first), when asked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from threading import Lock, Thread
from zoneinfo import ZoneInfo

from tui.core.counting.today import Today
from tui.core.events import Noted
from tui.core.house import grid_meters
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.money.cost import Cost, Counted, Meter, Meters, Span, Tariffs, cost_of, day_of, day_span, month_span
from tui.core.money.pricenow import Cheapest, PriceNow, cheapest, price_now
from tui.core.money.prices import Prices
from tui.core.past.history import TOTAL, Amount, Past, place_of
from tui.engine.clock import Clock, SystemClock
from tui.engine.keeping.pricefile import PriceFile
from tui.engine.source import Emit

EVERY_S = 60.0
FIRST_S = 5.0
"""How soon they are reckoned again after a start: the past of a demo, and what was counted before, come in then. The
time doubles (5 s, 10 s, 20 s) until it is a minute (own choice)."""
LOOKS_EVERY_S = 5.0
"""How often it is seen whether something is to be told as a note."""
HANGS_S = 300.0
"""When a disk that has not answered is told, and the costs of before no longer are; by the clock of this computer,
however fast a demo lives (own choice)."""
WORDS = {
    "bug": "costs stopped: a bug in this program; a log file has details",
    "disk": "costs stopped: the disk with the history has not answered for minutes: look whether it is still there",
}
"""Notes; the wall shows them up to the first colon."""
_LOG = logging.getLogger(__name__)

_VOLUMES = {"m3": Decimal(1), "dm3": Decimal("0.001"), "l": Decimal("0.001")}
UNITS = {
    "gas": {"m3": Decimal(1)},
    "water": _VOLUMES,
    "warm_water": _VOLUMES,
    "heat": {"gj": Decimal(1), "mj": Decimal("0.001"), "kwh": Decimal("0.0036"), "mwh": Decimal("3.6")},
}
"""How many m3 or GJ are in the units that meters send."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What the screen shows. None: it cannot be told."""

    at: Now
    currency: str = ""
    today: Cost | None = None
    yesterday: Cost | None = None
    month: Cost | None = None
    price: PriceNow | None = None
    """None also where it never changes."""
    cheapest: Cheapest | None = None


def per_unit(name: str, unit: str | None) -> Decimal | None:
    """How many m3 (gas, water) or GJ (heat) are in a unit as a meter sends it; None for an unknown one."""
    return UNITS[name].get((unit or "").replace("\N{SUPERSCRIPT THREE}", "3").casefold())


def meters_of(fleet: Fleet, now: Now) -> Meters:
    """The meters of the bill: those of the grid, what is behind them, and for water else the one water meter."""
    grid = grid_meters(fleet, now)
    others: dict[str, Meter] = {}
    for device in grid:
        for external in device.measurement.value.external if device.measurement else ():
            name = external.type.removesuffix("_meter")
            factor = per_unit(name, external.unit) if name in UNITS else None
            if factor is not None:
                others.setdefault(name, Meter(place_of(device.key, external.type), TOTAL, factor))
    own = [device for device in fleet.devices.values() if device.product.measures_water and not device.remembered]
    if len(own) == 1:
        others.setdefault("water", Meter(own[0].key, "water_total_m3"))
    return Meters(tuple(device.key for device in grid), others)


class Freshest:
    """Amounts from the history, and those of today from what is counted live, where that reaches as far back."""

    def __init__(self, past: Past | None, today: Span, live: Callable[[str], Today | None]) -> None:
        self._past = past
        self._today = today
        self._live = live
        self._found: dict[str, Mapping[str, Amount]] = {}

    def amounts(self, place: str, quantity: str, cuts: Sequence[float]) -> tuple[Amount | None, ...]:
        """See `Past.amounts`."""
        if tuple(cuts) == self._today:
            amount = self._of_today(place, quantity)
            return self._kept(place, quantity, cuts) if amount is None else (amount,)
        kept = self._kept(place, quantity, cuts)
        if len(cuts) == 2 and cuts[0] <= self._today.start and self._today.end <= cuts[1]:  # this month
            return (self._with_today(kept[0], place, quantity, cuts[0]),)
        return kept

    def _of_today(self, place: str, quantity: str) -> Amount | None:
        if place not in self._found:
            found = self._live(place)
            self._found[place] = found.today if found else {}
        amount = self._found[place].get(quantity)
        if amount is not None and not (amount.whole and amount.covered_s):  # in the first seconds of a start
            kept = next(iter(self._kept(place, quantity, self._today)), None)
            amount = amount if kept is None or kept.covered_s < amount.covered_s else kept
        return amount

    def _with_today(self, amount: Amount | None, place: str, quantity: str, start: float) -> Amount | None:
        """What is counted live and not yet kept is part of the month, too: it is no less than today."""
        today = self._of_today(place, quantity)
        if today is None:
            return amount
        if amount is None:
            return replace(today, since=today.since or (self._today.start if start < self._today.start else None))
        kept = next(iter(self._kept(place, quantity, self._today)), None)
        return replace(amount, value=amount.value + max(0.0, today.value - (kept.value if kept else 0.0)))

    def _kept(self, place: str, quantity: str, cuts: Sequence[float]) -> tuple[Amount | None, ...]:
        return self._past.amounts(place, quantity, cuts) if self._past else (None,) * (len(cuts) - 1)


class Costing:
    """Keeps what the screen asks about costs. `past` and `today` are those of `engine.keeping.keeper.Kept`."""

    def __init__(
        self,
        prices: Prices,
        zone: ZoneInfo,
        past: Callable[[], Past | None],
        today: Callable[[str, Now], Today | None],
        pace: Clock | None = None,
    ) -> None:
        self._prices = prices
        self._pace = pace or SystemClock()
        self._zone = zone
        self._past = past
        self._today = today
        self._file = PriceFile(prices.file, zone) if prices.file else None
        self._long_file = PriceFile(prices.file, zone) if prices.file else None
        """The same from longer ago, for `of`, which another thread asks."""
        self._fleet = Fleet()
        self._costs: Costs | None = None
        self._asked: Now | None = None
        self._every_s = FIRST_S
        """How long they hold."""
        self._began: Now | None = None
        self._knew_past = False
        """Whether there was a history when they were reckoned last."""
        self._border = Lock()
        self._busy = self._failed = False

    @property
    def currency(self) -> str:
        """As the user writes it; "" for none."""
        return self._prices.currency

    def heard(self, fleet: Fleet) -> None:
        """The newest fleet."""
        self._fleet = fleet

    def ask(self, now: Now) -> Costs | None:
        """The costs, at most a minute old; None before they were reckoned, and where they cannot be.

        Safe from any thread; never waits, and raises nothing.
        """
        with self._border:
            if not self._busy and self._is_due(now) and (meters := meters_of(self._fleet, now)).grid:
                self._every_s = FIRST_S if self._asked is None else min(2 * self._every_s, EVERY_S)
                self._busy, self._asked, self._began = True, now, self._pace.now()
                try:
                    Thread(target=self._work, args=(meters, self._fleet, now), name="costs", daemon=True).start()
                except RuntimeError:  # there are too many threads; in a minute there may be room
                    _LOG.warning("no thread for the costs")
                    self._busy = False
        return None if self._hangs else self._costs

    @property
    def _hangs(self) -> bool:
        """Whether the disk has not answered for minutes."""
        began = self._began
        return self._busy and began is not None and self._pace.now().age_of(began) > HANGS_S

    def _is_due(self, now: Now) -> bool:
        asked, costs = self._asked, self._costs
        if asked is None:
            return True
        if not self._knew_past and self._past() is not None:
            return True
        until = costs.price.until if costs and costs.price else None
        return now.age_of(asked) >= self._every_s or (until is not None and asked.utc < until <= now.utc)

    def _work(self, meters: Meters, fleet: Fleet, now: Now) -> None:
        try:
            self._knew_past = self._past() is not None
            self._costs = self.reckon(meters, fleet, now)
            self._failed = False
        except Exception:  # the top of a thread: nothing may reach the terminal, and the next minute tries again
            _LOG.exception("costs cannot be reckoned")
            self._costs, self._failed = None, True
        finally:
            self._busy = False

    def reckon(self, meters: Meters, fleet: Fleet, now: Now) -> Costs:
        """The costs now. It may wait for a disk."""
        zone = self._zone
        day = day_of(now.utc, zone)
        today, month, before = day_span(day, zone), month_span(day, zone), day_span(day - timedelta(days=1), zone)
        tariffs = self._tariffs(self._file, min(month.start, before.start))
        cost = self._reckoner(tariffs, meters, today, now)
        tariff = next((fleet.devices[key].number("tariff") for key in meters.grid if key in fleet.devices), None)
        price = price_now(tariffs, now.utc, None if tariff is None else int(tariff))
        return Costs(
            now,
            self._prices.currency,
            cost(today),
            cost(before),
            cost(month),
            price if price and (price.until or price.tariff) else None,
            cheapest(tariffs, now.utc),
        )

    def of(self, spans: Sequence[Span], now: Now) -> tuple[Meters, tuple[Cost | None, ...]]:
        """What each of some spans, oldest first, cost, and the meters of the bill. It may wait for a disk.

        From the history alone, as the amounts beside them are.
        """
        meters = meters_of(self._fleet, now)
        if not meters.grid or not spans:
            return meters, (None,) * len(spans)
        tariffs = self._tariffs(self._long_file, spans[0].start)
        today = day_span(day_of(now.utc, self._zone), self._zone)
        cost = self._reckoner(tariffs, meters, today, now, live=self._past() is None)
        return meters, tuple(cost(span) for span in spans)

    def _tariffs(self, file: PriceFile | None, since: float) -> Tariffs:
        return Tariffs(self._prices) if file is None else Tariffs(self._prices, file.read(since))

    def _reckoner(
        self, tariffs: Tariffs, meters: Meters, today: Span, now: Now, *, live: bool = True
    ) -> Callable[[Span], Cost | None]:
        """What reckons the cost of a span; `live`: with what is counted and not yet kept."""
        past = self._past()
        known = [begin for place in meters.grid if past and (begin := past.begins(place)) is not None]
        counted: Counted = Freshest(past, today, lambda place: self._today(place, now) if live else None)
        first = None if known else next(iter(counted.amounts(meters.grid[0], "energy_import_kwh", today)), None)
        begins = min(known) if known else (first.since or today.start) if first else now.utc
        return lambda span: cost_of(span, tariffs, meters, counted, begins, now.utc, self._zone)

    async def watch(self, emit: Emit, clock: Clock) -> None:
        """Tell as notes what is wrong with the file of prices, and why there are no costs, until cancelled."""
        told = {"costs": "", "prices": ""}
        while True:
            for topic, text in (("costs", self._why_none()), ("prices", self._wrong_file())):
                if text != told[topic]:
                    told[topic] = text
                    emit(Noted(topic, text, clock.now()))
            await clock.sleep(LOOKS_EVERY_S)

    def _why_none(self) -> str:
        """Why the costs are not reckoned; "" where they are."""
        return WORDS["disk"] if self._hangs else WORDS["bug"] if self._failed else ""

    def _wrong_file(self) -> str:
        """What is wrong with the file of prices."""
        faults = self._file.faults if self._file else ()
        if not faults:
            return ""
        more = f" (and {len(faults) - 1} more: hwtui cost names them)" if len(faults) > 1 else ""
        # The wall shows a note up to its first colon.
        return f"the file of prices cannot be used as it is: {faults[0]}{more}"
