"""What a running program tells the link doctor of its house: whom to examine, and where they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from tui.core.events import Remembered
from tui.core.model import Device, Endpoint, Fleet
from tui.core.moment import Now
from tui.core.reading import Identity
from tui.core.settings import Settings

LOOPBACK = "127.0.0.1"


class Plan(NamedTuple):
    """What a `Doctor` is made of."""

    settings: Settings
    wanted: tuple[str, ...]
    remembered: tuple[Remembered, ...]


def plan_of(settings: Settings, fleet: Fleet, now: Now, *, simulated: bool = False) -> Plan:
    """Every device of the fleet, by its serial or its host, under the name that it has by now.

    Of a `simulated` house nothing but this computer itself is asked, and nobody else is looked for.
    """
    settings = replace(settings, devices=dict(fleet.words))
    if simulated:
        settings = replace(settings, hosts=(), discover=False, interfaces=(LOOPBACK,))
    devices = [one for one in fleet.devices.values() if not simulated or any(map(_is_here, one.endpoints))]
    hosts = [place for one in devices if one.serial is None for place in one.endpoints]
    if not simulated:
        hosts += [place for place in settings.hosts if fleet.holder_of(place) is None]
    known = [one for one in devices if one.serial is not None]
    return Plan(
        replace(settings, hosts=tuple(dict.fromkeys(hosts))),
        tuple(one.key for one in known),
        tuple(_remembered(known, now)),
    )


def _is_here(place: Endpoint) -> bool:
    return place.host.startswith("127.")


def _remembered(devices: Iterable[Device], now: Now) -> Iterable[Remembered]:
    for device in devices:
        places = [one for api in ("v1", "v2") if (one := device.endpoint_of(api)) is not None]
        if device.serial is not None and places:
            yield Remembered(Identity(device.serial, device.product_type or ""), places[0], now, *places[1:])
