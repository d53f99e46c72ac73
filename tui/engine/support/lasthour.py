"""The last hour of the log, bounded, whatever is in the file."""

from __future__ import annotations

import os
import stat
from datetime import datetime
from pathlib import Path

from tui.core.text import clean

HOUR_S = 3600.0
MOST_BYTES = 512 * 1024
"""Read from the end of each of the two files (own choice): an hour of trouble is shorter."""
MOST_LINES, LONGEST_LINE = 2000, 400
_STAMP = len("2026-11-29 16:00:00")


def last_hour(file: Path, utc: float) -> list[str]:
    """The lines of the log and of the one rotated away that were written in the hour up to `utc`, the newest kept.

    What follows a line without a time of its own, as a traceback does, goes with it. A file that cannot be read, or is
    none, gives a line that says so.
    """
    kept: list[str] = []
    for path in (file.with_name(f"{file.name}.1"), file):
        try:
            lines = _end_of(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            return [f"(the log cannot be read: {error.strerror})"]
        is_recent = False
        for line in lines:
            at = _time_of(line)
            if at is not None:
                is_recent = utc - HOUR_S <= at <= utc + HOUR_S  # the clock may have been set
            if is_recent:
                indent = line[: len(line) - len(line.lstrip(" "))][:8]
                kept.append(indent + clean(line, LONGEST_LINE))
    return kept[-MOST_LINES:]


def _end_of(path: Path) -> list[str]:
    """The lines at the end of a file. Raises `OSError`."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        return []
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - MOST_BYTES))
        text = file.read(MOST_BYTES).decode("utf-8", "replace")
    lines = text.splitlines()
    return lines[1:] if size > MOST_BYTES else lines


def _time_of(line: str) -> float | None:
    """When a line was written, in seconds since 1970: the log has this computer's own time."""
    try:
        return datetime.strptime(line[:_STAMP], "%Y-%m-%d %H:%M:%S").timestamp()
    except (ValueError, OverflowError, OSError):
        return None
