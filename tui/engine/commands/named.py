"""Devices named for one call, by address, name or serial: asked where they were last, else where mDNS finds them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from tui.core.events import Event, Lost, Noted, Remembered, Seen
from tui.core.fleet import LOSSES
from tui.core.model import Device, Endpoint, Fleet, Problem, State, key_of
from tui.core.moment import Now
from tui.core.settings import Settings, SettingsError
from tui.core.targets import not_known, targets_of
from tui.engine.clock import Clock
from tui.engine.commands.once import nothing_found
from tui.engine.commands.streams import narrate
from tui.engine.lines.poller import Depth
from tui.engine.monitor import Monitor
from tui.engine.source import Emit, Source
from tui.net.resolve import is_address

HEAD_START_S = 0.5
"""How long a device is asked where it was last before mDNS looks for it, too (own choice)."""
LOOK_EVERY_S = 0.02
"""How often it is looked whether all that mDNS is to find have answered."""


@dataclass(frozen=True, slots=True)
class Named:
    """Who is asked, and who is looked for: a source of a monitor, for one that runs on."""

    clock: Clock
    settings: Settings
    """With their hosts, and without a search for any others."""
    each: tuple[Endpoint | str, ...]
    """Hosts, and keys of devices, in the order in which they were named."""
    remembered: tuple[Remembered, ...] = ()
    """Where those named by a key were last."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Of the devices that are not named by a host."""
        return tuple(one for one in self.each if isinstance(one, str))

    @property
    def can_be_found(self) -> bool:
        """Whether any of those named by a key may be, so that it is worth waiting."""
        return bool(self.keys and self.settings.mdns) or bool(self.remembered)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Those of a monitor that runs on: where the devices named by a key are, as long as it runs."""
        return (self,) if self.keys and self.settings.mdns else ()

    def begin(self, monitor: Monitor) -> None:
        """Tell a monitor of these settings, before it runs, where they were last."""
        for event in self.remembered:
            monitor.apply(event)

    async def known(self, monitor: Monitor) -> None:
        """Return when each has said who it is, or why it does not, to a monitor that has the `sources`."""
        while not self._are_known(monitor.fleet):  # noqa: ASYNC110  (it may be any event of any line)
            await asyncio.sleep(LOOK_EVERY_S)
        await monitor.all_asked()

    async def asked(self, monitor: Monitor) -> None:
        """Return when each of them was asked where it is, however long that takes."""
        asking = asyncio.create_task(monitor.all_asked())
        try:
            await asyncio.wait((asking,), timeout=HEAD_START_S if self.keys else None)
            if self.settings.mdns and not self._are_known(monitor.fleet):
                await self._look_for(monitor)
        finally:
            asking.cancel()
        await monitor.all_asked()

    async def run(self, emit: Emit) -> None:
        """Hear where those named by a key are, and of nobody else."""
        from tui.net.discovery import Discovery  # loading zeroconf takes 0.1 s, so only when needed

        def heard(event: Event) -> None:
            if isinstance(event, Noted) or (isinstance(event, Seen | Lost) and key_of(event.serial) in self.keys):
                emit(event)

        await Discovery(self.clock.now, self.settings.interfaces).run(heard)

    async def _look_for(self, monitor: Monitor) -> None:
        looking = asyncio.create_task(self.run(monitor.apply))
        try:
            while not self._are_known(monitor.fleet):  # noqa: ASYNC110  (it may be any event of any line)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            looking.cancel()
            await asyncio.wait((looking,))

    def means(self, device: Device) -> bool:
        """Whether it is one of them, and not another one at an address that was theirs."""
        return device.by_hand or device.key in self.keys

    def _are_known(self, fleet: Fleet) -> bool:
        """Whether each has said who it is, or why it does not."""
        devices = [fleet.devices.get(key) for key in self.keys]
        return all(device is not None and _has_answered(device) for device in devices)

    def picked(self, fleet: Fleet, now: Now) -> tuple[Device, ...]:
        """The devices in the order in which they were named, each once; one that was not found says so.

        One at a host may have left it for another address by now: then it comes last.
        """
        found: dict[str, Device] = {}
        for one in self.each:
            device = fleet.devices.get(one) if isinstance(one, str) else fleet.holder_of(one)
            if isinstance(one, str) and (device is None or not (device.endpoints or device.problem)):
                device = self._not_found(one, now)
            if device is not None:
                found.setdefault(device.key, device)
        elsewhere = [device for device in fleet.devices.values() if device.by_hand and device.key not in found]
        return (*found.values(), *elsewhere)

    def not_there(self, fleet: Fleet, now: Now) -> list[str]:
        """A sentence for each that was not found."""
        missing = (one for one in self.picked(fleet, now) if one.key not in fleet.devices)
        return [f"hwtui: {one.label}: {one.problem.text}" for one in missing if one.problem]

    async def say_who_is_missing(self, monitor: Monitor) -> None:
        """Tell, once they had their time, of those that were not found; nobody stops looking for them."""
        await asyncio.sleep(self.settings.patience_s)
        for text in self.not_there(monitor.fleet, monitor.clock.now()):
            narrate(f"{text}. Still listening")

    def _not_found(self, key: str, now: Now) -> Device:
        words = self.settings.devices.get(key)
        how = f"within {self.settings.patience_s:g} s" if self.settings.mdns else "without mDNS"
        text = f"Not found {how}: is it on, and in this network? If you know its address, name that instead"
        name = words.name if words else None
        return Device(key, serial=key, name=name, problem=Problem(State.SILENT, text, now))


def _has_answered(device: Device) -> bool:
    refused = device.problem is not None and device.problem.kind not in LOSSES
    return device.link.last_answer is not None or refused


async def named(settings: Settings, words: Sequence[str], clock: Clock) -> Named:
    """What `words` mean, each an address, or the name or serial of a device that is known from the config file or from
    an earlier run in this network. The hosts of the settings are not among them; only where mDNS may not look for a
    device that was never met is it looked for there. Raises `SettingsError`."""
    remembered = [] if all(map(_is_address, words)) else await _remembered(settings, clock)
    each = list[Endpoint | str]()
    for word in words:
        meant = targets_of([word], settings, remembered)
        for hint in meant.hints:
            narrate(f"hwtui: {hint}")
        if not (meant.hosts or meant.keys):  # it is read as something that is not looked for here
            raise SettingsError(not_known(word, ()))
        each += (*meant.hosts, *meant.keys)
    lost = {one for one in each if isinstance(one, str)} - {key_of(event.identity.serial) for event in remembered}
    if lost and settings.hosts and not settings.mdns:
        where = await _at_hosts(settings, clock, lost)
        each = [where.get(one, one) if isinstance(one, str) else one for one in each]
    hosts = tuple(dict.fromkeys(one for one in each if isinstance(one, Endpoint)))
    known = tuple(event for event in remembered if key_of(event.identity.serial) in each)
    return Named(clock, replace(settings, hosts=hosts, discover=False), tuple(each), known)


async def named_if_any(settings: Settings, words: Sequence[str], clock: Clock) -> Named | None:
    """The same; None without words. Raises `SettingsError`."""
    return await named(settings, words, clock) if words else None


def why_nobody(settings: Settings, only: Named | None, now: Now) -> list[str] | None:
    """What to say where there is nobody to ask and nobody to wait for; None where there is."""
    if settings.hosts or settings.discovers or (only and only.can_be_found):
        return None
    return only.not_there(Fleet(), now) if only else [nothing_found(settings)]


async def _at_hosts(settings: Settings, clock: Clock, keys: Collection[str]) -> dict[str, Endpoint]:
    """The hosts of the settings at which these devices are, as far as they say so in half the time that there is."""
    monitor = Monitor(replace(settings, discover=False), clock, depth=Depth.IDENTITY)
    running = asyncio.create_task(monitor.run())
    asking = asyncio.create_task(monitor.all_asked())

    def found() -> dict[str, Endpoint]:
        devices = ((key, monitor.fleet.devices.get(key)) for key in keys)
        return {key: device.endpoint for key, device in devices if device is not None and device.endpoint}

    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(settings.patience_s / 2):
                while len(found()) < len(keys) and not asking.done():  # noqa: ASYNC110  (any event of any line)
                    await asyncio.sleep(LOOK_EVERY_S)
    finally:
        for task in (asking, running):
            task.cancel()
        await asyncio.wait((asking, running))
    return found()


def _is_address(word: str) -> bool:
    return is_address(word.removeprefix("//").partition(":")[0])


async def _remembered(settings: Settings, clock: Clock) -> list[Remembered]:
    from tui.engine.remembered import Cache  # only who names a device needs it
    from tui.net.interfaces import network_id

    cache = Cache(settings.state_dir) if settings.state_dir else None
    return cache.load(await asyncio.to_thread(network_id), clock.now()) if cache and cache.exists else []
