"""`hwtui read --json` of 10 devices against a bare httpx script that makes the same requests (`bare.py once`).

Both are processes of their own and run in turns, so that what else the machine does meets both. The limit is on the
ratio of the medians; the median of the ratios of neighbours is shown beside it.
"""

from __future__ import annotations

import statistics
import sys

from tests.bench.process import BARE, HWTUI, household, wall_s
from tests.bench.report import Report, arguments

DEVICES = 10
MOST_TIMES_BARE = 1.5


def main() -> int:
    runs = 3 if arguments(__doc__).parse_args().quick else 25
    report = Report(f"read --json of {DEVICES} devices")
    with household(DEVICES) as served:
        addresses = [device.address for device in served]
        bare_command = [sys.executable, str(BARE), "once", *addresses]
        hwtui_command = [*HWTUI, "read", *addresses, "--json", "--no-mdns"]
        wall_s(bare_command), wall_s(hwtui_command)  # warm the caches
        pairs = [(wall_s(bare_command), wall_s(hwtui_command)) for _ in range(runs)]
    bare, hwtui = zip(*pairs, strict=True)
    report.row("bare script", [1000 * value for value in bare], "ms")
    report.row("hwtui read --json", [1000 * value for value in hwtui], "ms")
    ratio = statistics.median(hwtui) / statistics.median(bare)
    report.value("times the bare script", ratio, limit=MOST_TIMES_BARE)
    report.row("the same, pair by pair", [ours / theirs for theirs, ours in pairs])
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
