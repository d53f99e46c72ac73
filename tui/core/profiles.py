"""Grid profiles: what differs between grids. So far the time zone, the tariff names and whether there is a neutral.

Meter times are naive local times of the profile's zone, never of the machine's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DUTCH_ZONE = "Europe/Amsterdam"
BELGIAN_ZONE = "Europe/Brussels"

_DUTCH_TARIFFS = {1: "low", 2: "normal"}
_BELGIAN_TARIFFS = {1: "day", 2: "night"}
"""The reverse of the Netherlands (dsmr-reader, issues 750 and 1396)."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of grid connection. `name` is None where the user chose none."""

    name: str | None = None
    zone: str = DUTCH_ZONE
    """A name for `zoneinfo.ZoneInfo`."""
    tariffs: Mapping[int, str] = field(default_factory=dict)
    has_neutral: bool = True
    """False for 3x230 V, where power per phase means nothing and L2 shows no current."""

    @property
    def bills_quarters(self) -> bool:
        """Whether the bill is based on the month's highest quarter-hour: in Flanders."""
        return (self.name or "").startswith("be-vlg")

    def tariff_words(self, tariff: float) -> str:
        """The tariff as shown: "2 normal", or the bare number where it has no name."""
        name = self.tariffs.get(int(tariff))
        return f"{tariff:.0f} {name}" if name else f"{tariff:.0f}"


_REGIONS = {
    "nl": (DUTCH_ZONE, _DUTCH_TARIFFS),
    "be-vlg": (BELGIAN_ZONE, _BELGIAN_TARIFFS),
    "be-wal": (BELGIAN_ZONE, _BELGIAN_TARIFFS),
    "be-bru": (BELGIAN_ZONE, _BELGIAN_TARIFFS),
}

NO_PROFILE = Profile()
PROFILES = {
    name: Profile(name, zone, tariffs, has_neutral)
    for region, (zone, tariffs) in _REGIONS.items()
    for name, has_neutral in ((region, True), (f"{region}-3x230", False))
}


def profile_of(name: str | None) -> Profile:
    """The profile of that name; `NO_PROFILE` for None. Raises `KeyError` for a name that is not in `PROFILES`."""
    return NO_PROFILE if name is None else PROFILES[name]
