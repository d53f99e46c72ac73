"""The support file from the command palette."""

from __future__ import annotations

import asyncio
import json
import stat
import threading
from functools import partial
from pathlib import Path

import pytest
from textual.widgets import OptionList

from tests.net.conftest import Servers
from tests.ui.conftest import OpenScreen, Rig
from tui.core.doctor.evidence import Computer
from tui.core.events import Added
from tui.engine.doctor.doctor import Doctor, Outcome, Tell
from tui.engine.doctor.examination import Pace

NAME = "hwtui-support-2026-06-12-1417.json"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the program was started."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def choose(rig: Rig) -> None:
    """Choose it in the palette."""
    await rig.press("ctrl+p")
    await rig.in_front("Palette")
    await rig.type("support")

    def is_found() -> bool:
        options = rig.app.screen.query_one(OptionList).options
        return [str(one.prompt).partition("\n")[0] for one in options] == ["Support file"]

    await rig.until(is_found, "it is offered")
    await rig.press("enter")


async def test_it_writes_a_file_without_secrets_and_asks_nobody_outside_for_a_demo(
    open_screen: OpenScreen, here: Path
) -> None:
    async with open_screen() as rig:
        await choose(rig)
        await rig.heard("Written:")
        path = here / NAME
        assert str(path) in rig.said[-1]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        text = path.read_text("ascii")
        doc = json.loads(text)
        devices = rig.house.fleet.devices.values()
        assert len(doc["fleet"]) == len(devices)
        assert not [one.serial for one in devices if one.serial and one.serial.casefold() in text.casefold()]
        assert "Heat pump" not in text
        assert doc["house"] == "demo"
        assert "of a simulated house (hwtui demo)" in doc["about"]
        assert doc["doctor"]["devices"] == [], "none of this house is on this computer"
        assert doc["check"]
        assert rig.monitor.asked == []

        await choose(rig)  # there is one already
        await rig.in_front("Confirm")
        await rig.press("escape")
        await rig.heard("No support file was written.")

        path.unlink()
        path.mkdir()  # and now it cannot be written
        await choose(rig)
        await rig.heard("No support file:")
        assert "is a folder" in rig.said[-1]


async def test_a_device_of_a_demo_is_examined_on_this_computer(
    open_screen: OpenScreen, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.engine.support.doctoring.Doctor", partial(Doctor, pace=Pace(pause_s=0.01)))
    servers = Servers()
    try:
        one = await servers.answering(b'{"product_type":"HWE-SKT","serial":"5c2fafd0c701","active_power_w":1}')
        async with open_screen(devices=1) as rig:
            rig.house.apply(Added(one.endpoint, rig.house.now))
            await rig.told()
            await choose(rig)
            await rig.heard("Written:")
        (row,) = json.loads((here / NAME).read_text("ascii"))["doctor"]["devices"]
        assert (row["layer"], row["asked"]) == ("well", 5)
    finally:
        await servers.stop()


async def test_who_quits_does_not_wait_for_the_doctor(
    open_screen: OpenScreen, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = threading.Event(), threading.Event()

    class Slow:
        computer = Computer()

        async def run(self, tell: Tell) -> Outcome:
            begun.set()
            try:
                await asyncio.Event().wait()
                raise AssertionError("nobody sets it")
            finally:
                ended.set()

    monkeypatch.setattr("tui.ui.screens.supporting.doctor_for", lambda *_, **__: Slow())
    async with open_screen() as rig:
        await choose(rig)
        await rig.until(begun.is_set, "the doctor has begun")
        await rig.told()  # and the screen goes on
    assert ended.wait(5)
    assert files_in(here) == []
