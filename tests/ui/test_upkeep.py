"""A screen that stays for months: what it drops now and then, and that it stays as small as it was."""

from __future__ import annotations

import gc
import platform
import subprocess
import sys
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.ui.keys import DOCTOR, LINKS, METERS, OVERVIEW, WALL
from tui.ui.upkeep import FORGET_EVERY, LOOKS_AFTER, REMEMBERING, REPAINT_EVERY, Upkeep, forget, repaint, tidy_start

if TYPE_CHECKING:
    from tests.ui.conftest import OpenScreen


class Sheet(Widget):
    """A widget on the line API, which counts how often it was drawn as a whole."""

    DEFAULT_CSS = "Sheet { height: 1fr; }"
    wholes = 0

    def render_line(self, y: int) -> Strip:
        self.wholes += y == 0
        return Strip.blank(self.size.width)


class Bare(App[None]):
    """An app with nothing but the sheet."""

    def compose(self) -> ComposeResult:
        yield Sheet()


@pytest.fixture(autouse=True)
def what_was_there() -> Iterator[None]:
    """What other tests left in this process is not looked through at every collection; it is counted in neither
    `before` nor after."""
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
    gc.set_threshold(*usual)


class Loop:
    """Garbage that only a collection finds: it goes round in a circle."""

    def __init__(self) -> None:
        self.me = self


def test_what_starting_leaves_behind_is_collected_and_what_stays_is_no_longer_looked_through() -> None:
    gc.unfreeze()
    gc.disable()
    stays, gone = Loop(), weakref.ref(Loop())
    assert gone() is not None
    tidy_start()
    assert gone() is None
    assert gc.isenabled()
    assert gc.get_threshold()[0] == LOOKS_AFTER
    assert not any(one is stays for one in gc.get_objects())


def alive(kind: type) -> int:
    """How many objects of a kind there are in this process."""
    gc.collect()
    return sum(type(one) is kind for one in gc.get_objects())


def remembered() -> int:
    """How many results the functions hold that are told to forget."""
    return sum(function.cache_info().currsize for function in REMEMBERING)  # type: ignore[attr-defined]


async def test_regions_that_were_refreshed_once_are_dropped() -> None:
    app = Bare()
    async with app.run_test(size=(80, 24)) as pilot:
        sheet = app.query_one(Sheet)
        forget()
        before = alive(Region)
        for picture in range(1000):
            sheet.refresh(Region(picture % 40, picture % 24, 1 + picture // 40, 1))
            if picture % 100 == 99:
                await pilot.pause()
        assert alive(Region) > before + 1000, "Textual keeps them by itself: this is why there is an upkeep"
        repaint(app.screen)
        await pilot.pause()
        forget()
        assert alive(Region) < before + 100


def test_what_was_remembered_is_forgotten() -> None:
    Region(0, 0, 8, 8).intersection(Region(3, 4, 5, 6))
    assert remembered() > 0
    forget()
    assert remembered() == 0


async def test_every_ten_minutes_the_whole_picture_is_sent() -> None:
    app = Bare()
    async with app.run_test(size=(80, 24)) as pilot:
        sheet, upkeep = app.query_one(Sheet), Upkeep()
        drawn = sheet.wholes
        for _ in range(REPAINT_EVERY - 1):
            upkeep.after_picture(app.screen)
        await pilot.pause()
        assert sheet.wholes == drawn
        upkeep.after_picture(app.screen)
        await pilot.pause()
        assert sheet.wholes > drawn


async def test_pictures_of_the_house_count(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        for _ in range(FORGET_EVERY):
            await rig.after(1)
        few = remembered()
        for _ in range(2 * FORGET_EVERY):
            await rig.after(1)
        assert remembered() < 2 * few, "as many as of a minute, however many minutes"


async def test_views_behind_the_one_in_front_keep_no_rows(open_screen: OpenScreen) -> None:
    async with open_screen() as rig:
        await rig.after(1)
        before = alive(Strip)
        for key, view in (("2", WALL), ("4", METERS), ("6", LINKS), ("enter", DOCTOR), ("1", OVERVIEW)):
            await rig.press(key)
            await rig.in_front(view)
            await rig.after(1)
        await rig.pilot.pause()
        assert alive(Strip) < before + 250, "without `View.rest` it is 420 more"


MAPPED_APART = """
import ctypes
from tui.ui.upkeep import keep_large_blocks_apart

class Counts(ctypes.Structure):  # struct mallinfo of <malloc.h>
    _fields_ = [(name, ctypes.c_int) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]

mallinfo = ctypes.CDLL(None).mallinfo
mallinfo.restype = Counts
if {asked}:
    assert keep_large_blocks_apart()
blocks = []
for _ in range(3):
    bytearray(256 * 1024)
    before = mallinfo().hblks
    blocks.append(bytearray(256 * 1024))
    print(mallinfo().hblks - before)
"""
"""Prints how many blocks each read from a socket maps, after one that was given back."""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc learns where to take large blocks from")
@pytest.mark.parametrize(("asked", "mapped"), [(True, "1 1 1"), (False, "0 0 0")])
def test_large_blocks_are_kept_apart(asked: bool, mapped: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MAPPED_APART.format(asked=asked)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == mapped.split()
