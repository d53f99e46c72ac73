"""Which of several hwtui writes the history, or hands alarms on: the one that holds a lock on a file beside it.

The kernel gives the lock back when its holder ends, however it ends: flock(2). It is not on the database itself, whose
own locks SQLite would lose when another handle of this process closes it.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, flock


class Lock:
    """A file such as `history.lock`; the number of the process that holds it is in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def take(self) -> bool:
        """Whether this process holds it now. Raises `OSError` where there can be no such file."""
        if self._handle is not None:
            return True
        # Without the flag, a link in its place would have another file of this user's emptied.
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            if sys.platform != "win32":  # there SQLite's own locks keep the file whole, and two hwtui both write
                flock(handle, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        except OSError:  # a file system without locks
            pass
        self._handle = handle
        with contextlib.suppress(OSError):  # a full disk: the number is only told
            os.ftruncate(handle, 0)
            os.write(handle, f"{os.getpid()}\n".encode())
        return True

    @property
    def holder(self) -> str:
        """The number of the process that holds it, as it says itself; "" if that cannot be told."""
        with contextlib.suppress(OSError):
            text = self._path.read_bytes()[:20].decode("ascii", "replace").strip()
            return text if text.isdecimal() else ""
        return ""

    def release(self) -> None:
        """Give it back."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
