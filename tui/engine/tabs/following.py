"""The monitor of a tab: it hears what the one engine hears, asks no device, and hands wishes on."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, cast

from tui.core import afar
from tui.core.battery.batteries import Batteries, Wanted
from tui.core.events import Measured, Noted
from tui.core.model import Device, DeviceSetting, Endpoint
from tui.core.reading import Identity, Measurement, Switch, System
from tui.core.settings import Settings
from tui.engine.clock import Clock
from tui.engine.command import CommandError
from tui.engine.inspector import Inspector
from tui.engine.monitor import Monitor
from tui.engine.out.sink import SinkState
from tui.engine.paired.tokens import Tokens
from tui.engine.replay.replayer import NoPollers
from tui.engine.source import Client, Emit, Listener
from tui.engine.tabs.frames import Answer, Frame, Heard, Sinks, State, next_frame
from tui.net.errors import DeviceError, Unreachable

if TYPE_CHECKING:
    from tui.core.battery.control import Outcome
    from tui.engine.lines.feeds import Feeds
    from tui.engine.lines.pollers import Pollers
    from tui.engine.lines.running import Hooks
    from tui.net.scan import Progress

ELSEWHERE = "in a browser that is not done: do it on the computer that hwtui runs on"
PATIENCE_S = 20.0
"""For the answer to a wish: the longest, a change of a battery mode, takes some requests and three looks."""


class Follower(Monitor):
    """Applies what comes through `feed`, the end of a pair of sockets, after the state it was begun with.

    `inspector` gets the record of that state, `sinks` how what goes out is doing. `ended` is called, in this monitor's
    thread, when the engine has gone.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        feed: socket.socket,
        first: State,
        *,
        listeners: Sequence[Listener],
        inspector: Inspector,
        sinks: Callable[[tuple[SinkState, ...]], None],
        ended: Callable[[], None],
    ) -> None:
        alone = replace(settings, hosts=(), mdns=False, state_dir=None, devices={})
        super().__init__(alone, clock, sources=[_Source(self, feed)], listeners=listeners, tokens=Tokens(None, clock))
        self._inspector, self._sinks, self._ended = inspector, sinks, ended
        self._number = 0
        self._asked: dict[int, asyncio.Future[object]] = {}
        self._opened = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._take(first)

    def _make_pollers(self, feeds: Feeds, hooks: Hooks) -> Pollers:
        return NoPollers(feeds, hooks)

    def _watch_meter(self, event: Measured) -> None:
        """The engine sees by itself that a meter stands still, and says so."""

    def client_of(self, device: Device) -> Client | None:
        """One that has a telegram, and nothing else."""
        return _FarClient(lambda: self._wish(afar.Telegram(device.key)))

    # ------------------------------------------------------------------ what comes

    async def follow(self, feed: socket.socket) -> None:
        """Take what comes, until the engine ends."""
        feed.setblocking(False)
        reader, self._writer = await asyncio.open_unix_connection(sock=feed)
        self._opened.set()
        try:
            while True:
                frame = await next_frame(reader)
                self._take(frame)
                if isinstance(frame, State):
                    self.apply(Noted("web", "", self.clock.now()))  # so that all who listen see it
        except (EOFError, OSError):
            self._ended()
        finally:
            self._writer.close()

    def _take(self, frame: Frame) -> None:
        match frame:
            case Heard():
                self.apply(frame.event)
            case Sinks():
                self._sinks(frame.states)
            case Answer():
                asked = self._asked.get(frame.number)
                if asked is None or asked.done():
                    return
                if frame.fault is None:
                    asked.set_result(frame.value)
                else:
                    asked.set_exception(CommandError(frame.fault))
            case State():
                self.fleet = frame.fleet
                self.trends.become(frame.trends)
                self._inspector.go_on(frame.recorder)
                self._sinks(frame.sinks)

    # ------------------------------------------------------------------ what is wished

    async def _wish(self, wish: afar.Wish) -> object:
        """What the engine answers. Raises `CommandError`."""
        self._number += 1
        number = self._number
        asked = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._opened.wait()
                if self._writer is not None:
                    self._writer.write(afar.wish_line(number, wish))
                return await asked
        except TimeoutError:
            raise CommandError("no answer: it is not known whether it was done") from None
        finally:
            del self._asked[number]

    async def _change(self, wish: afar.Wish) -> object:
        self._allow_changes()
        return await self._wish(wish)

    async def add(self, endpoint: Endpoint) -> None:
        """See `Monitor`."""
        await self._change(afar.Add(endpoint))

    async def configure(self, serial: str, words: DeviceSetting) -> None:
        """See `Monitor`."""
        await self._change(afar.Configure(serial, words))

    async def identify(self, key: str) -> None:
        """See `Monitor`."""
        await self._change(afar.Identify(key))

    async def read_switch(self, key: str) -> Switch:
        """See `Monitor`."""
        return cast("Switch", await self._change(afar.ReadSwitch(key)))

    async def set_switch(self, key: str, power_on: bool) -> Switch:
        """See `Monitor`."""
        return cast("Switch", await self._change(afar.SetSwitch(key, power_on)))

    async def change_switch(self, key: str, change: Mapping[str, bool | int]) -> Switch:
        """Refused: no key of the screen does it."""
        raise CommandError(ELSEWHERE)

    async def read_batteries(self, key: str) -> Batteries:
        """See `BatteryCommands`."""
        return cast("Batteries", await self._change(afar.ReadBatteries(key)))

    async def set_batteries(self, key: str, wanted: Wanted) -> Outcome:
        """See `BatteryCommands`."""
        return cast("Outcome", await self._change(afar.SetBatteries(key, wanted)))

    async def scan(self, networks: Iterable[IPv4Network], progress: Progress | None = None) -> int:
        """Refused."""
        raise CommandError(ELSEWHERE)


class _Source:
    """What comes from the engine, as a source of the monitor."""

    def __init__(self, follower: Follower, feed: socket.socket) -> None:
        self._follower, self._feed = follower, feed

    async def run(self, emit: Emit) -> None:
        """Until the engine ends."""
        await self._follower.follow(self._feed)


class _FarClient:
    """A device that the engine reads: its telegram, and nothing else, can be had from here."""

    timeout_s = PATIENCE_S
    connection = 0

    def __init__(self, telegram: Callable[[], Awaitable[object]]) -> None:
        self._telegram = telegram

    async def telegram(self) -> str:
        return cast("str", await self._telegram())

    async def identity(self) -> Identity:
        raise _far()

    async def measurement(self) -> tuple[Measurement, System]:
        raise _far()

    async def switch(self) -> Switch:
        raise _far()

    async def set_switch(self, *, power_on: bool) -> Switch:
        raise _far()

    async def identify(self) -> None:
        raise _far()

    async def system(self) -> System:
        raise _far()

    async def batteries(self) -> Batteries:
        raise _far()

    def stalled(self, within_s: float) -> DeviceError | None:
        return None

    async def aclose(self) -> None:
        pass


def _far() -> DeviceError:
    return Unreachable(ELSEWHERE)
