"""What a message may do to a socket, and what it is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.out.houses import StillClock, a_house
from tui.core.events import Configured, SwitchRead
from tui.core.model import DeviceSetting, Fleet, Role
from tui.core.out.mqtttopics import Message, topic_of
from tui.core.reading import Switch
from tui.core.settings import Settings
from tui.engine.clock import Clock
from tui.engine.command import CommandError
from tui.engine.out.mqttcontrol import Control
from tui.net.errors import Unreachable

ON, LOCKED = Switch(power_on=True, switch_lock=False), Switch(power_on=True, switch_lock=True)


class House:
    """A house with a socket, as the monitor has it; what was told to the socket is in `told`."""

    def __init__(self, switch: Switch = ON, *, role: Role | None = None, read_only: bool = False) -> None:
        self.still, clock = a_house()
        self.still.run(2)
        self.settings, self.clock = Settings(read_only=read_only), _clock(clock)
        self.switch = switch
        self.fault: Exception | None = None
        self.told: list[bool] = []
        self.device = next(one for one in self.fleet.devices.values() if one.product.can_switch)
        self.still.apply(Configured(self.device.serial or "", DeviceSetting("Boiler", role)))
        self.control = Control(self)

    @property
    def fleet(self) -> Fleet:
        return self.still.fleet

    async def read_switch(self, key: str) -> Switch:
        if self.fault is not None:
            raise self.fault
        self.still.apply(SwitchRead(key, self.switch, self.still.now))
        return self.switch

    async def set_switch(self, key: str, power_on: bool) -> Switch:
        self.told.append(power_on)
        self.switch = Switch(power_on=power_on, switch_lock=False)
        return await self.read_switch(key)

    def hears(self, payload: bytes, *, retained: bool = False) -> Message | None:
        return self.control.heard(topic_of(self.device, "switch", "set"), payload, retained=retained)

    async def answers(self, payload: bytes = b"OFF") -> str:
        assert self.hears(payload) is None
        key, answer = await asyncio.wait_for(self.control.fulfil(), 5)
        assert key == self.device.key
        assert answer is not None
        assert (answer.topic, answer.retain) == (topic_of(self.device, "switch", "answer"), False)
        return answer.payload


def _clock(clock: StillClock) -> Clock:
    return clock


@pytest.mark.parametrize(
    ("payload", "switch", "told", "answer"),
    [
        (b"OFF", ON, [False], "Boiler is off"),
        (b" off\n", ON, [False], "Boiler is off"),
        (b"ON", Switch(power_on=False, switch_lock=False), [True], "Boiler is on"),
        (b"ON", ON, [], "Boiler is on"),
        (b"OFF", LOCKED, [], "Boiler is not switched: locked in the app"),
        (b"OFF", Switch(power_on=True), [], "its lock is not known"),
        (b"OFF", Switch(switch_lock=False), [], "Boiler does not tell whether it is on"),
    ],
)
async def test_a_wish_is_fulfilled_or_a_sentence(payload: bytes, switch: Switch, told: list[bool], answer: str) -> None:
    house = House(switch)
    assert await house.answers(payload) == answer
    assert house.told == told


@pytest.mark.parametrize(
    ("settings", "answer"),
    [
        ({"read_only": True}, "read-only: nothing is switched"),
        ({"role": Role.SOLAR}, "Boiler is not switched: its role is solar"),
        ({"role": Role.BATTERY}, "Boiler is not switched: its role is battery"),
    ],
)
async def test_the_guards_of_the_key_hold_here_too(settings: dict[str, Any], answer: str) -> None:
    house = House(**settings)
    assert await house.answers() == answer
    assert house.told == []


async def test_one_that_fell_silent_is_not_switched() -> None:
    house = House()
    house.still.silence(house.device.serial or "")
    house.still.run(90)
    assert (await house.answers()).startswith("Boiler is not switched: last heard ")
    assert house.told == []


@pytest.mark.parametrize("fault", [Unreachable("no answer within 5 s"), CommandError("Boiler is not being polled")])
async def test_what_fails_is_answered(fault: Exception) -> None:
    house = House()
    house.fault = fault
    assert await house.answers() == str(fault)


@pytest.mark.parametrize(
    ("payload", "retained", "answer"),
    [
        (b"OFF", True, "a retained message switches nothing: publish it without retain"),
        (b"TOGGLE", False, "this is nothing that a socket does: use ON or OFF"),
        (b"\xff" * 100_000, False, "this is nothing that a socket does: use ON or OFF"),
        (b"", False, "this is nothing that a socket does: use ON or OFF"),
    ],
)
async def test_what_is_no_wish_is_answered_at_once(payload: bytes, retained: bool, answer: str) -> None:
    told = House().hears(payload, retained=retained)
    assert told is not None
    assert told.payload == answer


@pytest.mark.parametrize("topic", ["hwtui/nobody/switch/set", "hwtui/5c2f/switch", "a", ""])
async def test_a_topic_of_nobody_is_not_answered(topic: str) -> None:
    house = House()
    assert house.control.heard(topic, b"OFF", retained=False) is None
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(house.control.fulfil(), 0.01)


async def test_of_many_wishes_the_last_one_counts() -> None:
    house = House()
    for _ in range(1000):
        house.hears(b"ON")
        house.hears(b"OFF")
    assert await house.answers(b"ON") == "Boiler is on"
    assert house.told == []


async def test_the_wishes_of_a_lost_connection_are_forgotten() -> None:
    house = House()
    house.hears(b"OFF")
    house.control.forget()
    assert await house.answers(b"ON") == "Boiler is on"
    assert house.told == []
