"""`hwtui record`: the engine and its history without a screen, until it is ended."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tui.core.events import Event, Noted
from tui.core.model import Fleet
from tui.core.settings import Settings
from tui.engine.clock import SystemClock
from tui.engine.commands.exits import UNKNOWN
from tui.engine.commands.named import named_if_any, why_nobody
from tui.engine.commands.streams import narrate
from tui.engine.commands.troubles import Troubles
from tui.engine.commands.whereto import say_where
from tui.engine.history.storing import TOPIC
from tui.engine.keeping.keeper import Keeper
from tui.engine.memory import Memory
from tui.engine.monitor import Monitor
from tui.engine.out.making import with_here
from tui.engine.remembered import Cache


async def record(settings: Settings, words: Sequence[str] = ()) -> int:
    """Keep what the devices that `words` name measure, or all without, until cancelled. What goes wrong is said on
    stderr once, and when it is over. Raises `SettingsError`.

    Names without an address are not given up: it may be started before the network is there.
    """
    if not settings.history:
        narrate("hwtui: record keeps a history: leave out --no-history")
        return UNKNOWN
    state_dir = settings.state_dir
    if state_dir is None:
        narrate("hwtui: there is no folder to keep a history in: set HOME, or use --state-dir")
        return UNKNOWN
    clock = SystemClock()
    only = await named_if_any(settings, words, clock)
    settings = only.settings if only else settings
    if (texts := why_nobody(settings, only, clock.now())) is not None:
        for text in texts:
            narrate(text)
        return UNKNOWN
    memory = Memory(Cache(state_dir), clock)
    listeners = [Troubles(narrate).heard, keeps_again, memory.heard]
    # those named for this one call are asked alone
    sources = only.sources if only else (memory,) if settings.discovers else ()
    monitor = Monitor(settings, clock, sources=sources, listeners=listeners)
    keeper = Keeper(settings, clock, monitor.trends, state_dir, shows=False)
    listeners.append(keeper.heard)
    outlets = with_here(settings, clock, monitor, keeper.today)
    listeners.append(outlets.heard)
    say_where(outlets.states)
    parts = [monitor.run(), keeper.run(monitor.apply), outlets.run(monitor.apply)]
    if only is not None:
        only.begin(monitor)
        parts.append(only.say_who_is_missing(monitor))
    await asyncio.gather(*parts)
    return UNKNOWN  # not reached: both run until they are cancelled


def keeps_again(event: Event, fleet: Fleet) -> None:
    """Say that what hindered the history is over."""
    if isinstance(event, Noted) and event.topic == TOPIC and not event.text:
        narrate("hwtui: the history is kept from now on")
