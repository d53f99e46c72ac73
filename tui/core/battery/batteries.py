"""The group of plug-in batteries that a P1 or a kWh meter controls, as immutable values. Import (charging) is positive.

Source: the vendor's API documentation, v2, "Batteries"; what each API version has is told there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What the group is told to do. The words are those of the API."""

    ZERO = "zero"
    TO_FULL = "to_full"
    STANDBY = "standby"
    PREDICTIVE = "predictive"  # API 2.3.0 and later


class Permission(StrEnum):
    """What the group may do in its mode (API 2.2.0 and later)."""

    CHARGE = "charge"
    DISCHARGE = "discharge"

    @property
    def sent_as(self) -> str:
        """As the API, and our JSON, call it."""
        return f"{self.value}_allowed"


BOTH = frozenset(Permission)
NEITHER: frozenset[Permission] = frozenset()


@dataclass(frozen=True, slots=True)
class Batteries:
    """One answer of `/api/batteries`; a field that was not sent is None."""

    mode: Mode | None = None
    other_mode: str | None = None
    """A mode that this program does not know, as sent."""
    permissions: frozenset[Permission] | None = None
    """None: not sent (API before 2.2.0), which is neither all nor none; or only `other_permissions` were."""
    other_permissions: tuple[str, ...] = ()
    """Those that this program does not know, as sent. A group that has only such ones is not in standby: it may do
    something that we have no word for."""
    charge_to_full: bool | None = None
    """Whether it charges to 100 % once, and then returns to its mode (API 2.3.0)."""
    count: int | None = None
    """Of batteries in the group (API 2.2.0)."""
    power_w: float | None = None
    target_power_w: float | None = None
    max_consumption_w: float | None = None
    max_production_w: float | None = None
    """As sent: the most that it may give, positive."""
    notes: tuple[str, ...] = ()
    """As those of a measurement."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change that the user asks for; None leaves that part as it is."""

    mode: Mode | None = None
    permissions: frozenset[Permission] | None = None
