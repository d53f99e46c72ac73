"""Asking every device once: what `devices` and `read` have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from tui.core.events import Added, Failed
from tui.core.model import Device, State
from tui.core.moment import Now
from tui.core.settings import Settings
from tui.core.state import state_of
from tui.engine.clock import SystemClock
from tui.engine.commands.exits import UNKNOWN, code_for
from tui.engine.commands.streams import narrate
from tui.engine.monitor import Monitor
from tui.engine.poller import Depth
from tui.net.resolve import unresolvable

LAST_WORDS_S = 1.0
"""A device heard of in the last moment of listening still gets this long to answer (own choice)."""

Search = Callable[[Monitor], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of it: the devices at one moment, and the exit code that says how many answered."""

    devices: tuple[Device, ...]
    now: Now
    exit_code: int


async def ask_once(settings: Settings, depth: Depth, search: Search | None = None) -> Asked:
    """Ask every device once: those named, those that mDNS finds in `timeout_s`, those that `search` finds.

    Ends when all named ones have answered or failed; with mDNS or a search not before those are over. Hosts without
    an address, notes and an empty house are told on stderr.
    """
    wrong = unresolvable((host.host for host in settings.hosts), settings.timeout_s)
    hosts = tuple(host for host in settings.hosts if host.host not in wrong)
    # What was read a few seconds ago is not stale here, where everything is asked once.
    asking = replace(settings, hosts=hosts, interval_s=max(settings.interval_s, settings.timeout_s))
    monitor = Monitor(asking, SystemClock(), depth=depth)
    running = asyncio.create_task(monitor.run())
    try:
        await _until_asked(monitor, asking, search)
    finally:
        running.cancel()
        await asyncio.wait((running,))

    now = monitor.clock.now()
    monitor.settings = settings
    for device in list(monitor.fleet.devices.values()):
        if _is_waited_for(device, depth) and device.v1_endpoint:
            text = f"no answer within {settings.timeout_s:g} s: is it on, and is this its network?"
            monitor.apply(Failed(device.v1_endpoint, State.SILENT, text, now))
    for host in settings.hosts:
        if host.host in wrong:
            text = f'there is no address for "{host.host}": check the name, or give the IPv4 address'
            narrate(f"hwtui: {text}")
            monitor.apply(Added(host, now))
            monitor.apply(Failed(host, State.SILENT, text, now))
    for note in monitor.fleet.notes:
        narrate(f"hwtui: {note.text}")
    devices = _in_order(monitor)
    if not devices:
        narrate(nothing_found(settings, scanned=search is not None))
    answered = [state_of(device, now) is State.LIVE for device in devices]
    return Asked(devices, now, UNKNOWN if wrong else code_for(answered))


async def _until_asked(monitor: Monitor, settings: Settings, search: Search | None) -> None:
    patience_s = settings.timeout_s
    if settings.mdns or search:
        patience_s = LAST_WORDS_S
        searching = search(monitor) if search else asyncio.sleep(0)
        await asyncio.gather(asyncio.sleep(settings.timeout_s if settings.mdns else 0), searching)
    with suppress(TimeoutError):
        async with asyncio.timeout(patience_s):
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
        f"hwtui: no HomeWizard device found in {settings.timeout_s:g} s. Is this computer in the network of the meters "
        "(not a guest network), and is the Local API on (HomeWizard app: Settings > Meters > your meter > Local API)? "
        "If you know an address: hwtui read ADDRESS. If not: hwtui devices --scan"
    )
