"""Which events are drawn at once. Pure: a function of the fleet before and after the event.

Routine values are drawn together about once a second. Drawn at once are a row that appears, disappears or is renamed,
a device's first value, a socket that was switched, batteries that were told otherwise, a state that changed.
"""

from __future__ import annotations

from tui.core.events import (
    BatteriesRead,
    ClockStood,
    Event,
    Failed,
    Identified,
    Measured,
    SwitchRead,
    SystemRead,
    TelegramRead,
)
from tui.core.model import Device, Fleet, key_of
from tui.core.moment import Now
from tui.core.state import state_of


def is_news(event: Event, before: Fleet, after: Fleet) -> bool:
    """Whether `event`, which turned the fleet `before` into `after`, changed something that the user waits for."""
    match event:
        case Measured() | SystemRead() | SwitchRead() | BatteriesRead() | ClockStood() | TelegramRead():
            key = key_of(event.serial)
        case Identified():
            key = key_of(event.identity.serial)
        case Failed():
            holder = after.holder_of(event.endpoint)
            key = holder.key if holder else ""
        case _:
            return before is not after  # rows, names, roles and notes
    return before.devices.keys() != after.devices.keys() or _tells_more(
        before.devices.get(key), after.devices.get(key), event.at
    )


def _tells_more(old: Device | None, new: Device | None, at: Now) -> bool:
    if old is new:
        return False
    if old is None or new is None:
        return True
    return (
        (old.measurement is None) is not (new.measurement is None)
        or state_of(old, at) is not state_of(new, at)
        or (old.switch is not new.switch and _switch(old) != _switch(new))
        or (old.batteries is not new.batteries and _told(old) != _told(new))
        or (old.name, old.serial, old.product_type, old.endpoints)
        != (new.name, new.serial, new.product_type, new.endpoints)
    )


def _switch(device: Device) -> object:
    return device.switch.value if device.switch else None


def _told(device: Device) -> object:
    """What its batteries are told to do. Their power and target come as often as its own values."""
    if device.batteries is None:
        return None
    group = device.batteries.value
    return group.mode, group.other_mode, group.permissions, group.charge_to_full, group.count
