"""The commands by name. A command is imported only when it is used, so no start pays for another command."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from tui.cli.given import Given

COMMANDS = (
    "demo",
    "devices",
    "read",
    "watch",
    "telegram",
    "check",
    "doctor",
    "support",
    "record",
    "serve",
    "web",
    "export",
    "cost",
    "replay",
    "switch",
    "identify",
    "battery",
    "pair",
    "unpair",
    "service",
    "config",
    "completion",
    "help",
)
"""The names, in the order of `hwtui --help`. Each is a module of `tui.cli.commands` with a `COMMAND`."""

SCREEN = "screen"
"""The module of what runs without a command."""

HOSTS = "HOST..."
NAMES = "HOST|NAME..."


class Command(NamedTuple):
    """One command: its words, its options, its call."""

    does: str
    """What `hwtui --help` says of it, in half a line."""
    run: Callable[[Given], int]
    """Does it and returns the exit code. It imports what it needs itself: the module is loaded for --help, too."""
    options: Callable[[ArgumentParser], None] = lambda parser: None
    """Adds the options that are not common to all commands."""
    takes: str = ""
    """The words it takes, as its usage line shows them. `HOSTS` are read for it and become hosts of the settings; what
    begins like `NAMES` it gets as it is, as the `words` of its own options."""
    epilog: str | None = None
    needs: str = ""
    """Of these words the first, which may not be left out."""

    @property
    def is_given_words(self) -> bool:
        """Whether it gets its words as they are."""
        return f"{self.needs} {self.takes}".strip().startswith("HOST|NAME")

    @property
    def usage(self) -> str:
        """The words as its usage line shows them."""
        return " ".join(part for part in (self.needs, self.takes and f"[{self.takes}]") if part)


def load(name: str) -> Command:
    """The command of a name of this module."""
    command: Command = import_module(f"tui.cli.commands.{name}").COMMAND
    return command
