"""What hinders the history, in sentences that say what to do."""

from __future__ import annotations

import sqlite3
from errno import EDQUOT, ENOSPC
from pathlib import Path

from tui.core.text import quoted

NEXT = "it is tried again every minute"
LOST = "the disk has refused for more than an hour: the oldest minutes are lost"

_FULL = (ENOSPC, EDQUOT)
_WHY = {
    sqlite3.SQLITE_FULL: "the disk is full: make room on it",
    sqlite3.SQLITE_READONLY: "it is read-only: let this user write there, or use another --state-dir",
    sqlite3.SQLITE_CANTOPEN: "its files cannot be opened: let this user write there, or use another --state-dir",
    sqlite3.SQLITE_PERM: "this user may not write there: allow it, or use another --state-dir",
    sqlite3.SQLITE_BUSY: "another program locks it: end that one",
    sqlite3.SQLITE_LOCKED: "another program locks it: end that one",
    sqlite3.SQLITE_IOERR: "the disk fails: look whether the card or disk is worn out",
}


def not_kept(folder: Path, error: sqlite3.Error | OSError) -> str:
    """Why nothing can be written in `folder`."""
    if isinstance(error, OSError):
        why = f"{error.strerror or type(error).__name__}: let this user write there, or use another --state-dir"
        if error.errno is not None and error.errno in _FULL:
            why = _WHY[sqlite3.SQLITE_FULL]
    else:
        code = getattr(error, "sqlite_errorcode", None)
        why = _WHY.get(code & 0xFF if isinstance(code, int) else 0, f"{quoted(str(error))}: use another --state-dir")
    return f"history is not kept: {_shown(folder)}: {why}; {NEXT}"


def newer(path: Path) -> str:
    """The file is of a newer version."""
    return f"history is not kept: {_shown(path)} is of a newer hwtui, and left alone: update this one"


def moved(to: Path) -> str:
    """A damaged file was moved."""
    return f"history was damaged: it is set aside as {to.name}, and a new one is begun"


def wears_out(path: Path) -> str:
    """It was damaged again and again."""
    return f"history is not kept: {_shown(path)} is damaged again and again: put it on another disk or card"


def second(holder: str) -> str:
    """Another hwtui writes."""
    who = f"another hwtui (process {holder})" if holder else "another hwtui"
    return f"history is kept by {who}: this one only reads it, and takes over when that one ends"


def _shown(path: Path) -> str:
    return quoted(str(path), 160)
