"""Starting the screen: the engine in its own thread around the app, and for the demo a simulated house beside it."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from io import StringIO
from threading import Event
from typing import TYPE_CHECKING, Any, Self, TypeVar
from zoneinfo import ZoneInfo

from rich.console import Console

from tui.core.events import Noted
from tui.core.fleet import reduce
from tui.core.model import DeviceSetting, Fleet, key_of
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.engine.charset import given_environment, is_utf8
from tui.engine.clock import Clock, FastClock, SystemClock
from tui.engine.command import CommandError
from tui.engine.keeping.kept import NothingKept
from tui.engine.mailbox import Mailbox, Snapshot
from tui.engine.memory import Memory
from tui.engine.opening import has_tokens, opening_events
from tui.engine.remembered import Cache
from tui.engine.trends import Trends
from tui.net.interfaces import RecentNetworks
from tui.ui.app import HwtuiApp
from tui.ui.console import Lamp, needs_lamp
from tui.ui.glyphs import choose_glyphs
from tui.ui.leaving import leaving_well, without_locals
from tui.ui.session import Session
from tui.ui.theme import THEMES, choose_theme
from tui.ui.upkeep import TIDY_AFTER_S, keep_large_blocks_apart, tidy_start

if TYPE_CHECKING:  # what the first picture does not wait for
    from tui.core.checks.record import Installation, Observed, Record
    from tui.engine.history.memory import MemoryHistory
    from tui.engine.keeping.keeper import Keeper
    from tui.engine.keeping.kept import Kept
    from tui.engine.monitor import Monitor
    from tui.engine.out.outlets import Outlets
    from tui.engine.out.sink import SinkState
    from tui.engine.paired.tokenfile import Token
    from tui.engine.replay.playing import ReplayClock
    from tui.engine.replay.recording import Recording
    from tui.engine.source import Listener, Source
    from tui.engine.thread import EngineThread

T = TypeVar("T")

PUSHED_UP_TO_S = 5.0
"""How seldom a demo's devices may push: a socket that is silent for longer is taken for one that has broken down."""
LIVES_FROM_SPEED = 60.0
"""A demo in which hours pass has nights, too; a slower one shows at once what a house can do (own choice)."""


class ScreenFailedError(Exception):
    """The screen had to end; the text is the traceback."""


class LateEngine:
    """An engine that starts after the first picture: its HTTP and mDNS libraries take longer to load than to use."""

    def __init__(self, make: Callable[[], EngineThread]) -> None:
        self._make = make
        self._engine: EngineThread | None = None
        self._empty = Trends()
        self._nothing = NothingKept()

    def start(self) -> None:
        """Load it and let it run."""
        self._engine = self._make().__enter__()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def close(self) -> None:
        """End it, and wait until it has ended. Any thread may do so, and more than once."""
        if self._engine is not None:
            self._engine.__exit__(None, None, None)

    @property
    def trends(self) -> Trends:
        """The engine's trends; none before it runs."""
        return self._engine.trends if self._engine else self._empty

    def record(self, now: Now, installation: Installation) -> Record:
        """The engine's record of the check; an empty one before it runs."""
        if self._engine is None:
            from tui.core.checks.record import Record  # not needed for the first picture

            return Record(now, now, installation)
        return self._engine.record(now, installation)

    def observed(self, key: str, now: Now) -> Observed | None:
        """One device of the engine's record; None before it runs."""
        return self._engine.observed(key, now) if self._engine else None

    @property
    def kept(self) -> Kept:
        """What the engine keeps of the past; nothing before it runs."""
        return self._engine.kept if self._engine else self._nothing

    @property
    def sinks(self) -> tuple[SinkState, ...]:
        """How what goes out is doing; nothing goes out before the engine runs."""
        return self._engine.sinks if self._engine else ()

    @property
    def failure(self) -> BaseException | None:
        """What ended the engine before it was asked to end."""
        return self._engine.failure if self._engine else None

    def call(self, command: Callable[[Monitor], Coroutine[Any, Any, T]]) -> Future[T]:
        """Run a command of the monitor in the engine's thread."""
        if self._engine is None:
            raise CommandError("it is still starting: try again")
        return self._engine.call(command)


def run_screen(settings: Settings, without_config: str | None = None) -> int:
    """Show the house until the user quits; the exit status. `without_config` says why there is no config file."""
    return _run(settings, settings, SystemClock(), [], without_config)


def run_demo(
    settings: Settings,
    household: str,
    seed: int,
    devices: int | None,
    speed: float,
    latency_s: float = 0.0,
    days: int = 0,
    *,
    button_s: float = 3.0,
    v2: bool = True,
) -> int:
    """Show a simulated house through exactly the same path; the exit status.

    `days` is how much of a past it has; for `button_s` and `v2` see `Household`.
    """
    from tui.engine.demo.certificates import CA_FILE
    from tui.engine.demo.household import Household, pace_s
    from tui.engine.demo.source import DemoSource, tokens_of

    clock = FastClock(speed)  # at speed 1, too: the house would wait for its old time where the clock is set back
    lives = days > 0 or speed >= LIVES_FROM_SPEED
    begin = clock.now()
    house = Household(
        household, seed, devices, begin, speed=speed, latency_s=latency_s, lives=lives, button_s=button_s, v2=v2
    )
    words = {key_of(one.serial): DeviceSetting(one.name, one.role) for one in house.devices}
    settings = replace(
        _alone(settings),
        hosts=(),
        interfaces=("127.0.0.1",),
        interval_s=max(settings.interval_s, pace_s(speed)),
        grid=settings.grid or house.grid,
        fuse=settings.fuse or house.fuse,
        devices={**words, **settings.devices},
        ca=CA_FILE,
        config_file=None,  # a simulated house leaves no trace
        state_dir=None,
    )
    own = replace(settings, mdns=False)  # the source looks for its house itself, and for no other

    def past() -> MemoryHistory:
        from tui.engine.demo.history import DemoHistory

        return DemoHistory(house, days, clock.now().utc)

    make_memory = past if days else _in_memory(settings) if settings.history else None
    source, pushes = DemoSource(house, clock, mdns=settings.mdns), pace_s(speed) <= PUSHED_UP_TO_S
    return _run(settings, own, clock, [source], make_memory=make_memory, lent=tokens_of(house), pushes=pushes)


def run_replay(settings: Settings, recording: Recording, speed: float) -> int:
    """Show a recording, which is open; the exit status. Raises `RecordingError` if there is nothing in it to show."""
    from tui.engine.replay.playing import ReplayClock, ReplaySource

    lines = recording.lines()
    first = next(lines)  # the clock begins with it
    pace = SystemClock()
    clock = ReplayClock(first.utc, speed, pace)
    # Nobody is asked, and nothing is kept or handed on; the user's own names, limits and alarms count.
    settings = replace(
        _alone(settings),
        hosts=(),
        mdns=False,
        state_dir=None,
        history=False,
        metrics=None,
        api=None,
        mqtt=None,
        influx=None,
    )
    is_kept, empty = Event(), _in_memory(settings)

    def make_memory() -> MemoryHistory:
        is_kept.set()
        return empty()

    source = ReplaySource(recording, first, lines, clock, pace, profile_of(settings.grid).zone, is_kept.is_set)
    return _run(settings, settings, clock, [source], replay=clock, make_memory=make_memory)


def _alone(settings: Settings) -> Settings:
    """With alarms that are only shown: of no real house, nobody is to be called."""
    if not settings.alarms:
        return settings
    from tui.core.alarms.rules import only_shown

    return replace(settings, alarms=only_shown(settings.alarms))


def _in_memory(settings: Settings) -> Callable[[], MemoryHistory]:
    """What makes a history that is gone when the program ends, so that all that was shown can be walked."""

    def make() -> MemoryHistory:
        from tui.engine.history.memory import MemoryHistory

        return MemoryHistory(ZoneInfo(profile_of(settings.grid).zone))

    return make


def _run(
    settings: Settings,
    of_engine: Settings,
    clock: Clock,
    sources: Sequence[Source],
    without_config: str | None = None,
    replay: ReplayClock | None = None,
    make_memory: Callable[[], MemoryHistory] | None = None,
    lent: Iterable[Token] = (),
    pushes: bool = True,
) -> int:
    term = os.environ.get("TERM", "")
    sixteen = Console(force_terminal=True).color_system == "standard"
    theme = choose_theme(settings.theme, term, "NO_COLOR" in os.environ, sixteen=sixteen)
    mailbox = Mailbox()
    cache = Cache(settings.state_dir) if settings.state_dir else None
    memory = Memory(cache, clock) if cache else None
    opening = opening_events(of_engine, clock.now(), memory.recall() if memory and cache and cache.exists else ())
    tokens: Tokens | None = None  # those who have paired nothing need not load what keeps them before the first picture
    if lent or has_tokens(settings.state_dir):
        from tui.engine.paired.tokens import Tokens

        tokens = Tokens(settings.state_dir, clock)
        for token in lent:
            tokens.lend(token)
        opening += tokens.opening(clock.now())
    fault = cache.fault if cache else None
    if without_config:
        lost, options = "names", "--config"
        if cache is None or fault:
            lost, options = "names and known devices", "--config and --state-dir"
            if settings.history:
                lost = "names, known devices and the history"
        text = f"{without_config}: {lost} are not kept: set HOME, or use {options}"
        opening.append(Noted("config", text, clock.now()))
    elif fault and not settings.history:  # else what keeps the history says what to do
        text = f"known devices are not kept: {settings.state_dir}: {fault}: use another --state-dir"
        opening.append(Noted("state", text, clock.now()))

    def make() -> EngineThread:
        from tui.engine.lines.feeds import polled_v2
        from tui.engine.monitor import Monitor
        from tui.engine.thread import EngineThread

        def monitor(listener: Listener) -> Monitor:
            all_sources = [*sources, *([memory] if memory else [])]
            listeners = [*([memory.heard] if memory else []), listener]
            if replay is not None:
                from tui.engine.replay.replayer import Replayer

                return Replayer(of_engine, clock, sources=all_sources, opening=opening, listeners=listeners)
            v2 = None if pushes else polled_v2(of_engine, clock)
            return Monitor(
                of_engine, clock, sources=all_sources, opening=opening, listeners=listeners, tokens=tokens, v2=v2
            )

        def keeper(monitor: Monitor) -> Keeper:
            from tui.engine.keeping.keeper import Keeper

            folder = settings.state_dir if settings.history else None
            return Keeper(of_engine, clock, monitor.trends, folder, make_memory() if make_memory else None)

        def outlets(monitor: Monitor) -> Outlets:
            from tui.engine.out.making import make_outlets

            return make_outlets(of_engine, clock, monitor, record)

        def record(now: Now, installation: Installation) -> Record:
            return engine.record(now, replace(installation, recorded=replay is not None))

        hands_on = outlets if of_engine.hands_on else None
        return EngineThread(monitor, mailbox, on_failure=failed, make_keeper=keeper, make_outlets=hands_on)

    def failed(error: BaseException) -> None:
        if app.is_running:  # to wait for the screen's thread, which may wait for this one, would be for ever
            app.exit(return_code=1)

    engine = LateEngine(make)
    session = Session(
        engine,
        settings,
        choose_glyphs(settings.glyphs, term, utf8=is_utf8(given_environment(), sys.stdout.encoding or "")),
        profile_of(settings.grid),
        Snapshot(Fleet(), clock.now()),
        config_file=None if replay else settings.config_file,
        without_config=without_config,
        networks=RecentNetworks(settings.interfaces),
        replay=replay,
    )
    session.take(Snapshot(functools.reduce(reduce, opening, Fleet()), clock.now()))  # the first picture has rows

    def first_picture() -> None:
        engine.start()
        keep_large_blocks_apart()
        app.set_timer(TIDY_AFTER_S, tidy_start)

    lamp = Lamp() if needs_lamp(term, kiosk=settings.kiosk) else None
    app = HwtuiApp(session, mailbox, theme, ansi=THEMES[theme].ansi, on_first_picture=first_picture, lamp=lamp)
    told = StringIO()
    app.error_console = Console(file=told, width=120)  # where Textual tells a fault, with all it knew
    with engine, leaving_well(app, engine.close) as leaving:
        app.ending = lambda: leaving.number is not None
        app.run(mouse=settings.mouse and not settings.kiosk)
    if leaving.status is not None:  # whatever failed since is of the terminal that has gone
        return leaving.status
    if engine.failure is not None:
        raise engine.failure
    if told.getvalue():
        raise ScreenFailedError(without_locals(told.getvalue()))
    return app.return_code or 0
