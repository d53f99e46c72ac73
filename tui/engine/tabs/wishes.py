"""Does for the tabs what only the engine can: it alone talks to the devices."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.core.afar import (
    Add,
    Configure,
    Identify,
    ReadBatteries,
    ReadSwitch,
    SetBatteries,
    SetSwitch,
    Telegram,
    Wish,
)
from tui.core.moment import Now
from tui.engine.command import CommandError
from tui.engine.telegrams import RawTelegram, read_telegram

if TYPE_CHECKING:
    from tui.engine.monitor import Monitor

SAME_S = 5.0
"""A telegram is that of all tabs for so long: each of them reads it every ten seconds (`ui.telegramming`)."""
READ_ONLY = "read-only: in this browser nothing is switched, set, named or added"


class Wishes:
    """Of all tabs. Without `control` only what changes nothing is done."""

    def __init__(self, monitor: Monitor, *, control: bool) -> None:
        self._monitor, self._control = monitor, control
        self._telegrams: dict[str, tuple[asyncio.Task[RawTelegram], Now]] = {}
        """The last read of each device, and when it began."""

    async def fulfil(self, wish: Wish) -> object:
        """Do it; what the monitor answers. Raises `CommandError`, `DeviceError`."""
        monitor = self._monitor
        if isinstance(wish, Telegram):
            return await self._telegram(wish.key)
        if not self._control:
            raise CommandError(READ_ONLY)
        match wish:
            case Identify():
                await monitor.identify(wish.key)
            case ReadSwitch():
                return await monitor.read_switch(wish.key)
            case SetSwitch():
                return await monitor.set_switch(wish.key, wish.power_on)
            case ReadBatteries():
                return await monitor.read_batteries(wish.key)
            case SetBatteries():
                return await monitor.set_batteries(wish.key, wish.wanted)
            case Configure():
                await monitor.configure(wish.serial, wish.words)
            case Add():
                await monitor.add(wish.endpoint)
        return None

    async def _telegram(self, key: str) -> str:
        """One request for all who ask at about the same time. It goes on if one of them leaves."""
        now = self._monitor.clock.now()
        last, since = self._telegrams.get(key, (None, now))
        if last is None or (last.done() and now.age_of(since) >= SAME_S):
            if key not in self._monitor.fleet.devices:
                raise CommandError(f"{key} is not here (any more)")
            last = asyncio.create_task(read_telegram(self._monitor, key))
            last.add_done_callback(lambda one: one.cancelled() or one.exception())  # all who waited may have left
            self._telegrams[key] = last, now
        return (await asyncio.shield(last)).text
