"""The key f: the main fuse is picked or typed, kept, and on the screen at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from tui.core.fuse import USUAL_FUSES, Fuse
from tui.core.settings import Settings
from tui.engine.configfile import read_config
from tui.ui.keys import ALL, DEVICE, OVERVIEW, WALL
from tui.ui.widgets.choice import Choice

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig
    from tui.core.checks.record import Observed
    from tui.core.moment import Now


def picked(rig: Rig) -> str:
    """The size as the dialog shows it."""
    return rig.app.screen.query_one("#fuse", Choice).words


def typed(rig: Rig) -> str:
    return rig.app.screen.query_one("#other", Input).value


async def asked(rig: Rig) -> None:
    await rig.press("f")
    await rig.in_front("AskFuse")


async def test_a_usual_size_is_picked_kept_and_shown_at_once(open_screen: OpenScreen, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('# mine\n[devices.aa]\nname = "A"\n')
    async with open_screen(config_file=path) as rig:
        assert "(f: fuse)" in rig.text("#panel")
        await asked(rig)
        assert picked(rig) == "not known"
        seen = []
        for _ in USUAL_FUSES:
            await rig.press("right")
            seen.append(picked(rig).split(" ")[0])
        assert seen == list(USUAL_FUSES)
        await rig.press(*"3x25")
        assert picked(rig) == "3x25 A   17.25 kW"
        await rig.press("enter")
        await rig.in_front(OVERVIEW)
        await rig.heard("The main fuse is 3x25.")
        await rig.until(lambda: "of 25 A" in rig.text("#panel"), "without a new answer of the meter")
        assert rig.session.fuse == Fuse(3, 25)
        assert rig.monitor.asked == []
        await rig.until(lambda: "fuse" in path.read_text(), "it is written")
    assert read_config(path, must_exist=True).values == {"fuse": "3x25", "devices": {"aa": {"name": "A"}}}
    assert path.read_text().startswith("# mine\n")


async def test_another_size_is_typed_and_what_is_none_is_refused_in_words(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    path = tmp_path / "config.toml"
    async with open_screen(config_file=path, settings=Settings(fuse=Fuse(3, 25))) as rig:
        await asked(rig)
        assert picked(rig) == "3x25 A   17.25 kW"
        await rig.press("down")
        for text, words in (("2x25", 'is written like "3x25"'), ("3x999", "out of range: use 6 to 250 A")):
            rig.app.screen.query_one("#other", Input).value = ""
            await rig.type(text)
            await rig.press("enter")
            assert rig.view == "AskFuse"
            assert picked(rig) == "another one:"
            assert words in rig.question
        rig.app.screen.query_one("#other", Input).value = ""
        await rig.type("3 x 100 A")
        await rig.press("enter")
        await rig.in_front(OVERVIEW)
        await rig.until(lambda: "of 100 A" in rig.text("#panel"), "it is shown")
        await asked(rig)
        assert (picked(rig), typed(rig)) == ("another one:", "3x100")
        await rig.press("right")
        assert (picked(rig), typed(rig)) == ("not known", ""), "what is picked takes the place of what was typed"
        await rig.press("enter")
        await rig.heard("The main fuse is not known.")
        await rig.until(lambda: "(f: fuse)" in rig.text("#panel"), "it is shown")
        await rig.until(lambda: "fuse" not in path.read_text(), "it is taken out")
    assert rig.session.fuse is None


async def test_that_a_typed_one_comes_back_is_said(open_screen: OpenScreen) -> None:
    async with open_screen(settings=Settings(fuse=Fuse(3, 25), typed={"fuse": "--fuse"})) as rig:
        await asked(rig)
        await rig.press("right", "enter")
        await rig.heard("The next start has that of --fuse again.")


async def test_another_one_without_a_size_is_asked_for(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await asked(rig)
        await rig.press("left", "enter")
        assert picked(rig) == "another one:"
        assert 'is written like "3x25"' in rig.question


async def test_it_works_in_every_view_and_read_only_but_not_in_a_kiosk(open_screen: OpenScreen) -> None:
    async with open_screen(settings=Settings(read_only=True)) as rig:
        for view in ALL:
            rig.app.switch_screen(view)
            await rig.in_front(view)
            await asked(rig)
            await rig.press("escape")
            await rig.in_front(view)
        await asked(rig)
        await rig.press("right", "enter")
        await rig.until(lambda: rig.session.fuse == Fuse(1, 25), "no device is changed")
    async with open_screen(settings=Settings(kiosk=True)) as rig:
        await rig.press("f")
        assert rig.view == WALL


async def test_a_frozen_screen_shows_the_new_fuse(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await rig.press("space")
        await asked(rig)
        await rig.press("3", "enter")
        await rig.until(lambda: "of 25 A" in rig.text("#panel"), "it is shown")


async def test_a_file_that_cannot_be_written_is_said_and_the_fuse_holds(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    path = tmp_path / "config.toml"
    path.write_text("this is no toml")
    async with open_screen(config_file=path) as rig:
        await asked(rig)
        await rig.press("3", "enter")
        await rig.heard("not saved:")
        assert rig.session.fuse == Fuse(3, 25)
    assert path.read_text() == "this is no toml"


@pytest.mark.parametrize(("size", "theme"), [((40, 20), "dark"), ((80, 24), "console"), ((40, 20), "mono")])
async def test_the_dialog_is_whole(open_screen: OpenScreen, size: tuple[int, int], theme: str) -> None:
    async with open_screen(size=size, theme=theme) as rig:
        await asked(rig)
        await rig.press("3")
        for words in ("The main fuse", "> Fuse      < 3x25 A   17.25 kW >", "like 3x100", "enter: save"):
            assert words in rig.screen_text


async def test_the_panel_tells_the_worst_of_the_record(open_screen: OpenScreen) -> None:
    async with open_screen(size=(80, 40), settings=Settings(fuse=Fuse(3, 25))) as rig:
        await rig.press("enter")
        await rig.in_front(DEVICE)
        assert "smallest room: known after a minute" in rig.text("#panel")
        await rig.after(1300, 10)
        text = rig.text("#panel")
        assert "smallest room since " in text
        assert "10-min mean V  L1 " in text
        assert "sags 0   swells 0   power failures 0" in text


async def test_the_record_is_asked_seldom(open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_screen(size=(80, 40), settings=Settings(fuse=Fuse(3, 25))) as rig:
        asks: list[str] = []
        before = rig.house.recorder.observed

        def observed(key: str, now: Now) -> Observed | None:
            asks.append(key)
            return before(key, now)

        monkeypatch.setattr(rig.house.recorder, "observed", observed)
        for _ in range(20):
            await rig.after(1)
        assert 2 <= len(asks) <= 5
