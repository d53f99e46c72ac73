"""`hwtui watch --until`: waits until a condition holds of one of the devices."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tui.core.alarms.condition import Condition, duration_text
from tui.core.alarms.grammar import ConditionError, parse_condition, parse_duration
from tui.core.alarms.rules import Rule
from tui.core.alarms.state import Alarm
from tui.core.alarms.subjects import PRICE
from tui.core.alarms.words import raised_text
from tui.core.events import Event
from tui.core.model import Fleet
from tui.core.profiles import profile_of
from tui.core.settings import Settings, SettingsError
from tui.engine.clock import Clock
from tui.engine.commands.exits import OK, UNKNOWN, WARNING
from tui.engine.commands.streams import narrate
from tui.engine.monitor import Monitor
from tui.engine.out.alarms import Alarms
from tui.engine.out.around import Around

PRICES_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Until:
    """What is waited for."""

    condition: Condition
    timeout_s: float | None = None


def until_of(condition: str, timeout: str | None, settings: Settings) -> Until:
    """What is waited for, as typed. Raises `SettingsError`, which says with its place what cannot be."""
    try:
        asked = parse_condition(condition)
        if "check" in asked.names:
            raise ConditionError(0, "the check is not waited for here: hwtui check judges the installation")
        if PRICE in asked.names and settings.prices is None:
            raise ConditionError(0, "there are no prices: see hwtui help prices")
    except ConditionError as error:
        raise SettingsError(f"--until: {error}") from None
    try:
        seconds = f"{timeout}s" if timeout and timeout.strip()[-1:].isdigit() else timeout  # as everywhere else
        return Until(asked, None if seconds is None else parse_duration(seconds))
    except ConditionError as error:
        raise SettingsError(f"--timeout: {error}") from None


class Waiting:
    """Hears the events of a watch until it holds."""

    def __init__(self, until: Until, settings: Settings, clock: Clock) -> None:
        self._until = until
        self._clock = clock
        zone = ZoneInfo(profile_of(settings.grid).zone)
        self._around = Around([until.condition], settings.prices, zone)
        self._alarms = Alarms([Rule(until.condition)], clock.now(), self._around, group_s=0.0)
        self._holds = asyncio.Event()
        self._alarm: Alarm | None = None

    def heard(self, event: Event, fleet: Fleet) -> None:
        """A listener of the monitor."""
        self._around.heard(event, fleet)
        self._take(self._alarms.heard(event, fleet, self._clock.now()).raised)

    async def run(self, monitor: Monitor) -> int:
        """Run the monitor until it holds, or the time is over; the exit code."""
        tasks = [asyncio.create_task(work) for work in (monitor.run(), self._look(monitor), self._holds.wait())]
        try:
            done, _ = await asyncio.wait(tasks, timeout=self._until.timeout_s, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await task  # what ended it, such as a stdout that cannot be written
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return self._told()

    def _told(self) -> int:
        """Say how it ended; the exit code."""
        condition, timeout_s = self._until.condition, self._until.timeout_s
        if self._alarm is not None:
            now = self._clock.now()
            here = datetime.fromtimestamp(now.utc).astimezone().tzinfo or UTC  # the lines before it have this time
            narrate(f"hwtui: {raised_text(self._alarm, now, here)}")
            return OK
        over = f"within {duration_text(timeout_s)}" if timeout_s else "so far"
        for fault in self._around.faults[:1]:
            narrate(f"hwtui: {fault}")
        if self._alarms.knows:
            narrate(f"hwtui: it did not hold {over}: {condition}")
            return WARNING
        narrate(f"hwtui: no device told it {over}: {condition}")
        return UNKNOWN

    async def _look(self, monitor: Monitor) -> None:
        """Look at all devices once a second: where nobody answers there may be no event for a minute."""
        seconds = 0.0
        while True:
            if seconds % PRICES_EVERY_S == 0:
                await self._around.refresh(self._clock.now())
            self._take(self._alarms.look(monitor.fleet, self._clock.now()).raised)
            seconds += 1
            await self._clock.sleep(1.0)

    def _take(self, raised: tuple[Alarm, ...]) -> None:
        if raised and self._alarm is None:
            self._alarm = raised[0]
            self._holds.set()
