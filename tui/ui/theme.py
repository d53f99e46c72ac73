"""The themes: every colour has a name that says what it means, and no meaning is by colour alone.

Import and export are orange and blue-green, which colour-blind people can tell apart; an arrow and a word say it too.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style
from textual.color import Color
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
_ANSI = {
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "border-blurred": "ansi_default",
    "block-cursor-foreground": "ansi_black",
    "block-cursor-background": "ansi_white",
    "input-cursor-background": "ansi_white",
    "input-cursor-foreground": "ansi_black",
    "input-selection-background": "ansi_white",
    "input-selection-foreground": "ansi_black",
    "screen-selection-background": "ansi_white",
    "screen-selection-foreground": "ansi_black",
}
_CONSOLE = _ANSI | {
    "label": "ansi_white",
    "import": "ansi_yellow",
    "export": "ansi_cyan",
    "stale": "ansi_white",
    "warn": "ansi_yellow",
    "fail": "ansi_red",
    "frame": "ansi_blue",
    "key": "ansi_green",
    "cursor": "ansi_default",
}
_MONO = _ANSI | dict.fromkeys(_DARK, "ansi_default")


def _sixteen(name: str, primary: str, variables: dict[str, str]) -> Theme:
    """A theme in the terminal's own colours on its own background; the cursor row is reversed (see `Rows`)."""
    plain = "ansi_default"
    return Theme(
        name,
        primary=primary,
        secondary=primary,
        warning=variables["warn"],
        error=variables["fail"],
        success=primary,
        accent=primary,
        foreground=plain,
        background=plain,
        surface=plain,
        panel=plain,
        boost=plain,
        dark=True,
        ansi=True,
        variables=variables,
    )


THEMES = {
    "dark": Theme(
        "dark",
        primary="#4bb8c9",
        background="#11151c",
        surface="#161b24",
        panel="#1d2430",
        foreground="#e4e4e4",  # also one of the 256 colours: the nearest one to many whites is pink
        dark=True,
        variables=_DARK,
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
    "console": _sixteen("console", "ansi_cyan", _CONSOLE),
    "mono": _sixteen("mono", "ansi_default", _MONO),
}


_BOLD = frozenset({"title", "figure", "key"})


def style_of(word: str, variables: Mapping[str, str], *, ansi: bool) -> Style:
    """What one of `draw.lines.STYLES` (or "reverse") adds to the plain style, in the colours of a theme.

    A theme in the terminal's own colours reverses the cursor row, since it has no shade for it, and dims what is old.
    That row is never bold: the Linux console shows reversed bold as dark grey on the colour. Styles are looked up here
    rather than as component classes, which are matched again for every widget.
    """
    if word.startswith(("band-", "on-")):
        return _toned(word, variables)
    reversed_row = ansi and word == "cursor"
    colour = {"notice": "warn", "cursor": None, "reverse": None, "title": None, "figure": None}.get(word, word)
    shade = "cursor" if word == "cursor" and not ansi else None
    return Style(
        color=Color.parse(variables[colour]).rich_color if colour else None,
        bgcolor=Color.parse(variables[shade]).rich_color if shade else None,
        bold=True if word in _BOLD else False if reversed_row else None,
        dim=True if ansi and word == "stale" else None,
        reverse=True if reversed_row or word in ("reverse", "notice") else None,
    )


_BAND = 0.5
"""How much of the background there is in the shade of a graph."""


def _toned(word: str, variables: Mapping[str, str]) -> Style:
    """ "band-import": the colour of imports, dimmed; "on-band-import": that as the background."""
    plain = word.removeprefix("on-")
    colour = Color.parse(variables[plain.removeprefix("band-")])
    if plain.startswith("band-"):
        colour = colour.blend(Color.parse(variables["background"]), _BAND)
    return Style(bgcolor=colour.rich_color) if word.startswith("on-") else Style(color=colour.rich_color)


def themes_on(term: str) -> tuple[str, ...]:
    """The themes that are legible on a terminal, by its TERM variable; the first is the one for "auto".

    The Linux console has 16 colours, 8 of them for backgrounds (console_codes(4), 38 and 48). Shades of the dark and
    the light theme would become the same colour there, and text in one on another would be invisible.
    """
    return ("console", "mono") if term == "linux" else tuple(THEMES)


def choose_theme(wanted: str, term: str, no_color: bool, *, sixteen: bool = False) -> str:
    """The theme for `--theme` ("auto" or a name), the TERM variable, NO_COLOR, and whether there are only sixteen
    colours: in these orange would become the red of a fault.

    A theme that is illegible there is replaced, even if it was asked for: a desktop and a console may share one config
    file, and a screen with nothing visible on it is useless (see `themes_on`).
    """
    if no_color:
        return "mono"
    if wanted == "auto" and sixteen:
        return "console"
    readable = themes_on(term)
    return wanted if wanted in readable else readable[0]
