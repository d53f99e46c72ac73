"""`hwtui cost`."""

from __future__ import annotations

from argparse import ArgumentParser

from tui.cli.given import Given
from tui.cli.registry import Command

EXIT_CODES = """\
exit codes:
  0  told, and nothing is missing
  1  told, but something was not counted or has no price
  3  there are no prices, nothing was counted, or the command is wrong
"""


def options(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--from", dest="start", metavar="TIME", help="a table from 2026-01-31, 2026-01-31T14:00, yesterday or -7d on")
    add("--to", dest="end", metavar="TIME", help="up to this time, or with this day (default: now)")
    add("--json", action="store_true", help="one JSON object, amounts as text with all digits")


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    from tui.engine.commands.cost import cost
    from tui.engine.commands.run import run as run_to_its_end

    return run_to_its_end(lambda output: cost(settings, given.own, output))


COMMAND = Command("what your energy costs, by the prices in the config file", run, options, epilog=EXIT_CODES)
