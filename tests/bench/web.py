"""What tabs of browsers cost: `hwtui web` over ten devices at 1 Hz, with 20 tabs of 80x24 over plain WebSockets.

The first picture of a tab is there when the title of the list has come. Memory is what is private to a process: what
tabs share was loaded once.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

from tests.bench.process import HWTUI, ROOT, cpu_s, end, environment, household
from tests.bench.report import Report, arguments
from tests.out.brokers import free_port
from tests.web.tabs import children, tab, tabs_of

DEVICES, TABS = 10, 20
WARM_UP_S, WINDOW_S, QUICK_S = 8.0, 30.0, 3.0


def private_mb(pid: int) -> float:
    """Memory of a process that no other one shares, in MB (10^6 bytes)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) * 1024 / 1e6


async def first_picture_ms(port: int) -> float:
    """From the question for the page to the first picture of its tab."""
    start = time.perf_counter()
    async with asyncio.timeout(30), tab(port) as one:
        while b"Devices" not in one.received:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        return 1000 * (time.perf_counter() - start)


async def measure(report: Report, web: int, port: int, *, quick: bool) -> None:
    seconds = QUICK_S if quick else WINDOW_S
    report.row("first picture of a tab", [await first_picture_ms(port) for _ in range(3 if quick else 15)], "ms")
    await asyncio.sleep(QUICK_S if quick else WARM_UP_S)
    before = cpu_s(web)
    await asyncio.sleep(seconds)
    report.value("CPU without tabs", 100 * (cpu_s(web) - before) / seconds, "% of a core")
    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(tab(port)) for _ in range(TABS)]
        await asyncio.sleep(QUICK_S if quick else WARM_UP_S)
        pids = tabs_of(web)
        came, used, spent = [len(one.received) for one in tabs], [cpu_s(pid) for pid in pids], cpu_s(web)
        await asyncio.sleep(seconds)
        report.value(f"the same with {TABS} tabs", 100 * (cpu_s(web) - spent) / seconds, "% of a core")
        costs = [100 * (cpu_s(pid) - was) / seconds for pid, was in zip(pids, used, strict=True)]
        report.row("CPU of a tab", costs, "% of a core")
        report.row(
            "to a tab", [(len(one.received) - was) / seconds for one, was in zip(tabs, came, strict=True)], "B/s"
        )
        report.row("memory of a tab", [private_mb(pid) for pid in pids], "MB")
        (nurse,) = children(web)
        report.value("memory of what they are forked off", private_mb(nurse), "MB")
        report.value("memory of the engine", private_mb(web), "MB")
        await stack.aclose()
    start = time.monotonic()
    while tabs_of(web):  # noqa: ASYNC110
        await asyncio.sleep(0.002)
    report.value(f"the end of {TABS} tabs that are closed", 1000 * (time.monotonic() - start), "ms")


def main() -> int:
    quick = arguments(__doc__).parse_args().quick
    report = Report(f"web: {DEVICES} devices at 1 Hz, and tabs")
    port = free_port()
    with household(DEVICES) as devices:
        command = [*HWTUI, "web", "--no-mdns", "--listen", str(port), *(device.address for device in devices)]
        web = subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True)
        try:
            assert web.stderr is not None
            if "the screen is at" not in web.stderr.readline():
                raise SystemExit(f"hwtui web did not begin: {web.stderr.read()}")
            asyncio.run(measure(report, web.pid, port, quick=quick))
        finally:
            end(web)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
