"""`hwtui help`: the reference, page by page, without a network."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from tui.cli.given import Given
from tui.cli.registry import Command
from tui.core.plaintext import plain_text, title_and_summary
from tui.core.settings import SettingsError
from tui.core.text import quoted
from tui.engine.commands.streams import write_out

PAGES = Path(__file__).parents[2] / "help"
TOPICS = (
    "finding",
    "options",
    "config",
    "keys",
    "pairing",
    "states",
    "products",
    "json",
    "check",
    "telegram",
    "history",
    "prices",
    "alarms",
    "out",
    "forty",
    "web",
    "kiosk",
    "safety",
    "support",
)
"""In the order in which they are listed."""


def page(topic: str) -> str:
    """The page of a topic of `TOPICS`, as Markdown."""
    return (PAGES / f"{topic}.md").read_text("utf-8")


def options(parser: ArgumentParser) -> None:
    parser.add_argument("topic", nargs="?", metavar="TOPIC", help=", ".join(TOPICS))
    parser.add_argument("--man", action="store_true", help="the man page instead: hwtui help --man | man -l -")


def run(given: Given) -> int:
    topic = given.own.get("topic")
    if given.own.get("man"):
        from tui.cli.manpage import manpage

        write_out(manpage())
    elif topic is None:
        rows = [f"  {name:<10}  {plain_text(title_and_summary(page(name))[1]).strip()}" for name in TOPICS]
        write_out("\n".join(["hwtui help TOPIC shows one of these pages:", "", *rows, ""]))
    elif topic in TOPICS:
        write_out(plain_text(page(topic)))
    else:
        raise SettingsError(f'there is no page "{quoted(topic, 40)}": use one of {", ".join(TOPICS)}')
    return 0


COMMAND = Command("show a page of the reference", run, options, "TOPIC")
