"""Whatever is in front, whoever drew it, whatever devices are called: only characters of the chosen set are shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.widgets import Input

from tui.core.events import Measured, Seen
from tui.core.model import Endpoint
from tui.core.reading import Measurement, Switch, System
from tui.engine.mailbox import Snapshot
from tui.net.interfaces import LocalNetwork
from tui.ui.glyphs import GLYPHS
from tui.ui.keys import ALL
from tui.ui.screens.view import View

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig

LATIN_LETTERS = {char for char in bytes(range(0xC0, 0x100)).decode("latin-1") if char.isalpha()}
IN_EVERY_FONT = LATIN_LETTERS & set(bytes(range(128, 256)).decode("cp437")) | set("█░▒■•▲▼▶◀←↑→↓─│┌┐└┘├┤┬┴┼°²µ·±≈≤≥")
"""What the kernel's own font and Debian's have beside ASCII."""

FREEZER = "Zoë’s koelkast – 冷凍庫 ❄"
NAMES = {"Freezer": FREEZER, "Solar": "Ηλιακά Солнце ½ cafe\u0301", "Water": "Łódź ÀÊÎÕÛ ﬁ ７ 🔎…"}
WORDS = "Zähler № 5 – 計器 “x”…"


def inside(name: str, character: str) -> bool:
    """Whether a set of glyphs has this character."""
    if name == "unicode":
        return character.isprintable()
    return 32 <= ord(character) < 127 or (name == "console" and character in IN_EVERY_FONT)


def strangers(name: str, text: str) -> set[str]:
    """The characters of a screen that its set does not have."""
    return {character for character in text.replace("\n", "") if not inside(name, character)}


@pytest.fixture(params=GLYPHS)
def drawn_with(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the set that `open_screen` draws with, each in turn."""
    name: str = request.param
    monkeypatch.setitem(GLYPHS, "unicode", GLYPHS[name])
    return name


async def speak(rig: Rig) -> None:
    """Let devices and this computer's network say things in other scripts, too."""
    near = LocalNetwork("wlan№0", "192.168.1.5", IPv4Network("192.168.1.0/24"))
    rig.session.networks = lambda: [near]
    serial = rig.device("Grid").serial or ""
    values: dict[str, float | str | datetime] = {"power_w": 5.0, "meter_model": WORDS, "unique_id": WORDS}
    meter = Measurement(values, notes=(f"dropped {WORDS}",), extra={WORDS: WORDS})
    rig.house.apply(Measured(serial, meter, System(wifi_ssid=WORDS), rig.house.now, 0.01, 1.0))
    rig.house.apply(Seen(Endpoint("192.168.1.77"), "5c2faf00ff00", rig.house.now, "HWE-新", WORDS, True))
    await rig.told()


async def filtered(rig: Rig) -> None:
    await rig.press("slash")
    await rig.until(lambda: isinstance(rig.app.focused, Input), "the filter is there")
    await rig.type("冷 № ’…")


async def help_page(rig: Rig) -> None:
    await rig.press("question_mark")
    await rig.in_front("Help")
    await rig.press("end")


async def palette(rig: Rig) -> None:
    await rig.press("ctrl+p")
    await rig.in_front("Palette")
    await rig.shows("open the selected device")


async def devices_in_the_palette(rig: Rig) -> None:
    await palette(rig)
    await rig.type("go to")
    await rig.shows("P1 meter")


async def nothing_in_the_palette(rig: Rig) -> None:
    await palette(rig)
    await rig.type("№№№…")
    await rig.shows("No matches found")


async def refused_host(rig: Rig) -> None:
    await rig.press("a")
    await rig.in_front("AskHost")
    await rig.type("冷凍庫…")
    await rig.press("enter")


async def rename(rig: Rig) -> None:
    rig.select(FREEZER)
    await rig.press("r")
    await rig.in_front("AskWords")


async def switch_off(rig: Rig) -> None:
    rig.select(FREEZER)
    await rig.press("o")
    await rig.in_front("Deliberate")


async def switch_on(rig: Rig) -> None:
    rig.select(FREEZER)
    rig.monitor.switch = Switch(power_on=False, switch_lock=False)
    await rig.press("o")
    await rig.in_front("Deliberate")


async def scan(rig: Rig) -> None:
    rig.monitor.scan_ends.clear()
    await rig.press("S")
    await rig.in_front("Confirm")
    await rig.press("ctrl+o")
    await rig.in_front("Scanning")
    await rig.shows("16 of 254")


async def toast(rig: Rig) -> None:
    rig.select(FREEZER)
    await rig.press("i")
    await rig.in_front("Confirm")
    await rig.press("ctrl+o")
    await rig.shows("The LED of")


async def bad_toast(rig: Rig) -> None:
    rig.select("Grid")
    await rig.press("o")
    await rig.shows("has no switch")


FRONTS: tuple[Callable[[Rig], Awaitable[None]], ...] = (
    filtered,
    help_page,
    palette,
    devices_in_the_palette,
    nothing_in_the_palette,
    refused_host,
    rename,
    switch_off,
    switch_on,
    scan,
    toast,
    bad_toast,
)


@pytest.mark.parametrize(
    ("drawn_with", "size"),
    [
        *(("ascii", (200, 60)), ("ascii", (80, 24)), ("ascii", (40, 20))),
        *(("console", (80, 24)), ("console", (40, 20))),
        ("unicode", (80, 24)),
    ],
    indirect=["drawn_with"],
    ids=str,
)
async def test_every_view_of_every_device_stays_within_the_set(
    open_screen: OpenScreen, drawn_with: str, size: tuple[int, int]
) -> None:
    async with open_screen(size=size, rename=NAMES) as rig:
        await speak(rig)
        for view in ALL:
            rig.app.switch_screen(view)
            await rig.in_front(view)
            for device in rig.session.devices():
                rig.session.selected = device.key
                await rig.told()
                await rig.pilot.pause(0)
                assert strangers(drawn_with, rig.screen_text) == set(), (view, device.label)
            assert len(rig.screen_text.split()) > 10, "there is a picture"


@pytest.mark.parametrize(
    ("drawn_with", "size"),
    [("ascii", (40, 20)), ("console", (80, 24)), ("unicode", (40, 20))],
    indirect=["drawn_with"],
    ids=str,
)
async def test_everything_in_front_of_a_view_stays_within_the_set(
    open_screen: OpenScreen, drawn_with: str, size: tuple[int, int]
) -> None:
    async with open_screen(size=size, rename=NAMES, toasts=True) as rig:
        await speak(rig)
        for front in FRONTS:
            before = rig.screen_text
            await front(rig)
            await rig.pilot.pause(0)
            assert rig.screen_text != before
            assert strangers(drawn_with, rig.screen_text) == set(), front.__name__
            rig.monitor.scan_ends.set()
            while not isinstance(rig.app.screen, View) or rig.session.wanted:
                await rig.press("escape")


async def test_a_house_without_devices_stays_within_the_set(open_screen: OpenScreen, drawn_with: str) -> None:
    async with open_screen(empty=True) as rig:
        nobody = rig.session.newest
        for seconds in (0, 5, 30):
            await rig.take(Snapshot(nobody.fleet, nobody.now.plus(seconds)))
            await rig.pilot.pause(0)
            assert strangers(drawn_with, rig.screen_text) == set()


@pytest.mark.parametrize(
    ("text", "console", "ascii_"),
    [
        ("Zoë’s café", "Zoë's café", "Zoe's cafe"),
        ("cafe\u0301", "café", "cafe"),
        ("ÀÎÕ Łódź ø", "AIO Lódz o", "AIO Lodz o"),
        ("“a” – b…", '"a" - b.', '"a" - b.'),
        ("½ ﬁ", "? ?", "? ?"),
        ("m³ µ °", "m3 µ °", "m3 ? ?"),
        ("冷凍 ７", "???? 7 ", "???? 7 "),
        ("┌─┤▶■█", "┌─┤▶■█", "+-+>*#"),
        ("\ue000\x1b", "?", "?"),
    ],
)
def test_a_character_that_a_set_lacks_becomes_the_nearest_it_has(text: str, console: str, ascii_: str) -> None:
    assert GLYPHS["console"].shown(text) == console
    assert GLYPHS["ascii"].shown(text) == ascii_


@given(st.sampled_from(sorted(GLYPHS)), st.text(max_size=40))
def test_any_text_is_shown_within_the_set_and_in_as_many_cells(name: str, text: str) -> None:
    shown = GLYPHS[name].shown(text)
    assert strangers(name, shown) == set()
    assert cell_len(shown) == cell_len(text)
    assert GLYPHS[name].shown(shown) == shown


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp", "Zs"]), max_size=40))
def test_the_unicode_set_shows_what_can_be_printed_as_it_is(text: str) -> None:
    assert GLYPHS["unicode"].shown(text) == text
