"""The keys: each does what the one table of keys says, in every view where it says so."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from textual.binding import Binding
from textual.widgets import Input, OptionList

from tui.core.settings import Settings
from tui.engine.demo.house import ZONE
from tui.engine.mailbox import Snapshot
from tui.ui.app import HwtuiApp
from tui.ui.draw.devices import SORTS
from tui.ui.draw.lines import plain, width_of
from tui.ui.glyphs import GLYPHS
from tui.ui.keys import (
    ALL,
    CHECK,
    DEVICE,
    DOCTOR,
    FILTERED,
    FINDING,
    GRAPH,
    KEYS,
    LINKS,
    LISTS,
    METERS,
    OVERVIEW,
    TELEGRAM,
    WALL,
    bindings_of,
    footer_of,
    help_of,
)
from tui.ui.screens.check import CheckView, FindingView
from tui.ui.screens.device import DeviceView
from tui.ui.screens.doctor import DoctorView
from tui.ui.screens.graph import GraphView
from tui.ui.screens.help import help_lines
from tui.ui.screens.overview import Overview
from tui.ui.screens.tables import Links, Meters
from tui.ui.screens.telegram import TelegramView
from tui.ui.screens.view import View
from tui.ui.screens.wall import WallView
from tui.ui.session import FREEZE_ENDS_S

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig

VIEWS: dict[str, type[View]] = {view.VIEW: view for view in View.__subclasses__()}
LATER = {CheckView, DeviceView, DoctorView, FindingView, GraphView, Links, Meters, Overview, TelegramView, WallView}
assert set(VIEWS.values()) >= LATER, "these are loaded when someone first looks"
WITH_FOOTER = (OVERVIEW, DEVICE, GRAPH, METERS, CHECK, FINDING, LINKS, TELEGRAM, DOCTOR)
EACH = [(key, view) for key in KEYS for view in key.views]


# ------------------------------------------------------------------ the table


def test_every_key_has_an_action_in_each_of_its_views() -> None:
    for key, view in EACH:
        *where, name = key.action.partition("(")[0].split(".")
        owner = HwtuiApp if where == ["app"] else VIEWS[view]
        assert callable(getattr(owner, f"action_{name}", None)), (key, view)


@pytest.mark.parametrize("view", ALL)
def test_no_key_means_two_things_in_one_view(view: str) -> None:
    keys = [one for key in KEYS if view in key.views for one in key.keys.split(",")]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("view", ALL)
def test_a_footer_shows_only_keys_of_its_view_and_help_last(view: str) -> None:
    shown = footer_of(view)
    assert all(view in key.views for key in shown)
    assert shown[-1].words == "help"


@pytest.mark.parametrize("view", ALL)
def test_every_view_binds_exactly_its_keys(view: str) -> None:
    bindings = [binding for binding in bindings_of(view) if isinstance(binding, Binding)]
    assert {one for binding in bindings for one in binding.key.split(",")} == {
        one for key in KEYS if view in key.views for one in key.keys.split(",")
    }


# ------------------------------------------------------------------ moving about


async def go(rig: Rig, view: str) -> None:
    rig.app.switch_screen(view)
    await rig.in_front(view)


@pytest.mark.parametrize("view", LISTS)
async def test_the_selection_moves_by_keys_and_is_marked(open_screen: OpenScreen, view: str) -> None:
    async with open_screen(devices=14) as rig:
        await go(rig, view)
        names = rig.names
        where = "#list" if view == OVERVIEW else "#table"
        for key, place in (
            ("j", 1),
            ("down", 2),
            ("k", 1),
            ("up", 0),
            ("up", 0),
            ("pagedown", 10),
            ("pagedown", 13),
            ("pageup", 3),
            ("G", 13),
            ("g", 0),
            ("end", 13),
            ("home", 0),
        ):
            await rig.press(key)
            assert rig.selected == names[place], key
            marked = [row for row in rig.text(where).splitlines() if row.startswith("▶")]
            assert len(marked) == 1, key
            assert names[place][:10] in marked[0], key


async def test_the_selection_survives_new_snapshots_sorting_and_other_views(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await rig.press("j", "j")
        chosen = rig.selected
        for keys in (["s"], ["s"], ["s"], ["s"], ["6", "1"], ["4", "1"], ["enter", "b"], ["question_mark", "b"]):
            await rig.press(*keys)
            await rig.after(1)
            assert rig.selected == chosen, keys
            assert f"▶{chosen}" in rig.text("#list"), keys


async def test_the_mouse_selects_scrolls_and_opens(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await rig.pilot.click("#list", offset=(3, 4))
        await rig.until(lambda: rig.selected == rig.names[3], "the fourth device is selected")
        assert rig.view == OVERVIEW
        await rig.pilot.click("#list", offset=(3, 9))  # below the last device
        await rig.pilot.click("#list", offset=(3, 0))  # the names of the columns
        assert rig.selected == rig.names[3]
        await rig.pilot.click("#list", offset=(3, 4))
        await rig.in_front(DEVICE)
        assert rig.selected == rig.names[3]
        await rig.press("6")
        await rig.in_front(LINKS)
        await rig.pilot.click("#table", offset=(3, 2))
        await rig.until(lambda: rig.selected == rig.names[1], "the second device is selected")
        await rig.pilot.click("#table", offset=(3, 2))
        await rig.in_front(DOCTOR)


@pytest.mark.parametrize("view", LISTS)
async def test_the_wheel_moves_the_selection(open_screen: OpenScreen, view: str) -> None:
    async with open_screen() as rig:
        await go(rig, view)
        where = "#list" if view == OVERVIEW else "#table"
        await rig.wheel(where, 1)
        await rig.until(lambda: rig.selected == rig.names[1], "the second device is selected")
        await rig.until(lambda: f"▶{rig.names[1]}" in rig.text(where), "it is marked")
        await rig.wheel(where, -1)
        await rig.until(lambda: rig.selected == rig.names[0], "the first device is selected")


async def test_the_wheel_scrolls_a_device(open_screen: OpenScreen) -> None:
    async with open_screen(size=(60, 12)) as rig:
        await rig.press("enter")
        first = rig.text("#panel")
        await rig.wheel("#panel", 1)
        await rig.until(lambda: rig.text("#panel") != first, "the rows have moved")
        await rig.wheel("#panel", -1)
        await rig.until(lambda: rig.text("#panel") == first, "they are back")


async def test_every_way_back_leads_to_the_overview_and_no_farther(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        for there, view, back in (
            ("enter", DEVICE, "escape"),
            ("4", METERS, "b"),
            ("6", LINKS, "backspace"),
            ("enter", DEVICE, "1"),
            ("6", LINKS, "escape"),
        ):
            await rig.press(there)
            assert rig.view == view
            await rig.press(back, back)
            assert rig.view == OVERVIEW


async def test_a_device_shows_all_it_tells_by_scrolling_and_its_neighbours_by_arrows(open_screen: OpenScreen) -> None:
    async with open_screen(size=(60, 14)) as rig:
        await rig.press("enter")
        assert "Grid" in rig.screen_text
        seen = rig.text("#panel")
        for keys in ("j", "jjjjj", "jjjjj", "jjjjj"):
            await rig.press(*keys)
            seen += "\n" + rig.text("#panel")
        for fact in ("L1", "L3", "Gas", "sags", "DSMR 5.0", rig.device("Grid").serial):
            assert fact is not None
            assert fact in seen, fact
        assert rig.selected == "Grid", "scrolling does not select"
        await rig.press("right")
        assert rig.selected == "Solar"
        assert "producing" in rig.text("#panel"), "another device is shown from its top"
        await rig.press("left", "left")
        assert rig.selected == "Grid"


# ------------------------------------------------------------------ filter and order


@pytest.mark.parametrize("view", LISTS)
async def test_the_filter_works_while_one_types(open_screen: OpenScreen, view: str) -> None:
    async with open_screen() as rig:
        where = "#list" if view == OVERVIEW else "#table"
        await go(rig, view)
        everyone = rig.names
        await rig.press("slash")
        await rig.until(lambda: isinstance(rig.app.focused, Input), "one can type")
        await rig.press(*"free")
        assert rig.names == ["Freezer"]
        assert rig.selected == "Freezer"
        assert "Freezer" in rig.text(where)
        assert "Solar" not in rig.text(where)
        await rig.press("q", "space", "b")
        assert rig.session.wanted == "freeq b", "letters are text here, not keys"
        assert rig.view == view
        assert rig.names == []
        await rig.after(1)
        assert rig.session.wanted == "freeq b"
        await rig.press("backspace", "backspace", "backspace")
        assert rig.names == ["Freezer"]

        await rig.press("enter")
        assert not rig.app.screen.query(Input), "enter keeps it and goes on"
        assert rig.names == ["Freezer"]
        assert rig.view == view

        await rig.press("slash", "escape")
        assert not rig.app.screen.query(Input)
        assert rig.names == everyone, "esc clears it"
        assert rig.view == view, "and does nothing else"


@pytest.mark.parametrize(("view", "title"), [(OVERVIEW, "Devices"), (LINKS, "Links")])
async def test_a_list_names_its_filter_and_esc_takes_it_back(open_screen: OpenScreen, view: str, title: str) -> None:
    async with open_screen() as rig:
        await go(rig, view)
        await rig.press("slash")
        await rig.type("pump")
        await rig.press("enter")
        assert f'{title} with "pump"  1 of 6' in rig.screen_text
        await rig.press("escape")
        assert rig.view == view
        assert len(rig.names) == 6
        assert "with" not in rig.screen_text
        await rig.press("escape")
        assert rig.view == OVERVIEW


async def test_a_screen_without_rules_names_the_filter_over_the_names(open_screen: OpenScreen) -> None:
    async with open_screen(size=(60, 10)) as rig:
        assert "  name  " in rig.text("#list")
        await rig.press("slash")
        await rig.type("pump")
        await rig.press("enter")
        assert '  with "pump"  ' in rig.text("#list")


@pytest.mark.parametrize("view", FILTERED)
async def test_back_clears_the_filter_of_a_filtered_view_before_it_leaves(open_screen: OpenScreen, view: str) -> None:
    async with open_screen() as rig:
        rig.session.wanted = "pump"
        await go(rig, view)
        await rig.press("b")
        assert (rig.view, rig.session.wanted) == (view, "")


async def test_back_leaves_a_view_that_is_not_filtered_and_keeps_the_filter(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.session.wanted = "pump"
        await go(rig, METERS)
        await rig.press("b")
        assert (rig.view, rig.session.wanted) == (OVERVIEW, "pump")


@pytest.mark.parametrize("view", LISTS)
async def test_a_filter_that_finds_nothing_says_so_and_never_hides_the_way_out(
    open_screen: OpenScreen, view: str
) -> None:
    async with open_screen() as rig:
        await go(rig, view)
        await rig.press("slash", "x", "y", "z", "enter")
        assert rig.names == []
        assert "0 of 6" in rig.screen_text
        assert "No device matches the filter" in " ".join(rig.screen_text.replace("│", " ").split())
        await rig.press("j", "b")
        assert rig.view == view
        assert len(rig.names) == 6
        assert rig.session.device


@pytest.mark.parametrize("view", LISTS)
async def test_nothing_is_shown_of_a_device_that_the_filter_hides_and_nothing_is_done_to_it(
    open_screen: OpenScreen, view: str
) -> None:
    async with open_screen() as rig:
        await go(rig, view)
        rig.select("Freezer")
        await rig.press("slash", "x", "y", "z", "enter")
        for fact in ("Freezer", "HWE-SKT", rig.device("Freezer").serial or ""):
            assert fact not in rig.screen_text, fact
        for key in ("enter", "i", "o", "r", "y"):
            rig.said.clear()
            await rig.press(key)
            await rig.heard("No device matches the filter; b clears it.")
            assert rig.view == view, key
        assert rig.monitor.asked == []
        assert not rig.app.clipboard
        assert not rig.text("#keys").startswith(" enter")


async def test_the_orders_follow_each_other_and_are_named(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.house.silence(rig.device("Heat pump").serial or "")
        await rig.after(10)
        orders = {}
        for order in (*SORTS[1:], SORTS[0]):
            await rig.press("s")
            await rig.heard(f"Sorted by {order}.")
            orders[order] = rig.names
        assert orders["role"][0] == "Grid"
        assert orders["name"] == sorted(rig.names, key=str.casefold)
        assert orders["trouble"][0] == "Heat pump"
        powers = [abs(rig.device(name).number("power_w") or 0.0) for name in orders["power"]]
        assert powers == sorted(powers, reverse=True)


# ------------------------------------------------------------------ freeze


def without_bars(text: str) -> str:
    """Words and figures; the newest column of a graph may still fill up to the moment of the freeze."""
    return re.sub("[▁▂▃▄▅▆▇█▔▀]", " ", text)


async def test_a_frozen_view_holds_its_picture_until_space(open_screen: OpenScreen) -> None:
    """One view after the other: each is frozen for two and a half minutes of the house."""
    async with open_screen(size=(120, 30)) as rig:
        for view in WITH_FOOTER:
            await go(rig, view)
            await rig.press("space")
            assert f"frozen at {clock_time(rig)}, space goes on" in rig.screen_text, view
            held = without_bars(rig.screen_text)
            await rig.after(150, every_s=15)
            assert without_bars(rig.screen_text) == held, view
            await rig.press("space")
            assert "frozen at" not in rig.screen_text, view
            assert f"Fri {clock_time(rig)}" in rig.screen_text, view
            assert without_bars(rig.screen_text) != held, view


def clock_time(rig: Rig) -> str:
    """Hours and minutes in the house."""
    return f"{datetime.fromtimestamp(rig.house.now.utc, ZONE):%H:%M}"


async def test_a_forgotten_freeze_ends_after_ten_minutes(open_screen: OpenScreen) -> None:
    async with open_screen(size=(120, 30)) as rig:
        await rig.press("space")
        for seconds, frozen in ((FREEZE_ENDS_S, True), (FREEZE_ENDS_S + 1, False)):
            await rig.take(Snapshot(rig.house.fleet, rig.house.now.plus(seconds)))
            assert ("frozen at" in rig.screen_text) is frozen


async def test_the_selection_moves_on_a_frozen_picture(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await rig.press("space", "j")
        assert rig.selected == "Solar"
        assert "producing" in rig.text("#panel")


# ------------------------------------------------------------------ help, footer, palette


async def test_every_way_out_closes_help(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        for way_out in ("escape", "b", "backspace", "q", "question_mark", "enter"):
            await rig.press("question_mark")
            await rig.in_front("Help")
            await rig.press(way_out)
            await rig.in_front(OVERVIEW)


async def help_over(rig: Rig, view: str) -> str:
    await go(rig, view)
    await rig.press("question_mark")
    await rig.in_front("Help")
    return rig.screen_text


async def test_help_lists_the_keys_of_the_view_below_with_their_words_and_no_other(open_screen: OpenScreen) -> None:
    async with open_screen(size=(100, 60)) as rig:
        for view in ALL:
            page = await help_over(rig, view)
            for key in KEYS:
                if key.help:
                    listed = re.search(rf"│ +{re.escape(key.shown)} +{re.escape(key.help)}", page) is not None
                    leads_away = key.action != f"view('{view}')"
                    assert listed is (view in key.views and leads_away), (view, key)
            assert re.search(r"ctrl\+p +find a command", page), view
            await rig.press("escape")
            await rig.in_front(view)


async def test_the_help_of_the_wall_has_nothing_that_wants_a_selected_device(open_screen: OpenScreen) -> None:
    async with open_screen(size=(100, 60)) as rig:
        page = await help_over(rig, WALL)
        listed = re.findall(r"│  (\S+(?: k| right)?) +\S.*│", page.partition("Marks")[0])
        assert listed == ["b", "1", "3", "4", "5", "6", "f", "space", "a", "S", "q", "?", "ctrl+p"]


async def test_help_explains_every_word_that_stands_for_a_state(open_screen: OpenScreen) -> None:
    async with open_screen(size=(100, 60)) as rig:
        marks = (await help_over(rig, OVERVIEW)).partition("Marks")[2]
        words = (
            "unpaired",
            "not yet",
            "remembered",
            "frozen",
            "API off",
            "refused",
            "bad data",
            "12 s old",
            "lost 5m",
        )
        for mark in ("▲ import", "▼ export", *words):
            assert re.search(rf"│  {mark} +\w", marks), mark


async def test_help_of_a_small_screen_scrolls_to_its_end_and_back(open_screen: OpenScreen) -> None:
    async with open_screen(size=(80, 14)) as rig:
        first = await help_over(rig, OVERVIEW)
        assert "bad data" not in first
        for down, up, times in (
            ("j", "k", 40),
            ("down", "up", 40),
            ("pagedown", "pageup", 8),
            ("end", "home", 1),
            ("G", "g", 1),
        ):
            await rig.press(*[down] * times)
            await rig.shows("bad data")
            await rig.press(*[up] * times)
            await rig.until(lambda: rig.screen_text == first, "it is back at its top")


@pytest.mark.parametrize("view", ALL)
def test_no_word_of_the_help_is_cut_at_any_width(view: str) -> None:
    for width in (*range(4, 45), 72, 74):
        rows = help_lines(view, GLYPHS["console"], width)
        assert max(map(width_of, rows)) <= max(width, 12)
        said = "".join("".join(plain(row).split()) for row in rows)
        for key in help_of(view):
            assert "".join(key.help.split()) in said, width


async def test_a_click_on_the_footer_does_what_it_says(open_screen: OpenScreen) -> None:
    seen = {"quit", "app.quit", "identify", "switch", "scan", "copy", "pair"}
    seen |= {"cursor(1)", "zoom(1)", "quantity(1)", "variant", "now"}  # what these do is tested by itself
    seen |= {
        "batteries",
        "telegram",
        "read",
        "raw",
        "again",
        "tried",
        "write",
    }  # only where they do something, and tested by themselves
    async with open_screen(size=(200, 30)) as rig:
        for view, key in [(name, key) for name in WITH_FOOTER for key in footer_of(name)]:
            if key.action in seen:
                continue
            seen.add(key.action)
            await go(rig, view)
            rig.session.move(-1000)
            label = f"{key.shown} {key.words}"
            at = rig.text("#keys").index(label)
            await rig.pilot.click("#keys", offset=(at, 0))
            match key.action:
                case "open":
                    await rig.in_front(DEVICE)
                case "examine":
                    await rig.in_front(DOCTOR)
                case "back":
                    await rig.in_front(OVERVIEW)
                case "help":
                    await rig.in_front("Help")
                case "rename":
                    await rig.in_front("AskWords")
                case "add":
                    await rig.in_front("AskHost")
                case "filter":
                    await rig.until(lambda: rig.app.screen.query(Input), "the filter is there")
                case "sort":
                    await rig.heard("Sorted by")
                case "freeze":
                    await rig.until(lambda: rig.session.frozen, "it is frozen")
                case "all":
                    await rig.shows("with what does not apply")
                case "report":
                    await rig.in_front("AskNote")
                case "fuse":
                    await rig.in_front("AskFuse")
                case "guided":
                    await rig.in_front("GuidedTest")
                case "graph":
                    await rig.heard("This finding has no graph.")
                case "next(1)":
                    await rig.until(lambda: rig.selected == rig.names[1], "the next device is selected")
                case other:
                    assert other.startswith("view('"), f"nobody looked what {other} does"
                    await rig.in_front(other[6:-2])
            if rig.view not in ALL or rig.app.screen.query(Input):
                await rig.press("escape")
            rig.session.frozen = None


KIOSK = Settings(kiosk=True)


async def test_the_footer_of_a_kiosk_has_the_keys_that_a_kiosk_takes(open_screen: OpenScreen) -> None:
    async with open_screen(size=(200, 30), settings=KIOSK) as rig:
        for view, row in (
            (OVERVIEW, " 2 wall  3 graph  4 meters  5 check  6 links"),
            (DEVICE, " b back  1 overview  2 wall  3 graph  4 meters  5 check  6 links"),
            (METERS, " b back  1 overview  2 wall  3 graph  5 check  6 links"),
            (LINKS, " b back  1 overview  2 wall  3 graph  4 meters  5 check"),
            (CHECK, " b back  1 overview  2 wall  3 graph  4 meters  6 links"),
        ):
            await go(rig, view)
            assert rig.text("#keys") == row


async def test_the_footer_of_a_kiosk_without_devices_asks_for_nothing_that_it_would_not_do(
    open_screen: OpenScreen,
) -> None:
    async with open_screen(size=(200, 30), settings=KIOSK, empty=True) as rig:
        await go(rig, OVERVIEW)
        assert rig.text("#keys") == " 2 wall  3 graph  4 meters  5 check  6 links"


async def test_a_click_beside_the_words_of_the_footer_does_nothing(open_screen: OpenScreen) -> None:
    async with open_screen(size=(200, 30)) as rig:
        before = rig.screen_text
        await rig.pilot.click("#keys", offset=(195, 0))
        await rig.pilot.click("#keys", offset=(0, 0))
        assert (rig.view, rig.screen_text) == (OVERVIEW, before)


async def palette(rig: Rig) -> list[str]:
    """Open the palette; the first lines of what it offers."""
    await rig.press("ctrl+p")
    await rig.in_front("Palette")
    await rig.until(lambda: offered(rig), "the palette offers something")
    return offered(rig)


def offered(rig: Rig) -> list[str]:
    """What the palette offers now."""
    return [str(option.prompt).partition("\n")[0] for option in rig.app.screen.query_one(OptionList).options]


async def test_the_palette_has_every_command_of_its_view_and_every_device(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        for view in ALL:
            await go(rig, view)
            titles = await palette(rig)
            for key in KEYS:
                if key.help and key.words not in ("move", "back"):
                    views = [one for other in KEYS if other.title == key.title for one in other.views]
                    assert (key.title in titles) is (view in views), key
            assert {f"Go to {name}" for name in rig.names} < set(titles)
            assert len(titles) == len(set(titles))
            await rig.press("escape")
            await rig.in_front(view)


async def test_the_palette_runs_a_command_and_goes_to_a_device(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        for words, found, view in (
            ("links", "Links", LINKS),
            ("go to heat", "Go to Heat pump", DEVICE),
            ("theme light", "Theme light", DEVICE),
            ("help", "Help", "Help"),
        ):
            await palette(rig)
            await rig.type(words)
            await rig.until(lambda: offered(rig)[:1] == [found], f"{found} is found")  # noqa: B023 - used at once
            await rig.press("enter")
            await rig.in_front(view)
        assert rig.selected == "Heat pump"
        assert rig.app.theme == "light"


async def test_the_palette_shows_and_finds_a_name_that_is_markup_as_it_is(open_screen: OpenScreen) -> None:
    names = ("[red]x[/red]", "[/x]")
    async with open_screen(rename=dict(zip(("Freezer", "Solar"), names, strict=True))) as rig:
        for name in names:
            everything = await palette(rig)
            assert f"Go to {name}" in everything
            await rig.type(name)
            await rig.until(lambda: offered(rig) != everything, "the search has ended")  # noqa: B023 - used at once
            assert offered(rig) == [f"Go to {name}"]
            await rig.press("escape")
            await rig.in_front(OVERVIEW)
