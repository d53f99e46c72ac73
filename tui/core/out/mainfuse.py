"""The main fuse in the metrics: what it may carry, and the current through each of its phases.

Both have the same labels, so that the share is one division. Not every meter sends the current; how it is found then,
and where it cannot be, is said in `core.checks.load`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tui.core.checks.load import load_a
from tui.core.fuse import Fuse
from tui.core.house import grid_meters
from tui.core.model import Device, Fleet
from tui.core.moment import Now
from tui.core.profiles import NO_PROFILE, Profile
from tui.core.quantities import PHASES
from tui.core.reading import Measurement
from tui.core.state import is_fresh


class MainFuse(NamedTuple):
    """What is known of the house's connection besides its measurements."""

    fuse: Fuse | None = None
    profile: Profile = NO_PROFILE
    whole: Mapping[str, bool | None] = {}
    """Whether a meter sends whole ampere, by its key, see `is_whole_ampere`; without it that is not known."""

    def rated(self, fleet: Fleet, now: Now) -> Iterator[tuple[Device, int, float]]:
        """The house's meters, each with the phases of the fuse, and what these may carry in ampere."""
        if self.fuse is not None:
            phases = PHASES[: self.fuse.phases]
            yield from ((meter, phase, self.fuse.ampere) for meter in grid_meters(fleet, now) for phase in phases)

    def loads(self, fleet: Fleet, now: Now) -> Iterator[tuple[Device, int, float]]:
        """The currents in ampere, import positive, where they are known now."""
        for meter in grid_meters(fleet, now):
            if meter.measurement is None or not is_fresh(meter, now):
                continue
            measurement = meter.measurement.value
            for phase in self._told_apart(measurement):
                load = load_a(measurement, phase, self.profile, whole_ampere=bool(self.whole.get(meter.key)))
                if load is not None:
                    yield meter, phase, load[0]

    def _told_apart(self, measurement: Measurement) -> tuple[int, ...]:
        """The phases of which it may tell the current: the total of three says nothing of one."""
        names = (f"{stem}_l{phase}_{unit}" for phase in PHASES for stem, unit in (("power", "w"), ("current", "a")))
        if any(measurement.number(name) is not None for name in names):
            return PHASES
        return (1,) if self.fuse is not None and self.fuse.phases == 1 else ()
