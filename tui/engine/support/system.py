"""This computer, as far as it matters to the program, and what of it is nobody else's business."""

from __future__ import annotations

import os
import platform
import socket
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime

from tui import __version__
from tui.core.reading import Json
from tui.core.text import clean
from tui.engine.home import home_of
from tui.engine.synchronised import is_synchronised
from tui.engine.versions import library_versions

LOCALE = ("LANG", "LC_ALL", "LC_CTYPE", "LC_TIME")
TERMINAL = ("TERM", "COLORTERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "NO_COLOR")
INSIDE = {"tmux": "TMUX", "screen": "STY", "ssh": "SSH_CONNECTION"}
"""What the terminal is inside of, by the variable that tells."""
EVERYBODYS = frozenset(
    {"admin", "daemon", "debian", "home", "hwtui", "localhost", "nobody", "pi", "raspberry", "root", "ubuntu", "user"}
)
"""Names that tell nobody."""

SHORTEST_PART = 3
"""A shorter part of a full name, as "de", tells nobody either."""


def system_facts(env: Mapping[str, str] = os.environ) -> dict[str, Json]:
    """Versions, the terminal, the locale and the clock of this computer."""
    return {
        "hwtui": __version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "libraries": library_versions(),
        "os": f"{platform.system()} {platform.release()}",
        "distribution": _distribution(),
        "machine": platform.machine(),
        "terminal": {
            **{name: clean(env[name]) for name in TERMINAL if name in env},
            "inside": [name for name, variable in INSIDE.items() if env.get(variable)],
            "size": _size(),
        },
        "locale": {
            **{name: clean(env[name]) for name in LOCALE if name in env},
            "files": sys.getfilesystemencoding(),
            "stdout": str(getattr(sys.stdout, "encoding", None)),
        },
        "utc_offset": f"{datetime.now().astimezone():%z}",
        "clock_synchronised": is_synchronised(),
    }


def own_secrets(env: Mapping[str, str] = os.environ) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The home, the user and the name of this computer, each as `Redactor` takes what is known."""
    home = home_of(env)
    if home and home.strip("/"):
        yield "home", (home.rstrip("/"),)
    yield from (("path", (path,)) for path in (sys.prefix, sys.base_prefix) if path.count("/") > 1)
    users = [env.get(name, "") for name in ("USER", "LOGNAME", "USERNAME", "SUDO_USER")]
    users += _in_user_database()
    users += [os.path.basename(home)] if home else []
    yield from (("user", (name,)) for name in dict.fromkeys(users) if name and name.casefold() not in EVERYBODYS)
    host = socket.gethostname()
    for name in dict.fromkeys((host, host.partition(".")[0])):
        if name and name.casefold() not in EVERYBODYS:
            yield "computer", (name,)


def _in_user_database() -> list[str]:
    """The login and the full name of this user, where there is such a database."""
    if sys.platform == "win32":
        return []
    import pwd

    try:
        found = pwd.getpwuid(os.getuid())
    except KeyError:
        return []
    full = found.pw_gecos.partition(",")[0].strip()
    return [found.pw_name, full, *(part for part in full.split() if len(part) >= SHORTEST_PART)]


def _distribution() -> str | None:
    try:
        return clean(platform.freedesktop_os_release().get("PRETTY_NAME", "")) or None
    except OSError:  # not a system that tells
        return None


def _size() -> str | None:
    try:
        size = os.get_terminal_size(sys.__stderr__.fileno() if sys.__stderr__ else 2)
    except (OSError, ValueError):
        return None
    return f"{size.columns}x{size.lines}"
