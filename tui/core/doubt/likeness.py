"""Whether two smart meters without an id are one: their counters go through the same values at the same time.

Two dongles on one meter pass on the same telegrams but are polled at slightly different moments, and the counters move
in between. So the newest values need not be equal: one of the last few of each must be, to the last digit, for a
minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tui.core.moment import Now

PROOF_S = 60.0
"""Counters that have been alike for this long belong to one meter."""
DOUBT_S = 30.0
"""Counters that both moved and have not been alike for this long belong to two meters."""
RECENT_S = 15.0
"""A DSMR 4 meter sends new values every 10 s: both dongles pass on one telegram within this time."""
RECENT_INTERVALS = 3
"""The same in poll intervals, for devices that are polled rarely."""
KEPT = 16
"""Values of each meter."""
MOST_METERS = 8
"""A house has one or two; no more than these are compared."""

Counters = tuple[float, ...]


class _Value(NamedTuple):
    """The counters of a meter, and when they were first and last seen."""

    counters: Counters
    first: Now
    last: Now


class _Pair(NamedTuple):
    """Two meters: alike since, last alike, whether for long enough, and different since."""

    since: Now | None = None
    alike: Now | None = None
    proven: bool = False
    differ: Now | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """The last counters of some meters, and the results of comparing them."""

    values: Mapping[str, tuple[_Value, ...]] = field(default_factory=dict)
    """By key, oldest first."""
    pairs: Mapping[tuple[str, str], _Pair] = field(default_factory=dict)
    """By their two keys, sorted."""

    def heard(self, key: str, counters: Counters, at: Now, interval_s: float) -> Likeness:
        """With the current counters of the meter `key`, compared with those of the others."""
        if key not in self.values and len(self.values) >= MOST_METERS:
            return self
        recent_s = max(RECENT_S, RECENT_INTERVALS * interval_s)
        mine = self.values.get(key, ())
        if mine and mine[-1].counters == counters:
            mine = (*mine[:-1], mine[-1]._replace(last=at))
        else:
            mine = (*mine, _Value(counters, at, at))[-KEPT:]
        mine = tuple(value for value in mine if at.age_of(value.last) <= recent_s)
        pairs = dict(self.pairs)
        for other, theirs in self.values.items():
            near = [value for value in theirs if at.age_of(value.last) <= recent_s]
            if other != key and near:
                pair = _pair(key, other)
                pairs[pair] = _compared(pairs.get(pair, _Pair()), mine, near, at)
        return Likeness({**self.values, key: mine}, pairs)

    def only(self, keys: frozenset[str]) -> Likeness:
        """Without the meters that are no longer there."""
        if self.values.keys() <= keys:
            return self
        return Likeness(
            {key: values for key, values in self.values.items() if key in keys},
            {pair: found for pair, found in self.pairs.items() if keys.issuperset(pair)},
        )

    def are_one(self, key: str, other: str) -> bool:
        """Whether two are known to be the same meter."""
        pair = self.pairs.get(_pair(key, other))
        return pair is not None and pair.proven

    def may_be_one(self, key: str, other: str, now: Now) -> bool:
        """Whether they may still turn out to be one within a minute."""
        pair = self.pairs.get(_pair(key, other))
        if pair is None or pair.proven:
            return pair is not None
        return pair.since is not None or (pair.differ is not None and now.age_of(pair.differ) <= DOUBT_S)


def _pair(key: str, other: str) -> tuple[str, str]:
    return (key, other) if key < other else (other, key)


def _compared(pair: _Pair, mine: tuple[_Value, ...], theirs: list[_Value], at: Now) -> _Pair:
    """The pair after its last values were compared."""
    if {value.counters for value in mine} & {value.counters for value in theirs}:
        since = pair.since or at
        return _Pair(since, at, pair.proven or at.age_of(since) >= PROOF_S)
    if pair.proven and pair.alike is not None and any(_stood(values, pair.alike) for values in (mine, theirs)):
        return pair  # one of them sends nothing new: maybe a loose cable
    differ = pair.differ or at
    return pair._replace(differ=differ) if at.age_of(differ) <= DOUBT_S else _Pair(differ=differ)


def _stood(values: tuple[_Value, ...] | list[_Value], since: Now) -> bool:
    return all(value.first.monotonic <= since.monotonic for value in values)
