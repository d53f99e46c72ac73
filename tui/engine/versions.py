"""The versions of this program and of what it stands on, without loading any of it."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from tui import __version__
from tui.core.reading import Json

LIBRARIES = ("textual", "httpx", "zeroconf", "websockets", "aiomqtt", "textual-serve")
"""Those of which a version explains most of what a person reports; the last two are extras, and may not be there."""


def versions() -> dict[str, Json]:
    """hwtui, Python, the libraries (None where one is not installed as a package), and the system."""
    return {
        "hwtui": __version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        **library_versions(),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}".strip(),
    }


def library_versions() -> dict[str, Json]:
    """The version of each of `LIBRARIES`."""
    return {name: _version_of(name) for name in LIBRARIES}


def _version_of(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
