"""Forty houses at one centre: what each costs, and how long it takes to ask them all how near they are to their fuse.

Each house is seven simulated devices in a process of their own, different in each, and one `hwtui serve` that reads
them at 1 Hz. A real Prometheus and a real VictoriaMetrics scrape every house every 5 s, with a label for each; `serve`
sends every reading to VictoriaMetrics as line protocol besides. Then both are asked, in turns, the question of the
page `hwtui help forty`, over HTTP and without a cache. Every fifth house has a car charger too large for its phase, so
the answer is known in part. What a house costs holds only where every device was read once a second, which is looked
at; `--houses` takes fewer of them on a machine that carries no forty. Without the two (Debian: apt-get install
prometheus victoria-metrics) nothing is measured, and that is said.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from tests.bench.process import HWTUI, ROOT, cpu_s, end, environment, household, rss_mb
from tests.bench.report import Report, arguments
from tests.out.brokers import free_port
from tests.out.fortypage import LINES_NEAR, NEAR, SILENT
from tests.out.metricservers import FOUND, Result, own_options
from tui.engine.demo.household import Household

HOUSES, QUICK_HOUSES, DEVICES = 40, 3, 7
KINDS = ("onsite", "nl", "be", "old", "be-3x230")
"""Households of the demo, in turns: of one and of many kinds of smart meter. The first has the charger."""
SCRAPE_EVERY_S = 5
WARM_UP_S, WINDOW_S, QUICK_S = 30.0, 60.0, 15.0
QUESTIONS = 30
ANSWER_MS = 200.0
LEAST_READ = 0.98
"""Of a request a second and device, as far as the rate of a counter that is scraped every 5 s tells."""

SCRAPED, SENT = '{house!="",job="hwtui"}', '{house!="",job=""}'


class House(NamedTuple):
    """A house that is served."""

    name: str
    kind: str
    port: int
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

    def figure(self, query: str) -> float:
        """The one number that it answers; 0 for none."""
        found, _ = self.ask(query)
        return float(found[0]["value"][1]) if found else 0.0


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


def house(number: int, victoria: int, folder: Path, stack: ExitStack) -> House:
    """House `number`, from 1."""
    kind = KINDS[(number - 1) % len(KINDS)]
    served = stack.enter_context(household(DEVICES, seed=number, name=kind))
    home, port = Household(kind, number), free_port()
    own = folder / f"house{number}"
    own.mkdir()
    command = [*HWTUI, "serve", "--no-mdns", "--state-dir", str(own), "--metrics", str(port)]
    command += ["--fuse", str(home.fuse), "--grid", home.grid]
    command += ["--influx", f"http://127.0.0.1:{victoria}/write?extra_label=house={number}"]
    command += [device.address for device in served]
    return House(str(number), kind, port, stack.enter_context(process(command, own)))


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


def spent(pids: list[int], seconds: float) -> list[float]:
    """The CPU of each, in % of a core."""
    before, start = [cpu_s(pid) for pid in pids], time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - start
    return [100 * (cpu_s(pid) - was) / passed for pid, was in zip(pids, before, strict=True)]


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
    cost = spent(pids, seconds)
    report.row("hwtui serve: CPU of a house", cost[: len(houses)], "% of a core")
    report.row("hwtui serve: memory of a house", [rss_mb(one.pid) for one in houses], "MB")
    for database, cpu in zip(databases, cost[len(houses) :], strict=True):
        report.value(f"{database.name}: CPU of all", cpu, "% of a core")
        report.value("  of a house", cpu / len(houses), "% of a core")
        report.value("  memory of all", rss_mb(database.pid), "MB")
    prometheus, victoria = databases
    window = f"{int(seconds)}s"
    rates = [f"sum(rate(hwtui_polls{kind}_total[{window}]))" for kind in ("", "_lost")]
    read = sum(map(prometheus.figure, rates)) / (DEVICES * len(houses))
    report.value("requests a second and device", read)
    report.claim(f"  at least {LEAST_READ:g}", holds=read >= LEAST_READ)
    for database, what in ((prometheus, SCRAPED), (victoria, SCRAPED), (victoria, SENT)):
        found, _ = database.ask(f"count by (house) ({what})")
        label = "scraped" if what == SCRAPED else "of lines"
        report.row(f"{database.name}: series a house, {label}", [float(one["value"][1]) for one in found])
        report.claim("  of every house", holds=len(found) == len(houses))


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--houses", type=int, help=f"so many, instead of {HOUSES}")
    given = parser.parse_args()
    number = given.houses or (QUICK_HOUSES if given.quick else HOUSES)
    if FOUND["prometheus"] is None or FOUND["victoria-metrics"] is None:
        print("forty: NOT measured: it needs both (Debian: apt-get install prometheus victoria-metrics)")
        return 0
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, ports = Path(name), (free_port(), free_port())
        houses = [house(one, ports[1], folder, stack) for one in range(1, number + 1)]
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
