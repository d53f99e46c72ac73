"""`hwtui watch`."""

from __future__ import annotations

from argparse import ArgumentParser

from tui.cli.given import Given
from tui.cli.registry import NAMES, Command


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    from tui.engine.commands.run import run as run_to_its_end
    from tui.engine.commands.watch import watch

    as_json, words = bool(given.own.get("json")), given.named
    return run_to_its_end(lambda output: watch(settings, output, as_json=as_json, words=words))


COMMAND = Command("readings as they come, one line each, until ctrl+c", run, options, NAMES)
