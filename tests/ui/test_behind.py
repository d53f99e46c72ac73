"""A view behind a dialog follows what its devices are at once, and their figures now and then."""

from __future__ import annotations

from tests.ui.conftest import OpenScreen
from tui.core.events import Configured
from tui.core.model import DeviceSetting, Role
from tui.engine.demo.household import DEFAULT_START, Household
from tui.engine.demo.still import Still
from tui.ui.behind import FIGURES_EVERY_S, Behind


async def test_it_does_not_stand_still_until_the_dialog_is_closed(open_screen: OpenScreen) -> None:
    async with open_screen(size=(120, 40)) as rig:
        await rig.press("f")
        await rig.in_front("AskFuse")
        freezer = rig.device("Freezer")
        rig.house.apply(Configured(freezer.key, DeviceSetting("Ice box", Role.LOAD)))
        await rig.told()
        await rig.shows("Ice box")
        assert "The main fuse" in rig.screen_text, "the dialog is still in front"
        assert "Freezer" not in rig.screen_text
        await rig.press("escape")
        assert rig.view == "overview"


async def test_also_behind_the_palette_and_in_a_small_window(open_screen: OpenScreen) -> None:
    async with open_screen(size=(40, 20)) as rig:
        await rig.press("ctrl+p")
        await rig.in_front("Palette")
        before = rig.app.screen_stack[-2]
        rig.house.apply(Configured(rig.device("Freezer").key, DeviceSetting("Ice box", Role.LOAD)))
        await rig.told()
        await rig.until(lambda: "Ice box" in before.query_one("#list").text, "the list has the new name")  # type: ignore[attr-defined]


def test_figures_that_move_follow_after_a_while() -> None:
    house, behind = Still(Household("nl"), DEFAULT_START), Behind()
    house.run(8)
    assert behind.is_due(house.snapshot)
    due = 0
    for _ in range(int(FIGURES_EVERY_S)):
        before = house.snapshot.fleet
        house.run(1)
        assert house.snapshot.fleet != before
        due += behind.is_due(house.snapshot)
    assert due == 1
