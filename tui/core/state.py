"""The state of a device, derived from what is known about it and the time."""

from __future__ import annotations

from tui.core.model import Device, State
from tui.core.moment import Moment

STALE_INTERVALS = 3
"""A value is fresh for this many update intervals; from then on it shows its age."""
SILENT_AFTER_S = 60.0
"""Without an answer for this long a device is silent, and its last value is no longer shown (own choice)."""


def state_of(device: Device, now: Moment) -> State:
    """The state of `device` at `now`.

    One lost poll changes nothing: while the last value is fresh the device is live. Equal values are not a fault; only
    a P1 can be frozen, and only when its telegram's clock was seen to stand still.
    """
    kind = device.problem.kind if device.problem else None
    if not device.paired and kind is None and device.v1_endpoint is None and device.endpoint is not None:
        return State.NOT_PAIRED
    last = device.measurement.at if device.measurement else device.link.last_answer
    if kind in (State.API_DISABLED, State.NOT_PAIRED):
        return kind
    if last is None:
        return kind or (State.API_DISABLED if device.api_enabled is False else State.UNKNOWN)
    if device.measurement is None:  # it has only said who it is: there are sockets that never send a value
        return kind or State.UNKNOWN
    age = now.age_of(last)
    if age <= STALE_INTERVALS * device.interval_s:
        return State.FROZEN if kind is State.FROZEN else State.LIVE
    if kind is not None and kind not in (State.SILENT, State.FROZEN):
        return kind
    return State.STALE if age <= SILENT_AFTER_S else State.SILENT


def identified_state(device: Device, now: Moment) -> State:
    """The same for who asks a device only who it is: it is live once it has said so."""
    state = state_of(device, now)
    return State.LIVE if state is State.UNKNOWN and device.link.last_answer is not None else state


def is_fresh(device: Device, now: Moment) -> bool:
    """Whether its values may be added up: live, and confirmed by `/api`."""
    return state_of(device, now) is State.LIVE and not device.remembered


def age_s(device: Device, now: Moment) -> float | None:
    """Seconds since its last measurement; None if there was none."""
    return now.age_of(device.measurement.at) if device.measurement else None


def shown_number(device: Device, quantity: str, now: Moment) -> float | None:
    """A number that may still be shown: None if it was not sent or the device has been silent for too long."""
    return device.number(quantity) if is_shown(device, now) else None


def is_shown(device: Device, now: Moment) -> bool:
    """Whether instantaneous values may still be shown; counters always may."""
    age = age_s(device, now)
    return age is not None and age <= max(SILENT_AFTER_S, STALE_INTERVALS * device.interval_s)
