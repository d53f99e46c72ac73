"""Weeks in minutes: does the program grow? `python -m tests.bench.soak [--days 7] [--quick] [--trace]`

The real monitor on a virtual clock reads ten devices of the demo household once a simulated second, through the real
client and parser, while faults come and go (`trouble`). The real screen of 80x24 is fed through the real publisher and
mailbox, is drawn to the last byte for xterm, and goes through its views by keys. What is not there: sockets, mDNS, and
the second thread. The publisher's pace is slowed, so that there is a picture every `PICTURE_S` simulated seconds.

Memory is what /proc says of this process, simulation and all, each hour after `gc.collect()`, for garbage that waits
for the collector is no growth; the highest figure without that is shown, too. Everything after the first hour is
measured against the first hour.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import sys
import tempfile
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from textual.drivers.headless_driver import HeadlessDriver
from textual.events import Key
from textual.pilot import Pilot

from tests.bench.process import environment, household, rss_mb
from tests.bench.report import Report, arguments
from tests.bench.steady import hosts
from tests.bench.terminal import Terminal
from tests.bench.trouble import DEVICES, HOUR_S, Network, Trouble
from tui.core.events import Event, Failed, Measured
from tui.core.model import Fleet, State, key_of
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.settings import DeviceSetting, Settings
from tui.core.state import state_of
from tui.engine.clock import Clock, VirtualClock
from tui.engine.demo.household import DEFAULT_START
from tui.engine.logs import set_up_log
from tui.engine.mailbox import Mailbox, Snapshot
from tui.engine.memory import Memory
from tui.engine.monitor import Monitor
from tui.engine.publisher import Publisher
from tui.engine.remembered import Cache
from tui.engine.trends import Trends
from tui.ui.app import HwtuiApp
from tui.ui.glyphs import choose_glyphs
from tui.ui.session import Session
from tui.ui.theme import THEMES, choose_theme

GROWTH = 1.05
LIVE_MB = 55.0
PICTURE_S = 30.0
KEYS_EVERY = 10
"""Pictures from one round of keys to the next."""
ROUNDS: tuple[tuple[str, ...], ...] = (
    ("2",),
    ("j",),
    ("4",),
    ("6", "s", "j"),
    ("1", "question_mark", "escape", "j", "space"),
    ("space", "enter"),
    ("right",),
    ("2", "space", "1"),
    ("space", "slash", "g", "escape"),
    ("ctrl+p", "escape", "k"),
    ("a", "escape", "2", "6"),
    ("1",),
)
"""One hour's keys; at the end of it the overview stands there as at the beginning."""
TERM = "xterm-256color"
_CHARACTERS = {"space": " ", "slash": "/", "question_mark": "?"}
TROUBLES = {State.SILENT, State.STALE, State.REFUSED, State.BAD_ANSWER, State.API_DISABLED, State.FROZEN}

T = TypeVar("T")


class SoakClock(VirtualClock):
    """Fewer turns of the loop: no chain of awaits is longer here, where nothing waits for a socket."""

    TURNS = 8


class SlowPace:
    """The clock of a person who wants a picture every `PICTURE_S`, for the publisher, which makes one a second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> Now:
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds * PICTURE_S)


class CountingDriver(HeadlessDriver):
    """A terminal that takes everything and only counts. Unlike a headless one it is drawn for."""

    written = 0
    pictures = 0

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        CountingDriver.written += len(data.encode())
        CountingDriver.pictures += 1


@dataclass
class SoakEngine:
    """The engine as the screen sees it, in the screen's own loop."""

    monitor: Monitor

    @property
    def trends(self) -> Trends:
        return self.monitor.trends

    def call(self, command: Callable[[Monitor], Coroutine[Any, Any, T]]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(command(self.monitor), asyncio.get_running_loop())


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process uses at the end of a simulated hour."""

    memory_mb: float
    threads: int
    tasks: int
    files: int
    log_bytes: int


@dataclass
class Soak:
    """What happened so far."""

    folder: Path
    samples: list[Sample] = field(default_factory=list)
    readings: int = 0
    failures: int = 0
    states: set[State] = field(default_factory=set)
    views: set[str] = field(default_factory=set)
    highest_mb: float = 0.0
    live: int = 0
    trends_bytes: int = 0
    trouble: Trouble | None = None
    types: Counter[str] = field(default_factory=Counter)

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def heard(self, event: Event) -> None:
        self.readings += isinstance(event, Measured)
        self.failures += isinstance(event, Failed)

    def sample(self) -> None:
        gc.collect()
        self.samples.append(
            Sample(
                memory_mb=rss_mb(os.getpid()),
                threads=threading.active_count(),
                tasks=len(asyncio.all_tasks()),
                files=len(os.listdir("/proc/self/fd")),
                log_bytes=sum(file.stat().st_size for file in self.folder.glob("log*")),
            )
        )


async def run(soak: Soak, hours: int, trace: bool) -> None:
    """The whole simulated time."""
    clock = SoakClock(DEFAULT_START.utc)
    network = Network(clock)
    soak.trouble = trouble = Trouble(network)
    words = {key_of(one.serial): DeviceSetting(one.name, one.role) for one in network.household.devices}
    settings = Settings(mdns=False, grid="nl", devices=words)
    memory = Memory(Cache(soak.folder), clock, lambda: "here")
    mailbox = Mailbox()

    def heard(event: Event, fleet: Fleet) -> None:
        soak.heard(event)
        memory.heard(event, fleet)
        publisher.heard(event, fleet)

    monitor = Monitor(settings, clock, sources=[trouble, memory], listener=heard, rng=random.Random(1))
    publisher = Publisher(mailbox, clock.now, SlowPace(clock))
    theme = choose_theme("auto", TERM, no_color=False)
    session = Session(
        SoakEngine(monitor),
        settings,
        choose_glyphs("auto", TERM, "utf-8"),
        profile_of("nl"),
        Snapshot(Fleet(), clock.now()),
    )
    app = HwtuiApp(session, mailbox, theme, ansi=THEMES[theme].ansi)
    app.driver_class = CountingDriver
    with network.connected():
        async with app.run_test(headless=False, notifications=True) as pilot:
            work = [asyncio.create_task(monitor.run()), asyncio.create_task(publisher.run())]
            await live_through(soak, hours, clock, pilot, session, trace)
            soak.live = sum(state_of(one, clock.now()) is State.LIVE for one in monitor.fleet.devices.values())
            soak.trends_bytes = sum(monitor.trends.size_bytes(key) for key in monitor.fleet.devices)
            for task in work:
                if task.done():
                    raise SystemExit(f"the engine ended: {task.exception()!r}")
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)


async def live_through(
    soak: Soak, hours: int, clock: VirtualClock, pilot: Pilot[None], session: Session, trace: bool
) -> None:
    """Hour after hour, picture after picture."""
    pictures = round(HOUR_S / PICTURE_S)
    for hour in range(hours):
        for picture in range(pictures):
            await clock.advance(PICTURE_S)
            if picture % KEYS_EVERY == 0:
                for key in ROUNDS[picture // KEYS_EVERY % len(ROUNDS)]:
                    pilot.app.post_message(Key(key, _CHARACTERS.get(key, key if len(key) == 1 else None)))
                    await pilot.pause(0)
                soak.views.add(getattr(pilot.app.screen, "VIEW", ""))
            await pilot.pause(0)
            soak.highest_mb = max(soak.highest_mb, rss_mb(os.getpid()))
            newest = session.newest
            soak.states |= {state_of(device, newest.now) for device in newest.fleet.devices.values()}
        soak.sample()
        print(f"hour {hour + 1}: {soak.samples[-1]}, {soak.readings} readings", file=sys.__stderr__, flush=True)
        if trace and hour in (0, hours - 1):
            compare(soak, last=hour > 0)


def compare(soak: Soak, *, last: bool) -> None:
    """Where memory went between the first hour and the last."""
    types = Counter(type(one).__qualname__ for one in gc.get_objects())
    if not last:
        soak.types = types
        tracemalloc.start(12)
        return
    snapshot = tracemalloc.take_snapshot()
    for statistic in snapshot.statistics("traceback")[:12]:
        print(statistic, *statistic.traceback.format(), sep="\n", file=sys.__stderr__)
    types.subtract(soak.types)
    print(types.most_common(15), file=sys.__stderr__)


def live_mb(seconds: float) -> float:
    """The memory of a screen that really runs, on a pty, over devices served by another process."""
    with household(DEVICES) as served, Terminal(hosts(served)) as terminal:
        terminal.wait_for(lambda text: f"{DEVICES} of {DEVICES} live" in text)
        terminal.run_for(seconds)
        return terminal.rss_mb()


def tell(soak: Soak, hours: int, seconds: float, report: Report) -> None:
    """The table."""
    first, rest = soak.samples[0], soak.samples[1:]
    trouble = soak.trouble
    assert trouble
    report.value("simulated", hours, "h")
    report.value("taken", seconds, "s")
    report.value("readings, millions", soak.readings / 1e6)
    report.value("polls that failed, thousands", soak.failures / 1e3)
    report.value("new addresses", trouble.moves)
    report.value("jumps of the clock", trouble.jumps)
    report.value("writes to the terminal, thousands", CountingDriver.pictures / 1e3)
    report.value("written to the terminal", CountingDriver.written / 1e6, "MB")
    report.value("trends", soak.trends_bytes / 1e6, "MB")
    report.value("memory after the first hour", first.memory_mb, "MB")
    report.value("memory at the end", rest[-1].memory_mb, "MB")
    worst = max(sample.memory_mb for sample in rest)
    report.value("memory after any later hour, most", worst, "MB", limit=GROWTH * first.memory_mb)
    report.value("memory at any moment, uncollected", soak.highest_mb, "MB")
    for name in ("threads", "tasks", "files", "log_bytes"):
        before = getattr(first, name)
        report.value(f"{name} after the first hour", before)
        report.value(f"{name}, most later", max(getattr(sample, name) for sample in rest), limit=before)
    report.claim("every trouble was seen", holds=soak.states >= TROUBLES)
    report.claim("every view was seen", holds=soak.views >= {"overview", "wall", "device", "meters", "links"})
    report.claim("every device is live at the end", holds=soak.live == DEVICES)
    report.claim("all readings that were due came", holds=soak.readings >= 0.7 * hours * HOUR_S * DEVICES)


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--days", type=float, default=7.0, help="simulated; default: 7")
    parser.add_argument("--trace", action="store_true", help="show where memory is that was taken after the first hour")
    given = parser.parse_args()
    hours = 3 if given.quick else max(2, round(24 * given.days))
    os.environ.update(environment(TERM))
    report = Report(f"soak: {DEVICES} devices at 1 Hz, faults every hour, a picture every {PICTURE_S:g} s")
    with ExitStack() as stack:
        soak = Soak(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        set_up_log(soak.log)
        start = time.monotonic()
        asyncio.run(run(soak, hours, given.trace))
        tell(soak, hours, time.monotonic() - start, report)
        if log := soak.log.read_text():
            print(log[:1000])
    report.value("a live screen after a minute", live_mb(5 if given.quick else 60), "MB", limit=LIVE_MB)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
