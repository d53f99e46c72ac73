"""`hwtui switch` and `hwtui identify`: one device, named; a socket told something, or a LED blinked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from zoneinfo import ZoneInfo

from tui.core.devicejson import device_json
from tui.core.listing import problem_lines
from tui.core.model import Device
from tui.core.profiles import profile_of
from tui.core.reading import Switch
from tui.core.settings import Settings
from tui.core.switching import blink_refusal
from tui.core.switchwish import Wish, done_words, question, state_words, wish_refusal
from tui.engine.clock import SystemClock
from tui.engine.command import CommandError
from tui.engine.commands.exits import CRITICAL, OK, UNKNOWN, WARNING
from tui.engine.commands.named import named
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.commands.yesno import can_ask, types
from tui.engine.monitor import Monitor
from tui.net.errors import DeviceError, Unreachable

Ask = Callable[[str, Sequence[str]], Awaitable[bool]]
"""Tells a person some lines, and asks for a word."""


async def switch(
    settings: Settings,
    output: Output,
    device: str,
    wish: Wish | None,
    *,
    as_json: bool = False,
    yes: bool = False,
    ask: Ask | None = None,
) -> int:
    """Tell a socket what is wanted of it, or show its state.

    `ask` asks a person; None: on the terminal. Exit codes: 0 shown, done, or so already; 1 told, but it is not so;
    2 it did not answer; 3 it is not known, or it must not be. Raises `SettingsError`.
    """
    if wish is not None and settings.read_only:
        narrate("hwtui: read-only: nothing is switched")
        return UNKNOWN
    asks = wish is not None and wish.takes_away and not yes
    if wish is not None and asks and ask is None and not can_ask():
        narrate(f"hwtui: {wish.word} asks first, and there is no terminal to ask on: add --yes")
        return UNKNOWN
    async with _reached(settings, device) as (monitor, found):
        if isinstance(found, int):
            return found
        one = _Socket(monitor, found.key, settings)
        try:
            state = await one.state(wish)
            if isinstance(state, str) or wish is None or wish.is_so(state):
                return one.tell(output, state, wish, as_json=as_json)
            if asks:
                if not await (ask or types)(wish.word, question(wish, one.device, monitor.clock.now())):
                    narrate(f"hwtui: nothing was done: {state_words(one.device, state)}")
                    return UNKNOWN
                state = await one.state(wish)  # the question may have been open for an hour
                if isinstance(state, str):
                    return one.tell(output, state, wish, as_json=as_json)
            return one.tell(output, await one.change(wish), wish, as_json=as_json)
        except (DeviceError, CommandError) as error:
            text = str(error)
            narrate(f"hwtui: {text}" if one.device.label in text else f"hwtui: {one.device.label}: {text}")
            return UNKNOWN if isinstance(error, CommandError) else CRITICAL


class _Socket:
    """One socket, by its key."""

    def __init__(self, monitor: Monitor, key: str, settings: Settings) -> None:
        self._monitor = monitor
        self._key = key
        self._settings = settings

    @property
    def device(self) -> Device:
        """As it is known now."""
        return self._monitor.fleet.devices[self._key]

    def _refusal(self, wish: Wish, switch: Switch | None = None) -> str | None:
        now = self._monitor.clock.now()
        return wish_refusal(wish, self.device, now, read_only=self._settings.read_only, switch=switch)

    async def state(self, wish: Wish | None) -> Switch | str:
        """State and lock, read now; a sentence if the wish must not be. Raises `CommandError`, `DeviceError`."""
        if wish is not None and (why := self._refusal(wish)):
            return why
        switch = await self._monitor.read_switch(self._key)
        if wish is None or wish.is_so(switch):
            return switch
        return self._refusal(wish, switch) or switch

    async def change(self, wish: Wish) -> Switch:
        """The state after the wish was told. Raises `CommandError`, `DeviceError`: then it was not done."""
        try:
            return await self._monitor.change_switch(self._key, wish.body)
        except DeviceError as error:
            lost = error
        try:  # it may have come through all the same
            now_is = await self._monitor.read_switch(self._key)
        except (DeviceError, CommandError):
            text = f"it may have been told, but does not answer, so it is not known what it did ({lost})"
            raise Unreachable(text) from lost
        if not wish.is_so(now_is):
            raise lost
        return now_is

    def tell(self, output: Output, state: Switch | str, wish: Wish | None, *, as_json: bool) -> int:
        """Print what became of it; the exit code."""
        if isinstance(state, str):
            narrate(f"hwtui: {state}")
            return UNKNOWN
        done = wish is None or wish.is_so(state)
        text = state_words(self.device, state) if wish is None else done_words(wish, self.device, state)
        if as_json:
            zone, now = ZoneInfo(profile_of(self._settings.grid).zone), self._monitor.clock.now()
            row = device_json(self.device, now, reading=True, zone=zone)
            row["change"] = None if wish is None else {"done": done, "text": text}
            output.line(json.dumps(row, indent=2))
        else:
            output.line(text if done else f"{text}, not as it was told")
        return OK if done else WARNING


async def identify(settings: Settings, device: str) -> int:
    """Blink the LED of a device. Exit codes as those of `switch`. Raises `SettingsError`."""
    if settings.read_only:
        narrate("hwtui: read-only: no LED is blinked")
        return UNKNOWN
    async with _reached(settings, device) as (monitor, found):
        if isinstance(found, int):
            return found
        if why := blink_refusal(found, read_only=settings.read_only):
            narrate(f"hwtui: {why}")
            return UNKNOWN
        try:
            await monitor.identify(found.key)
        except (DeviceError, CommandError) as error:
            narrate(f"hwtui: {found.label}: {error}")
            return CRITICAL
    narrate(f"hwtui: the LED of {found.label} blinks for a few seconds")
    return OK


@asynccontextmanager
async def _reached(settings: Settings, word: str) -> AsyncIterator[tuple[Monitor, Device | int]]:
    """The one device that `word` names, once it has answered; an exit code, after it was told why, if it does not."""
    clock = SystemClock()
    wanted = await named(settings, [word], clock)
    monitor = Monitor(wanted.settings, clock)
    wanted.begin(monitor)
    running = asyncio.create_task(monitor.run())
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(settings.patience_s):
                await wanted.asked(monitor)
        device = wanted.picked(monitor.fleet, monitor.clock.now())[0]
        if device.serial is None or device.link.last_answer is None:
            for text in problem_lines(device) or [f"no answer within {settings.patience_s:g} s"]:
                narrate(f"hwtui: {device.label}: {text}")
            yield monitor, CRITICAL
        else:
            yield monitor, device
    finally:
        running.cancel()
        await asyncio.wait((running,))
