"""`hwtui serve`: the engine and its sinks without a screen, until it is ended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.engine.clock import SystemClock
from tui.engine.commands.exits import UNKNOWN
from tui.engine.commands.named import named_if_any, why_nobody
from tui.engine.commands.running import history_at
from tui.engine.commands.streams import narrate
from tui.engine.commands.troubles import Troubles
from tui.engine.commands.whereto import say_where
from tui.engine.memory import Memory
from tui.engine.monitor import Monitor
from tui.engine.out.making import with_here
from tui.engine.remembered import Cache

if TYPE_CHECKING:  # only with a history
    from tui.core.past.history import Past


async def serve(settings: Settings, words: Sequence[str] = ()) -> int:
    """Hand on what the devices that `words` name measure, or all without, until cancelled. What goes wrong is said on
    stderr once, and when it is over. Raises `SettingsError`."""
    if not settings.hands_on:
        narrate("hwtui: serve hands values on: say to whom, with --metrics, --api, --mqtt or --influx, or with alarms")
        return UNKNOWN
    clock = SystemClock()
    only = await named_if_any(settings, words, clock)
    settings = only.settings if only else settings
    if (texts := why_nobody(settings, only, clock.now())) is not None:
        for text in texts:
            narrate(text)
        return UNKNOWN
    memory = Memory(Cache(settings.state_dir), clock) if settings.state_dir and settings.discovers else None
    listeners = [Troubles(narrate).heard, *([memory.heard] if memory else [])]
    sources = only.sources if only else (memory,) if memory else ()
    monitor = Monitor(settings, clock, sources=sources, listeners=listeners)
    parts, today = [monitor.run()], None
    with _past(settings) as past:
        if past is not None:  # it writes nothing there, but `hwtui read` is told what was counted today
            from tui.engine.keeping.counting import Counting

            counting = Counting(ZoneInfo(profile_of(settings.grid).zone))
            listeners.append(counting.heard)
            parts.append(counting.run(lambda: past, clock))
            today = counting.today
        outlets = with_here(settings, clock, monitor, today)
        listeners.append(outlets.heard)
        if only is not None:
            only.begin(monitor)
            parts.append(only.say_who_is_missing(monitor))
        say_where(outlets.states)
        await asyncio.gather(*parts, outlets.run(monitor.apply))
    return UNKNOWN  # not reached: all run until they are cancelled


@contextmanager
def _past(settings: Settings) -> Iterator[Past | None]:
    """The history, as far as there is one when it begins."""
    path = history_at(settings)
    if path is None:
        yield None
        return
    from tui.engine.history.reader import Reader  # it loads SQLite

    reader = Reader(path, ZoneInfo(profile_of(settings.grid).zone))
    try:
        yield reader
    finally:
        reader.close(for_good=True)
