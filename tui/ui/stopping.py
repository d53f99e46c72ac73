"""Ctrl+z and SIGTSTP: stopped with all that a shell started together, and back with `fg`.

Textual stops its own process alone. In a script (`sh -c 'hwtui; true'`) or under a wrapper the shell waits for another
process of the group, never learns of it, and the line hangs. So the whole group is stopped, as the terminal itself does
for a program that lets it. Where no job control is, as in `ssh -t pi hwtui`, nobody would continue it: the kernel lets
no SIGTSTP stop such an orphaned group (POSIX, "orphaned process group"), and here nothing is stopped either.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from textual.app import App
from textual.driver import Driver

SETTLE_S = 0.05
"""How long a signal to the own group may take to arrive; on Linux it is there when `kill` returns (own choice)."""
NO_SHELL = "ctrl+z does nothing here: no shell could bring it back."


def in_foreground() -> bool:
    """Whether the terminal is this process group's to draw on."""
    try:
        return os.tcgetpgrp(sys.__stdin__.fileno()) == os.getpgrp() if sys.__stdin__ else True
    except (OSError, ValueError, AttributeError):  # not the controlling terminal, or a system without them
        return True


class StoppableApp(App[None]):
    """An app that can be stopped wherever something can continue it, and nowhere else."""

    ending: Callable[[], bool] = staticmethod(lambda: False)
    """Whether a signal has asked the process to end, which it then does by itself."""
    _may_stop = False

    def on_load(self) -> None:
        """See that the driver's handler never stops this process alone."""
        if sys.platform != "win32":
            self._may_stop = signal.getsignal(signal.SIGTSTP) is not signal.SIG_IGN
            self.driver_class = _deaf_to_sigtstp(self.driver_class)

    def on_mount(self) -> None:
        """Handle the signals in place of Textual's driver, which has started by now."""
        if sys.platform != "win32" and not self.is_headless and not self.is_web:  # a browser has no shell to go back to
            self._handle(asyncio.get_running_loop())

    def _handle(self, loop: asyncio.AbstractEventLoop) -> None:
        def stop(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._stop)

        def back(number: int, frame: FrameType | None) -> None:
            """Stopped by a signal that cannot be handled, and continued."""
            if not self.ending():
                _stop_group_until_in_foreground(self.ending)
                loop.call_soon_threadsafe(self._draw_anew)

        signal.signal(signal.SIGTSTP, stop)
        signal.signal(signal.SIGCONT, back)

    def on_unmount(self) -> None:
        """Do not stop any more while the terminal is restored."""
        if sys.platform != "win32" and not self.is_headless:
            signal.signal(signal.SIGTSTP, signal.SIG_IGN)
            signal.signal(signal.SIGCONT, signal.SIG_DFL)

    def action_suspend_process(self) -> None:
        """Stop until a shell continues it; say so where there is none."""
        if not self.is_headless and not self._stop():
            self.clear_notifications()
            self.notify(NO_SHELL, markup=False)

    def _stop(self) -> bool:
        """Give the terminal back and stop; whether it did."""
        if not self._may_stop or self.ending() or os.getpgrp() == os.getsid(0):
            return False  # a session leader is in this group, and no shell above it
        with self.suspend():
            stopped = _stop_group(signal.SIGTSTP)
            _stop_group_until_in_foreground(self.ending)
        return stopped

    def _draw_anew(self) -> None:
        """Set the terminal up again: a shell has had it."""
        with self.suspend():
            pass


def _deaf_to_sigtstp(base: type[Driver]) -> type[Driver]:
    """A driver that takes no SIGTSTP until the app does."""

    def start(driver: Driver, *arguments: Any, **named: Any) -> None:
        base.__init__(driver, *arguments, **named)
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)

    return type(base.__name__, (base,), {"__init__": start})


def _stop_group_until_in_foreground(ending: Callable[[], bool]) -> None:
    """As `bg` does to every program that draws: stopped again, until `fg`. One that ends goes on to its end."""
    while not in_foreground():
        if ending():
            time.sleep(SETTLE_S)  # another thread ends the process
        else:
            _stop_group(signal.SIGTTOU)


def _stop_group(number: int) -> bool:
    """Stop the whole process group by a signal; returns when it is continued, and whether it was ever stopped."""
    continued: list[int] = []
    before: list[tuple[int, Any]] = [
        (number, signal.signal(number, signal.SIG_DFL)),
        (signal.SIGCONT, signal.signal(signal.SIGCONT, lambda number, frame: continued.append(number))),
    ]
    try:
        os.kill(0, number)
        time.sleep(SETTLE_S)
    finally:
        for one, handler in before:
            signal.signal(one, handler)
    return bool(continued)
