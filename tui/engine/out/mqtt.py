"""The sink that hands the states of devices to an MQTT broker.

Everything that must arrive goes with QoS 1, and no more than `AT_ONCE` devices are under way: so a broker that is slow
or hangs holds up this task, and meanwhile each device keeps one mark that it has something new. What is sent is made
of the fleet only when its turn has come: the newest state wins, and memory does not grow.

Two waits instead of one back-off: a broker that is away is looked for every second, since its newest state
is due two seconds after its return; one that refuses us waits for a person, and is asked once a minute.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from zoneinfo import ZoneInfo

from aiomqtt import Client, MqttError

from tui import __version__
from tui.core.events import Event, Measured, SwitchRead
from tui.core.model import Device, Fleet, key_of
from tui.core.moment import Now
from tui.core.out.mqttbroker import Broker
from tui.core.out.mqttdiscovery import discovery
from tui.core.out.mqtttopics import (
    COMMANDS,
    OFFLINE,
    ONLINE,
    STATUS,
    Message,
    fits,
    is_online,
    single_messages,
    state_row,
    topic_of,
)
from tui.core.profiles import profile_of
from tui.core.settings import Settings
from tui.engine.clock import Clock
from tui.engine.out.mqttclient import Connector
from tui.engine.out.mqttcontrol import Control, Switching
from tui.engine.out.sink import Queue, SinkState, Tell
from tui.net.broker import BrokerError

AT_ONCE = 10
"""Devices whose messages are under way together (own choice): a broker far away confirms in 50 ms or so."""
SOON_S = (0.25, 1.0)
LATER_S = (5.0, 60.0)
"""The first and the longest wait before the next attempt (own choice)."""
LOOK_S = 5.0
"""How often it is looked which devices have fallen silent, and the counts of the state are renewed (own choice)."""
MOST_WAITING = 100
"""Messages of others, such as alarms, that wait for a broker that is away (own choice)."""


class MqttSink:
    """See the module; `monitor` switches, if messages may do that at all."""

    def __init__(self, broker: Broker, settings: Settings, clock: Clock, monitor: Switching) -> None:
        self._broker = broker
        self._settings, self._clock = settings, clock
        self._zone = ZoneInfo(profile_of(settings.grid).zone)
        self._control = Control(monitor) if settings.mqtt_control and not settings.read_only else None
        self._connector = Connector(broker, settings)
        self._fleet = Fleet()
        self._due: dict[str, None] = {}
        """The keys of devices with something new to tell, in the order in which it came."""
        self._marked: dict[str, Now] = {}
        """When a device was last marked for its time having come."""
        self._switches: dict[str, tuple[bool | None, bool | None]] = {}
        self._seen: dict[str, dict[str, None]] = {}
        """The names of all values that a device has told."""
        self._told: dict[str, object] = {}
        """What this connection has told of what is only told when it changes."""
        self._others = Queue[Message](MOST_WAITING)
        self._wake = asyncio.Event()
        self._dropped = 0
        self.state = SinkState("mqtt", self._broker.url)

    def heard(self, event: Event, fleet: Fleet) -> None:
        """See `Sink`."""
        self._fleet = fleet
        if isinstance(event, Measured):
            key, now = key_of(event.serial), self._clock.now()
            last = self._marked.get(key)
            # Half an interval early is on time: the next reading would be late by more.
            if last is None or now.age_of(last) >= self._settings.mqtt_every_s - event.interval_s / 2:
                self._dropped += key in self._due
                self._marked[key] = now
                self._mark(key)
        elif isinstance(event, SwitchRead) and (device := fleet.devices.get(key_of(event.serial))) and device.switch:
            switch = device.switch.value
            told = switch.power_on, switch.switch_lock
            if self._switches.get(device.key) != told:
                self._switches[device.key] = told
                self._mark(device.key)

    def post(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Hand on a message of somebody else's, in the engine's loop; never waits. The newest `MOST_WAITING` are kept
        while the broker is away."""
        self._others.put(Message(topic, payload, retain=retain))
        self._wake.set()

    def _mark(self, key: str) -> None:
        self._due[key] = None
        self._wake.set()

    async def run(self, tell: Tell) -> None:
        """See `Sink`."""
        failures = 0
        while True:
            before = self.state.handed_on
            fault, lasting = f"{self._broker.address} closed the connection: is the broker still well?", False
            try:
                await self._session(tell)
            except BrokerError as error:
                fault, lasting = str(error), error.lasting
            except MqttError as error:
                if (unwanted := self._connector.unwanted) is not None:
                    fault, lasting = str(unwanted), unwanted.lasting
                elif "timed out" in str(error):
                    fault = f"{self._broker.address} confirms nothing: is the broker still well?"
            failures = 1 if self.state.handed_on > before else min(failures + 1, 10)
            tell(replace(self.state, fault=fault, last_fault=fault, dropped=self._lost))
            first, longest = LATER_S if lasting else SOON_S
            await self._clock.sleep(min(first * 2.0 ** (failures - 1), longest) * random.uniform(0.8, 1.0))

    @property
    def _lost(self) -> int:
        return self._dropped + self._others.dropped

    async def _session(self, tell: Tell) -> None:
        """One connection, until it fails. Raises `BrokerError`, `MqttError`."""
        async with self._connector.connected() as client:
            client.pending_calls_threshold = 1000  # it would warn of what is under way on purpose
            await client.subscribe(STATUS, qos=1)
            if self._control is not None:
                self._control.forget()
                await client.subscribe(COMMANDS, qos=1)
            work = [self._hand_on(client, tell), self._listen(client)]
            if self._control is not None:
                work.append(self._obey(client, self._control))
            tasks = [asyncio.create_task(one) for one in work]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                ended = await asyncio.gather(*tasks, return_exceptions=True)
            for end in ended:
                if isinstance(end, Exception):
                    raise end

    async def _hand_on(self, client: Client, tell: Tell) -> None:
        """Send what there is, and wait for more. Raises `MqttError`."""
        self._told.clear()
        self._due |= dict.fromkeys(key for key, device in self._fleet.devices.items() if device.measurement)
        await self._publish(client, [Message(STATUS, ONLINE)])
        tell(replace(self.state, fault="", handed_on=self.state.handed_on + 1, dropped=self._lost))
        told_at = self._clock.now()
        while True:
            self._wake.clear()
            if len(self._others):
                await self._hand_on_others(client)
            if messages := [*self._next()]:
                await self._publish(client, messages)
                self.state = replace(self.state, handed_on=self.state.handed_on + len(messages), dropped=self._lost)
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._wake.wait()
            now = self._clock.now()
            if now.age_of(told_at) >= LOOK_S:
                told_at = now
                tell(self.state)

    async def _hand_on_others(self, client: Client) -> None:
        messages = await self._others.take(MOST_WAITING)
        try:
            await self._publish(client, messages)
        except MqttError:
            for one in messages:  # the broker may have had some of them: twice is better than never
                self._others.put(one)
            raise

    def _next(self) -> Iterator[Message]:
        """What is to be sent now, of at most `AT_ONCE` devices. A state before the word that its device is online: who
        takes a device for available has its values."""
        now = self._clock.now()
        for key in list(self._due)[:AT_ONCE]:
            del self._due[key]
            device = self._fleet.devices.get(key)
            if device is not None and fits(device):
                yield from self._of(device, now)
        for device in self._fleet.devices.values():
            if fits(device) and device.key not in self._due:
                word = ONLINE if is_online(device, now) else OFFLINE
                if self._is_news(topic := topic_of(device, "status"), word):
                    yield Message(topic, word)

    def _of(self, device: Device, now: Now) -> Iterator[Message]:
        row = state_row(device, now, self._zone)
        seen = self._seen.setdefault(device.key, {})
        seen |= dict.fromkeys(row)
        if self._is_news(device.key, (device.label, device.product_type, device.firmware_version, len(seen))):
            yield discovery(device, seen, __version__, control=self._control is not None)
        if self._settings.mqtt_topics:
            yield from (one for one in single_messages(device, row) if self._is_news(one.topic, one.payload))
        yield Message(topic_of(device, "state"), json.dumps(row))

    def _is_news(self, what: str, told: object) -> bool:
        """Whether this connection has not told this yet; it has from now on."""
        is_news = self._told.get(what) != told
        self._told[what] = told
        return is_news

    async def _listen(self, client: Client) -> None:
        """Take messages; notice also that the connection is lost. Raises `MqttError`."""
        async for message in client.messages:
            if str(message.topic) == STATUS:
                if message.payload == OFFLINE.encode():  # the last will of an earlier run, told late; or another's
                    await self._publish(client, [Message(STATUS, ONLINE)])
                continue
            if self._control is not None and isinstance(message.payload, bytes):
                answer = self._control.heard(str(message.topic), message.payload, retained=message.retain)
                if answer is not None:
                    await self._publish(client, [answer])

    async def _obey(self, client: Client, control: Control) -> None:
        """Fulfil what messages ask for. Raises `MqttError`."""
        while True:
            key, answer = await control.fulfil()
            self._mark(key)  # also where nothing was done: who asked shows another state by now
            if answer is not None:
                await self._publish(client, [answer])

    async def _publish(self, client: Client, messages: Iterable[Message]) -> None:
        """Return when the broker has all of them. Raises `MqttError`."""
        await asyncio.gather(*(client.publish(one.topic, one.payload, one.qos, one.retain) for one in messages))
