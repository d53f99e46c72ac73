"""The dialogs: what they ask, what they refuse in words, and what becomes of an answer."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.events import Key
from textual.widgets import Input

from tui.core.model import Endpoint, Role
from tui.engine.command import CommandError
from tui.engine.configfile import read_config
from tui.net.errors import NotFound, Unreachable
from tui.net.interfaces import LocalNetwork
from tui.ui.keys import DEVICE, LINKS, METERS, OVERVIEW
from tui.ui.screens.view import View

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig


async def fill(rig: Rig, field: str, words: str) -> None:
    """Put words into a field in the place of those that are there."""
    box = rig.app.screen.query_one(f"#{field}", Input)
    box.focus()
    await rig.until(lambda: rig.app.focused is box, f"the field {field} is in front")
    box.value = ""
    await rig.type(words)
    assert box.value == words


def values(path: Path) -> dict[str, object]:
    """What the config file says."""
    return dict(read_config(path, must_exist=True).values)


# ------------------------------------------------------------------ name and role


async def test_a_name_and_a_role_are_given_and_kept(open_screen: OpenScreen, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\ninterval = 2.0\n")
    async with open_screen(config_file=path) as rig:
        rig.select("Freezer")
        key = rig.session.selected
        serial = rig.device("Freezer").serial
        await rig.press("r")
        await rig.in_front("AskWords")
        assert rig.app.screen.query_one("#name", Input).value == "Freezer"
        assert rig.app.screen.query_one("#role", Input).value == "load"

        await fill(rig, "name", "Ice box")
        await fill(rig, "role", "fridge")
        await rig.press("enter")
        assert rig.view == "AskWords", "a wrong role changes nothing"
        assert '"fridge" is no role: type grid, solar, load or battery' in rig.screen_text
        assert rig.app.focused is rig.app.screen.query_one("#role", Input)
        assert rig.monitor.asked == []

        await fill(rig, "role", "bat")
        await rig.press("enter")
        await rig.in_front(OVERVIEW)
        await rig.until(lambda: rig.monitor.asked, "the engine is told")
        assert rig.monitor.asked == [("configure", serial, "Ice box", Role.BATTERY)]
        await rig.told()
        assert (rig.selected, rig.session.selected) == ("Ice box", key)
        assert "Ice box" in rig.text("#list")
        await rig.until(lambda: "Ice box" in path.read_text(), "it is written")
    assert values(path) == {"interval": 2.0, "devices": {serial: {"name": "Ice box", "role": "battery"}}}
    assert path.read_text().startswith("# mine\n")


async def test_an_empty_name_and_role_take_the_words_back(open_screen: OpenScreen, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    async with open_screen(config_file=path) as rig:
        rig.select("Freezer")
        device = rig.device("Freezer")
        path.write_text(f'[devices.{device.serial}]\nname = "Freezer"\nrole = "load"\n')
        await rig.press("r")
        await rig.in_front("AskWords")
        await fill(rig, "name", "")
        await fill(rig, "role", "")
        await rig.press("enter")
        await rig.until(lambda: rig.monitor.asked, "the engine is told")
        assert rig.monitor.asked == [("configure", device.serial, None, None)]
        await rig.told()
        assert rig.selected == f"Socket {(device.serial or '')[-6:]}"
        await rig.until(lambda: "Freezer" not in path.read_text(), "the file forgets it")
    assert "devices" not in values(path) or values(path)["devices"] == {}


async def test_words_that_cannot_be_kept_still_hold_and_say_why(open_screen: OpenScreen, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("this is no toml")
    async with open_screen(config_file=path) as rig:
        await rig.press("r")
        await rig.in_front("AskWords")
        await fill(rig, "name", "Meter cupboard")
        await rig.press("enter")
        await rig.heard("not saved:")
        await rig.told()
        assert "Meter cupboard" in rig.text("#list")
    assert path.read_text() == "this is no toml"


async def test_a_device_that_has_not_said_who_it_is_gets_no_name(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await rig.monitor.add(Endpoint("192.168.1.77"))
        await rig.told()
        rig.select("192.168.1.77")
        await rig.press("r")
        await rig.heard("It has not said yet who it is.")
        assert rig.view == OVERVIEW


# ------------------------------------------------------------------ adding a host


async def test_an_address_that_is_none_is_refused_in_words(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await rig.press("a")
        await rig.in_front("AskHost")
        for typed, words in (
            ("", "a host is missing"),
            ("192.168.1", "not a whole IPv4 address"),
            ("https://192.168.1.20", "over http, not https"),
            ("http://u:hush@192.168.1.20", "a user name or password before the @"),
            ("[red]", '"[red]" is an IPv6 address'),
            ("p1.lan:99999", "use a number from 1 to 65535"),
        ):
            await fill(rig, "host", typed)
            await rig.press("enter")
            assert rig.view == "AskHost"
            assert words in rig.question
            assert words[:12] in rig.screen_text
        assert rig.monitor.asked == []


@pytest.mark.parametrize("typed", ["192.168.1.77:8080", " http://192.168.1.77:8080/api/v1/data "])
async def test_a_host_given_by_hand_is_asked_shown_and_kept(
    open_screen: OpenScreen, tmp_path: Path, typed: str
) -> None:
    path = tmp_path / "config.toml"
    async with open_screen(config_file=path, empty=True) as rig:
        await rig.press("a")
        await rig.in_front("AskHost")
        await rig.type(typed)
        await rig.press("enter")
        await rig.in_front(OVERVIEW)
        endpoint = Endpoint("192.168.1.77", 8080)
        await rig.until(lambda: rig.monitor.asked == [("add", endpoint)], "the engine is told")
        await rig.told()
        assert "192.168.1.77:8080" in rig.names
        assert "168.1.77:8080" in rig.text("#list"), "the end, which tells hosts apart"
        await rig.until(path.exists, "it is written")
    assert values(path) == {"hosts": ["192.168.1.77:8080"]}


# ------------------------------------------------------------------ esc


async def test_esc_leaves_everything_as_it_is(open_screen: OpenScreen, tmp_path: Path, near: LocalNetwork) -> None:
    path = tmp_path / "config.toml"
    async with open_screen(config_file=path) as rig:
        rig.select("Freezer")
        for key, dialog in (
            ("r", "AskWords"),
            ("a", "AskHost"),
            ("o", "AskOff"),
            ("S", "Confirm"),
            ("question_mark", "Help"),
        ):
            await rig.press(key)
            await rig.in_front(dialog)
            if rig.app.screen.query(Input):
                await rig.type("solar")
            await rig.press("escape")
            await rig.in_front(OVERVIEW)
        assert {asked[0] for asked in rig.monitor.asked} == {"read_switch"}
        assert "Freezer" in rig.names
    assert not path.exists()


# ------------------------------------------------------------------ blinking, copying


async def test_the_led_of_the_selected_device_blinks(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.select("Freezer")
        for view in (OVERVIEW, DEVICE, LINKS):
            rig.app.switch_screen(view)
            await rig.in_front(view)
            await rig.press("i")
            await rig.heard("The LED of Freezer blinks")
            assert rig.monitor.asked == [("identify", rig.device("Freezer").key)]
            rig.monitor.asked.clear()
            rig.said.clear()


async def test_a_blink_that_fails_says_why_on_the_screen(open_screen: OpenScreen) -> None:
    async with open_screen(toasts=True) as rig:
        for fault in (
            CommandError("read-only: nothing is switched or blinked"),
            Unreachable("no answer within 5 s: is it plugged in?"),
            NotFound("it has no [/such] thing"),
        ):
            rig.monitor.faults["identify"] = fault
            await rig.press("i")
            await rig.heard(str(fault))
            await rig.shows(str(fault)[:20])
        assert len(rig.said) == 3, "and nothing says that it blinks"


async def test_address_and_serial_are_copied(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.select("Freezer")
        device = rig.device("Freezer")
        assert device.endpoint
        await rig.press("y")
        copied = f"{device.endpoint.address} {device.serial}"
        await rig.heard(f"Copied {copied}")
        assert rig.app.clipboard == copied


# ------------------------------------------------------------------ searching the subnet


@pytest.fixture
def near() -> LocalNetwork:
    """The one network this computer is in, as the rig has it."""
    return LocalNetwork("wlan0", "192.168.1.5", IPv4Network("192.168.1.0/24"))


async def test_a_scan_asks_first_shows_its_progress_and_says_what_it_found(
    open_screen: OpenScreen, near: LocalNetwork
) -> None:
    async with open_screen() as rig:
        for found, words in ((0, "No device answered."), (1, "1 device answered."), (3, "3 devices answered.")):
            rig.monitor.asked.clear()
            rig.monitor.found = found
            rig.monitor.scan_ends.clear()
            await rig.press("S")
            await rig.in_front("Confirm")
            assert "192.168.1.0/24 on wlan0 (254)" in rig.question
            assert rig.monitor.asked == [], "nobody is asked before the answer"
            await rig.press("enter")
            await rig.in_front("Scanning")
            await rig.until(lambda: "16 of 254" in rig.question, "the progress is shown")
            rig.monitor.scan_ends.set()
            await rig.heard(words)
            await rig.in_front(OVERVIEW)
            assert rig.monitor.asked == [("scan", near.network)]


async def test_esc_ends_a_scan_under_way(open_screen: OpenScreen, near: LocalNetwork) -> None:
    async with open_screen() as rig:
        rig.monitor.scan_ends.clear()
        await rig.press("S", "enter")
        await rig.in_front("Scanning")
        await rig.until(lambda: rig.monitor.asked, "it has begun")
        await rig.press("escape")
        await rig.in_front(OVERVIEW)
        await rig.until(lambda: rig.monitor.scans_stopped == 1, "the engine stops asking")
        assert rig.said == []


async def test_a_scan_that_fails_says_why(open_screen: OpenScreen, near: LocalNetwork) -> None:
    async with open_screen() as rig:
        rig.monitor.faults["scan"] = CommandError("the network is down [/x]")
        await rig.press("S", "enter")
        await rig.in_front("Scanning")
        await rig.shows("the network is down [/x]")
        await rig.press("escape")
        await rig.in_front(OVERVIEW)


async def test_without_a_network_there_is_nothing_to_search(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.session.networks = tuple
        await rig.press("S")
        await rig.heard("no network to search")
        assert rig.view == OVERVIEW
        assert rig.monitor.asked == []


@pytest.mark.parametrize(
    ("network", "asked", "count"),
    [
        ("10.1.0.0/22", "10.1.0.0/22", 1022),
        ("10.1.0.0/16", "10.1.0.0/22", 1022),  # of a larger one the part around this computer
        ("10.1.2.0/26", "10.1.2.0/26", 62),
    ],
)
async def test_at_most_a_22_around_this_computer_is_searched(
    open_screen: OpenScreen, network: str, asked: str, count: int
) -> None:
    async with open_screen() as rig:
        rig.session.networks = lambda: [LocalNetwork("eth0", "10.1.2.3", IPv4Network(network))]
        await rig.press("S")
        await rig.in_front("Confirm")
        assert asked in rig.question
        assert f"({count})" in rig.question


async def test_snapshots_go_on_behind_a_dialog(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await rig.press("4", "a")
        await rig.in_front("AskHost")
        await rig.type("10.0.0")
        for _ in range(5):
            await rig.after(1)
        assert rig.app.screen.query_one("#host", Input).value == "10.0.0", "what was typed stays"
        await rig.press("escape")
        await rig.in_front(METERS)
        assert rig.session.newest.now == rig.house.now


def enter_twice(rig: Rig) -> None:
    """The second comes before the first is done with, as from a key that is held down."""
    rig.app.post_message(Key("enter", None))
    rig.app.post_message(Key("enter", None))


@pytest.mark.parametrize(("opener", "front"), [("r", "AskWords"), ("o", "AskOff")])
async def test_enter_pressed_twice_closes_the_dialog_and_not_the_view_below(
    open_screen: OpenScreen, opener: str, front: str
) -> None:
    async with open_screen() as rig:
        rig.select("Freezer")
        await rig.press(opener)
        await rig.in_front(front)
        enter_twice(rig)
        await rig.until(lambda: isinstance(rig.app.screen, View), "a view is in front")
        await rig.press("6")
        await rig.in_front(LINKS)


async def test_enter_pressed_twice_in_the_palette_closes_no_view(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await rig.press("ctrl+p")
        await rig.in_front("Palette")
        await rig.type("links")
        await rig.shows("addresses, Wi-Fi")
        enter_twice(rig)
        await rig.until(lambda: isinstance(rig.app.screen, View), "a view is in front")
        await rig.press("4")
        await rig.in_front(METERS)


async def test_a_search_that_ends_while_it_is_left_closes_nothing_else(
    open_screen: OpenScreen, near: LocalNetwork
) -> None:
    async with open_screen() as rig:
        rig.monitor.scan_ends.clear()
        await rig.press("S", "enter")
        await rig.in_front("Scanning")
        await rig.until(lambda: rig.monitor.asked, "it has begun")
        rig.monitor.scan_ends.set()
        await rig.press("escape")
        await rig.in_front(OVERVIEW)


async def test_a_dialog_is_answered_before_a_command_is_found(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await rig.press("a")
        await rig.in_front("AskHost")
        await rig.press("ctrl+p")
        assert rig.view == "AskHost"
