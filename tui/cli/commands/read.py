"""`hwtui read`."""

from __future__ import annotations

from tui.cli.asking import EXIT_CODES, add_asking
from tui.cli.given import Given
from tui.cli.registry import HOSTS, Command


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    from tui.engine.commands.read import read
    from tui.engine.commands.run import run as run_to_its_end

    as_json = bool(given.own.get("json"))
    return run_to_its_end(lambda output: read(settings, output, as_json=as_json))


COMMAND = Command("one reading of each device", run, add_asking, HOSTS, EXIT_CODES)
