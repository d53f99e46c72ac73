"""One counter as the ledger keeps it: cleaned, and what it moved by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo

from tui.core.counting.counters import Cleaner, Reading, Sum, Tally
from tui.core.counting.cuts import bounds_of_day

DAYS_KEPT = 3
SET_S = 3600.0
"""From a jump of the clock of this much on, what was counted belongs to another day: this computer has no clock of its
own, or began with a wrong one (own choice)."""


class Counter:
    """One counter: its clean readings, and what it moved by day."""

    __slots__ = ("cleaner", "first", "settled", "tally")

    def __init__(self, most_per_h: float, bridge_s: float, zone: tzinfo) -> None:
        self.cleaner = Cleaner(most_per_h)
        self.tally = Tally(bounds_of_day(zone), bridge_s, DAYS_KEPT)
        self.first: Reading | None = None
        self.settled: Reading | None = None
        """Up to here it is in the tally."""

    def add(self, at: float, value: float, heard: float) -> None:
        """Take in one answer, as `Cleaner.add`."""
        for reading in self.cleaner.add(at, value, heard):
            self._settle(reading)

    def settle(self) -> None:
        """Bring the tally up to the newest clean reading."""
        if (last := self.cleaner.last) is not None:
            self._settle(last)

    def _settle(self, reading: Reading) -> None:
        if self.settled is None:
            self.first = reading
        elif reading != self.settled:
            self.tally.step(self.settled, reading)
        self.settled = reading

    def move(self, seconds: float) -> None:
        """The clock that readings are dated by was set."""
        self.settle()
        self.cleaner.move(seconds)
        self.first, self.settled = (
            reading._replace(at=reading.at + seconds) if reading else None for reading in (self.first, self.settled)
        )
        if abs(seconds) >= SET_S:
            self.tally.move(seconds)

    def continues(self, stored: Iterable[Reading]) -> None:
        """Add what it moved between the newest stored reading that it can have followed, and the first that was heard;
        or the newest one, if the stored one is newer than the first."""
        self.settle()
        first, last = self.first, self.settled
        if first is None or last is None:
            return
        can = [
            one for one in stored if self.cleaner.follows(one, first.at if one.at < first.at else last.at, last.value)
        ]
        before = max((one for one in can if one.value <= last.value), default=None)
        if before is None:
            return
        if before.at < first.at:
            if before.value <= first.value:
                self.tally.step(before._replace(leg=first.leg), first)
        elif before.at <= last.at:
            self.tally.sums.clear()  # all of it is stored
            self.tally.step(before._replace(leg=last.leg), last)


def together(sums: Sequence[Sum], bridge_s: float) -> Sum:
    """Meters that were at a place one after the other, or beside each other, as one."""
    first, *others = sorted(sums, key=lambda one: one.since)
    value, covered_s, until, gaps = first.value, first.covered_s, first.until, first.gaps
    for one in others:
        gaps |= one.gaps or one.since - until > bridge_s
        value, covered_s, until = value + one.value, covered_s + one.covered_s, max(until, one.until)
    return Sum(first.start, first.end, first.since, until, value, min(covered_s, until - first.since), gaps)
