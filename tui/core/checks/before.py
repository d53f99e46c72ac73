"""What the history on disk knows of a device from before the check was started: pure, from the rows of a week.

A week, since the norm on voltage speaks of one. `engine.checkpast` asks the history for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from tui.core.past.history import COUNTERS, EVENTS, Row, Series
from tui.core.past.voltagerecord import RecordKeeper, VoltageRecord, windows

WEEK_S = 7 * 86400
LEAST_WINDOWS = 144
"""A day of 10-minute means: less says nothing of a week (own choice)."""
_DIPS = {"voltage_sag": "sags", "voltage_swell": "swells"}
FAILURES = ("any_power_fail_count", "long_power_fail_count")
"""The first of these that is sent: the long ones are some of all."""
_OF_THE_GRID = tuple(name for name in EVENTS if name in FAILURES or name.startswith(tuple(_DIPS)))
"""Not the cycles of a battery."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a smart meter counted on one day."""

    day: date
    kind: str
    """ "failures", "sags" or "swells"."""
    count: float


class Fall(NamedTuple):
    """A counter that was lower than before."""

    by: float
    """In the counter's unit."""
    quantity: str
    day: date


@dataclass(frozen=True, slots=True)
class Before:
    """One device in the week before now."""

    since: float
    """When the oldest row of that week begins, in seconds since 1970."""
    until: float
    voltage: tuple[VoltageRecord, ...] = ()
    events: tuple[Counted, ...] = ()
    """Oldest first."""
    counts_events: bool = False
    """Whether it sent counters of events at all."""
    falls: tuple[Fall, ...] = ()
    """Energy counters that were lower than an hour before, the furthest first."""
    replaced: float | None = None
    """When another smart meter began to answer behind it, in seconds since 1970; None if none did in that week."""

    @property
    def lasted_s(self) -> float:
        """How much of the week there is."""
        return self.until - self.since


def before_of(
    minutes: Iterable[Row], hours: Sequence[Row], series: Sequence[Series], until: float, zone: tzinfo
) -> Before | None:
    """What a device's minutes and hours of the last week say, oldest first; None without any minute.

    `series` are the device's.
    """
    keeper, since = RecordKeeper(), until

    def watched() -> Iterable[Row]:
        nonlocal since
        for row in minutes:
            since = min(since, row.start)
            yield row

    for window in windows(watched()):
        keeper.add(window)
    if since >= until:
        return None
    own = [one.began for one in series if not one.kind]
    newest = max(own, default=0.0)
    replaced = newest if len(own) > 1 and newest >= until - WEEK_S else None
    counts = any(name in row.readings for row in hours for name in _OF_THE_GRID)
    falls = tuple(sorted(_falls(hours, zone), reverse=True))
    return Before(since, until, keeper.records(), tuple(_events(hours, zone)), counts, falls, replaced)


def _falls(hours: Sequence[Row], zone: tzinfo) -> Iterable[Fall]:
    last: dict[str, float] = {}
    for row in hours:
        for name, value in row.readings.items():
            if name in COUNTERS and value < last.get(name, value):
                yield Fall(round(last[name] - value, 3), name, datetime.fromtimestamp(row.start, zone).date())
        last |= row.readings


def _events(hours: Sequence[Row], zone: tzinfo) -> Iterable[Counted]:
    """By day. What was counted while nothing was heard (a power cut silences everything) is of the hour after it.

    A counter that fell was set or misread, and begins anew.
    """
    days: dict[tuple[date, str], int] = {}
    last: dict[str, float] = {}
    for row in hours:
        grown = {
            name: round(value - last.get(name, value)) for name, value in row.readings.items() if name in _OF_THE_GRID
        }
        last |= {name: row.readings[name] for name in grown}
        failures = next((name for name in FAILURES if name in grown), "")
        day = datetime.fromtimestamp(row.start, zone).date()
        for name, count in grown.items():
            kind = (
                "failures" if name == failures else next((_DIPS[stem] for stem in _DIPS if name.startswith(stem)), "")
            )
            if kind and count > 0:
                days[day, kind] = days.get((day, kind), 0) + count
    for (day, kind), count in days.items():
        yield Counted(day, kind, count)
