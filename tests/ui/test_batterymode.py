"""The key m: what the dialog shows, what sets a mode and what does not, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.events import Paste

from tests.core.test_control import CHARGE, FULL, GROUP, NEW, OLD, STRANGE
from tui.core.battery.batteries import BOTH, Batteries, Mode, Wanted
from tui.core.battery.control import NO_CLOUD, Outcome
from tui.core.events import BatteriesRead, Identified, Paired, SystemRead, Unpaired
from tui.core.reading import Identity, System
from tui.core.settings import Settings
from tui.engine.command import CommandError
from tui.ui.draw.batterymode import mode_dialog
from tui.ui.draw.lines import plain, width_of
from tui.ui.glyphs import GLYPHS
from tui.ui.keys import DEVICE, LINKS, OVERVIEW, works_in_kiosk

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig

LEAVES = "The batteries stay as they are."


def written(rig: Rig) -> list[tuple[object, ...]]:
    """What was set."""
    return [asked for asked in rig.monitor.asked if asked[0] == "set_batteries"]


async def with_batteries(rig: Rig, group: Batteries = GROUP, version: str = "2.2.0") -> str:
    """Let the house's P1 control these; its key."""
    meter, now = rig.device("Grid"), rig.house.now
    assert meter.serial is not None
    assert meter.endpoint is not None
    rig.house.apply(Identified(meter.endpoint, Identity(meter.serial, "HWE-P1", api_version=version), now))
    rig.house.apply(Paired(meter.serial, now))
    rig.house.apply(BatteriesRead(meter.serial, group, now))
    rig.monitor.batteries = group
    await rig.told()
    rig.select("Grid")
    return meter.key


async def ask(rig: Rig, group: Batteries = GROUP, version: str = "2.2.0") -> str:
    """Press the key on a P1 that controls these; its key."""
    key = await with_batteries(rig, group, version)
    await rig.press("m")
    await rig.in_front("AskMode")
    await reads(rig, "now  ")
    return key


async def reads(rig: Rig, words: str) -> None:
    """Wait until these words are in the rows of the dialog. To look at the whole screen would take longer."""
    await rig.until(lambda: words in rig.text("#modes"), f'"{words}" is in the dialog, after {rig.text("#modes")}')


async def says(rig: Rig, words: str) -> None:
    """Wait until the dialog says this below its rows."""
    await rig.until(lambda: words in rig.question, f'"{words}" is said')


async def close(rig: Rig) -> None:
    """Leave it as is, and forget what was asked."""
    rig.said.clear()
    await rig.press("escape")
    await rig.heard(LEAVES)
    rig.monitor.asked.clear()


# ------------------------------------------------------------------ the picture


def rows(group: Batteries, version: str, width: int, glyphs: str = "console", moves: int = 0) -> list[str]:
    """The dialog as text; no row is wider than it may be, and no character is beyond the set."""
    from tui.core.battery.control import plan
    from tui.core.battery.modeform import form_of

    form = form_of(group, version)
    for _ in range(moves):
        form = form.move(1)
    planned = plan(group, form.wanted, version, cloud_enabled=False)
    drawn = mode_dialog(form, group, planned, GLYPHS[glyphs], width).rows
    assert all(width_of(row) <= width for row in drawn)
    text = [plain(row).rstrip() for row in drawn]
    assert all(GLYPHS[glyphs].shown(row) == row for row in text)
    return text


def test_what_is_now_what_can_be_picked_and_what_would_be() -> None:
    assert rows(replace(GROUP, permissions=CHARGE), "2.2.0", 72, moves=2) == [
        "now   zero, may charge only",
        "",
        "  zero        keeps what the house draws from the grid near 0 W",
        "  to full     charges to 100 % whatever the house does, then back",
        "▶ standby     neither charges nor discharges",
        "",
        " [ ] may charge    [ ] may discharge",
        "",
        "then  standby: neither charges nor discharges",
        "",
        "up down: mode   left right, space: what they may do",
        "enter sets it and reads it back",
    ]
    assert rows(FULL, "2.2.0", 34, "ascii") == [
        "now   to full: charges to 100 %",
        "      whatever the house does,",
        "      then back",
        "  zero",
        "> to full",
        "  standby",
        "",
        "may  [-] charge    [-] discharge",
        "",
        "then  the same: nothing is written",
        "arrows and space: pick",
        "enter sets it and reads it back",
    ]


def test_a_meter_without_permissions_has_no_boxes_and_one_of_today_has_predictive() -> None:
    assert not any("may" in row for row in rows(OLD, "2.1.0", 72))
    told = rows(NEW, "2.3.0", 72, moves=9)
    assert "▶ predictive  HomeWizard's cloud decides, by forecast and price" in told
    assert NO_CLOUD in " ".join(row.strip() for row in told)
    assert len(rows(NEW, "2.3.0", 24)) > len(rows(NEW, "2.3.0", 34))  # the boxes wrap


@pytest.mark.parametrize("size", [(40, 20), (30, 8)])
async def test_it_can_be_read_and_set_on_a_few_rows(open_screen: OpenScreen, size: tuple[int, int]) -> None:
    async with open_screen(size=size, devices=3) as rig:
        key = await ask(rig, NEW, "2.3.0")
        await rig.by_hand("down")
        await rig.shows("enter sets it")
        seen = rig.screen_text
        assert "Mode of the batteries" in seen
        assert "esc leaves it as is" in seen
        if size[1] >= 20:
            for words in ("now ", "zero", "standby", "predictive", "[-] charge", "then  to full: charges"):
                assert words in seen
        await rig.by_hand("enter")
        await rig.heard("set to something")
        assert written(rig) == [("set_batteries", key, Wanted(Mode.TO_FULL))]


# ------------------------------------------------------------------ what sets it

BY_HAND = [
    (("down", "enter"), Wanted(Mode.TO_FULL)),
    (("j", "j", "ctrl+o"), Wanted(Mode.STANDBY)),
    (("right", "right", "space", "enter"), Wanted(Mode.ZERO, CHARGE)),
    (("x", "down", "enter"), Wanted(Mode.TO_FULL)),
]
TYPED: list[tuple[str, ...]] = [
    ("enter",),
    ("j", "space", "enter"),
    ("down", "m", "j", "enter"),
    ("tab", "j", "enter"),
]


async def test_a_mode_is_picked_by_hand_set_and_told(open_screen: OpenScreen) -> None:
    async with open_screen(devices=3) as rig:
        for number, (keys, wanted) in enumerate(BY_HAND):
            view = (OVERVIEW, DEVICE, LINKS)[number % 3]
            rig.app.switch_screen(view)
            await rig.in_front(view)
            key = await ask(rig)
            rig.monitor.became = Outcome(f"set to number {number}", done=True)
            await rig.by_hand(*keys)
            await rig.heard(f"Batteries of Grid: set to number {number}.")
            assert rig.monitor.asked == [("read_batteries", key), ("set_batteries", key, wanted)], keys
            assert rig.view == view
            rig.monitor.asked.clear()


async def test_no_text_sets_it_however_it_is_typed_and_esc_leaves_it_as_is(open_screen: OpenScreen) -> None:
    async with open_screen(devices=3) as rig:
        for keys in TYPED:
            await ask(rig)
            await rig.by_hand(*keys)
            await says(rig, "with the arrow keys")
            assert rig.view == "AskMode"
            assert written(rig) == []
            await close(rig)
        await rig.press("m", "down", "enter")  # before it can be read
        await rig.in_front("AskMode")
        await rig.by_hand("down")
        await rig.at_pace(0.01, ("down", "enter"))
        await says(rig, "faster than a hand types")
        rig.app.post_message(Paste("standby\n"))
        await rig.by_hand("enter")
        await says(rig, "with the arrow keys")
        rig.said.clear()
        await rig.by_hand("backspace")
        await rig.heard(LEAVES)
        assert written(rig) == []
        assert rig.view == OVERVIEW


async def test_clicks_pick_and_a_mode_that_is_not_known_has_to_be_left(open_screen: OpenScreen) -> None:
    async with open_screen(devices=3) as rig:
        key = await ask(rig)
        await rig.by_hand("up")
        place = rig.app.screen.query_one("#modes").region
        await rig.pilot.click(offset=(place.x + 24, place.y + 6))
        await reads(rig, "then  zero, may charge only")
        await rig.pilot.click(offset=(place.x + 5, place.y + 4))
        await reads(rig, "then  standby")
        await rig.by_hand("enter")
        await rig.heard("set to something")
        assert written(rig) == [("set_batteries", key, Wanted(Mode.STANDBY))]
        rig.monitor.asked.clear()
        await ask(rig, STRANGE)
        assert "dreaming (not known to this program)" in rig.text("#modes")
        await rig.by_hand("ctrl+o")
        await says(rig, "Pick a mode first.")
        rig.monitor.became = Outcome("the device took it and went back: dreaming", done=False)
        await rig.by_hand("down", "enter")
        await rig.heard("Batteries of Grid: the device took it and went back: dreaming.")
        assert written(rig) == [("set_batteries", key, Wanted(Mode.ZERO, BOTH))]


# ------------------------------------------------------------------ where it is not asked


async def test_where_it_is_refused_in_words(open_screen: OpenScreen) -> None:
    async with open_screen(devices=3) as rig:

        async def refused(words: str) -> None:
            await rig.press("m")
            await rig.heard(words)
            assert rig.view == OVERVIEW
            assert rig.monitor.asked == []

        key = await with_batteries(rig)
        settings, rig.session.settings = rig.session.settings, Settings(read_only=True)
        await refused("read-only: no mode is set")
        rig.session.settings = settings
        await rig.press("space")
        await refused("the screen is frozen")
        await rig.press("space")
        rig.house.apply(Unpaired(key, rig.house.now))
        await rig.told()
        await refused("Grid is not paired: press p, or run hwtui pair")
        await with_batteries(rig, replace(GROUP, count=0))
        await refused("Grid controls no batteries")
        rig.monitor.faults["read_batteries"] = CommandError("it is gone")
        await with_batteries(rig)
        await rig.press("m")
        await rig.heard("it is gone")
        rig.monitor.faults.clear()
        await ask(rig)
        rig.house.apply(Unpaired(key, rig.house.now))  # while the dialog is open
        await rig.told()
        rig.said.clear()
        await rig.by_hand("down", "enter")
        await rig.heard("Grid is not paired")
        assert written(rig) == []


def test_not_in_a_kiosk() -> None:
    assert not works_in_kiosk("batteries")


async def test_the_footer_names_the_key_where_it_does_something_and_the_panel_tells_led_and_cloud(
    open_screen: OpenScreen,
) -> None:
    async with open_screen(size=(200, 60), devices=3) as rig:
        await rig.press("enter")
        await rig.in_front(DEVICE)
        assert "m batteries" not in rig.screen_text
        key = await with_batteries(rig)
        await rig.shows("m batteries")
        rig.house.apply(SystemRead(key, System(cloud_enabled=False, led_brightness_pct=40.0), rig.house.now))
        await rig.told()
        await rig.shows("LED 40 %")
        assert "cloud off" in rig.screen_text
