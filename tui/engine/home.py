"""Where a user's files are. No home is assumed: a container, a job of cron or a service may have none."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tui.core.settings import SettingsError
from tui.core.text import quoted

NO_HOME = "there is no home directory (HOME)"


def home_of(env: Mapping[str, str] = os.environ) -> str | None:
    """The user's home: HOME, else that of the user database; None where neither is a whole path."""
    if sys.platform == "win32":
        found = os.path.expanduser("~")
    elif not os.path.isabs(found := env.get("HOME", "")):  # also empty
        import pwd

        try:
            found = pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:
            return None
    return found if os.path.isabs(found) else None


def folder(variable: str, home: str | None, below: str, env: Mapping[str, str]) -> str | None:
    """A folder of the XDG specification, which says to ignore a variable that is no whole path; None without a home."""
    given = env.get(variable, "")
    if os.path.isabs(given):
        return given
    return f"{home.rstrip('/')}/{below}" if home else None


def user_folder(kind: str, variable: str, below: str, env: Mapping[str, str]) -> str | None:
    """Where the system keeps a user's files of a kind ("config" or "state"); None without a home."""
    if sys.platform in ("win32", "darwin"):
        import platformdirs

        try:
            found = platformdirs.user_config_dir() if kind == "config" else platformdirs.user_state_dir()
        except RuntimeError:
            return None
        return found if os.path.isabs(found) else None
    return folder(variable, home_of(env), below, env)


def expanded(path: Path, where: str, env: Mapping[str, str] = os.environ) -> Path:
    """`path` with the home that its "~" stands for. Raises `SettingsError`, which begins with `where` it was given."""
    first = path.parts[0] if path.parts else ""
    if not first.startswith("~"):
        return path
    if first != "~":
        try:
            return path.expanduser()
        except RuntimeError:
            raise SettingsError(f'{where}: there is no user "{quoted(first[1:], 40)}": give a whole path') from None
    home = home_of(env)
    if home is None:
        raise SettingsError(f'{where}: {NO_HOME} for "~": set HOME, or give a whole path there')
    return Path(home, *path.parts[1:])


def out_of_reach(path: Path) -> str | None:
    """Why it cannot even be seen whether there is a file at `path` (the home of another user); None if it can."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return error.strerror or type(error).__name__
    return None
