"""A moment on two clocks. Functions get a `Now` as an argument; nothing in `core` reads a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Moment(Protocol):
    """A moment as it is kept. It has no time of day of its own: `Now.utc_of` tells that by the present clock."""

    @property
    def monotonic(self) -> float:
        """Seconds since an arbitrary start, as in `Now`."""
        ...

    def age_of(self, earlier: Moment, /) -> float:
        """Seconds from `earlier` to this moment, never below 0."""
        ...


@dataclass(frozen=True, slots=True)
class Now:
    """One moment on both clocks.

    `utc` is seconds since 1970 and may jump (a Raspberry Pi has no real-time clock): it is for display, graph buckets
    and axes, and only while the moment is the present one. `monotonic` is seconds since an arbitrary start and never
    jumps: ages, back-off and staleness use it; `engine.clock` says whether it counts a suspend. What is kept is a
    `Moment`, so that mypy rejects its `utc`: by then the clock may have been set, and the two be of different clocks.
    """

    utc: float
    monotonic: float

    def age_of(self, earlier: Moment, /) -> float:
        """Seconds from `earlier` to this moment, never below 0."""
        return max(0.0, self.monotonic - earlier.monotonic)

    def utc_of(self, moment: Moment) -> float:
        """When `moment` was, in seconds since 1970 by the clock of this moment."""
        return self.utc - (self.monotonic - moment.monotonic)

    def plus(self, seconds: float) -> Now:
        """The moment `seconds` later on both clocks."""
        return Now(self.utc + seconds, self.monotonic + seconds)
