"""What push costs and brings: the same devices over v2 and over v1, a value on its way, and how soon it comes back.

The same ten devices (`pushed.py`, in a process of their own) are polled over v1 at 1 Hz and push over v2, to two
programs that run at the same time and are measured over the same windows. Devices push at moments of their own, and the
program takes what came within a second together, as its polls; with `--together` they push at one moment themselves.
A third program has the same values for nothing: a push that costs nothing would cost as much as that.
`--case` runs some of the cases only. A value is on its way from the moment when the device reads its clock, which is
the counter that it sends, until the line of `watch --json` has come through the pipe. A device comes back after its
sockets were killed, or at another address, and its first value is waited for. `soak` is a day of pushes on a virtual
clock, with sockets that drop every few minutes.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.bench.process import ROOT, cpu_s, end, environment, rss_mb, running
from tests.bench.pushed import told_in
from tests.bench.report import Report, arguments
from tests.bench.rig import SoakClock
from tests.bench.terminal import Terminal

DEVICES = 10
MOST_OF_V1 = 0.6
MOST_MS = 10.0
BACK_S = 2.0
WINDOW_S = 5.0
WARM_UP_S = 6.0
DROP_S = 240
CASES = ("engine", "screen", "way", "back", "soak")


@contextmanager
def devices(*, together: bool = False) -> Iterator[Path]:
    """All of them, and a file that tells of them."""
    command = [sys.executable, "-m", "tests.bench.pushed", "--serve", str(DEVICES)]
    if together:
        command.append("--together")
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True)
    assert process.stdout
    with tempfile.TemporaryDirectory() as folder:
        try:
            file = Path(folder, "devices.json")
            file.write_text(process.stdout.readline())
            told_in(file.read_text())
            yield file
        finally:
            end(process)
            process.stdout.close()


def program(what: str, api: str, file: Path) -> list[str]:
    return [sys.executable, "-m", "tests.bench.pushed", "--as", what, "--api", api, "--devices", str(file)]


def cost(what: str, report: Report, windows: int, *, together: bool) -> None:
    """The CPU of the engine alone, or of the live screen, over both APIs and for nothing in the same windows."""
    with devices(together=together) as file, ExitStack() as stack:
        make: Callable[[list[str]], Any] = Terminal if what == "screen" else running
        runs = {api: stack.enter_context(make(program(what, api, file))) for api in ("v1", "v2", "none")}
        terminals = [one for one in runs.values() if isinstance(one, Terminal)]
        for one in terminals:
            one.wait_for(lambda text: f"{DEVICES} of {DEVICES} live" in text, 30.0)
        pass_time(terminals, WARM_UP_S)
        spent: dict[str, list[float]] = {api: [] for api in runs}
        for _ in range(windows):
            before = {api: used_s(one) for api, one in runs.items()}
            start = time.monotonic()
            pass_time(terminals, WINDOW_S)
            seconds = time.monotonic() - start
            for api, one in runs.items():
                spent[api].append(100 * (used_s(one) - before[api]) / seconds)
        for one in terminals:
            one.wait_for(lambda text: f"{DEVICES} of {DEVICES} live" in text)
        memory = {api: one.rss_mb() if isinstance(one, Terminal) else rss_mb(one.pid) for api, one in runs.items()}
    for api in ("v1", "v2"):
        report.row(f"{what}: CPU over {api}", spent[api], "% of a core")
        report.value(f"{what}: memory over {api}", memory[api], "MB")
    report.row(f"{what}: CPU with values for nothing", spent["none"], "% of a core")
    v1, v2, none = (statistics.mean(spent[api]) for api in ("v1", "v2", "none"))
    report.value(f"{what}: v2 in times of v1", v2 / v1, limit=MOST_OF_V1)
    report.value(f"{what}: values for nothing in times of v1", none / v1)


def pass_time(terminals: list[Terminal], seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for one in terminals:
            one.run_for(0.05)
        if not terminals:
            time.sleep(seconds)


def used_s(one: Any) -> float:
    return one.cpu_s() if isinstance(one, Terminal) else cpu_s(one.pid)


def way(report: Report, seconds: float) -> None:
    """From a device's clock to a line of `watch --json`."""
    taken = []
    with devices() as file:
        command = program("watch", "v2", file)
        process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE)
        try:
            assert process.stdout
            until = time.monotonic() + WARM_UP_S + seconds
            while time.monotonic() < until:
                line = process.stdout.readline()
                arrived = time.time() % 1e6
                if time.monotonic() > until - seconds:
                    taken.append(1000 * (arrived - json.loads(line)["measurement"]["energy_import_kwh"]))
        finally:
            end(process)
            process.communicate()
    report.row(f"way: {len(taken)} values to a line of watch --json", taken, "ms", limit=MOST_MS)


# ---------------------------------------------------------------------- coming back


async def come_back(report: Report, rounds: int) -> None:
    """The engine with real sockets, in this process: each device is killed or moved at a moment of its own."""
    from tests.bench import pushed
    from tui.core.events import Event, Measured, Seen
    from tui.core.model import Endpoint, Fleet
    from tui.core.settings import Settings
    from tui.engine import monitor
    from tui.engine.clock import SystemClock
    from tui.engine.lines import feeds
    from tui.engine.paired.tokens import Tokens
    from tui.net.tls import Trust

    houses = [pushed.Both(number) for number in range(DEVICES)]
    told = pushed.told_in(json.dumps([await one.start() for one in houses]))
    pushing = [asyncio.create_task(one.push_on(number / DEVICES)) for number, one in enumerate(houses)]
    patch.object(feeds, "trust_of", lambda _settings: Trust(told[0].ca)).start()
    heard: dict[str, tuple[float, float]] = {}
    """When the newest value was heard, and what its counter was: when it was read."""

    def listen(event: Event, _fleet: Fleet) -> None:
        if isinstance(event, Measured):
            heard[event.serial] = time.monotonic(), event.measurement.number("energy_import_kwh") or 0.0

    clock = SystemClock()
    tokens = Tokens(None, clock)
    source = pushed.Announced(told, "v2", tokens, clock)
    engine = monitor.Monitor(Settings(mdns=False), clock, tokens=tokens, sources=[source], listeners=[listen])
    running_engine = asyncio.create_task(engine.run())
    rng = random.Random(1)

    async def disturb(house: pushed.Both, number: int, *, moves: bool) -> float:
        await asyncio.sleep(rng.random())
        gone, counter = time.monotonic(), house.now()["energy_import_kwh"]
        if moves:
            await house.v2.stop()
            await house.v2.start("127.0.0.1")
            endpoint = Endpoint("127.0.0.1", house.v2.endpoint.port, "v2")
            engine.apply(Seen(endpoint, house.serial, clock.now(), house.product_type))
        else:
            house.v2.kill()
        # One that waited when it was killed has an older counter.
        while heard.get(house.serial, (0.0, 0.0))[1] < counter:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        return heard[house.serial][0] - gone

    for moves in (False, True):
        taken: list[float] = []
        for _ in range(rounds):
            await asyncio.sleep(12)  # a socket that pushes for 10 s is a good one
            async with asyncio.timeout(60):
                taken += await asyncio.gather(
                    *(disturb(house, number, moves=moves) for number, house in enumerate(houses))
                )
        what = "moved to another address" if moves else "socket killed"
        report.row(f"back: {what}", taken, "s", limit=BACK_S)
    for task in (running_engine, *pushing):
        task.cancel()
    await asyncio.gather(running_engine, *pushing, return_exceptions=True)
    for house in houses:
        await house.v2.stop()


# ---------------------------------------------------------------------- a day


async def soak(report: Report, hours: int) -> None:
    """One pusher a device on a virtual clock, over sockets that drop, fall silent, flood or talk nonsense."""
    from tests.engine.pushing import READING, FakePushing
    from tui.net.errors import Flooded, Refused

    clock = SoakClock()
    rng = random.Random(1)
    house = [FakePushing(clock) for _ in range(DEVICES)]
    events = 0

    def heard(_event: object) -> None:
        nonlocal events
        events += 1

    pushers = [one.pusher(rng) for one in house]
    tasks = [asyncio.create_task(one.run(heard)) for one in pushers]
    samples = []
    for hour in range(hours):
        for second in range(3600):
            await clock.advance(1)
            for one in house:
                if not one.open_sockets:
                    continue
                match rng.randrange(DROP_S * 4) if second else 0:
                    case 0:
                        one.socket.fail(Refused("gone"))
                    case 1:
                        one.socket.fail(Flooded("too much"))
                    case 2:
                        one.socket.silent = True
                    case 3:
                        one.socket.push("nonsense", {"a": [1] * 100})
                if not one.socket.silent:
                    one.socket.push("measurement", {**READING, "power_w": second})
        for one in house:
            del one.sockets[:-1], one.attempts[:-1]
            one.sockets[-1].said.clear()
        gc.collect()
        samples.append((rss_mb(os.getpid()), len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd"))))
        print(f"hour {hour + 1}: {samples[-1]}, {events} events", file=sys.stderr, flush=True)
    report.value("soak: simulated", hours, "h")
    report.value("soak: events, thousands", events / 1e3)
    for name, place, more in (("memory, MB", 0, 0.02 * samples[0][0]), ("tasks", 1, DEVICES), ("files", 2, 0)):
        report.value(f"soak: {name}, after an hour", samples[0][place])
        most = max(sample[place] for sample in samples)
        report.value(f"soak: {name}, most later", most, limit=samples[0][place] + more)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    report.value("soak: tasks left", len(asyncio.all_tasks()) - 1, limit=0)


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--case", action="append", choices=CASES, help="only this one; can be repeated")
    parser.add_argument("--together", action="store_true", help="engine, screen: all push at the same moment")
    parser.add_argument("--windows", type=int, metavar="N", help="of 5 s each, instead of 6")
    given = parser.parse_args()
    cases = given.case or CASES
    report = Report("push: 10 devices over v2, and the same over v1")
    windows = 1 if given.quick else given.windows or 6
    for what in ("engine", "screen"):
        if what in cases:
            cost(what, report, windows, together=given.together)
    if "way" in cases:
        way(report, 2 if given.quick else 20)
    if "back" in cases:
        asyncio.run(come_back(report, 1 if given.quick else 3))
    if "soak" in cases:
        asyncio.run(soak(report, 2 if given.quick else 24))
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
