"""`hwtui --version` and `--help`: what they load, and how long they take.

Neither may load Textual, httpx or zeroconf. The wall time is shown beside that of an interpreter that does nothing.
"""

from __future__ import annotations

import subprocess
import sys

from tests.bench.process import HWTUI, ROOT, environment, wall_s
from tests.bench.report import Report, arguments

HEAVY = ("textual", "rich", "httpx", "zeroconf")
PROBE = f"""
import sys
from tui.cli import main
status = main(sys.argv[1:])
print(*(name for name in {HEAVY} if name in sys.modules), file=sys.stderr)
sys.exit(status)
"""


def loaded_by(option: str) -> list[str]:
    """Which heavy packages a run with this option has loaded by its end."""
    command = [sys.executable, "-c", PROBE, option]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True, timeout=60)
    return done.stderr.split()


def main() -> int:
    runs = 3 if arguments(__doc__).parse_args().quick else 15
    report = Report("start: --version and --help")
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "hwtui --version": [*HWTUI, "--version"],
        "hwtui --help": [*HWTUI, "--help"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs + 1):
        for name, command in commands.items():
            times[name].append(1000 * wall_s(command))
    for name, values in times.items():
        report.row(name, values[1:], "ms")  # the first run warms the caches
    for option in ("--version", "--help"):
        report.claim(f"{option} loads none of the heavy packages", holds=not loaded_by(option))
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
