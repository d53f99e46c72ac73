"""The dialogs: what they ask, what they refuse in words, and what becomes of an answer."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.events import Key, Paste
from textual.widgets import Input

from tui.core.events import Configured
from tui.core.model import Device, DeviceSetting, Endpoint, Role
from tui.engine.command import CommandError
from tui.engine.configfile import read_config
from tui.net.errors import NotFound, Unreachable
from tui.net.interfaces import LocalNetwork
from tui.ui.keys import DEVICE, LINKS, METERS, OVERVIEW
from tui.ui.screens.dialogs import role_choices
from tui.ui.screens.view import View
from tui.ui.widgets.choice import Choice

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


def choice(rig: Rig, field: str) -> Choice[object]:
    """A field of answers to pick from."""
    return rig.app.screen.query_one(f"#{field}", Choice)


async def asked_for(rig: Rig, label: str) -> None:
    """Open the dialog of r for a device."""
    rig.select(label)
    await rig.press("r")
    await rig.in_front("AskWords")


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
        assert choice(rig, "role").words == "load"

        await fill(rig, "name", "Ice box")
        await rig.press("tab", "right", "enter")
        await rig.in_front(OVERVIEW)
        await rig.until(lambda: rig.monitor.asked, "the engine is told")
        assert rig.monitor.asked == [("configure", serial, DeviceSetting("Ice box", Role.BATTERY))]
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
        await rig.press("ctrl+u", "down", "n", "enter")
        await rig.until(lambda: rig.monitor.asked, "the engine is told")
        assert rig.monitor.asked == [("configure", device.serial, DeviceSetting())]
        await rig.told()
        assert rig.selected == f"Socket {(device.serial or '')[-6:]}"
        await rig.until(lambda: "Freezer" not in path.read_text(), "the file forgets it")
    assert "devices" not in values(path) or values(path)["devices"] == {}


async def test_roles_are_gone_through_with_left_and_right_as_in_a_list(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await asked_for(rig, "Freezer")
        await rig.press("tab")
        seen = []
        for _ in range(6):
            await rig.press("right")
            seen.append(choice(rig, "role").words)
        assert seen == ["battery", "none", "grid", "solar", "load", "battery"]
        await rig.press("left", "left")
        assert "> Role      < solar >" in rig.screen_text
        await rig.press("up")
        assert "  Role        solar" in rig.screen_text, "without the focus it has no arrows"


@pytest.mark.parametrize("pasted", [False, True])
async def test_a_role_may_be_typed_too(open_screen: OpenScreen, pasted: bool) -> None:
    async with open_screen() as rig:
        for typed, word in (
            ("s", "solar"),
            ("solar", "solar"),
            ("SOLAR", "solar"),
            ("b", "battery"),
            ("sb", "battery"),
            ("xg", "grid"),
        ):
            await asked_for(rig, "Freezer")
            await rig.press("tab")
            assert choice(rig, "role").words == "load"
            if pasted:
                rig.app.post_message(Paste(typed))
                await rig.pilot.pause()
            else:
                await rig.press(*typed)
            assert choice(rig, "role").words == word, typed
            await rig.press("escape")
            await rig.in_front(OVERVIEW)


async def test_a_p1_is_grid_by_itself_until_another_word_is_said(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        serial = rig.device("Grid").serial or ""
        await rig.monitor.configure(serial, DeviceSetting("Grid"))
        await rig.told()
        for keys, role in ((("enter",), None), (("tab", "g", "enter"), Role.GRID), (("tab", "n", "enter"), Role.NONE)):
            rig.monitor.asked.clear()
            await asked_for(rig, "Grid")
            assert not rig.app.screen.query("#behind, #inverted")
            await rig.press(*keys)
            await rig.until(lambda: rig.monitor.asked, "it is told")
            assert rig.monitor.asked == [("configure", serial, DeviceSetting("Grid", role))]
            await rig.in_front(OVERVIEW)
            await rig.told()
        assert rig.device("Grid").role is None


async def test_what_a_device_is_behind_is_picked_from_the_others_and_never_a_loop(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    path = tmp_path / "config.toml"
    async with open_screen(config_file=path) as rig:
        electric = [one.label for one in rig.house.fleet.devices.values() if one.product.measures_electricity]
        others = sorted({*electric} - {"Freezer", "Grid"}, key=str.casefold)
        freezer, first = rig.device("Freezer").serial, rig.device(others[0])
        await asked_for(rig, "Freezer")
        await rig.press("tab", "tab")
        assert choice(rig, "behind").words == "nothing"
        seen = []
        for _ in others:
            await rig.press("right")
            seen.append(choice(rig, "behind").words)
        assert seen == others
        await rig.press("right", "right", "enter")
        await rig.in_front(OVERVIEW)
        await rig.until(lambda: path.exists(), "it is written")
        assert values(path) == {"devices": {freezer: {"name": "Freezer", "role": "load", "behind": first.serial}}}
        await rig.told()
        assert rig.device("Freezer").behind == first.serial

        await asked_for(rig, first.label)
        await rig.press("tab", "tab", "f")
        assert choice(rig, "behind").words == "nothing", "that would be a loop"


async def test_a_meter_is_turned_round_in_the_dialog_and_only_where_it_can_be(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    path = tmp_path / "config.toml"
    async with open_screen(config_file=path) as rig:
        await asked_for(rig, "Freezer")
        assert not rig.app.screen.query("#inverted")
        await rig.press("escape")
        await rig.in_front(OVERVIEW)
        before = rig.device("Solar").number("power_w")
        assert before
        await asked_for(rig, "Solar")
        await rig.press("up", "y", "enter")
        await rig.heard("Import and export of Solar are swapped; its graph starts again.")
        assert rig.device("Solar").number("power_w") == -before
        await rig.until(lambda: path.exists() and "inverted = true" in path.read_text(), "it is written")


async def test_what_the_dialog_does_not_ask_stays_as_it_is(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        words = DeviceSetting("Freezer", Role.LOAD, api="v1", capacity_kwh=2.7)
        rig.house.apply(Configured(rig.device("Freezer").key, words))
        await rig.told()
        await asked_for(rig, "Freezer")
        await rig.press("enter")
        await rig.until(lambda: rig.monitor.asked, "it is told")
        assert rig.monitor.asked[-1][-1] == words


def test_a_role_that_a_product_has_by_itself_is_a_choice_of_its_own() -> None:
    offered = {kind: [words for words, _ in role_choices(Device("k", product_type=kind))] for kind in KINDS}
    assert {kind: words[0] for kind, words in offered.items()} == KINDS
    assert [words.count("none") for words in offered.values()] == [1, 1, 1]


KINDS = {"HWE-P1": "auto (a P1 is grid)", "HWE-BAT": "auto (a battery is battery)", "HWE-SKT": "none"}


async def test_keys_that_come_all_at_once_each_go_to_the_field_in_front(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await asked_for(rig, "Solar")
        for key in ("tab", "b", "down", "down", "y", "up", "f", "enter"):
            rig.app.post_message(Key(key, key if len(key) == 1 else None))
        await rig.until(lambda: rig.monitor.asked, "it is told")
        words = DeviceSetting("Solar", Role.BATTERY, rig.device("Freezer").serial, inverted=True)
        assert rig.monitor.asked[-1][-1] == words


@pytest.mark.parametrize(
    ("size", "theme"), [((40, 20), "dark"), ((80, 24), "console"), ((40, 20), "mono"), ((80, 24), "dark")]
)
async def test_the_fields_are_whole_and_the_one_in_front_is_marked(
    open_screen: OpenScreen, size: tuple[int, int], theme: str
) -> None:
    async with open_screen(size=size, theme=theme, rename={"Freezer": "A freezer with a very long name indeed"}) as rig:
        await asked_for(rig, "Solar")
        await rig.press("tab")
        assert "> Role      < solar >" in rig.screen_text
        await rig.press("down", "a")
        assert "> Behind    < A freezer with" in rig.screen_text
        await rig.press("down")
        assert "> Inverted  < no >" in rig.screen_text
        assert "  Role        solar" in rig.screen_text
        assert "esc changes nothing" in rig.screen_text
        assert "enter: save" in rig.screen_text


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


@pytest.mark.parametrize("key", ["r", "a", "f"])
async def test_without_a_home_nothing_is_kept_and_the_way_out_is_named(open_screen: OpenScreen, key: str) -> None:
    async with open_screen() as rig:
        rig.session.without_config = "there is no home directory (HOME)"
        await rig.press(key)
        if key == "r":
            await rig.in_front("AskWords")
            await fill(rig, "name", "Meter cupboard")
        elif key == "f":
            await rig.in_front("AskFuse")
            await rig.press("right")
        else:
            await rig.in_front("AskHost")
            await rig.type("192.168.1.77")
        await rig.press("enter")
        await rig.heard("not saved: there is no home directory (HOME): set HOME, or use --config FILE")
        await rig.told()
        words = {"r": "Meter cupboard", "a": "192.168.1.77", "f": "of 25 A"}[key]
        await rig.until(lambda: words in rig.text("#list") + rig.text("#panel"), "it holds all the same")


async def test_a_device_that_has_not_said_who_it_is_gets_no_name(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await rig.monitor.add(Endpoint("192.168.1.77"))
        await rig.told()
        rig.select("192.168.1.77")
        await rig.press("r")
        await rig.heard("It has not identified itself yet.")
        assert rig.view == OVERVIEW


# ------------------------------------------------------------------ adding a host


async def test_an_address_that_is_none_is_refused_in_words(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await rig.press("a")
        await rig.in_front("AskHost")
        for typed, words in (
            ("", "a host is missing"),
            ("192.168.1", "not a whole IPv4 address"),
            ("ftp://192.168.1.20", "other than http:// and https://"),
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


@pytest.mark.parametrize(
    ("typed", "endpoint", "kept"),
    [
        ("192.168.1.77:8080", Endpoint("192.168.1.77", 8080), "192.168.1.77:8080"),
        (" http://192.168.1.77:8080/api/v1/data ", Endpoint("192.168.1.77", 8080), "192.168.1.77:8080"),
        ("https://192.168.1.77:8080", Endpoint("192.168.1.77", 8080, "v2"), "https://192.168.1.77:8080"),
    ],
)
async def test_a_host_given_by_hand_is_asked_shown_and_kept(
    open_screen: OpenScreen, tmp_path: Path, typed: str, endpoint: Endpoint, kept: str
) -> None:
    path = tmp_path / "config.toml"
    async with open_screen(config_file=path, empty=True) as rig:
        await rig.press("a")
        await rig.in_front("AskHost")
        await rig.type(typed)
        await rig.press("enter")
        await rig.in_front(OVERVIEW)
        await rig.until(lambda: rig.monitor.asked == [("add", endpoint)], "the engine is told")
        await rig.told()
        assert "192.168.1.77:8080" in rig.names
        await rig.until(lambda: "168.1.77:8080" in rig.text("#list"), "the end, which tells hosts apart, is shown")
        await rig.until(path.exists, "it is written")
    assert values(path) == {"hosts": [kept]}


# ------------------------------------------------------------------ esc


async def test_esc_leaves_everything_as_it_is(open_screen: OpenScreen, tmp_path: Path, near: LocalNetwork) -> None:
    path = tmp_path / "config.toml"
    async with open_screen(config_file=path) as rig:
        rig.select("Freezer")
        for key, dialog in (
            ("r", "AskWords"),
            ("a", "AskHost"),
            ("f", "AskFuse"),
            ("o", "Deliberate"),
            ("i", "Confirm"),
            ("S", "Confirm"),
            ("question_mark", "Help"),
        ):
            await rig.press(key)
            await rig.in_front(dialog)
            if isinstance(rig.app.focused, Input):
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
            await rig.in_front("Confirm")
            assert 'Blink "Freezer"?' in rig.screen_text
            await rig.press("enter", "y")
            assert rig.monitor.asked == []
            await rig.press("ctrl+o")
            await rig.heard("The LED of Freezer blinks")
            assert rig.monitor.asked == [("identify", rig.device("Freezer").key)]
            rig.monitor.asked.clear()
            rig.said.clear()


async def test_a_blink_that_fails_says_why_on_the_screen(open_screen: OpenScreen) -> None:
    async with open_screen(toasts=True) as rig:
        for fault in (
            CommandError("read-only: nothing is switched, set or blinked"),
            Unreachable("no answer within 5 s: is it plugged in?"),
            NotFound("it has no [/such] thing"),
        ):
            rig.monitor.faults["identify"] = fault
            await rig.press("i")
            await rig.in_front("Confirm")
            await rig.press("ctrl+o")
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
            await rig.press("enter", "y")
            assert rig.monitor.asked == [], "nobody is asked before the answer"
            await rig.press("ctrl+o")
            await rig.in_front("Scanning")
            await rig.until(lambda: "16 of 254" in rig.question, "the progress is shown")
            rig.monitor.scan_ends.set()
            await rig.heard(words)
            await rig.in_front(OVERVIEW)
            assert rig.monitor.asked == [("scan", near.network)]


async def test_esc_ends_a_scan_under_way(open_screen: OpenScreen, near: LocalNetwork) -> None:
    async with open_screen() as rig:
        rig.monitor.scan_ends.clear()
        await rig.press("S", "ctrl+o")
        await rig.in_front("Scanning")
        await rig.until(lambda: rig.monitor.asked, "it has begun")
        await rig.press("escape")
        await rig.in_front(OVERVIEW)
        await rig.until(lambda: rig.monitor.scans_stopped == 1, "the engine stops asking")
        assert rig.said == []


async def test_a_scan_that_fails_says_why(open_screen: OpenScreen, near: LocalNetwork) -> None:
    async with open_screen() as rig:
        rig.monitor.faults["scan"] = CommandError("the network is down [/x]")
        await rig.press("S", "ctrl+o")
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


def twice(rig: Rig, key: str = "enter") -> None:
    """The second comes before the first is done with, as from a key that is held down."""
    rig.app.post_message(Key(key, None))
    rig.app.post_message(Key(key, None))


@pytest.mark.parametrize(
    ("opener", "front", "key"),
    [("r", "AskWords", "enter"), ("o", "Deliberate", "escape"), ("i", "Confirm", "backspace")],
)
async def test_a_key_pressed_twice_closes_the_dialog_and_not_the_view_below(
    open_screen: OpenScreen, opener: str, front: str, key: str
) -> None:
    async with open_screen() as rig:
        rig.select("Freezer")
        await rig.press(opener)
        await rig.in_front(front)
        twice(rig, key)
        await rig.until(lambda: isinstance(rig.app.screen, View), "a view is in front")
        await rig.press("6")
        await rig.in_front(LINKS)


async def test_enter_pressed_twice_in_the_palette_closes_no_view(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await rig.press("ctrl+p")
        await rig.in_front("Palette")
        await rig.type("links")
        await rig.shows("addresses, Wi-Fi")
        twice(rig)
        await rig.until(lambda: isinstance(rig.app.screen, View), "a view is in front")
        await rig.press("4")
        await rig.in_front(METERS)


async def test_a_search_that_ends_while_it_is_left_closes_nothing_else(
    open_screen: OpenScreen, near: LocalNetwork
) -> None:
    async with open_screen() as rig:
        rig.monitor.scan_ends.clear()
        await rig.press("S", "ctrl+o")
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
