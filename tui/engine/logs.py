"""The log: a file if the user names one, else none. Never the terminal, which is for the screen or for data.

Log messages contain addresses and faults, but never a Wi-Fi name, the user's settings for a device, or a token.
"""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path

LARGEST = 1024 * 1024
"""Size in bytes at which a log file is rotated to FILE.1; one old file is kept."""

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_CHATTY = ("httpx", "httpcore", "zeroconf", "asyncio", "websockets")


def set_up_log(file: Path | None, *, debug: bool = False) -> str | None:
    """Log to `file`, or nowhere; call it once, before anything logs.

    If the disk is full or read-only, the program runs without a log and the sentence to show is returned: a display
    that has run for months must come up after a power cut. Raises `OSError` for a file that can never be used.
    """
    logging.raiseExceptions = False  # a log that cannot be written must not print a traceback
    logging.lastResort = None
    root = logging.getLogger()
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    if file is None:
        root.addHandler(logging.NullHandler())
        return None
    from logging.handlers import RotatingFileHandler  # also imports sockets and queues, not needed without a log

    try:
        _make_private(str(file))
        handler = RotatingFileHandler(file, maxBytes=LARGEST, backupCount=1, encoding="utf-8")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EROFS):
            raise
        root.addHandler(logging.NullHandler())
        return f"no log is kept: {file}: {error.strerror}"
    handler.rotator = _rotate
    handler.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    return None


def _make_private(path: str) -> None:
    """Create an empty file that only its owner can read, unless it exists."""
    # Without the flag, opening a pipe that nobody reads would wait for ever.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
    try:
        os.close(os.open(path, flags, 0o600))
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(error.errno, "it is not a regular file") from None
        raise


def _rotate(source: str, destination: str) -> None:
    os.replace(source, destination)
    _make_private(source)
