"""reduce(fleet, event) -> fleet: merges what mDNS says, HTTP says and the user typed, in one pure function.

Identity is the serial. A device seen under two services, at a new address, or given by hand becomes one row. What
HTTP says overrides what was announced: an announcement is only a claim.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from tui.core.answers import batteries_read, clock_stood, measured, switch_read, system_read, telegram_read
from tui.core.doubt.invert import inverted
from tui.core.doubt.samemeter import compared, marked
from tui.core.events import (
    Added,
    Alarmed,
    BatteriesRead,
    Certified,
    ClockStood,
    Configured,
    Event,
    Failed,
    Identified,
    Lost,
    Measured,
    Noted,
    Paired,
    Remembered,
    Seen,
    Spoke,
    SwitchRead,
    SystemRead,
    TelegramRead,
    Unpaired,
)
from tui.core.link.claims import has_better, heeded, is_doubtful, keeper_of, lives_elsewhere, refuted
from tui.core.link.settling import settle
from tui.core.model import Device, DeviceSetting, Fleet, Note, Problem, State, key_of
from tui.core.products import type_certified

MOST_DEVICES = 256
"""More than any house has; a flood of announcements stops here."""

E = TypeVar("E")

_NO_WORDS = DeviceSetting()
LOSSES = frozenset({State.SILENT, State.REFUSED, State.BAD_ANSWER})
"""A poll that ends so is lost; one that is refused because the API is off was answered."""


def reduce(fleet: Fleet, event: Event) -> Fleet:
    """The fleet after `event`; the same object when nothing changed."""
    match event:
        case Measured():
            return compared(_change(fleet, event.serial, measured, event), event)
        case SystemRead():
            return _change(fleet, event.serial, system_read, event)
        case SwitchRead():
            return _change(fleet, event.serial, switch_read, event)
        case BatteriesRead():
            return _change(fleet, event.serial, batteries_read, event)
        case Spoke():
            return _change(fleet, event.serial, _spoke, event)
        case Paired() | Unpaired():
            return _paired(fleet, event)
        case Certified():
            return _certified(fleet, event)
        case ClockStood():
            return _change(fleet, event.serial, clock_stood, event)
        case TelegramRead():
            return _change(fleet, event.serial, telegram_read, event)
        case Failed():
            return _failed(fleet, event)
        case Seen():
            return _seen(fleet, event)
        case Lost():
            return _lost(fleet, event)
        case Added():
            return _added(fleet, event)
        case Remembered():
            return _remembered(fleet, event)
        case Identified():
            return _identified(fleet, event)
        case Configured():
            return _configured(fleet, event)
        case Noted():
            return _noted(fleet, event)
        case Alarmed():
            return replace(fleet, alarms=event.alarms)


# ------------------------------------------------------------------ what a device answers


def _change(fleet: Fleet, serial: str, change: Callable[[Device, E], Device], event: E) -> Fleet:
    """The fleet with one device changed; unchanged if no device has that serial."""
    device = fleet.devices.get(key_of(serial))
    return fleet if device is None else _with(fleet, change(device, event))


def _spoke(device: Device, event: Spoke) -> Device:
    return replace(device, spoken=event.spoken)


def _paired(fleet: Fleet, event: Paired | Unpaired) -> Fleet:
    key = key_of(event.serial)
    keys = fleet.paired | {key} if isinstance(event, Paired) else fleet.paired - {key}
    fleet = fleet if keys == fleet.paired else replace(fleet, paired=keys)
    device = fleet.devices.get(key)
    if device is None:
        return fleet
    if isinstance(event, Paired) and device.problem and device.problem.kind is State.NOT_PAIRED:
        device = replace(device, problem=None)
    elif isinstance(event, Unpaired) and device.spoken and device.spoken.api == "v2":
        device = replace(device, spoken=None)
    return _with(fleet, device)


def _failed(fleet: Fleet, event: Failed) -> Fleet:
    device = fleet.holder_of(event.endpoint)
    if device is None:
        return fleet
    link = device.link
    if event.kind in LOSSES:
        link = replace(link, lost=link.lost + 1, lost_in_a_row=link.lost_in_a_row + 1)
    # The same problem again, without a measurement in between, keeps the time it began.
    before = device.problem or device.last_problem
    answered = device.measurement.at if device.measurement else None
    goes_on = (
        before is not None
        and before.kind is event.kind
        and (answered is None or answered.monotonic <= before.since.monotonic)
    )
    problem = Problem(event.kind, event.text, before.since if before and goes_on else event.at)
    device = refuted(replace(device, link=link), event.endpoint, untrusted=event.untrusted)
    return _with(
        fleet,
        replace(
            device,
            problem=problem,
            last_problem=problem,
            link=replace(link, crowded=link.crowded or event.crowded),
            api_enabled=False if event.kind is State.API_DISABLED else device.api_enabled,
        ),
    )


# ------------------------------------------------------------------ which device is at which address


def _seen(fleet: Fleet, event: Seen) -> Fleet:
    key = key_of(event.serial)
    if keeper_of(fleet, event.endpoint, key) is not None:
        return fleet
    device = fleet.devices.get(key)
    if device is not None and (device.serial is None or lives_elsewhere(device, event.endpoint)):
        return fleet  # a serial equal to the address of another row, or a claim that has to be proven there
    if device is not None and is_doubtful(device, event.endpoint):
        return fleet
    if device is not None and event.last_resort and has_better(device, event.endpoint):
        return fleet
    if device is None and len(fleet.devices) >= MOST_DEVICES:
        text = f"more than {MOST_DEVICES} devices are announced: the rest are ignored"
        return _noted(fleet, Noted("devices-cap", text, event.at))
    device = heeded(device or Device(key, serial=event.serial), event.endpoint, event.at)
    if device is None:
        return fleet
    fleet, device = settle(fleet, device, event.endpoint, event.at)
    if device.link.last_answer is None:
        device = replace(
            device,
            product_type=event.product_type or device.product_type,
            product_name=event.product_name or device.product_name,
            api_enabled=device.api_enabled if event.api_enabled is None else event.api_enabled,
        )
    return _with(fleet, device)


def _identified(fleet: Fleet, event: Identified) -> Fleet:
    identity = event.identity
    device = fleet.devices.get(key_of(identity.serial)) or Device(key_of(identity.serial))
    holder = fleet.holder_of(event.endpoint)
    if is_doubtful(device, event.endpoint) and (holder is None or holder.serial is not None):
        return fleet  # nor was it given by hand
    fleet, device = settle(fleet, device, event.endpoint, event.at, answered=True)
    fleet = _with(
        fleet,
        replace(
            device,
            serial=identity.serial,
            product_type=identity.product_type,
            product_name=identity.product_name,
            firmware_version=identity.firmware_version,
            api_version=identity.api_version,
            identity_notes=identity.notes,
            answered_over=device.answered_over | {event.endpoint.api},
            remembered=False,
            # `/api` itself is refused while API v1 is off
            api_enabled=True if event.endpoint.api == "v1" else device.api_enabled,
            problem=device.problem if _says_only_who_it_is(device) else None,
            link=replace(device.link, last_answer=event.at),
        ),
    )
    device = fleet.devices[device.key]
    in_vain = device.said_inverted and not device.is_inverted
    text = f"{device.label}: inverted is ignored, it is for kWh meters only: take it out of the config file"
    return _noted(fleet, Noted(f"inverted {device.key}", text if in_vain else "", event.at))


def _says_only_who_it_is(device: Device) -> bool:
    """Whether it has told its name before and still no value, as a socket that opens and pushes nothing."""
    return device.measurement is None and device.link.last_answer is not None and device.link.lost_in_a_row > 0


def _lost(fleet: Fleet, event: Lost) -> Fleet:
    device = fleet.devices.get(key_of(event.serial))
    if device is None or device.by_hand or event.api in device.answered_over:
        return fleet  # only asking can tell whether what has answered is gone
    left = tuple(endpoint for endpoint in device.endpoints if endpoint.api != event.api)
    if left:
        return _with(fleet, replace(device, endpoints=left))
    if device.link.last_answer:
        return fleet
    return replace(fleet, devices={key: row for key, row in fleet.devices.items() if key != device.key})


def _certified(fleet: Fleet, event: Certified) -> Fleet:
    """A device that could not be read yet, but has shown that it is one: it has a row under its serial."""
    key = key_of(event.serial)
    device = fleet.devices.get(key) or Device(key, serial=event.serial)
    for endpoint in (event.of, event.endpoint):
        if endpoint is not None:
            fleet, device = settle(fleet, device, endpoint, event.at, answered=endpoint == event.endpoint)
            fleet = _with(fleet, device)
            device = fleet.devices[key]
    device = replace(
        device,
        kind=event.kind or device.kind,
        product_type=device.product_type or type_certified(event.kind),
        answered_over=device.answered_over | {event.endpoint.api},
        remembered=False,
    )
    return _with(fleet, device)


def _added(fleet: Fleet, event: Added) -> Fleet:
    holder = fleet.holder_of(event.endpoint)
    if holder is not None:
        return _with(fleet, replace(holder, by_hand=True))
    scheme = "https://" if event.endpoint.api == "v2" else ""
    key = f"{scheme}{event.endpoint.host}:{event.endpoint.port}"
    return _with(fleet, Device(key, endpoints=(event.endpoint,), by_hand=True))


def _remembered(fleet: Fleet, event: Remembered) -> Fleet:
    identity = event.identity
    key = key_of(identity.serial)
    known = (event.endpoint, event.other) if event.other else (event.endpoint,)
    free = tuple(endpoint for endpoint in known if fleet.holder_of(endpoint) is None)
    if key in fleet.devices or not free:
        return fleet
    device = Device(
        key,
        serial=identity.serial,
        product_type=identity.product_type,
        product_name=identity.product_name,
        endpoints=free,
        homes=free,
        remembered=True,
    )
    return _with(fleet, device)


# ------------------------------------------------------------------ the user's settings


def _configured(fleet: Fleet, event: Configured) -> Fleet:
    key = key_of(event.serial)
    fleet = replace(fleet, words={**fleet.words, key: event.words})
    device = fleet.devices.get(key)
    if device is None:
        return fleet
    turns = device.product.can_be_inverted and device.said_inverted is not event.words.inverted
    if turns and device.measurement:
        read = device.measurement
        device = replace(device, measurement=replace(read, value=inverted(read.value)))
    return marked(_with(fleet, device))


def _noted(fleet: Fleet, event: Noted) -> Fleet:
    old = next((note for note in fleet.notes if note.topic == event.topic), None)
    if (old.text if old else "") == event.text:
        return fleet
    notes = tuple(note for note in fleet.notes if note is not old)
    if event.text:
        notes = (*notes, Note(event.topic, event.text, event.at))
    return replace(fleet, notes=notes)


def _with(fleet: Fleet, device: Device) -> Fleet:
    """The fleet with `device` in its place, with the user's settings for it."""
    words = fleet.words.get(device.key, _NO_WORDS)
    said = DeviceSetting(
        device.name, device.given_role, device.behind, device.said_inverted, device.forced_api, device.capacity_kwh
    )
    if said != words or device.paired is not (device.key in fleet.paired):
        device = replace(
            device,
            name=words.name,
            given_role=words.role,
            behind=words.behind,
            said_inverted=words.inverted,
            capacity_kwh=words.capacity_kwh,
            forced_api=words.api,
            paired=device.key in fleet.paired,
        )
    if fleet.devices.get(device.key) == device:
        return fleet
    return replace(fleet, devices={**fleet.devices, device.key: device})
