"""`hwtui record`."""

from __future__ import annotations

from tui.cli.given import Given
from tui.cli.registry import NAMES, Command


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    from tui.engine.commands.record import record
    from tui.engine.commands.run import run as run_to_its_end

    return run_to_its_end(lambda output: record(settings, given.named), needs_reader=False)


COMMAND = Command("keep the history without a screen, until ended", run, takes=NAMES)
