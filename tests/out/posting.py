"""A house whose readings are posted, and the sink that does it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from tests.out.houses import a_house, listening
from tests.out.lineservers import WITHIN_S
from tui.core.events import Measured
from tui.core.model import Fleet
from tui.core.out.influxplace import parse_influx
from tui.core.reading import Measurement, System
from tui.core.settings import Settings
from tui.engine.clock import FastClock
from tui.engine.out.influx import InfluxSink
from tui.engine.out.sink import SinkState

SPEED = 400.0
"""Batches come every 25 ms."""


class House:
    """One device of a fleet, whose power counts its readings."""

    def __init__(self) -> None:
        self.clock = FastClock(SPEED)
        still, _ = a_house(devices=2)
        listening(still, [], 1)
        self.fleet: Fleet = still.fleet
        self.serial = next(one.serial for one in self.fleet.devices.values() if one.product.is_grid_meter) or ""
        self.told = 0
        self.times: list[int] = []

    def read(self, sink: InfluxSink, times: int = 1) -> None:
        for _ in range(times):
            self.told += 1
            self.tell(sink, {"power_w": float(self.told)})

    def tell(self, sink: InfluxSink, values: Mapping[str, float]) -> None:
        """One reading with these values."""
        now = self.clock.now()
        self.times.append(round(now.utc * 1000))
        sink.heard(Measured(self.serial, Measurement(dict(values)), System(), now, 0.01, 1.0), self.fleet)

    async def live(self, sink: InfluxSink, until: Callable[[], bool]) -> None:
        """It is read again and again, until something holds."""
        async with asyncio.timeout(WITHIN_S):
            while not until():
                self.read(sink)
                await asyncio.sleep(0.005)


class Running:
    """A sink that runs, and what it has told."""

    def __init__(self, house: House, where: int | str, path: str = "/write", **given: Any) -> None:
        target = parse_influx(f"http://127.0.0.1:{where}{path}" if isinstance(where, int) else f"{where}{path}")
        self.sink = InfluxSink(target, Settings(influx=target, **given), house.clock)
        self.states: list[SinkState] = []
        self._changed = asyncio.Event()

    @property
    def faults(self) -> list[str]:
        """Each that came, and "" where it was over."""
        faults = [""]
        for state in self.states:
            if state.fault != faults[-1]:
                faults.append(state.fault)
        return faults[1:]

    def tell(self, state: SinkState) -> None:
        self.sink.state = state
        self.states.append(state)
        self._changed.set()

    async def until(self, holds: Callable[[SinkState], bool]) -> SinkState:
        async with asyncio.timeout(WITHIN_S):
            while not self.states or not holds(self.states[-1]):
                self._changed.clear()
                await self._changed.wait()
        return self.states[-1]


@asynccontextmanager
async def running(house: House, where: int | str, path: str = "/write", **given: Any) -> AsyncIterator[Running]:
    """`where` is a port of this computer, or more of an address."""
    one = Running(house, where, path, **given)
    task = asyncio.create_task(one.sink.run(one.tell))
    try:
        yield one
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def powers(lines: list[str]) -> list[int]:
    return [round(float(line.split(" power_w=")[1].split(" ")[0])) for line in lines if line.startswith("hwtui,")]
