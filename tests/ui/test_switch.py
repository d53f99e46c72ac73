"""Switching a socket: a wrong switch cuts a freezer or this very computer, so every way to it is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.events import Paste

from tui.core.byhand import TOO_FAST, WRONG
from tui.core.events import Configured
from tui.core.model import DeviceSetting, Role
from tui.core.reading import Switch
from tui.core.settings import Settings
from tui.engine.command import CommandError
from tui.net.errors import BadAnswer, Unreachable
from tui.ui.keys import DEVICE, LINKS, OVERVIEW

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig


OFF = ("o", "f", "f", "ctrl+o")
ON = ("o", "n", "ctrl+o")


def switched(rig: Rig) -> list[tuple[object, ...]]:
    """What was switched."""
    return [asked for asked in rig.monitor.asked if asked[0] == "set_switch"]


async def ask(rig: Rig) -> str:
    """Press the key on the freezer; the key of the device."""
    rig.select("Freezer")
    await rig.press("o")
    await rig.in_front("Deliberate")
    await rig.shows(">  _")
    return rig.device("Freezer").key


# ------------------------------------------------------------------ off


@pytest.mark.parametrize("view", [OVERVIEW, DEVICE, LINKS])
async def test_off_and_the_key_switch_off_once(open_screen: OpenScreen, view: str) -> None:
    async with open_screen() as rig:
        rig.app.switch_screen(view)
        await rig.in_front(view)
        key = await ask(rig)
        await rig.by_hand(*OFF)
        await rig.heard("Freezer is off.")
        assert rig.monitor.asked == [("read_switch", key), ("read_switch", key), ("set_switch", key, False)]
        assert rig.view == view


async def test_anything_but_off_keeps_it_on_and_says_what_to_do(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await ask(rig)
        for typed, words in (
            ("", "Type off first."),
            ("o", ""),
            ("offf", WRONG),
            ("OFF", WRONG),
            (" off", WRONG),
            ("off ", WRONG),
            ("yes", WRONG),
            ("[off]", WRONG),
        ):
            await rig.by_hand(*({" ": "space"}.get(character, character) for character in typed), "ctrl+o")
            await rig.shows(words)
            assert rig.view == "Deliberate", typed
            if typed:
                await rig.by_hand("backspace")
                await rig.shows(">  _")
        assert switched(rig) == []
        await rig.by_hand(*OFF)
        await rig.heard("Freezer is off.")


async def test_enter_does_nothing_and_names_the_key(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await ask(rig)
        await rig.by_hand("enter", "o", "f", "f", "enter")
        await rig.shows("Now press ctrl+o.")
        assert rig.view == "Deliberate"
        assert switched(rig) == []
        await rig.by_hand("ctrl+o")
        await rig.heard("Freezer is off.")


async def test_pasted_off_counts_for_nothing(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await ask(rig)
        for pasted in ("off", "off\n", "off\x0f", "off\x0f\n\x0f"):
            rig.app.post_message(Paste(pasted))
            await rig.by_hand("enter", "ctrl+o")
            await rig.shows(TOO_FAST)
        assert rig.view == "Deliberate"
        assert switched(rig) == []


async def test_backspace_leaves_the_empty_field_for_terminals_without_esc(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await ask(rig)
        await rig.by_hand("o", "f", "backspace")
        await rig.shows(">  _")
        await rig.by_hand("backspace")
        await rig.heard("Freezer stays on.")
        assert switched(rig) == []


async def test_the_socket_and_the_field_are_seen_on_a_small_screen(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        on = rig.monitor.switch
        for size in ((80, 24), (80, 11), (80, 8), (60, 20), (40, 20), (40, 10), (30, 8)):
            rig.monitor.switch = on
            rig.said.clear()
            await rig.pilot.resize_terminal(*size)
            await ask(rig)
            await rig.by_hand("o", "f")
            await rig.shows(">  of_")
            assert 'Switch off "Freezer"?' in rig.screen_text, size
            await rig.by_hand("f", "ctrl+o")
            await rig.heard("Freezer is off.")
            await rig.in_front(OVERVIEW)


async def test_nothing_is_switched_on_a_screen_too_small_to_name_it(open_screen: OpenScreen) -> None:
    async with open_screen(size=(40, 20)) as rig:
        key = await ask(rig)
        await rig.pilot.resize_terminal(29, 20)
        await rig.by_hand(*OFF)
        await rig.shows("Nothing was done")
        assert switched(rig) == []
        await rig.pilot.resize_terminal(30, 20)
        await rig.by_hand("ctrl+o")
        await rig.heard("Freezer is off.")
        assert switched(rig) == [("set_switch", key, False)]


async def test_esc_after_off_keeps_it_on(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await ask(rig)
        await rig.by_hand("o", "f", "f", "escape")
        await rig.heard("Freezer stays on.")
        assert switched(rig) == []


async def test_the_question_names_the_socket_its_watts_their_age_and_the_danger(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.select("Washing m/c")
        watts = rig.device("Washing m/c").number("power_w")
        assert watts is not None
        await rig.press("o")
        await rig.in_front("Deliberate")
        assert 'Switch off "Washing m/c"?' in rig.screen_text
        assert f"It draws {watts:.0f} W (0 s ago). Its switch lock is off." in rig.question
        assert "If it feeds this computer or your router, you cannot switch it on again from here." in rig.question
        assert "Type off, then press ctrl+o. Anything else keeps it on." in rig.question


async def test_keys_typed_ahead_never_switch(open_screen: OpenScreen) -> None:
    """Whoever leans on the keyboard, or pastes a line, has not said off in the dialog's field alone."""
    async with open_screen() as rig:
        rig.select("Freezer")
        await rig.press("o", "o", "enter", "enter", "o", "enter")
        await rig.press("escape", "escape", "escape")
        await rig.until(lambda: rig.view in (OVERVIEW, DEVICE, LINKS), "no question is open")
        assert switched(rig) == []


# ------------------------------------------------------------------ on


async def test_switching_on_needs_the_word_on_and_the_key(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.monitor.switch = Switch(power_on=False, switch_lock=False)
        key = await ask(rig)
        assert 'Switch on "Freezer"?' in rig.screen_text
        assert "What is plugged into it starts at once." in rig.question
        assert "Type on, then press ctrl+o. Anything else keeps it off." in rig.question
        await rig.by_hand("enter", "ctrl+o")
        assert switched(rig) == []
        await rig.by_hand(*ON)
        await rig.heard("Freezer is on.")
        assert rig.monitor.asked == [("read_switch", key), ("read_switch", key), ("set_switch", key, True)]


async def test_esc_keeps_it_off(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.monitor.switch = Switch(power_on=False, switch_lock=False)
        await ask(rig)
        await rig.press("escape")
        await rig.heard("Freezer stays off.")
        assert switched(rig) == []


async def test_the_socket_itself_and_not_the_screen_says_whether_it_is_on(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        switch = rig.device("Freezer").switch
        assert switch is not None
        assert switch.value.power_on, "the screen thinks it is on"
        rig.monitor.switch = Switch(power_on=False, switch_lock=False)
        await ask(rig)


# ------------------------------------------------------------------ what came of it


async def test_a_socket_that_does_not_obey_is_not_said_to_be_off(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.monitor.obeys = False
        await ask(rig)
        await rig.by_hand(*OFF)
        await rig.heard("Freezer is still on.")
        assert len(switched(rig)) == 1
        assert not any("is off" in text for text in rig.said)


async def test_a_switch_that_fails_says_why_and_is_not_tried_again(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        for fault in (
            BadAnswer("the lock was turned on a moment ago"),
            Unreachable("no answer within 5 s: is it plugged in?"),
            CommandError("another device answers at the address of Freezer: nothing was switched"),
        ):
            rig.monitor.asked.clear()
            rig.monitor.faults["set_switch"] = fault
            await ask(rig)
            await rig.by_hand(*OFF)
            await rig.heard(str(fault))
            await rig.after(1)
            assert len(switched(rig)) == 1
        assert not any("is off" in text for text in rig.said)


async def test_a_state_that_cannot_be_read_asks_no_question(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.monitor.faults["read_switch"] = Unreachable("no answer within 5 s")
        rig.select("Freezer")
        await rig.press("o")
        await rig.heard("no answer within 5 s")
        assert rig.view == OVERVIEW
        assert switched(rig) == []


# ------------------------------------------------------------------ refusals


async def refused(rig: Rig, words: str, *, reads: int = 0) -> None:
    """Press the key: words, no question, and nothing switched."""
    rig.monitor.asked.clear()
    await rig.press("o")
    await rig.heard(words)
    assert rig.view == OVERVIEW
    assert [asked[0] for asked in rig.monitor.asked] == ["read_switch"] * reads


async def test_what_has_no_switch_is_refused(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        for device in ("Grid", "Solar", "Heat pump", "Water"):
            rig.select(device)
            await refused(rig, f"{device} has no switch")


async def test_sun_and_battery_are_refused(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.select("Freezer")
        for role in (Role.SOLAR, Role.BATTERY):
            rig.house.apply(Configured(rig.session.selected or "", DeviceSetting("Freezer", role)))
            await rig.told()
            await refused(rig, f"its role is {role}")


async def test_read_only_refuses(open_screen: OpenScreen) -> None:
    async with open_screen(settings=Settings(read_only=True)) as rig:
        rig.select("Freezer")
        await refused(rig, "read-only: nothing is switched")


async def test_a_frozen_picture_refuses_until_it_goes_on(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.select("Freezer")
        await rig.press("space")
        await refused(rig, "the screen is frozen")
        await rig.press("space", "o")
        await rig.in_front("Deliberate")


async def test_a_socket_that_is_late_refuses_and_says_how_late(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.select("Freezer")
        rig.house.silence(rig.device("Freezer").serial or "")
        await rig.after(40, every_s=5)
        await refused(rig, "last heard 40 s ago")


async def test_the_lock_is_read_at_that_moment(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.select("Freezer")
        for switch, words in (  # the last poll saw a socket that is on and not locked
            (Switch(power_on=True, switch_lock=True), "locked in the app"),
            (Switch(power_on=True), "its lock is not known"),
            (Switch(switch_lock=False), "does not tell whether it is on"),
        ):
            rig.monitor.switch = switch
            await refused(rig, words, reads=1)


# ------------------------------------------------------------------ what changes while the question is open


async def test_a_socket_that_goes_away_during_the_question_is_not_switched(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await ask(rig)
        rig.house.silence(rig.device("Freezer").serial or "")
        await rig.after(70, every_s=5)
        await rig.by_hand(*OFF)
        await rig.heard("last heard")
        assert switched(rig) == []


async def test_a_lock_that_is_turned_on_during_the_question_is_obeyed(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await ask(rig)
        rig.monitor.switch = Switch(power_on=True, switch_lock=True)
        await rig.by_hand(*OFF)
        await rig.heard("locked in the app")
        assert switched(rig) == []


async def test_another_selection_during_the_question_does_not_change_what_is_switched(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        key = await ask(rig)
        rig.session.selected = rig.device("Washing m/c").key
        await rig.told()
        await rig.by_hand(*OFF)
        await rig.heard("Freezer is off.")
        assert switched(rig) == [("set_switch", key, False)]
