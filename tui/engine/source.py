"""The interfaces of the engine: sources of events, and the client of a device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tui.core.events import Event
from tui.core.model import Endpoint, Fleet
from tui.core.reading import Identity, Measurement, Switch, System
from tui.net.errors import DeviceError

Emit = Callable[[Event], None]
"""Accepts an event without waiting."""

Listener = Callable[[Event, Fleet], None]
"""Called for every event, with the fleet after it. An exception it raises ends the monitor."""


class Source(Protocol):
    """Anything that sends events to the engine: mDNS, a poller; later v2 push and a replayed recording."""

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

    def stalled(self, within_s: float) -> DeviceError | None:
        """How far the request under way has come in `within_s` seconds; None if there is none."""
        ...

    async def aclose(self) -> None: ...


ClientFactory = Callable[[Endpoint], Client]
