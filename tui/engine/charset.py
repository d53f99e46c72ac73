"""Whether the terminal uses UTF-8, according to the environment before Python changed it.

Under `LC_ALL=C` Python switches itself to UTF-8 (PEP 540), and where `LANG` is C or missing it sets `LC_CTYPE` in its
own environment (PEP 538). Neither says anything about the terminal.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_FIRST_ENVIRONMENT = Path("/proc/self/environ")
"""As passed by the kernel (proc(5)), without what the process has set since."""
_ASCII_LOCALES = ("C", "POSIX")


def given_environment() -> Mapping[str, str]:
    """The environment as the user set it, or the current one where the system does not keep that."""
    try:
        pairs = _FIRST_ENVIRONMENT.read_bytes().split(b"\0")
    except OSError:
        return os.environ
    return {name: value for name, _, value in (os.fsdecode(pair).partition("=") for pair in pairs)}


def is_utf8(environment: Mapping[str, str], encoding: str) -> bool:
    """Whether the terminal accepts UTF-8. `encoding` is that of Python's stdout.

    The locale decides if it names a character set or is C. Otherwise (no variable is set, as in a container or a
    systemd unit, or just `nl_NL`) Python decides: it knows the locale, and nearly all terminals use UTF-8.
    """
    if "utf" not in encoding.casefold():
        return False
    locale = next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environment.get(name))), "")
    if locale in _ASCII_LOCALES:
        return False
    charset = locale.partition(".")[2].partition("@")[0]
    return not charset or "utf" in charset.casefold()
