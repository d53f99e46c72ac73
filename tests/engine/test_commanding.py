"""The mode of batteries is set once, by the meter that was meant, and read back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.engine.paired_meter import STANDBY, ZERO, PairedMeter
from tui.core.battery.batteries import BOTH, Mode, Permission, Wanted
from tui.core.battery.control import Outcome
from tui.core.events import BatteriesRead, Event
from tui.core.model import Endpoint
from tui.core.reading import Identity
from tui.core.settings import Settings
from tui.engine.clock import VirtualClock
from tui.engine.command import CommandError
from tui.engine.monitor import Monitor
from tui.net.errors import BadAnswer, DeviceError, NotPaired, Refused, Unreachable

if TYPE_CHECKING:
    from tests.engine.conftest import FakeNetwork

HOST = Endpoint("10.0.0.5")
TO_STANDBY = Wanted(Mode.STANDBY)
ONE_PUT = ["api", "batteries", "put", "batteries"]


@dataclass
class Bench:
    """A monitor that reads one paired meter."""

    monitor: Monitor
    meter: PairedMeter
    clock: VirtualClock
    heard: list[Event]

    async def set(self, wanted: Wanted = TO_STANDBY) -> Outcome:
        """Give the command and let time pass until it is over."""
        self.meter.requests.clear()
        command = asyncio.create_task(self.monitor.set_batteries("aabbcc", wanted))
        for _ in range(20):
            if not command.done():
                await self.clock.advance(0.25)
        return await command

    @property
    def asked(self) -> list[str]:
        """What the command asked, without the polls."""
        return [kind for _, kind in self.meter.requests if kind in ("api", "batteries", "put")]


@asynccontextmanager
async def bench(
    clock: VirtualClock,
    network: FakeNetwork,
    luck: random.Random,
    *,
    read_only: bool = False,
    product_type: str = "HWE-P1",
) -> AsyncIterator[Bench]:
    meter = PairedMeter(clock, Identity("aabbcc", product_type, api_version="2.2.0"))
    network.devices[HOST] = meter
    heard: list[Event] = []
    settings = Settings(mdns=False, hosts=(HOST,), read_only=read_only)
    monitor = Monitor(
        settings,
        clock,
        listeners=[lambda event, _: heard.append(event)],
        client_factory=network.connect,
        rng=luck,
    )
    running = asyncio.create_task(monitor.run())
    await clock.advance(1.5)
    yield Bench(monitor, meter, clock, heard)
    running.cancel()
    await asyncio.wait([running])


@pytest.fixture
async def one(clock: VirtualClock, network: FakeNetwork, luck: random.Random) -> AsyncIterator[Bench]:
    async with bench(clock, network, luck) as made:
        yield made


async def test_a_mode_is_set_after_the_meter_said_who_it_is_and_read_back(one: Bench) -> None:
    assert await one.set() == Outcome("set, now standby: neither charges nor discharges", done=True)
    assert one.asked == ONE_PUT
    assert one.meter.written == [{"mode": "standby", "permissions": []}]
    told = [event.batteries.mode for event in one.heard if isinstance(event, BatteriesRead)]
    assert told == [Mode.ZERO, Mode.STANDBY, Mode.STANDBY]
    known = one.monitor.fleet.devices["aabbcc"].batteries
    assert known is not None
    assert known.value.mode is Mode.STANDBY


async def test_what_it_is_now_is_read(one: Bench) -> None:
    command = asyncio.create_task(one.monitor.read_batteries("aabbcc"))
    await one.clock.advance(0.0)
    assert (await command).permissions == BOTH
    known = one.monitor.fleet.devices["aabbcc"].batteries
    assert known is not None
    assert known.value.count == 2


async def test_nothing_is_written_where_nothing_changes(one: Bench) -> None:
    told = await one.set(Wanted(Mode.ZERO, BOTH))
    assert told == Outcome("it is so already: zero, may charge and discharge", done=True)
    assert one.meter.written == []


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted(Mode.PREDICTIVE), "predictive needs API 2.3.0"),
        (Wanted(Mode.TO_FULL, frozenset({Permission.CHARGE})), "in to full, the meter itself decides"),
        (Wanted(), "nothing was asked for"),
    ],
)
async def test_what_the_meter_has_no_word_for_is_not_sent(one: Bench, wanted: Wanted, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        await one.set(wanted)
    assert one.meter.written == []


async def test_nothing_is_set_at_an_address_that_has_a_new_owner(one: Bench) -> None:
    one.meter.identified = Identity("ddeeff", "HWE-P1", api_version="2.2.0")
    with pytest.raises(CommandError, match="nothing was set"):
        await one.set()
    assert one.meter.written == []


async def test_the_api_version_is_that_of_now(one: Bench) -> None:
    """A firmware update may have come since the meter was first read."""
    one.meter.identified = Identity("aabbcc", "HWE-P1", api_version="2.3.0")
    one.meter.meter.version = (2, 3)
    assert (await one.set(Wanted(Mode.PREDICTIVE))).done
    assert one.meter.written == [{"mode": "predictive"}]


async def test_read_only_sets_nothing(clock: VirtualClock, network: FakeNetwork, luck: random.Random) -> None:
    async with bench(clock, network, luck, read_only=True) as made:
        with pytest.raises(CommandError, match="read-only"):
            await made.set()
        assert made.asked == []
        assert made.meter.written == []


async def test_a_meter_that_is_read_over_v1_is_told_nothing(one: Bench, network: FakeNetwork) -> None:
    network.add("10.0.0.6", "ddeeff", "HWE-P1")
    await one.monitor.add(Endpoint("10.0.0.6"))
    await one.clock.advance(1.5)
    with pytest.raises(CommandError, match="is not read over it now"):
        await one.monitor.set_batteries("ddeeff", TO_STANDBY)


async def test_a_group_that_follows_late_is_waited_for(one: Bench) -> None:
    one.meter.says = [ZERO, ZERO]
    assert (await one.set()).done
    assert one.asked == [*ONE_PUT, "batteries"]


async def test_one_that_goes_back_says_so(one: Bench) -> None:
    one.meter.says = [ZERO, ZERO, ZERO, ZERO]
    told = await one.set()
    assert told == Outcome("the device took it and went back: zero, may charge and discharge", done=False)
    assert one.asked == [*ONE_PUT, "batteries", "batteries"]


@pytest.mark.parametrize("fault", [Unreachable("no answer"), Refused("reset")])
async def test_a_change_whose_answer_is_lost_may_have_come_through(one: Bench, fault: DeviceError) -> None:
    one.meter.faults["put"] = fault
    one.meter.takes_lost = True
    assert (await one.set()).done
    assert one.meter.meter.sent == {**STANDBY}


async def test_a_change_that_was_lost_is_told(one: Bench) -> None:
    one.meter.faults["put"] = Unreachable("no answer within 5 s")
    with pytest.raises(Unreachable, match="no answer within"):
        await one.set()
    assert len(one.meter.written) == 1  # and not tried again


async def test_nobody_claims_to_know_what_was_not_read_back(one: Bench) -> None:
    real = one.meter.set_batteries

    async def last_breath(body: object) -> object:
        one.meter.faults["batteries"] = Unreachable("no answer")
        return await real(body)  # type: ignore[arg-type]

    one.meter.set_batteries = last_breath  # type: ignore[method-assign, assignment]
    with pytest.raises(CommandError, match="it is not known whether it took it"):
        await one.set()


@pytest.mark.parametrize("fault", [BadAnswer("HTTP 400: json:parameter-invalid-type:mode"), NotPaired()])
async def test_what_the_meter_refuses_is_not_read_back(one: Bench, fault: DeviceError) -> None:
    one.meter.faults["put"] = fault
    with pytest.raises(type(fault)):
        await one.set()
    assert one.asked == ["api", "batteries", "put"]


async def test_a_battery_blinks_its_led(clock: VirtualClock, network: FakeNetwork, luck: random.Random) -> None:
    async with bench(clock, network, luck, product_type="HWE-BAT") as made:
        command = asyncio.create_task(made.monitor.identify("aabbcc"))
        await clock.advance(0.0)
        await command
        assert made.meter.asked("identify")
