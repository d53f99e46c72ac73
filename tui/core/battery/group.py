"""The batteries of a house together: which meter controls them, their power, and how much is in them."""

from __future__ import annotations

from typing import NamedTuple

from tui.core.battery.batteries import Batteries
from tui.core.model import Device, Fleet, Role
from tui.core.moment import Now
from tui.core.state import STALE_INTERVALS, is_fresh, shown_number

FRESH_S = 30.0
"""What a meter says of its group holds for this long, or for three of its intervals: it is pushed about once a second,
and where it is not, asked for every ten seconds (own choice)."""
ADDED_UP_S = 12.0
"""Its power is added to that of other meters for this long: the next one has come by then (own choice)."""
THROUGH_KWH = 10.0
"""The efficiency is told once this much came out: then what is still in the battery matters little (own choice)."""
WRONG_ENERGY = "2.0.0"
"""The API version of which the energy values of a battery are wrong (vendor's changelog: fixed in 2.0.1)."""


def has_batteries(group: Batteries) -> bool:
    """Whether a meter controls any: without one it tells a count of 0, or before API 2.2.0 only zeros."""
    if group.count is not None:
        return group.count > 0
    return any((group.max_consumption_w, group.max_production_w, group.power_w, group.target_power_w))


def controllers_of(fleet: Fleet) -> list[Device]:
    """The meters that control batteries."""
    return [device for device in fleet.devices.values() if device.batteries and has_batteries(device.batteries.value)]


def controller_of(fleet: Fleet) -> Device | None:
    """The one meter that controls batteries; None where none does, and where several do: nobody tells which those
    of the house are."""
    meters = controllers_of(fleet)
    return meters[0] if len(meters) == 1 else None


def fresh_group(meter: Device, now: Now, for_s: float = FRESH_S) -> Batteries | None:
    """What a meter says about its batteries, if that is not older than `for_s`."""
    if meter.batteries is None or not is_fresh(meter, now):
        return None
    old = now.age_of(meter.batteries.at) > max(for_s, STALE_INTERVALS * meter.interval_s)
    return None if old else meter.batteries.value


def group_power_w(fleet: Fleet, now: Now) -> float | None:
    """The power of all batteries that the house's meter controls, charging positive; None if that is not known."""
    meter = controller_of(fleet)
    group = fresh_group(meter, now, ADDED_UP_S) if meter else None
    return group.power_w if group else None


def batteries_in(fleet: Fleet) -> list[Device]:
    """The batteries of the house, without those that the user took out of it."""
    return [
        device
        for device in fleet.devices.values()
        if device.product.is_battery and device.role is Role.BATTERY and not device.remembered
    ]


class Charge(NamedTuple):
    """How full the batteries of a house are."""

    pct: float
    batteries: int
    by_size: bool
    """Weighted by what each can hold. Else, for several, it is the mean of their percentages."""


def charge_of(fleet: Fleet, now: Now) -> Charge | None:
    """The charge of all batteries together; None without one, and where one of them does not tell it."""
    batteries = batteries_in(fleet)
    told = [shown_number(one, "state_of_charge_pct", now) for one in batteries]
    charges = [charge for charge in told if charge is not None]
    if not charges or len(charges) < len(told):
        return None
    sizes = [one.capacity_kwh for one in batteries if one.capacity_kwh]
    by_size = len(sizes) == len(charges)
    weights = sizes if by_size else [1.0] * len(charges)
    mean = sum(charge * weight for charge, weight in zip(charges, weights, strict=True)) / sum(weights)
    return Charge(mean, len(charges), by_size)


def stored_kwh(battery: Device, now: Now) -> float | None:
    """What is in a battery; None where its size or its charge is not known."""
    charge = shown_number(battery, "state_of_charge_pct", now)
    return None if charge is None or battery.capacity_kwh is None else charge / 100 * battery.capacity_kwh


def efficiency(battery: Device) -> float | None:
    """Energy out / energy in since it was installed, 0 to 1; None where that means nothing.

    Where more came out than went in, a counter is wrong.
    """
    into, out = battery.number("energy_import_kwh"), battery.number("energy_export_kwh")
    if into is None or out is None or out < THROUGH_KWH or out > into:
        return None
    return None if battery.api_version == WRONG_ENERGY else out / into
