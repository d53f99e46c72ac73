"""Make the pictures of the README: `python screenshots/make.py`.

From the simulator, with a fixed clock and no sockets, so that two runs give the same bytes. `VERSION` beside this file
says with which Textual and Rich they were made; other versions draw the same text, perhaps in other SVG.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from html import unescape
from importlib.metadata import version
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, TypeVar, cast
from unittest.mock import patch
from zoneinfo import ZoneInfo

from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, Static

from tui.core.battery.batteries import Batteries
from tui.core.checks.record import Installation, Observed, Record
from tui.core.checks.recorder import Recorder
from tui.core.doctor import past as before
from tui.core.doctor.diagnosis import Patient, diagnose
from tui.core.doctor.evidence import (
    Arp,
    Computer,
    Evidence,
    Examined,
    Interface,
    Reach,
    Route,
    Said,
    Tried,
    Way,
)
from tui.core.events import ClockStood, Failed
from tui.core.fuse import Fuse
from tui.core.model import Device, Endpoint, Fleet, State, key_of
from tui.core.moment import Now
from tui.core.money.prices import Prices
from tui.core.profiles import profile_of
from tui.core.reading import Switch
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.core.state import state_of
from tui.engine.clock import Clock
from tui.engine.demo.devices import Fault
from tui.engine.demo.history import DemoHistory
from tui.engine.demo.household import Household
from tui.engine.demo.still import Still
from tui.engine.doctor.doctor import Outcome as Examination
from tui.engine.doctor.doctor import Tell
from tui.engine.history.filling import fill
from tui.engine.history.reader import Reader
from tui.engine.keeping.keeper import Keeper
from tui.engine.keeping.kept import Kept, NothingKept
from tui.engine.mailbox import Mailbox, Snapshot
from tui.engine.monitor import Monitor
from tui.engine.out.sink import SinkState
from tui.engine.paired.tokens import Tokens
from tui.engine.paired.v2clients import UserClient
from tui.engine.trends import Trends
from tui.net.errors import LOCAL_API_OFF, ButtonNotPressed
from tui.net.interfaces import LocalNetwork
from tui.ui.app import HwtuiApp
from tui.ui.glyphs import GLYPHS
from tui.ui.screens.batterymode import AskMode
from tui.ui.screens.check import CheckView
from tui.ui.screens.deliberate import Deliberate
from tui.ui.screens.device import DeviceView
from tui.ui.screens.doctor import DoctorView
from tui.ui.screens.graph import GraphView
from tui.ui.screens.help import Help
from tui.ui.screens.overview import Overview
from tui.ui.screens.pairing import PairDialog
from tui.ui.screens.tables import Links, Meters
from tui.ui.screens.wall import WallView
from tui.ui.session import Session
from tui.ui.theme import THEMES

FOLDER = Path(__file__).parent
VERSION = FOLDER / "VERSION"
START = datetime(2026, 4, 25, 14, 10, tzinfo=ZoneInfo("Europe/Amsterdam"))
"""A Saturday. The pictures show `RUN_S` later: the graph is full, and the gas meter has been read several times."""
RUN_S = 22 * 60
LIVING, PAST_DAYS = ("nl",), 14
"""The houses with a past, and how many days of it."""
PRICES = Prices({"import": Decimal("0.27"), "export": Decimal("0.09")}, single={"gas": Decimal("1.35")})
SEARCHED_S = 10
"""How long nothing has been found in the picture of that."""
CHARACTER_PX = 12.2
"""The width of a character in the SVG that Rich writes."""

FAULTS = {
    Fault.API_OFF: (State.API_DISABLED, LOCAL_API_OFF, RUN_S),
    Fault.SILENT: (State.SILENT, "Connected, but no answer within 5 s: unplug it for a moment", 300),
    Fault.DRIPPING: (State.SILENT, "Answer not complete within 5 s: is the Wi-Fi weak there?", RUN_S),
    Fault.GARBAGE: (State.BAD_ANSWER, "The answer is not JSON: is it a HomeWizard device?", RUN_S),
}
"""What a fault on the wire looks like to the poller, and for how many seconds before the picture it was there."""

SAID = {State.API_DISABLED: Said.API_OFF, State.NOT_PAIRED: Said.NOT_PAIRED, State.BAD_ANSWER: Said.BAD}
"""What a device in such a state says to the link doctor."""

T = TypeVar("T")


@dataclass(frozen=True)
class Shot:
    """One picture: what is on the screen, and the keys that lead there."""

    name: str
    width: int
    height: int
    household: str | None = "nl"
    """None: an empty house."""
    keys: tuple[str, ...] = ()
    shows: type[Screen[Any]] = Overview
    theme: str = "dark"
    says: str = ""
    """Words that come later than the rest."""
    pairs: bool = False
    """The dialog of pairing is opened for the first device that is not paired, by a clock that stands still."""


SHOTS = (
    Shot("overview", 80, 24),
    Shot("overview-wide", 120, 36),
    Shot("overview-light", 80, 24, theme="light"),
    Shot("phone", 40, 20),
    Shot("wall", 80, 30, keys=("2",), shows=WallView),
    Shot("p1", 100, 32, keys=("enter",), shows=DeviceView),
    Shot("battery", 80, 24, keys=("j", "j", "enter"), shows=DeviceView),
    Shot("battery-mode", 80, 24, keys=("m",), shows=AskMode),
    Shot("pairing", 80, 24, "faulty", shows=PairDialog, says=" s left", pairs=True),
    Shot("p1-belgium", 100, 32, "be", ("enter",), DeviceView),
    Shot("graph", 80, 24, keys=("3",), shows=GraphView, says=" at "),
    Shot("graph-week", 80, 24, keys=("3", "minus"), shows=GraphView, says="own use"),
    Shot("meters", 80, 24, keys=("4",), shows=Meters),
    Shot("check", 80, 24, "onsite", keys=("5",), shows=CheckView),
    Shot("links", 100, 24, keys=("6",), shows=Links),
    Shot("doctor", 80, 24, "faulty", keys=("6", "enter", "home", "j"), shows=DoctorView, says="▶Shed"),
    Shot("faulty", 120, 36, "faulty"),
    Shot("switch-off", 80, 24, keys=("j", "j", "j", "j", "j", "o"), shows=Deliberate),
    Shot("nothing-found", 80, 24, household=None),
    Shot("help", 80, 44, keys=("question_mark",), shows=Help),
)


@dataclass
class House:
    """What one picture looks at. It is the engine, too: its commands are answered at once."""

    snapshots: list[Snapshot]
    grid: str | None = None
    fuse: Fuse | None = None
    trends: Trends = field(default_factory=Trends)
    recorder: Recorder | None = None
    kept: Kept = field(default_factory=NothingKept)
    sinks: tuple[SinkState, ...] = ()

    def record(self, now: Now, installation: Installation) -> Record:
        """The record of the check. The clock of the machine that draws does not count."""
        installation = replace(installation, synchronised=True)
        return self.recorder.record(now, installation) if self.recorder else Record(now, now, installation)

    def observed(self, key: str, now: Now) -> Observed | None:
        """One device of it."""
        return self.recorder.observed(key, now) if self.recorder else None

    def call(self, command: Callable[[Monitor], Coroutine[Any, Any, T]]) -> Future[T]:
        """Run a command, with this house in the place of the monitor."""
        return asyncio.run_coroutine_threadsafe(command(cast("Monitor", self)), asyncio.get_running_loop())

    @property
    def fleet(self) -> Fleet:
        """The house as it is."""
        return self.snapshots[-1].fleet

    @property
    def clock(self) -> Clock:
        """It stands still."""
        return StillClock(self.snapshots[-1])

    @property
    def tokens(self) -> Tokens:
        """None are kept."""
        return Tokens(None, Pace())

    def paired_client(self, endpoint: Endpoint, token: Secret | None, serial: str | None) -> UserClient:
        """A device whose button is not pressed."""
        return cast("UserClient", Unpressed())

    async def read_batteries(self, key: str) -> Batteries:
        """What a meter said of its batteries last."""
        read = self.fleet.devices[key].batteries
        return read.value if read else Batteries()

    async def read_switch(self, key: str) -> Switch:
        """The switch as it was read last."""
        switch = self.snapshots[-1].fleet.devices[key].switch
        return switch.value if switch else Switch()


class Unpressed:
    """A device that waits for its button."""

    serial = None

    async def create_user(self, name: str) -> Secret:
        """Not yet."""
        raise ButtonNotPressed(f"no button pressed for {name}")

    async def aclose(self) -> None:
        """Nothing was opened."""


class Pace:
    """The clock of a dialog that waits for ever."""

    def now(self) -> Now:
        """Always the same moment."""
        return Now(START.timestamp(), 0.0)

    async def sleep(self, seconds: float) -> None:
        """For longer than the picture takes."""
        await asyncio.Event().wait()


class PicturedDoctor:
    """Finds in a house what its polls met there: real requests would take other times in each picture."""

    def __init__(
        self, fleet: Fleet, _: Settings, clock: Clock, *, pasts: Mapping[str, before.LinkPast], **__: object
    ) -> None:
        self._fleet, self._pasts, self._now = fleet, pasts, clock.now()
        self.computer = Computer(
            (Interface("wlan0", "192.168.1.2", "192.168.1.0/24"),),
            gateway="192.168.1.1",
            gateway_s=0.003,
            mdns_used=True,
            heard=9,
            gateway_asked=True,
        )

    async def run(self, tell: Tell) -> Examination:
        """All at once."""
        return Examination(self.computer, tuple(map(self._patient, self._fleet.devices.values())))

    def _patient(self, device: Device) -> Patient:
        endpoint, kind = device.endpoints[0], device.problem.kind if device.problem else State.LIVE
        said = SAID.get(kind, Said.WHO)
        is_there = kind is not State.SILENT
        way = Way(
            endpoint,
            Reach.ACCEPTED if is_there else Reach.NOBODY,
            said if is_there else Said.NOTHING,
            "damaged JSON" if said is Said.BAD else "",
            device.serial if said is Said.WHO else None,
            5,
            latencies_s=(0.012, 0.03),
        )
        at, answer = self._now.utc - 8, "no answer"
        tried = (
            Tried(at, "mDNS", f"announced at {endpoint.address}" if is_there else "not heard"),
            Tried(at + 2, "ARP", device.key if is_there else answer),
            Tried(at + 3, f"TCP {endpoint.port}", "accepted in 4 ms" if is_there else answer),
        )
        examined = Examined(
            device.label,
            endpoint.address,
            device.serial,
            endpoint.host,
            Route.LINK,
            "wlan0",
            Arp.ANSWERED if is_there else Arp.SILENT,
            ways=(way,),
            announced=is_there,
            behind_s=3600.0 if kind is State.FROZEN else None,
            clock_moved=False if kind is State.FROZEN else None,
            tried=tried,
        )
        evidence = Evidence(before.with_past(examined, self._pasts[device.key], self._now), self.computer)
        return Patient(evidence, diagnose(evidence, self._now), self._now)


class StillClock:
    """The clock of a house that stands still."""

    def __init__(self, still: Still | Snapshot) -> None:
        self._still = still

    def now(self) -> Now:
        """The moment of the house."""
        return self._still.now

    async def sleep(self, seconds: float) -> None:
        """Not at all: nothing is done later in a picture."""


def with_past(still: Still, household: Household) -> Keeper:
    """What is kept of a house that has a past: today, yesterday, its history. Its answers are listened to."""
    history = DemoHistory(household, PAST_DAYS)
    history.wait()
    settings = Settings(grid=household.grid, prices=PRICES)
    keeper = Keeper(settings, StillClock(still), still.trends, None, history)
    still.listeners.append(keeper.heard)
    return keeper


def fill_past(still: Still, keeper: Keeper) -> None:
    """Give the graphs and today what was before the house began to live, as the engine does after a start."""
    if not isinstance(keeper.past, Reader):
        raise TypeError("a demo's past is read by a Reader")
    asyncio.run(keeper.counting.ask(keeper.past, still.now))
    for key in still.fleet.devices:
        fill(still.trends, keeper.past, key, still.now.utc)


@cache
def house(name: str | None) -> House:
    """A household after `RUN_S` seconds."""
    start = Now(START.timestamp(), 0.0)
    if name is None:
        end = start.plus(RUN_S)
        return House([Snapshot(Fleet(), end.plus(-SEARCHED_S)), Snapshot(Fleet(), end)])
    household = Household(name, start=start, lives=name in LIVING)
    still = Still(household, start)
    keeper = with_past(still, household) if name in LIVING else None
    left = RUN_S
    for device in sorted(household.devices, key=lambda one: _ill_for(one.fault), reverse=True):
        if device.fault in FAULTS:
            kind, text, ill_for = FAULTS[device.fault]
            still.run(left - ill_for)
            left = ill_for
            still.silence(device.serial)
            endpoint = still.fleet.devices[key_of(device.serial)].endpoints[0]
            still.apply(Failed(endpoint, kind, text, still.now))
    still.run(left)
    if keeper is not None:
        fill_past(still, keeper)
    for device in household.devices:
        if device.fault is Fault.FROZEN:
            still.apply(ClockStood(device.serial, still=True, at=still.now))
    kept = keeper or NothingKept()
    return House([still.snapshot], household.grid, household.fuse, still.trends, still.recorder, kept)


def _ill_for(fault: Fault | None) -> int:
    return FAULTS[fault][2] if fault in FAULTS else 0


def draw(shot: Shot) -> str:
    """The picture as SVG. Rich's own ids are a checksum of how the rows were cut into pieces, which nobody sees."""
    svg = re.sub(r"\bterminal-\d+", f"hwtui-{shot.name}", asyncio.run(_draw(shot, house(shot.household))))
    return re.sub(r'x="([\d.]+)" (y="[\d.]+") textLength="([\d.]+)"([^>]*)>((?:&#160;)+)', _without_blanks, svg)


def _without_blanks(text: re.Match[str]) -> str:
    """A text begun where its first visible character is: some viewers drop blanks there and shift the rest."""
    x, y, length, rest, blanks = text.groups()
    left = len(blanks) // len("&#160;") * CHARACTER_PX
    return f'x="{float(x) + left:.1f}" {y} textLength="{float(length) - left:.1f}"{rest}>'


async def _draw(shot: Shot, at: House) -> str:
    mailbox = Mailbox()
    session = Session(
        at,
        Settings(grid=at.grid, fuse=at.fuse),
        GLYPHS["unicode"],
        profile_of(at.grid),
        Snapshot(Fleet(), at.snapshots[0].now),
        without_config="it is a picture of a real house" if shot.shows is DoctorView else None,
        networks=lambda: [LocalNetwork("wlan0", "192.168.1.23", IPv4Network("192.168.1.0/24"))],
    )
    app = HwtuiApp(session, mailbox, shot.theme, ansi=THEMES[shot.theme].ansi)
    doctor = patch("tui.ui.examining.Doctor", partial(PicturedDoctor, at.fleet))
    async with app.run_test(size=(shot.width, shot.height)) as pilot:
        for snapshot in at.snapshots:
            mailbox.put(snapshot)
            await _until(partial(_has_taken, session, snapshot), "the snapshot is taken", pilot)
        with doctor:
            for key in shot.keys:
                await pilot.press(key)
        if shot.pairs:
            devices = session.newest.fleet.devices.values()
            one = next(device for device in devices if state_of(device, session.newest.now) is State.NOT_PAIRED)
            app.push_screen(PairDialog(session, one, Pace()))
        await _until(lambda: isinstance(app.screen, shot.shows), f"{shot.shows.__name__} is in front", pilot)
        for line in app.screen.query(Input):
            line.cursor_blink = False
        for field in app.screen.query("#typed").results(Static):
            await _until(partial(_has_text, field), "the dialog takes keys", pilot)
        if isinstance(app.screen, GraphView):
            walking = app.screen.walking
            await _until(lambda: walking.shown is not None and walking.asked is walking.shown, "the graph", pilot)
        if at.snapshots and at.fuse and isinstance(at.kept, Keeper):
            await _until(lambda: at.kept.costs(session.newest.now) is not None, "the costs are reckoned", pilot)
            mailbox.put(Snapshot(session.newest.fleet, session.newest.now))
            await _until(lambda: session.newest is not at.snapshots[-1], "they are drawn", pilot)
        await pilot.pause()
        await _until(lambda: shot.says in "\n".join(screen_text(app.export_screenshot())), shot.says, pilot)
        return app.export_screenshot()


def _has_taken(session: Session, snapshot: Snapshot) -> bool:
    return session.newest is snapshot


def _has_text(field: Static) -> bool:
    return bool(str(field.content))


async def _until(holds: Callable[[], bool], what: str, pilot: Pilot[None]) -> None:
    try:
        async with asyncio.timeout(10):
            while not holds():
                await pilot.pause()
    except TimeoutError:
        raise AssertionError(f"never happened: {what}") from None


def screen_text(svg: str) -> list[str]:
    """The rows of the screen that an SVG shows, without the blanks at their ends."""
    rows: defaultdict[int, str] = defaultdict(str)
    for x, row, text in re.findall(r'<text [^>]*?x="([\d.]+)"[^>]*line-(\d+)\)"[^>]*>(.*?)</text>', svg):
        column = round(float(x) / CHARACTER_PX)
        rows[int(row)] = rows[int(row)].ljust(column) + unescape(text).replace("\N{NO-BREAK SPACE}", " ")
    return [rows[row].rstrip() for row in range(max(rows, default=-1) + 1)]


def made_with() -> str:
    """The libraries that decide what the SVG looks like, as `VERSION` names them."""
    return "".join(f"{name} {version(name)}\n" for name in ("textual", "rich"))


def main() -> None:
    """Write every picture, and remove those that are no longer made."""
    wanted = {FOLDER / f"{shot.name}.svg": draw(shot) for shot in SHOTS}
    for old in FOLDER.glob("*.svg"):
        if old not in wanted:
            old.unlink()
    for path, svg in wanted.items():
        path.write_text(svg, encoding="utf-8", newline="\n")
    VERSION.write_text(made_with(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
