"""A house whose devices never answer by themselves, and the two ends of what a tab is fed through."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from tui.core.events import Added, Event, Identified, Measured
from tui.core.model import Device, DeviceSetting, Endpoint
from tui.core.profiles import profile_of
from tui.core.reading import Identity, Measurement, Switch, System
from tui.core.settings import Settings
from tui.engine.clock import SystemClock
from tui.engine.command import CommandError
from tui.engine.inspector import Inspector
from tui.engine.keeping.keeper import Keeper
from tui.engine.out.sink import SinkState
from tui.engine.replay.replayer import Replayer
from tui.engine.source import Client, Listener
from tui.engine.tabs.following import Follower
from tui.engine.tabs.frames import State, first_frame
from tui.engine.tabs.hub import Hub
from tui.engine.tabs.wishes import Wishes

HOST = Endpoint("10.0.0.5")
SERIAL = "AABBCCDDEE01"
KEY = SERIAL.casefold()
MQTT = SinkState("mqtt", "mqtt://10.0.0.9")


class House(Replayer):
    """The monitor of the engine. `did` is what was asked of its devices."""

    def __init__(self, listeners: list[Listener]) -> None:
        super().__init__(Settings(mdns=False), SystemClock(), listeners=listeners)
        self.did: list[object] = []
        self.telegram_gate = asyncio.Event()
        self.telegram_gate.set()

    def client_of(self, device: Device) -> Client | None:
        return cast("Client", _P1(self))

    async def set_switch(self, key: str, power_on: bool) -> Switch:
        self.did.append((key, power_on))
        if not power_on:
            raise CommandError("it is locked")
        return Switch(power_on=power_on)

    async def configure(self, serial: str, words: DeviceSetting) -> None:
        self.did.append(words.name)
        await super().configure(serial, words)

    def measure(self, power_w: float) -> None:
        """A reading of the P1."""
        now = self.clock.now()
        self.apply(
            Measured(SERIAL, Measurement({"power_w": power_w, "energy_import_kwh": 7.0}), System(), now, 0.01, 1.0)
        )


class _P1:
    timeout_s = 1.0

    def __init__(self, house: House) -> None:
        self._house = house

    async def telegram(self) -> str:
        self._house.did.append("telegram")
        await self._house.telegram_gate.wait()
        return "/ISK5\r\n"


@dataclass
class Served:
    """A house, and the hub that hands on what it hears."""

    control: bool = False
    sinks: tuple[SinkState, ...] = (MQTT,)
    states: int = 0
    """How often the whole state was sent."""
    house: House = field(init=False)
    hub: Hub = field(init=False)

    def __post_init__(self) -> None:
        inspector = Inspector(SystemClock().now(), profile_of(None))
        recorder = inspector.load()
        listeners: list[Listener] = [inspector.heard]
        self.house = house = House(listeners)
        keeper = Keeper(Settings(grid="be-vlg"), house.clock, house.trends, None)
        listeners += [keeper.heard, lambda event, fleet: self.hub.heard(event, fleet)]

        def state() -> State:
            self.states += 1
            return State(house.fleet, house.trends, recorder, keeper.counts, self.sinks)

        self.hub = Hub(state, Wishes(house, control=self.control).fulfil)
        house.apply(Added(HOST, house.clock.now()))
        house.apply(Identified(HOST, Identity(SERIAL, "HWE-P1", "P1 meter", "6.00", "v1"), house.clock.now()))

    @asynccontextmanager
    async def tab(self, *, read_only: bool = False) -> AsyncIterator[Tab]:
        """A screen's side of it, which runs until the end of this."""
        ours, theirs = socket.socketpair()
        unfeed = await self.hub.add(ours)
        first = await asyncio.to_thread(first_frame, theirs, 5.0)
        assert isinstance(first, State)
        tab = Tab(theirs, first, unfeed, read_only=read_only)
        running = asyncio.create_task(tab.monitor.run())
        try:
            yield tab
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            unfeed()
            theirs.close()  # where it ended before it began


class Tab:
    """What a tab knows."""

    def __init__(self, end: socket.socket, first: State, unfeed: Callable[[], None], *, read_only: bool) -> None:
        self.unfeed, self.end, self.counts = unfeed, end, first.counts
        self.heard: list[Event] = []
        self.ended = asyncio.Event()
        self.sinks: tuple[SinkState, ...] = ()
        self.inspector = Inspector(SystemClock().now(), profile_of(None))
        self.monitor = Follower(
            Settings(read_only=read_only),
            SystemClock(),
            end,
            first,
            listeners=[lambda event, fleet: self.heard.append(event), self.inspector.heard],
            inspector=self.inspector,
            sinks=self._take,
            ended=self.ended.set,
        )

    def _take(self, states: tuple[SinkState, ...]) -> None:
        self.sinks = states

    @property
    def power_w(self) -> Any:
        """What the P1 last told, as this tab knows it."""
        return self.monitor.fleet.devices[KEY].number("power_w")


async def until(holds: Callable[[], object]) -> None:
    """Wait for something that other tasks do."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


@pytest.fixture
async def served() -> Served:
    """A house to look at."""
    return Served()
