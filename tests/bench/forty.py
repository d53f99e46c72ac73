"""Forty houses at one centre: what each costs, and how long it takes to ask them all how near they are to their fuse.

Each house is seven simulated devices, different in each, and one `hwtui serve` that reads them at 1 Hz; one process
more plays the devices of all houses. A real Prometheus and a real VictoriaMetrics scrape every house every 5 s, with a
label for each; `serve` sends every reading to VictoriaMetrics as line protocol besides. Then both are asked, in turns,
the questions of the page `hwtui help forty`, over HTTP and without a cache. Every fifth house has a car charger too
large for its phase, so the answer is known in part. What a house costs holds only where the machine carries them all:
it is looked at whether every device was read once a second, and `--houses` takes fewer of them. Without the two
databases (Debian: apt-get install prometheus victoria-metrics) nothing is measured, and that is said.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from tests.bench.process import HWTUI, ROOT, cpu_s, end, environment, rss_mb
from tests.bench.report import Report, arguments
from tests.out.brokers import free_port
from tests.out.fortypage import LINES_NEAR, NEAR, SILENT
from tests.out.metricservers import FOUND, Result, own_options
from tui.core.products import product_of
from tui.engine.clock import SystemClock
from tui.engine.demo.household import Household
from tui.engine.demo.server import serve

HOUSES, QUICK_HOUSES, DEVICES = 40, 3, 7
KINDS = ("onsite", "nl", "be", "old", "be-3x230")
"""Households of the demo, in turns: of one and of many kinds of smart meter. The first has the charger."""
SCRAPE_EVERY_S = 5
WARM_UP_S, WINDOW_S, QUICK_S = 30.0, 60.0, 15.0
QUESTIONS = 30
ANSWER_MS = 200.0
LEAST_READ = 0.98
"""Of the requests that were due: fewer, and what a house costs is told too low."""

SCRAPED, SENT = '{house!="",job="hwtui"}', '{house!="",job=""}'


class House(NamedTuple):
    """A house that is served."""

    name: str
    kind: str
    port: int
    wanted: float
    """Requests a second that its devices are to have: a water meter is asked every two seconds only."""
    pid: int


class Centre(NamedTuple):
    """A database that runs."""

    name: str
    port: int
    pid: int

    def ask(self, query: str) -> tuple[Result, float]:
        """The answer of now, and how many ms it took to come."""
        path = "/api/v1/query?" + urlencode({"query": query, "nocache": "1"})
        start = time.perf_counter()
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        asked.request("GET", path)
        answer = asked.getresponse()
        body = answer.read()
        taken = 1000 * (time.perf_counter() - start)
        asked.close()
        if answer.status != http.HTTPStatus.OK:
            raise SystemExit(f"{self.name} answers {answer.status} to {query}: {body[:300]!r}")
        found: Result = json.loads(body)["data"]["result"]
        return found, taken


@contextmanager
def process(command: list[str], folder: Path) -> Iterator[int]:
    """A program in the background, which is ended with the context; its number."""
    with (folder / "log").open("wb") as log:
        one = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=log, stderr=log)
        try:
            yield one.pid
        finally:
            ended = one.poll()
            end(one)
    if ended is not None:
        raise SystemExit(f"ended with {ended}: {' '.join(command)}\n{(folder / 'log').read_text()[-1000:]}")


async def simulate(number: int) -> None:
    """Play the devices of so many houses until this process is ended; their addresses, house by house, go to stdout."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        addresses = []
        for one in range(1, number + 1):
            home = Household(kind_of(one), one, DEVICES, clock.now(), v2=False)
            devices = await stack.enter_async_context(serve(home, clock, announce=False))
            addresses.append([f"{device.endpoint.host}:{device.endpoint.port}" for device in devices])
        print(json.dumps(addresses), flush=True)
        await asyncio.Event().wait()


def kind_of(number: int) -> str:
    return KINDS[(number - 1) % len(KINDS)]


@contextmanager
def simulated(number: int) -> Iterator[list[list[str]]]:
    """The addresses of the devices of each house, which are played by a process of their own."""
    command = [sys.executable, "-m", "tests.bench.forty", "--simulate", str(number)]
    playing = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True)
    assert playing.stdout
    try:
        yield json.loads(playing.stdout.readline())
    finally:
        end(playing)
        playing.stdout.close()


def house(number: int, addresses: list[str], victoria: int, folder: Path, stack: ExitStack) -> House:
    """House `number`, from 1, and what reads it."""
    kind = kind_of(number)
    home, port = Household(kind, number, DEVICES, v2=False), free_port()
    wanted = sum(1 / max(1.0, product_of(device.product_type).least_interval_s) for device in home.devices)
    own = folder / f"house{number}"
    own.mkdir()
    command = [*HWTUI, "serve", "--no-mdns", "--state-dir", str(own), "--metrics", str(port)]
    command += ["--fuse", str(home.fuse), "--grid", home.grid]
    command += ["--influx", f"http://127.0.0.1:{victoria}/write?extra_label=house={number}", *addresses]
    return House(str(number), kind, port, wanted, stack.enter_context(process(command, own)))


def centres(houses: list[House], ports: tuple[int, int], folder: Path, stack: ExitStack) -> list[Centre]:
    """Prometheus and VictoriaMetrics, which scrape them."""
    targets = [{"targets": [f"127.0.0.1:{one.port}"], "labels": {"house": one.name}} for one in houses]
    every = {"scrape_interval": f"{SCRAPE_EVERY_S}s"}
    config = {"global": every, "scrape_configs": [{"job_name": "hwtui", "static_configs": targets}]}
    (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
    found = []
    for shown, name, option, port in (
        ("Prometheus", "prometheus", "--config.file", ports[0]),
        ("VictoriaMetrics", "victoria-metrics", "-promscrape.config", ports[1]),
    ):
        own = folder / name
        own.mkdir()
        command = [str(FOUND[name]), f"{option}={folder}/prometheus.yml", *own_options(name, own / "data", port)]
        found.append(Centre(shown, port, stack.enter_context(process(command, own))))
    return found


def requests(one: House) -> tuple[float, float]:
    """How many its program has sent to its devices, lost ones included; and when that was asked."""
    asked = http.client.HTTPConnection("127.0.0.1", one.port, timeout=30)
    asked.request("GET", "/metrics")
    text = asked.getresponse().read().decode()
    now = time.monotonic()
    asked.close()
    counters = ("hwtui_polls_total{", "hwtui_polls_lost_total{")
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(counters)), now


def asked(report: Report, centre: Centre, what: str, query: str, expected: set[str]) -> None:
    """Ask so many times; the answer has these houses in it."""
    taken: list[float] = []
    for _ in range(QUESTIONS):
        found, ms = centre.ask(query)
        taken.append(ms)
    report.row(f"{centre.name}: {what}", taken, "ms", limit=ANSWER_MS)
    report.value("  the worst", max(taken), "ms", limit=ANSWER_MS)
    named = {one["metric"]["house"] for one in found}
    report.value("  houses in the answer", len(named))
    if expected:
        report.claim("  with all that have the charger", holds=expected <= named)


def measure(report: Report, houses: list[House], databases: list[Centre], seconds: float) -> None:
    pids = [one.pid for one in houses] + [one.pid for one in databases]
    sent = [requests(one) for one in houses]
    before, start = [cpu_s(pid) for pid in pids], time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - start
    cost = [100 * (cpu_s(pid) - was) / passed for pid, was in zip(pids, before, strict=True)]
    since = [(now[0] - was[0]) / (now[1] - was[1]) for now, was in zip(map(requests, houses), sent, strict=True)]
    report.row("hwtui serve: CPU of a house", cost[: len(houses)], "% of a core")
    report.row("hwtui serve: memory of a house", [rss_mb(one.pid) for one in houses], "MB")
    for database, cpu in zip(databases, cost[len(houses) :], strict=True):
        report.value(f"{database.name}: CPU of all", cpu, "% of a core")
        report.value("  of a house", cpu / len(houses), "% of a core")
        report.value("  memory of all", rss_mb(database.pid), "MB")
    prometheus, victoria = databases
    shares = [rate / one.wanted for rate, one in zip(since, houses, strict=True)]
    report.row("requests to its devices, of those wanted", shares)
    report.claim(f"  at least {LEAST_READ:g} in each house", holds=min(shares) >= LEAST_READ)
    for database, what in ((prometheus, SCRAPED), (victoria, SCRAPED), (victoria, SENT)):
        found, _ = database.ask(f"count by (house) ({what})")
        label = "scraped" if what == SCRAPED else "of lines"
        report.row(f"{database.name}: series a house, {label}", [float(one["value"][1]) for one in found])
        report.claim("  of every house", holds=len(found) == len(houses))


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--houses", type=int, help=f"so many, instead of {HOUSES}")
    parser.add_argument("--simulate", type=int, metavar="N", help="play the devices of so many houses")
    given = parser.parse_args()
    if given.simulate:
        asyncio.run(simulate(given.simulate))
    number = given.houses or (QUICK_HOUSES if given.quick else HOUSES)
    if FOUND["prometheus"] is None or FOUND["victoria-metrics"] is None:
        print("forty: NOT measured: it needs both (Debian: apt-get install prometheus victoria-metrics)")
        return 0
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, ports = Path(name), (free_port(), free_port())
        homes = enumerate(stack.enter_context(simulated(number)), start=1)
        houses = [house(one, addresses, ports[1], folder, stack) for one, addresses in homes]
        databases = centres(houses, ports, folder, stack)
        time.sleep(QUICK_S if given.quick else WARM_UP_S)
        report = Report(
            f"forty: {number} houses of {DEVICES} devices at 1 Hz, scraped every {SCRAPE_EVERY_S} s by both"
        )
        measure(report, houses, databases, QUICK_S if given.quick else WINDOW_S)
        loaded = {one.name for one in houses if one.kind == KINDS[0]}
        for database in databases:
            asked(report, database, "near the fuse", NEAR, loaded)
            asked(report, database, "tell nothing", SILENT, set())
        asked(report, databases[1], "near, of lines", LINES_NEAR, loaded)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
