"""The page of the link doctor: what it shows while it looks and after, and that it ends when nobody looks."""

from __future__ import annotations

import asyncio
import socket
import stat
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

import pytest
from textual.widgets import OptionList

from tests.net.conftest import Servers, Visit
from tui.core.doctor.evidence import Computer, Interface
from tui.core.events import Added, Seen
from tui.core.model import Endpoint
from tui.core.settings import Settings
from tui.engine.doctor.doctor import Doctor, Outcome, Tell
from tui.engine.doctor.examination import Pace
from tui.ui.keys import DEVICE, DOCTOR, LINKS
from tui.ui.screens.doctor import DoctorView
from tui.ui.session import Playback

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig

QUICK = Pace(patience_s=0.5, pause_s=0.01, begin_within_s=0.2, listen_s=0.1)
ALONE = Settings(mdns=False)
OFF = b'{"error":{"id":202,"description":"API not enabled"}}'
SERIAL = "5c2fafd0c701"


@pytest.fixture
def refusing() -> Iterator[Endpoint]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # and nobody listens
        yield Endpoint("127.0.0.1", free.getsockname()[1])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the program was started."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def opened(rig: Rig) -> DoctorView:
    rig.app.switch_screen(LINKS)
    await rig.in_front(LINKS)
    await rig.press("enter")
    await rig.in_front(DOCTOR)
    return cast("DoctorView", rig.app.screen)


async def done(rig: Rig, view: DoctorView) -> None:
    """Wait until all is examined, and drawn."""
    await rig.until(lambda: not view.examining.is_looking, "all is examined")
    await rig.pilot.pause(0)


def plain(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


# ------------------------------------------------------------------ over real sockets


async def test_it_tells_what_is_wrong_what_was_tried_and_keeps_it(
    open_screen: OpenScreen, servers: Servers, monkeypatch: pytest.MonkeyPatch, here: Path, refusing: Endpoint
) -> None:
    monkeypatch.setattr("tui.ui.examining.Doctor", partial(Doctor, pace=QUICK))
    who = f'{{"product_type":"HWE-SKT","serial":"{SERIAL}","active_power_w":1}}'.encode()
    fine, off = await servers.answering(who), await servers.answering(OFF, "403 Forbidden")
    async with open_screen(settings=ALONE, devices=2, size=(80, 30)) as rig:
        house = rig.house
        for endpoint in (off.endpoint, refusing):
            house.apply(Added(endpoint, house.now))
        house.apply(Seen(fine.endpoint, SERIAL, house.now, "HWE-SKT", None, True))
        await rig.told()
        rig.session.selected = SERIAL
        view = await opened(rig)
        await done(rig, view)
        rows = rig.text("#doctor").splitlines()
        listed = [row for row in rows if "127.0.0.1:" in row[:18] or "d0c701" in row]
        assert ["refused" in listed[0], "API off" in listed[1], " well " in listed[2]] == [True] * 3, "worst first"
        assert listed[0].startswith("│▶"), "the one that was selected is well: the worst is shown"
        picked = view.chosen()
        assert picked is not None
        assert picked.label == refusing.address, "p is about the one that the page points at"
        await rig.press("j")
        assert f"▶{off.endpoint.address}" in rig.text("#doctor")
        told = plain(rig.text("#doctor"))
        assert "means the network is in order: only its owner can let it answer" in told
        assert "do HomeWizard app, Settings > Meters > your meter > Local API" in told
        assert f"TCP {off.endpoint.port}" in told

        await rig.press("x")
        whole = rig.text("#doctor")
        assert "y copies all of it, w writes it to a file" in plain(whole)
        assert "  do      HomeWizard app, Settings > Meters > your meter > Local API" in whole
        await rig.press("y")
        assert "answers that its Local API is off" in rig.app.clipboard
        await rig.press("w")
        await rig.heard("Written:")
        path = here / "hwtui-doctor-2026-06-12-1417.txt"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert rig.app.clipboard in path.read_text()
        await rig.press("w")
        await rig.in_front("Confirm")
        await rig.press("escape")
        await rig.heard("Nothing was written.")

        await rig.press("b")
        assert rig.view == DOCTOR
        assert "worst first" in rig.text("#doctor")
        await rig.press("b")
        assert rig.view == LINKS
        assert rig.session.device
        assert rig.session.device.label == off.endpoint.address, "what was chosen is selected"


async def test_whoever_leaves_the_page_ends_it_and_every_connection(
    open_screen: OpenScreen, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.ui.examining.Doctor", partial(Doctor, pace=Pace(patience_s=60.0)))
    asked = asyncio.Event()

    async def silent(visit: Visit) -> None:
        asked.set()
        await visit.until_left()

    one = await servers.start(silent)
    async with open_screen(settings=ALONE) as rig:
        rig.house.apply(Added(one.endpoint, rig.house.now))
        await rig.told()
        view = await opened(rig)
        await asyncio.wait_for(asked.wait(), 5)
        assert "looking at" in rig.text("#doctor")
        await rig.press("question_mark")
        await rig.in_front("Help")
        await rig.press("escape")
        await rig.in_front(DOCTOR)
        assert view.examining.is_looking, "a dialog leaves nothing"
        await rig.press("b")
        await rig.in_front(LINKS)
        await asyncio.wait_for(one.everybody_left(), 5)
        await done(rig, view)


# ------------------------------------------------------------------ beside the engine


class Told:
    """A doctor that is told what to do."""

    made: ClassVar[list[Told]] = []
    computer = Computer((Interface("wlan0", "192.168.1.23", "192.168.1.0/24"),), mdns_used=True)

    def __init__(self, settings: Settings, *_: object, **known: object) -> None:
        self.settings, self.known = settings, known
        self.thread: int | None = None
        self.is_cancelled = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ends = asyncio.Event()
        self.made.append(self)

    async def run(self, tell: Tell) -> Outcome:
        self._loop, self.thread = asyncio.get_running_loop(), threading.get_ident()
        try:
            await self._ends.wait()
        except asyncio.CancelledError:
            self.is_cancelled = True
            raise
        return Outcome(self.computer, ())

    def end(self) -> None:
        """Let it find nothing more; called from another thread."""
        assert self._loop
        self._loop.call_soon_threadsafe(self._ends.set)


@pytest.fixture
def doctors(monkeypatch: pytest.MonkeyPatch) -> list[Told]:
    made: list[Told] = []
    monkeypatch.setattr(Told, "made", made)
    monkeypatch.setattr("tui.ui.examining.Doctor", Told)
    return made


async def runs(rig: Rig, doctors: list[Told], count: int = 1) -> Told:
    await rig.until(lambda: len(doctors) == count and doctors[-1].thread is not None, "an examination is under way")
    return doctors[-1]


async def test_it_runs_beside_the_screen_once_at_a_time_and_again_when_asked(
    open_screen: OpenScreen, doctors: list[Told], tmp_path: Path
) -> None:
    """In a real house everyone is examined, also who answers."""
    async with open_screen(settings=ALONE, config_file=tmp_path / "config.toml") as rig:
        view = await opened(rig)
        one = await runs(rig, doctors)
        assert one.thread != threading.get_ident()
        assert set(cast("tuple[str, ...]", one.known["wanted"])) == set(rig.house.fleet.devices)
        assert "wlan0 192.168.1.23/24" in rig.text("#doctor")
        assert "mDNS" not in rig.text("#doctor"), "what was not heard of yet is no fault"
        assert f"looking at {len(rig.names)} ..." in rig.text("#doctor")
        assert "p50 12 ms, p95 12 ms" in rig.text("#doctor"), "what the polls say is there at once"
        await rig.press("enter", "r")
        assert len(doctors) == 1
        one.end()
        await done(rig, view)
        assert "mDNS heard: 0" in rig.text("#doctor")
        assert "looking" not in rig.text("#doctor")
        await rig.press("r")
        two = await runs(rig, doctors, 2)
        await rig.press("3")
        await rig.until(lambda: two.is_cancelled, "it is cancelled")
        await rig.press("b")
        await rig.in_front(DOCTOR)
        three = await runs(rig, doctors, 3)
    assert three.is_cancelled, "the end of the program ends it, too"


async def test_a_frozen_screen_asks_nobody_and_stands_still(open_screen: OpenScreen, doctors: list[Told]) -> None:
    async with open_screen(settings=ALONE) as rig:
        view = await opened(rig)
        one = await runs(rig, doctors)
        await rig.press("space")
        held = rig.text("#doctor")
        one.end()
        await done(rig, view)
        assert rig.text("#doctor") == held
        await rig.press("enter")
        await rig.heard("The screen is frozen: space goes on.")
        await rig.press("space")
        assert rig.text("#doctor") != held
        assert len(doctors) == 1


async def test_behind_a_frozen_screen_nobody_is_asked_until_that_goes_on(
    open_screen: OpenScreen, doctors: list[Told], tmp_path: Path
) -> None:
    async with open_screen(settings=ALONE, config_file=tmp_path / "config.toml") as rig:
        await rig.press("space")
        await opened(rig)
        await rig.shows("The screen is frozen, and nobody was examined before: space goes on.")
        assert not doctors
        await rig.press("space")
        (await runs(rig, doctors)).end()


class Player:
    label = "replay 60x"

    def hold(self, held: bool) -> None: ...


async def test_a_recording_asks_nobody_and_shows_what_is_in_it(open_screen: OpenScreen, doctors: list[Told]) -> None:
    async with open_screen(settings=ALONE) as rig:
        rig.session.replay = cast("Playback", Player())
        rig.house.silence(rig.device("Heat pump").serial or "")
        await rig.after(75)
        await opened(rig)
        await rig.press("x")
        assert plain(rig.text("#doctor")).count("not examined") == len(rig.names)
        await rig.press("x")
        assert "This is a recording: nobody is asked" in rig.text("#doctor")
        first = rig.text("#doctor").splitlines()[2]
        assert "Heat pump" in first
        assert "no answer" in first
        assert "Wi-Fi" in rig.text("#doctor")
        assert " lost in 1 h" not in rig.text("#doctor")
        await rig.press("enter")
        await rig.heard("This is a recording")
        assert not doctors


async def test_an_empty_house_is_examined_as_a_network(open_screen: OpenScreen, doctors: list[Told]) -> None:
    async with open_screen(settings=ALONE, empty=True) as rig:
        view = await opened(rig)
        (await runs(rig, doctors)).end()
        await done(rig, view)
        assert "No device is known." in rig.text("#doctor")


async def test_the_palette_examines_the_links(open_screen: OpenScreen, doctors: list[Told]) -> None:
    async with open_screen(settings=ALONE, size=(40, 20)) as rig:
        rig.app.switch_screen(LINKS)
        await rig.in_front(LINKS)
        assert rig.text("#keys").startswith(" enter examine  b back  ")
        await rig.press("ctrl+p")
        await rig.in_front("Palette")
        await rig.type("examine the links")
        found = rig.app.screen.query_one(OptionList)
        await rig.until(lambda: found.option_count == 1, "it is found")
        await rig.press("enter")
        await rig.in_front(DOCTOR)
        (await runs(rig, doctors)).end()


async def test_a_click_chooses_and_another_view_shows_that_device(open_screen: OpenScreen) -> None:
    async with open_screen(settings=ALONE) as rig:
        rig.select("Solar")
        view = await opened(rig)
        await done(rig, view)
        assert "▶Solar" in rig.text("#doctor"), "the one that was selected, since all are well"
        chosen = view.examining.page.rows[2]
        await rig.pilot.click("#doctor", offset=(5, 4))
        await rig.until(lambda: view.examining.row is not None and view.examining.row.key == chosen.key, "it is chosen")
        assert f"▶{chosen.name[:10]}" in rig.text("#doctor")
        rig.app.switch_screen(DEVICE)
        await rig.in_front(DEVICE)
        assert rig.selected == chosen.name
