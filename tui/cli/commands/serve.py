"""`hwtui serve`."""

from __future__ import annotations

from argparse import ArgumentParser

from tui.cli.given import Given
from tui.cli.registry import NAMES, Command


def options(parser: ArgumentParser) -> None:
    text = "print a Grafana dashboard of what --metrics tells, as JSON, and end"
    parser.add_argument("--grafana", action="store_true", help=text)


def run(given: Given) -> int:
    if given.own.get("grafana"):
        import json

        from tui.core.out.grafana import dashboard
        from tui.engine.commands.streams import write_out

        write_out(json.dumps(dashboard(), indent=2) + "\n")
        return 0
    settings = given.settings_without_screen()
    from tui.engine.commands.run import run as run_to_its_end
    from tui.engine.commands.serve import serve

    return run_to_its_end(lambda output: serve(settings, given.named), needs_reader=False)


COMMAND = Command("hand the values on to other programs, without a screen, until ended", run, options, takes=NAMES)
