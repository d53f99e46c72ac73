"""`hwtui unpair`."""

from __future__ import annotations

from argparse import ArgumentParser

from tui.cli.given import Given
from tui.cli.registry import Command

EPILOG = """\
exit codes:
  0  taken back on every device and here
  1  of some only here, since the device was not reached
  3  no such device, or the command is wrong
"""


def options(parser: ArgumentParser) -> None:
    add, which = parser.add_argument, parser.add_argument_group("which devices").add_argument
    which("paired", nargs="*", metavar="DEVICE", help="a serial as hwtui pair --list shows it, or an address")
    add("--all", action="store_true", help="every paired device, after asking")
    add("--yes", action="store_true", help="with --all: do not ask")


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    from tui.engine.commands.run import run as run_to_its_end
    from tui.engine.commands.unpair import unpair
    from tui.engine.paired.v2clients import connector

    connect, own = connector(settings), given.own
    words = [*own.get("paired", ()), *(host.address for host in settings.hosts if given.typed_at("hosts"))]
    every, sure = bool(own.get("all")), bool(own.get("yes"))
    return run_to_its_end(
        lambda output: unpair(settings, output, connect, words, all_of_them=every, sure=sure), needs_reader=False
    )


COMMAND = Command("take the pairing back, on the device and here", run, options, "DEVICE...", EPILOG)
