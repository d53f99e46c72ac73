"""When a socket must not be switched, or an LED not blinked. A mistake can cut a freezer, a router or this computer."""

from __future__ import annotations

from tui.core.model import Device, Role, State
from tui.core.moment import Now
from tui.core.reading import Switch
from tui.core.state import age_s, state_of
from tui.core.wording import long_age


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
    if device.remembered or state_of(device, now) is not State.LIVE:
        age = age_s(device, now)
        heard = f"last heard {long_age(age)} ago" if age is not None else "it has not answered yet"
        return f"{device.label} is not switched: {heard}"
    if switch is not None and switch.switch_lock is not False:
        return f"{device.label} is not switched: locked in the app" if switch.switch_lock else "its lock is not known"
    if switch is not None and switch.power_on is None:
        return f"{device.label} does not tell whether it is on"
    return None


def blink_refusal(device: Device, *, read_only: bool) -> str | None:
    """Why the LED of `device` may not be blinked, as a sentence; None if it may."""
    if not device.product.can_identify:
        return f"{device.label} has no LED to blink"
    return "read-only: no LED is blinked" if read_only else None
