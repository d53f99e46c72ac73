"""What the collector hands to the writer."""

from __future__ import annotations

from typing import NamedTuple

from tui.core.past.minutes import Closed


class Minute(NamedTuple):
    """A minute that is over."""

    start: int
    """Seconds since 1970."""
    rows: tuple[Closed, ...]


class Erase(NamedTuple):
    """Minutes of devices' own meters that were written by a wrong clock, or repeated by a frozen meter."""

    start: int
    until: int
    """Those that begin in [start, until), in seconds since 1970."""
    device: str | None = None
    """None: of all devices."""


Order = Minute | Erase
