"""The wall on a screen: what other views leave behind does not change it, and it says when it stands still."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen


@pytest.mark.parametrize("words", ["Solar", "no device is called so"])
@pytest.mark.parametrize("order", ["role", "power", "name"])
async def test_the_wall_shows_the_house_whatever_the_list_is_filtered_and_sorted_by(
    open_screen: OpenScreen, words: str, order: str
) -> None:
    async with open_screen() as rig:
        await rig.press("2")
        await rig.in_front("wall")
        whole = rig.text("#wall")
        await rig.press("1")
        await rig.in_front("overview")
        rig.session.wanted, rig.session.sort = words, order
        await rig.press("2")
        await rig.in_front("wall")
        assert rig.text("#wall") == whole
        assert "GRID" in whole
        assert "devices 6 of 6" in whole


@pytest.mark.parametrize("size", [(80, 24), (20, 5)])
async def test_space_marks_the_wall_until_it_goes_on(open_screen: OpenScreen, size: tuple[int, int]) -> None:
    async with open_screen() as rig:
        await rig.press("2")
        await rig.in_front("wall")
        await rig.pilot.resize_terminal(*size)
        await rig.until(lambda: rig.text("#wall").count("\n") == size[1] - 1, "it has its size")
        await rig.press("space")
        assert "frozen at 14:17" in rig.screen_text
        await rig.press("space")
        assert "frozen at" not in rig.screen_text
