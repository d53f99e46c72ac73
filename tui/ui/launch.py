"""Starting the screen: the engine in its own thread around the app, and for the demo a simulated house beside it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from tui.core.model import Fleet
from tui.core.profiles import profile_of
from tui.core.settings import DeviceSetting, Settings
from tui.engine.clock import Clock, FastClock, SystemClock
from tui.engine.demo.household import Household
from tui.engine.demo.source import DemoSource
from tui.engine.mailbox import Mailbox, Snapshot
from tui.engine.monitor import Monitor
from tui.engine.source import Listener, Source
from tui.engine.thread import EngineThread
from tui.net.interfaces import local_networks
from tui.ui.app import HwtuiApp
from tui.ui.glyphs import choose_glyphs
from tui.ui.session import Session
from tui.ui.theme import THEMES, choose_theme


def run_screen(settings: Settings) -> int:
    """Show the house until the user quits; the exit status."""
    return _run(settings, SystemClock(), [])


def run_demo(settings: Settings, household: str, seed: int, devices: int | None, speed: float) -> int:
    """Show a simulated house through exactly the same path; the exit status."""
    clock = SystemClock() if speed == 1 else FastClock(speed)
    house = Household(household, seed, devices, clock.now())
    words = {one.serial.casefold(): DeviceSetting(one.name, one.role) for one in house.devices}
    settings = replace(
        settings,
        devices={**words, **settings.devices},
        interfaces=("127.0.0.1",),
        hosts=(),
        config_file=None,
        state_dir=None,
    )
    return _run(settings, clock, [DemoSource(house, clock)])


def _run(settings: Settings, clock: Clock, sources: Sequence[Source]) -> int:
    glyphs = choose_glyphs(settings.glyphs, os.environ.get("TERM", ""), sys.stdout.encoding or "")
    theme = choose_theme(settings.theme, os.environ.get("TERM", ""), "NO_COLOR" in os.environ)
    mailbox = Mailbox()

    def make(listener: Listener) -> Monitor:
        return Monitor(settings, clock, sources=sources, listener=listener)

    with EngineThread(make, mailbox) as engine:
        session = Session(
            engine,
            settings,
            glyphs,
            profile_of(settings.grid),
            Snapshot(Fleet(), clock.now()),
            config_file=settings.config_file,
            searching=_searching(settings),
        )
        app = HwtuiApp(session, mailbox, theme, ansi=THEMES[theme].ansi)
        app.run(mouse=settings.mouse)
    return app.return_code or 0


def _searching(settings: Settings) -> tuple[str, ...]:
    """Where devices are looked for, in words: "wlan0 192.168.1.23 192.168.1.0/24"."""
    wanted = settings.interfaces
    near = [network for network in local_networks() if not wanted or network.address in wanted]
    return tuple(f"{network.name} {network.address}" for network in near)
