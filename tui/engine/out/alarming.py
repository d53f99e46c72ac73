"""The sink of alarms: watches, tells the screen by an event, and hands on to programs, webhooks and a broker."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tui.core.alarms.rules import without_device
from tui.core.alarms.state import Cleared, Told, alarm_of
from tui.core.alarms.words import message, told_text
from tui.core.events import Alarmed, Event
from tui.core.model import Fleet
from tui.core.profiles import profile_of
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.engine.clock import Clock, SystemClock
from tui.engine.inspector import Inspector
from tui.engine.out.alarms import LOOK_EVERY_S, Alarms, News
from tui.engine.out.around import Around
from tui.engine.out.hand import Hand
from tui.engine.out.programs import Programs, missing_programs
from tui.engine.out.sink import SinkState, Tell
from tui.engine.out.turn import Turn
from tui.engine.source import Emit

if TYPE_CHECKING:
    from tui.engine.out.failing import Failing, TakeRecord
    from tui.engine.out.webhook import Webhook

REFRESH_EVERY_S = 60.0
"""How often it is looked whether the file of prices has changed, and whether devices and programs of alarms are there
(own choice)."""

log = logging.getLogger(__name__)

Publish = Callable[[str, str], None]
"""Takes a topic and a text, hands them to the broker in its turn, and never waits."""


class Alarming:
    """See the module. Everything of it runs in the engine's loop."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        emit: Emit,
        *,
        record: TakeRecord | None = None,
        publish: Publish | None = None,
        pace: Clock | None = None,
    ) -> None:
        """`emit` is told what changes. `record` gives what was observed, for a rule that asks for the check; without it
        this keeps a record of its own. `pace` is the user's clock, where that of a simulated house may run faster."""
        self._rules = rules = settings.alarms
        self._clock, self._pace, self._emit, self._publish = clock, pace or SystemClock(), emit, publish
        profile = profile_of(settings.grid)
        self._zone = ZoneInfo(profile.zone)
        conditions = [one for rule in rules for one in (rule.when, rule.clear) if one is not None]
        self._inspector: Inspector | None = None
        self._failing: Failing | None = None
        if any("check" in condition.names for condition in conditions):
            from tui.engine.out.failing import Failing

            if record is None:
                self._inspector = Inspector(clock.now(), profile)
                record = self._inspector.record
            self._failing = Failing(settings, record)
        self._around = Around(conditions, settings.prices, self._zone, self._failing.of if self._failing else None)
        self._alarms = Alarms(rules, clock.now(), self._around)
        self._fleet = Fleet()
        self._was_heard = self._was_long = False
        self._news: list[News] = []
        self._wake = asyncio.Event()
        self._turn = Turn(settings.state_dir)
        self._tell: Tell = lambda state: None
        self._programs = Programs(settings.config_file, clock, self._zone, self._changed)
        self._runs = any(rule.run for rule in rules)
        self._lacking: list[str] = []
        self._webhooks: dict[Secret, Webhook] = {}
        urls = dict.fromkeys(rule.webhook for rule in rules if rule.webhook is not None)
        if urls:
            from tui.engine.out.webhook import Webhook

            self._webhooks = {url: Webhook(url, clock, self._zone, self._changed) for url in urls}
        topics = sum(rule.mqtt is not None for rule in rules)
        self._without_broker = "" if publish is not None or not topics else _without_broker(topics)
        self.state = SinkState("alarms", str(settings.config_file or "the settings"))

    def heard(self, event: Event, fleet: Fleet) -> None:
        """See `Sink`."""
        if isinstance(event, Alarmed):
            return
        self._fleet, self._was_heard = fleet, True
        if self._inspector is not None:
            self._inspector.heard(event, fleet)
        self._around.heard(event, fleet)
        self._take(self._alarms.heard(event, fleet, self._clock.now()))

    async def run(self, tell: Tell) -> None:
        """See `Sink`."""
        self._tell = tell
        self._changed()
        try:
            async with asyncio.TaskGroup() as group:
                for hand in self._hands:
                    group.create_task(hand.run())
                group.create_task(self._look())
                group.create_task(self._refresh())
                if self._failing is not None:
                    group.create_task(self._judge(self._failing))
                await self._watch()
        finally:
            self._turn.release()

    @property
    def _hands(self) -> tuple[Hand, ...]:
        return (*((self._programs,) if self._runs else ()), *self._webhooks.values())

    async def _watch(self) -> None:
        """Tell what changes."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            news, self._news = self._news, []
            events: list[Told] = []
            for one in news:
                events += [*one.cleared, *one.raised]
            if events:
                now = self._clock.now()
                told = tuple(told_text(event, now, self._zone) for event in events)
                self._emit(Alarmed(self._alarms.raised, told, now))
                for event in events:  # the log holds no name that a user gave
                    alarm = alarm_of(event)
                    was = "over" if isinstance(event, Cleared) else "raised"
                    log.info("alarm %s: %s at %s", was, alarm.rule.when, alarm.key or "the house")
                self._hand_on(events)

    def _take(self, news: News) -> None:
        if news.raised or news.cleared:
            self._news.append(news)
            self._wake.set()

    def _hand_on(self, events: list[Told]) -> None:
        rules = [alarm_of(event).rule for event in events]
        if not any(rule.run or rule.webhook or rule.mqtt for rule in rules) or not self._turn.is_ours():
            return
        for event, rule in zip(events, rules, strict=True):
            self._programs.put(event)
            if rule.webhook is not None:
                self._webhooks[rule.webhook].put(event)
            if rule.mqtt is not None and self._publish is not None:
                self._publish(rule.mqtt, json.dumps(message(event, self._clock.now(), self._zone)))

    async def _look(self) -> None:
        """Look at all where nothing is heard: where nobody answers there may be no event for a minute."""
        while True:
            await self._pace.sleep(LOOK_EVERY_S)
            if not self._was_heard:
                self._take(self._alarms.look(self._fleet, self._clock.now()))
            self._was_heard = False

    async def _refresh(self) -> None:
        while True:
            await self._around.refresh(self._clock.now())
            self._lacking = missing_programs(self._rules)
            if self._was_long:  # until then some may not have been found yet
                self._lacking += dict.fromkeys(without_device(self._rules, self._fleet.devices.values()))
            self._changed()
            await self._pace.sleep(REFRESH_EVERY_S)
            self._was_long = True

    async def _judge(self, failing: Failing) -> None:
        from tui.engine.out.failing import EVERY_S

        while True:
            await self._pace.sleep(EVERY_S)  # before it, nothing has been observed that could fail
            await failing.refresh(self._clock.now())
            self._changed()

    def _changed(self) -> None:
        """Tell how it goes, if that has changed."""
        faults = [
            *((self._programs.refusal,) if self._runs else ()),
            self._without_broker,
            self._failing.fault if self._failing else "",
            *self._around.faults,
            *self._lacking,
            *(hand.fault for hand in self._hands),
        ]
        fault = "; ".join(fault for fault in faults if fault)
        state = replace(
            self.state,
            fault=fault,
            last_fault=fault or self.state.last_fault,
            handed_on=sum(hand.handed_on for hand in self._hands),
            dropped=sum(hand.dropped for hand in self._hands),
        )
        if state != self.state:
            self._tell(state)


def _without_broker(topics: int) -> str:
    told = "an alarm has a topic" if topics == 1 else f"{topics} alarms have topics"
    return f"{told}, but there is no broker to publish at: name one with --mqtt"
