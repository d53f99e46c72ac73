"""The standard streams: made safe to use, and checked before a screen is drawn on them."""

from __future__ import annotations

import io
import os
import sys

from tui.core.settings import SettingsError
from tui.engine.commands.streams import narrate

WRONG_USE = 3
"""UNKNOWN of the monitoring-plugin convention; argparse's own 2 would mean CRITICAL there."""


def say(text: str) -> None:
    """One line on stderr."""
    narrate(f"hwtui: {text}")


def prepare_streams() -> None:
    """Nothing comes from a closed stdin or may be written to a closed stdout; what is said to a closed stderr is lost.

    No other file gets their numbers. A character that a terminal does not know is no reason to stop.
    """
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: SIM115
    sys.stdout = sys.stdout or open(os.open(os.devnull, os.O_RDONLY), "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


SLOW_LINE_ESCAPE_MS = "500"
"""How long the rest of a key that begins with esc may take over SSH: a packet sent again after 200 ms, and the way
there (own choice; Textual waits 100 ms)."""


def need_terminal(instead: str) -> None:
    """Raise `SettingsError`, which names what to use instead, where no screen can be drawn.

    Textual draws on stderr, and in colours on `TERM=dumb`. It reads `ESCDELAY` when it is loaded, which is after this.
    """
    dumb = os.environ.get("TERM") == "dumb"
    elsewhere = [name for name in ("stdin", "stdout", "stderr") if not getattr(sys, name).isatty()]
    if dumb or elsewhere:
        why = "this terminal cannot draw (TERM=dumb)" if dumb else f"the screen needs a terminal on {elsewhere[0]}"
        raise SettingsError(f"{why}; here use {instead}")
    if os.environ.get("SSH_CONNECTION"):
        os.environ.setdefault("ESCDELAY", SLOW_LINE_ESCAPE_MS)
