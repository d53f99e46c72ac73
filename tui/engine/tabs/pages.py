"""The page that shows a tab: ours, with the terminal that textual-serve brings along. Nothing of it is elsewhere.

Of textual-serve only these files are used. Its own page fetches a font from Google; its server starts each tab through
a shell, as a program that loads anew, and lets everybody in (1.1.3).
"""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from tui.core.settings import SettingsError
from tui.net.tabserver import Page

MISSING = (
    "hwtui web needs the package textual-serve: pip install 'homewizard-tui[web]', or pipx inject homewizard-tui "
    "textual-serve"
)
_OURS = Path(__file__).parent / "page"
_HTML, _SCRIPT, _STYLE = "text/html; charset=utf-8", "text/javascript; charset=utf-8", "text/css; charset=utf-8"
_THEIRS = {
    "/static/textual.js": ("js/textual.js", _SCRIPT),
    "/static/xterm.css": ("css/xterm.css", _STYLE),
    "/static/RobotoMono.ttf": ("fonts/RobotoMono-VariableFont_wght.ttf", "font/ttf"),
}


def load_pages(*, light: bool = False) -> dict[str, Page]:
    """By path. Raises `SettingsError` where textual-serve is missing, or is one that we do not know."""
    try:
        static = Path(str(distribution("textual-serve").locate_file("textual_serve/static")))
    except PackageNotFoundError:
        raise SettingsError(MISSING) from None
    try:
        pages = {path: Page((static / name).read_bytes(), kind) for path, (name, kind) in _THEIRS.items()}
    except OSError as error:
        raise SettingsError(f"{MISSING}; of the one that is there {error.filename} cannot be read") from None
    pages |= {
        "/static/tab.js": Page((_OURS / "tab.js").read_bytes(), _SCRIPT),
        "/static/tab.css": Page((_OURS / "tab.css").read_bytes(), _STYLE),
    }
    # A browser keeps them for a day, and must not do so when they have changed.
    version = hashlib.sha256(b"".join(page.body for page in pages.values())).hexdigest()[:12]
    index = (_OURS / "index.html").read_bytes().replace(b"{version}", version.encode())
    if light:
        index = index.replace(b"<body>", b'<body class="light">')
    return pages | {"/": Page(index, _HTML, is_kept=False)}
