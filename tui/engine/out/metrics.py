"""Listens for what metrics are made of, and writes them when they are asked for."""

from __future__ import annotations

from tui import __version__
from tui.core.checks.load import is_whole_ampere
from tui.core.events import Event, Measured
from tui.core.fuse import Fuse
from tui.core.model import Fleet, key_of
from tui.core.out.exposition import Latencies, document, kind_for
from tui.core.out.mainfuse import MainFuse
from tui.core.profiles import NO_PROFILE, Profile
from tui.engine.clock import Clock


class Exposition:
    """A listener of the monitor."""

    def __init__(self, clock: Clock, fuse: Fuse | None = None, profile: Profile = NO_PROFILE) -> None:
        self._clock = clock
        self._fleet = Fleet()
        self._latencies: dict[str, Latencies] = {}
        self._whole: dict[str, bool | None] = {}
        self._main_fuse = MainFuse(fuse, profile, self._whole)

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        self._fleet = fleet
        if not isinstance(event, Measured):
            return
        key = key_of(event.serial)
        if event.latency_s is not None:
            self._latencies.setdefault(key, Latencies()).add(event.latency_s)
        if self._whole.get(key) is not False:  # one current with decimals settles it
            whole = is_whole_ampere(event.measurement)
            self._whole[key] = self._whole.get(key) if whole is None else whole

    def document(self, accept: str) -> tuple[bytes, str]:
        """The metrics as they are now, in the format that a header `Accept` wants; and its media type."""
        kind = kind_for(accept)
        now = self._clock.now()
        return document(self._fleet, now, self._latencies, __version__, kind, self._main_fuse).encode(), kind
