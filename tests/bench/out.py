"""What handing on costs: 50 devices at 1 Hz, with metrics that are scraped every 5 s and a real MQTT broker.

Two programs poll the same devices at the same time, and are measured over the same windows: the poller alone, and the
poller with its sinks, as `serve` runs them. Then the broker hangs: it is stopped (SIGSTOP) while the system still
accepts connections for it, which is what a broker in trouble looks like. Meanwhile no poll may be late, and memory may
hardly grow. Once it goes on, the newest state is there when every device's retained state has values that are not older
than the return by more than the second between two polls. `--hang 600` is the ten minutes of the issue. Without
mosquitto (Debian: apt-get install mosquitto) only the metrics are measured, and that is said.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from tests.bench.polls import LATE_P99_MS, left_out
from tests.bench.process import ROOT, cpu_s, end, environment, household, rss_mb
from tests.bench.report import Report, arguments, percentile
from tests.out.brokers import MOSQUITTO, Mosquitto, free_port, mosquitto, subscribed

DEVICES = 50
MOST_OF_ALONE = 1.3
SCRAPE_MS = 20.0
MORE_MB = 2.0
BACK_S = 2.0
SCRAPE_EVERY_S = 5.0
WARM_UP_S = 8.0
HANG_S, QUICK_HANG_S = 60.0, 5.0

Poll = tuple[str, float, float, float]
"""Serial, the planned moment, the interval, and how late it was; seconds of the monotonic clock."""


def run_noting(file: Path, metrics: int | None, broker: int | None, addresses: list[str]) -> int:
    """The engine in this process, with what it is to hand on; its polls are written down when it is ended."""
    from tui.core.address import parse_host
    from tui.core.events import Event, Measured
    from tui.core.model import Fleet
    from tui.core.out.listening import Listening
    from tui.core.out.mqttbroker import Broker
    from tui.core.settings import Settings
    from tui.engine.clock import SystemClock
    from tui.engine.monitor import Monitor
    from tui.engine.source import Listener

    polls: list[Poll] = []

    def note(event: Event, _fleet: Fleet) -> None:
        if isinstance(event, Measured):
            planned = event.at.monotonic - (event.latency_s or 0.0) - event.late_s
            polls.append((event.serial, planned, event.interval_s, event.late_s))

    settings = Settings(
        hosts=tuple(parse_host(address) for address in addresses),
        mdns=False,
        metrics=Listening("127.0.0.1", metrics) if metrics else None,
        mqtt=Broker("127.0.0.1", broker) if broker else None,
    )

    async def work() -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        clock, listeners = SystemClock(), list[Listener]([note])
        monitor = Monitor(settings, clock, listeners=listeners)
        tasks = [asyncio.create_task(monitor.run())]
        if settings.hands_on:
            from tui.engine.out.making import make_outlets

            outlets = make_outlets(settings, clock, monitor)
            listeners.append(outlets.heard)
            tasks.append(asyncio.create_task(outlets.run(monitor.apply)))
        await ended.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    ended = asyncio.Event()
    asyncio.run(work())
    file.write_text(json.dumps(polls))
    return 0


@contextmanager
def polling(file: Path, addresses: list[str], *options: str) -> Iterator[int]:
    """Such a process; its number."""
    command = [sys.executable, "-m", "tests.bench.out", "--note", str(file), *options, *addresses]
    process = subprocess.Popen(command, cwd=ROOT, env=environment())
    try:
        yield process.pid
    finally:
        end(process)


def scrape(port: int) -> float:
    """How long the whole document takes to come, in ms. It must have all devices."""
    start = time.perf_counter()
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"}  # as Prometheus
    asked.request("GET", "/metrics", headers=accept)
    body = asked.getresponse().read()
    taken = 1000 * (time.perf_counter() - start)
    asked.close()
    told = sum(line.startswith(b"hwtui_value_age_seconds{") for line in body.splitlines())
    if told < DEVICES:
        raise SystemExit(f"only {told} of {DEVICES} devices have values in the metrics")
    return taken


def wait_scraping(port: int, seconds: float, look: Callable[[], None] = lambda: None) -> list[float]:
    """Let time pass, scraping as Prometheus would and looking every second."""
    taken = []
    start = time.monotonic()
    next_scrape = start
    while (now := time.monotonic()) < start + seconds:
        if now >= next_scrape:
            taken.append(scrape(port))
            next_scrape += SCRAPE_EVERY_S
        look()
        time.sleep(min(1.0, max(0.0, start + seconds - time.monotonic())))
    return taken


def cost(report: Report, pids: tuple[int, int], port: int, windows: int, broker: str) -> None:
    """The CPU of both in the same windows, and how long scrapes took in them."""
    spent: list[list[float]] = [[], []]
    scrapes: list[float] = []
    for _ in range(windows):
        before = [cpu_s(pid) for pid in pids]
        start = time.monotonic()
        scrapes += wait_scraping(port, SCRAPE_EVERY_S)
        seconds = time.monotonic() - start
        for costs, pid, was in zip(spent, pids, before, strict=True):
            costs.append(100 * (cpu_s(pid) - was) / seconds)
    report.row("CPU of the poller alone", spent[0], "% of a core")
    report.row(f"CPU with metrics{broker}", spent[1], "% of a core")
    ratio = statistics.mean(spent[1]) / statistics.mean(spent[0])
    report.value("  in times of the poller alone", ratio, limit=MOST_OF_ALONE)
    report.row(f"scrape of {DEVICES} devices", scrapes, "ms", limit=SCRAPE_MS)
    for what, pid in zip(("alone", "with them"), pids, strict=True):
        report.value(f"memory {what}", rss_mb(pid), "MB")


async def back_s(broker: Mosquitto) -> float:
    """Let it go on; after how many seconds it tells the newest state of all devices."""
    broker.resume()
    start, wall = time.monotonic(), time.time()

    def is_new(payload: str) -> bool:
        told = json.loads(payload).get("time")
        return told is not None and datetime.fromisoformat(told).timestamp() >= wall - 1.5

    async with asyncio.timeout(120), subscribed(broker.port) as (subscriber, _):
        while True:
            states = [one for topic, one in subscriber.newest.items() if topic.endswith("/state")]
            if len(states) >= DEVICES and all(map(is_new, states)):
                return time.monotonic() - start
            await asyncio.sleep(0.01)
    raise SystemExit("the connection of the listener was lost")


def hang(report: Report, broker: Mosquitto, pids: tuple[int, int], port: int, seconds: float) -> tuple[float, float]:
    """The broker hangs; from when to when, on the monotonic clock.

    What both programs keep of the last minutes grows in the first ten of them, so the poller alone is watched, too.
    """
    before = [rss_mb(pid) for pid in pids]
    most = [0.0, 0.0]
    more = [0.0]

    def look() -> None:
        grown = [rss_mb(pid) - was for pid, was in zip(pids, before, strict=True)]
        most[:] = [max(so_far, now) for so_far, now in zip(most, grown, strict=True)]
        more[0] = max(more[0], grown[1] - grown[0])

    broker.pause()
    begun = time.monotonic()
    wait_scraping(port, seconds, look)
    ended = time.monotonic()
    report.value("broker hangs: so long", seconds, "s")
    report.value("broker hangs: grown, at most, alone", most[0], "MB")
    report.value("broker hangs: grown, at most, with them", most[1], "MB")
    report.value("broker hangs: more than alone, at most", more[0], "MB", limit=MORE_MB)
    report.value("broker is back: newest states there after", asyncio.run(back_s(broker)), "s", limit=BACK_S)
    return begun, ended


def punctual(report: Report, what: str, polls: list[Poll], *, limited: bool) -> None:
    late = [1000 * late_s for *_, late_s in polls]
    report.value(f"{what}: polls late, p99", percentile(late, 0.99), "ms", limit=LATE_P99_MS if limited else None)
    report.value(f"{what}: polls late, most of {len(late)}", max(late), "ms")
    report.value(f"{what}: polls left out", left_out(polls), limit=0 if limited else None)


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--hang", type=float, metavar="S", help=f"seconds that the broker hangs, instead of {HANG_S:g}")
    parser.add_argument("--note", type=Path, help="be one of the two programs")
    parser.add_argument("--metrics", type=int)
    parser.add_argument("--broker", type=int)
    parser.add_argument("address", nargs="*")
    given = parser.parse_args()
    if given.note:
        return run_noting(given.note, given.metrics, given.broker, given.address)
    seconds = given.hang or (QUICK_HANG_S if given.quick else HANG_S)
    report = Report(f"out: {DEVICES} devices at 1 Hz, handed on")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        broker = stack.enter_context(mosquitto(Path(folder))) if MOSQUITTO else None
        if broker is None:
            print("  NOT measured with MQTT: no mosquitto here (Debian: apt-get install mosquitto)")
        addresses = [device.address for device in stack.enter_context(household(DEVICES))]
        notes = [Path(folder, name) for name in ("alone.json", "out.json")]
        port = free_port()
        options = ["--metrics", str(port), *(["--broker", str(broker.port)] if broker else [])]
        hung = (0.0, 0.0)
        with polling(notes[0], addresses) as alone, polling(notes[1], addresses, *options) as out:
            time.sleep(2 * WARM_UP_S)
            cost(report, (alone, out), port, 1 if given.quick else 6, " and MQTT" if broker else "")
            if broker is not None:
                hung = hang(report, broker, (alone, out), port, seconds)
        for what, file in zip(("alone", "with them"), notes, strict=True):
            polls = json.loads(file.read_text())
            begun, ended = hung if broker else (polls[0][1] + WARM_UP_S, polls[-1][1])
            during = [poll for poll in polls if begun <= poll[1] <= ended]
            punctual(report, f"{what}, broker hangs" if broker else what, during, limited=what != "alone")
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
