"""The dialog of pairing: which button to press, and how long it still asks. Several devices may wait in it at once.

No text that is typed or pasted pairs anything: a person has to press a button on the device.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from tui.core.link.pairing import Attempt, Step, seconds_left, why_not_asked
from tui.core.model import Device
from tui.engine.clock import Clock, SystemClock
from tui.engine.command import CommandError
from tui.engine.paired.pairing import pair_device
from tui.ui.screens.dialogs import Dialog
from tui.ui.session import Session

TICK_S = 1.0
THEN = (
    "Then this computer may read it over API v2, encrypted. You can take that back with hwtui unpair, or in the "
    "HomeWizard app."
)


@dataclass
class _Asked:
    """One device in the dialog."""

    device: Device
    attempt: Attempt | None = None
    """None before the engine has begun."""
    shown: str = ""

    @property
    def is_over(self) -> bool:
        return self.attempt is not None and self.attempt.is_over


class PairDialog(Dialog[None]):
    """Waits for the buttons of devices; esc ends that and leaves everything as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [("backspace", "dismiss(None)", "close"), ("p", "more", "more")]

    def __init__(self, session: Session, device: Device, pace: Clock | None = None) -> None:
        super().__init__(f'Pair with "{device.label}"', [])
        self._session = session
        self._asked = [_Asked(device)]
        self._pace = pace or SystemClock()
        self._ticks: Timer | None = None

    def fields(self) -> ComposeResult:
        yield Vertical(id="asked")
        yield Static(THEN, id="then", classes="words")
        yield Static("", id="more", classes="words")

    async def on_mount(self) -> None:
        """Ask the device that it was opened for."""
        self.query_one(".box").add_class("wide")
        self._ticks = self.set_interval(TICK_S, self._show)
        await self._begin(self._asked[0])

    async def action_more(self) -> None:
        """Ask the next device that is not paired either; after the last one, those again that were not paired."""
        other = self._other
        if other is not None:
            self._asked.append(_Asked(other))
            await self._begin(self._asked[-1])
            return
        for one in self._asked:
            if one.attempt is not None and one.attempt.step in (Step.REFUSED, Step.TIMED_OUT):
                one.attempt, one.device = None, self._latest(one.device)
                self._ask(one)
        self._show()

    def _latest(self, device: Device) -> Device:
        """The same device as it is now: one given by hand has another key once it has shown who it is."""
        fleet = self._session.newest.fleet
        there = fleet.holder_of(device.endpoint) if device.endpoint else None
        return fleet.devices.get(device.key) or there or device

    @property
    def _other(self) -> Device | None:
        """The next that may be asked, too: one that is known to speak API v2."""
        here = {one.device.key for one in self._asked}
        return next(
            (
                device
                for device in self._session.newest.fleet.devices.values()
                if device.key not in here and not device.paired and device.endpoint_of("v2")
                if device.serial and why_not_asked(device) is None
            ),
            None,
        )

    async def _begin(self, one: _Asked) -> None:
        number = self._asked.index(one)
        rows = (
            Static(Content(one.device.label), id=f"name{number}", classes="asked"),
            Static(Content(one.device.product.button), id=f"press{number}", classes="words press"),
            Static("", id=f"state{number}", classes="words"),
        )
        await self.query_one("#asked").mount_all(rows)
        self._ask(one)
        self._show()
        if number:
            rows[-1].scroll_visible(animate=False)

    @work
    async def _ask(self, one: _Asked) -> None:
        """Pair with it; cancelled when the dialog closes."""
        loop = asyncio.get_running_loop()

        def tell(attempt: Attempt) -> None:  # in the engine's thread
            loop.call_soon_threadsafe(self._heard, one, attempt)

        try:
            future = self._session.engine.call(lambda monitor: pair_device(monitor, one.device.key, self._pace, tell))
            await asyncio.wrap_future(future)
        except CommandError as error:
            self._heard(one, Attempt(Step.REFUSED, self._pace.now(), str(error)))

    def _heard(self, one: _Asked, attempt: Attempt) -> None:
        one.attempt = attempt
        if self.is_attached:
            self._show()

    def _show(self) -> None:
        """Draw what has changed."""
        several = len(self._asked) > 1
        over = all(one.is_over for one in self._asked)
        box = self.query_one(".box").set_class(several, "several")
        box.border_title = Content(f"Pair with {len(self._asked)} devices" if several else self._title)
        box.border_subtitle = "esc closes" if over else "esc leaves it as is"
        for number, one in enumerate(self._asked):
            self.query_one(f"#name{number}").display = several
            self.query_one(f"#press{number}").display = not one.is_over
            self._put(one, number)
        self.query_one("#then").display = not over
        more = self.query_one("#more", Static)
        words = self._more
        more.display = bool(words)
        if words != str(more.content):
            more.update(Content(words))
        if self._ticks is not None:
            (self._ticks.pause if over else self._ticks.resume)()

    def _put(self, one: _Asked, number: int) -> None:
        text = state_words(one.attempt, seconds_left(one.attempt, self._pace.now()) if one.attempt else 0)
        if text != one.shown:
            one.shown = text
            self.query_one(f"#state{number}", Static).update(Content(text))

    @property
    def _more(self) -> str:
        """What the key p does now."""
        other = self._other
        if other is not None:
            return f"p: ask {other.label}, too"
        lost = any(one.attempt and one.attempt.step in (Step.REFUSED, Step.TIMED_OUT) for one in self._asked)
        return "p: ask again" if lost else ""


def state_words(attempt: Attempt | None, left_s: int) -> str:
    """How far a device is, as sentences."""
    if attempt is None:
        return "Asking."
    if attempt.is_over:
        return attempt.text
    left = f"Asking every second, {left_s} s left."
    text = attempt.text if attempt.text.endswith((".", "?")) or not attempt.text else f"{attempt.text}."
    return f"{text} {left}".lstrip()
