"""Text that a cable, a KVM or a paste types as keys: whatever it says and however slowly, no device is told anything.

The keys carry the times at which they would have come, so that a README at 100 ms a character takes no 20 minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui.core.reading import Switch
from tui.ui.keys import ALL, CHECK, DEVICE, DOCTOR, FINDING, GRAPH, LINKS, METERS, OVERVIEW, TELEGRAM, WALL

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen, Rig


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key w may be typed, too, and writes where the program was started."""
    monkeypatch.chdir(tmp_path)


TELL = {"set_switch", "identify", "scan"}
"""The commands of the monitor that send a PUT, and the one that asks every address."""
GAPS_S = (0.0, 0.002, 0.005, 0.01, 0.02, 0.03, 0.035, 0.05, 0.075, 0.1)

README = """# On or off

Install it and look at `/etc/on-off.conf`:

    sudo ./install.sh && on-off --on

* on: 06:30
* off
o: the socket, as in `o 192.168.1.20`
off: when it is off

Issues? Open one.

I
i
S
o

off
"""
SCRIPT = """#!/bin/sh
# turn it on, then off, then on again
set -eu
on() { echo on; }
off() { echo off; }
for one in on off; do
\techo "o $one"
\tif [ "$one" = off ]; then off; else on; fi
done
o
off
o
on
i
S

exit 0
"""
LINES = (
    "@echo off\n",
    "o\noff\n",
    "ooff\n",
    "o off\n",
    "o\n\n\noff\n",
    "o\n\n\non\n",
    "o\toff\t\n",
    "oyes\ny\n",
    "i\n\ny\n",
    "S\n\ny\n",
    "ooooooffff\noff\non\n",
)


ELSEWHERE = (
    *((DEVICE, True), (DEVICE, False), (LINKS, True), (LINKS, False)),
    *((WALL, True), (METERS, False), (CHECK, True), (FINDING, False)),
    *((GRAPH, True), (TELEGRAM, False), (DOCTOR, True)),
)
"""The other views, with the socket on or off: both, where its key works."""
Typing = tuple[float, bool]
"""How far apart the keys come, and whether the socket is on."""
FILES: tuple[tuple[str, Typing, Typing], ...] = (
    (OVERVIEW, (0.0, True), (0.0, False)),
    (OVERVIEW, (0.02, False), (0.02, True)),
    (OVERVIEW, (0.1, True), (0.1, False)),
    (OVERVIEW, (0.1, False), (0.1, True)),
    (DEVICE, (0.02, True), (0.1, False)),
    (DEVICE, (0.1, False), (0.0, True)),
    (LINKS, (0.1, True), (0.02, False)),
    (LINKS, (0.0, False), (0.1, True)),
    (WALL, (0.0, True), (0.1, False)),
    (METERS, (0.02, False), (0.0, True)),
    (CHECK, (0.1, True), (0.02, False)),
    (FINDING, (0.0, False), (0.1, True)),
    (GRAPH, (0.0, True), (0.1, False)),
    (TELEGRAM, (0.1, False), (0.0, True)),
    (DOCTOR, (0.0, True), (0.1, False)),
)
"""A view, and how the script and the README are typed there: any two of view, text, speed and switch meet where the
key of a socket works, and elsewhere each text comes once."""


def keys_of(text: str) -> list[str]:
    """What a keyboard would send: no q, which quits and ends it all."""
    named = {"\n": "enter", "\t": "tab", " ": "space", "/": "slash", "?": "question_mark"}
    return [named.get(one, one) for one in text if one != "q"]


def done(rig: Rig) -> list[tuple[object, ...]]:
    """What a device or the network was told."""
    return [asked for asked in rig.monitor.asked if asked[0] in TELL]


async def before(rig: Rig, view: str, *, power_on: bool) -> None:
    """A view without a dialog in front of it, with the freezer selected."""
    while rig.view not in ALL:
        await rig.press("escape")
    rig.session.wanted = ""
    if rig.session.frozen:
        rig.session.freeze()
    rig.select("Freezer")
    rig.monitor.switch = Switch(power_on=power_on, switch_lock=False)
    if rig.view != view:
        rig.app.switch_screen(view)
    await rig.in_front(view)


async def type_lines(
    open_screen: OpenScreen, view: str, lines: Iterable[tuple[str, float]], *, power_on: bool
) -> set[object]:
    """Type each line so fast in that view: no device is told anything by any. What was asked instead."""
    async with open_screen() as rig:
        for line, gap_s in lines:
            await before(rig, view, power_on=power_on)
            await rig.at_pace(gap_s, keys_of(line))
            assert done(rig) == [], (line, gap_s)
        return {asked[0] for asked in rig.monitor.asked}


@pytest.mark.parametrize("power_on", [True, False])
async def test_no_line_tells_a_device_anything_at_any_speed(open_screen: OpenScreen, power_on: bool) -> None:
    """One line at every speed, the others as fast as can be and slowly: by turns with the socket on and off."""
    tries = [(LINES[0], gap_s) for gap_s in GAPS_S[power_on::2]]
    tries += [(line, 0.0 if (at % 2 == 0) is power_on else 0.1) for at, line in enumerate(LINES[1:])]
    assert "read_switch" in await type_lines(open_screen, OVERVIEW, tries, power_on=power_on), "a key does something"


@pytest.mark.parametrize(("view", "power_on"), ELSEWHERE)
async def test_no_line_tells_a_device_anything_in_any_view(open_screen: OpenScreen, view: str, power_on: bool) -> None:
    """The dialog is the same from every view, so each line comes at one of two speeds, as fast as can be or slowly.

    Where the key of a socket does nothing, it is half of the lines, the one half or the other.
    """
    lines = LINES if view in (DEVICE, LINKS) else LINES[power_on::2]
    tries = [(line, 0.0 if (at % 2 == 0) is power_on else 0.1) for at, line in enumerate(lines)]
    asked = await type_lines(open_screen, view, tries, power_on=power_on)
    assert "read_switch" in asked or view not in (DEVICE, LINKS), "the key does something there"


def test_every_view_is_typed_in() -> None:
    assert {view for view, *_ in FILES} == {OVERVIEW} | {view for view, _ in ELSEWHERE} == set(ALL)


@pytest.mark.parametrize("power_on", [True, False])
async def test_no_line_tells_a_device_anything_by_hand_either(open_screen: OpenScreen, power_on: bool) -> None:
    async with open_screen() as rig:
        for line in LINES:
            await before(rig, OVERVIEW, power_on=power_on)
            for key in keys_of(line):
                await rig.at_pace(1.0, [key])
                if rig.view == "Deliberate":
                    await rig.until(lambda: "_" in rig.question, "the dialog takes keys")
            assert done(rig) == [], line


@pytest.mark.parametrize(("view", "script", "readme"), FILES)
async def test_no_file_tells_a_device_anything(
    open_screen: OpenScreen, view: str, script: Typing, readme: Typing
) -> None:
    async with open_screen() as rig:
        for text, (gap_s, power_on) in ((SCRIPT, script), (README, readme)):
            await before(rig, view, power_on=power_on)
            await rig.at_pace(gap_s, keys_of(text))
            assert done(rig) == [], (text[:10], gap_s)


TYPED = st.lists(
    st.tuples(
        st.sampled_from(["o", "n", "f", "i", "S", "y", "space", "tab", "enter", "off", "on", "b", "x", "1", "6", "j"]),
        st.sampled_from([0.0, 0.01, 0.05, 0.1, 0.7, 2.0]),
    ),
    max_size=25,
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=TYPED, power_on=st.booleans())
def test_no_order_and_no_pace_of_plain_keys_does_either(
    open_screen: OpenScreen, typed: list[tuple[str, float]], power_on: bool
) -> None:
    async def run() -> None:
        async with open_screen() as rig:
            await before(rig, OVERVIEW, power_on=power_on)
            for word, gap_s in typed:
                keys = [word] if len(word) > 3 or word == "tab" else list(word)
                await rig.at_pace(gap_s, keys)
            assert done(rig) == []

    asyncio.run(run())
