"""The screen in a tab: what is not done from there says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.ui.conftest import OpenScreen
from tui.core.settings import Settings
from tui.ui.keys import CHECK, DOCTOR, LINKS
from tui.ui.screens.supporting import write_support
from tui.ui.screens.view import View

ELSEWHERE = "Not in a browser"
LOOKS = "hwtui web --control lets a browser do that"


async def test_a_browser_that_may_only_look_is_told_so(
    open_screen: OpenScreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with open_screen(settings=Settings(read_only=True)) as rig:
        rig.session.is_afar = True
        for key, view, words in (("r", "", LOOKS), ("a", "", LOOKS), ("S", LINKS, ELSEWHERE), ("w", CHECK, ELSEWHERE)):
            if view:
                rig.app.switch_screen(view)
                await rig.in_front(view)
            rig.said.clear()
            await rig.press(key)
            await rig.heard(words)
        view_in_front = rig.app.screen
        assert isinstance(view_in_front, View)
        rig.said.clear()
        await write_support(view_in_front)
        await rig.heard(ELSEWHERE)
        rig.app.switch_screen(DOCTOR)
        await rig.in_front(DOCTOR)
        assert "In a browser nobody is examined" in rig.text("#doctor")
        for key in ("enter", "w"):
            rig.said.clear()
            await rig.press(key)
            await rig.heard(ELSEWHERE)
    assert os.listdir(tmp_path) == []
