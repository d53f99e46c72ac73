"""Weeks in minutes: does the program grow? `python -m tests.bench.soak [--days 7] [--dialogs] [--trace]`

The real monitor on a virtual clock reads ten devices of the demo household once a simulated second, through the real
client and parser, while faults come and go (`trouble`). The real screen of 80x24 is fed through the real publisher and
mailbox, is drawn to the last byte for xterm, and goes through its views by keys. What is not there: sockets, mDNS, and
the second thread. The first hour has a picture every second, as in life, so that whatever Textual remembers up to some
number is as full as after a live hour. From then on the publisher is slowed to a picture every `PICTURE_S` seconds.

Memory is what /proc says of this process, simulation and all, each hour after `gc.collect()`, for garbage that waits
for the collector is no growth; the highest figure without that is shown, too. Everything after the first hour is
measured against the first hour.

`--dialogs` opens dialogs and makes toasts, too, which a screen that nobody touches never does. Textual 8.2.8 keeps some
20 kB of each widget it drew, for up to 1024 of them (`StylesCache.get_inner_outer` is cached by instance), and an
`Input` that was removed for as long as its screen lives. With these the limit is missed.
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
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from textual.pilot import Pilot

from tests.bench.process import environment, household, rss_mb
from tests.bench.report import Report, arguments
from tests.bench.rig import DIALOGS, VIEWS, CountingDriver, SlowPace, SoakClock, SoakEngine, press
from tests.bench.steady import hosts
from tests.bench.terminal import Terminal
from tests.bench.trouble import DEVICES, HOUR_S, Network, Trouble
from tui.core.events import Event, Failed, Measured
from tui.core.model import DeviceSetting, Fleet, State, key_of
from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.core.state import state_of
from tui.engine.clock import VirtualClock
from tui.engine.demo.household import DEFAULT_START
from tui.engine.inspector import Inspector
from tui.engine.logs import set_up_log
from tui.engine.mailbox import Mailbox, Snapshot
from tui.engine.memory import Memory
from tui.engine.monitor import Monitor
from tui.engine.publisher import Publisher
from tui.engine.remembered import Cache
from tui.ui.app import HwtuiApp
from tui.ui.glyphs import choose_glyphs
from tui.ui.session import Session
from tui.ui.theme import THEMES, choose_theme

GROWTH = 1.05
LIVE_MB = 55.0
PICTURE_S = 30.0
KEYS_EVERY_S = 300
TERM = "xterm-256color"
TROUBLES = {State.SILENT, State.STALE, State.REFUSED, State.BAD_ANSWER, State.API_DISABLED, State.FROZEN}


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


async def run(soak: Soak, hours: int, *, dialogs: bool, trace: bool) -> None:
    """The whole simulated time."""
    clock = SoakClock(DEFAULT_START.utc)
    network = Network(clock)
    soak.trouble = trouble = Trouble(network)
    words = {key_of(one.serial): DeviceSetting(one.name, one.role) for one in network.household.devices}
    settings = Settings(mdns=False, grid="nl", devices=words)
    memory = Memory(Cache(soak.folder), clock, lambda: "here")
    mailbox = Mailbox()
    inspector = Inspector(clock.now(), profile_of("nl"))

    def heard(event: Event, fleet: Fleet) -> None:
        soak.heard(event)
        memory.heard(event, fleet)
        inspector.heard(event, fleet)
        publisher.heard(event, fleet)

    monitor = Monitor(settings, clock, sources=[trouble, memory], listeners=[heard], rng=random.Random(1))
    pace = SlowPace(clock)
    publisher = Publisher(mailbox, clock.now, pace)
    theme = choose_theme("auto", TERM, no_color=False)
    session = Session(
        SoakEngine(monitor, inspector),
        settings,
        choose_glyphs("auto", TERM, utf8=True),
        profile_of("nl"),
        Snapshot(Fleet(), clock.now()),
    )
    app = HwtuiApp(session, mailbox, theme, ansi=THEMES[theme].ansi)
    app.driver_class = CountingDriver
    with network.connected():
        async with app.run_test(headless=False, notifications=True) as pilot:
            gc.collect()
            gc.freeze()  # as after the first picture in life: else the collector waits for four times as much garbage
            work = [asyncio.create_task(monitor.run()), asyncio.create_task(publisher.run())]
            tracing = None
            for hour in range(hours):
                pace.seconds = PICTURE_S if hour else 1.0
                await live_an_hour(soak, clock, pace.seconds, pilot, session, dialogs=dialogs)
                soak.sample()
                told = f"hour {hour + 1}: {soak.samples[-1]}, {soak.readings} readings"
                print(told, file=sys.__stderr__, flush=True)
                tracing = tracing or (Trace() if trace else None)
            if tracing:
                tracing.tell()
            soak.live = sum(state_of(one, clock.now()) is State.LIVE for one in monitor.fleet.devices.values())
            soak.trends_bytes = sum(monitor.trends.size_bytes(key) for key in monitor.fleet.devices)
            for task in work:
                if task.done():
                    raise SystemExit(f"the engine ended: {task.exception()!r}")
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)


async def live_an_hour(
    soak: Soak, clock: VirtualClock, picture_s: float, pilot: Pilot[None], session: Session, *, dialogs: bool
) -> None:
    """One picture after the other, and keys now and then."""
    for picture in range(round(HOUR_S / picture_s)):
        await clock.advance(picture_s)
        turn, between = divmod(round(picture * picture_s), KEYS_EVERY_S)
        if not between:
            await press(pilot, *(DIALOGS[turn] if dialogs and turn < len(DIALOGS) else ()), *VIEWS[turn])
            soak.views.add(getattr(pilot.app.screen, "VIEW", ""))
        await pilot.pause(0)
        if not pilot.app.is_running:
            return  # `run_test` raises what ended it
        soak.highest_mb = max(soak.highest_mb, rss_mb(os.getpid()))
        newest = session.newest
        soak.states |= {state_of(device, newest.now) for device in newest.fleet.devices.values()}


class Trace:
    """Where memory went that was taken after the first hour."""

    def __init__(self) -> None:
        tracemalloc.start()
        self._types = self._count()

    @staticmethod
    def _count() -> Counter[str]:
        return Counter(type(one).__qualname__ for one in gc.get_objects())

    def tell(self) -> None:
        """By line of code, and by the number of objects of a kind."""
        for statistic in tracemalloc.take_snapshot().statistics("lineno")[:20]:
            print(statistic, file=sys.__stderr__)
        tracemalloc.stop()
        types = self._count()
        types.subtract(self._types)
        print(types.most_common(20), file=sys.__stderr__)


def live_mb(seconds: float) -> float:
    """The memory of a screen that really runs, on a pty, over devices served by another process."""
    with household(DEVICES) as served, Terminal(hosts(served)) as terminal:
        terminal.wait_for(lambda text: f"{DEVICES} of {DEVICES} live" in text)
        terminal.run_for(seconds)
        return terminal.rss_mb()


def tell(soak: Soak, hours: int, seconds: float, report: Report, *, traced: bool) -> None:
    """The table. Tracing takes more memory than whatever it looks for."""
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
    report.value("memory after any later hour, most", worst, "MB", limit=None if traced else GROWTH * first.memory_mb)
    report.value("memory at any moment, uncollected", soak.highest_mb, "MB")
    for name, more in (("threads", 0), ("tasks", 1), ("files", 0), ("log_bytes", 0)):
        before = getattr(first, name)
        report.value(f"{name} after the first hour", before)
        # One task more or less: the publisher is in a nap or between two.
        report.value(f"{name} after any later hour, most", max(getattr(one, name) for one in rest), limit=before + more)
    report.claim("every trouble was seen", holds=soak.states >= TROUBLES)
    report.claim("every view was seen", holds=soak.views >= {"overview", "wall", "device", "meters", "links"})
    report.claim("every device is live at the end", holds=soak.live == DEVICES)
    # A quarter is lost to the faults, and to a water meter that is polled every other second.
    report.claim("all readings that were due came", holds=soak.readings >= 0.7 * hours * HOUR_S * DEVICES)


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--days", type=float, default=7.0, help="simulated; default: 7")
    parser.add_argument("--trace", action="store_true", help="show where memory is that was taken after the first hour")
    parser.add_argument("--dialogs", action="store_true", help="open dialogs and make toasts every hour, too")
    given = parser.parse_args()
    hours = 3 if given.quick else max(2, round(24 * given.days))
    clean = environment(TERM)
    os.environ.clear()
    os.environ.update(clean)
    report = Report(
        f"soak: {DEVICES} devices at 1 Hz, faults every hour, a picture every {PICTURE_S:g} s after the first hour"
    )
    with ExitStack() as stack:
        soak = Soak(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        set_up_log(soak.log)
        start = time.monotonic()
        asyncio.run(run(soak, hours, dialogs=given.dialogs, trace=given.trace))
        tell(soak, hours, time.monotonic() - start, report, traced=given.trace)
        if log := soak.log.read_text():
            print(log[:1000])
    report.value("a live screen after a minute", live_mb(5 if given.quick else 60), "MB", limit=LIVE_MB)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
