"""A clock that is set while something is wrong: every place tells the trouble by its age and the present clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.ui.conftest import OpenScreen, Rig
from tui.core.model import Device, Endpoint, Fleet, Link, Problem, State
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.engine.mailbox import Snapshot
from tui.ui.draw.attention import attention_lines, trouble_line
from tui.ui.draw.blocks import trouble
from tui.ui.draw.lines import Context, Lines, plain
from tui.ui.draw.links import link_details
from tui.ui.glyphs import GLYPHS

ZONE = ZoneInfo("Europe/Amsterdam")
DAY = 86_400.0
PRESENT = datetime(2026, 11, 27, 16, 27, 30, tzinfo=ZONE).timestamp()

Draw = Callable[[Device, Context], Lines]


def wall_line(width: int) -> Draw:
    return lambda device, context: [trouble_line([device], Fleet({"a": device}), context, width, 0)]


PLACES: dict[str, Draw] = {
    "attention": lambda device, context: attention_lines([device], Fleet({"a": device}), context, 80, 6),
    "wall": wall_line(100),
    "narrow wall": wall_line(30),
    "panel": lambda device, context: trouble(device, context, 80).rows,
    "links": lambda device, context: link_details(device, context, 80),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("jump_s", "ago_s", "since"),
    [
        (0.0, 12.0, "since 16:27"),
        (26 * DAY, 12.0, "since 16:27"),
        (-3600.0, 12.0, "since 16:27"),
        (-DAY, 12.0, "since 16:27"),
        (3600.0, 1800.0, "since 15:57"),
        (-400 * DAY, 7200.0, "since 14:27"),
        (56 * 365 * DAY, 40.0, "since 16:26"),
    ],
)
def test_since_when_is_told_by_the_present_clock(place: str, jump_s: float, ago_s: float, since: str) -> None:
    began = Now(PRESENT - jump_s - ago_s, 900.0)
    problem = Problem(State.REFUSED, "Connection refused", began)
    link = Link(lost=3)
    device = Device("a", name="Shed", endpoints=(Endpoint("192.168.1.2"),), problem=problem, last_problem=problem)
    context = Context(GLYPHS["unicode"], profile_of("nl"), Now(PRESENT, 900.0 + ago_s))
    words = " ".join(plain(row).strip() for row in PLACES[place](replace(device, link=link), context))
    assert since in words
    assert words.count("since ") == 1
    assert "2026" not in words
    assert "1970" not in words


@pytest.mark.parametrize("place", [place for place in PLACES if place != "narrow wall"])
@pytest.mark.parametrize(
    ("ago_s", "since"),
    [
        (16 * 3600.0, "since 00:27"),
        (17 * 3600.0, "since Thu 23:27"),
        (3 * DAY, "since Tue 16:27"),
        (24 * DAY, "since 3 Nov 2026"),
        (390 * DAY, "since 2 Nov 2025"),
    ],
)
def test_trouble_that_is_not_of_today_is_told_with_its_day(place: str, ago_s: float, since: str) -> None:
    problem = Problem(State.REFUSED, "Connection refused", Now(PRESENT - ago_s, 900.0))
    device = Device(
        "a", name="Shed", endpoints=(Endpoint("192.168.1.2"),), problem=problem, last_problem=problem, link=Link(lost=3)
    )
    context = Context(GLYPHS["unicode"], profile_of("nl"), Now(PRESENT, 900.0 + ago_s))
    words = " ".join(plain(row).strip() for row in PLACES[place](device, context))
    assert f"({since})" in words


async def jumped(rig: Rig, seconds: float) -> None:
    """Set the clock of the house's computer, a moment later."""
    later = rig.house.now.plus(1.0)
    await rig.take(Snapshot(rig.house.fleet, Now(later.utc + seconds, later.monotonic)))


@pytest.mark.parametrize("seconds", [26 * DAY, -3600.0])
@pytest.mark.parametrize("kiosk", [False, True])
async def test_a_screen_whose_clock_is_set_during_a_trouble(
    open_screen: OpenScreen, seconds: float, kiosk: bool
) -> None:
    async with open_screen(settings=Settings(kiosk=kiosk), size=(110, 30)) as rig:
        rig.house.silence(rig.device("Water").serial or "")
        rig.house.run(70, every_s=7)
        await jumped(rig, seconds)
        began = datetime.fromtimestamp(rig.session.newest.now.utc - 71, ZONE)
        await rig.shows(f"since {began:%H:%M}")


@pytest.mark.parametrize("seconds", [26 * DAY, -3600.0, 6.0])
@pytest.mark.parametrize("view", ["1", "enter"])
async def test_a_frozen_screen_resumes_when_the_clock_is_set_and_says_why(
    open_screen: OpenScreen, seconds: float, view: str
) -> None:
    """The graphs are kept by the time of day and start again, so there is nothing left to hold."""
    async with open_screen() as rig:
        await rig.press(view, "space")
        await rig.until(lambda: "frozen at 14:17" in rig.screen_text, "the screen is frozen")
        await jumped(rig, seconds)
        await rig.heard("No longer frozen: this computer's clock was set")
        await rig.until(lambda: "frozen at" not in rig.screen_text, "the screen goes on")
        shown = f"{datetime.fromtimestamp(rig.session.newest.now.utc, ZONE):%H:%M}"
        await rig.shows(shown)


async def test_a_clock_that_is_only_corrected_leaves_a_frozen_screen_alone(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await rig.press("space")
        await jumped(rig, 4.0)
        assert rig.session.frozen is not None
        assert rig.said == []
