"""The samples of one span of time, summarised: what trends return and graphs draw."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bucket:
    """The samples of one span of time. A span without any is None, never a zero.

    `count` is 0 where no sample fell into this span, but the one before it still held (see `engine.trends`).
    """

    low: float
    mean: float
    high: float
    count: int
