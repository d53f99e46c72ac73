"""The band of alarms on top of every view, the bell, and the key that hides it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.alarms.alarmlab import rule
from tui.core.alarms.state import Alarm
from tui.core.events import Alarmed, Noted
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.engine.out.sink import SinkState
from tui.ui.draw.alarms import alarm_lines
from tui.ui.draw.lines import Context, plain, width_of
from tui.ui.glyphs import GLYPHS

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig

T0 = Now(datetime(2026, 11, 21, 14, 32, tzinfo=ZoneInfo("Europe/Amsterdam")).timestamp(), 5000.0)
LEAK = rule("water_flow_lpm > 0 for 60m", name="Leak")


def alarm(label: str = "Water", at: Now = T0, *, bell: bool = False) -> Alarm:
    asked = rule("power_w > 5 kW for 60s", name="High", bell=bell)
    return Alarm(asked, label.lower(), label, (5321.0,), at.plus(-60), at)


def rows(*alarms: Alarm, width: int = 80, height: int = 2, kiosk: bool = False) -> list[str]:
    context = Context(GLYPHS["ascii"], profile_of("nl"), T0, kiosk=kiosk)
    lines = alarm_lines(alarms, context, T0, width, height)
    assert {width_of(line) for line in lines} == {width}
    assert {span.style for line in lines for span in line} == {"notice"}
    return [plain(line).strip() for line in lines]


def test_one_alarm_is_a_sentence_with_the_key_that_hides_it() -> None:
    assert rows(alarm(), width=90) == [
        "ALARM  High, Water: power is 5321 W, above 5000 W since 14:31" + " " * 20 + "z hides"
    ]
    assert rows(alarm(), width=40) == ["ALARM  High, Water: power is 5321 W,", "above 5000 W since 14:31       z hides"]


def test_of_several_the_newest_is_told_and_their_count() -> None:
    old, new = alarm("Car", T0.plus(-3600)), alarm("Oven")
    assert rows(new, old, width=60) == [
        "2 ALARMS  High, Oven: power is 5321 W, above 5000 W since",
        "14:31" + " " * 39 + "6 all  z hides",
    ]
    assert rows(new, old, width=80) == [
        "2 ALARMS  High, Oven: power is 5321 W since 14:31" + " " * 15 + "6 all  z hides"
    ]


def test_a_kiosk_has_no_key_to_hide_it() -> None:
    assert rows(alarm(), kiosk=True) == ["ALARM  High, Water: power is 5321 W, above 5000 W since 14:31"]
    assert rows(alarm(), alarm("Car"), kiosk=True)[0].endswith("6 all")


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
@pytest.mark.parametrize("height", [1, 2])
def test_the_device_is_named_whatever_room_there_is(width: int, height: int) -> None:
    told = rows(alarm(), width=width, height=height)
    assert len(told) <= height
    assert "ALARM  High, Wate" in " ".join(told)


HOUSE = Settings(alarms=(LEAK,))


async def raised(rig: Rig, *alarms: Alarm) -> None:
    rig.house.apply(Alarmed(alarms, (), rig.house.now))
    await rig.told()
    await rig.pilot.pause()


@pytest.mark.parametrize(("size", "keys"), [((80, 24), "123456"), ((40, 20), "12")])
async def test_the_band_is_on_top_of_every_view_until_it_is_over(
    open_screen: OpenScreen, size: tuple[int, int], keys: str
) -> None:
    async with open_screen(settings=HOUSE, size=size) as rig:
        before = rig.screen_text
        await raised(rig, alarm(at=rig.house.now))
        for key in keys:
            await rig.press(key)
            await rig.shows("ALARM  High, Water: power")
            top = rig.screen_text.splitlines()[0]
            assert top.startswith(" ALARM  High, Water"), (key, top)
            assert len(rig.screen_text.splitlines()) <= size[1]
        await rig.press("1")
        await raised(rig)
        assert rig.screen_text == before


async def test_the_wall_of_a_kiosk_has_it_and_keeps_the_power(open_screen: OpenScreen) -> None:
    kiosk = Settings(alarms=(LEAK,), kiosk=True)
    async with open_screen(settings=kiosk, size=(40, 20)) as rig:
        await raised(rig, alarm(at=rig.house.now, bell=True))
        await rig.shows("ALARM  High, Water")
        assert "GRID" in rig.screen_text
        await rig.press("z")
        assert "ALARM" in rig.screen_text


async def test_z_hides_it_until_another_one_comes(open_screen: OpenScreen) -> None:
    async with open_screen(settings=HOUSE) as rig:
        first = alarm(at=rig.house.now)
        await raised(rig, first)
        await rig.shows("z hides")
        await rig.press("z")
        await rig.until(lambda: "ALARM" not in rig.screen_text, "it is hidden")
        await rig.press("2")
        await rig.in_front("wall")
        await rig.after(2)
        assert "ALARM" not in rig.screen_text
        await raised(rig, first, alarm("Oven", rig.house.now))
        await rig.shows("2 ALARMS  High, Oven")
        await rig.press("z", "z")
        await rig.heard("No alarm is shown")


async def test_the_view_links_tells_them_all(open_screen: OpenScreen) -> None:
    async with open_screen(settings=HOUSE) as rig:
        await raised(rig, alarm("Car", rig.house.now), alarm("Oven", rig.house.now))
        await rig.press("6")
        await rig.shows("ALARM  High, Car: power is 5321 W, above 5000 W since")
        await rig.shows("ALARM  High, Oven: power is 5321 W, above 5000 W since")


@pytest.mark.parametrize("size", [(80, 24), (40, 20)])
async def test_however_many_there_are_the_view_links_keeps_devices_and_what_goes_out(
    open_screen: OpenScreen, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_screen(settings=HOUSE, size=size) as rig:
        sinks = (SinkState("mqtt", "mqtt://pi", fault="nothing listens"),)
        monkeypatch.setattr(rig.session.engine, "sinks", sinks)
        rig.house.apply(Noted("out mqtt", "mqtt: nothing listens", rig.house.now))
        await raised(rig, *(alarm(f"Car number {number}", rig.house.now) for number in range(20)))
        await rig.press("6")
        await rig.shows("more rows: enlarge the terminal")
        table = rig.text("#table")
        assert table.count(" live") >= 3
        assert table.count("nothing listens") == 1
        assert "ALARM  High, Car number 0" in table


async def test_a_frozen_screen_shows_a_new_alarm_and_nothing_else(open_screen: OpenScreen) -> None:
    async with open_screen(settings=HOUSE) as rig:
        await rig.press("space")
        await rig.shows("frozen at")
        await raised(rig, alarm(at=rig.house.now))
        await rig.shows("ALARM  High, Water")
        assert "frozen at" in rig.screen_text
        await raised(rig)
        await rig.until(lambda: "ALARM" not in rig.screen_text, "it is over")


async def test_the_bell_rings_once_for_each_new_alarm_that_wants_it_also_behind_a_dialog(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_screen(settings=HOUSE) as rig:
        rung: list[int] = []
        monkeypatch.setattr(rig.app, "bell", lambda: rung.append(1))
        loud = alarm(at=rig.house.now, bell=True)
        await raised(rig, loud)
        await rig.after(2)
        assert len(rung) == 1
        quiet = alarm("Car", rig.house.now)
        await raised(rig, loud, quiet)
        assert len(rung) == 1
        await rig.press("question_mark")
        await rig.in_front("Help")
        await rig.after(1)
        await raised(rig, loud, quiet, alarm("Oven", rig.house.now, bell=True))
        assert len(rung) == 2


async def test_who_has_no_alarms_has_no_band(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        assert not rig.app.screen.query("#alarms")
        await rig.press("z")
        await rig.heard("No alarm is shown: see hwtui help alarms.")
