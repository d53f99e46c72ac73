"""What the engine keeps beside the trends: today's amounts, the quarter-hour, the history on disk.

A listener of the monitor and a source of notes. It is made after the first picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol
from zoneinfo import ZoneInfo

from tui.core.checks.before import Before
from tui.core.events import Event
from tui.core.history import Past
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.quarter import RunningQuarter
from tui.core.settings import Settings
from tui.core.today import Today
from tui.engine.clock import Clock
from tui.engine.source import Emit
from tui.engine.trends import Trends


class Kept(Protocol):
    """What the screen may ask; safe to use from any thread, and never waits for a disk."""

    @property
    def past(self) -> Past | None:
        """The history on disk; None without one. Its methods do wait."""
        ...

    def today(self, place: str, now: Now) -> Today | None:
        """What the meters at a place counted today and yesterday; None before the first reading."""
        ...

    def quarter(self, key: str, now: Now) -> RunningQuarter | None:
        """The running quarter-hour of a grid meter and the peaks of its months; None before its first value."""
        ...

    @property
    def befores(self) -> Mapping[str, Before]:
        """What the history knows of the week before now, by key, for the check."""
        ...


class NothingKept:
    """Before the engine runs."""

    past: Past | None = None
    befores: Mapping[str, Before] = MappingProxyType({})

    def today(self, place: str, now: Now) -> Today | None:
        """Nothing yet."""
        return None

    def quarter(self, key: str, now: Now) -> RunningQuarter | None:
        """Nothing yet."""
        return None


class Keeper:
    """Keeps what is asked through `Kept`. `folder` is where the history is kept; None: nothing is."""

    def __init__(self, settings: Settings, clock: Clock, trends: Trends, folder: Path | None) -> None:
        self._settings = settings
        self._clock = clock
        self._trends = trends
        self._folder = folder
        self._zone = ZoneInfo(profile_of(settings.grid).zone)
        self.past: Past | None = None
        self.befores: Mapping[str, Before] = {}

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""

    def today(self, place: str, now: Now) -> Today | None:
        """See `Kept`."""
        return None

    def quarter(self, key: str, now: Now) -> RunningQuarter | None:
        """See `Kept`."""
        return None

    async def run(self, emit: Emit) -> None:
        """Tell what hinders the history as notes, until cancelled; then close it."""
