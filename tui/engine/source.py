"""The interfaces of the engine: sources of events, and the client of a device."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from tui.core.api.users import Owner as Owner
from tui.core.battery.batteries import Batteries
from tui.core.events import Event
from tui.core.model import Endpoint, Fleet
from tui.core.reading import Identity, Measurement, Switch, System
from tui.core.secret import Secret
from tui.net.errors import DeviceError

if TYPE_CHECKING:  # only who changes something loads it
    from tui.core.battery.control import Body

Emit = Callable[[Event], None]
"""Accepts an event without waiting."""

Listener = Callable[[Event, Fleet], None]
"""Called for every event, with the fleet after it. An exception it raises ends the monitor."""


class Source(Protocol):
    """Anything that sends events to the engine: mDNS, a poller, a pusher, a replayed recording."""

    async def run(self, emit: Emit) -> None:
        """Emit events until there are no more, or until cancelled."""
        ...


class Client(Protocol):
    """One device, one request at a time. `net.device.DeviceClient` is the HTTP one; all methods raise `DeviceError`."""

    timeout_s: float
    """The time limit of a whole request."""

    @property
    def connection(self) -> int:
        """Increases with each new connection: another device may be at its other end."""
        ...

    async def identity(self) -> Identity: ...
    async def measurement(self) -> tuple[Measurement, System]: ...
    async def telegram(self) -> str: ...
    async def switch(self) -> Switch: ...
    async def set_switch(self, *, power_on: bool) -> Switch: ...
    async def identify(self) -> None: ...
    async def system(self) -> System: ...
    async def batteries(self) -> Batteries: ...

    def stalled(self, within_s: float) -> DeviceError | None:
        """How far the request under way has come in `within_s` seconds; None if there is none."""
        ...

    async def aclose(self) -> None: ...


@runtime_checkable
class SocketClient(Client, Protocol):
    """What API v1 has for a socket beyond its relay; all methods raise `DeviceError`."""

    async def change_switch(self, change: Mapping[str, bool | int]) -> Switch:
        """Set some of the fields of its state, named as in the API; of the answer only these are there."""
        ...


@runtime_checkable
class PairedClient(Client, Protocol):
    """What API v2 has beyond v1. `net.v2.V2Client` is the one over HTTPS; all methods raise `DeviceError`."""

    @property
    def serial(self) -> str | None:
        """As its certificate names it; None before the first connection."""
        ...

    @property
    def kind(self) -> str | None:
        """What its certificate calls its product; None if it does not say."""
        ...

    async def set_batteries(self, wanted: Body) -> Batteries:
        """Write a change of the battery mode, as `core.battery.control.plan` made it; the answer: what it is now."""
        ...

    async def create_user(self, name: str) -> Secret:
        """A new token. Raises `ButtonNotPressed` until someone has pressed the device's button."""
        ...

    async def users(self) -> tuple[Owner, ...]: ...
    async def delete_user(self, name: str) -> None: ...


class Feed(Source, Protocol):
    """A source of one device's values over one API: a poller, or a pusher."""

    asked: asyncio.Event
    """Set once the first attempt is over, successful or not."""

    @property
    def client(self) -> Client | None:
        """The connection for commands while it runs."""
        ...

    @property
    def failures(self) -> int:
        """Attempts lost in a row."""
        ...

    def wake(self) -> None:
        """The device was announced: shorten a wait for a retry."""
        ...


TokenOf = Callable[[str], Secret | None]
"""The token of a device by its key, None if it is not paired or has refused it."""

ClientFactory = Callable[[Endpoint], Client]
