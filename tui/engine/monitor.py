"""The monitor: events in, one fleet out. The screen and the JSON commands use the same one.

Everything here runs in one event loop, and `apply` never waits, so the fleet has one owner and needs no lock.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tui.core.doubt.dating import dated
from tui.core.doubt.invert import as_wired
from tui.core.doubt.standstill import stands_still
from tui.core.events import (
    Added,
    Certified,
    ClockStood,
    Configured,
    Event,
    Failed,
    Identified,
    Lost,
    Measured,
    Noted,
    Paired,
    Remembered,
    Seen,
    SwitchRead,
    Unpaired,
)
from tui.core.fleet import reduce
from tui.core.link.claims import has_to_be_asked
from tui.core.model import Device, DeviceSetting, Endpoint, Fleet, key_of
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.core.reading import Switch
from tui.core.settings import Settings
from tui.engine.clock import Clock
from tui.engine.clockjump import ClockJumps
from tui.engine.command import CommandError
from tui.engine.commanding import BatteryCommands, changed
from tui.engine.lines.feeds import Feeds, Speakers, feeds_for
from tui.engine.lines.poller import Depth
from tui.engine.lines.pollers import Pollers
from tui.engine.lines.running import Hooks
from tui.engine.opening import opening_events
from tui.engine.paired.tokens import Tokens
from tui.engine.paired.v2clients import Connect, connector
from tui.engine.source import Client, ClientFactory, Listener, Source
from tui.engine.trends import Trends
from tui.net.errors import DeviceError
from tui.net.resolve import Names

if TYPE_CHECKING:  # only who scans loads it
    from tui.net.scan import Progress

RESTART_S = 60.0
"""A source that crashed is restarted after this long."""

log = logging.getLogger(__name__)


class Monitor(BatteryCommands):
    """Runs the sources and keeps one line per device in step with the fleet."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        depth: Depth = Depth.LIVE,
        sources: Sequence[Source] = (),
        opening: Sequence[Event] = (),
        listeners: Sequence[Listener] = (),
        client_factory: ClientFactory | None = None,
        v2: Speakers | None = None,
        paired_client: Connect | None = None,
        tokens: Tokens | None = None,
        rng: random.Random | None = None,
        together: bool = True,
    ) -> None:
        """Devices are read through the real clients, unless a `client_factory` is given: then that one speaks API v1,
        and v2 is spoken only if its factories `v2` are given, too. A `paired_client` pairs. What is pushed is taken
        once a second, all `together`, unless each value is wanted at once."""
        self.settings = settings
        self.clock = clock
        self.fleet = Fleet()
        self.trends = Trends()
        self._sources = sources
        self._opening = opening
        self._listeners = listeners
        self.names = Names(mdns=settings.mdns, interfaces=settings.interfaces)
        self.tokens = tokens or Tokens(settings.state_dir, clock)
        self.paired_client: Connect = paired_client or connector(settings, self.names)
        self._tasks: set[asyncio.Task[None]] = set()
        self._broken: asyncio.Future[None] | None = None
        self._jumps = ClockJumps()
        self._zone = ZoneInfo(profile_of(settings.grid).zone)
        rng = rng or random.Random()
        feeds = feeds_for(settings, clock, depth, rng, self._zone, self.names, client_factory, v2, together=together)
        hooks = Hooks(self.apply, self._keep, self._start, self.tokens.of)
        self._pollers = self._make_pollers(feeds, hooks)

    async def run(self) -> None:
        """Run until cancelled. Raises only what a listener raised; a source that crashes is noted and restarted."""
        self._broken = asyncio.get_running_loop().create_future()
        try:
            for event in self._opening or opening_events(self.settings, self.clock.now()):
                self.apply(event)
            for event in self.tokens.news(self.clock.now()):
                self.apply(event)
            self._start(self._keep("tokens", self.tokens))
            self._pollers.begin(self.fleet)
            if self.settings.discovers:
                self._start(self._keep("mDNS", self._discovery()))
            for source in self._sources:
                self._start(self._keep(type(source).__name__, source))
            await self._broken
        finally:
            self._pollers.end()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def all_asked(self) -> None:
        """Return when every device known by then has been polled once, successfully or not."""
        await self._pollers.all_asked()

    def stalled(self, device: Device, within_s: float) -> DeviceError | None:
        """How far the request to a device that is under way has come; None if there is none."""
        client = self._pollers.client_of(device)
        return client.stalled(within_s) if client else None

    def client_of(self, device: Device) -> Client | None:
        """The connection to a device, over the API that it is read by; None while it is not read."""
        return self._pollers.client_of(device)

    def apply(self, event: Event) -> None:
        """Apply one event. An exception of a listener ends `run`."""
        now = self.clock.now()
        self._watch_clock(now)
        if isinstance(event, Measured):
            event = dated(as_wired(event, self.fleet), self._zone)
        before, self.fleet = self.fleet, reduce(self.fleet, event)
        self.tokens.heard(event)
        match event:
            case Measured() | ClockStood() if device := self.fleet.devices.get(key_of(event.serial)):
                self._follow_trend(device, event, now)
                self._pollers.look_at_home(device)
            case Seen():
                self._pollers.follow(self.fleet)
                key = key_of(event.serial)
                self._pollers.wake(self.fleet.devices.get(key), announced=True)
                if has_to_be_asked(self.fleet, event.endpoint, key):
                    self._pollers.prove(event.endpoint, key, event.serial)
            case Failed() if device := before.holder_of(event.endpoint):
                if self.fleet.devices[device.key].endpoints != device.endpoints:
                    self._pollers.follow(self.fleet)
                self._pollers.look_at_home(self.fleet.devices[device.key])
            case Added():
                self._pollers.follow(self.fleet)
                self._pollers.wake(self.fleet.holder_of(event.endpoint))
            case Configured():
                if self._is_turned(before, key_of(event.serial)):
                    self.trends.forget(key_of(event.serial))  # never both signs in one graph
                self._pollers.follow(self.fleet)
            case Lost() | Remembered() | Identified() | Certified() | Paired() | Unpaired():
                self._pollers.follow(self.fleet)
                for key in before.devices.keys() - self.fleet.devices.keys():
                    self.trends.forget(key)
        try:
            for listener in self._listeners:
                listener(event, self.fleet)
        except Exception as error:
            if self._broken is None:
                raise
            if not self._broken.done():
                self._broken.set_exception(error)
        if isinstance(event, Measured):
            self._watch_meter(event)

    def _watch_meter(self, event: Measured) -> None:
        """A smart meter that has gone quiet is told after the reading that shows it."""
        device = self.fleet.devices.get(key_of(event.serial))
        if device is not None and stands_still(device, event.at, self._zone):
            self.apply(ClockStood(event.serial, still=True, at=event.at))

    def _follow_trend(self, device: Device, event: Measured | ClockStood, now: Now) -> None:
        """Values repeated by a frozen meter are no measurements: the trend has a gap from when it stopped."""
        if isinstance(event, ClockStood):
            if device.frozen is not None:
                self.trends.cut(device.key, now.utc_of(device.frozen) + 1.0)
        elif device.frozen is None:
            self.trends.add(device.key, event.measurement.values, now.utc_of(event.at), event.interval_s)

    def _is_turned(self, before: Fleet, key: str) -> bool:
        old, new = before.devices.get(key), self.fleet.devices.get(key)
        return old is not None and new is not None and old.is_inverted is not new.is_inverted

    def _watch_clock(self, now: Now) -> None:
        """Before every event, failures included: the longest wait between two is a minute. Without graphs, no note."""
        jump_s = self._jumps.since_last(now)
        if jump_s and self.trends.clear():
            self.apply(self._jumps.note(jump_s, now))
        elif withdrawal := self._jumps.withdrawal(now):
            self.apply(withdrawal)

    # ------------------------------------------------------------------ sources

    def _discovery(self) -> Source:
        from tui.net.discovery import Discovery  # loading zeroconf takes 0.1 s, so only when needed

        return Discovery(self.clock.now, self.settings.interfaces)

    async def _keep(self, what: str, source: Source) -> None:
        """Run a source to its end. A crash is noted and the source restarted; the others keep running."""
        while True:
            try:
                return await source.run(self.apply)
            except Exception:
                log.exception("%s crashed", what)
                text = f"{what} stopped: a bug in this program. It restarts in a minute; a log file has details"
                self.apply(Noted(what, text, self.clock.now()))
            await self.clock.sleep(RESTART_S)
            self.apply(Noted(what, "", self.clock.now()))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _make_pollers(self, feeds: Feeds, hooks: Hooks) -> Pollers:
        return Pollers(feeds, hooks)

    # ------------------------------------------------------------------ commands

    async def add(self, endpoint: Endpoint) -> None:
        """Add a host given by hand."""
        self.apply(Added(endpoint, self.clock.now()))

    async def configure(self, serial: str, words: DeviceSetting) -> None:
        """Apply the user's settings for a device."""
        self.apply(Configured(serial, words))

    async def identify(self, key: str) -> None:
        """Blink a device's LED. Raises `CommandError`, `DeviceError`."""
        self._allow_changes()
        device, client = self._reach(key)
        if not device.product.can_identify:
            raise CommandError(f"{device.label} has no LED to blink")
        await client.identify()

    async def read_switch(self, key: str) -> Switch:
        """Read a socket's switch and lock now. Raises `CommandError`, `DeviceError`."""
        device, client = self._reach_switch(key)
        switch = await client.switch()
        self.apply(SwitchRead(device.key, switch, self.clock.now()))
        return switch

    async def set_switch(self, key: str, power_on: bool) -> Switch:
        """Switch a socket and read back its state. Raises `CommandError`, `DeviceError`."""
        return await self._set(key, lambda client: client.set_switch(power_on=power_on))

    async def change_switch(self, key: str, change: Mapping[str, bool | int]) -> Switch:
        """Set fields of a socket's state and read it back. Raises `CommandError`, `DeviceError`."""
        return await self._set(key, lambda client: changed(client, change))

    async def _set(self, key: str, put: Callable[[Client], Awaitable[Switch]]) -> Switch:
        """The socket's identity is read first: if another one has this address by now, that one would lose its power.

        Raises `CommandError`, `DeviceError`."""
        self._allow_changes()
        device, client = self._reach_switch(key)
        if key_of((await client.identity()).serial) != device.key:
            raise CommandError(f"another device answers at the address of {device.label}: nothing was switched")
        answer = await put(client)
        self.apply(SwitchRead(device.key, answer, self.clock.now()))
        return await self.read_switch(key)

    async def scan(self, networks: Iterable[IPv4Network], progress: Progress | None = None) -> int:
        """Try every address of private networks; return at how many a device answered. Raises `CommandError`."""
        from tui.engine.scanning import search

        return await search(self, networks, progress)

    def _allow_changes(self) -> None:
        if self.settings.read_only:
            raise CommandError("read-only: nothing is switched, set or blinked")

    def _reach_switch(self, key: str) -> tuple[Device, Client]:
        device, client = self._reach(key)
        if not device.product.can_switch:
            raise CommandError(f"{device.label} has no switch")
        return device, client

    def _reach(self, key: str) -> tuple[Device, Client]:
        """An identified device, and the connection to it."""
        device = self.fleet.devices.get(key)
        if device is None:
            raise CommandError(f"{key} is not here (any more)")
        client = self._pollers.client_of(device)
        if client is None:
            raise CommandError(f"{device.label} is not being polled, so nothing can be sent to it")
        if device.serial is None:
            raise CommandError(f"{device.label} has not identified itself yet")
        return device, client
