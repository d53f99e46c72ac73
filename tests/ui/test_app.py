"""The app as a whole: from the empty house to every size and theme, and out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tui.core.events import Measured, Noted, Seen
from tui.core.fleet import reduce
from tui.core.model import Endpoint
from tui.core.reading import Measurement, System
from tui.core.settings import Settings
from tui.engine.mailbox import Snapshot
from tui.ui.keys import ALL, CHECK, DEVICE, FINDING, LINKS, METERS, OVERVIEW
from tui.ui.theme import THEMES
from tui.ui.widgets.rows import Rows

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig

HOSTILE = ("[red]x[/red]", "[/x]", "[@click=a()]y")
"""Names that are markup, and would vanish, or end the app, if they were read as such."""


async def test_an_empty_house_searches_then_helps_and_then_shows_devices(open_screen: OpenScreen) -> None:
    async with open_screen(empty=True) as rig:
        nobody = rig.session.newest

        async def told_after(seconds: float) -> None:
            await rig.take(Snapshot(nobody.fleet, nobody.now.plus(seconds)))

        await told_after(0)
        assert "Searching on wlan0 192.168.1.5" in rig.text("#panel")
        await told_after(4.9)
        assert "Searching" in rig.text("#panel")
        assert "Local API" not in rig.text("#panel")

        await told_after(5)
        help_text = rig.text("#panel")
        assert [f"   {number}  " in help_text for number in (1, 2, 3, 4)] == [True] * 4
        words = " ".join(help_text.split())
        assert "No HomeWizard device has answered yet. Searching on wlan0 192.168.1.5." in words
        assert "Local API on?" in words
        assert "Press a and type it." in words
        assert "Press S to ask every address" in words
        for key in ("enter", "j", "i", "o", "y", "space", "space", "s"):  # nothing to do it to, and no crash
            await rig.press(key)
        assert rig.view == OVERVIEW

        await rig.told()
        assert "6 of 6 live" in rig.screen_text
        assert sorted(rig.names) == ["Freezer", "Grid", "Heat pump", "Solar", "Washing m/c", "Water"]
        assert all(name in rig.text("#list") for name in rig.names)
        assert rig.selected == rig.names[0], "the first of the list is selected"
        assert "No HomeWizard device" not in rig.screen_text


async def test_an_empty_house_on_a_few_rows_says_so_and_names_two_keys(open_screen: OpenScreen) -> None:
    async with open_screen(empty=True) as rig:
        await rig.take(Snapshot(rig.session.newest.fleet, rig.session.newest.now))
        await rig.take(Snapshot(rig.session.newest.fleet, rig.session.newest.now.plus(6)))
        await rig.pilot.resize_terminal(20, 5)
        for words in ("No device yet", "a  add its address", "S  search for it"):
            await rig.shows(words)
        await rig.press("6")
        await rig.shows("No device yet")


async def test_without_mdns_no_interface_is_named_and_help_comes_all_the_same(open_screen: OpenScreen) -> None:
    async with open_screen(empty=True, settings=Settings(mdns=False)) as rig:
        nobody = rig.session.newest
        await rig.take(Snapshot(nobody.fleet, nobody.now.plus(1)))
        await rig.take(Snapshot(nobody.fleet, nobody.now.plus(6)))
        assert "Press a and type it" in " ".join(rig.text("#panel").split())
        assert "wlan0" not in rig.text("#panel")


async def test_a_device_that_appears_later_joins_the_list_and_leaves_the_selection(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await rig.press("j", "j")
        before = rig.selected
        rig.house.apply(Seen(Endpoint("192.168.1.99"), "5c2fafffffff", rig.house.now, "HWE-SKT", "Energy Socket"))
        await rig.told()
        assert "Socket ffffff" in rig.text("#list")
        assert rig.selected == before
        assert "6 of 7 live" in rig.screen_text


async def test_a_device_that_falls_silent_says_so_everywhere(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.select("Freezer")
        rig.house.silence(rig.device("Freezer").serial or "")
        await rig.after(12)
        assert "12 s old" in rig.text("#list")
        await rig.after(120, every_s=5)
        assert "lost 2m" in rig.text("#list")
        assert "is it plugged in?" in " ".join(rig.text("#panel").split())
        assert "Freezer: no answer" in rig.text("#attention")
        assert "5 of 6 live" in rig.screen_text


async def test_a_note_about_the_program_is_shown_and_taken_back(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.house.apply(Noted("mDNS", "mDNS cannot start: the port is taken", rig.house.now))
        await rig.told()
        await rig.until(lambda: "mDNS cannot start" in rig.text("#attention"), "the note is shown")
        rig.house.apply(Noted("mDNS", "", rig.house.now))
        await rig.told()
        await rig.until(lambda: "mDNS" not in rig.text("#attention"), "the note is taken back")


@pytest.mark.parametrize("devices", [1, 40])
async def test_key_6_shows_every_note_of_the_program_whole(open_screen: OpenScreen, devices: int) -> None:
    home = "there is no home directory (HOME is not set): names are not kept: set HOME, or use --config"
    clock = "this computer's clock jumped back by 1 h: the graphs start again"
    async with open_screen(devices=devices) as rig:
        for text in (home, clock):
            rig.house.apply(Noted(text, text, rig.house.now))
        await rig.told()

        def words() -> str:
            return " ".join(rig.text("#table").split())

        for size in ((80, 24), (40, 24), (40, 14), (80, 12), (110, 30), (80, 9)):
            await rig.press("1")
            await rig.pilot.resize_terminal(*size)
            await rig.press("6")
            await rig.in_front(LINKS)
            whole = (home, clock, "▶Grid", *(["problem none since start"] if size[1] >= 24 else []))
            await rig.until(lambda: all(part in words() for part in whole), f"all is whole at {size}")  # noqa: B023


async def test_an_empty_house_has_its_notes_under_key_6_too(open_screen: OpenScreen) -> None:
    async with open_screen(empty=True) as rig:
        fleet = reduce(rig.session.newest.fleet, Noted("mDNS", "mDNS cannot start", rig.house.now))
        await rig.take(Snapshot(fleet, rig.house.now))
        await rig.press("6")
        await rig.in_front(LINKS)
        assert "mDNS cannot start" in rig.text("#table")


async def test_only_the_active_view_is_told_and_a_view_shows_the_latest_on_return(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        overview = rig.app.screen.query_one("#list", Rows)
        panel = rig.app.screen.query_one("#panel", Rows)
        before = overview.text, panel.text
        await rig.press("6")
        await rig.in_front(LINKS)
        rig.house.silence(rig.device("Freezer").serial or "")
        await rig.after(30)
        assert "30 s old" in rig.text("#table")
        assert (overview.text, panel.text) == before, "the view behind was not drawn"
        await rig.press("1")
        await rig.in_front(OVERVIEW)
        assert "30 s old" in overview.text
        assert panel.text != before[1]


async def test_only_the_newest_of_many_snapshots_is_taken(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_screen() as rig:
        taken: list[Snapshot] = []
        take = rig.session.take

        def listen(snapshot: Snapshot) -> None:
            taken.append(snapshot)
            take(snapshot)

        monkeypatch.setattr(rig.session, "take", listen)
        for second in range(1, 1000):
            rig.mailbox.put(Snapshot(rig.house.fleet, rig.house.now.plus(second)))
        last = Snapshot(rig.house.fleet, rig.house.now.plus(1000))
        await rig.take(last)
        assert taken == [last]


async def test_no_size_breaks_a_view_and_the_selection_stays(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.select("Freezer")
        await rig.told()
        first = rig.text("#list"), rig.text("#panel")
        for size in ((200, 50), (60, 20), (40, 20), (20, 5), (5, 2), (80, 24)):
            await rig.pilot.resize_terminal(*size)
            for key, view in (("enter", DEVICE), ("4", METERS), ("6", LINKS), ("1", OVERVIEW)):
                await rig.press(key)
                assert rig.view == view
                assert all(rows.size.width <= size[0] for rows in rig.app.screen.query(Rows))
            assert rig.selected == "Freezer"
            if size[0] >= 20:
                assert "▶Fr" in rig.text("#list"), size
        await rig.until(lambda: (rig.text("#list"), rig.text("#panel")) == first, "the first picture is back")


async def test_a_new_size_joins_the_borders_to_the_boxes_again(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        first = rig.screen_text
        await rig.pilot.resize_terminal(40, 20)
        await rig.until(lambda: "┬" not in rig.screen_text, "a phone has one box")
        await rig.pilot.resize_terminal(80, 24)
        await rig.until(lambda: rig.screen_text == first, "the first picture is back without a new snapshot")


async def test_a_phone_shows_the_list_above_the_graph(open_screen: OpenScreen) -> None:
    async with open_screen(size=(40, 20)) as rig:
        await rig.shows("▶Grid")  # the list has grown with its devices
        lines = rig.screen_text.splitlines()
        assert len(lines) == 20
        place = {name: at for at, row in enumerate(lines) for name in [*rig.names, "┼"] if name in row}
        assert sorted(place, key=lambda name: place[name]) == [*rig.names, "┼"]


async def test_a_phone_scrolls_its_list_to_the_selection(open_screen: OpenScreen) -> None:
    async with open_screen(size=(40, 20), devices=20) as rig:
        await rig.press("end")
        await rig.shows(f"▶{rig.selected}")


async def test_a_list_says_how_many_devices_it_has_no_row_for(open_screen: OpenScreen) -> None:
    async with open_screen(size=(40, 20), devices=20) as rig:
        for size in ((40, 20), (80, 12), (20, 5)):
            await rig.pilot.resize_terminal(*size)
            await rig.until(
                lambda: f" {20 - len(rig.text('#list').splitlines()) + 1} more" in rig.text("#list").splitlines()[0],
                f"the rest is counted at {size}",
            )
        await rig.pilot.resize_terminal(80, 40)
        await rig.until(lambda: "more" not in rig.text("#list"), "nothing is left out")


async def test_a_phone_tells_what_is_wrong_in_whole_sentences_and_leaves_out_no_device(open_screen: OpenScreen) -> None:
    async with open_screen(size=(40, 20), devices=9) as rig:
        rig.house.silence(rig.device("Freezer").serial or "")
        await rig.after(120, every_s=5)
        sentence = "Freezer: no answer within 5 s: is it plugged in? (since 14:17). Wi-Fi was 45 % when last heard."
        await rig.until(lambda: " ".join(rig.text("#attention").split()) == sentence, "the sentence is whole")
        await rig.until(lambda: all(name in rig.screen_text for name in rig.names), "every device has a row")
        assert "more" not in rig.text("#list")


async def test_a_phone_gets_its_graph_back_when_nothing_is_wrong_any_more(open_screen: OpenScreen) -> None:
    async with open_screen(size=(40, 20), devices=9) as rig:
        await rig.until(lambda: "14:1" in rig.text("#panel"), "the graph has its clock times")
        rig.house.apply(Noted("mDNS", "mDNS cannot start: the port is taken by another program", rig.house.now))
        await rig.told()
        await rig.until(lambda: "┼" not in rig.screen_text, "the list needs the rows of the graph")
        rig.house.apply(Noted("mDNS", "", rig.house.now))
        await rig.told()
        await rig.until(lambda: "┼" in rig.screen_text, "the graph is back")


async def test_the_list_has_trends_from_110_columns_on_as_the_readme_says(open_screen: OpenScreen) -> None:
    async with open_screen(size=(120, 30)) as rig:

        def grid_row() -> str:  # "" while the list is resized
            return next((row for row in rig.text("#list").splitlines() if "Grid" in row), "")

        assert grid_row()[-1] in "▁▂▃▄▅▆▇█▔▀"
        for width in (109, 71, 80, 60):
            await rig.pilot.resize_terminal(width, 24)
            await rig.until(lambda: grid_row().endswith("to grid"), f"the trend is gone at {width}")
            await rig.pilot.resize_terminal(110, 24)
            await rig.until(lambda: grid_row()[-1:] in tuple("▁▂▃▄▅▆▇█▔▀"), f"it is back after {width}")


async def test_the_footer_always_has_room_for_help(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        for width in (20, 40, 80):
            await rig.pilot.resize_terminal(width, 24)
            for view in (OVERVIEW, DEVICE, METERS, CHECK, FINDING, LINKS):
                rig.app.switch_screen(view)
                await rig.in_front(view)
                await rig.until(lambda: rig.text("#keys").endswith("? help"), f"help is in the footer of {view}")
                assert len(rig.text("#keys")) <= width


async def test_a_theme_changes_the_colours_and_nothing_else(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        text, dark = rig.screen_text, rig.app.export_screenshot()
        assert THEMES["dark"].variables["export"] in dark
        rig.app.theme = "light"
        colour = THEMES["light"].variables["export"]
        await rig.until(lambda: colour in rig.app.export_screenshot(), "the new colours are there")
        assert THEMES["dark"].variables["export"] not in rig.app.export_screenshot()
        assert rig.screen_text == text


async def test_every_theme_shows_the_same_text(open_screen: OpenScreen) -> None:
    texts = {}
    for theme in THEMES:
        async with open_screen(theme=theme) as rig:
            assert rig.app.theme == theme
            texts[theme] = rig.screen_text
    assert len(texts) == len(THEMES) > 1
    assert set(texts.values()) == {texts["dark"]}


async def quit_by(rig: Rig, key: str) -> None:
    await rig.press(key)
    await rig.until(lambda: not rig.app.is_running, f"{key} ends the app")


@pytest.mark.parametrize("view", ALL)
async def test_q_quits_every_view(open_screen: OpenScreen, view: str) -> None:
    async with open_screen() as rig:
        rig.app.switch_screen(view)
        await rig.in_front(view)
        await quit_by(rig, "q")
        rig.mailbox.put(rig.house.snapshot)  # the engine goes on a little longer than the screen
        rig.mailbox.put(rig.house.snapshot)


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        pytest.param([], OVERVIEW, id="view"),
        pytest.param(["slash", "x"], OVERVIEW, id="filter"),
        pytest.param(["question_mark"], "Help", id="help"),
        pytest.param(["a", "x"], "AskHost", id="dialog"),
        pytest.param(["ctrl+p"], "Palette", id="palette"),
    ],
)
async def test_ctrl_c_quits_everywhere(open_screen: OpenScreen, keys: list[str], where: str) -> None:
    async with open_screen() as rig:
        await rig.press(*keys)
        await rig.in_front(where)
        await quit_by(rig, "ctrl+c")


@pytest.mark.parametrize("size", [(40, 20), (60, 20), (80, 24)])
async def test_a_message_is_shown_whole_on_a_narrow_screen_too(open_screen: OpenScreen, size: tuple[int, int]) -> None:
    words = "Batteries of Grid: set, now standby: neither charges nor discharges."
    async with open_screen(toasts=True, size=size) as rig:
        rig.app.notify(words)
        await rig.shows("Batteries of Grid")
        screen = rig.screen_text
        assert [word for word in words.split() if word not in screen] == [], screen


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_name_that_is_markup_is_shown_as_it_is(open_screen: OpenScreen, name: str) -> None:
    async with open_screen(toasts=True, size=(120, 30), rename={"Freezer": name}) as rig:
        rig.select(name)
        await rig.told()
        assert name in rig.text("#list")
        assert name in rig.screen_text
        await rig.press("enter")
        assert name in rig.screen_text
        await rig.press("6")
        assert name in rig.screen_text
        await rig.press("i")
        await rig.in_front("Confirm")
        assert f'Blink "{name}"?' in rig.screen_text
        await rig.press("ctrl+o")
        await rig.heard(f"The LED of {name} blinks")
        await rig.shows(f"The LED of {name} blinks")
        await rig.press("r")
        await rig.in_front("AskWords")
        assert f"Name and role of {name}" in rig.screen_text
        await rig.press("escape", "o")
        await rig.in_front("Deliberate")
        assert f'Switch off "{name}"?' in rig.screen_text
        await rig.press("escape")
        await rig.shows(f"{name} stays on.")


async def test_words_from_a_device_that_are_markup_are_shown_as_they_are(open_screen: OpenScreen) -> None:
    async with open_screen(size=(120, 40)) as rig:
        serial = rig.device("Grid").serial or ""
        meter = Measurement({"power_w": 5.0, "meter_model": HOSTILE[1]}, notes=(f"dropped {HOSTILE[1]}",))
        rig.house.fleet = reduce(
            rig.house.fleet, Measured(serial, meter, System(wifi_ssid=HOSTILE[0]), rig.house.now, 0.01, 1.0)
        )
        await rig.told()
        await rig.press("enter")
        await rig.in_front(DEVICE)
        assert all(words in rig.screen_text for words in HOSTILE[:2])
