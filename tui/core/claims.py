"""What an announcement is worth: it is only a claim, which anybody in the network may make."""

from __future__ import annotations

from tui.core.model import Device, Endpoint, State
from tui.core.private import is_link_local

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
    if had is None or had == endpoint or not (device.by_hand or answers(device)):
        return False
    hosts = {one.host for one in device.endpoints if one.api in device.answered_over}
    return endpoint.api in device.answered_over or (had.host in hosts and endpoint.host not in hosts)


def has_better(device: Device, endpoint: Endpoint) -> bool:
    """Whether it has an address for the same API that it did not give itself, as `endpoint` is one."""
    return any(other.api == endpoint.api and not is_link_local(other.host) for other in device.endpoints)
