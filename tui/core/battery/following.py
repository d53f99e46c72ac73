"""Whether batteries do what their meter tells them: the group's power against its target.

`Device.astray` has since when they do not (`astray_since`, at each answer). That is a problem once it has lasted for
five minutes and nothing explains it: batteries that are full, empty, at their maximum or not allowed to do what would
be needed cannot follow.
"""

from __future__ import annotations

from enum import StrEnum

from tui.core.battery.batteries import NEITHER, Batteries, Mode, Permission
from tui.core.battery.group import batteries_in, fresh_group
from tui.core.model import Device, Fleet, Read
from tui.core.moment import Moment, Now
from tui.core.state import shown_number

TOLERANCE_W = 50.0
"""How far from its target a group may be: a battery follows in steps, and both are not of the same moment (own
choice, that of the house's balance)."""
TOLERANCE = 0.1
"""The same as a share of the target, where that is more (own choice)."""
LATE_S = 300.0
"""The target moves with the house: only what lasts this long is told (issue of the battery)."""
PAUSE_S = 60.0
"""After a longer pause between two answers, nobody knows whether it lasted (own choice)."""
FULL_PCT, EMPTY_PCT = 98.0, 2.0
"""From here on a battery takes or gives less and less, as its cells demand (own choice)."""

UNFOLLOWED = "The batteries do not follow their target: see in the HomeWizard app what they report"


class Why(StrEnum):
    """What explains that batteries do not follow their target."""

    FULL = "full"
    EMPTY = "empty"
    LIMIT = "at the maximum"
    PERMISSION = "not allowed"
    UNKNOWN = "perhaps full or empty"


def reachable_w(group: Batteries) -> float | None:
    """The target as far as the group may reach it; None without one."""
    target = group.target_power_w
    if target is None:
        return None
    if group.max_consumption_w is not None:
        target = min(target, abs(group.max_consumption_w))
    if group.max_production_w is not None:
        target = max(target, -abs(group.max_production_w))
    if group.mode is Mode.ZERO and group.permissions is not None:
        target = target if Permission.CHARGE in group.permissions else min(0.0, target)
        target = target if Permission.DISCHARGE in group.permissions else max(0.0, target)
    return target


def is_off_target(group: Batteries) -> bool:
    """Whether its power is not what it is told; False where that cannot be told. One at rest has no target of 0."""
    wanted = reachable_w(group)
    if group.power_w is None or wanted is None:
        return False
    rests = group.mode is Mode.STANDBY or group.permissions == NEITHER
    if rests and wanted == 0:
        return False
    return abs(group.power_w - wanted) > max(TOLERANCE_W, TOLERANCE * abs(wanted))


def astray_since(device: Device, answer: Read[Batteries]) -> Moment | None:
    """Since when the batteries of `device` have not followed, after a new answer; None while they do."""
    if not is_off_target(answer.value):
        return None
    before = device.batteries
    goes_on = device.astray is not None and before is not None and answer.at.age_of(before.at) <= PAUSE_S
    return device.astray if goes_on else answer.at


def why_not(group: Batteries, fleet: Fleet, now: Now) -> Why | None:
    """What explains that a group is not at its target; None where it is, and where nothing does."""
    wanted, target, power = reachable_w(group), group.target_power_w, group.power_w
    if wanted is None or target is None or power is None:
        return None
    if not is_off_target(group):
        if abs(target - wanted) <= TOLERANCE_W:
            return None
        forbidden = wanted == 0 and group.permissions is not None
        return Why.PERMISSION if forbidden else Why.LIMIT
    charges = [shown_number(one, "state_of_charge_pct", now) for one in batteries_in(fleet)]
    known = [charge for charge in charges if charge is not None]
    if wanted > power and wanted > 0 and any(charge >= FULL_PCT for charge in known):
        return Why.FULL
    if wanted < power and wanted < 0 and any(charge <= EMPTY_PCT for charge in known):
        return Why.EMPTY
    too_little = abs(power) < abs(wanted) and power * wanted >= 0
    all_known = len(known) == len(charges) and len(known) >= (group.count or 1)
    return Why.UNKNOWN if too_little and not all_known else None


def unfollowed_since(meter: Device, fleet: Fleet, now: Now) -> Moment | None:
    """Since when the batteries of `meter` have not followed their target, where that is a problem now."""
    group = fresh_group(meter, now)
    if group is None or meter.astray is None or now.age_of(meter.astray) < LATE_S:
        return None
    return meter.astray if why_not(group, fleet, now) is None else None
