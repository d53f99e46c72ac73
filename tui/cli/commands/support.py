"""`hwtui support`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from tui.cli.given import Given
from tui.cli.registry import NAMES, Command
from tui.core.options import number
from tui.core.settings import SettingsError, given_at

EPILOG = """\
examples:
  hwtui support -o support.json
  hwtui support -o new.json --compare support.json
  hwtui support --compare support.json --with new.json

exit codes:
  0  it was written, or compared
  3  it could not be written or read, or the command is wrong
"""


def options(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("-o", dest="output", metavar="FILE", help="write it here, readable by you alone (default: stdout)")
    add("--duration", metavar="S", help="seconds to watch first (default: 5)")
    add("--compare", metavar="OLD", help="say what has changed since that support file was made")
    add("--with", dest="other", metavar="NEW", help="with --compare: look at no device, but at this support file")


def run(given: Given) -> int:
    own = given.own
    if own.get("output") == "":
        raise SettingsError("-o: a file is missing, like support.json")
    if "other" in own and "compare" not in own:
        raise SettingsError("--with: name the older file, too: --compare OLD --with NEW")
    if "other" in own and (wrong := next((name for name in ("output", "duration") if name in own), None)):
        flag = {"output": "-o", "duration": "--duration"}[wrong]
        raise SettingsError(f"{flag}: two files are compared and none is made: leave it out with --with")
    settings = given.settings_without_screen()
    from tui.engine.commands.run import run as run_to_its_end
    from tui.engine.commands.support import LEAST_S, MOST_S, USUAL_S, Plan, compared, parsed, support, text_of

    old = text_of(own["compare"], "--compare") if "compare" in own else None
    if old is not None and "other" in own:
        from tui.engine.commands.streams import write_out

        write_out("\n".join([*compared(old, text_of(own["other"], "--with")), ""]))
        return 0
    if old is not None:
        parsed(old, "--compare")  # before anything is measured
    with given_at("--duration"):
        duration_s = number(float, LEAST_S, MOST_S)(own["duration"]) if "duration" in own else USUAL_S
    path = Path(own["output"]) if own.get("output", "-") != "-" else None
    if path is not None:
        from tui.engine.report.writing import ReportError, check_writable

        try:
            check_writable(path)
        except ReportError as error:
            raise SettingsError(f"-o: {error}") from None
    plan = Plan(settings, duration_s, path, given.typed_at, old, given.named)
    return run_to_its_end(lambda output: support(plan, output), needs_reader=path is None)


COMMAND = Command("write a file for whoever is to help, without secrets", run, options, NAMES, EPILOG)
