"""The ways out that nobody typed: SIGTERM, SIGHUP, and a terminal that has gone.

Textual alone leaves the terminal in its alternate screen with mouse reporting on, and spins for ever on a dead one. A
handler of its loop never runs while a terminal that does not read blocks it; one by `signal.signal` does.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from textual.app import App

PATIENCE_S = 0.8
"""How long the screen may take to restore the terminal; one that is not read cannot be restored."""


@contextmanager
def leaving_well(app: App[Any]) -> Iterator[None]:
    """While this lasts, SIGTERM, SIGHUP and a hung-up terminal end `app` with 128 plus the signal's number."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in (getattr(signal, name) for name in names)}

    def leave(number: int, frame: FrameType | None = None) -> None:
        threading.Thread(target=_ask, args=(app, number), daemon=True).start()

    for number in before:
        # a program started by nohup ignores SIGHUP, and means it
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, leave)
    _watch_terminal(lambda: leave(getattr(signal, "SIGHUP", 1)))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ask(app: App[Any], number: int) -> None:
    """Ask the app to end, and end the process if it cannot."""
    last_resort = threading.Timer(PATIENCE_S, os._exit, [128 + number])
    last_resort.daemon = True
    last_resort.start()
    app.call_from_thread(app.exit, return_code=128 + number)


def _watch_terminal(gone: Callable[[], None]) -> None:
    """Call `gone` when the other side of standard input hangs up; a thread that sleeps in the kernel until then."""
    if not hasattr(select, "poll") or not sys.stdin.isatty():
        return

    def wait() -> None:
        poll = select.poll()
        poll.register(sys.stdin.fileno(), 0)  # a hang-up is always reported
        poll.poll()
        gone()

    threading.Thread(target=wait, name="hang-up", daemon=True).start()
