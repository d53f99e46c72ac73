"""The monitor's commands on the mode of batteries: who is there, what is so now, one change, what it says since."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from tui.core.battery.batteries import Batteries, Wanted
from tui.core.events import BatteriesRead, Event
from tui.core.model import Device, key_of
from tui.core.reading import Switch
from tui.engine.clock import Clock
from tui.engine.command import CommandError
from tui.engine.source import Client, PairedClient, SocketClient
from tui.net.errors import DeviceError, Refused, Unreachable

if TYPE_CHECKING:  # only who sets a mode loads it
    from tui.core.battery.control import Change, Outcome

READ_BACK = (0.0, 1.0, 2.0)
"""The waits before each look at what became of a change, in seconds, until it is so: a group follows its meter within
a second or two (own choice)."""


async def changed(client: Client, change: Mapping[str, bool | int]) -> Switch:
    """What a socket says after a change of its state. Raises `CommandError` over an API that cannot, `DeviceError`."""
    if not isinstance(client, SocketClient):
        raise CommandError("a socket is told things over API v1, and it is not read over that now")
    return await client.change_switch(change)


class BatteryCommands(ABC):
    """Reads and sets the mode of the batteries that a meter controls."""

    clock: Clock

    @abstractmethod
    def apply(self, event: Event) -> None:
        """Apply one event."""

    @abstractmethod
    def _allow_changes(self) -> None:
        """Raise `CommandError` where nothing may be changed."""

    @abstractmethod
    def _reach(self, key: str) -> tuple[Device, Client]:
        """An identified device, and the connection to it. Raises `CommandError`."""

    async def read_batteries(self, key: str) -> Batteries:
        """What a meter says about its batteries now. Raises `CommandError`, `DeviceError`."""
        device, client = self._reach(key)
        return self._told(device, await client.batteries())

    async def set_batteries(self, key: str, wanted: Wanted) -> Outcome:
        """Set the mode of the batteries that a meter controls, and read it back. Raises `CommandError`, `DeviceError`:
        then nothing was set, unless the text says that this is not known.

        The meter's identity is read first: another device may have its address by now, and its API may be a newer one.
        """
        from tui.core.battery.control import NoChange, Outcome, plan

        self._allow_changes()
        device, client = self._reach(key)
        if not isinstance(client, PairedClient):
            why = f" ({device.spoken.why_not})" if device.spoken and device.spoken.why_not else ""
            raise CommandError(f"a mode is set over API v2, and {device.label} is not read over it now{why}")
        identity = await client.identity()
        if key_of(identity.serial) != device.key:
            raise CommandError(f"another device answers at the address of {device.label}: nothing was set")
        before = self._told(device, await client.batteries())
        cloud = device.system.value.cloud_enabled if device.system else None
        change = plan(before, wanted, identity.api_version, cloud_enabled=cloud)
        if isinstance(change, NoChange):
            if change.is_so:
                return Outcome(change.why, done=True)
            raise CommandError(f"{device.label}: {change.why}")
        return await self._write(client, device, change, before)

    async def _write(self, client: PairedClient, device: Device, change: Change, before: Batteries) -> Outcome:
        from tui.core.battery.control import outcome

        lost: DeviceError | None = None
        answer: Batteries | None = None
        try:
            answer = self._told(device, await client.set_batteries(change.body))
        except (Unreachable, Refused) as error:  # it may have come through all the same
            lost = error
        after: Batteries | None = None
        for wait_s in READ_BACK:
            await self.clock.sleep(wait_s)
            with suppress(DeviceError):
                after = self._told(device, await client.batteries())
                if (told := outcome(change, before, answer, after)).done:
                    return told
        if after is None:
            raise CommandError(f"{device.label} was told, but does not answer: it is not known whether it took it")
        if lost is not None:
            raise lost
        return outcome(change, before, answer, after)

    def _told(self, device: Device, batteries: Batteries) -> Batteries:
        self.apply(BatteriesRead(device.key, batteries, self.clock.now()))
        return batteries
