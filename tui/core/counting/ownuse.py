"""How much of its own sun a house used, and how much of what it used was its own: from counters of the same time.

With I and E what the grid meter counted in and out, P what the solar meters delivered, and C and D what the batteries
took and gave:

* own use = (P - E) / P. What goes into a battery counts as used, since it did not go to the grid; what a battery gives
  back to the grid counts as sun that was not used.
* the house used P + I + D - E - C: what a battery took is not used until it comes out, and what it lost in between is.
* self-sufficiency = (used - I) / used. A battery that was charged from the grid lowers it on that day.

Both are held between 0 and 1. Nothing is told where a counter is missing, or where they were not counted over the same
time. Those of a battery are only needed for the second: one that cannot be read yet does not take away the first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tui.core.counting.today import Today
from tui.core.house import grid_meters
from tui.core.model import Device, Fleet, Role, key_of
from tui.core.moment import Now
from tui.core.past.history import Amount
from tui.core.wiring import above

SAME_S = 120.0
"""Counters that began or ended within this time of each other were counted over the same time (own choice)."""
LEAST_KWH = 0.1
"""Of less sun no share is told: counters have steps, and at night a meter may deliver some Wh (own choice)."""

IMPORT, EXPORT = "energy_import_kwh", "energy_export_kwh"


class OwnUse(NamedTuple):
    """One day of a house, or the part of it that was counted."""

    sun_kwh: float
    share: float | None
    """Of the sun that was not sent to the grid, 0 to 1; None without sun."""
    self_sufficiency: float | None
    """Of the use that did not come from the grid, 0 to 1; None without use, and where a battery's counters lack."""


def own_use(
    fleet: Fleet, now: Now, today_of: Callable[[str], Today | None], *, yesterday: bool = False
) -> OwnUse | None:
    """That of today or yesterday; None without a solar meter, and where it cannot be told."""
    devices = [device for device in fleet.devices.values() if not device.remembered and not device.same_meter_as]
    behind = {device.key: key_of(device.behind) for device in fleet.devices.values() if device.behind}
    solar, batteries = (
        _outermost([device for device in devices if device.role is role], behind) for role in (Role.SOLAR, Role.BATTERY)
    )
    grids = _outermost(grid_meters(fleet, now), behind) if solar else []
    if not grids:
        return None

    def days_of(device: Device) -> Mapping[str, Amount]:
        told = today_of(device.key)
        return {} if told is None else told.yesterday if yesterday else told.today

    days = {device.key: days_of(device) for device in (*solar, *batteries, *grids)}
    needed = [
        *((device, name) for device in grids for name in (IMPORT, EXPORT)),
        *((device, EXPORT) for device in solar),
    ]
    counted = [days[device.key].get(name) for device, name in needed]
    stored = [days[device.key].get(name) for device in batteries for name in (IMPORT, EXPORT)]
    if not _same_time(counted):
        return None

    def total(some: list[Device], name: str) -> float:
        return sum(days[device.key][name].value for device in some)

    imported, exported, sun = total(grids, IMPORT), total(grids, EXPORT), total(solar, EXPORT)
    share = _share(sun - exported, sun) if sun >= LEAST_KWH else None
    if not _same_time([*counted, *stored]):
        return OwnUse(sun, share, None)
    used = sun + imported + total(batteries, EXPORT) - exported - total(batteries, IMPORT)
    return OwnUse(
        sun,
        share,
        _share(used - imported, used) if used >= LEAST_KWH else None,
    )


def _share(part: float, whole: float) -> float:
    return min(1.0, max(0.0, part / whole))


def _same_time(counted: list[Amount | None]) -> bool:
    """Whether all are known, and were counted over the same time, without gaps."""
    amounts = [amount for amount in counted if amount is not None]
    if len(amounts) < len(counted):
        return False
    for ends in ([one.since for one in amounts], [one.until for one in amounts]):
        some = [end for end in ends if end is not None]
        if some and (len(some) < len(ends) or max(some) - min(some) > SAME_S):
            return False
    return not any(one.gaps for one in amounts)


def _outermost(family: list[Device], behind: Mapping[str, str]) -> list[Device]:
    """Without those behind another one of the family: what they count is part of what that one counts."""
    keys = {device.key for device in family}
    return [device for device in family if keys.isdisjoint(above(device.key, behind))]
