"""Many devices at 1 Hz under the screen: how late polls are, and how soon keys are answered.

The program is started as `hwtui --no-mdns --host ...` starts it, on a pty of 80x24, by `tui.ui.launch.run_screen`; only
its monitor is one that notes each `Measured.late_s` before it does its work, and writes them down at the end. A key is
answered when the bytes that move the mark of the selected row have come. The limit on keys is one on the 95th
percentile: the slowest was seen to wait 95 of its 115 ms for a core that the machine did not give, and how long it did
is printed beside it. Limits hold for 50 devices; the figures of 200 are reported. `--devices` measures other numbers.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections import defaultdict
from functools import partial
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

from tests.bench.process import household
from tests.bench.report import Report, arguments, percentile
from tests.bench.terminal import Terminal

LIMITED = 50
LATENCY_MS = 40
"""Of each answer; real devices take 5 to 100 ms."""
LATE_MEDIAN_MS = 20.0
LATE_P99_MS = 100.0
KEY_MS = 100.0
WARM_UP_S = 5.0
MARK = "▶"
FIRST_ROW, LAST_ROW = 6, 16
"""Of the screen; between them the mark is moved."""


def run_noting(file: Path, addresses: list[str]) -> int:
    """The screen, in this process, with a monitor that notes its polls."""
    from tui.core.address import parse_host
    from tui.core.events import Event, Measured
    from tui.core.settings import Settings
    from tui.engine import monitor
    from tui.ui import launch

    polls: list[tuple[str, float, float, float]] = []

    class NotingMonitor(monitor.Monitor):
        def apply(self, event: Event) -> None:
            if isinstance(event, Measured):
                planned = event.at.monotonic - (event.latency_s or 0.0) - event.late_s
                polls.append((event.serial, planned, event.interval_s, event.late_s))
            super().apply(event)

    hosts = tuple(parse_host(address) for address in addresses)
    with patch.object(monitor, "Monitor", NotingMonitor):
        status = launch.run_screen(Settings(hosts=hosts, mdns=False))
    file.write_text(json.dumps(polls))
    return status


def press_keys(terminal: Terminal, count: int) -> list[tuple[float, float]]:
    """Move the mark down and up; how long each took and how much of it the program waited for a core, in ms."""
    rng = random.Random(1)
    taken = []
    key = b"j"
    for _ in range(count):
        terminal.run_for(0.1 + 0.5 * rng.random())  # at any moment between two pictures
        before = marked_row(terminal.text)
        if before is not None and not FIRST_ROW < before < LAST_ROW:  # it moves within the rows that are shown
            key = b"j" if before <= FIRST_ROW else b"k"
        waited = terminal.waited_s()
        sent = terminal.send(key)
        answered = terminal.wait_for(partial(has_moved, before))
        taken.append((1000 * (answered - sent), 1000 * (terminal.waited_s() - waited)))
    return taken


def marked_row(text: str) -> int | None:
    """The line of the selected device; None while it is being redrawn."""
    rows = [y for y, line in enumerate(text.splitlines()) if MARK in line]
    return rows[0] if len(rows) == 1 else None


def has_moved(before: int | None, text: str) -> bool:
    """Whether another line is marked now."""
    return marked_row(text) not in (before, None)


def measure(devices: int, seconds: float, report: Report) -> None:
    """One house and its rows."""
    with tempfile.TemporaryDirectory() as folder, household(devices, latency_ms=LATENCY_MS) as served:
        file = Path(folder, "polls.json")
        addresses = [device.address for device in served]
        command = [sys.executable, "-m", "tests.bench.polls", "--note", str(file), *addresses]
        with Terminal(command) as terminal:
            terminal.wait_for(lambda text: f"{devices} of {devices} live" in text, 30.0)
            terminal.run_for(WARM_UP_S)
            keys = press_keys(terminal, max(5, int(seconds / 0.36)))
            memory = terminal.rss_mb()
            terminal.send(b"q")
            if status := terminal.wait_for_end():
                raise SystemExit(f"the screen ended with {status}")
        polls = json.loads(file.read_text())
    first = min(planned for _, planned, _, _ in polls)
    late = [1000 * late_s for _, planned, _, late_s in polls if planned > first + WARM_UP_S]
    limited = devices == LIMITED
    name = f"{devices} devices"
    report.value(f"{name}: polls late, median", percentile(late, 0.5), "ms", limit=LATE_MEDIAN_MS if limited else None)
    report.value(f"{name}: polls late, p99", percentile(late, 0.99), "ms", limit=LATE_P99_MS if limited else None)
    report.value(f"{name}: polls late, most of {len(late)}", max(late), "ms")
    report.value(f"{name}: polls left out", left_out(polls))
    taken = [ms for ms, _ in keys]
    report.value(f"{name}: keys answered, median", percentile(taken, 0.5), "ms")
    report.value(f"{name}: keys answered, p95", percentile(taken, 0.95), "ms", limit=KEY_MS if limited else None)
    most, waited = max(keys)
    report.value(f"{name}: keys answered, most of {len(keys)}", most, "ms")
    report.value(f"{name}:   of that, waiting for a core", waited, "ms")
    report.value(f"{name}: memory", memory, "MB")


def left_out(polls: list[tuple[str, float, float, float]]) -> int:
    """How many planned moments passed without a poll: a program that is late enough may look punctual."""
    planned = defaultdict(list)
    for serial, moment, interval_s, _ in polls:
        planned[serial].append((moment, interval_s))
    steps = [
        round((after - before) / interval_s)
        for moments in planned.values()
        for (before, _), (after, interval_s) in pairwise(moments[1:])  # the first one finds its phase
    ]
    return sum(max(0, step - 1) for step in steps)


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--devices", type=int, action="append", help="default: 50 and 200")
    parser.add_argument("--note", type=Path, metavar="FILE", help="be the screen: note the polls in a file")
    parser.add_argument("addresses", nargs="*", help="of the devices, with --note")
    given = parser.parse_args()
    if given.note:
        return run_noting(given.note, given.addresses)
    report = Report("polls: many devices at 1 Hz, the screen at 80x24")
    for devices in given.devices or (LIMITED, 200):
        measure(devices, 4.0 if given.quick else 20.0, report)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
