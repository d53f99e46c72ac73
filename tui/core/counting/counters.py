"""Counters told apart from noise, and cut into days. Pure.

A counter only grows. What arrives may not: totals flicker by their last digit, an answer holds a digit too many, a
meter that restarts says 0 for a while, a P1 repeats itself and then catches up. `Cleaner` passes on what the counter
itself did, one answer late; `Tally` adds up what it moved, by day or by whatever spans it is cut into.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import NamedTuple

from tui.core.past.history import Amount

MOST_KW = 61.0
"""3x80 A at 253 V, the largest connection of a household in both countries (Netbeheer Nederland; Fluvius: 56 kVA)."""
MOST_EVENTS_PER_H = 600.0
"""Sags, swells and power failures (own choice)."""
LATE_S = 15.0
"""A total may be this much older than the answer that brings it: a DSMR 4 meter sends one every 10 s."""
CAUGHT_UP_S = 60.0
"""A rise that fits the time since the counter last moved, but not the time since it was last read, must last this long:
a P1 that was frozen catches up with one, and a bad digit looks like one (own choice)."""
BEGINS_AGAIN_S = 600.0
"""A counter that is somewhere else must count on from there for this long, and move: a restart or a firmware update
takes a few minutes, in which many meters say 0 (own choice)."""
FLICKER = 0.01
"""A counter that fell by less does not begin again: it will catch up (own choice)."""

BRIDGE_S = 900
"""Between two readings that are no further apart, an electric counter is taken to move evenly (own choice)."""
BRIDGE_EXTERNAL_S = 9000
"""The same for meters behind a P1: before DSMR 5 they are read once an hour, and one reading may be lost."""


class Reading(NamedTuple):
    """What a counter showed at a moment."""

    at: float
    """Seconds since 1970."""
    value: float
    leg: int = 0
    """How often the counter has begun again: only readings of one leg may be subtracted."""


class Gap(NamedTuple):
    """What a counter moved between two readings that are too far apart to say when."""

    start: float
    until: float
    value: float


class _Trial:
    """Readings that are not believed yet."""

    __slots__ = ("first", "heard", "last", "must_move", "needs_s")

    def __init__(self, reading: Reading, heard: float, needs_s: float, *, must_move: bool = False) -> None:
        self.first = self.last = reading
        self.heard = heard
        self.needs_s = needs_s
        self.must_move = must_move

    def is_borne_out(self, value: float, heard: float) -> bool:
        """Whether they are believed, now that a value follows that fits."""
        return heard - self.heard >= self.needs_s and (not self.must_move or value > self.first.value)


class Cleaner:
    """One counter. `most_per_h` is the most that it can move in an hour, in its unit."""

    __slots__ = ("_at", "_leg", "_moved_at", "_stood", "_trial", "_value", "most_per_h")

    def __init__(self, most_per_h: float = MOST_KW) -> None:
        self.most_per_h = most_per_h
        self._value: float | None = None
        self._at = self._moved_at = 0.0
        self._leg = 0
        self._stood = False  # whether time went on since the reading was passed on
        self._trial: _Trial | None = None

    @property
    def last(self) -> Reading | None:
        """The newest clean reading. Its time goes on while the counter stands still."""
        return None if self._value is None else Reading(self._at, self._value, self._leg)

    def add(self, at: float, value: float, heard: float) -> tuple[Reading, ...]:
        """Take in one answer; returns what has become clean with it, oldest first: nothing while the counter rests.

        `at` is when the counter showed that, in seconds since 1970. `heard` is when the answer came, in seconds by a
        clock that never jumps: the same reading, heard again, counts as borne out.
        """
        if value == self._value:
            if at > self._at:
                self._at, self._stood = at, True
            self._trial = None
            return ()
        trial = self._trial
        if trial is None or not self.follows(trial.last, at, value) or (trial.needs_s and self._goes_on(at, value)):
            self._trial = self._doubted(at, value, heard)
            return ()
        if not trial.is_borne_out(value, heard):
            trial.last = trial.last._replace(at=max(at, trial.last.at), value=value)
            return ()
        return (*self._believe(trial), *self.add(at, value, heard))

    def move(self, seconds: float) -> None:
        """The clock that readings are dated by was set: move what is kept along."""
        self._at += seconds
        self._moved_at += seconds
        self._trial = None

    def follows(self, before: Reading, at: float, value: float) -> bool:
        """Whether the counter can have moved from an earlier reading to this one."""
        return 0 <= value - before.value <= self._most(at - before.at)

    def _goes_on(self, at: float, value: float) -> bool:
        """Whether this is what the counter was, a little later: then what was heard in between was noise."""
        last = self.last
        return last is not None and self.follows(last, at, value)

    def _most(self, seconds: float) -> float:
        return self.most_per_h * (max(0.0, seconds) + LATE_S) / 3600

    def _doubted(self, at: float, value: float, heard: float) -> _Trial:
        if self._value is None:
            return _Trial(Reading(at, value), heard, 0.0)
        at, rise = max(at, self._at), value - self._value
        if 0 < rise <= self._most(at - self._at):
            return _Trial(Reading(at, value, self._leg), heard, 0.0)
        if 0 < rise <= self._most(at - self._moved_at):
            return _Trial(Reading(at, value, self._leg), heard, CAUGHT_UP_S)
        needs_s = inf if -FLICKER < rise < 0 else BEGINS_AGAIN_S
        if self._value == 0:
            needs_s = 0.0  # all that was heard of it so far was a restart
        return _Trial(Reading(at, value, self._leg + 1), heard, needs_s, must_move=rise < 0)

    def _believe(self, trial: _Trial) -> tuple[Reading, ...]:
        """The readings that are clean now."""
        first, latest = trial.first, trial.last
        clean = [first] if latest == first else [first, latest]
        if self._value is not None and self._stood:
            clean.insert(0, Reading(self._at, self._value, self._leg))
        self._moved_at = latest.at
        self._at, self._value, self._leg = latest
        self._stood, self._trial = False, None
        return tuple(clean)


@dataclass(slots=True)
class Sum:
    """What a counter moved in one span, so far."""

    start: float
    end: float
    since: float
    until: float
    value: float = 0.0
    covered_s: float = 0.0
    gaps: bool = False

    def amount(self, bridge_s: float, now: float = inf) -> Amount:
        """The same as it is told. What is still to come until `now` is not missing while it may be bridged."""
        over = min(self.end, now)
        return Amount(
            self.value,
            self.covered_s,
            self.since if self.since > self.start + 1 else None,
            self.until if self.until < over - (1 if now == inf else bridge_s) else None,
            self.gaps,
        )


class Tally:
    """Adds up what a counter moves, by span. Feed it each two neighbouring readings.

    `bounds` gives the start and the end of the span that holds a moment. The newest `keep` spans are kept.
    """

    __slots__ = ("_bounds", "bridge_s", "keep", "sums")

    def __init__(
        self, bounds: Callable[[float], tuple[float, float]], bridge_s: float, keep: int | None = None
    ) -> None:
        self._bounds = bounds
        self.bridge_s = bridge_s
        self.keep = keep
        self.sums: dict[float, Sum] = {}
        """By their starts, oldest first."""

    def step(self, before: Reading, after: Reading) -> Gap | None:
        """What moved between two neighbouring readings; returned where it belongs to no span.

        It is spread evenly over the time between them where that is at most `bridge_s`, or lies in one span; or if
        nothing moved, since then there is nothing to spread. A counter that began again moved nothing that is known.
        """
        moved, seconds = after.value - before.value, after.at - before.at
        if after.leg != before.leg or moved < 0:
            return None
        if seconds <= 0:
            self._sum(after.at).value += moved
            return None
        at, until = before.at, after.at
        if moved and seconds > self.bridge_s and until > self._bounds(at)[1]:
            return Gap(at, until, moved)
        if self.keep is not None and not moved:
            at = max(at, until - 2 * 86400.0 * self.keep)  # a clock that stood in 1970 has been set
        while at < until:
            one = self._sum(at)
            end = min(until, one.end)
            self._cover(one, at, end, moved * (end - at) / seconds)
            at = end
        return None

    def move(self, seconds: float) -> None:
        """The clock was set: what was counted belongs to other spans. What would lie in several is forgotten."""
        moved, self.sums = self.sums, {}
        for one in moved.values():
            since, until = one.since + seconds, one.until + seconds
            start, end = self._bounds(since)
            if until <= end and start not in self.sums:
                self.sums[start] = Sum(start, end, since, until, one.value, one.covered_s, one.gaps)

    def _cover(self, one: Sum, start: float, until: float, moved: float) -> None:
        one.gaps |= bool(one.covered_s) and start - one.until > self.bridge_s
        one.value += moved
        one.covered_s += until - start
        one.since, one.until = min(one.since, start), max(one.until, until)

    def _sum(self, at: float) -> Sum:
        newest = next(reversed(self.sums.values()), None)
        if newest is not None and newest.start <= at < newest.end:  # as nearly always: its bounds need not be found
            return newest
        start, end = self._bounds(at)
        one = self.sums.get(start)
        if one is None:
            one = self.sums[start] = Sum(start, end, at, at)
            if self.keep is not None and len(self.sums) > self.keep:
                del self.sums[min(self.sums)]
        return one


class Amounts(NamedTuple):
    """What a counter moved."""

    spans: tuple[Amount | None, ...]
    """Between each two neighbouring cuts; None where nothing was counted."""
    gaps: tuple[Gap, ...]
    """What belongs to none of them."""


def amounts(
    readings: Iterable[Reading], cuts: Sequence[float], bridge_s: float = BRIDGE_S, now: float = inf
) -> Amounts:
    """What moved between neighbouring `cuts` (rising), from clean readings in the order of time.

    See `Tally.step`: the energy of a gap belongs to the gap, unless it lies in one span. What moved before the first
    and after the last cut is nowhere.
    """
    edges = (-inf, *cuts, inf)

    def bounds(at: float) -> tuple[float, float]:
        index = bisect_right(cuts, at)
        return edges[index], edges[index + 1]

    tally = Tally(bounds, bridge_s)
    gaps = [gap for before, after in pairwise(readings) if (gap := tally.step(before, after)) is not None]
    sums = [tally.sums.get(start) for start in cuts[:-1]]
    return Amounts(
        tuple(one.amount(bridge_s, now) if one and (one.covered_s or one.value) else None for one in sums), tuple(gaps)
    )
