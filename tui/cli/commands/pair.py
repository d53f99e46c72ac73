"""`hwtui pair`."""

from __future__ import annotations

from argparse import ArgumentParser

from tui.cli.given import Given
from tui.cli.registry import HOSTS, Command
from tui.core.link.pairing import WAITS_S
from tui.core.settings import SettingsError

EPILOG = """\
examples:
  hwtui pair                     all devices with API v2 that mDNS finds
  hwtui pair 192.168.1.20        this one
  hwtui pair --list              who may read the paired devices

Each device has a button to press: see hwtui help pairing.

exit codes:
  0  paired with every device, or it was already
  1  with some
  2  with none
  3  none was found, or the command is wrong
"""


def options(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--timeout", metavar="S", dest="timeout_s", help=f"how long to wait for the button (default: {WAITS_S:g})")
    add("--list", action="store_true", help="show the users of each paired device instead, and which is this computer")
    add("--json", action="store_true", help="with --list: one JSON array")


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    if given.own.get("json") and not given.own.get("list"):
        raise SettingsError("--json goes with --list")
    from tui.engine.commands.pair import list_users, pair
    from tui.engine.commands.run import run as run_to_its_end
    from tui.engine.paired.v2clients import connector

    connect, typed = connector(settings), given.typed_at("hosts") is not None
    if given.own.get("list"):
        words = [host.address for host in settings.hosts] if typed else []
        as_json = bool(given.own.get("json"))
        return run_to_its_end(lambda output: list_users(settings, output, connect, words, as_json=as_json))
    if where := given.typed_at("hosts"):
        from tui.engine.typed import check_hosts

        check_hosts(settings, where)
    waits_s = settings.timeout_s if "timeout_s" in given.flags and settings.timeout_s else WAITS_S
    return run_to_its_end(
        lambda output: pair(settings, output, connect, typed=typed, waits_s=waits_s), needs_reader=False
    )


COMMAND = Command("let this computer read devices over API v2, encrypted", run, options, HOSTS, EPILOG)
