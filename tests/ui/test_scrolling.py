"""One device on the whole screen: what its panel leaves out is found by scrolling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tui.ui.draw.lines import plain
from tui.ui.draw.panel import all_lines

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig


def rows_of_all(rig: Rig) -> set[str]:
    """Every row that the selected device has to tell, as the panel would draw it."""
    device = rig.session.device
    assert device is not None
    width = rig.app.screen.query_one("#panel").size.width
    return {plain(row).rstrip() for row in all_lines(device, rig.session.context, width)} - {""}


@pytest.mark.parametrize(
    ("household", "size"),
    [
        *(("nl", (80, 24)), ("nl", (40, 20)), ("be", (60, 20)), ("be", (40, 20))),
        *(("old", (80, 24)), ("old", (60, 20)), ("old", (40, 12))),
    ],
)
async def test_every_row_of_every_device_is_seen_by_scrolling_and_then_back_again(
    open_screen: OpenScreen, household: str, size: tuple[int, int]
) -> None:
    async with open_screen(household, size=size) as rig:
        await rig.press("enter")
        for name in rig.names:
            assert rig.selected == name
            first = rig.text("#panel")
            for down, up in (("j", "k"), ("pagedown", "pageup")):
                pictures = [first]
                while len(pictures) < 2 or pictures[-1] != pictures[-2]:
                    await rig.press(down)
                    pictures.append(rig.text("#panel"))
                seen = {row for picture in pictures for row in picture.split("\n")}
                assert rows_of_all(rig) - seen == set(), (name, down)
                await rig.press(*[up] * len(pictures))
                assert rig.text("#panel") == first, (name, up)
            await rig.press("right")


async def test_j_moves_by_one_row_and_home_goes_back_to_the_graph(open_screen: OpenScreen) -> None:
    async with open_screen(size=(60, 14)) as rig:
        await rig.press("enter")
        first = rig.text("#panel")
        await rig.press("j")
        before = rig.text("#panel").split("\n")
        assert before[0] != first.split("\n")[0]
        await rig.press("j")
        assert rig.text("#panel").split("\n")[:-1] == before[1:]
        await rig.press("k")
        assert rig.text("#panel").split("\n") == before
        await rig.press("end", "home")
        assert rig.text("#panel") == first


@pytest.mark.parametrize("width", [40, 60, 80, 120])
async def test_the_title_says_that_there_is_more_however_long_it_is(open_screen: OpenScreen, width: int) -> None:
    async with open_screen(size=(width, 14), rename={"Grid": "The meter in the cupboard under the stairs"}) as rig:
        await rig.press("enter")
        await rig.shows("(j k: more) ─")
        await rig.press("j", "end")
        assert "(j k: more) ─" in rig.screen_text


async def test_a_device_that_is_seen_whole_does_not_scroll(open_screen: OpenScreen) -> None:
    async with open_screen(size=(80, 40)) as rig:
        await rig.press("enter")
        first = rig.screen_text
        assert "(j k: more)" not in first
        await rig.press("j", "pagedown", "end")
        assert rig.screen_text == first
