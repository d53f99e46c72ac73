"""The house's balance: what it uses, from what the grid, the sun and a battery give.

House uses = what comes from the grid + what the sun makes + what a battery gives. A solar meter and a discharging
battery export, so their meters say it with a minus. It is claimed only when some device has the role solar or battery
and every device of those roles is fresh; otherwise only the grid's own power is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tui.core.model import Device, Fleet, Role
from tui.core.moment import Now
from tui.core.state import is_fresh

TOLERANCE_W = 50.0
"""Meters are read at slightly different moments: so far below zero a sum may be (own choice)."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Watts at one moment; None is "not known", never zero. Import positive, as everywhere.

    `solar_w` and `battery_w` keep the sign of their meters: producing and discharging are negative there.
    """

    grid_w: float | None = None
    solar_w: float | None = None
    battery_w: float | None = None
    house_w: float | None = None
    unmeasured_w: float | None = None
    """House minus the fresh load meters, never below 0; None when there is nothing to subtract."""


def balance_of(fleet: Fleet, now: Now) -> Balance:
    """The balance of all devices with a role."""
    devices = [device for device in fleet.devices.values() if not device.remembered]
    by_role = {role: [device for device in devices if device.role is role] for role in Role}
    grid, solar, battery = (_sum(by_role[role], now) for role in (Role.GRID, Role.SOLAR, Role.BATTERY))
    makers = by_role[Role.SOLAR] + by_role[Role.BATTERY]
    made = _sum(makers, now)
    house = grid - made if grid is not None and made is not None else None
    if house is not None and house < -TOLERANCE_W:
        house = None  # something makes power that no meter with a role sees
    used = house if makers else grid
    loads = [power for device in by_role[Role.LOAD] if (power := _power(device, now)) is not None]
    rest = max(0.0, used - sum(loads)) if used is not None and loads else None
    return Balance(grid, solar, battery, None if house is None else max(0.0, house), rest)


def _power(device: Device, now: Now) -> float | None:
    return device.number("power_w") if is_fresh(device, now) else None


def _sum(devices: Iterable[Device], now: Now) -> float | None:
    """The sum of all; None if there are none or one of them is not fresh."""
    powers = [_power(device, now) for device in devices]
    known = [power for power in powers if power is not None]
    return sum(known) if known and len(known) == len(powers) else None
