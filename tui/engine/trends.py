"""Trends in memory: what was measured in the last minutes and hours, at three resolutions.

The engine's thread adds samples, the screen's thread reads windows; a lock keeps them apart, and a window is a copy.
Adding takes constant time, a window takes time proportional to its columns, and memory per device has a fixed limit.

A sample holds until the next one, but for at most `STANDS_FOR` of the device's intervals, counted from the bucket it
fell into. A device polled every 5 s leaves four empty buckets of 1 s between two samples; nothing is missing there, and
a poll at 1 Hz that comes a little late leaves no gap either. A device that does not answer soon leaves a gap. A column
longer than a sample holds needs its own sample. All this is decided when a window is read, so the rings hold only
samples, and what a history knows of the time without any.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from threading import Lock

from tui.core.graph.bucket import Bucket
from tui.core.quantities import QUANTITIES
from tui.core.reading import Value
from tui.engine.ring import Ring

PLOTTED = tuple(name for name, quantity in QUANTITIES.items() if quantity.plotted)

RINGS = ((1, 15 * 60), (10, 2 * 360), (60, 24 * 60))
"""(seconds per bucket, buckets): 15 minutes, 2 hours and 24 hours."""

BUCKET_BYTES = 3 * 4 + 2
RING_OVERHEAD_BYTES = 4 * 80
SERIES_BYTES = sum(slots * BUCKET_BYTES + RING_OVERHEAD_BYTES for _, slots in RINGS)
DEVICE_BYTES = 500_000
SERIES_PER_DEVICE = DEVICE_BYTES // SERIES_BYTES
"""11: a three-phase meter's power, voltage and current with their totals. A device that sends more keeps the first."""

STANDS_FOR = 1.5
"""In intervals. Less than the 3 after which the screen calls a value old; more than 1, since polls have jitter."""

LARGEST = 1e9
"""No house measures more than this; a larger value is a gap (and single precision can still hold this one)."""


class _Series:
    """One quantity of one device at all resolutions."""

    __slots__ = ("began", "interval_s", "rings")

    def __init__(self, utc: float) -> None:
        self.began = utc
        """When its first sample was measured."""
        self.rings = tuple(Ring(width_s, slots, utc) for width_s, slots in RINGS)
        self.interval_s = 0.0

    def add(self, value: float, utc: float, interval_s: float) -> None:
        self.interval_s = interval_s
        if utc < self.began:  # one that comes late
            self.began = utc
        for ring in self.rings:
            ring.add(value, utc)

    def window(self, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        span = end - start
        step = span / columns
        ring = self._ring_for(start, step)
        stands_s = STANDS_FOR * self.interval_s
        if stands_s < step:
            stands_s = 0.0
        # Columns before the first are read, too: a sample there may still hold in the window.
        lead = math.ceil(stands_s / step)
        drawn: list[Bucket | None] = []
        newest: Bucket | None = None
        until = -math.inf
        for column in range(-lead, columns):
            begin = start + span * column / columns
            found = ring.read(begin, start + span * (column + 1) / columns)
            if found is not None:
                newest, last = found
                drawn.append(newest)
                until = last * ring.width_s + stands_s
            elif newest is not None and begin < until:
                drawn.append(replace(newest, count=0))
            else:
                drawn.append(None)
        return tuple(drawn[lead:])

    def _ring_for(self, start: float, step: float) -> Ring:
        """The finest ring that reaches back to `start`, or a coarser one whose buckets add up to the same columns."""
        reaching = [ring for ring in self.rings if ring.begins <= start] or [self.rings[-1]]
        same = [ring for ring in reaching if step % ring.width_s == 0 and start % ring.width_s == 0]
        return same[-1] if same else reaching[0]


class Trends:
    """The trends of all devices, by the device's key. Safe to use from several threads."""

    def __init__(self) -> None:
        self._devices: dict[str, dict[str, _Series]] = {}
        self._whole: dict[str, float] = {}
        """Of each device: since when all that was measured is here, as far as the rings reach."""
        self._lock = Lock()
        self.cleared = 0
        """How often everything was dropped."""

    def add(self, key: str, values: Mapping[str, Value], utc: float, interval_s: float = 1.0) -> None:
        """Add the plotted quantities among `values`, measured at `utc` on a device polled every `interval_s`.

        A slightly older sample goes where it belongs; one older than the rings is ignored. After a clock jump the
        caller must `clear`.
        """
        with self._lock:
            device = self._devices.setdefault(key, {})
            for name in PLOTTED:
                value = values.get(name)
                if not isinstance(value, (int, float)) or not -LARGEST <= value <= LARGEST:
                    continue
                series = device.get(name)
                if series is None:
                    if len(device) == SERIES_PER_DEVICE:
                        continue
                    series = device[name] = _Series(utc)
                series.add(value, utc, interval_s)

    def window(self, key: str, quantity: str, start: float, end: float, columns: int) -> tuple[Bucket | None, ...]:
        """[start, end) in `columns` equal spans (at least 1): for each one bucket of its samples, or None for a gap.

        Times are seconds since 1970, `end` after `start`. For an unknown device or quantity all are gaps.
        """
        with self._lock:
            series = self._devices.get(key, {}).get(quantity)
            return (None,) * columns if series is None else series.window(start, end, columns)

    def fill(self, key: str, quantity: str, width_s: int, buckets: Sequence[tuple[float, Bucket]]) -> None:
        """Add what was measured before the start, in buckets of `width_s`: (start, bucket), oldest first.

        Where a bucket here has more samples it stays; finer rings get the wider bucket where they have nothing. A
        device or quantity that has no sample yet is not filled.
        """
        with self._lock:
            series = self._devices.get(key, {}).get(quantity)
            for ring in series.rings if series else ():
                before = ring.begins - width_s
                for start, bucket in buckets if ring.width_s <= width_s else ():
                    if ring.width_s == width_s:
                        ring.fill(math.floor(start / width_s), bucket)
                    elif start > before:
                        ring.stand_in(start, width_s, bucket)

    def filled(self, key: str, since: float) -> None:
        """Say that nothing is missing since then (seconds since 1970): all that is known elsewhere was added."""
        with self._lock:
            self._whole[key] = min(since, self._whole.get(key, since))

    def reach(self, key: str, quantity: str) -> float:
        """Since when nothing is missing that was ever measured, in seconds since 1970; `inf` without a sample."""
        with self._lock:
            series = self._devices.get(key, {}).get(quantity)
            if series is None:
                return math.inf
            since = min(self._whole.get(key, math.inf), series.began)
            return max(since, series.rings[-1].begins)

    def oldest(self, key: str, quantity: str) -> float:
        """When the oldest sample was taken, in seconds since 1970, by the minute; `inf` without one."""
        with self._lock:
            series = self._devices.get(key, {}).get(quantity)
            ring = series.rings[-1] if series else None
            first = next(ring.buckets(), None) if ring else None
            return math.inf if ring is None or first is None else float(first[0] * ring.width_s)

    def newest(self) -> Iterator[tuple[str, str, float, list[tuple[float, Bucket]]]]:
        """Each device, quantity and interval in seconds, with its buckets of 1 s: (start, bucket), oldest first."""
        with self._lock:
            names = [(key, name) for key, device in self._devices.items() for name in device]
        for key, name in names:
            with self._lock:
                series = self._devices.get(key, {}).get(name)
                if series is None:
                    continue
                ring = series.rings[0]
                interval_s, buckets = series.interval_s, [(float(at * ring.width_s), one) for at, one in ring.buckets()]
            yield key, name, interval_s, buckets

    def cut(self, key: str, since: float) -> None:
        """Turn the samples of one device from `since` (seconds since 1970) on into a gap.

        A bucket that began before then keeps its samples.
        """
        with self._lock:
            for series in self._devices.get(key, {}).values():
                for ring in series.rings:
                    ring.cut(since)

    def forget(self, key: str) -> None:
        """Drop the trends of one device, if there are any."""
        with self._lock:
            self._devices.pop(key, None)
            self._whole.pop(key, None)

    def clear(self) -> bool:
        """Drop everything, for instance after the clock has jumped; whether there was anything."""
        with self._lock:
            had_any = bool(self._devices)
            self._devices.clear()
            self._whole.clear()
            self.cleared += 1
            return had_any

    def become(self, other: Trends) -> None:
        """Hold what `other` holds, which nobody uses any more."""
        with self._lock:
            self._devices, self._whole = other._devices, other._whole

    def __getstate__(self) -> dict[str, object]:
        """For a copy in another process."""
        with self._lock:
            devices = {key: dict(series) for key, series in self._devices.items()}
            return {"_devices": devices, "_whole": dict(self._whole), "cleared": self.cleared}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._lock = Lock()

    def size_bytes(self, key: str) -> int:
        """The memory used by one device's buckets."""
        with self._lock:
            device = self._devices.get(key, {})
            return sum(ring.size_bytes for series in device.values() for ring in series.rings)
