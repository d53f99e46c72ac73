"""`hwtui check`: watches the house for a while, judges what it saw, and hands over a report."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from zoneinfo import ZoneInfo

from tui import STARTED
from tui.core.checks.record import Record
from tui.core.settings import Settings
from tui.engine.clock import SystemClock
from tui.engine.commands.checkover import hand_over, say_unknown
from tui.engine.commands.checkplan import Plan
from tui.engine.commands.checktalk import Talk
from tui.engine.commands.exits import UNKNOWN
from tui.engine.commands.named import Named, named_if_any, why_nobody
from tui.engine.commands.once import nothing_found
from tui.engine.commands.run import Output
from tui.engine.commands.streams import narrate
from tui.engine.commands.troubles import Troubles
from tui.engine.inspector import Inspector
from tui.engine.lines.poller import Depth
from tui.engine.monitor import Monitor
from tui.net.resolve import Names

FIRST_S, LEAST_FIRST_S = 4.5, 1.0
"""First results are said this long after the program was started: 5 s is what a customer waits. Where names took that
long to look up, devices still get this long to answer."""
TICK_S = 1.0


async def check(plan: Plan, output: Output) -> int:
    """Make a check and write its report; the exit code of its worst verdict.

    Cancelled by a signal, it writes the report of what it saw so far, and is cancelled all the same. Raises
    `SettingsError` where a device is named that cannot be meant.
    """
    only = await named_if_any(plan.settings, plan.names, SystemClock())
    plan = replace(plan, settings=only.settings) if only else plan
    settings = plan.settings
    names = Names(mdns=settings.mdns, interfaces=settings.interfaces)
    wrong = await names.missing((host.host for host in settings.hosts), settings.patience_s)
    for host in wrong:
        narrate(f'hwtui: there is no address for "{host}": check the name, or give the IPv4 address')
    settings = replace(settings, hosts=tuple(host for host in settings.hosts if host.host not in wrong))
    if (texts := why_nobody(settings, only, SystemClock().now())) is not None:
        for text in [] if wrong else texts:
            narrate(text)
        say_unknown(plan, output)
        return UNKNOWN
    return await _Check(plan, settings, only, output).run()


class _Check:
    """One check under way."""

    def __init__(self, plan: Plan, settings: Settings, only: Named | None, output: Output) -> None:
        self._plan, self._settings, self._only, self._output = plan, settings, only, output
        self._clock = SystemClock()
        self._inspector = Inspector(self._clock.now(), plan.installation.profile)
        self._installation = plan.installation
        self._talk = Talk(plan)
        troubles = Troubles(self._talk.trouble)
        listeners, sources = [self._inspector.heard, troubles.heard], only.sources if only else ()
        self._monitor = Monitor(settings, self._clock, depth=Depth.CHECK, sources=sources, listeners=listeners)
        if only is not None:
            only.begin(self._monitor)

    async def run(self) -> int:
        """Until its time is over, or nothing was found, or it is cancelled."""
        running = asyncio.create_task(self._monitor.run())
        try:
            if await self._watch(running):
                await self._look_back()
                return self._hand_over(partial=False)
            if self._only is None:
                narrate(nothing_found(self._settings))
            say_unknown(self._plan, self._output)
            return UNKNOWN
        except asyncio.CancelledError:
            if self._output.is_over:  # a signal, and not a reader that has gone
                self._hand_over(partial=True)
            raise
        finally:
            self._talk.over()
            running.cancel()
            await asyncio.wait((running,))

    async def _watch(self, running: asyncio.Task[None]) -> bool:
        """Watch for the whole time; False as soon as it is clear that there is nothing to watch."""
        started, patience_s = self._clock.now(), self._settings.patience_s
        duration_s = max(self._plan.duration_s, patience_s if self._settings.discovers else 0.0)
        first_s = min(duration_s, max(LEAST_FIRST_S, FIRST_S - (time.monotonic() - STARTED)))
        if self._settings.discovers:
            await self._pass(running, min(first_s, patience_s))
        else:
            await self._until_asked(first_s)
        if self._monitor.fleet.devices:
            self._talk.first(self._record())
        while (passed_s := self._clock.now().age_of(started)) < duration_s:
            if passed_s >= patience_s:
                self._say_who_is_not_there()
            if self._monitor.fleet.devices:
                self._talk.go_on(self._record, passed_s)
            elif passed_s >= patience_s:
                return False
            await self._pass(running, min(TICK_S, duration_s - passed_s))
        self._say_who_is_not_there()
        return bool(self._monitor.fleet.devices)

    def _say_who_is_not_there(self) -> None:
        """Of those that were named; each is told of once."""
        if self._only is not None:
            for text in self._only.not_there(self._monitor.fleet, self._clock.now()):
                self._talk.trouble(text)

    async def _pass(self, running: asyncio.Task[None], seconds: float) -> None:
        """Let time pass. Raises what ended the monitor."""
        done, _ = await asyncio.wait((running,), timeout=seconds)
        if done:
            await running

    async def _until_asked(self, most_s: float) -> None:
        """Until every device that was named has answered or failed once."""
        with suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                await asyncio.sleep(0)  # the monitor begins
                await (self._only.known(self._monitor) if self._only else self._monitor.all_asked())

    async def _look_back(self) -> None:
        """Ask the history, if there is one, for the week before."""
        folder, profile = self._settings.state_dir, self._plan.installation.profile
        if folder is None or not self._settings.history:
            return
        from tui.engine.checkpast import befores
        from tui.engine.history.reader import open_past

        zone = ZoneInfo(profile.zone)
        with open_past(folder, zone) as past:
            if past is not None:
                keys = tuple(self._monitor.fleet.devices)
                found = await asyncio.to_thread(befores, past, keys, self._clock.now().utc, zone)
                self._installation = replace(self._installation, before=found)

    def _record(self) -> Record:
        return self._inspector.record(self._clock.now(), self._installation)

    def _hand_over(self, *, partial: bool) -> int:
        """Write the report; the exit code."""
        self._talk.over()
        return hand_over(self._plan, self._record(), self._talk, self._output, partial=partial)
