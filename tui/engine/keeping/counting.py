"""The ledger while the program runs: the engine's thread feeds it, any thread may ask.

What was counted before the program began is asked of the history, in a thread of its own: a disk may be slow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo
from threading import Lock
from typing import NamedTuple

from tui.core.counting.counters import BRIDGE_EXTERNAL_S, Reading
from tui.core.counting.cuts import day_start
from tui.core.counting.ledger import NO_AMOUNTS, Ledger, Meter
from tui.core.counting.today import Today
from tui.core.events import Event, Measured
from tui.core.model import Device, Fleet
from tui.core.moment import Now
from tui.core.past.history import MINUTE, TOTAL, Amount, Past, Row
from tui.core.reading import System
from tui.engine.clock import Clock

LOOKS_EVERY_S = 2.0
"""How often it is seen whether a meter has answered for the first time: then its past is asked for."""
_HOUR_S = 3600.0
_LAST_ROWS = 4
_USUAL = ("energy_import_kwh", "energy_export_kwh", "water_total_m3")
"""What is asked of a device that has not answered yet."""


class Known(NamedTuple):
    """What the history knows of one counter."""

    days: Mapping[float, Amount | None]
    """Yesterday and today, by their starts."""
    stored: tuple[Reading, ...]
    """The last readings."""


class Counting:
    """A `Ledger` behind a lock."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._ledger = Ledger(zone)
        self._lock = Lock()
        self._era = 0
        self._asked: dict[str, frozenset[str]] | None = None
        """The counters of each place whose past was asked once they had answered; None before the first time."""

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        with self._lock:
            self._ledger.heard(event, fleet)

    def __getstate__(self) -> dict[str, object]:
        """For a copy in another process."""
        with self._lock:
            return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._lock = Lock()

    def today(self, place: str, now: Now) -> Today | None:
        """See `Ledger.today`."""
        with self._lock:
            return self._ledger.today(place, now)

    def series(self) -> tuple[Meter, ...]:
        """See `Ledger.series`."""
        with self._lock:
            return self._ledger.series()

    def readings(self, name: Meter) -> Mapping[str, Reading]:
        """See `Ledger.readings`; a copy."""
        with self._lock:
            return self._ledger.readings(name)

    async def run(self, past: Callable[[], Past | None], clock: Clock) -> None:
        """Ask the history for what it knows of each meter, until cancelled. `past` gives None while there is none."""
        while True:
            await self.ask(past(), clock.now())
            await clock.sleep(LOOKS_EVERY_S)

    async def ask(self, past: Past | None, now: Now) -> None:
        """Ask the history once, for what has not been asked yet."""
        if past is None:
            return
        for place, quantities in (await self._wanting(past)).items():
            for quantity in sorted(quantities):
                known = await asyncio.to_thread(known_of, past, place, quantity, now.utc, self._zone)
                with self._lock:
                    self._ledger.seed(place, quantity, known.days, known.stored)

    async def _wanting(self, past: Past) -> dict[str, frozenset[str]]:
        """What to ask for: all that is in the history, and the counters that answered for the first time since."""
        with self._lock:
            counting = {name: frozenset(self._ledger.readings(name)) for name in self._ledger.series()}
            if self._era != self._ledger.era:
                self._era = self._ledger.era
                self._asked = None
        places: dict[str, frozenset[str]] = {}
        if self._asked is None:
            self._asked = {}
            for one in await asyncio.to_thread(past.series):
                places[one.place] = frozenset((TOTAL,) if one.kind else _USUAL)
        for name, quantities in counting.items():
            known = self._asked.get(name.place, frozenset())
            places[name.place] = places.get(name.place, frozenset()) | (quantities - known)
            self._asked[name.place] = known | quantities
        return {place: quantities for place, quantities in places.items() if quantities}


def counted_once(past: Past, devices: Iterable[Device], now: Now, zone: tzinfo) -> dict[str, Today]:
    """Today and yesterday by place, of devices that were read once, with what the history knows.

    A reading that cannot follow the last one that is stored counts for nothing: it is the only one there is.
    """
    ledger = Ledger(zone)
    places: list[str] = []
    for device in devices:
        if device.serial is None or device.measurement is None:
            continue
        event = Measured(device.serial, device.measurement.value, System(), now, 0.0, 1.0)
        fleet = Fleet({device.key: device})
        for _ in range(2):  # as if it were heard again: a reading that is heard once is not believed
            ledger.heard(event, fleet)
    for name in ledger.series():
        for quantity in ledger.readings(name):
            known = Known({}, ()) if quantity in NO_AMOUNTS else known_of(past, name.place, quantity, now.utc, zone)
            if any(known.days.values()):
                ledger.seed(name.place, quantity, known.days, known.stored)
                places.append(name.place)
    found = {place: ledger.today(place, now) for place in dict.fromkeys(places)}
    return {place: today for place, today in found.items() if today is not None}


def known_of(past: Past, place: str, quantity: str, utc: float, zone: tzinfo) -> Known:
    """What the history knows of one counter, yesterday and today.

    It may be written meanwhile: then it is asked again, since the amounts must end with the last reading.
    """
    cuts = [day_start(utc, zone, later) for later in (-1, 0, 1)]
    stored = _stored(past, place, quantity, utc, cuts[1])
    for _ in range(3):
        days = dict(zip(cuts, past.amounts(place, quantity, cuts), strict=False))
        again = _stored(past, place, quantity, utc, cuts[1])
        if again == stored:
            break
        stored = again
    return Known(days, stored)


def _stored(past: Past, place: str, quantity: str, utc: float, midnight: float) -> tuple[Reading, ...]:
    """Its last readings. What is older than the last of yesterday can be joined to nothing that is heard today."""
    for start in (max(utc - _HOUR_S, midnight - BRIDGE_EXTERNAL_S), midnight - BRIDGE_EXTERNAL_S):
        if found := _last(past.rows(place, MINUTE, start, utc + MINUTE.span_s), quantity):
            return found
    return ()


def _last(rows: Iterable[Row], quantity: str) -> tuple[Reading, ...]:
    found: list[Reading] = []
    for row in rows:
        if quantity in row.readings:
            found = [*found[1 - _LAST_ROWS :], Reading(row.start + row.last_s, row.readings[quantity])]
    return tuple(found)
