"""`hwtui watch`: readings as they arrive, one line each, until interrupted or until a condition holds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tui.core.devicejson import device_json, iso_time
from tui.core.events import Event, Measured
from tui.core.listing import watch_line
from tui.core.model import Device, Fleet, key_of
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.engine.clock import Clock, SystemClock
from tui.engine.commands.exits import UNKNOWN
from tui.engine.commands.named import Named, named_if_any
from tui.engine.commands.once import nothing_found
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.commands.troubles import Troubles
from tui.engine.monitor import Monitor
from tui.net.resolve import Names

if TYPE_CHECKING:  # only who waits for something loads it
    from tui.engine.commands.until import Until


async def watch(
    settings: Settings, output: Output, *, as_json: bool, words: Sequence[str] = (), until: Until | None = None
) -> int:
    """Print readings until cancelled, or until what is waited for: of those that `words` name, or of all. What goes
    wrong is said on stderr once, and once more when it is over. A name without an address is asked for again and again,
    as long as there is anybody else. Raises `SettingsError`."""
    clock = SystemClock()
    only = await named_if_any(settings, words, clock)
    settings = only.settings if only else settings
    names = Names(mdns=settings.mdns, interfaces=settings.interfaces)
    wrong = await names.missing((host.host for host in settings.hosts), settings.patience_s)
    found = [host for host in settings.hosts if host.host not in wrong]
    if not found and not (settings.discovers or (only and only.can_be_found)):
        for host in wrong:
            narrate(f'hwtui: there is no address for "{host}": check the name, or give the IPv4 address')
        if not wrong:
            _say_who_is_not_there(settings, Fleet(), only, clock)
        return UNKNOWN
    troubles = Troubles(narrate)
    zone = ZoneInfo(profile_of(settings.grid).zone)
    waiting = None
    if until is not None:
        from tui.engine.commands.until import Waiting

        waiting = Waiting(until, settings, clock)

    def listen(event: Event, fleet: Fleet) -> None:
        troubles.heard(event, fleet)
        device = fleet.devices.get(key_of(event.serial)) if isinstance(event, Measured) else None
        if isinstance(event, Measured) and device and (only is None or only.means(device)):
            output.line(_json_line(device, event.at, zone) if as_json else watch_line(device, _clock(event.at)))
        if waiting is not None:
            waiting.heard(event, fleet)

    sources = only.sources if only else ()
    monitor = Monitor(settings, clock, sources=sources, listeners=[listen], together=False)
    if only is not None:
        only.begin(monitor)
    comment = asyncio.create_task(_say_when_nothing_comes(settings, monitor, only))
    try:
        if waiting is not None:
            return await waiting.run(monitor)
        await monitor.run()
    finally:
        comment.cancel()
    return UNKNOWN  # not reached: a monitor runs until it is cancelled, or until stdout is closed


def _json_line(device: Device, at: Now, zone: ZoneInfo) -> str:
    return json.dumps(device_json(device, at, reading=True, time=iso_time(at.utc), zone=zone))


def _clock(at: Now) -> str:
    return datetime.fromtimestamp(at.utc).astimezone().strftime("%H:%M:%S")


async def _say_when_nothing_comes(settings: Settings, monitor: Monitor, only: Named | None) -> None:
    await asyncio.sleep(settings.patience_s)
    _say_who_is_not_there(settings, monitor.fleet, only, monitor.clock, ". Still listening")


def _say_who_is_not_there(
    settings: Settings, fleet: Fleet, only: Named | None, clock: Clock, and_then: str = ""
) -> None:
    if only is not None:
        for text in only.not_there(fleet, clock.now()):
            narrate(f"{text}{and_then}")
    elif not fleet.devices:
        narrate(f"{nothing_found(settings)}{and_then}")
