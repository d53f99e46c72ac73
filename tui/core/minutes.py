"""The minute under way: samples in, a row for each meter out when it is over. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from tui.core.bucket import Bucket
from tui.core.history import BANDS, COUNTERS, EVENTS, MINUTE, Row
from tui.core.reading import Value

MeterName = tuple[str, str, str, str]
"""What tells one series from another: device, kind, meter and unit, as in `core.history.Series`."""

LARGEST = 1e12
"""No meter counts or measures more of anything; what is stored must fit in 64 bits (own choice)."""
ONE_MOMENT_S = 10.0
"""A row has one time for all its readings. One that is older than the newest by more is left out (own choice)."""
SELDOM = 2
"""Answers a minute, or fewer: what is confirmed by the next one lies in another minute."""
OLDEST_S = 7 * 86400.0
"""A meter behind a P1 that has been silent for longer is not connected any more (own choice)."""

_BANDS = frozenset(BANDS)
_KEPT = frozenset((*COUNTERS, *EVENTS))


class Reading(Protocol):
    """What a counter showed at a moment."""

    @property
    def at(self) -> float:
        """Seconds since 1970."""
        ...

    @property
    def value(self) -> float: ...


class Counted(Protocol):
    """Who knows the clean readings of the counters."""

    def series(self) -> Iterable[MeterName]:
        """Every meter that was heard."""
        ...

    def readings(self, name: Any, /) -> Mapping[str, Reading]:
        """The newest clean reading of each counter and event of one of them."""
        ...


class Closed(NamedTuple):
    """One meter over one minute."""

    name: MeterName
    row: Row


class _Open:
    """The samples of one meter so far."""

    __slots__ = ("bands", "last", "samples")

    def __init__(self) -> None:
        self.samples = 0
        self.last = 0.0
        self.bands: dict[str, list[float]] = {}
        """Least, highest, sum and number."""

    def add(self, values: Mapping[str, Value], utc: float) -> None:
        self.samples += 1
        self.last = utc
        for name, value in values.items():
            if name not in _BANDS or not isinstance(value, (int, float)) or not -LARGEST <= value <= LARGEST:
                continue
            band = self.bands.get(name)
            if band is None:
                self.bands[name] = [value, value, value, 1]
                continue
            if value < band[0]:
                band[0] = value
            elif value > band[1]:
                band[1] = value
            band[2] += value
            band[3] += 1


class Minutes:
    """The samples of the minute that begins at `start`, in seconds since 1970."""

    def __init__(self, start: int) -> None:
        self.start = self.since = start
        """`since`: what was read before then is not stored any more; set it when the clock was set."""
        self._open: dict[MeterName, _Open] = {}
        self._latest: dict[tuple[MeterName, str], float] = {}
        """Of each counter of a device's own meter: when its last stored reading was taken."""
        self._stamps: dict[MeterName, tuple[float, float]] = {}
        """Of each meter behind a P1: the time and value of its last row."""

    def add(self, name: MeterName, values: Mapping[str, Value], utc: float) -> None:
        """Take in one answer of a device's own meter, measured at `utc`."""
        found = self._open.get(name)
        if found is None:
            found = self._open[name] = _Open()
        found.add(values, utc)

    def drop(self, device: str) -> None:
        """Forget the samples of one device: they were none."""
        for name in [name for name in self._open if name[0] == device]:
            del self._open[name]

    def turn(self, start: int, counted: Counted) -> tuple[Closed, ...]:
        """Its rows; then it is the minute that begins at `start`."""
        rows = tuple(self._rows(counted))
        self.start = start
        self._open.clear()
        return rows

    def _rows(self, counted: Counted) -> Iterator[Closed]:
        read = {name: counted.readings(name) for name in counted.series()}
        for name, found in self._open.items():
            readings = read.get(name, {})
            row = self._own(found, readings)
            self._latest |= {(name, quantity): readings[quantity].at for quantity in row.readings}
            yield Closed(name, row)
            if found.samples <= SELDOM and (late := self._late(name, readings)):
                yield Closed(name, late)
        for name, readings in read.items():
            if name[1]:
                yield from self._external(name, readings)

    def _own(self, found: _Open, readings: Mapping[str, Reading]) -> Row:
        begin, end = self.start, self.start + MINUTE.span_s
        here = {
            quantity: reading
            for quantity, reading in readings.items()
            if begin <= reading.at <= end and quantity in _KEPT and 0 <= reading.value <= LARGEST
        }
        newest = max((reading.at for reading in here.values()), default=found.last)
        # A counter that stands still needs no next answer to be believed, one that moves does. The moment is that of
        # the latter then: the former was the same at that time.
        slow_s = 1.5 * MINUTE.span_s / found.samples
        if slow_s > ONE_MOMENT_S:
            newest = min((one.at for one in here.values() if newest - one.at <= slow_s), default=newest)
        return Row(
            begin,
            found.samples,
            min(MINUTE.span_s, max(0, round(newest) - begin)),
            {
                quantity: Bucket(low, total / count, high, int(count))
                for quantity, (low, high, total, count) in found.bands.items()
            },
            {quantity: reading.value for quantity, reading in here.items() if newest - reading.at <= ONE_MOMENT_S},
        )

    def _late(self, name: MeterName, readings: Mapping[str, Reading]) -> Row | None:
        """What was read in an earlier minute and is known to be right only now, by the answer after it.

        A device that is asked once a minute, or less often, has nothing else.
        """
        known = {
            quantity: reading
            for quantity, reading in readings.items()
            if quantity in _KEPT
            and max(self.since, self._latest.get((name, quantity), -1.0) + 1.0) <= reading.at < self.start
            and 0 <= reading.value <= LARGEST
        }
        newest = max((reading.at for reading in known.values()), default=None)
        if newest is None:
            return None
        begin = int(newest // MINUTE.span_s) * MINUTE.span_s
        here = {quantity: one for quantity, one in known.items() if one.at >= max(begin, newest - ONE_MOMENT_S)}
        self._latest |= {(name, quantity): one.at for quantity, one in here.items()}
        return Row(begin, 0, round(newest) - begin, {}, {quantity: one.value for quantity, one in here.items()})

    def _external(self, name: MeterName, readings: Mapping[str, Reading]) -> Iterator[Closed]:
        """A row at the meter's own time, once for each time and value."""
        for quantity, reading in readings.items():
            stamp = reading.at, reading.value
            if self._stamps.get(name) == stamp or self.start - reading.at > OLDEST_S:
                continue
            if quantity not in _KEPT or not 0 <= reading.value <= LARGEST:
                continue
            self._stamps[name] = stamp
            at = round(reading.at)
            begin = at // MINUTE.span_s * MINUTE.span_s
            yield Closed(name, Row(begin, 1, at - begin, {}, {quantity: reading.value}))
