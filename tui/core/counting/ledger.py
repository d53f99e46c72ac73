"""The clean readings of every counter in the house, and what they moved today and yesterday. Pure.

`Ledger` takes in the events that also make the fleet. It is the one owner of cleaned readings: the history on disk asks
it. What it keeps is bounded, whatever arrives: `MOST_SERIES` meters, each with the counters of `core.past.history`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import NamedTuple

from tui.core.api.metertime import age_s
from tui.core.counting.counted import SET_S, Counter, together
from tui.core.counting.counters import BRIDGE_EXTERNAL_S, BRIDGE_S, MOST_EVENTS_PER_H, MOST_KW, Reading, Sum
from tui.core.counting.cuts import bounds_of_day, day_start
from tui.core.counting.today import Today
from tui.core.events import Event, Measured
from tui.core.external import keyed, most_per_hour
from tui.core.model import Device, Fleet, key_of
from tui.core.moment import Now
from tui.core.past.history import COUNTERS, EVENTS, MOST_SERIES, TOTAL, Amount, place_of
from tui.core.quantities import QUANTITIES, Turn
from tui.core.reading import External

JUMP_S = 5.0
"""A clock that moved by this much more than time passed was set."""

_MOST_M3_PER_H = most_per_hour("water_meter", "m3")
_MOST = {
    name: MOST_EVENTS_PER_H if name in EVENTS else _MOST_M3_PER_H if QUANTITIES[name].unit == "m3" else MOST_KW
    for name in (*COUNTERS, *EVENTS)
    if name != TOTAL
}
"""The most that each counter of a device can move in an hour."""
NO_AMOUNTS = frozenset((*EVENTS, "water_total_offset_m3"))
"""What moves without anything being used or delivered: events, and what a user sets a water meter to in the app."""
_SWAPPED = {
    name: name.replace("import", "export") if "import" in name else name.replace("export", "import")
    for name in _MOST
    if QUANTITIES[name].turn is Turn.SWAP
}
"""What a counter is called once its meter is known to be mounted upside down."""


class Meter(NamedTuple):
    """What tells one series from another, as in `core.past.history.Series`."""

    device: str
    """The key of the device that passes its values on."""
    kind: str = ""
    meter: str = ""
    """Its `unique_id`, or ""; "#2" follows for the second behind one P1 with the same type and id."""
    unit: str = ""

    @property
    def place(self) -> str:
        """Where the meter is (`core.past.history.place_of`)."""
        return place_of(self.device, self.kind)


class _Wired:
    """What is known of a device's own meter."""

    __slots__ = ("inverted", "meter", "stamped", "told")

    def __init__(self, inverted: bool) -> None:
        self.inverted = inverted
        self.meter: str | None = None
        self.told = ""
        self.stamped: dict[Meter, tuple[datetime | None, float, float]] = {}
        """Of each meter behind it: the last time and value as sent, and when that was, in seconds since 1970."""


class Ledger:
    """Feed it every event with the fleet after it. Days are cut in `zone`, in which meters tell their times, too."""

    def __init__(self, zone: tzinfo) -> None:
        self.era = 0
        """Rises when the clock was set to another time of day: what was seeded before is gone."""
        self._zone = zone
        self._last: Now | None = None
        self._wired: dict[str, _Wired] = {}
        self._series: dict[Meter, dict[str, Counter]] = {}
        self._places: dict[str, list[Meter]] = {}
        self._seeds: dict[tuple[str, str], dict[float, Sum]] = {}

    # ------------------------------------------------------------------ what is heard

    def heard(self, event: Event, fleet: Fleet) -> None:
        """Take in an event."""
        if not isinstance(event, Measured):
            return
        device = fleet.devices.get(key_of(event.serial))
        if device is None:
            return
        self._pass_time(event.at)
        if device.frozen is not None:
            return  # what a frozen meter repeats is no measurement
        at, heard = event.at.utc, event.at.monotonic
        wired = self._wiring(device)
        counters = self._counters(Meter(device.key, "", self._meter(wired, event), ""))
        if counters is None:
            return
        for name, value in event.measurement.values.items():
            if name in _MOST and isinstance(value, (int, float)):
                counter = counters.get(name)
                if counter is None:
                    counter = counters[name] = Counter(_MOST[name], BRIDGE_S, self._zone)
                counter.add(at, value, heard)
        for (kind, unique_id, number), meter in keyed(event.measurement.external).items():
            numbered = f"{unique_id or ''}#{number + 1}" if number else unique_id or ""
            self._external(Meter(device.key, kind, numbered, meter.unit or ""), meter, event.at, wired)

    def _external(self, name: Meter, meter: External, now: Now, wired: _Wired) -> None:
        counters = self._counters(name)
        if counters is None:
            return
        counter = counters.get(TOTAL)
        if counter is None:
            counter = counters[TOTAL] = Counter(most_per_hour(name.kind, name.unit), BRIDGE_EXTERNAL_S, self._zone)
        stamp, value, at = wired.stamped.get(name, (None, None, now.utc))
        if meter.timestamp is None or meter.timestamp != stamp:
            age = age_s(meter.timestamp, now.utc, self._zone) if meter.timestamp else None
            at = now.utc - (age or 0.0)
        elif meter.value != value:
            at = now.utc  # its clock stands still
        wired.stamped[name] = (meter.timestamp, meter.value, at)
        counter.add(at, meter.value, now.monotonic)

    def _pass_time(self, now: Now) -> None:
        last, self._last = self._last, now
        if last is None:
            return
        jump = (now.utc - last.utc) - (now.monotonic - last.monotonic)
        if abs(jump) <= JUMP_S:
            return
        for name, counters in self._series.items():
            for counter in counters.values() if not name.kind else ():
                counter.move(jump)
        if abs(jump) >= SET_S:
            # Times that meters told were judged by the wrong clock; what it moved since comes from the history.
            for name in [one for one in self._series if one.kind]:
                self._series[name].clear()
            for wired in self._wired.values():
                wired.stamped.clear()
            self._seeds.clear()
            self.era += 1

    def _wiring(self, device: Device) -> _Wired:
        wired = self._wired.get(device.key)
        if wired is None:
            wired = self._wired[device.key] = _Wired(device.is_inverted)
        elif wired.inverted is not device.is_inverted:
            wired.inverted = device.is_inverted
            for name, counters in self._series.items():
                if name.device == device.key:
                    self._series[name] = {_SWAPPED.get(one, one): counter for one, counter in counters.items()}
            self._seeds = {
                (place, _SWAPPED.get(one, one) if place == device.key else one): sums
                for (place, one), sums in self._seeds.items()
            }
        return wired

    def _meter(self, wired: _Wired, event: Measured) -> str:
        """The id of the device's own meter. Another one counts from the second answer on, and none changes nothing."""
        told = event.measurement.text("unique_id") or ""
        if wired.meter is None or (told and told == wired.told):
            wired.meter = told
        wired.told = told
        return wired.meter

    def _counters(self, name: Meter) -> dict[str, Counter] | None:
        counters = self._series.get(name)
        if counters is None and len(self._series) < MOST_SERIES:
            counters = self._series[name] = {}
            self._places.setdefault(name.place, []).append(name)
        return counters

    # ------------------------------------------------------------------ what is told

    def series(self) -> tuple[Meter, ...]:
        """Every meter that was heard, in the order in which they began."""
        return tuple(self._series)

    def readings(self, name: Meter) -> Mapping[str, Reading]:
        """The newest clean reading of each of its counters and events; empty for an unknown meter.

        That of a device's own counter goes on in time while the counter rests. That of a meter behind a P1 has the time
        that the meter gave it.
        """
        counters = self._series.get(name, {})
        return {one: last for one, counter in counters.items() if (last := counter.cleaner.last) is not None}

    def seed(
        self, place: str, quantity: str, days: Mapping[float, Amount | None], stored: Iterable[Reading] = ()
    ) -> None:
        """Add what the history knows of one counter: what it moved, by the start of the day, and the last readings.

        The newest of `stored` that the counter can have followed is joined to what was heard. `days` hold all that was
        counted up to that reading, in that of it also what this program has stored.
        """
        bounds = bounds_of_day(self._zone)
        self._seeds[place, quantity] = {
            start: Sum(
                start,
                bounds(start)[1],
                start if amount.since is None else amount.since,
                amount.until or (start if amount.since is None else amount.since) + amount.covered_s,
                amount.value,
                amount.covered_s,
                amount.gaps,
            )
            for start, amount in days.items()
            if amount is not None
        }
        stored = tuple(stored)
        for name in reversed(self._places.get(place, [])):
            if (counter := self._series[name].get(quantity)) is not None:
                counter.continues(stored)
                break

    def today(self, place: str, now: Now) -> Today | None:
        """What all meters of a place counted today and yesterday (not `NO_AMOUNTS`); None before the first reading."""
        days = [day_start(now.utc, self._zone, later) for later in (0, -1)]
        found: tuple[dict[str, Amount], dict[str, Amount]] = ({}, {})
        for quantity, (counters, seeds) in self._at(place).items():
            bridge_s = BRIDGE_EXTERNAL_S if quantity == TOTAL else BRIDGE_S
            for counter in counters:
                counter.settle()
            tallies = [seeds, *(counter.tally.sums for counter in counters)]
            for into, day in zip(found, days, strict=True):
                sums = [one for sums in tallies if (one := sums.get(day)) is not None]
                if sums:
                    into[quantity] = together(sums, bridge_s).amount(bridge_s, now.utc)
            # Nothing was read since midnight, and nothing is late yet.
            lasts = [counter.settled.at for counter in counters if counter.settled is not None]
            if quantity not in found[0] and lasts and max(lasts) >= now.utc - bridge_s:
                found[0][quantity] = Amount(0.0, 0.0)
        return Today(*found) if place in self._places or any(found) else None

    def _at(self, place: str) -> dict[str, tuple[list[Counter], Mapping[float, Sum]]]:
        """The counters of a place by quantity, with what was seeded."""
        found: dict[str, tuple[list[Counter], Mapping[float, Sum]]] = {
            quantity: ([], sums)
            for (where, quantity), sums in self._seeds.items()
            if where == place and quantity not in NO_AMOUNTS
        }
        for name in self._places.get(place, []):
            for quantity, counter in self._series[name].items():
                if quantity not in NO_AMOUNTS:
                    found.setdefault(quantity, ([], {}))[0].append(counter)
        return found
