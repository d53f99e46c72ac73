"""A socket that is switched by a message: what is asked, what is refused, and what became of it.

The guards are those of the key `o`: lock and state are read before, role, lock, silence and --read-only refuse, and
the device says afterwards how it is. Whoever sends the message was asked by nobody, so a message that the broker had
kept is not obeyed: it may be of last week.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from tui.core.model import Device, Fleet
from tui.core.out.mqtttopics import Message, commanded, topic_of
from tui.core.reading import Switch
from tui.core.settings import Settings
from tui.core.switching import refusal
from tui.engine.clock import Clock
from tui.engine.command import CommandError
from tui.net.errors import DeviceError

log = logging.getLogger(__name__)

_WISHES = {b"ON": True, b"OFF": False}
"""What Home Assistant sends unless it was told otherwise (its documentation, MQTT switch, `payload_on`)."""


class Switching(Protocol):
    """What the monitor does."""

    @property
    def settings(self) -> Settings: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def fleet(self) -> Fleet: ...

    async def read_switch(self, key: str) -> Switch:
        """Read a socket's switch and lock now. Raises `CommandError`, `DeviceError`."""
        ...

    async def set_switch(self, key: str, power_on: bool) -> Switch:
        """Switch a socket and read back its state. Raises `CommandError`, `DeviceError`."""
        ...


class Control:
    """Keeps the latest wish for each socket, and fulfils one after the other."""

    def __init__(self, monitor: Switching) -> None:
        self._monitor = monitor
        self._wishes: dict[str, bool] = {}
        self._asked = asyncio.Event()

    def heard(self, topic: str, payload: bytes, *, retained: bool) -> Message | None:
        """Take a message; the answer where it is none that could be obeyed. A topic of another's is nobody's."""
        device = self._monitor.fleet.devices.get(commanded(topic) or "")
        if device is None:
            return None
        if retained:
            return _answer(device, "a retained message switches nothing: publish it without retain")
        wish = _WISHES.get(payload[:8].strip().upper())
        if wish is None:
            return _answer(device, "this is nothing that a socket does: use ON or OFF")
        self._wishes[device.key] = wish
        self._asked.set()
        return None

    def forget(self) -> None:
        """Drop the wishes of a connection that was lost: an hour later, nobody expects them any more."""
        self._wishes.clear()
        self._asked.clear()

    async def fulfil(self) -> tuple[str, Message | None]:
        """Wait for a wish, and fulfil it; the key of its socket, and what became of it, unless that is gone."""
        await self._asked.wait()
        key = next(iter(self._wishes))
        wish = self._wishes.pop(key)
        if not self._wishes:
            self._asked.clear()
        said = await self._switch(key, wish)
        device = self._monitor.fleet.devices.get(key)
        log.info("mqtt: %s: %s: %s", key, "on" if wish else "off", said)
        return key, _answer(device, said) if device else None

    async def _switch(self, key: str, wish: bool) -> str:
        try:
            if why := self._refusal(key):
                return why
            switch = await self._monitor.read_switch(key)
            if why := self._refusal(key, switch):
                return why
            if switch.power_on is not wish:
                switch = await self._monitor.set_switch(key, wish)
        except (DeviceError, CommandError) as error:
            return str(error)
        label, word = self._monitor.fleet.devices[key].label, "on" if switch.power_on else "off"
        return f"{label} is {word}" if switch.power_on is wish else f"{label} is still {word}"

    def _refusal(self, key: str, switch: Switch | None = None) -> str | None:
        device = self._monitor.fleet.devices.get(key)
        if device is None:
            return f"{key} is not here any more"
        read_only = self._monitor.settings.read_only
        return refusal(device, self._monitor.clock.now(), read_only=read_only, frozen=False, switch=switch)


def _answer(device: Device, text: str) -> Message:
    return Message(topic_of(device, "switch", "answer"), text, retain=False)
