"""What the running screen costs: CPU against a bare loop of httpx clients, bytes to the terminal, memory.

The screen (on a pty, TERM=xterm-256color) and the loop (`bare.py loop`) poll the same simulated devices at 1 Hz at the
same time and are measured over the same windows, since the machine is never equally busy twice. `--case` runs some of
the cases only. CPU is that of the whole process, engine and screen; "demo" serves its devices itself.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from tests.bench.process import BARE, HWTUI, Served, cpu_s, household, running
from tests.bench.report import Report, arguments
from tests.bench.terminal import Terminal

WARM_UP_S = 5.0


@dataclass(frozen=True, slots=True)
class Case:
    """A screen of a size, over so many devices served by another process."""

    name: str
    command: Callable[[list[Served]], list[str]]
    columns: int
    rows: int
    devices: int
    windows: int
    """Of 5 s each."""
    shown: str = "Devices"
    """What the picture says once it runs."""
    times_bare: float | None = None
    """The most CPU, in times of the bare loop's."""
    cpu: float | None = None
    """The most CPU, in % of a core."""
    bytes_s: float | None = None
    """The most bytes a second to the terminal."""
    memory_mb: float | None = None
    announce: bool = False
    """Whether the devices announce themselves, by mDNS on loopback."""


def hosts(served: list[Served]) -> list[str]:
    """The screen with these devices given by hand."""
    return [*HWTUI, "--no-mdns", *(word for device in served for word in ("--host", device.address))]


def found(served: list[Served]) -> list[str]:
    """The screen that finds its devices itself: what mDNS takes besides."""
    return [*HWTUI, "--interface", "127.0.0.1"]


def demo(served: list[Served]) -> list[str]:
    """The simulated house in the screen's own process."""
    return [*HWTUI, "demo"]


CASES = (
    Case("10-devices", hosts, 80, 24, 10, 5, "10 of 10 live", times_bare=1.6, memory_mb=58),  # 3 of it the history
    Case("5-devices", hosts, 80, 24, 5, 4, "5 of 5 live", times_bare=1.6),
    Case("200x60", hosts, 200, 60, 10, 3, "10 of 10 live"),
    Case("found", found, 80, 24, 10, 3, "10 of 10 live", announce=True),
    Case("demo", demo, 80, 24, 0, 4, "live", bytes_s=1300),
    Case("demo 200x60", demo, 200, 60, 0, 4, "live", bytes_s=2800),
    Case("idle", hosts, 80, 24, 0, 4, "", cpu=0.5, bytes_s=100),
)
WINDOW_S = 5.0
MOST_CHECK_PCT = 2.0
"""What the view of the check may cost more than the overview, in % of a core."""


def measure(case: Case, report: Report, windows: int) -> None:
    """Run one case and print its rows."""
    with ExitStack() as stack:
        served = stack.enter_context(household(case.devices, announce=case.announce)) if case.devices else []
        loop = None
        if served:
            command = [sys.executable, str(BARE), "loop", *(device.address for device in served)]
            loop = stack.enter_context(running(command))
        screen = stack.enter_context(Terminal(case.command(served), case.columns, case.rows))

        def is_shown(text: str) -> bool:
            return bool(text.strip()) and case.shown in text

        screen.wait_for(is_shown)
        screen.run_for(WARM_UP_S)
        ours, theirs, written = [], [], []
        for _ in range(windows):
            start = time.monotonic()
            before = screen.cpu_s(), cpu_s(loop.pid) if loop else 0.0, screen.written
            screen.run_for(WINDOW_S)
            seconds = time.monotonic() - start
            ours.append(100 * (screen.cpu_s() - before[0]) / seconds)
            theirs.append(100 * (cpu_s(loop.pid) - before[1]) / seconds if loop else 0.0)
            written.append((screen.written - before[2]) / seconds)
        screen.wait_for(is_shown)  # what stands still at the end was not measured alive
        memory = screen.rss_mb()
    report.row(f"{case.name}: CPU of the screen", ours, "% of a core", limit=case.cpu)
    if loop:
        report.row(f"{case.name}: CPU of the bare loop", theirs, "% of a core")
        ratio = statistics.mean(ours) / statistics.mean(theirs)
        report.value(f"{case.name}: times the bare loop", ratio, limit=case.times_bare)
    report.row(f"{case.name}: to the terminal", written, "bytes/s")
    # The mean is held against the limit: an idle screen writes in bursts that a median of windows would not see.
    report.value(f"{case.name}: to the terminal, mean", statistics.mean(written), "bytes/s", limit=case.bytes_s)
    report.value(f"{case.name}: memory", memory, "MB", limit=case.memory_mb)


def beside_glances(report: Report, windows: int) -> None:
    """The screen with 10 devices and glances, both once a second, over the same windows."""
    glances = shutil.which("glances")
    if glances is None:
        print("  glances: not measured, for it is not installed")
        return
    with (
        household(10) as served,
        Terminal(hosts(served)) as screen,
        Terminal([glances, "--time", "1"]) as other,
    ):
        both = (screen, other)
        screen.wait_for(lambda text: "10 of 10 live" in text)
        other.wait_for(lambda text: "CPU" in text)
        before = [(one.cpu_s(), one.written) for one in both]
        start = time.monotonic()
        while (seconds := time.monotonic() - start) < windows * WINDOW_S:
            for one in both:
                one.run_for(0.05)
        ours, theirs = (one.cpu_s() - cpu for one, (cpu, _) in zip(both, before, strict=True))
        bytes_ours, bytes_theirs = (one.written - count for one, (_, count) in zip(both, before, strict=True))
        report.value("glances: CPU", 100 * theirs / seconds, "% of a core")
        report.value("glances: to the terminal", bytes_theirs / seconds, "bytes/s")
        report.value("glances: memory", other.rss_mb(), "MB")
        report.value("times glances: CPU of the screen", ours / theirs)
        report.value("times glances: to the terminal", bytes_ours / bytes_theirs)


def check_view(report: Report, windows: int) -> None:
    """The view of the check and the overview, both over the same 10 devices and the same windows."""
    with household(10) as served, Terminal(hosts(served)) as check, Terminal(hosts(served)) as overview:
        both = (check, overview)
        for one in both:
            one.wait_for(lambda text: "10 of 10 live" in text)
        check.send(b"5")
        check.wait_for(lambda text: "worst first" in text)
        differ = []
        for _ in range(windows):
            before = [one.cpu_s() for one in both]
            start = time.monotonic()
            while (seconds := time.monotonic() - start) < WINDOW_S:
                for one in both:
                    one.run_for(0.05)
            ours, theirs = (100 * (one.cpu_s() - cpu) / seconds for one, cpu in zip(both, before, strict=True))
            differ.append(ours - theirs)
        check.wait_for(lambda text: "worst first" in text)
    report.row("check: CPU above the overview's", differ, "% of a core", limit=MOST_CHECK_PCT)


def main() -> int:
    parser = arguments(__doc__)
    names = [*(case.name for case in CASES), "check", "glances"]
    parser.add_argument("--case", action="append", choices=names, help="only this one; can be repeated")
    parser.add_argument("--windows", type=int, metavar="N", help="of 5 s each, instead of the case's own")
    given = parser.parse_args()
    report = Report("steady: the screen at 1 Hz")
    for case in CASES:
        if case.name in (given.case or names):
            measure(case, report, 1 if given.quick else given.windows or case.windows)
    if "check" in (given.case or names):
        check_view(report, 1 if given.quick else 6)
    if "glances" in (given.case or names):
        beside_glances(report, 1 if given.quick else 5)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
