"""`hwtui service`."""

from __future__ import annotations

from argparse import ArgumentParser

from tui.cli.given import Given
from tui.cli.registry import Command


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--user", metavar="NAME", help="who runs it (default: you, also behind sudo)")
    parser.add_argument("--record", action="store_true", help="keep the history instead, without a console")
    parser.add_argument("--tty", metavar="N", help="on which console (default: 1)")


def run(given: Given) -> int:
    from tui.engine.commands.service import service

    return service(given.flags, given.own, given.env)


COMMAND = Command("print a systemd unit for the wall on a console (Linux)", run, options)
