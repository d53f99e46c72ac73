"""The house's balance: what it uses, from the power of the grid, solar panels and a battery.

House use = grid import + solar production + battery discharge. Production and discharge are exports, so their meters
report them as negative. House use is given only when some device has the role solar or battery and every device with
one of these roles is fresh; otherwise only the grid power is. For batteries that are not, or that are not seen at all,
stands what the meter that controls them says of their power together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tui.core.battery.group import controllers_of, group_power_w
from tui.core.model import Device, Fleet, Role, State, key_of
from tui.core.moment import Now
from tui.core.state import is_fresh, state_of
from tui.core.wiring import above

TOLERANCE_W = 50.0
"""How far below zero a sum may be: meters are read at slightly different moments (own choice)."""


class Balance(NamedTuple):
    """Watts at one moment; None means "not known", never zero. Import is positive, as everywhere.

    `solar_w` and `battery_w` keep the sign of their meters: production and discharge are negative.
    """

    grid_w: float | None = None
    solar_w: float | None = None
    battery_w: float | None = None
    house_w: float | None = None
    unmeasured_w: float | None = None
    """House minus the fresh load meters, never below 0; None when there is nothing to subtract."""


def balance_of(fleet: Fleet, now: Now) -> Balance:
    """The balance of all devices with a role, each power counted once."""
    devices = [device for device in fleet.devices.values() if not device.remembered and not device.same_meter_as]
    makers = [device for device in devices if device.role in (Role.SOLAR, Role.BATTERY)]
    counted = _outermost(makers, fleet, now)
    grid = _sum(_outermost(grid_meters(fleet, now), fleet, now), now)
    panels, stores = ([device for device in counted if device.role is role] for role in (Role.SOLAR, Role.BATTERY))
    solar, battery = _sum(panels, now), _sum(stores, now)
    grouped = _counts_group(fleet, [device for device in makers if device not in counted])
    if battery is None and grouped:
        battery = group_power_w(fleet, now)
    sources = [power for power, is_there in ((solar, panels), (battery, stores or grouped)) if is_there]
    made = [power for power in sources if power is not None]
    house = grid - sum(made) if grid is not None and made and len(made) == len(sources) else None
    if house is not None and house < -TOLERANCE_W:
        house = None  # a source that no meter with a role measures
    used = house if makers or grouped else grid
    loads = _outermost([device for device in devices if device.role is Role.LOAD], fleet, now)
    powers = [power for device in loads if (power := _power(device, now)) is not None]
    rest = max(0.0, used - sum(powers)) if used is not None and powers else None
    return Balance(grid, solar, battery, None if house is None else max(0.0, house), rest)


def _counts_group(fleet: Fleet, inner: Sequence[Device]) -> bool:
    """Whether the batteries that a meter controls are a source of their own: not where the user took one out of the
    house, and not where one is behind a meter that counts it, too (`inner`)."""
    outside = [one for one in fleet.devices.values() if one.product.is_battery and one.role is not Role.BATTERY]
    return bool(controllers_of(fleet)) and not outside and not any(one.role is Role.BATTERY for one in inner)


def grid_meters(fleet: Fleet, now: Now) -> list[Device]:
    """The meters whose sum is the grid power: those that the user gave this role, else the P1 if there is one.

    Empty where several P1s read different meters and the user has not said which is the house's: no figure is better
    than a wrong one.
    """
    grids = _grids(fleet)
    told = [device for device in grids if device.given_role is Role.GRID]
    by_themselves = _undecided(grids, now)
    return told or (by_themselves if len(by_themselves) == 1 else [])


def rival_meters(fleet: Fleet, now: Now) -> list[Device]:
    """The P1s among which the user must choose the house's; empty while they may still turn out to read one meter."""
    meters = _undecided(_grids(fleet), now)
    if len(meters) < 2 or grid_meters(fleet, now) or any(meter.measurement is None for meter in meters):
        return []
    pairs = ((one, other) for at, one in enumerate(meters) for other in meters[:at])
    return [] if any(fleet.likeness.may_be_one(one.key, other.key, now) for one, other in pairs) else meters


def _grids(fleet: Fleet) -> list[Device]:
    return [
        device
        for device in fleet.devices.values()
        if device.role is Role.GRID and not device.remembered and not device.same_meter_as
    ]


def _undecided(grids: Iterable[Device], now: Now) -> list[Device]:
    """The P1s that the user gave no role, without those that have never answered."""
    return [
        device
        for device in grids
        if device.given_role is None and (device.measurement or state_of(device, now) is State.UNKNOWN)
    ]


def _outermost(family: Sequence[Device], fleet: Fleet, now: Now) -> list[Device]:
    """Without those behind another fresh one of the family: their power is already part of its power."""
    behind = {device.key: key_of(device.behind) for device in fleet.devices.values() if device.behind}
    if not behind:
        return list(family)
    fresh = {device.key for device in family if _power(device, now) is not None}
    return [device for device in family if fresh.isdisjoint(above(device.key, behind))]


def _power(device: Device, now: Now) -> float | None:
    return device.number("power_w") if is_fresh(device, now) else None


def _sum(devices: Iterable[Device], now: Now) -> float | None:
    """The sum of all; None if there are none or one of them is not fresh."""
    powers = [_power(device, now) for device in devices]
    known = [power for power in powers if power is not None]
    return sum(known) if known and len(known) == len(powers) else None
