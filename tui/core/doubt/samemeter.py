"""Several dongles on one smart meter: finds them, and decides which of them counts.

With a splitter, an old dongle left in place, or one for the battery, each dongle reports everything the meter sends, so
only one may be added up. It stays the same one while it is live. Part of `reduce`.
"""

from __future__ import annotations

from dataclasses import replace

from tui.core.api.decode import UNREADABLE
from tui.core.doubt.likeness import Counters
from tui.core.events import Measured
from tui.core.model import Device, Fleet, key_of
from tui.core.moment import Moment
from tui.core.state import is_fresh
from tui.core.text import readable_id


def compared(fleet: Fleet, event: Measured) -> Fleet:
    """The fleet after a meter's counters were compared with those of the others."""
    device = fleet.devices.get(key_of(event.serial))
    if device is None or not device.product.is_grid_meter:
        return fleet
    meters = _meters(fleet)
    if len(meters) > 1 and any(meter_id(meter) is None for meter in meters):
        likeness = fleet.likeness.only(frozenset(fleet.devices))
        counters = _counters(device)
        if counters is not None:
            likeness = likeness.heard(device.key, counters, event.at, event.interval_s)
        fleet = replace(fleet, likeness=likeness)
    return marked(fleet, event.at)


def marked(fleet: Fleet, now: Moment | None = None) -> Fleet:
    """The fleet in which each dongle that does not count names the one that does, by default as of the last reading."""
    meters = _meters(fleet)
    heard = [meter.measurement.at for meter in meters if meter.measurement]
    if not heard:
        return fleet
    at = now or max(heard, key=lambda moment: moment.monotonic)
    changed: dict[str, Device] = {}
    for group in _groups(fleet, meters):
        counts = _counting(group, at)
        for meter in group:
            same = None if meter is counts else counts.serial
            if meter.same_meter_as != same:
                changed[meter.key] = replace(meter, same_meter_as=same)
    return replace(fleet, devices={**fleet.devices, **changed}) if changed else fleet


def meter_id(device: Device) -> str | None:
    """The id of the smart meter, as text to compare; None where it has no real one: it may be all zeros or dashes.

    One with bytes that cannot be read is none: two that differ only in these would be one.
    """
    told = device.measurement.value.text("unique_id") if device.measurement else None
    text = readable_id(told or "").casefold()
    return text if len(set(text)) > 1 and UNREADABLE not in text else None


def _meters(fleet: Fleet) -> list[Device]:
    return [device for device in fleet.devices.values() if device.product.is_grid_meter]


def _counters(device: Device) -> Counters | None:
    """The meter's counters; None where they do not distinguish it from others."""
    imported, exported = (device.number(f"energy_{way}_kwh") for way in ("import", "export"))
    if imported is None or not (imported or exported):
        return None
    return (imported, exported or 0.0)


def _groups(fleet: Fleet, meters: list[Device]) -> list[list[Device]]:
    """The dongles by the meter that they read."""
    groups: list[list[Device]] = []
    for meter in meters:
        group = next((group for group in groups if any(_are_one(fleet, meter, other) for other in group)), None)
        if group is None:
            groups.append([meter])
        else:
            group.append(meter)
    return groups


def _are_one(fleet: Fleet, one: Device, other: Device) -> bool:
    first, second = meter_id(one), meter_id(other)
    if first is not None and second is not None:
        return first == second
    return fleet.likeness.are_one(one.key, other.key)


def _counting(group: list[Device], now: Moment) -> Device:
    """The one that counts: the user's choice first, then one that is live, then the one that counted before."""
    pointed_at = {key_of(meter.same_meter_as) for meter in group if meter.same_meter_as}
    return max(
        group,
        key=lambda meter: (
            meter.role is not None,
            is_fresh(meter, now),
            meter.given_role is not None,
            meter.key in pointed_at,
        ),
    )
