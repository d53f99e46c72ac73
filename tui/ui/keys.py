"""The only table of keys: bindings, footer, help and palette are made from it."""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding

OVERVIEW, WALL, DEVICE, METERS, LINKS = "overview", "wall", "device", "meters", "links"
CHECK, FINDING = "check", "finding"
GRAPH = "graph"
TELEGRAM = "telegram"
DOCTOR = "doctor"
LISTS = (OVERVIEW, LINKS)
ALL = (OVERVIEW, WALL, DEVICE, GRAPH, METERS, CHECK, FINDING, LINKS, TELEGRAM, DOCTOR)
TABLES = (OVERVIEW, METERS, CHECK, LINKS)
FILTERED = (OVERVIEW, LINKS)
"""The views that show only the devices that pass the filter."""
MOVING = (OVERVIEW, DEVICE, METERS, CHECK, FINDING, LINKS, TELEGRAM, DOCTOR)
"""The views in which something can be selected or scrolled."""
CHECKS = (CHECK, FINDING)
ONE_DEVICE = (OVERVIEW, DEVICE, LINKS)
PAIRS = (*ONE_DEVICE, DOCTOR)


class Key(NamedTuple):
    """One key (or several, separated by commas), what it does, and where."""

    keys: str
    action: str
    shown: str
    """The key as shown to the user."""
    words: str
    """What it does, in the footer and the palette."""
    help: str
    views: tuple[str, ...] = ALL
    footer: tuple[str, ...] = ()
    """The views whose footer shows it."""
    name: str = ""
    """What the palette calls it, where the words of the footer say too little by themselves."""

    @property
    def title(self) -> str:
        """What the palette calls it."""
        return (self.name or self.words).capitalize()


KEYS = (
    Key("enter", "open", "enter", "open", "open the selected device", (OVERVIEW,), (OVERVIEW,)),
    Key(
        "enter",
        "examine",
        "enter",
        "examine",
        "why does it not answer? layer by layer",
        (LINKS,),
        (LINKS,),
        "examine the links",
    ),
    Key("enter", "open", "enter", "open", "the selected finding in full, and its graph", (CHECK,), (CHECK,)),
    Key("enter", "graph", "enter", "graph alone", "the graph alone, or the text again", (FINDING,), (FINDING,)),
    Key("enter", "read", "enter", "refresh", "read the telegram again now", (TELEGRAM,), (TELEGRAM,)),
    Key(
        "enter,r",
        "again",
        "enter",
        "again",
        "examine every device again (also r)",
        (DOCTOR,),
        (DOCTOR,),
        "examine the links again",
    ),
    Key("g", "guided", "g", "guided test", "prove phase and direction of a meter with a kettle", CHECKS, CHECKS),
    Key("w", "report", "w", "report", "write the report: text, Markdown and HTML", CHECKS, CHECKS),
    Key(
        "escape,b,backspace",
        "back",
        "b",
        "back",
        "clear the filter, or go back (also esc and backspace)",
        ALL,
        (DEVICE, GRAPH, METERS, CHECK, FINDING, LINKS, TELEGRAM, DOCTOR),
    ),
    Key("x", "tried", "x", "tried", "what was tried, whole; or the list again", (DOCTOR,), (DOCTOR,), "what was tried"),
    Key("w", "write", "w", "write", "write what was tried to a file", (DOCTOR,), (DOCTOR,)),
    Key("y", "copy", "y", "copy", "copy what was tried to the clipboard", (DOCTOR,), (DOCTOR,)),
    Key(
        "1",
        "view('overview')",
        "1",
        "overview",
        "all devices beside the live panel of one",
        ALL,
        (METERS, LINKS),
    ),
    Key(
        "2",
        "view('wall')",
        "2",
        "wall",
        "everything at once, legible from two metres",
        ALL,
        (OVERVIEW, DEVICE, METERS, LINKS),
    ),
    Key("3", "view('graph')", "3", "graph", "walk through the past of one device", ALL, (OVERVIEW, DEVICE)),
    Key("4", "view('meters')", "4", "meters", "gas, water and heat meters", ALL, (OVERVIEW, LINKS)),
    Key(
        "5",
        "view('check')",
        "5",
        "check",
        "the installer's check: verdicts, limits, what to do",
        ALL,
        (OVERVIEW, DEVICE, METERS, LINKS),
    ),
    Key(
        "6",
        "view('links')",
        "6",
        "links",
        "addresses, Wi-Fi, answers and losses",
        ALL,
        (OVERVIEW, DEVICE, METERS),
    ),
    Key("t", "telegram", "t", "telegram", "the telegram of a P1's smart meter in words", ONE_DEVICE, (DEVICE,)),
    Key("x", "raw", "x", "raw", "the lines as the meter sent them, or in words", (TELEGRAM,), (TELEGRAM,)),
    Key("j,down", "move(1)", "j k", "move", "move down and up, or scroll (also the arrow keys)", MOVING),
    Key("k,up", "move(-1)", "", "", "", MOVING),
    Key("pagedown", "move(10)", "", "", "", TABLES),
    Key("pageup", "move(-10)", "", "", "", TABLES),
    Key("pagedown", "page(1)", "", "", "", (DEVICE, FINDING, TELEGRAM, DOCTOR)),
    Key("pageup", "page(-1)", "", "", "", (DEVICE, FINDING, TELEGRAM, DOCTOR)),
    Key("home,g", "move(-1000)", "", "", "", tuple(view for view in MOVING if view not in CHECKS)),
    Key("home", "move(-1000)", "", "", "", CHECKS),
    Key("end,G", "move(1000)", "", "", "", MOVING),
    Key(
        "right",
        "next(1)",
        "left right",
        "other device",
        "the panel of the previous or next device",
        (DEVICE,),
        (DEVICE,),
    ),
    Key("left", "next(-1)", "", "", "", (DEVICE, FINDING)),
    Key("right", "next(1)", "left right", "other finding", "the previous or next finding", (FINDING,), (FINDING,)),
    Key("right", "cursor(1)", "<- ->", "cursor", "move the cursor; beyond the edge, the picture", (GRAPH,), (GRAPH,)),
    Key("left", "cursor(-1)", "", "", "", (GRAPH,)),
    Key("pageup,shift+left", "leaf(-1)", "pgup", "page", "a page back, pgdn forth (also shift and arrow)", (GRAPH,)),
    Key("pagedown,shift+right", "leaf(1)", "", "", "", (GRAPH,)),
    Key("minus", "zoom(1)", "+-", "span", "show a shorter or longer time around the cursor", (GRAPH,), (GRAPH,)),
    Key("plus,equals_sign", "zoom(-1)", "", "", "", (GRAPH,)),
    Key("tab", "quantity(1)", "tab", "quantity", "the next quantity; shift+tab: the one before", (GRAPH,), (GRAPH,)),
    Key("shift+tab", "quantity(-1)", "", "", "", (GRAPH,)),
    Key("l", "variant", "l", "phases", "the next phase; from 7 d on power in place of energy", (GRAPH,), (GRAPH,)),
    Key("home,end,G", "now", "home", "now", "back to the present", (GRAPH,), (GRAPH,)),
    Key("j,down", "next(1)", "j k", "device", "the next or previous device", (GRAPH,)),
    Key("k,up", "next(-1)", "", "", "", (GRAPH,)),
    Key("slash", "filter", "/", "filter", "filter by words of name, address, serial or product", LISTS, LISTS),
    Key("s", "sort", "s", "sort", "sort by role, name, power or trouble", LISTS, LISTS),
    Key("slash", "filter", "/", "filter", "filter by words of device, rule or verdict", (CHECK,), (CHECK,)),
    Key("s", "sort", "s", "sort", "sort worst first, by device or by rule", (CHECK,), (CHECK,)),
    Key("full_stop", "all", ".", "all", "list what does not apply to this house, too", (CHECK,), (CHECK,)),
    Key("f", "fuse", "f", "fuse", "set the main fuse, for the room that is left", ALL, CHECKS),
    Key("space", "freeze", "space", "freeze", "freeze the screen; measuring goes on", ALL, ALL),
    Key("z", "hide_alarms", "", "", "", ALL),  # the band of alarms itself tells it, to who has some
    Key("i", "identify", "i", "blink", "blink the LED of the device, after asking", ONE_DEVICE, (DEVICE,)),
    Key("o", "switch", "o", "switch", "switch a socket on or off, after asking", ONE_DEVICE, (DEVICE,)),
    Key("m", "batteries", "m", "batteries", "set the mode of the batteries, after asking", ONE_DEVICE, (DEVICE,)),
    Key(
        "r",
        "rename",
        "r",
        "rename",
        "name the device and its role, and say how it is wired",
        ONE_DEVICE,
        (OVERVIEW, DEVICE),
    ),
    Key("p", "pair", "p", "pair", "pair with the device, to read it over API v2", PAIRS, (LINKS, DOCTOR)),
    Key("y", "copy", "y", "copy", "copy its address and serial to the clipboard", ONE_DEVICE, (LINKS,)),
    Key("a", "add", "a", "add host", "add a device by its address", ALL, (OVERVIEW, LINKS)),
    Key("S", "scan", "S", "scan", "ask every address of this network for a device", ALL, (LINKS,)),
    Key("q", "quit", "q", "quit", "quit (also ctrl+c)", ALL, ALL),
    Key("question_mark", "help", "?", "help", "this page", ALL, ALL),
)


IN_KIOSK = frozenset({"view", "back"})
"""The actions that work in a kiosk; ctrl+q twice quits it."""


def works_in_kiosk(action: str) -> bool:
    """Whether an action of the table, with or without its arguments, works in a kiosk."""
    return action.partition("(")[0] in IN_KIOSK


def bindings_of(view: str) -> list[Binding | tuple[str, str] | tuple[str, str, str]]:
    """The bindings of a view, for its `BINDINGS`."""
    return [Binding(key.keys, key.action, key.words, show=False) for key in KEYS if view in key.views]


def footer_of(view: str) -> list[Key]:
    """The keys a view's footer shows, most useful first and help last."""
    return [key for key in KEYS if view in key.footer]


def help_of(view: str) -> list[Key]:
    """The keys that do something in a view, for its help; not the key of the view itself."""
    return [key for key in KEYS if key.help and view in key.views and key.action != f"view('{view}')"]
