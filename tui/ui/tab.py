"""The screen in a tab of a browser: a process of its own, fed by the one engine.

Loaded in the process that tabs are forked off, so that all of them share it; `ENVIRONMENT` (`core.tabwords`) has to be
set by then.
"""

from __future__ import annotations

import gc
import os
import socket
import threading
from dataclasses import replace
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from tui.core.model import Fleet
from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.engine.clock import SystemClock
from tui.engine.history.reader import Reader
from tui.engine.history.schema import FILE
from tui.engine.inspector import Inspector
from tui.engine.keeping.keeper import Keeper
from tui.engine.mailbox import Mailbox, Snapshot
from tui.engine.monitor import Monitor
from tui.engine.out.outlets import Outlets
from tui.engine.out.sink import SinkState
from tui.engine.source import Listener
from tui.engine.tabs.following import Follower
from tui.engine.tabs.frames import State, first_frame
from tui.engine.tabs.nursery import Show
from tui.engine.thread import EngineThread
from tui.net.interfaces import RecentNetworks
from tui.ui.app import HwtuiApp
from tui.ui.glyphs import choose_glyphs
from tui.ui.leaving import leaving_well, without_locals
from tui.ui.session import Session
from tui.ui.theme import THEMES, choose_theme
from tui.ui.upkeep import TIDY_AFTER_S, keep_large_blocks_apart, tidy_start

FIRST_S = 5.0
"""For the state to arrive."""
TERM = "xterm-256color"
"""What xterm.js is like."""


class TabFailedError(Exception):
    """The screen had to end; the text is the traceback."""


def load(settings: Settings, without_config: str | None) -> Show:
    """Load all that a tab may need, to be shared; what shows one.

    `settings` are those of the engine; where nothing may be changed they are read-only, and nothing is written.
    """
    from tui.ui import palette, voltagepage  # noqa: F401
    from tui.ui.screens import check, device, dialogs, doctor, graph, help, overview, tables, telegram, wall  # noqa: F401, A004

    if settings.read_only:
        settings, without_config = replace(settings, config_file=None), None
    return lambda feed, columns, rows: _show(settings, without_config, feed)


def _show(settings: Settings, without_config: str | None, feed: socket.socket) -> int:
    gc.disable()  # until the first picture, as in `ui.launch`
    try:
        first = first_frame(feed, FIRST_S)
    except (EOFError, OSError):  # it was closed again, or the engine has ended
        return 1
    if not isinstance(first, State):
        raise TypeError("no state to begin with")
    theme = choose_theme(settings.theme, TERM, "NO_COLOR" in os.environ)
    clock, mailbox, profile = SystemClock(), Mailbox(), profile_of(settings.grid)
    inspector, outlets = Inspector(clock.now(), profile), Outlets((), clock)

    def monitor(listener: Listener) -> Monitor:
        def sinks(states: tuple[SinkState, ...]) -> None:
            outlets.states = states

        return Follower(settings, clock, feed, first, listeners=[listener], inspector=inspector, sinks=sinks, ended=end)

    def keeper(monitor: Monitor) -> Keeper:
        return _keeper(settings, clock, monitor, first)

    is_over = threading.Event()

    def end() -> None:
        is_over.set()
        if app.is_running:
            app.exit()

    engine = EngineThread(
        monitor,
        mailbox,
        on_failure=lambda error: end(),
        make_keeper=keeper,
        make_outlets=lambda monitor: outlets,
        inspector=inspector,
    )
    with engine:
        session = Session(
            engine,
            settings,
            choose_glyphs(settings.glyphs, TERM, utf8=True),
            profile,
            Snapshot(Fleet(), clock.now()),
            config_file=settings.config_file,
            without_config=without_config,
            networks=RecentNetworks(settings.interfaces),
            is_afar=True,
        )
        session.take(Snapshot(first.fleet, clock.now()))
        app = HwtuiApp(session, mailbox, theme, ansi=THEMES[theme].ansi, on_first_picture=lambda: _settle(app))
        told = StringIO()
        app.error_console = Console(file=told, width=120)
        with leaving_well(app, lambda: engine.__exit__(None, None, None)):
            app.run(mouse=settings.mouse and not settings.kiosk)
    if engine.failure is not None:
        raise engine.failure
    if told.getvalue() and not is_over.is_set():  # one that ends before its first picture may fail at that
        raise TabFailedError(without_locals(told.getvalue()))
    return 0


def _keeper(settings: Settings, clock: SystemClock, monitor: Monitor, first: State) -> Keeper:
    """What was counted, and the history as the engine, or another hwtui, keeps it: it is only read."""
    keeper = Keeper(settings, clock, monitor.trends, None)
    keeper.go_on(first.counts)
    if settings.history and settings.state_dir is not None:
        keeper.past = Reader(Path(settings.state_dir) / FILE, ZoneInfo(profile_of(settings.grid).zone))
    return keeper


def _settle(app: HwtuiApp) -> None:
    keep_large_blocks_apart()
    app.set_timer(TIDY_AFTER_S, tidy_start)
