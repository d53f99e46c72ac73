"""The actions on devices that every view has: name, blink, switch, add, search.

Commands run in the engine's thread; the result is one line in the corner of the screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from textual import work
from textual.screen import Screen

from tui.core.model import Device
from tui.core.reading import Switch
from tui.core.settings import SettingsError
from tui.core.state import age_s
from tui.core.switching import blink_refusal, refusal
from tui.core.wording import long_age, watts
from tui.engine.command import CommandError
from tui.engine.configfile import remember_device, remember_host
from tui.net.errors import DeviceError
from tui.net.interfaces import scanned_part
from tui.ui.draw.devices import NO_MATCH
from tui.ui.keys import TELEGRAM
from tui.ui.session import Session

if TYPE_CHECKING:  # not needed for the first frame
    from tui.engine.monitor import Monitor
    from tui.ui.screens.deliberate import Deliberate

T = TypeVar("T")


class DeviceActions(Screen[None]):
    """The actions of a view. Each reports its result to the user."""

    session: Session

    def say(self, text: str, *, bad: bool = False) -> None:
        """Show one line in the corner of the screen."""
        if self.session.settings.kiosk:
            return  # a result that came after the app ended
        self.app.clear_notifications()  # one at a time: they cover the graph
        self.notify(text, severity="error" if bad else "information", markup=False)

    def chosen(self) -> Device | None:
        """The selected device; None, and a message, while the filter hides it."""
        if self.session.hidden:
            self.say(NO_MATCH)
        return self.session.device

    def is_recording(self) -> bool:
        """Whether there is nobody to ask, as a message says."""
        if self.session.replay is not None:
            self.say("This is a recording: nothing is asked of a device.", bad=True)
        return self.session.replay is not None

    def is_afar(self) -> bool:
        """Whether this is in a browser, where that is not done, as a message says."""
        if self.session.is_afar:
            self.say("Not in a browser: it is done on the computer that hwtui runs on.", bad=True)
        return self.session.is_afar

    def only_looks(self) -> bool:
        """Whether this is in a browser that may change nothing, as a message says."""
        looks = self.session.is_afar and self.session.settings.read_only
        if looks:
            self.say("Read-only: hwtui web --control lets a browser do that.", bad=True)
        return looks

    async def ask_engine(self, command: Callable[[Monitor], Coroutine[Any, Any, T]]) -> T | None:
        """Run a command of the monitor; None, and a message, if it failed."""
        try:
            return await asyncio.wrap_future(self.session.engine.call(command))
        except (DeviceError, CommandError) as error:
            self.say(str(error), bad=True)
            return None

    @work(group="identify", exclusive=True)
    async def action_identify(self) -> None:
        """Blink the LED of the selected device, after asking."""
        from tui.ui.screens.deliberate import Confirm

        if self.is_recording():
            return
        device = self.chosen()
        if device is None:
            return
        if text := blink_refusal(device, read_only=self.session.settings.read_only):
            self.say(text, bad=True)
            return
        if not await self.app.push_screen_wait(
            Confirm(f'Blink "{device.label}"?', ["Its LED blinks for a few seconds."])
        ):
            return

        async def blink(monitor: Monitor) -> bool:
            await monitor.identify(device.key)
            return True

        if await self.ask_engine(blink):
            self.say(f"The LED of {device.label} blinks for a few seconds.")

    @work(group="switch", exclusive=True)
    async def action_switch(self) -> None:
        """Switch the selected socket after asking; state and lock are read before and after."""
        if self.is_recording():
            return
        device = self.session.live_device if self.chosen() else None
        if device is None or (now_is := await self._switch_of(device)) is None:
            return
        turn_on = not now_is.power_on
        if not await self.app.push_screen_wait(self._question(device, turn_on)):
            self.say(f"{device.label} stays {'off' if turn_on else 'on'}.")
            return
        if await self._switch_of(device) is None:  # the question may have been open for an hour
            return
        then_is = await self.ask_engine(lambda monitor: monitor.set_switch(device.key, turn_on))
        if then_is is not None:
            done = then_is.power_on is turn_on
            word = "on" if then_is.power_on else "off"
            self.say(f"{device.label} is {word}." if done else f"{device.label} is still {word}.", bad=not done)

    async def _switch_of(self, device: Device) -> Switch | None:
        """State and lock of a socket, read now; None, and a message, if it must not be switched."""
        latest = self.session.newest.fleet.devices.get(device.key, device)
        if self._refused(latest):
            return None
        switch = await self.ask_engine(lambda monitor: monitor.read_switch(device.key))
        return None if switch is None or self._refused(latest, switch) else switch

    def _refused(self, device: Device, switch: Switch | None = None) -> bool:
        session = self.session
        frozen = session.frozen is not None
        text = refusal(device, session.newest.now, read_only=session.settings.read_only, frozen=frozen, switch=switch)
        if text:
            self.say(text, bad=True)
        return text is not None

    def _question(self, device: Device, turn_on: bool) -> Deliberate:
        from tui.ui.screens.deliberate import Deliberate

        if turn_on:
            words = ["What is plugged into it starts at once."]
            return Deliberate(f'Switch on "{device.label}"?', words, word="on", otherwise="Anything else keeps it off.")
        age = age_s(device, self.session.newest.now) or 0.0
        power = watts(device.number("power_w"))
        words = [
            f"It draws {power} W ({long_age(age)} ago). Its switch lock is off.",
            "If it feeds this computer or your router, you cannot switch it on again from here.",
        ]
        return Deliberate(f'Switch off "{device.label}"?', words, word="off", otherwise="Anything else keeps it on.")

    @work(group="batteries", exclusive=True)
    async def action_batteries(self) -> None:
        """Set the mode of the batteries of the selected device after asking."""
        from tui.ui.screens.batterymode import set_mode

        await set_mode(self)

    @work(group="pair", exclusive=True)
    async def action_pair(self) -> None:
        """Pair with the selected device, or say why not. It changes nothing before its button is pressed."""
        from tui.core.link.pairing import READ_ONLY, why_not_asked

        if self.is_recording():
            return
        device = self.session.live_device if self.chosen() else None
        if device is None:
            return
        why_not = READ_ONLY if self.session.settings.read_only else why_not_asked(device)
        if device.paired:
            self.say(f"{device.label} is paired. hwtui unpair {device.serial} takes that back, or the HomeWizard app.")
        elif why_not:
            self.say(why_not, bad=True)
        elif not self.is_afar():
            from tui.ui.screens.pairing import PairDialog

            await self.app.push_screen_wait(PairDialog(self.session, device))

    @work(group="rename", exclusive=True)
    async def action_rename(self) -> None:
        """Edit and save the selected device's name, role and wiring."""
        from tui.ui.screens.dialogs import AskWords

        if self.only_looks():
            return
        device = self.chosen()
        if device is None:
            return
        if device.serial is None:
            self.say("It has not identified itself yet.", bad=True)
            return
        words = await self.app.push_screen_wait(AskWords(device, self.session.newest.fleet, self.session.glyphs))
        if words is None:
            return
        serial = device.serial

        async def tell(monitor: Monitor) -> bool:
            await monitor.configure(serial, words)
            return True

        told = await self.ask_engine(tell)
        if told and device.product.can_be_inverted and words.inverted is not device.said_inverted:
            self.say(f"Import and export of {words.name or device.label} are swapped; its graph starts again.")
        self.keep(lambda path: remember_device(path, serial, words))

    @work(group="add", exclusive=True)
    async def action_add(self) -> None:
        """Add a device by its address, and save it."""
        from tui.ui.screens.dialogs import AskHost

        if self.is_recording() or self.only_looks():
            return
        endpoint = await self.app.push_screen_wait(AskHost())
        if endpoint is None:
            return
        await self.ask_engine(lambda monitor: monitor.add(endpoint))
        self.keep(lambda path: remember_host(path, endpoint))

    def action_telegram(self) -> None:
        """Show the telegram of the selected P1, or say why there is none."""
        device = self.chosen()
        if self.session.replay is not None:
            self.say("This is a recording: there is no telegram in it.", bad=True)
        elif device is None and not self.session.hidden:
            self.say("No P1 meter has been found yet: t shows its telegram as soon as it is here.")
        elif device is None:
            return
        elif not device.product.is_grid_meter:
            from tui.engine.telegrams import no_p1

            self.say(f"{no_p1(device)}.", bad=True)
        else:
            self.app.switch_screen(TELEGRAM)

    def keep(self, write: Callable[[Any], None]) -> None:
        """Write something to the config file, or say why it lasts only until the program ends."""
        if self.session.config_file is None:
            if why := self.session.without_config:
                self.say(f"not saved: {why}: set HOME, or use --config FILE", bad=True)
            return
        try:
            write(self.session.config_file)
        except SettingsError as error:
            self.say(str(error), bad=True)

    @work(group="scan", exclusive=True)
    async def action_scan(self) -> None:
        """Try every address of this computer's subnet, after asking."""
        from tui.ui.screens.deliberate import Confirm
        from tui.ui.screens.dialogs import Scanning

        if self.is_recording() or self.is_afar():
            return
        networks = self.session.networks()
        if not networks:
            self.say("This computer has no network to search.", bad=True)
            return
        near = networks[0]
        network = scanned_part(near)
        count = network.num_addresses - 2
        question = f"Ask every address of {network} on {near.name} ({count}) whether it is a HomeWizard device?"
        if not await self.app.push_screen_wait(Confirm("Search the network", [question])):
            return
        found = await self.app.push_screen_wait(Scanning(self.session.engine, network))
        if found is not None:
            self.say("No device answered." if not found else f"{found} device{'s' * (found > 1)} answered.")

    def action_copy(self) -> None:
        """Copy address and serial of the selected device (OSC 52: also over SSH)."""
        device = self.chosen()
        if device is None:
            return
        parts = [device.endpoint.address if device.endpoint else None, device.serial]
        text = " ".join(part for part in parts if part)
        self.app.copy_to_clipboard(text)
        self.say(f"Copied {text}")
