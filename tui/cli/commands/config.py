"""`hwtui config`."""

from __future__ import annotations

from argparse import ArgumentParser

from tui.cli.given import Given
from tui.cli.registry import Command

_EPILOG = """\
Where a setting came from: an option, a variable, FILE:LINE, or default.

exit codes:
  0  all of it is right
  1  something beside it is not: a variable that nobody reads, the file of prices
  3  a setting is wrong: what, and where
"""


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    from tui.engine.commands.config import config
    from tui.engine.commands.run import run as run_to_its_end

    as_json = bool(given.own.get("json"))
    return run_to_its_end(lambda output: config(settings, given.typed_at, given.env, output, as_json=as_json))


COMMAND = Command("show every setting and where it came from, and check them", run, options, epilog=_EPILOG)
