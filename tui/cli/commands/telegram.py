"""`hwtui telegram`."""

from __future__ import annotations

from argparse import ArgumentParser

from tui.cli.given import Given
from tui.cli.registry import NAMES, Command

_EPILOG = """\
Each line of the telegram with its name in words, and how often one comes: for
that it waits for two more (up to 3 s from DSMR 5 on, up to 21 s before, or as
long as --timeout says). See: hwtui help telegram

exit codes:
  0  it was read
  1  its checksum is wrong, or what came is no telegram
  2  the P1 did not answer
  3  no P1 was found, or several; or the command is wrong
"""


def options(parser: ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--raw", action="store_true", help="as it came, byte for byte")
    form.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument(
        "--timeout", metavar="S", dest="timeout_s", help="how long to look for it (default: 3), and for two more"
    )


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    from tui.engine.commands.run import run as run_to_its_end
    from tui.engine.commands.telegram import Form, telegram

    form = Form.RAW if given.own.get("raw") else Form.JSON if given.own.get("json") else Form.WORDS
    return run_to_its_end(lambda output: telegram(settings, output, form, given.named))


COMMAND = Command("the telegram of a P1's smart meter, line by line", run, options, NAMES, _EPILOG)
