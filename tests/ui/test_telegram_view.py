"""The view of a telegram: read when it is opened and now and then; nothing of it is lost at any width."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.telegrams import BELGIAN, DSMR_2, DSMR_5, SAMPLES
from tui.core.events import ClockStood
from tui.core.moment import Now
from tui.core.profiles import PROFILES
from tui.core.settings import Settings
from tui.core.telegram.told import tell
from tui.core.telegram.words import Received
from tui.net.errors import Unreachable
from tui.ui import telegramming
from tui.ui.draw.lines import Context, plain, width_of
from tui.ui.draw.telegram import Shown, rule_line, telegram_rows, title_line
from tui.ui.glyphs import GLYPHS
from tui.ui.keys import DEVICE, LINKS, OVERVIEW, TELEGRAM
from tui.ui.screens.telegram import TelegramView
from tui.ui.session import Playback

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig

SILENT = "Connected, but no answer to /api/v1/telegram within 5 s: if it stays so, restart it"


async def opened(rig: Rig, telegram: str = "") -> None:
    """The view in front, with a telegram in it."""
    rig.monitor.telegram = telegram
    rig.select("Grid")
    await rig.press("t")
    await rig.in_front(TELEGRAM)
    await rig.until(lambda: reads(rig), "it is read")
    await rig.shows("make and model")


def reads(rig: Rig) -> int:
    """How often the telegram was asked for."""
    return sum(asked[0] == "telegram" for asked in rig.monitor.asked)


# ------------------------------------------------------------------ the view


async def test_t_opens_it_and_b_goes_back_to_where_that_was(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        for view in (OVERVIEW, DEVICE, LINKS):
            rig.app.switch_screen(view)
            await rig.in_front(view)
            await opened(rig)
            assert "ISKRA 2M550T-101  DSMR 5.0  checksum right  every 1.0 s" in rig.text("#head")
            await rig.press("b")
            await rig.in_front(view)


async def test_before_any_device_is_there_t_says_so(open_screen: OpenScreen) -> None:
    async with open_screen(empty=True) as rig:
        await rig.press("t")
        await rig.until(lambda: rig.said, "a message")
        assert rig.said == ["No P1 meter has been found yet: t shows its telegram as soon as it is here."]
        await rig.in_front(OVERVIEW)


async def test_it_shows_what_the_mock_up_has(open_screen: OpenScreen) -> None:
    async with open_screen(size=(80, 60)) as rig:
        await opened(rig, DSMR_5)
        rows = [row.rstrip() for row in rig.text("#telegram").split("\n")]
        for row in (
            " 0-0:1.0.0     meter's clock                 Sat 28 Nov 14:32:07, winter time",
            " 1-0:1.8.1     import, tariff 1              10830.511 kWh",
            " 1-0:1.7.0     power from the grid           0.000 kW",
            " 1-0:2.7.0     power to the grid             0.672 kW",
            " 1-0:99.97.0   power cuts, log               1: 29 May 2018 15:56, 40 min 51 s",
            " 0-2:24.2.1    gas, channel 2                2569.646 m³, Sat 14:25",
            " 1-0:32.99.9   not known                     (00012)",
        ):
            assert row in rows


async def test_it_is_read_again_by_itself_and_when_asked_and_not_behind_another_screen(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegramming, "LEAST_S", 0.0)
    monkeypatch.setattr("tui.ui.screens.telegram.EVERY_S", 0.02)
    async with open_screen() as rig:
        await opened(rig)
        await rig.until(lambda: reads(rig) >= 3, "it is read again and again")
        await rig.press("question_mark")
        await rig.in_front("Help")
        before = reads(rig)
        ticks: list[None] = []
        rig.app.set_interval(0.02, lambda: ticks.append(None))
        await rig.until(lambda: len(ticks) > 3, "it would have been read again")
        assert reads(rig) <= before + 1, "one may have been under way"
        monkeypatch.setattr("tui.ui.screens.telegram.EVERY_S", 1000.0)
        await rig.press("escape")
        await rig.in_front(TELEGRAM)
        view = cast("TelegramView", rig.app.screen)
        await rig.until(lambda: view.telegrams.may_ask, "nothing is under way")
        before = reads(rig)
        await rig.press("enter")
        await rig.until(lambda: reads(rig) == before + 1, "it is read once more")


async def test_a_key_that_is_held_down_and_a_frozen_screen_ask_for_nothing(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await opened(rig)
        await rig.press("enter", "enter", "enter")
        assert reads(rig) == 1
        await rig.press("space", "enter")
        await rig.heard("The screen is frozen: space goes on.")
        assert reads(rig) == 1


async def test_a_slow_answer_is_waited_for_whatever_is_pressed_meanwhile(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.ui.screens.telegram.EVERY_S", 1000.0)
    async with open_screen() as rig:
        rig.monitor.telegram_comes.clear()
        rig.select("Grid")
        await rig.press("t")
        await rig.in_front(TELEGRAM)
        await rig.until(lambda: reads(rig), "it is asked for")
        await rig.press("question_mark")
        await rig.in_front("Help")
        await rig.press("escape")
        await rig.in_front(TELEGRAM)
        await rig.press("enter", "j")
        rig.monitor.telegram_comes.set()
        await rig.shows("make and model")
        assert reads(rig) == 1


async def test_behind_a_frozen_screen_it_is_read_once_that_goes_on(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.select("Grid")
        await rig.press("space", "t")
        await rig.in_front(TELEGRAM)
        await rig.shows("The screen is frozen, and no telegram was read before: space goes on.")
        assert reads(rig) == 0
        await rig.press("space")
        await rig.shows("make and model")


async def test_what_is_wrong_stays_in_sight_whatever_is_scrolled(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegramming, "LEAST_S", 0.0)
    async with open_screen(size=(40, 20)) as rig:
        await opened(rig)
        await rig.press("pagedown")
        rig.monitor.faults["telegram"] = Unreachable(SILENT)
        await rig.press("enter")
        await rig.shows("Read at 14:17. Now:")
        await rig.press("end")
        assert "Read at 14:17. Now:" in rig.text("#telegram")
        assert "checksum" in rig.text("#telegram").rstrip().split("\n")[-1]
        assert "more, j k" not in rig.text("#head")


async def test_a_p1_that_falls_silent_is_told_and_what_it_told_before_stays(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegramming, "LEAST_S", 0.0)
    async with open_screen() as rig:
        await opened(rig)
        rig.monitor.faults["telegram"] = Unreachable(SILENT)
        await rig.press("enter")
        await rig.shows("Read at 14:17. Now: Connected, but no answer")
        assert "import, tariff 1" in rig.screen_text
        del rig.monitor.faults["telegram"]
        await rig.press("enter")
        await rig.until(lambda: "Read at" not in rig.screen_text, "all is well again")


async def test_a_p1_that_repeats_its_last_telegram_is_told_to_do_so(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await opened(rig)
        house = rig.monitor.house
        house.apply(ClockStood(rig.device("Grid").serial or "", True, house.now))
        await rig.told()
        await rig.shows("It answers, but its smart meter sends nothing new")
        assert "every 1.0 s" not in rig.text("#head")


async def test_a_p1_that_never_answers_says_why(open_screen: OpenScreen) -> None:
    async with open_screen(size=(40, 20)) as rig:
        rig.monitor.faults["telegram"] = Unreachable(SILENT)
        rig.select("Grid")
        await rig.press("t")
        await rig.in_front(TELEGRAM)
        await rig.until(lambda: SILENT in " ".join(rig.text("#telegram").split()), "it says why")


async def test_what_is_no_telegram_is_shown_and_said_to_be_none(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        rig.monitor.telegram = "<b>[red]\x1b[2JNo telegram[/red]</b>"
        rig.select("Grid")
        await rig.press("t")
        await rig.shows("This is no telegram: no line of it has a code of a meter.")
        await rig.shows("<b>[red][2JNo telegram[/red]</b>")


async def test_only_a_p1_has_one_and_a_recording_has_none(open_screen: OpenScreen) -> None:
    async with open_screen(size=(120, 30)) as rig:
        rig.select("Freezer")
        await rig.press("t")
        await rig.heard("Freezer is no P1 meter: only a P1 passes on telegrams.")
        assert rig.view == OVERVIEW
        rig.app.switch_screen(DEVICE)
        await rig.in_front(DEVICE)
        assert "t telegram" not in rig.text("#keys")
        rig.select("Grid")
        await rig.told()
        await rig.until(lambda: "t telegram" in rig.text("#keys"), "a P1 has one")
        rig.session.replay = cast("Playback", Recording())
        await rig.press("t")
        await rig.heard("This is a recording: there is no telegram in it.")
        assert rig.view == DEVICE
        await rig.told()
        await rig.until(lambda: "t telegram" not in rig.text("#keys"), "a recording has none")
        assert reads(rig) == 0


class Recording:
    label = "replay 1x"

    def hold(self, held: bool) -> None: ...


async def test_nobody_gets_there_in_a_kiosk(open_screen: OpenScreen) -> None:
    async with open_screen(settings=Settings(kiosk=True)) as rig:
        await rig.press("1")
        await rig.in_front(OVERVIEW)
        rig.select("Grid")
        await rig.press("t")
        assert rig.view == OVERVIEW


@pytest.mark.parametrize("size", [(80, 24), (40, 20)])
async def test_every_row_is_seen_by_scrolling(open_screen: OpenScreen, size: tuple[int, int]) -> None:
    async with open_screen(size=size) as rig:
        await opened(rig, BELGIAN)
        assert {"b back", "x raw", "? help"} <= {words.strip() for words in rig.text("#keys").split("  ")}
        for raw in (False, True):
            view = cast("TelegramView", rig.app.screen)
            all_rows = telegram_rows(view.telegrams.shown, rig.session.context, size[0], raw=raw)
            first = before = rig.text("#telegram")
            seen = first.split("\n")
            await rig.press("pagedown")
            while rig.text("#telegram") != before:
                before = rig.text("#telegram")
                seen += before.split("\n")
                await rig.press("pagedown")
            assert {plain(row.cells).rstrip() for row in all_rows} <= set(seen)
            assert "more, j k" not in rig.text("#head")
            await rig.press("home")
            assert rig.text("#telegram") == first
            assert "more, j k" in rig.text("#head")
            await rig.press("x")


async def test_a_scrolled_telegram_stays_where_it_is_when_a_row_becomes_two_or_it_is_shown_raw(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first() -> str:
        return rig.text("#telegram").split("\n")[0].strip()

    monkeypatch.setattr(telegramming, "LEAST_S", 0.0)
    async with open_screen(size=(40, 20)) as rig:
        await opened(rig, DSMR_5.replace("10830.511", "8"))
        for _ in range(40):
            if first().startswith("1-0:32.36.0"):
                break
            await rig.press("j")
        assert first().startswith("1-0:32.36.0")
        rig.monitor.telegram = DSMR_5
        await rig.press("enter")
        await rig.until(lambda: reads(rig) == 2, "it is read again")
        await rig.told()
        assert first().startswith("1-0:32.36.0")
        await rig.press("x")
        assert first() == "1-0:32.36.0(00000)"


async def test_another_p1_is_shown_from_its_first_line(open_screen: OpenScreen) -> None:
    async with open_screen(size=(80, 24)) as rig:
        await opened(rig)
        await rig.press("end", "b")
        other = next(one for one in rig.names if one != "Grid")
        view = cast("TelegramView", rig.app.get_screen(TELEGRAM))
        view.about(rig.device(other).key)
        assert view.telegrams.shown.told is None
        await opened(rig)
        assert "make and model" in rig.text("#telegram").split("\n")[0]


# ------------------------------------------------------------------ drawing


def drawn(text: str, width: int, *, raw: bool = False, glyphs: str = "unicode") -> list[str]:
    """Title, rule and rows."""
    context = Context(GLYPHS[glyphs], PROFILES["nl"], Now(1795786327.0, 0.0))
    told = tell(text)
    shown = Shown("Grid", "ISKRA  2M550T-101", told, Received(1795786327.0, ZONE), "", 1.0)
    lines = [title_line(shown, context, width), rule_line(context, width, 3)]
    lines += [row.cells for row in telegram_rows(shown, context, width, raw=raw)]
    assert all(width_of(row) <= width for row in lines), width
    return [plain(row) for row in lines]


ZONE = ZoneInfo("Europe/Amsterdam")
EVERY_WIDTH = (20, 38, 40, 60, 71, 72, 80, 100, 119, 120, 150, 200)


@pytest.mark.parametrize("width", EVERY_WIDTH)
@pytest.mark.parametrize("raw", [False, True])
def test_no_value_is_cut_at_any_width(width: int, raw: bool) -> None:
    for text in SAMPLES.values():
        rows = drawn(text, width, raw=raw)
        said = "".join("".join(row.split()) for row in rows)
        for line in tell(text).lines:
            values = [line.raw] if raw else [line.code] + ([line.measured.digits] if line.measured else [])
            assert all("".join(value.split()) in said for value in values), (width, line.raw)


@pytest.mark.parametrize("width", EVERY_WIDTH)
def test_the_title_has_the_checksum_and_the_time_at_any_width_that_has_room(width: int) -> None:
    title = drawn(DSMR_5, width)[0]
    assert width < 38 or ("checksum right" in title and title.rstrip().endswith("14:32")), title
    assert width < 80 or "ISKRA 2M550T-101  DSMR 5.0  checksum right  every 1.0 s" in title


def test_it_can_be_drawn_in_ascii() -> None:
    assert all(row.isascii() for width in EVERY_WIDTH for row in drawn(BELGIAN, width, glyphs="ascii"))


def test_a_wrong_checksum_and_a_wrong_clock_stand_out_by_words_and_style() -> None:
    context = Context(GLYPHS["unicode"], PROFILES["nl"], Now(1795786327.0, 0.0))
    shown = Shown("Grid", "", tell(DSMR_5.replace("00.672", "00.673")), Received(1795780000.0, ZONE), "", None)
    rows = [row.cells for row in telegram_rows(shown, context, 80, raw=False)]
    warned = [plain(row).strip() for row in rows if any(span.style == "warn" for span in row)]
    assert len(warned) == 2
    assert "ahead of this computer's" in warned[0]
    assert warned[1].endswith(", wrong")
    assert "checksum wrong" in plain(title_line(shown, context, 80))


@settings(max_examples=40, deadline=None)
@given(st.text("/!()\r\n0123456789-:.*kWhSWm \x1b\x00é漢"), st.integers(4, 220), st.booleans())
def test_no_text_and_no_width_makes_it_fail(text: str, width: int, raw: bool) -> None:
    for row in drawn(f"/X\r\n1-0:1.8.0(1*kWh)\r\n{text}", width, raw=raw):
        assert row.isprintable()


def test_a_dutch_meter_of_old_has_no_clock_to_compare() -> None:
    assert "computer" not in "\n".join(drawn(DSMR_2, 80))
