"""Colours: nothing is invisible in any theme, few colours are enough, and none are needed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest
from rich.color import Color, ColorSystem, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.command import CommandList
from textual.widgets import Input

from tui.ui.keys import ALL, LINKS, OVERVIEW
from tui.ui.theme import THEMES, choose_theme

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig

WHITE = 7
SIXTEEN = ("console", "mono")
"""The themes of the terminal's own colours."""


def segments(rig: Rig) -> Iterator[Segment]:
    """What the widgets in front send to the terminal."""
    screen = rig.app.screen
    for widget in (screen, *screen.query("*")):
        if widget.display and widget.size:
            for strip in widget.render_lines(widget.size.region):
                yield from strip


def inked(rig: Rig) -> list[Segment]:
    """Those in which there is something to see."""
    return [one for one in segments(rig) if one.text.strip() and not one.control]


def colours(one: Segment) -> set[Color]:
    """The colours a segment asks for."""
    asked = {one.style.color, one.style.bgcolor} if one.style else set()
    return {colour for colour in asked if colour is not None and colour.type is not ColorType.DEFAULT}


def invisible(one: Segment) -> bool:
    """Whether its text has the colour of its background, on a terminal that is white on black by default."""
    style = one.style or Style.null()
    return _triplet(style.color, "#ffffff") == _triplet(style.bgcolor, "#000000")


def _triplet(colour: Color | None, default: str) -> ColorTriplet:
    if colour is None or colour.type is ColorType.DEFAULT:
        colour = Color.parse(default)
    return colour.get_truecolor()


async def everything(rig: Rig) -> AsyncIterator[str]:
    """Every view, and what can be in front of one, by name; toasts are on."""
    for view in ALL:
        rig.app.switch_screen(view)
        await rig.in_front(view)
        yield view
    rig.app.switch_screen(OVERVIEW)
    rig.select("Freezer")
    for key, front in (("question_mark", "Help"), ("ctrl+p", "Palette"), ("a", "AskHost"), ("o", "Deliberate")):
        await rig.press(key)
        await rig.in_front(front)
        await rig.press("down")
        yield front
        await rig.press("escape")
        await rig.in_front(OVERVIEW)
    await rig.shows("stays on.")
    yield "toast"
    await rig.press("slash")
    await rig.until(lambda: isinstance(rig.app.focused, Input), "the filter is there")
    yield "filter"


@pytest.mark.parametrize(
    ("wanted", "term", "no_color", "theme"),
    [
        ("auto", "xterm-256color", False, "dark"),
        ("auto", "", False, "dark"),
        ("auto", "linux", False, "console"),
        ("auto", "linux", True, "mono"),
        ("dark", "linux", False, "console"),
        ("light", "linux", False, "console"),
        ("console", "linux", False, "console"),
        ("mono", "linux", False, "mono"),
        ("dark", "linux", True, "mono"),
        ("dark", "xterm", False, "dark"),
        ("light", "xterm-256color", False, "light"),
        ("console", "screen", False, "console"),
        ("mono", "xterm", False, "mono"),
        ("light", "xterm", True, "mono"),
    ],
)
def test_the_theme_is_one_that_can_be_read_there(wanted: str, term: str, no_color: bool, theme: str) -> None:
    assert choose_theme(wanted, term, no_color) == theme


@pytest.mark.parametrize(("wanted", "theme"), [("auto", "console"), ("dark", "dark"), ("light", "light")])
def test_sixteen_colours_get_their_own_theme_unless_another_is_asked_for(wanted: str, theme: str) -> None:
    assert choose_theme(wanted, "xterm", no_color=False, sixteen=True) == theme
    assert choose_theme(wanted, "xterm", no_color=True, sixteen=True) == "mono"


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_what_is_white_black_or_grey_is_so_in_256_colours(theme: str) -> None:
    colour = Color.parse(THEMES[theme].foreground or "").downgrade(ColorSystem.EIGHT_BIT)
    assert colour.number is not None
    assert colour.number in (0, 15, 16, 231) or colour.number >= 232, "the ramp of greys"


@pytest.mark.parametrize(("term", "offered"), [("linux", list(SIXTEEN)), ("xterm-256color", list(THEMES))])
async def test_the_palette_offers_the_themes_that_can_be_read_there(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch, term: str, offered: list[str]
) -> None:
    monkeypatch.setenv("TERM", term)
    async with open_screen(theme="console") as rig:
        await rig.press("ctrl+p")
        await rig.in_front("Palette")
        await rig.type("Theme")
        await rig.shows("Theme mono")
        assert re.findall(r"Theme (\w+)", rig.screen_text) == offered


@pytest.mark.parametrize(("theme", "trouble"), [*((theme, True) for theme in THEMES), ("dark", False)])
async def test_nothing_has_the_colour_of_its_background_and_sixteen_colours_are_eight_and_plain(
    open_screen: OpenScreen, theme: str, trouble: bool
) -> None:
    """A theme of the terminal's own sixteen asks for the eight plain ones, and no italic or underline."""
    async with open_screen(theme=theme, toasts=True) as rig:
        if trouble:
            rig.house.silence(rig.house.household.devices[2].serial)
            await rig.after(90, every_s=9)
        async for front in everything(rig):
            assert inked(rig), front
            assert [one for one in inked(rig) if invisible(one)] == [], front
            for one in segments(rig) if theme in SIXTEEN else ():
                assert all(
                    colour.type is ColorType.STANDARD and colour.number in range(8) for colour in colours(one)
                ), front
                assert not (one.style and (one.style.italic or one.style.underline)), front


async def test_without_colours_bold_and_reverse_remain(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    async with open_screen(theme="mono", toasts=True) as rig:
        async for front in everything(rig):
            assert [one for one in segments(rig) if colours(one)] == [], front
            assert [one for one in inked(rig) if one.style and (one.style.reverse or one.style.bold)], front


@pytest.mark.parametrize("theme", SIXTEEN)
async def test_without_colours_to_spare_the_selected_row_is_reversed(open_screen: OpenScreen, theme: str) -> None:
    async with open_screen(theme=theme) as rig:
        rig.select("Freezer")
        rig.app.switch_screen(LINKS)
        await rig.in_front(LINKS)
        row = [one for one in inked(rig) if one.style and one.style.reverse]
        assert any("Freezer" in one.text for one in row)


async def test_a_theme_chosen_later_looks_as_one_chosen_at_the_start(open_screen: OpenScreen) -> None:
    async with open_screen(theme="console") as rig:
        expected = rig.app.export_screenshot()
        reversed_ = sum(one.style.reverse is True for one in segments(rig) if one.style)
    async with open_screen(theme="dark") as rig:
        rig.app.theme = "console"
        await rig.until(
            lambda: sum(one.style.reverse is True for one in segments(rig) if one.style) == reversed_, "it is restyled"
        )
        assert rig.app.export_screenshot() == expected
        assert all(colour.type is ColorType.STANDARD for one in segments(rig) for colour in colours(one))


async def test_without_colours_a_theme_chosen_later_brings_none(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_screen(theme="mono") as rig:
        rig.app.theme = "dark"
        await rig.pilot.pause()
        assert [one for one in segments(rig) if colours(one)] == []
        assert any("Grid" in one.text and one.style and one.style.reverse for one in inked(rig))


async def test_a_help_page_that_does_not_fit_has_a_scrollbar_of_reversed_blanks(open_screen: OpenScreen) -> None:
    async with open_screen(theme="mono", size=(80, 14)) as rig:
        await rig.press("question_mark")
        await rig.in_front("Help")
        bar = rig.app.screen.query_one(".box").vertical_scrollbar
        strips = bar.render_lines(bar.size.region)
        thumb = [one for strip in strips for one in strip if one.style and one.style.reverse]
        assert 0 < len(thumb) < bar.size.height
        assert {one.text for strip in strips for one in strip} == {" "}


@pytest.mark.parametrize(("theme", "no_color"), [("console", False), ("mono", False), ("mono", True)])
async def test_the_command_that_enter_runs_is_marked(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch, theme: str, no_color: bool
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    async with open_screen(theme=theme) as rig:
        await rig.press("ctrl+p")
        await rig.in_front("Palette")
        await rig.shows("open the selected device")
        commands = rig.app.screen.query_one(CommandList)

        def marked() -> str:
            strips = commands.render_lines(commands.size.region)
            return "".join(one.text for strip in strips for one in strip if one.style and is_marked(one.style))

        def is_marked(style: Style) -> bool:
            return style.bold is True if no_color else (style.bgcolor is not None and style.bgcolor.number == WHITE)

        assert marked().split()[:1] == ["Open"]
        await rig.press("down")
        assert marked().split()[:1] == ["Overview"]
