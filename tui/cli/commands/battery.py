"""`hwtui battery`."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError

from tui.cli.given import Given
from tui.cli.registry import NAMES, Command
from tui.core.battery.batteries import NEITHER, Mode, Permission, Wanted
from tui.core.battery.words import MODES
from tui.core.text import quoted

_MODES = "\n".join(f"  {mode.value:<10}  {words.means}" for mode, words in MODES.items())
_EPILOG = f"""\
The mode belongs to the P1 or kWh meter that controls the batteries: it needs
API v2, so a paired meter (hwtui pair). Without --mode or --allow it only shows.

modes:
{_MODES}

exit codes:
  0  shown, set, or so already
  1  written, but it became something else
  2  it did not answer
  3  nothing was found, set or answered with y; or the command is wrong
"""


def _permissions(text: str) -> frozenset[Permission]:
    """The argument of `--allow`."""
    if text == "none":
        return NEITHER
    words = text.split(",")
    if len(words) > len(Permission) or set(words) - set(Permission):
        raise ArgumentTypeError(f'"{quoted(text, 40)}" is not charge, discharge, both with a comma, or none')
    return frozenset(Permission(word) for word in words)


def options(parser: ArgumentParser) -> None:
    modes = [mode.value for mode in Mode]
    parser.add_argument("--mode", choices=modes, metavar="MODE", help=f"set it: {', '.join(modes)}")
    parser.add_argument(
        "--allow",
        type=_permissions,
        metavar="WHAT",
        help="what they may do in the mode zero: charge, discharge, charge,discharge or none",
    )
    parser.add_argument("--yes", action="store_true", help="set it without a question")
    parser.add_argument("--json", action="store_true", help="one JSON array of these meters")
    parser.add_argument("--timeout", metavar="S", dest="timeout_s", help="how long to look for them (default: 3)")


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    from tui.engine.commands.battery import battery
    from tui.engine.commands.run import run as run_to_its_end

    own = given.own
    wanted = None
    if "mode" in own or "allow" in own:
        wanted = Wanted(Mode(own["mode"]) if "mode" in own else None, own.get("allow"))
    as_json, yes, words = bool(own.get("json")), bool(own.get("yes")), given.named
    return run_to_its_end(lambda output: battery(settings, output, wanted, as_json=as_json, yes=yes, words=words))


COMMAND = Command("show or set the mode of the plug-in batteries", run, options, NAMES, _EPILOG)
