"""How soon after its start the screen shows something, and a live value, in turns with a bare Textual app.

The bare app (`bare.py app`) has a header and a table. Both run on a pty of 80x24 with warm caches. The first picture is
the one with the row of the device, which was given by hand. The device takes 40 ms for each answer, as real ones do,
and two answers are needed for a value: who it is, and what it measures.
"""

from __future__ import annotations

import statistics
import sys

from tests.bench.process import BARE, HWTUI, household
from tests.bench.report import Report, arguments
from tests.bench.terminal import Terminal

LATENCY_MS = 40
REQUESTS = 2


def main() -> int:
    runs = 2 if arguments(__doc__).parse_args().quick else 21  # one in a hundred takes twice as long
    report = Report("first picture, at 80x24")
    bare, picture, value = [], [], []
    with household(1, latency_ms=LATENCY_MS) as served:
        for _ in range(runs + 1):
            with Terminal([sys.executable, str(BARE), "app"]) as terminal:
                bare.append(1000 * (terminal.wait_for(lambda text: "meter 9" in text) - terminal.start))
            with Terminal([*HWTUI, "--no-mdns", "--host", served[0].address]) as terminal:
                shown = terminal.wait_for(lambda text: served[0].address in text)
                live = terminal.wait_for(lambda text: "1 of 1 live" in text)
                picture.append(1000 * (shown - terminal.start))
                value.append(1000 * (max(live, shown) - shown))
    bare, picture, value = bare[1:], picture[1:], value[1:]  # the first run warms the caches
    report.row("bare Textual app", bare, "ms")
    report.row("hwtui: first row", picture, "ms")
    report.value("times the bare app", statistics.median(picture) / statistics.median(bare), limit=1.3)
    report.row("first picture to the first live value", value, "ms", limit=100 + REQUESTS * LATENCY_MS)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
