"""`hwtui serve`."""

from __future__ import annotations

from tui.cli.given import Given
from tui.cli.registry import HOSTS, Command


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    from tui.engine.commands.run import run as run_to_its_end
    from tui.engine.commands.serve import serve

    return run_to_its_end(lambda output: serve(settings), needs_reader=False)


COMMAND = Command("hand the values on to other programs, without a screen, until ended", run, takes=HOSTS)
