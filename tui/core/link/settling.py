"""Which device is at which address: one at a time, and each at its newest."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from tui.core.link.claims import at_home, sent_home
from tui.core.model import Device, Endpoint, Fleet, Link, Problem, State
from tui.core.moment import Now

MOST_LOST = 8
"""How many devices are kept whose address now belongs to another one."""
_MOVED_TEXT = "another device answers at its address: waiting for its new one"


def settle(
    fleet: Fleet, device: Device, endpoint: Endpoint, at: Now, *, answered: bool = False
) -> tuple[Fleet, Device]:
    """Give `endpoint` to `device` as its newest one, and take it from the device that had it.

    If it has `answered` there, that is where it is looked for from now on, and no other device is.
    """
    if answered:
        device = _free_ones(fleet, at_home(device, endpoint), endpoint)
        for other in fleet.devices.values():
            if other.key != device.key and endpoint in other.homes and endpoint not in other.endpoints:
                fleet = replace(fleet, devices={**fleet.devices, other.key: sent_home(other, endpoint)})
    holder = fleet.holder_of(endpoint)
    if holder is not None and holder.key != device.key:
        devices = dict(fleet.devices)
        if holder.serial is None:  # the row of a host given by hand: this is the device there
            device = replace(
                device,
                by_hand=True,
                link=holder.link if device.link == Link() else device.link,
                api_enabled=holder.api_enabled if device.api_enabled is None else device.api_enabled,
            )
            devices = {(device.key if key == holder.key else key): row for key, row in devices.items()}
        elif holder.remembered:
            del devices[holder.key]
        else:
            left = sent_home(holder, endpoint)
            moved = Problem(State.SILENT, _MOVED_TEXT, at)
            devices[holder.key] = replace(left, problem=moved, last_problem=moved)
            devices = _with_few_lost_ones(devices, fleet.words)
        fleet = replace(fleet, devices=devices)
    others = tuple(other for other in device.endpoints if other.api != endpoint.api)
    # v1 comes first: it is the API in use.
    endpoints = tuple(sorted((endpoint, *others), key=lambda one: one.api))
    return fleet, device if endpoints == device.endpoints else replace(device, endpoints=endpoints)


def _free_ones(fleet: Fleet, device: Device, endpoint: Endpoint) -> Device:
    """The device without what is another's of its endpoints, except for `endpoint`."""
    holders = {one: fleet.holder_of(one) for one in device.endpoints if one != endpoint}
    taken = {one for one, holder in holders.items() if holder is not None and holder.key != device.key}
    return replace(device, endpoints=tuple(one for one in device.endpoints if one not in taken)) if taken else device


def _with_few_lost_ones(devices: dict[str, Device], words: Container[str]) -> dict[str, Device]:
    """Without those that lost their address long ago: an address may change hands every minute for months."""
    lost = [device for device in devices.values() if not device.endpoints and device.key not in words]
    lost.sort(key=lambda device: device.link.last_answer.monotonic if device.link.last_answer else 0.0)
    too_many = {device.key for device in lost[:-MOST_LOST]}
    return {key: device for key, device in devices.items() if key not in too_many}
