"""`hwtui record`: the engine and its history without a screen, until it is ended."""

from __future__ import annotations

import asyncio

from tui.core.events import Event, Noted
from tui.core.model import Fleet
from tui.core.settings import Settings
from tui.engine.clock import SystemClock
from tui.engine.commands.exits import UNKNOWN
from tui.engine.commands.once import nothing_found
from tui.engine.commands.streams import narrate
from tui.engine.commands.troubles import Troubles
from tui.engine.history.storing import TOPIC
from tui.engine.keeping.keeper import Keeper
from tui.engine.memory import Memory
from tui.engine.monitor import Monitor
from tui.engine.remembered import Cache


async def record(settings: Settings) -> int:
    """Keep what the devices measure until cancelled. What goes wrong is said on stderr once, and when it is over.

    Names without an address are not given up: it may be started before the network is there.
    """
    if not settings.history:
        narrate("hwtui: record keeps a history: leave out --no-history")
        return UNKNOWN
    if settings.state_dir is None:
        narrate("hwtui: there is no folder to keep a history in: set HOME, or use --state-dir")
        return UNKNOWN
    if not settings.hosts and not settings.discovers:
        narrate(nothing_found(settings))
        return UNKNOWN
    clock = SystemClock()
    memory = Memory(Cache(settings.state_dir), clock)
    listeners = [Troubles(narrate).heard, keeps_again, memory.heard]
    sources = [memory] if settings.discovers else []  # hosts named for this one call are asked alone
    monitor = Monitor(settings, clock, sources=sources, listeners=listeners)
    keeper = Keeper(settings, clock, monitor.trends, settings.state_dir, shows=False)
    listeners.append(keeper.heard)
    work = [monitor.run(), keeper.run(monitor.apply)]
    if settings.hands_on:
        from tui.engine.out.making import make_outlets

        outlets = make_outlets(settings, clock, monitor)
        listeners.append(outlets.heard)
        work.append(outlets.run(monitor.apply))
    await asyncio.gather(*work)
    return UNKNOWN  # not reached: both run until they are cancelled


def keeps_again(event: Event, fleet: Fleet) -> None:
    """Say that what hindered the history is over."""
    if isinstance(event, Noted) and event.topic == TOPIC and not event.text:
        narrate("hwtui: the history is kept from now on")
