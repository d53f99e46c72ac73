"""`hwtui doctor`."""

from __future__ import annotations

from argparse import ArgumentParser

from tui.cli.given import Given
from tui.cli.registry import NAMES, Command

EXIT_CODES = """\
exit codes:
  0  every device is well
  1  something to look at
  2  something to be put right
  3  no device was found, or the command is wrong
"""


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object, when all is done")


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    from tui.engine.commands.doctor import doctor
    from tui.engine.commands.run import run as run_to_its_end

    words, in_json = given.own.get("words", []), bool(given.own.get("json"))
    return run_to_its_end(lambda output: doctor(settings, words, output, in_json=in_json))


COMMAND = Command("say why a device does not answer", run, options, NAMES, EXIT_CODES)
