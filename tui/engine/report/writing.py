"""Writes a report or a table to a file, or says before anything is done that it could not be written."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from tui.engine.files import replacing


class ReportError(Exception):
    """The report cannot be written there; the message says where and why."""


def check_writable(path: Path) -> None:
    """Raise `ReportError` where `path` cannot be written: no folder, no permission, a folder of that name."""
    if not str(path) or "\0" in str(path):
        raise ReportError("a path is missing")
    folder = Path(os.path.realpath(path)).parent
    try:
        if _is_special(path):
            if not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return
        if os.path.exists(path) and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        # Root may write anywhere but on a read-only file system, and only a try can tell.
        handle, name = tempfile.mkstemp(prefix=".hwtui.", dir=folder)
        os.close(handle)
        os.unlink(name)
    except OSError as error:
        raise ReportError(_sentence(path, folder, error)) from None


def write_report(path: Path, text: str) -> None:
    """Write a report to `path`: see `writing`. Raises `ReportError`."""
    with writing(path) as file:
        file.write(text)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """A file to write, readable by its owner only (0600). An existing one is replaced whole or not at all.

    What is no file (a pipe, a device) is written to as it is. Raises `ReportError`.
    """
    try:
        with path.open("w", encoding="utf-8", newline="\n") if _is_special(path) else replacing(path) as file:
            yield file
    except OSError as error:
        raise ReportError(_sentence(path, Path(os.path.realpath(path)).parent, error)) from error


def _is_special(path: Path) -> bool:
    """Whether it is a pipe or a device, which cannot be replaced. Raises `OSError` for a folder."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return not stat.S_ISREG(mode)


def _sentence(path: Path, folder: Path, error: OSError) -> str:
    match error.errno:
        case errno.EISDIR:
            return f"{path} is a folder: name a file in it"
        case errno.ENOENT if not folder.is_dir():
            return f"{path}: there is no folder {folder}: make it first, or name another"
        case errno.ENOTDIR:
            return f"{path}: {folder} is no folder"
        case errno.EACCES | errno.EPERM:
            return f"{path}: you have no permission to write there"
        case errno.EROFS:
            return f"{path}: it is on a disk that cannot be written (read-only)"
        case errno.ENOSPC | errno.EDQUOT:
            return f"{path}: the disk is full"
    return f"{path}: {error.strerror or type(error).__name__}"
