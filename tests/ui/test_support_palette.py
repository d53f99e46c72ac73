"""The support file from the command palette."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from textual.widgets import OptionList

from tests.ui.conftest import OpenScreen, Rig

NAME = "hwtui-support-2026-06-12-1417.json"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the program was started."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


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


async def test_it_writes_a_file_without_secrets_and_asks_no_device_of_a_demo(
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
        assert doc["doctor"] is None
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
