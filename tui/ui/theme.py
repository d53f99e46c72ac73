"""The themes: every colour has a name that says what it means, and no meaning is in a colour alone.

Import and export are orange and blue-green, which the colour-blind tell apart; an arrow and a word say it too.
"""

from __future__ import annotations

from textual.theme import Theme

_DARK = {
    "label": "#8a94a6",
    "import": "#f0a04b",
    "export": "#4bb8c9",
    "stale": "#767d8a",
    "warn": "#e8c547",
    "fail": "#ff6b6b",
    "frame": "#4a5261",
    "key": "#9ecbff",
    "cursor": "#27364d",
}
_LIGHT = {
    "label": "#5b6472",
    "import": "#a85400",
    "export": "#00687a",
    "stale": "#858b95",
    "warn": "#8a6100",
    "fail": "#c0212b",
    "frame": "#a3abb8",
    "key": "#0b4fa0",
    "cursor": "#d5e3f5",
}
_CONSOLE = {
    "label": "ansi_white",
    "import": "ansi_yellow",
    "export": "ansi_cyan",
    "stale": "ansi_white",
    "warn": "ansi_yellow",
    "fail": "ansi_red",
    "frame": "ansi_blue",
    "key": "ansi_green",
    "cursor": "ansi_blue",
}
_MONO = dict.fromkeys(_DARK, "ansi_default")

THEMES = {
    "dark": Theme(
        "dark", primary="#4bb8c9", background="#11151c", surface="#161b24", panel="#1d2430", dark=True, variables=_DARK
    ),
    "light": Theme(
        "light",
        primary="#00687a",
        background="#fbfcfe",
        surface="#f1f4f9",
        panel="#e6ebf3",
        foreground="#1c222b",
        dark=False,
        variables=_LIGHT,
    ),
    "console": Theme(
        "console",
        primary="ansi_cyan",
        background="ansi_black",
        surface="ansi_black",
        panel="ansi_black",
        foreground="ansi_white",
        dark=True,
        ansi=True,
        variables=_CONSOLE,
    ),
    "mono": Theme(
        "mono",
        primary="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        foreground="ansi_default",
        dark=True,
        ansi=True,
        variables=_MONO,
    ),
}


def choose_theme(wanted: str, term: str, no_color: bool) -> str:
    """The theme for `--theme` ("auto" or a name), the TERM variable, and whether NO_COLOR is set."""
    if no_color:
        return "mono"
    if wanted != "auto":
        return wanted
    return "console" if term == "linux" else "dark"
