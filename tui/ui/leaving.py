"""Exits that the user did not type: SIGINT, SIGTERM, SIGHUP, and a terminal that went away.

Textual alone leaves the terminal in its alternate screen with mouse reporting on, and spins for ever on a dead one. A
handler of its loop never runs while a terminal that does not read blocks it; one by `signal.signal` does.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from textual.app import App

from tui.ui.stopping import in_foreground

RESTORE = b"\x18\x1b[?1049l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[?25h\x1b[0m"
"""Out of what Textual's driver puts a terminal into. The first byte cancels a sequence that was cut short."""
RESTORE_S = 0.1
"""How long a terminal may take for that: one that is not read takes nothing."""
PATIENCE_S = 0.8
"""How long the screen may take to restore the terminal; one that is not read cannot be restored."""


class Leaving:
    """Which signal has asked the app to end; a terminal that has gone counts as SIGHUP."""

    def __init__(self) -> None:
        self.number: int | None = None

    @property
    def status(self) -> int | None:
        """The exit status to end with, as a shell says it; None as long as nothing has asked."""
        return None if self.number is None else 128 + self.number


@contextmanager
def leaving_well(app: App[Any], close: Callable[[], None]) -> Iterator[Leaving]:
    """While this lasts, SIGINT, SIGTERM, SIGHUP and a hung-up terminal end `app`.

    `close` ends what runs beside it and keeps data; it is called in a thread, and done before the process ends.
    """
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in (getattr(signal, name) for name in names)}
    leaving = Leaving()
    restore = _restorer()

    def leave(number: int, frame: FrameType | None = None) -> None:
        if leaving.number is None:
            leaving.number = number
            threading.Thread(target=_ask, args=(app, 128 + number), name="leave", daemon=True).start()
            threading.Thread(target=_end, args=(close, restore, 128 + number), name="end", daemon=True).start()

    for number in before:
        # a program started by nohup ignores SIGHUP, and means it
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, leave)
    _watch_terminal(lambda: leave(getattr(signal, "SIGHUP", 1)))
    try:
        yield leaving
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ask(app: App[Any], status: int) -> None:
    """Ask the app to end, as soon as it runs."""
    while not app.is_running:
        time.sleep(0.01)
    app.call_from_thread(app.exit, return_code=status)


def _end(close: Callable[[], None], restore: Callable[[], None], status: int) -> None:
    """End what runs beside the app, and then the process, if the app has not ended it by itself."""
    patience = time.monotonic() + PATIENCE_S
    close()
    time.sleep(max(0.0, patience - time.monotonic()))
    last = threading.Thread(target=restore, daemon=True)
    last.start()
    last.join(RESTORE_S)
    os._exit(status)


def _restorer() -> Callable[[], None]:
    """Puts the terminal back as it is now, for an app that has no time for it, as one that is still loading."""
    try:
        import termios
    except ImportError:  # Windows
        return lambda: None
    try:
        attributes = termios.tcgetattr(sys.stdin.fileno())
    except (OSError, ValueError, termios.error):
        return lambda: None

    def restore() -> None:
        if not in_foreground():
            return  # stopped, and restored then: the terminal is a shell's now
        with suppress(OSError, termios.error):
            os.write(sys.stdin.fileno(), RESTORE)
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, attributes)

    return restore


def _watch_terminal(gone: Callable[[], None]) -> None:
    """Call `gone` when the other side of the terminal hangs up; a thread that sleeps in the kernel until then."""
    if not hasattr(select, "poll") or not sys.stdin.isatty():
        return

    def wait() -> None:
        poll = select.poll()
        for stream in (sys.stdin, sys.__stderr__):  # where Textual reads and writes
            if stream is not None:
                poll.register(stream.fileno(), 0)  # a hang-up is always reported
        poll.poll()
        gone()

    threading.Thread(target=wait, name="hang-up", daemon=True).start()


def without_locals(traceback: str) -> str:
    """A traceback as Textual draws it, without the values of variables: names and addresses belong in no log."""
    boxes = ("│ ╭", "│ │", "│ ╰", "| +", "| |")  # around the values; the last two where the terminal is not UTF-8
    return "\n".join(line.rstrip() for line in traceback.splitlines() if not line.startswith(boxes))
