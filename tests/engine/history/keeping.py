"""A house that measures on a clock which a test moves, and whose history is written whenever the test says so."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tui.core.counting.ledger import Ledger
from tui.core.events import ClockStood, Event, Identified, Measured
from tui.core.fleet import reduce
from tui.core.model import Endpoint, Fleet
from tui.core.moment import Now
from tui.core.past.history import LEVELS, Level, Row
from tui.core.reading import External, Identity, Measurement, System, Value
from tui.engine.history.collector import Collector
from tui.engine.history.database import connect
from tui.engine.history.orders import Order
from tui.engine.history.rows import row_of
from tui.engine.history.schema import FILE, series_of_row
from tui.engine.history.writer import Writer

ZONE = ZoneInfo("Europe/Amsterdam")
START = 1_800_000_000.0
"""15 January 2027, 08:00:00 UTC: 09:00 in the Netherlands, a whole hour."""


class SetClock:
    """A clock that stands where it is put."""

    def __init__(self, utc: float = START) -> None:
        self.at = Now(utc, 1000.0)

    def now(self) -> Now:
        return self.at

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here sleeps")


class House:
    """Devices, the collector that hears them, and what it hands over."""

    def __init__(self, hand_over: Callable[[Order], None], clock: SetClock | None = None) -> None:
        self.clock = clock or SetClock()
        self.fleet = Fleet()
        self.ledger = Ledger(ZONE)
        self.collector = Collector(self.ledger, hand_over, self.clock.at)

    def device(self, serial: str, product: str = "HWE-P1") -> str:
        """One more device."""
        endpoint = Endpoint(f"192.168.1.{10 + len(self.fleet.devices)}")
        self.hear(Identified(endpoint, Identity(serial, product, firmware_version="4.19", api_version="v1"), self.now))
        return serial

    @property
    def now(self) -> Now:
        return self.clock.at

    def hear(self, event: Event) -> None:
        """What the keeper does with an event."""
        self.fleet = reduce(self.fleet, event)
        self.collector.pass_time(self.now)
        self.ledger.heard(event, self.fleet)
        self.collector.heard(event, self.fleet, self.now)

    def measure(self, serial: str, values: Mapping[str, Value], *external: External) -> None:
        """An answer of a device, now."""
        self.hear(Measured(serial, Measurement(values, external), System(), self.now, 0.01, 1.0))

    def stood(self, serial: str) -> None:
        """Its telegram's clock stands still, and has for a minute."""
        self.hear(ClockStood(serial, True, self.now))

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.at = self.clock.at.plus(seconds)
        self.collector.pass_time(self.now)

    def jump(self, seconds: float) -> None:
        """Set the clock."""
        self.clock.at = Now(self.clock.at.utc + seconds, self.clock.at.monotonic)


class Kept:
    """A house and the writer of its history, in one thread."""

    def __init__(self, folder: Path, clock: SetClock | None = None) -> None:
        self.notes: list[str] = []
        clock = clock or SetClock()
        self.writer = Writer(folder, ZONE, clock, self.notes.append)
        self.house = House(self.writer.put, clock)

    def run(
        self,
        serial: str,
        seconds: int,
        values: Callable[[float], Mapping[str, Value]],
        every: int = 20,
        step_s: int = 900,
    ) -> None:
        """Measure every so many seconds, and let the writer work; `values` are those at a moment (since 1970)."""
        for second in range(0, seconds, every):
            self.house.measure(serial, values(self.house.now.utc))
            self.house.wait(every)
            if (second + every) % step_s < every:
                self.writer.step()
        self.writer.step()

    def end(self) -> None:
        """As the program ends."""
        self.house.collector.close(self.house.now)
        self.writer.end()
        self.writer.step()
        self.writer.finish()


def gas(at: datetime, value: float, unique_id: str = "4730303339") -> External:
    """A reading of a gas meter; its time is local."""
    return External("gas_meter", unique_id, value, "m3", at)


def constant(watts: float, since: float = START) -> Callable[[float], Mapping[str, Value]]:
    """What a meter says that has always counted so much power."""
    return lambda utc: {"power_w": watts, "energy_import_kwh": 1000.0 + watts * (utc - since) / 3.6e6}


def stored(folder: Path, level: Level, series: int = 1) -> list[Row]:
    """What the file holds of a series, oldest first."""
    connection = connect(folder / FILE, read_only=True)
    try:
        rows = connection.execute(f"SELECT * FROM {level.name} ORDER BY id").fetchall()
    finally:
        connection.close()
    return [row_of(level, row) for row in rows if series_of_row(row[0]) == series]


def everything(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables."""
    connection = connect(folder / FILE, read_only=True)
    tables = ["series", "gap", *(level.name for level in LEVELS)]
    try:
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    finally:
        connection.close()


def is_sound(folder: Path) -> bool:
    """Whether SQLite finds nothing wrong with the file."""
    connection = sqlite3.connect(folder / FILE)
    try:
        return [row[0] for row in connection.execute("PRAGMA integrity_check")] == ["ok"]
    finally:
        connection.close()
