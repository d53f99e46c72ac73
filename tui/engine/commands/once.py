"""Reads every device once: shared by `devices` and `read`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui import STARTED
from tui.core.events import Event, Failed, Seen
from tui.core.model import Device, Endpoint, Fleet, State
from tui.core.moment import Now
from tui.core.settings import Settings
from tui.core.state import identified_state, state_of
from tui.engine.clock import SystemClock
from tui.engine.clockjump import without_graphs
from tui.engine.commands.exits import UNKNOWN, code_for
from tui.engine.commands.streams import narrate
from tui.engine.lines.poller import Depth
from tui.engine.monitor import Monitor
from tui.net.errors import Unreachable

if TYPE_CHECKING:  # only who names a device loads it
    from tui.engine.commands.named import Named

LAST_WORDS_S = 1.0
"""Where no timeout was given, a device that a scan found last still gets this long to answer (own choice)."""
LATE_S = 1.0
"""A device found in this time before the end was hardly asked, so its silence says little (own choice)."""

Search = Callable[[Monitor, float | None], Awaitable[None]]
"""Looks for devices in its own way, for so many seconds at most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of it: the devices at one moment, and the exit code that says how many answered."""

    devices: tuple[Device, ...]
    now: Now
    exit_code: int
    told: frozenset[str] = frozenset()
    """What was said of them on stderr already."""


async def ask_once(
    settings: Settings, depth: Depth, search: Search | None = None, wanted: Named | None = None
) -> Asked:
    """Ask every device once: those named, those that mDNS finds, those that `search` finds; or only those `wanted`.

    Ends when all named ones have answered or failed; with mDNS or a search not before those are over. All of it ends
    with the timeout, in which the program itself has started, too. Only a search without a timeout may take as long as
    it needs. Hosts without an address, notes and an empty house are told on stderr.
    """
    settings = wanted.settings if wanted else settings
    # What was read a few seconds ago is not stale here, where everything is asked once.
    asking = replace(settings, interval_s=max(settings.interval_s, settings.patience_s))
    found: dict[Endpoint, Now] = {}

    def listen(event: Event, _: Fleet) -> None:
        if isinstance(event, Seen):
            found.setdefault(event.endpoint, event.at)

    monitor = Monitor(asking, SystemClock(), depth=depth, listeners=[listen])
    if wanted is not None:
        wanted.begin(monitor)
    running = asyncio.create_task(monitor.run())
    try:
        await _until_asked(monitor, settings, search, wanted)
        stalled = {
            device.key: monitor.stalled(device, settings.patience_s) for device in monitor.fleet.devices.values()
        }
    finally:
        running.cancel()
        await asyncio.wait((running,))

    now = monitor.clock.now()
    monitor.settings = settings
    texts = set[str]()
    wrong = [host for host in settings.hosts if not monitor.names.has_address(host.host)]
    for host in wrong:
        holder = monitor.fleet.holder_of(host)
        told = holder is not None and holder.problem is not None
        within = "" if told else f" within {settings.patience_s:g} s"
        text = f'there is no address for "{host.host}"{within}: check the name, or give the IPv4 address'
        narrate(f"hwtui: {text}")
        texts.add(text)
        monitor.apply(Failed(host, State.SILENT, text, now))
    for device in list(monitor.fleet.devices.values()):
        if _is_waited_for(device, depth) and (endpoint := device.endpoint):
            error = stalled.get(device.key) or Unreachable(
                f"Not asked within {settings.patience_s:g} s: give it a longer --timeout"
            )
            kind, text = error.kind, str(error)
            if (since := found.get(endpoint)) and not device.by_hand and now.age_of(since) < LATE_S:
                kind, text = (
                    State.SILENT,
                    f"found {now.age_of(since):.1f} s before the end, no answer yet: give it a longer --timeout",
                )
            monitor.apply(Failed(endpoint, kind, text, now))
    for note in monitor.fleet.notes:
        narrate(f"hwtui: {without_graphs(note.topic, note.text)}")
    devices = wanted.picked(monitor.fleet, now) if wanted else _in_order(monitor)
    if not devices:
        narrate(nothing_found(settings, scanned=search is not None))
    state = identified_state if depth is Depth.IDENTITY else state_of
    answered = [state(device, now) is State.LIVE for device in devices]
    return Asked(devices, now, UNKNOWN if wrong else code_for(answered), frozenset(texts))


async def _until_asked(monitor: Monitor, settings: Settings, search: Search | None, wanted: Named | None) -> None:
    patience_s = settings.patience_s
    now = time.monotonic()
    end = max(STARTED + patience_s, now + patience_s / 2)  # a slow computer still gets to ask
    if wanted is not None:
        with suppress(TimeoutError):
            async with asyncio.timeout(end - now):
                await wanted.asked(monitor)
        return
    limit_s = None if search and settings.timeout_s is None else end - now
    await asyncio.gather(
        asyncio.sleep(end - now if settings.discovers else 0),
        search(monitor, limit_s) if search else asyncio.sleep(0),
    )
    left_s = LAST_WORDS_S if limit_s is None else end - time.monotonic()
    with suppress(TimeoutError):
        async with asyncio.timeout(left_s):
            await monitor.all_asked()


def _is_waited_for(device: Device, depth: Depth) -> bool:
    """Whether it was asked and has neither answered everything nor failed."""
    told = device.link.last_answer if depth is Depth.IDENTITY else device.measurement
    return told is None and device.problem is None


def _in_order(monitor: Monitor) -> tuple[Device, ...]:
    """Named ones in the order of their names, then the others by serial: two runs differ only where the house does."""
    devices = [device for device in monitor.fleet.devices.values() if not device.remembered]
    named = [device for device in devices if device.by_hand]
    return (*named, *sorted((device for device in devices if not device.by_hand), key=lambda device: device.key))


def nothing_found(settings: Settings, *, scanned: bool = False) -> str:
    """What a person may try when nothing is there."""
    if scanned:
        return (
            "hwtui: no HomeWizard device answered at any of these addresses. Is this computer in the network of the "
            "meters (not a guest network), and is the Local API on (HomeWizard app: Settings > Meters > your meter > "
            "Local API)? If you know an address: hwtui read ADDRESS"
        )
    if not settings.mdns:
        return "hwtui: nothing to ask: name a HOST, or leave out --no-mdns"
    return (
        f"hwtui: no HomeWizard device found in {settings.patience_s:g} s. Is this computer in the network of the "
        "meters (not a guest network), and is the Local API on (HomeWizard app: Settings > Meters > your meter > "
        "Local API)? If you know an address: hwtui read ADDRESS. If not: hwtui devices --scan"
    )
