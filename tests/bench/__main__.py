"""Every benchmark, one after the other: `python -m tests.bench`. The exit status is 1 if any of them missed a limit.

They measure best on a machine that does nothing else. Each can be run alone: `python -m tests.bench.read --help`.
"""

from __future__ import annotations

import subprocess
import sys

from tests.bench.process import ROOT
from tests.bench.report import arguments

ALL = (
    "start",
    "read",
    "discovery",
    "first_picture",
    "polls",
    "check",
    "steady",
    "stall",
    "history",
    "push",
    "doctor",
    "out",
    "forty",
    "web",
)


def main() -> int:
    quick = ["--quick"] if arguments(__doc__).parse_args().quick else []
    failed = []
    for name in ALL:
        if subprocess.run([sys.executable, "-m", f"tests.bench.{name}", *quick], cwd=ROOT, check=False).returncode:
            failed.append(name)
        print(flush=True)
    print(f"missed or failed: {', '.join(failed)}" if failed else "every limit was kept")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
