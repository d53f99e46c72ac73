"""`hwtui watch`."""

from __future__ import annotations

from argparse import ArgumentParser

from tui.cli.given import Given
from tui.cli.registry import NAMES, Command
from tui.core.settings import SettingsError

_EPILOG = """\
hwtui watch --until "power_w < 0 for 5m" --timeout 8h ends once that holds of
one of the devices. What can be asked: hwtui help alarms

exit codes:
  0  it holds, or stdout was closed
  1  it did not hold within the timeout
  3  no device told it within the timeout; nothing was found; or the command is
     wrong
"""


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--until", metavar="CONDITION", help='end once it holds, like "power_w < 0 for 5m"')
    parser.add_argument("--timeout", metavar="TIME", dest="ends_after", help="with --until: wait no longer, like 8h")


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    from tui.engine.commands.run import run as run_to_its_end
    from tui.engine.commands.watch import watch

    until = None
    if "until" in given.own:
        from tui.engine.commands.until import until_of

        until = until_of(given.own["until"], given.own.get("ends_after"), settings)
    elif "ends_after" in given.own:
        raise SettingsError("--timeout goes with --until")
    as_json, words = bool(given.own.get("json")), given.named
    return run_to_its_end(lambda output: watch(settings, output, as_json=as_json, words=words, until=until))


COMMAND = Command("readings as they come, one line each, until ctrl+c", run, options, NAMES, _EPILOG)
