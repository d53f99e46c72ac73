"""`hwtui devices`."""

from __future__ import annotations

from argparse import ArgumentParser

from tui.cli.asking import EXIT_CODES, add_asking
from tui.cli.given import Given
from tui.cli.registry import HOSTS, Command


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--scan", action="store_true", help="also ask every address of this subnet, at most a /22")
    add_asking(parser)


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    from tui.engine.commands.devices import devices
    from tui.engine.commands.run import run as run_to_its_end

    as_json, scan = bool(given.own.get("json")), bool(given.own.get("scan"))
    return run_to_its_end(lambda output: devices(settings, output, as_json=as_json, scan=scan))


COMMAND = Command("find and list the devices", run, options, HOSTS, EXIT_CODES)
