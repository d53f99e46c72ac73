"""A moment on two clocks. Functions get a `Now` as an argument; nothing in `core` reads a clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Now:
    """One moment on both clocks.

    `utc` is seconds since 1970 and may jump (a Raspberry Pi has no real-time clock): it is for display, graph buckets
    and axes. `monotonic` is seconds since an arbitrary start and never jumps: ages, back-off and staleness use it.
    """

    utc: float
    monotonic: float

    def age_of(self, earlier: Now) -> float:
        """Seconds from `earlier` to this moment, never below 0."""
        return max(0.0, self.monotonic - earlier.monotonic)

    def plus(self, seconds: float) -> Now:
        """The moment `seconds` later on both clocks."""
        return Now(self.utc + seconds, self.monotonic + seconds)
