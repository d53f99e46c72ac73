"""The newest samples of one quantity at one resolution, in memory of a fixed size."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterator
from dataclasses import replace
from operator import mul

from tui.core.graph.bucket import Bucket

_MOST_SAMPLES = 0xFFFF  # the most a count can hold; beyond it the mean slowly forgets, which does no harm


class Ring:
    """The newest `slots` buckets of `width_s` seconds. A count of 0 marks an empty one; its other numbers are stale."""

    __slots__ = ("_count", "_high", "_low", "_mean", "newest", "slots", "width_s")

    def __init__(self, width_s: int, slots: int, utc: float) -> None:
        self.width_s = width_s
        self.slots = slots
        self.newest = math.floor(utc / width_s)
        self._low, self._mean, self._high = (array("f", (0.0,)) * slots for _ in range(3))
        self._count = array("H", (0,)) * slots

    @property
    def begins(self) -> int:
        """The start of the oldest bucket it still holds, in seconds since 1970."""
        return (self.newest - self.slots + 1) * self.width_s

    @property
    def size_bytes(self) -> int:
        """The memory that its buckets use."""
        return sum(sys.getsizeof(column) for column in (self._low, self._mean, self._high, self._count))

    def add(self, value: float, utc: float) -> None:
        """Add a sample, measured at `utc` (seconds since 1970); one that is older than the ring is ignored."""
        index = math.floor(utc / self.width_s)
        if index > self.newest:
            self._advance(index)
        elif index <= self.newest - self.slots:
            return
        slot = index % self.slots
        count = self._count[slot]
        if count == 0:
            self._low[slot] = self._mean[slot] = self._high[slot] = value
        else:
            if value < self._low[slot]:
                self._low[slot] = value
            if value > self._high[slot]:
                self._high[slot] = value
            self._mean[slot] += (value - self._mean[slot]) / (count + 1)
        if count < _MOST_SAMPLES:
            self._count[slot] = count + 1

    def _advance(self, index: int) -> None:
        """Make `index` the newest bucket and empty the skipped ones, each once."""
        for passed in range(max(self.newest, index - self.slots) + 1, index + 1):
            self._count[passed % self.slots] = 0
        self.newest = index

    def fill(self, index: int, bucket: Bucket) -> None:
        """Put a bucket where fewer samples are; one that lies before or after the ring is ignored."""
        slot = index % self.slots
        if self.newest - self.slots < index <= self.newest and self._count[slot] < bucket.count:
            self._low[slot], self._mean[slot], self._high[slot] = bucket.low, bucket.mean, bucket.high
            self._count[slot] = min(bucket.count, _MOST_SAMPLES)

    def stand_in(self, start: float, width_s: int, bucket: Bucket) -> None:
        """Let a bucket of `width_s`, several of this ring's, stand where the ring has nothing in its span.

        Not if the ring has as many samples there: what is empty is a gap then. One more or less tells nothing, since a
        sample at the edge may be counted on either side.
        """
        wide = width_s // self.width_s
        first = math.floor(start / width_s) * wide  # which divides `slots`: its buckets lie side by side
        kept = range(max(first, self.newest - self.slots + 1), min(first + wide, self.newest + 1))
        there = slice(kept.start % self.slots, kept.start % self.slots + len(kept))
        held, each = sum(self._count[there]), bucket.count / wide
        if held and held + 1 >= each * len(kept):
            return
        one = replace(bucket, count=max(1, round(each)))
        if held:
            for index in kept:
                if not self._count[index % self.slots]:
                    self.fill(index, one)
            return
        for column, value in ((self._low, one.low), (self._mean, one.mean), (self._high, one.high)):
            column[there] = array("f", (value,)) * len(kept)
        self._count[there] = array("H", (min(one.count, _MOST_SAMPLES),)) * len(kept)

    def buckets(self) -> Iterator[tuple[int, Bucket]]:
        """Its buckets that have samples, by number, oldest first."""
        for index in range(self.newest - self.slots + 1, self.newest + 1):
            slot = index % self.slots
            if self._count[slot]:
                yield index, Bucket(self._low[slot], self._mean[slot], self._high[slot], self._count[slot])

    def cut(self, since: float) -> None:
        """Empty every bucket that begins at `since` or later."""
        for index in range(max(math.ceil(since / self.width_s), self.newest - self.slots + 1), self.newest + 1):
            self._count[index % self.slots] = 0

    def read(self, start: float, end: float) -> tuple[Bucket, int] | None:
        """The buckets that begin in [start, end) as one, and the index of the last that has a sample.

        A span in which none begins is read from the bucket it lies in.
        """
        first, stop = math.ceil(start / self.width_s), math.ceil(end / self.width_s)
        if first >= stop:
            first = math.floor(start / self.width_s)
            stop = first + 1
        kept = range(max(first, self.newest - self.slots + 1), min(stop, self.newest + 1))
        begin = kept.start % self.slots  # they lie side by side, but for the end of the memory
        end, over = begin + len(kept), max(0, begin + len(kept) - self.slots)
        counts = self._count[begin:end] + self._count[:over]
        samples = sum(counts)
        if not samples:
            return None
        lows, means, highs = [one[begin:end] + one[:over] for one in (self._low, self._mean, self._high)]
        mean = sum(map(mul, means, counts)) / samples  # an empty bucket has no weight
        if 0 not in counts:
            return Bucket(min(lows), mean, max(highs), samples), kept[-1]
        filled = [at for at, count in enumerate(counts) if count]
        low, high = min(lows[at] for at in filled), max(highs[at] for at in filled)
        return Bucket(low, mean, high, samples), kept[filled[-1]]
