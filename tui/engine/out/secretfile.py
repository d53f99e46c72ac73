"""A file with one secret in it, such as the password of a broker."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from tui.core.secret import Secret
from tui.core.settings import SettingsError

LARGEST = 4096
"""Bytes (own choice); the longest password that MQTT can send has 65 535."""


def read_secret(path: Path) -> Secret:
    """The first line of a file that only its owner may read. It is read anew each time, so that it can be changed
    while the program runs. Raises `SettingsError`, which never repeats what is in it.
    """
    try:
        with open(path, "rb", opener=_at_once) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise SettingsError(f"{path}: it is not a regular file")
            if os.name == "posix" and mode & 0o077:
                raise SettingsError(f"{path}: others can read it: chmod 600 {shlex.quote(str(path))}")
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise SettingsError(f"{path}: there is no such file") from None
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror or type(error).__name__}") from None
    if len(data) > LARGEST:
        raise SettingsError(f"{path}: larger than {LARGEST // 1024} KiB, so it cannot be a password")
    try:
        line = data.decode().partition("\n")[0].removesuffix("\r")
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: it is not text in UTF-8") from None
    if not line:
        raise SettingsError(f"{path}: its first line is empty: write the secret there")
    return Secret(line)


def _at_once(path: str, flags: int) -> int:
    """Opening a pipe must not wait for someone who writes to it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
