"""What the screen may ask of what is kept beside the trends."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from tui.core.counting.quarter import RunningQuarter
from tui.core.counting.today import Today
from tui.core.moment import Now

if TYPE_CHECKING:  # loaded only by who has any
    from tui.core.checks.before import Before
    from tui.core.past.history import Past
    from tui.engine.keeping.costing import Costing, Costs


class Kept(Protocol):
    """Safe to use from any thread, and never waits for a disk."""

    @property
    def past(self) -> Past | None:
        """The history on disk; None without one. Its methods do wait."""
        ...

    @property
    def befores(self) -> Mapping[str, Before]:
        """What the history knows of the week before now, by key, for the check."""
        ...

    def today(self, place: str, now: Now) -> Today | None:
        """What the meters at a place counted today and yesterday; None before the first reading."""
        ...

    def quarter(self, key: str, now: Now) -> RunningQuarter | None:
        """The running quarter-hour of a grid meter and the peaks of its months; None before its first value."""
        ...

    def costs(self, now: Now) -> Costs | None:
        """What the house's energy cost; None without prices, and before it was first reckoned."""
        ...

    @property
    def costing(self) -> Costing | None:
        """What reckons the costs of any span; None without prices. Its `of` does wait for a disk."""
        ...


class NothingKept:
    """Before the engine runs."""

    past: Past | None = None
    costing: Costing | None = None
    befores: Mapping[str, Before] = MappingProxyType({})

    def today(self, place: str, now: Now) -> Today | None:
        """Nothing yet."""
        return None

    def quarter(self, key: str, now: Now) -> RunningQuarter | None:
        """Nothing yet."""
        return None

    def costs(self, now: Now) -> Costs | None:
        """Nothing yet."""
        return None
