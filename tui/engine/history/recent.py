"""The newest minutes at full rate: written once, at a clean exit, and read back by a start soon after it.

A blob is the byte `FORMAT` and then, compressed with zlib and little-endian: the interval of the device in seconds (a
float of 4 bytes), how many buckets there are (2 bytes), and for each its second before `until` (2 bytes), least, mean
and highest value (floats of 4 bytes) and number of samples (2 bytes), each of these as an array of its own.
"""

from __future__ import annotations

import math
import struct
import zlib
from sqlite3 import Connection

from tui.core.graph.bucket import Bucket
from tui.engine.trends import LARGEST, PLOTTED, RINGS, Trends

FORMAT = 1
RECENT_S = RINGS[0][0] * RINGS[0][1]
"""What is older than this at the next start is ignored: 15 minutes."""
MOST_ROWS = 1000
_HEAD = struct.Struct("<fH")
_MOST_BYTES = _HEAD.size + RECENT_S * 16


def write_recent(connection: Connection, trends: Trends) -> None:
    """Replace what the table `recent` holds, inside a transaction of the writer. Raises `sqlite3.Error`."""
    connection.execute("DELETE FROM recent")
    for device, quantity, interval_s, buckets in trends.newest():
        if buckets:
            until = buckets[-1][0] + 1.0
            blob = pack(interval_s, until, buckets)
            connection.execute("INSERT INTO recent VALUES (?, ?, ?, ?)", (device, quantity, until, blob))


def read_recent(connection: Connection, trends: Trends, now: float, device: str | None = None) -> None:
    """Fill the trends of all devices, or of one, with what is at most 15 minutes old. Raises `sqlite3.Error`."""
    found = connection.execute(
        """SELECT device, quantity, until, buckets FROM recent
        WHERE until > ? AND until <= ? AND device = ifnull(?, device) LIMIT ?""",
        (now - RECENT_S, now, device, MOST_ROWS),
    ).fetchall()
    for key, quantity, until, blob in found:
        buckets = unpack(until, blob) if quantity in PLOTTED and isinstance(blob, bytes) else None
        if buckets:
            for width_s, _ in RINGS:
                trends.fill(str(key), quantity, width_s, _wider(buckets, width_s))


def pack(interval_s: float, until: float, buckets: list[tuple[float, Bucket]]) -> bytes:
    """The blob of these buckets of 1 s: (start, bucket)."""
    count = len(buckets)
    ages = [round(until - start) for start, _ in buckets]
    numbers = [
        *(one.low for _, one in buckets),
        *(one.mean for _, one in buckets),
        *(one.high for _, one in buckets),
    ]
    packed = _HEAD.pack(interval_s, count) + struct.pack(f"<{count}H", *ages)
    packed += struct.pack(f"<{3 * count}f", *numbers) + struct.pack(f"<{count}H", *(one.count for _, one in buckets))
    return bytes((FORMAT,)) + zlib.compress(packed, 1)


def unpack(until: float, blob: bytes) -> list[tuple[float, Bucket]] | None:
    """The reverse, oldest first; None for a blob that is damaged or of another version."""
    if blob[:1] != bytes((FORMAT,)):
        return None
    try:
        reading = zlib.decompressobj()
        packed = reading.decompress(blob[1:], _MOST_BYTES + 1)
        _, count = _HEAD.unpack_from(packed)
        if count > RECENT_S or len(packed) != _HEAD.size + 16 * count:
            return None
        numbers = struct.unpack_from(f"<{count}H{3 * count}f{count}H", packed, _HEAD.size)
    except (zlib.error, struct.error):
        return None
    ages, lows, means, highs, counts = (numbers[part * count : (part + 1) * count] for part in range(5))
    buckets = [
        (math.floor(until) - float(age), Bucket(low, mean, high, samples))
        for age, low, mean, high, samples in zip(ages, lows, means, highs, counts, strict=True)
        if 0 < age <= RECENT_S and samples and -LARGEST <= low <= mean <= high <= LARGEST
    ]
    return sorted(buckets, key=lambda one: one[0])


def _wider(buckets: list[tuple[float, Bucket]], width_s: int) -> list[tuple[float, Bucket]]:
    """The same in buckets of `width_s`."""
    if width_s == 1:
        return buckets
    wider: dict[float, Bucket] = {}
    for start, one in buckets:
        at = float(start // width_s * width_s)
        was = wider.get(at)
        if was is None:
            wider[at] = one
            continue
        count = was.count + one.count
        mean = (was.mean * was.count + one.mean * one.count) / count
        wider[at] = Bucket(min(was.low, one.low), mean, max(was.high, one.high), count)
    return list(wider.items())
