"""The monitor of a recording: nothing is asked of a device, however real its address is."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, NoReturn

from tui.core.battery.batteries import Batteries, Wanted
from tui.core.model import Device, Endpoint, Fleet
from tui.core.reading import Switch
from tui.engine.command import CommandError
from tui.engine.lines.feeds import Feeds
from tui.engine.lines.pollers import Pollers
from tui.engine.lines.running import Hooks
from tui.engine.monitor import Monitor
from tui.net.scan import Progress

if TYPE_CHECKING:
    from tui.core.battery.control import Outcome

REFUSAL = "this is a recording: nothing is asked of a device"


class NoPollers(Pollers):
    """Polls nobody."""

    def follow(self, fleet: Fleet) -> None:
        """Nothing to follow."""

    def prove(self, endpoint: Endpoint, key: str, serial: str) -> None:
        """Nobody to ask."""

    def look_at_home(self, device: Device) -> None:
        """Nowhere to look."""


class Replayer(Monitor):
    """Applies the events of a recording. Names, roles and wiring may be changed for this run; nothing else may."""

    def _make_pollers(self, feeds: Feeds, hooks: Hooks) -> Pollers:
        return NoPollers(feeds, hooks)

    async def add(self, endpoint: Endpoint) -> None:
        """Refused."""
        _refuse()

    async def identify(self, key: str) -> None:
        """Refused."""
        _refuse()

    async def read_switch(self, key: str) -> Switch:
        """Refused."""
        _refuse()

    async def set_switch(self, key: str, power_on: bool) -> Switch:
        """Refused."""
        _refuse()

    async def read_batteries(self, key: str) -> Batteries:
        """Refused."""
        _refuse()

    async def set_batteries(self, key: str, wanted: Wanted) -> Outcome:
        """Refused."""
        _refuse()

    async def scan(self, networks: Iterable[IPv4Network], progress: Progress | None = None) -> int:
        """Refused."""
        _refuse()


def _refuse() -> NoReturn:
    raise CommandError(REFUSAL)
