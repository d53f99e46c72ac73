"""Searches private networks, and tells the fleet of each device that answered: the key S, and `devices --scan`."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import Protocol

from tui.core.events import Added, Certified, Event, Failed, Identified, Seen
from tui.core.link.spoken import NOT_PAIRED
from tui.core.model import Endpoint, Fleet, State, key_of
from tui.core.reading import Identity
from tui.engine.clock import Clock
from tui.engine.command import CommandError
from tui.engine.lines.line import V1_OFF
from tui.engine.paired.v2clients import Connect
from tui.net.scan import Answer, Named, Progress, scan


class House(Protocol):
    """What a scan needs of the monitor."""

    @property
    def clock(self) -> Clock: ...
    @property
    def fleet(self) -> Fleet: ...
    @property
    def paired_client(self) -> Connect: ...
    def apply(self, event: Event) -> None: ...


async def search(house: House, networks: Iterable[IPv4Network], progress: Progress | None = None) -> int:
    """Try every address of private networks, over both APIs; return at how many a device answered.

    A device whose local API is off does not say who it is over v1: it has a row under its address, unless it says so
    over v2. Raises `CommandError` for too many addresses.
    """
    hosts = set()

    def found(endpoint: Endpoint, answer: Answer) -> None:
        hosts.add(endpoint.host)
        _tell(house, endpoint, answer)

    try:
        await scan(
            networks, found, ask_v2=lambda endpoint: house.paired_client(endpoint, None, None), progress=progress
        )
    except ValueError as error:
        raise CommandError(str(error)) from error
    return len(hosts)


def _tell(house: House, endpoint: Endpoint, answer: Answer) -> None:
    now = house.clock.now()
    match answer:
        case Identity():
            house.apply(Seen(endpoint, answer.serial, now, answer.product_type, answer.product_name, True))
            house.apply(Identified(endpoint, answer, now))
        case Named():
            house.apply(Certified(endpoint, answer.serial, now, answer.of, answer.kind))
            device = house.fleet.devices.get(key_of(answer.serial))
            if device is None or device.paired or device.forced_api:
                return
            # it has answered, so what there is to do is told before it is asked once more
            if answer.of is not None:
                house.apply(Failed(endpoint, State.NOT_PAIRED, V1_OFF, now))
            elif device.v1_endpoint is None and device.problem is None:
                house.apply(Failed(endpoint, State.NOT_PAIRED, NOT_PAIRED, now))
        case _:
            house.apply(Added(endpoint, now))
