"""What a command that takes its time says on stderr meanwhile."""

from __future__ import annotations

import os
import sys

from tui.core.table import cells
from tui.engine.commands.streams import narrate

CLEAR = "\r\x1b[K"
UNKNOWN_WIDTH = 80
LEAST_APART_S, MOST_APART_S = 10.0, 600.0
"""How far apart lines are where none can be rewritten; a sixth of the whole, within these (own choice)."""


class Progress:
    """One line that is rewritten on a terminal; elsewhere a line now and then."""

    def __init__(self, whole_s: float) -> None:
        self._rewrites = _is_terminal() and os.environ.get("TERM") not in (None, "", "dumb")
        self._apart_s = min(max(whole_s / 6, LEAST_APART_S), MOST_APART_S)
        self._next_s = self._apart_s
        self._shown = False

    def say(self, text: str) -> None:
        """A line that stays."""
        self.clear()
        narrate(text)

    def show(self, text: str, passed_s: float) -> None:
        """How far it is after so many seconds."""
        if self._rewrites:
            _write(CLEAR + _cut(text, _width() - 1))
            self._shown = True
        elif passed_s >= self._next_s:
            narrate(text)
            self._next_s = passed_s + self._apart_s

    def clear(self) -> None:
        """Take away the line that is rewritten."""
        if self._shown:
            _write(CLEAR)
            self._shown = False


def _is_terminal() -> bool:
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):  # closed
        return False


def _write(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass


def _width() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or UNKNOWN_WIDTH
    except (OSError, ValueError, AttributeError):
        return UNKNOWN_WIDTH


def _cut(text: str, width: int) -> str:
    while text and cells(text) > width:
        text = text[:-1]
    return text
