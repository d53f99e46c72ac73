"""When a socket must not be switched, an LED not blinked, or the mode of batteries not be set.

A mistake can cut a freezer, a router or this computer; batteries that are told the wrong thing only cost money.
"""

from __future__ import annotations

from tui.core.battery.group import controllers_of, has_batteries
from tui.core.model import Device, Fleet, Role, State
from tui.core.moment import Now
from tui.core.reading import Switch
from tui.core.state import age_s, state_of
from tui.core.wording import long_age

_UNPAIRED = "{} is not paired: press p, or run hwtui pair"


def refusal(device: Device, now: Now, *, read_only: bool, frozen: bool, switch: Switch | None = None) -> str | None:
    """Why `device` may not be switched, as a sentence; None if it may. `switch` is its state as just read."""
    if not device.product.can_switch:
        return f"{device.label} has no switch"
    if read_only:
        return "read-only: nothing is switched"
    if frozen:
        return "the screen is frozen: press space, look again, and then switch"
    if device.given_role in (Role.SOLAR, Role.BATTERY):
        return f"{device.label} is not switched: its role is {device.given_role}"
    if heard := not_live(device, now):
        return f"{device.label} is not switched: {heard}"
    if switch is not None and switch.switch_lock is not False:
        return f"{device.label} is not switched: locked in the app" if switch.switch_lock else "its lock is not known"
    if switch is not None and switch.power_on is None:
        return f"{device.label} does not tell whether it is on"
    return None


def not_live(device: Device, now: Now) -> str | None:
    """Since when it has not answered; None while it does."""
    if not device.remembered and state_of(device, now) is State.LIVE:
        return None
    age = age_s(device, now)
    never = "it has not answered yet" if device.link.last_answer is None else "it has sent no value yet"
    return never if age is None else f"last heard {long_age(age)} ago"


def controller_for(device: Device, fleet: Fleet) -> Device | None:
    """The meter that sets the mode of the batteries where `device` is selected: itself, or that of a battery.

    None where none does, and for a battery where several do: nobody tells which of them controls it.
    """
    meters = controllers_of(fleet)
    if device.product.is_battery:
        return meters[0] if len(meters) == 1 else None
    return next((meter for meter in meters if meter.key == device.key), None)


def mode_refusal(device: Device, now: Now, *, read_only: bool, frozen: bool = False) -> str | None:
    """Why the mode of the batteries that `device` controls may not be set, as a sentence; None if it may."""
    if device.product.pairs_from is None or device.product.is_battery:
        return f"{device.label} controls no batteries"
    if read_only:
        return "read-only: no mode is set"
    if frozen:
        return "the screen is frozen: press space, look again, and then set it"
    if not device.paired:
        return _UNPAIRED.format(device.label)
    if device.batteries is None and device.spoken is not None and device.spoken.api != "v2":
        why = f": {device.spoken.why_not}" if device.spoken.why_not else ""
        return f"a mode is set over API v2, and {device.label} is not read over it now{why}"
    if device.batteries is None or not has_batteries(device.batteries.value):
        return f"{device.label} controls no batteries"
    heard = not_live(device, now)
    return f"{device.label} is told nothing: {heard}" if heard else None


def blink_refusal(device: Device, *, read_only: bool) -> str | None:
    """Why the LED of `device` may not be blinked, as a sentence; None if it may."""
    if not device.product.can_identify:
        return f"{device.label} has no LED to blink"
    if not device.paired and device.v1_endpoint is None and device.endpoint is not None:
        return _UNPAIRED.format(device.label)
    return "read-only: no LED is blinked" if read_only else None
