"""The dialogs: a short text, one answer; esc changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import ClassVar, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.core.address import AddressError, parse_host
from tui.core.model import Device, DeviceSetting, Endpoint, Fleet, Role, key_of, natural_role
from tui.core.settings import LONGEST_NAME
from tui.core.text import clean
from tui.core.wiring import loops
from tui.engine.command import CommandError
from tui.ui.glyphs import Glyphs
from tui.ui.screens.modal import Modal
from tui.ui.session import Engine
from tui.ui.widgets.choice import Choice

T = TypeVar("T")


class Dialog(Modal[T]):
    """A box with text and perhaps an input; esc leaves everything unchanged."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "cancel")]

    def __init__(self, title: str, words: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self._words = words

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = "esc changes nothing"
            for text in self._words:
                yield Static(Content(text), classes="words")
            yield from self.fields()
            yield Static("", id="error")

    def fields(self) -> ComposeResult:
        """The fields below the text."""
        yield from ()

    def refuse(self, text: str) -> None:
        """Say why an answer cannot be accepted."""
        error = self.query_one("#error", Static)
        error.update(Content(text))
        error.call_after_refresh(error.scroll_visible)


class Prompt(Horizontal):
    """An input, marked so that it is visible without colours, too."""

    def __init__(self, value: str = "", *, id: str, placeholder: str = "", max_length: int = 255) -> None:  # noqa: A002
        super().__init__(classes="prompt")
        self._input = Input(value, placeholder=placeholder, id=id, max_length=max_length)

    def compose(self) -> ComposeResult:
        yield Static(">")
        yield self._input


class AskHost(Dialog[Endpoint | None]):
    """Asks for the address of a device."""

    def __init__(self) -> None:
        super().__init__("Add a device", ["Its address, as the HomeWizard app shows it under the meter:"])

    def fields(self) -> ComposeResult:
        yield Prompt(id="host", placeholder="192.168.1.20 or p1meter-aabbcc.local, perhaps :port")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        try:
            endpoint = parse_host(event.value)
        except AddressError as error:
            self.refuse(str(error))
        else:
            self.dismiss(endpoint)


class AskWords(Dialog[DeviceSetting | None]):
    """Asks for the user's settings for a device: its name, its role, and how it is wired."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Priority bindings act at once: the next key already goes to the newly focused field.
        Binding("down,tab", "app.focus_next", "next field", priority=True),
        Binding("up,shift+tab", "app.focus_previous", "field before", priority=True),
        ("enter", "save", "save"),
    ]

    def __init__(self, device: Device, fleet: Fleet, glyphs: Glyphs) -> None:
        super().__init__(f"Name and role of {device.label}", ["Name; leave it empty to clear it:"])
        self._device = device
        self._fleet = fleet
        self._glyphs = glyphs

    def fields(self) -> ComposeResult:
        device, glyphs = self._device, self._glyphs
        yield Prompt(device.name or "", id="name", max_length=LONGEST_NAME)
        yield Choice("Role", role_choices(device), device.given_role, glyphs, id="role")
        behind = behind_choices(device, self._fleet)
        if len(behind) > 1:
            yield Choice("Behind", behind, device.behind, glyphs, id="behind")
        if device.product.can_be_inverted:
            inverted = (("no", False), ("yes, mounted upside down", True))
            yield Choice("Inverted", inverted, device.said_inverted, glyphs, id="inverted")
        yield Static("left right: pick   up down: other field   enter: save", classes="words hint")

    @on(Input.Submitted)
    def action_save(self) -> None:
        """Accept all fields; settings that are not offered stay unchanged."""
        device = self._device
        picked = {choice.id: choice.value for choice in self.query(Choice)}
        self.dismiss(
            DeviceSetting(
                name=clean(self.query_one("#name", Input).value, LONGEST_NAME) or None,
                role=picked["role"],
                behind=picked.get("behind", device.behind),
                inverted=picked.get("inverted", device.said_inverted),
                api=device.forced_api,
                capacity_kwh=device.capacity_kwh,
            )
        )


def role_choices(device: Device) -> list[tuple[str, Role | None]]:
    """The roles in list order. A P1 and a battery have one by themselves, so "none" must be a choice there."""
    own = natural_role(device.product)
    what = "a P1" if device.product.is_grid_meter else "a battery"
    first: list[tuple[str, Role | None]] = [(f"auto ({what} is {own})", None), ("none", Role.NONE)]
    roles = [(role.value, role) for role in Role if role is not Role.NONE]
    return [*(first if own else [("none", None)]), *roles]


def behind_choices(device: Device, fleet: Fleet) -> list[tuple[str, str | None]]:
    """The meters that a device may be wired behind, by serial: not the house's own, since everything is behind that.

    A serial that is already set stays as the user wrote it, even if no device has it.
    """
    if device.product.is_grid_meter or not device.product.measures_electricity:
        return []
    behind = {key: key_of(words.behind) for key, words in fleet.words.items() if words.behind}
    others = [
        other
        for other in fleet.devices.values()
        if other.serial and other.product.measures_electricity and not other.product.is_grid_meter
        if other.key != device.key and not loops(device.key, {**behind, device.key: other.key})
    ]
    now_behind = key_of(device.behind or "")
    rows = [(other.label, device.behind if other.key == now_behind else other.serial) for other in others]
    rows.sort(key=lambda row: row[0].casefold())
    if device.behind and device.behind not in {serial for _, serial in rows}:
        rows.append((device.behind, device.behind))
    return [("nothing", None), *rows]


class Scanning(Dialog[int | None]):
    """A running search of the subnet; returns how many devices answered, None if it was cancelled."""

    def __init__(self, engine: Engine, network: IPv4Network) -> None:
        super().__init__("Searching the network", [f"Asking every address of {network}."])
        self._engine = engine
        self._network = network

    def fields(self) -> ComposeResult:
        yield Static("", id="progress")

    @work(exit_on_error=True)
    async def on_mount(self) -> None:
        """Search, and close when done."""
        loop = asyncio.get_running_loop()

        def progress(done: int, total: int) -> None:
            if done % 16 == 0:
                loop.call_soon_threadsafe(self._show, done, total)

        future = self._engine.call(lambda monitor: monitor.scan([self._network], progress))
        try:
            found: int = await asyncio.wrap_future(future)
            self.dismiss(found)
        except (CommandError, OSError) as error:
            self.refuse(str(error))

    def _show(self, done: int, total: int) -> None:
        if self.is_attached:
            self.query_one("#progress", Static).update(Content(f"{done} of {total}"))
