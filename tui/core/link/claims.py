"""What an announcement is worth: it is only a claim, which anybody in the network may make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tui.core.link.private import is_address, is_link_local
from tui.core.model import Device, Endpoint, Fleet, State
from tui.core.moment import Moment

TRIES = 3
"""So often in a row a device has to fail before an API that it was only said to have is forgotten (own choice)."""
_ANSWERS = frozenset({State.FROZEN, State.NOT_PAIRED})
"""Problems of a device that answers."""


def answers(device: Device) -> bool:
    """Whether a device that has said who it is still answers, whatever it says."""
    return device.problem is None or device.problem.kind in _ANSWERS


def lives_elsewhere(device: Device, endpoint: Endpoint) -> bool:
    """Whether it answers over that API at another address, or has answered at one given by hand.

    The host where one API answers is the likely one for the other, too: a claim from there is not replaced by another.
    """
    had = device.endpoint_of(endpoint.api)
    if had is None:
        return bool(device.homes) and endpoint.host not in {home.host for home in device.homes}
    if had == endpoint or not (device.by_hand or answers(device)):
        return False
    hosts = {one.host for one in device.endpoints if one.api in device.answered_over}
    return endpoint.api in device.answered_over or (had.host in hosts and endpoint.host not in hosts)


def is_doubtful(device: Device, endpoint: Endpoint) -> bool:
    """Whether it cannot be a paired device that is at `endpoint`, whatever is said there: API v1 proves nothing, and
    its certificate has shown it at another address."""
    shown = next((home for home in device.homes if home.api == "v2"), None)
    return (
        device.paired
        and device.forced_api is None
        and endpoint.api == "v1"
        and endpoint not in device.endpoints
        and shown is not None
        and shown.host != endpoint.host
        and is_address(shown.host)
    )


def has_better(device: Device, endpoint: Endpoint) -> bool:
    """Whether it has an address for the same API that it did not give itself, as `endpoint` is one."""
    return any(other.api == endpoint.api and not is_link_local(other.host) for other in device.endpoints)


def keeper_of(fleet: Fleet, endpoint: Endpoint, key: str) -> Device | None:
    """Another device than that with `key` which an announcement alone cannot take `endpoint` from.

    It answers there, or did so last: whoever has that address now is asked. Nor does a host given by hand for API v2
    get its name so, since with another one's its certificate would be refused.
    """
    for device in fleet.devices.values():
        if device.key == key:
            continue
        if endpoint in device.homes:
            return device
        if endpoint in device.endpoints and (
            (device.answered_over and answers(device)) or (device.serial is None and endpoint.api == "v2")
        ):
            return device
    return None


def has_to_be_asked(fleet: Fleet, endpoint: Endpoint, key: str) -> bool:
    """Whether it is to be asked who is at `endpoint`, which was announced for the device with `key`, but not taken.

    One that answers there is asked anyway.
    """
    device, keeper = fleet.devices.get(key), keeper_of(fleet, endpoint, key)
    if device is not None and (endpoint in device.endpoints or is_doubtful(device, endpoint)):
        return False
    if keeper is None:
        return device is not None
    return keeper.serial is not None and not (keeper.answered_over and answers(keeper))


def heeded(device: Device, endpoint: Endpoint, now: Moment) -> Device | None:
    """The device that may be moved to `endpoint`; None if it was announced at too many lately."""
    if endpoint in device.endpoints:
        return device
    heed = device.heed.take(now)
    return None if heed is None else replace(device, heed=heed)


def elsewhere(device: Device) -> Iterator[Endpoint]:
    """Where it answered last, though it is now asked where it was announced since.

    Not where it has moved from for sure: it answers over its other API at the host that was announced.
    """
    for home in device.homes:
        had = device.endpoint_of(home.api)
        hosts = {one.host for one in device.homes if one.api != home.api}
        if had != home and not (had is not None and had.host in hosts and home.host not in hosts):
            yield home


def at_home(device: Device, endpoint: Endpoint) -> Device:
    """The device after it has answered at `endpoint`. What a paired one had at the address of its certificate moves
    along: nothing else tells where its other API is now."""
    if endpoint in device.homes:
        return device
    before = next((home for home in device.homes if home.api == endpoint.api), None)
    others = [home for home in device.homes if home != before]
    if before is not None and endpoint.api == "v2" and device.paired:
        moved = tuple(_moved(one, before.host, endpoint.host) for one in device.endpoints)
        return replace(device, endpoints=moved, homes=(*(one for one in others if one.host != before.host), endpoint))
    return replace(device, homes=(*others, endpoint))


def _moved(endpoint: Endpoint, before: str, now: str) -> Endpoint:
    return replace(endpoint, host=now) if (endpoint.api, endpoint.host) == ("v1", before) else endpoint


def refuted(device: Device, endpoint: Endpoint, *, untrusted: bool) -> Device:
    """The device after it has failed at `endpoint`, `untrusted` if another one is there.

    Without that endpoint, where another one is and it has answered elsewhere. Or if one that is not paired was only
    announced to have that API and fails again and again: then it is asked over the other one, who it is.
    """
    if endpoint in device.homes or not device.homes:
        return device
    if any(home.api == endpoint.api for home in device.homes):
        return sent_home(device, endpoint) if untrusted else device
    fails = untrusted or (not device.paired and device.link.lost_in_a_row >= TRIES)
    return sent_home(device, endpoint) if fails and not device.by_hand else device


def sent_home(device: Device, endpoint: Endpoint) -> Device:
    """The device without `endpoint`, at which another one answers: asked where it answered last, if that is known."""
    left = [one for one in device.endpoints if one != endpoint]
    left += [home for home in device.homes if home.api == endpoint.api and home != endpoint]
    homes = tuple(home for home in device.homes if home != endpoint)
    return replace(device, endpoints=tuple(sorted(left, key=lambda one: one.api)), homes=homes)
