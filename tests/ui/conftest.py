"""The screen over a simulated house: real app, real widgets, and an engine that answers what it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from time import monotonic
from typing import Any, Protocol, TypeVar, cast
from unittest.mock import patch

import pytest
from rich.console import Console
from textual.css.model import RuleSet
from textual.css.parse import parse
from textual.css.tokenizer import Token
from textual.events import Key, MouseScrollDown, MouseScrollUp, Paste
from textual.message import Message
from textual.notifications import Notify
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tui.core.battery.batteries import Batteries, Wanted
from tui.core.battery.control import Outcome
from tui.core.checks.record import Installation, Observed, Record
from tui.core.doctor.evidence import Computer
from tui.core.events import Added, Configured, SwitchRead
from tui.core.model import Device, DeviceSetting, Endpoint, Fleet, key_of
from tui.core.moment import Now
from tui.core.profiles import PROFILES
from tui.core.reading import Switch
from tui.core.settings import Settings
from tui.engine.clock import Clock
from tui.engine.demo.household import DEFAULT_START, Household
from tui.engine.demo.still import Still
from tui.engine.doctor.doctor import Outcome as Examination
from tui.engine.doctor.doctor import Tell
from tui.engine.keeping.kept import Kept, NothingKept
from tui.engine.mailbox import Mailbox, Snapshot
from tui.engine.monitor import Monitor
from tui.engine.out.sink import SinkState
from tui.engine.paired.tokens import Tokens
from tui.engine.trends import Trends
from tui.net.interfaces import LocalNetwork
from tui.ui.app import HwtuiApp
from tui.ui.glyphs import GLYPHS
from tui.ui.keys import ALL
from tui.ui.session import Session
from tui.ui.theme import THEMES
from tui.ui.widgets.rows import Rows

T = TypeVar("T")

PATIENCE_S = 10.0
"""A condition that does not come true within this long never will."""
LEAST_ROWS = 6
"""On a screen with fewer, not every part has a row."""


_CHARACTERS = {"space": " ", "slash": "/", "question_mark": "?", "enter": "\r", "tab": "\t"}


def key_event(key: str) -> Key:
    """A key as the driver sends it, by Textual's name or as a character."""
    return Key(key, _CHARACTERS.get(key, key if len(key) == 1 else None))


class StoppedClock:
    """Shows the time of a house; nobody waits on it."""

    def __init__(self, house: Still) -> None:
        self._house = house

    def now(self) -> Now:
        return self._house.now

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits here")


class FakeMonitor:
    """The commands of a monitor over a house that stands still. It writes down what it was asked."""

    def __init__(self, house: Still) -> None:
        self.house = house
        self.tokens = Tokens(None, self.clock)
        self.asked: list[tuple[object, ...]] = []
        self.faults: dict[str, Exception] = {}
        """What a command raises."""
        self.switch = Switch(power_on=True, switch_lock=False, brightness=255)
        """What a socket says of itself when it is read."""
        self.obeys = True
        """Whether a socket does what it is told."""
        self.batteries = Batteries()
        """What a meter says of its batteries when it is read."""
        self.became = Outcome("set to something", done=True)
        """What becomes of a mode that is set."""
        self.found = 0
        """How many devices a scan finds."""
        self.scan_ends = asyncio.Event()
        self.scan_ends.set()
        self.scans_stopped = 0
        self.telegram = ""
        """What a P1 passes on when it is asked; empty: what the simulated meter sends now."""
        self.telegram_comes = asyncio.Event()
        self.telegram_comes.set()

    @property
    def clock(self) -> Clock:
        return StoppedClock(self.house)

    @property
    def fleet(self) -> Fleet:
        return self.house.fleet

    def client_of(self, device: Device) -> FakeClient:
        return FakeClient(self, device)

    def _note(self, command: str, *arguments: object) -> None:
        self.asked.append((command, *arguments))
        if command in self.faults:
            raise self.faults[command]

    async def add(self, endpoint: Endpoint) -> None:
        self._note("add", endpoint)
        self.house.apply(Added(endpoint, self.house.now))

    async def configure(self, serial: str, words: DeviceSetting) -> None:
        self._note("configure", serial, words)
        self.house.apply(Configured(serial, words))

    async def identify(self, key: str) -> None:
        self._note("identify", key)

    async def read_switch(self, key: str) -> Switch:
        self._note("read_switch", key)
        self.house.apply(SwitchRead(key, self.switch, self.house.now))
        return self.switch

    async def set_switch(self, key: str, power_on: bool) -> Switch:
        self._note("set_switch", key, power_on)
        if self.obeys:
            self.switch = Switch(power_on, self.switch.switch_lock, self.switch.brightness)
        return self.switch

    async def read_batteries(self, key: str) -> Batteries:
        self._note("read_batteries", key)
        return self.batteries

    async def set_batteries(self, key: str, wanted: Wanted) -> Outcome:
        self._note("set_batteries", key, wanted)
        return self.became

    async def scan(self, networks: Sequence[IPv4Network], progress: Callable[[int, int], None]) -> int:
        self._note("scan", *networks)
        progress(16, 254)
        try:
            await self.scan_ends.wait()
        except asyncio.CancelledError:
            self.scans_stopped += 1
            raise
        return self.found


@dataclass
class FakeClient:
    """The connection to one device of such a house."""

    monitor: FakeMonitor
    device: Device
    timeout_s: float = 5.0

    async def telegram(self) -> str:
        self.monitor._note("telegram", self.device.key)
        await self.monitor.telegram_comes.wait()
        simulated = next(one for one in self.monitor.house.household.devices if key_of(one.serial) == self.device.key)
        return self.monitor.telegram or simulated.answer("GET", "/api/v1/telegram").body.decode("latin-1")


@dataclass
class FakeEngine:
    """The engine as the screen sees it, in the screen's own loop."""

    monitor: FakeMonitor
    sinks: tuple[SinkState, ...] = ()

    def record(self, now: Now, installation: Installation) -> Record:
        return self.monitor.house.recorder.record(now, installation)

    def observed(self, key: str, now: Now) -> Observed | None:
        return self.monitor.house.recorder.observed(key, now)

    @property
    def kept(self) -> Kept:
        return NothingKept()

    @property
    def trends(self) -> Trends:
        return self.monitor.house.trends

    def call(self, command: Callable[[Monitor], Coroutine[Any, Any, T]]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(command(cast("Monitor", self.monitor)), asyncio.get_running_loop())


@dataclass
class Rig:
    """A person before the screen of a house."""

    app: HwtuiApp
    pilot: Pilot[None]
    session: Session
    mailbox: Mailbox
    house: Still
    monitor: FakeMonitor
    said: list[str] = field(default_factory=list)
    """Every notification so far."""
    typed_at: float = 0.0
    """The time that the last key carried which came at a pace."""

    @property
    def view(self) -> str:
        """The name of the screen in front: that of a view, or the class of a dialog."""
        return getattr(self.app.screen, "VIEW", type(self.app.screen).__name__)

    @property
    def selected(self) -> str:
        """The label of the selected device."""
        assert self.session.device
        return self.session.device.label

    @property
    def names(self) -> list[str]:
        """The labels of the devices in the order of the list."""
        return [device.label for device in self.session.devices()]

    @property
    def screen_text(self) -> str:
        """The characters on the screen, row by row, whatever widget they belong to."""
        as_text = patch.object(Console, "export_svg", lambda console, **_: console.export_text())  # a tenth of the work
        with as_text:
            rows = self.app.export_screenshot().replace("\xa0", " ").splitlines()
        return "\n".join(row.rstrip() for row in rows)

    @property
    def question(self) -> str:
        """The words of the dialog in front, in one line."""
        return " ".join(str(static.content) for static in self.app.screen.query(Static))

    def device(self, label: str) -> Device:
        """The newest of a device of the house."""
        return next(device for device in self.house.fleet.devices.values() if device.label == label)

    def text(self, selector: str) -> str:
        """The text of a part of the screen in front."""
        return self.app.screen.query_one(selector, Rows).text

    def select(self, label: str) -> None:
        """Select a device as if by moving to it."""
        self.session.selected = self.device(label).key

    async def press(self, *keys: str) -> None:
        """Press keys, each when all has been done that the one before asked for."""
        for key in keys:
            self.app.post_message(key_event(key))
            await self.pilot.pause(0)
        await self.pilot.pause()

    async def by_hand(self, *keys: str) -> None:
        """Press keys as slowly as a person who has read what is on the screen: half a second and more apart."""
        await self.at_pace(1.0, keys)

    async def at_pace(self, gap_s: float, keys: Sequence[str]) -> None:
        """Press keys so far apart by the times they carry, without waiting so long."""
        self.typed_at = max(monotonic(), self.typed_at + gap_s)
        for key in keys:
            event = key_event(key)
            event.time = self.typed_at = self.typed_at + gap_s
            self.app.post_message(event)
            if self.view in ALL or key == "enter":  # else it goes where the one before went
                await self.pilot.pause(0)
        await self.pilot.pause()

    async def type(self, words: str) -> None:
        """Put words into the field in front, as a paste does."""
        field = self.app.focused
        assert isinstance(field, Input)
        self.app.post_message(Paste(words))
        await self.until(lambda: field.value.endswith(words), f"{words} is typed")

    async def shows(self, words: str) -> None:
        """Wait until these words are on the screen."""
        await self.until(lambda: words in self.screen_text, f'"{words}" is on the screen')

    async def wheel(self, selector: str, by: int) -> None:
        """Turn the wheel over a widget, down for 1 and up for -1."""
        kind = MouseScrollDown if by > 0 else MouseScrollUp
        x, y = self.app.screen.query_one(selector).region.offset
        self.app.post_message(kind(None, x + 3, y + 2, 0, 0, 0, False, False, False, x + 3, y + 2))
        await self.pilot.pause(0)

    async def until(self, holds: Callable[[], object], what: str) -> None:
        """Wait until something holds. `what` names it, for when it never does."""
        deadline = monotonic() + PATIENCE_S
        while not holds():
            assert self.app.is_running, f"the app ended before: {what}"
            assert monotonic() < deadline, f"never happened: {what}"
            await self.pilot.pause(0)

    async def take(self, snapshot: Snapshot) -> None:
        """Let the screen take this snapshot."""
        self.mailbox.put(snapshot)
        await self.until(lambda: self.session.newest is snapshot, "the snapshot is taken")

    async def told(self) -> None:
        """Let the screen take the present state of the house."""
        await self.take(self.house.snapshot)

    async def after(self, seconds: int, every_s: int = 1) -> None:
        """Let time pass in the house, and show it."""
        self.house.run(seconds, every_s)
        await self.told()

    async def heard(self, words: str) -> None:
        """Wait until the screen has said something with these words in it."""
        await self.until(lambda: any(words in text for text in self.said), f'"{words}" is said, after {self.said}')

    async def in_front(self, view: str) -> None:
        """Wait until a view or dialog is in front, and has drawn itself."""
        await self.until(lambda: self.view == view, f"{view} comes to the front, after {self.view}")
        await self.pilot.pause(0)


class OpenScreen(Protocol):
    def __call__(
        self,
        household: str = "nl",
        *,
        size: tuple[int, int] = (80, 24),
        settings: Settings = ...,
        config_file: Path | None = None,
        empty: bool = False,
        devices: int | None = None,
        v2: bool = False,
        theme: str = "dark",
        toasts: bool = False,
        rename: dict[str, str] = ...,
    ) -> AbstractAsyncContextManager[Rig]: ...


class IdleDoctor:
    """Examines nobody: no test of the screen asks anything but what it serves itself."""

    computer = Computer()

    def __init__(self, *_: object, **__: object) -> None:
        pass

    async def run(self, tell: Tell) -> Examination:
        return Examination(self.computer, ())


@pytest.fixture(autouse=True)
def idle_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Typed text may open the page of the link doctor, too."""
    monkeypatch.setattr("tui.ui.examining.Doctor", IdleDoctor)


@pytest.fixture(scope="session", autouse=True)
def style_sheets_are_read_once() -> Iterator[None]:
    """Every app reads the same style sheets, which takes a twelfth of a start. What was read of one never changes."""
    known: dict[object, list[RuleSet]] = {}

    def read(
        scope: str, css: str, read_from: tuple[str, str], variable_tokens: dict[str, list[Token]], **more: Any
    ) -> list[RuleSet]:
        values = tuple((name, *(token.value for token in tokens)) for name, tokens in variable_tokens.items())
        sheet = (scope, css, read_from, values, *more.values())
        if sheet not in known:
            known[sheet] = list(parse(scope, css, read_from, variable_tokens=variable_tokens, **more))
        return known[sheet]

    with patch("textual.css.stylesheet.parse", read):
        yield


@pytest.fixture
def open_screen() -> OpenScreen:
    """Show a household that is 8 s old and was polled in each of the last four; with `empty`, one nobody knows yet.

    With `v2` its P1 pushes over API v2, and it has a battery.

    `rename` gives devices of the household other names, as a user might.
    """

    @asynccontextmanager
    async def screen(
        household: str = "nl",
        *,
        size: tuple[int, int] = (80, 24),
        settings: Settings = Settings(),  # noqa: B008 - frozen
        config_file: Path | None = None,
        empty: bool = False,
        devices: int | None = None,
        v2: bool = False,
        theme: str = "dark",
        toasts: bool = False,
        rename: dict[str, str] = {},  # noqa: B006 - only read
    ) -> AsyncIterator[Rig]:
        house = Still(Household(household, devices=devices, v2=v2), DEFAULT_START)
        first = Snapshot(type(house.fleet)(), house.now)
        house.run(4, every_s=4)
        house.run(4)
        for device in house.household.devices:
            if device.name in rename:
                house.apply(Configured(key_of(device.serial), DeviceSetting(rename[device.name], device.role)))
        monitor, mailbox = FakeMonitor(house), Mailbox()
        session = Session(
            FakeEngine(monitor),
            settings,
            GLYPHS["unicode"],
            PROFILES["nl"],
            first,
            config_file=config_file,
            networks=lambda: (LocalNetwork("wlan0", "192.168.1.5", IPv4Network("192.168.1.0/24")),),
        )
        app = HwtuiApp(session, mailbox, theme, ansi=THEMES[theme].ansi)
        said: list[str] = []

        def listen(message: Message) -> None:
            if isinstance(message, Notify):
                said.append(message.notification.message)

        async with app.run_test(size=size, notifications=toasts, message_hook=listen) as pilot:
            rig = Rig(app, pilot, session, mailbox, house, monitor, said)
            if not empty:
                await rig.told()
            parts = ["#wall"] if settings.kiosk else ["#panel", "#keys"] if empty else ["#list", "#panel", "#keys"]
            drawn = all if size[1] >= LEAST_ROWS else any
            await rig.until(lambda: drawn(map(rig.text, parts)), "the first picture is drawn")
            await pilot.pause()
            yield rig

    return screen
