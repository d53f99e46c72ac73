"""`hwtui switch`."""

from __future__ import annotations

from argparse import ArgumentParser

from tui.cli.given import Given
from tui.cli.registry import Command
from tui.core.settings import SettingsError

_EPILOG = """\
Without a word it shows the state. off and unlock ask first; where there is no
terminal to ask on they need --yes. A socket that is locked, not live, or has the
role solar or battery is not switched, and with --read-only none is.

examples:
  hwtui switch Lamp
  hwtui switch Lamp on
  hwtui switch 192.168.1.20 off --yes

exit codes:
  0  shown, done, or so already
  1  it was told, but it is not so
  2  it did not answer
  3  it is no such device, must not be told, or the command is wrong
"""


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do it without a question")
    parser.add_argument("--json", action="store_true", help="one JSON object: the device, and what became of it")
    parser.add_argument("--timeout", metavar="S", dest="timeout_s", help="how long to look for it (default: 3)")


def run(given: Given) -> int:
    own = given.own
    words = own.get("words", [])
    if not words:
        raise SettingsError("a device is missing: hwtui switch NAME, as hwtui devices shows it, or its address")
    from tui.core.switchwish import wish_of

    try:
        wish = wish_of(words[1:])
    except ValueError as error:
        raise SettingsError(str(error)) from None
    settings = given.settings_for_one()
    from tui.engine.commands.run import run as run_to_its_end
    from tui.engine.commands.switch import switch

    as_json, yes = bool(own.get("json")), bool(own.get("yes"))
    return run_to_its_end(lambda output: switch(settings, output, words[0], wish, as_json=as_json, yes=yes))


COMMAND = Command(
    "show or change the state of a socket",
    run,
    options,
    "on|off|lock|unlock|brightness N",
    _EPILOG,
    needs="HOST|NAME",
)
