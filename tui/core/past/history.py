"""What is kept of the past: series, levels and rows. Pure; `engine.history` stores them.

A series is one meter: a device's own values, or one external meter behind a P1. A smart meter that is replaced begins a
new series, and the old one is kept. Whoever asks names a place instead (`place_of`): all the meters that ever were
there, one after the other.

A row sums up one series over one span. Of a quantity that is plotted it has the least, mean and highest value; of a
counter or event the last reading; and, from a quarter of an hour on, what each counter moved in that span.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from tui.core.graph.bucket import Bucket
from tui.core.quantities import QUANTITIES, Kind

TOTAL = "total"
"""The one quantity of an external meter: its total, in the unit of its series."""

BANDS = tuple(name for name, quantity in QUANTITIES.items() if quantity.plotted)
"""Kept as least, mean and highest."""
COUNTERS = (*(name for name, quantity in QUANTITIES.items() if quantity.kind is Kind.COUNTER), TOTAL)
"""Kept as the last reading, and as what they moved."""
EVENTS = tuple(name for name, quantity in QUANTITIES.items() if quantity.kind is Kind.EVENT)
"""Kept as the last reading, and as what they moved."""


class Level(NamedTuple):
    """How long the span of a row is."""

    name: str
    span_s: int
    """A day has 23, 24 or 25 hours; this is the usual one."""


MINUTE = Level("minute", 60)
"""Kept for `MINUTES_KEPT_S`; all others for good."""
QUARTER = Level("quarter", 900)
HOUR = Level("hour", 3600)
DAY = Level("day", 86400)
"""From midnight to midnight in the zone of the grid profile."""
LEVELS = (MINUTE, QUARTER, HOUR, DAY)

MINUTES_KEPT_S = 400 * 86400
MOST_SERIES = 1023
"""A house has some twenty; an id that changes with every telegram must not fill the disk."""


class Series(NamedTuple):
    """One meter."""

    id: int
    """1 to `MOST_SERIES`."""
    device: str
    """The key of the device that passes its values on."""
    kind: str
    """ "" for the device's own values, else the type of the external meter, such as "gas_meter"."""
    meter: str
    """The `unique_id` of the meter; "" if it sends none."""
    unit: str = ""
    """Of `TOTAL`."""
    began: float = 0.0
    """When it was first heard, in seconds since 1970."""

    @property
    def place(self) -> str:
        """Where the meter is: see `place_of`."""
        return place_of(self.device, self.kind)


def place_of(device: str, kind: str = "") -> str:
    """How a place is named: by the key of a device, and "/gas_meter" behind it for what is behind a P1."""
    return f"{device}/{kind}" if kind else device


@dataclass(frozen=True, slots=True)
class Row:
    """One series over one span. What was not measured is absent."""

    start: int
    """Seconds since 1970."""
    samples: int
    last_s: int
    """When the last reading was taken, in whole seconds from `start`; 0 to the length of the span."""
    bands: Mapping[str, Bucket] = field(default_factory=dict)
    readings: Mapping[str, float] = field(default_factory=dict)
    amounts: Mapping[str, float] = field(default_factory=dict)
    """What each counter moved in this span, in its unit; of levels from `QUARTER` on."""
    covered_s: int = 0
    """How much of the span was counted: the rest lies in gaps, and what a counter moved in a gap is in no row."""


@dataclass(frozen=True, slots=True)
class Amount:
    """What a counter moved between two moments."""

    value: float
    covered_s: float
    """How much of the time between them was counted, in seconds."""
    since: float | None = None
    """Where the counting begins if not at the first moment, in seconds since 1970."""
    until: float | None = None
    """Where it ends if not at the second one: before a gap that reaches up to it. The present is no gap."""
    gaps: bool = False
    """Whether there is a gap between `since` and `until` of which it is not known what moved in it."""
    bridged_s: float = 0.0
    """How much of `covered_s` are gaps that lie within the span: what moved in them is part of `value`, and belongs to
    no shorter span."""

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return self.since is None and self.until is None and not self.gaps


class Past(Protocol):
    """The door to what is kept. Every method may wait for a disk, so the screen asks from a thread of its own.

    Times are seconds since 1970. Nothing raises for what is not there; `OSError` and the like of a disk that fails
    become "nothing", and the history's note says why.
    """

    def window(self, place: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        """As `Trends.window`, from the level that suits the width of a column: no peak is averaged away."""
        ...

    def amounts(self, place: str, quantity: str, cuts: Sequence[float]) -> tuple[Amount | None, ...]:
        """What a counter moved between each two neighbours of `cuts` (rising); None where nothing was counted.

        The energy of a gap belongs to the span that holds all of it, and else to none. Cuts are whole quarters of an
        hour. The last span may end in the future.
        """
        ...

    def rows(self, place: str, level: Level, start: float, end: float) -> Iterator[Row]:
        """The rows that begin in [start, end), oldest first, one at a time: a year fits in no memory."""
        ...

    def highest_quarter(
        self, place: str, quantity: str, cuts: Sequence[float]
    ) -> tuple[tuple[float, float] | None, ...]:
        """Between each two neighbours of `cuts`: when the quarter of an hour in which a counter moved most began, and
        what it moved. Only quarters that were counted whole."""
        ...

    def series(self) -> tuple[Series, ...]:
        """Every series, in the order in which they began."""
        ...

    def begins(self, place: str) -> float | None:
        """When the oldest row begins; None without any."""
        ...
