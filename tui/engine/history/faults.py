"""What hinders the history, in sentences that say what to do."""

from __future__ import annotations

import sqlite3
from errno import EACCES, EDQUOT, EIO, ENOSPC, EPERM, EROFS
from pathlib import Path

from tui.core.text import quoted

RETRY_S = 30.0
"""How often a lock, or a disk that refused, is tried again: the takeover within a minute."""
NEXT = f"it is tried again every {RETRY_S:g} s"
LOST = "the disk has refused for more than an hour: the oldest minutes are lost"

_WHY = {
    sqlite3.SQLITE_FULL: "the disk is full: make room on it",
    sqlite3.SQLITE_READONLY: "it is read-only: let this user write there, or use another --state-dir",
    sqlite3.SQLITE_CANTOPEN: "its files cannot be opened: let this user write there, or use another --state-dir",
    sqlite3.SQLITE_PERM: "this user may not write there: allow it, or use another --state-dir",
    sqlite3.SQLITE_BUSY: "another program locks it: end that one",
    sqlite3.SQLITE_LOCKED: "another program locks it: end that one",
    sqlite3.SQLITE_IOERR: "the disk fails: look whether the card or disk is worn out",
}
_NO_ROOM = (sqlite3.SQLITE_IOERR_SHMSIZE,)
"""Faults of a disk that is full: there is no room for the file with "-shm" behind its name."""
_SAME_AS = {
    ENOSPC: sqlite3.SQLITE_FULL,
    EDQUOT: sqlite3.SQLITE_FULL,
    EROFS: sqlite3.SQLITE_READONLY,
    EACCES: sqlite3.SQLITE_PERM,
    EPERM: sqlite3.SQLITE_PERM,
    EIO: sqlite3.SQLITE_IOERR,
}


def not_kept(folder: Path, error: sqlite3.Error | OSError) -> str:
    """Why nothing can be written in `folder`."""
    if isinstance(error, OSError):
        code, text = _SAME_AS.get(error.errno or 0), error.strerror or type(error).__name__
    else:
        code, text = getattr(error, "sqlite_errorcode", None), quoted(str(error))
        code = sqlite3.SQLITE_FULL if code in _NO_ROOM else code
    why = _WHY.get(code & 0xFF if isinstance(code, int) else 0, f"{text}: use another --state-dir")
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


def second(holder: str, *, reads: bool) -> str:
    """Another hwtui writes; whether this one `reads` what it does."""
    who = f"another hwtui (process {holder})" if holder else "another hwtui"
    does = "only reads it" if reads else "keeps nothing"
    return f"history is kept by {who}: this one {does}, and takes over when that one ends"


def _shown(path: Path) -> str:
    return quoted(str(path), 160)
