"""`hwtui export`."""

from __future__ import annotations

from argparse import ArgumentParser

from tui.cli.given import Given
from tui.cli.registry import Command

EXAMPLES = """\
examples:
  hwtui export --from yesterday --step 15m > yesterday.csv
  hwtui export --from 2026-01-01 --to 2026-01-31 --step 1d -o january.csv
  hwtui export --voltage --from -31d -o voltage.csv
  hwtui export --device Grid --quantity power_w --step 1m --from -7d -o week.jsonl
"""


def options(parser: ArgumentParser) -> None:
    add = parser.add_argument
    times = "2026-01-31, 2026-01-31T14:00, today, yesterday, -7d or -12h"
    add("--from", dest="start", metavar="TIME", help=f"{times} (default: all there is)")
    add("--to", dest="end", metavar="TIME", help="up to this time, or with this day (default: now)")
    add(
        "--device",
        action="append",
        dest="devices",
        metavar="DEVICE",
        help="by name, serial or its end; can be repeated",
    )
    add("--quantity", action="append", dest="quantities", metavar="NAME", help="like power_w; can be repeated")
    add("--voltage", action="store_true", help="the voltage record of one meter: means of 10 minutes, and the export")
    add("--step", metavar="STEP", help="1m, 15m, 1h (default) or 1d")
    add("--format", metavar="FORMAT", help="csv or jsonl (default: as FILE ends, else csv)")
    add("-o", dest="output", metavar="FILE", help="write it here (default: stdout)")


def run(given: Given) -> int:
    settings = given.settings_without_screen()
    from tui.engine.commands.export import export
    from tui.engine.commands.run import run as run_to_its_end

    return run_to_its_end(lambda output: export(settings, given.own, output), needs_reader=False)


COMMAND = Command("the history as a table, for a spreadsheet or a script", run, options, epilog=EXAMPLES)
