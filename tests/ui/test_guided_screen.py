"""Key g in the check: what to test is picked, the person is told what to switch, and what came of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from textual.widgets import Input

from tui.core.events import Measured
from tui.core.model import Role
from tui.core.reading import Measurement, System
from tui.ui.keys import CHECK, OVERVIEW
from tui.ui.screens import guided
from tui.ui.widgets.choice import Choice

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig
    from tui.ui.session import Playback

SOON_S = 0.01
"""The screen looks this often here, where seconds pass at once."""


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the record all the time."""
    monkeypatch.setattr(guided, "TICK_S", SOON_S)


class Kettle:
    """Two meters of a house, and the load behind one of them that the person switches."""

    def __init__(self, rig: Rig, socket: str) -> None:
        self.rig, self.watts = rig, 0.0
        self.socket = rig.device(socket)
        self.grid = next(one for one in rig.house.fleet.devices.values() if one.product.is_grid_meter)

    def second(self) -> None:
        """Let both answer."""
        house = self.rig.house
        house.now = house.now.plus(1)
        total = {"power_w": 600.0 + self.watts}
        phases = {"power_l1_w": 200.0, "power_l2_w": 200.0 + self.watts, "power_l3_w": 200.0}
        for device, values in ((self.grid, total | phases), (self.socket, {"power_w": self.watts})):
            assert device.serial is not None
            measurement = Measurement({**values, "protocol_version": 50})
            house.apply(Measured(device.serial, measurement, System(), house.now, 0.01, 1.0))

    async def until_said(self, words: str, most_s: int = 60) -> None:
        """Let seconds pass, each seen by the screen, until it says so."""
        for _ in range(most_s):
            if words in said(self.rig):
                return
            self.second()
            await self.rig.told()
            await self.rig.pilot.pause(SOON_S)
        raise AssertionError(f"{words!r} was never said, but {said(self.rig)!r}")


def said(rig: Rig) -> str:
    """What the test says, in one line."""
    return " ".join(rig.question.split())


async def begun(rig: Rig) -> None:
    """Go to the check and open the test."""
    await rig.press("5")
    await rig.in_front(CHECK)
    await rig.press("g")
    await rig.in_front("GuidedTest")


@pytest.mark.usefixtures("often")
async def test_a_socket_is_tested_from_the_question_to_the_answer(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        name = next(one.label for one in rig.house.fleet.devices.values() if one.product.can_switch)
        kettle = Kettle(rig, name)
        for _ in range(60):
            kettle.second()
        await rig.told()
        rig.select(name)
        await begun(rig)
        assert rig.app.screen.query_one(Choice).words == name
        assert "enter: begin" in said(rig)
        await rig.press("enter")
        assert f"Switch a load of about 2 kW, like a kettle, behind {name} on now." in said(rig)
        await rig.press("left")  # what is said is of this test: no other one is picked meanwhile
        assert rig.app.screen.query_one(Choice).words == name
        assert rig.app.screen.query_one(".box").border_subtitle == "esc ends the test"
        kettle.watts = 2000.0
        await kettle.until_said("Seen. Please leave it so for a moment.")
        await kettle.until_said(f"{name} is on L2 (likely).")
        await kettle.until_said("off now.")
        kettle.watts = 0.0
        await kettle.until_said(f"{name} is on L2 (proven).")
        await kettle.until_said(f"{name} counts the right way round (proven).")
        await kettle.until_said("That is all. The load can stay off.")
        assert "enter: once more" in said(rig)
        await rig.press("left")
        assert rig.app.screen.query_one(Choice).words != name
        await rig.press("escape")
        await rig.in_front(CHECK)
        assert rig.monitor.asked == []
        await findings(rig, "guided")
        assert f"{name[:6]}" in rig.screen_text
        assert "smart meter rises as much, by a test at" in rig.screen_text
        await findings(rig, "phase")
        assert "on L2, proven by a test at" in rig.screen_text
        await findings(rig, "direction")
        assert "the right way round, by a test at" in rig.screen_text


async def findings(rig: Rig, words: str) -> None:
    """Let the check list what it finds of something, a second later."""
    await rig.press("slash")
    await rig.until(lambda: isinstance(rig.app.focused, Input), "one can type")
    await rig.type(words)
    await rig.press("enter")
    await rig.after(2)
    await rig.shows(f'with "{words}"')


async def test_what_switches_by_itself_is_likely_in_the_check_and_on_the_page(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        name = next(one.label for one in rig.house.fleet.devices.values() if one.product.can_switch)
        kettle = Kettle(rig, name)
        for second in range(500):
            kettle.watts = 1500.0 * (second // 50 % 2)
            kettle.second()
        await rig.told()
        rig.select(name)
        await rig.press("5")
        await rig.in_front(CHECK)
        for _ in range(12):
            await rig.after(1)
        await findings(rig, "phase")
        assert "likely on L2 (" in rig.screen_text
        await rig.press("g")
        await rig.in_front("GuidedTest")
        assert f"{name} is on L2 (likely: " in said(rig)
        assert "proven" not in said(rig)


@pytest.mark.usefixtures("often")
async def test_of_an_inverter_the_person_switches_the_inverter_and_only_in_the_sun(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        solar = next(one for one in rig.house.fleet.devices.values() if one.role is Role.SOLAR)
        inverter = Kettle(rig, solar.label)
        inverter.watts = -40.0
        for _ in range(20):
            inverter.second()
        await rig.told()
        rig.select(solar.label)
        await begun(rig)
        await rig.press("enter")
        assert f"{solar.label} makes 40 W now, and the test needs 300 W" in said(rig)
        for second in range(120):  # the sun comes out, slowly
            inverter.watts = -40.0 - 15.0 * second
            inverter.second()
        await rig.told()
        await rig.press("enter")
        off = f"Switch the inverter of {solar.label} off now, at its own switch or its breaker."
        assert off in said(rig)
        inverter.watts = 0.0
        await inverter.until_said(f"{solar.label} counts the right way round (proven).")
        await inverter.until_said(f"{solar.label} is on L2 (proven).")
        await inverter.until_said(f"That is all. Switch the inverter of {solar.label} on again, if it is off.")


async def test_what_is_asked_is_legible_at_every_size(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await begun(rig)
        await rig.press("left", "enter")
        for size in ((80, 24), (40, 20), (60, 20), (200, 60)):
            await rig.pilot.resize_terminal(*size)
            words = " ".join(rig.screen_text.replace("│", " ").split())
            assert "Guided test" in words
            assert "Switch a load of about 2 kW" in words
            assert rig.app.screen.query_one("#guide").region.bottom <= size[1]


async def test_in_a_recording_nobody_is_asked_to_switch_a_load(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.session.replay = cast("Playback", SimpleNamespace(label="replay 1x"))
        await rig.press("5")
        await rig.in_front(CHECK)
        await rig.press("g")
        await rig.heard("This is a recording: nobody can switch a load in it.")
        await rig.in_front(CHECK)


async def test_a_house_in_which_nothing_answered_has_nothing_to_test(open_screen: OpenScreen) -> None:
    async with open_screen(empty=True) as rig:
        await begun(rig)
        assert "No meter has answered yet." in said(rig)
        await rig.press("enter")
        await rig.press("escape")
        await rig.in_front(CHECK)


async def test_g_goes_to_the_top_of_the_other_lists_still(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await rig.in_front(OVERVIEW)
        await rig.press("j", "j", "g")
        assert rig.selected == rig.names[0]
