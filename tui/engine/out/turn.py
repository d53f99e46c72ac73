"""Of several hwtui of one user, such as the screen and `record`, one alone hands alarms on: else each would."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tui.engine.files import make_folder
from tui.engine.history.lock import Lock

FILE = "alarms.lock"


class Turn:
    """A lock on a file in the state directory, taken at the first alarm and kept until this program ends."""

    def __init__(self, folder: Path | None) -> None:
        """None: there is no such directory, and nobody to agree with."""
        self._folder = folder
        self._lock = Lock(folder / FILE) if folder else None

    def is_ours(self) -> bool:
        """Whether this program is the one; also where that cannot be told: twice is better than never."""
        if self._lock is None or self._folder is None:
            return True
        try:
            make_folder(self._folder)
            return self._lock.take() or _is_stopped(self._lock.holder)
        except OSError:
            return True

    def release(self) -> None:
        """Leave it to another one."""
        if self._lock is not None:
            self._lock.release()


def _is_stopped(process: str) -> bool:
    """Whether a process was stopped, as by ctrl+z: it tells nobody anything (Linux; proc_pid_stat(5), field 3)."""
    with suppress(OSError, IndexError):
        if process:
            return Path(f"/proc/{process}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0] in "Tt"
    return False
