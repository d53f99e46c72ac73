"""Listens for what metrics are made of, and writes them when they are asked for."""

from __future__ import annotations

from tui import __version__
from tui.core.events import Event, Measured
from tui.core.model import Fleet, key_of
from tui.core.out.exposition import Latencies, document, kind_for
from tui.engine.clock import Clock


class Exposition:
    """A listener of the monitor."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._fleet = Fleet()
        self._latencies: dict[str, Latencies] = {}

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        self._fleet = fleet
        if isinstance(event, Measured) and event.latency_s is not None:
            self._latencies.setdefault(key_of(event.serial), Latencies()).add(event.latency_s)

    def document(self, accept: str) -> tuple[bytes, str]:
        """The metrics as they are now, in the format that a header `Accept` wants; and its media type."""
        kind = kind_for(accept)
        return document(self._fleet, self._clock.now(), self._latencies, __version__, kind).encode(), kind
