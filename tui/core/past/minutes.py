"""The minute under way: samples in, a row for each meter out when it is over. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from tui.core.graph.bucket import Bucket
from tui.core.past.history import BANDS, COUNTERS, EVENTS, MINUTE, Row
from tui.core.reading import Value

MeterName = tuple[str, str, str, str]
"""What tells one series from another: device, kind, meter and unit, as in `core.past.history.Series`."""

LARGEST = 1e12
"""No meter counts or measures more of anything; what is stored must fit in 64 bits (own choice)."""
ONE_MOMENT_S = 10.0
"""A row has one time for all its readings. One that is older than the newest by more is left out (own choice)."""
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

    __slots__ = ("bands", "before", "last", "samples")

    def __init__(self) -> None:
        self.samples = 0
        self.last = 0.0
        self.before: float | None = None
        """When it answered before the last time, in this minute or earlier."""
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
        self.start = start
        self._open: dict[MeterName, _Open] = {}
        self._stamps: dict[MeterName, tuple[float, float]] = {}
        """Of each meter behind a P1: the time and value of its last row."""
        self._answers: dict[MeterName, float] = {}
        """When each device answered last."""

    def add(self, name: MeterName, values: Mapping[str, Value], utc: float) -> None:
        """Take in one answer of a device's own meter, measured at `utc`."""
        found = self._open.get(name)
        if found is None:
            found = self._open[name] = _Open()
        found.before = self._answers.get(name)
        self._answers[name] = utc
        found.add(values, utc)

    def drop(self, device: str) -> None:
        """Forget the samples of one device: they were none."""
        for name in [name for name in self._open if name[0] == device]:
            del self._open[name]

    def clock_was_set(self) -> None:
        """What was answered before has another time now."""
        self._answers.clear()

    def turn(self, start: int, counted: Counted) -> tuple[Closed, ...]:
        """Its rows; then it is the minute that begins at `start`."""
        rows = tuple(self._rows(counted))
        self.start = start
        self._open.clear()
        return rows

    def _rows(self, counted: Counted) -> Iterator[Closed]:
        read = {name: counted.readings(name) for name in counted.series()}
        for name, found in self._open.items():
            yield from self._own(name, found, read.get(name, {}))
        for name, readings in read.items():
            if name[1]:
                yield from self._external(name, readings)

    def _own(self, name: MeterName, found: _Open, readings: Mapping[str, Reading]) -> Iterator[Closed]:
        begin, end = self.start, self.start + MINUTE.span_s
        bands = {
            quantity: Bucket(low, total / count, high, int(count))
            for quantity, (low, high, total, count) in found.bands.items()
        }
        kept = {
            quantity: reading
            for quantity, reading in readings.items()
            if quantity in _KEPT and 0 <= reading.value <= LARGEST
        }
        moment = found.before
        if moment is not None and found.last - moment > ONE_MOMENT_S:
            # A reading is believed when the next one follows. Of a device that is seldom asked, what the answer before
            # the last one said is known by now; what rested since said the same then.
            at_once = {name: one.value for name, one in kept.items() if one.at >= moment - ONE_MOMENT_S}
            if moment >= begin:
                yield Closed(name, Row(begin, found.samples, round(moment) - begin, bands, at_once))
                return
            if at_once and begin - moment <= OLDEST_S:
                early = int(moment // MINUTE.span_s) * MINUTE.span_s
                yield Closed(name, Row(early, 0, round(moment) - early, {}, at_once))
            yield Closed(name, Row(begin, found.samples, max(0, round(found.last) - begin), bands))
            return
        here = {quantity: reading for quantity, reading in kept.items() if begin <= reading.at <= end}
        newest = max((reading.at for reading in here.values()), default=found.last)
        last_s = min(MINUTE.span_s, max(0, round(newest) - begin))
        at_once = {name: one.value for name, one in here.items() if newest - one.at <= ONE_MOMENT_S}
        yield Closed(name, Row(begin, found.samples, last_s, bands, at_once))

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
