"""`hwtui identify`."""

from __future__ import annotations

from argparse import ArgumentParser

from tui.cli.given import Given
from tui.cli.registry import Command
from tui.core.settings import SettingsError

_EPILOG = """\
A kWh meter has no LED. Over API v2 the device has to be paired.

exit codes:
  0  it blinks
  2  it did not answer
  3  it is no such device, has no LED, or the command is wrong
"""


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--timeout", metavar="S", dest="timeout_s", help="how long to look for it (default: 3)")


def run(given: Given) -> int:
    words = given.own.get("words", [])
    if len(words) != 1:
        raise SettingsError("name one device: hwtui identify NAME, as hwtui devices shows it, or its address")
    settings = given.settings_for_one()
    from tui.engine.commands.run import run as run_to_its_end
    from tui.engine.commands.switch import identify

    return run_to_its_end(lambda output: identify(settings, words[0]), needs_reader=False)


COMMAND = Command("blink the LED of a device", run, options, epilog=_EPILOG, needs="HOST|NAME")
