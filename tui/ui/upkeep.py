"""Housekeeping for a screen that runs for months, so that it stays as small as in its first minutes.

What grows when figures change every second, measured on Textual 8.2.8 and Rich 15:

* Both cache thousands of results by texts and regions that hardly recur: 3 MB when the caches are full.
* A widget on the line API keeps each region that was ever refreshed, without an end; only a refresh of the whole widget
  drops them. That sends the whole picture, which also wipes what the kernel printed over a console.

It counts updates and not seconds, since memory grows with updates.

And what grows under polls: asyncio takes 256 KiB for each read from a socket and gives nearly all of it back. glibc
first maps blocks of that size apart, then learns to take them from the heap, where what stays comes to lie between
them: 1.4 MB in ten minutes with ten devices. A threshold that is set is not learned (mallopt(3), M_MMAP_THRESHOLD).
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

from rich.cells import cached_cell_len
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from tui.ui.console import Lamp

TIDY_AFTER_S = 3.0
"""When `tidy_start` is called: it takes 30 ms, in which nothing else runs, and the first values come before (own
choice)."""
LOOKS_AFTER = 5_000
"""Objects, net, after which Python looks for garbage that goes in circles. A picture makes some thousands that go with
it: at the usual 700 they are looked through several times a second, which is 3 % of the CPU."""
FORGET_EVERY = 60
REPAINT_EVERY = 600
"""Pictures: a minute and ten minutes, at one a second."""

LARGE_BYTES = 128 * 1024
"""glibc's own threshold, before it learns."""
_MMAP_THRESHOLD = -3  # <malloc.h>

REMEMBERING: tuple[Callable[..., object], ...] = (
    cached_cell_len,
    Region.intersection,
    Region.overlaps,
    Region.translate,
    Region.union,
)


class Upkeep:
    """Told of every picture, does what is due."""

    def __init__(self, lamp: Lamp | None = None) -> None:
        self._pictures = 0
        self._lamp = lamp

    def after_picture(self, screen: Screen[Any]) -> None:
        """One more picture of `screen` was shown."""
        self._pictures += 1
        if self._pictures % FORGET_EVERY == 0:
            forget()
        if self._pictures % REPAINT_EVERY == 0:
            repaint(screen)
            if self._lamp is not None:
                self._lamp.light()


def tidy_start() -> None:
    """Collect what starting has left behind, and look for garbage from now on: until then that is off."""
    gc.collect()
    gc.freeze()  # what is left are modules and style sheets, which never become garbage
    gc.set_threshold(LOOKS_AFTER, *gc.get_threshold()[1:])
    gc.enable()


def keep_large_blocks_apart() -> bool:
    """Let the C library map them, and give them back whole; whether it does (glibc only)."""
    import ctypes  # the first picture does not wait for it

    library = ctypes.CDLL(None) if sys.platform != "win32" else None
    mallopt = getattr(library, "mallopt", None)
    return mallopt is not None and bool(mallopt(_MMAP_THRESHOLD, LARGE_BYTES))


def forget() -> None:
    """Drop what was remembered by texts and regions, and collect what goes round in circles."""
    for function in REMEMBERING:
        clear = getattr(function, "cache_clear", None)  # another version of Textual may not remember
        if clear is not None:
            clear()
    gc.collect()


def repaint(screen: Screen[Any]) -> None:
    """Redraw everything on it. For a screen that is not shown, this only drops what was drawn."""
    for widget in (screen, *screen.walk_children(Widget)):
        widget.refresh()
