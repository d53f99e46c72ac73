"""When a device is asked for what, to the moment, on a clock that the test moves."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tui.core.events import ClockStood, Event, Failed, Identified, Measured, SwitchRead, SystemRead, TelegramRead
from tui.core.model import Endpoint, State
from tui.core.reading import External, Identity
from tui.engine.clock import VirtualClock
from tui.engine.lines.poller import Depth, Poller
from tui.net.errors import ApiDisabled, BadAnswer, NotFound, Refused, Unreachable

if TYPE_CHECKING:
    from tests.engine.conftest import FakeDevice, FakeNetwork

HOST = Endpoint("10.0.0.5")
SILENT = Unreachable("no answer from 10.0.0.5")


@pytest.fixture
def kwh(network: FakeNetwork) -> FakeDevice:
    return network.add(HOST.host, "aabbcc", "HWE-KWH1")


@pytest.fixture
def socket(network: FakeNetwork) -> FakeDevice:
    return network.add(HOST.host, "aabbcc", "HWE-SKT")


@pytest.fixture
def p1(network: FakeNetwork) -> FakeDevice:
    return network.add(HOST.host, "aabbcc", "HWE-P1")


class Heard(list[Event]):
    """The events a poller emitted."""

    def of(self, *kinds: type[Event]) -> list[Event]:
        return [event for event in self if isinstance(event, kinds)]

    @property
    def measured(self) -> list[Measured]:
        return [event for event in self if isinstance(event, Measured)]

    @property
    def failed(self) -> list[Failed]:
        return [event for event in self if isinstance(event, Failed)]


@asynccontextmanager
async def polling(poller: Poller) -> AsyncIterator[Heard]:
    heard = Heard()
    task = asyncio.create_task(poller.run(heard.append))
    yield heard
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


@pytest.fixture
def poller(clock: VirtualClock, network: FakeNetwork, luck: random.Random) -> Poller:
    return Poller(HOST, clock, 1.0, Depth.LIVE, network.connect, luck)


# ------------------------------------------------------------------ order and times


async def test_who_it_is_comes_first_then_data_every_interval_and_system_once_a_minute(
    clock: VirtualClock, poller: Poller, kwh: FakeDevice
) -> None:
    async with polling(poller) as heard:
        await clock.advance(3.0)
        first = [(0.0, "api"), (0.0, "data"), (0.0, "system")]
        assert kwh.requests == [*first, (1.0, "data"), (2.0, "data"), (3.0, "data")]
        assert [type(event) for event in heard[:4]] == [Identified, Measured, SystemRead, Measured]
        await clock.advance(120.0)
        assert kwh.asked("system") == [0.0, 60.0, 120.0]
        assert kwh.asked("api") == [0.0]


async def test_a_socket_is_asked_for_its_switch_every_five_seconds(
    clock: VirtualClock, poller: Poller, socket: FakeDevice
) -> None:
    async with polling(poller) as heard:
        await clock.advance(11.0)
        assert socket.asked("state") == [0.0, 5.0, 10.0]
        assert [kind for _, kind in socket.requests[:5]] == ["api", "data", "state", "system", "data"]
        assert len(heard.of(SwitchRead)) == 3


async def test_a_water_meter_is_asked_every_two_seconds_and_given_ten_to_answer(
    clock: VirtualClock, poller: Poller, network: FakeNetwork
) -> None:
    water = network.add(HOST.host, "aabbcc", "HWE-WTR")
    async with polling(poller) as heard:
        await clock.advance(5.0)
        assert water.asked("data") == [0.0, 2.0, 4.0]
        assert {event.interval_s for event in heard.measured} == {2.0}
        assert water.timeout_s == 10.0


async def test_a_water_meter_has_ten_seconds_for_its_first_answer_too(
    clock: VirtualClock, poller: Poller, network: FakeNetwork
) -> None:
    water = network.add(HOST.host, "aabbcc", "HWE-WTR")
    water.faults["data"] = Unreachable("no answer within 5 s")
    async with polling(poller) as heard:
        await clock.advance(1.0)
        assert heard.of(Measured) == []
        assert water.timeout_s == 10.0


async def test_weak_wifi_is_given_ten_seconds_to_answer_and_good_wifi_five(
    clock: VirtualClock, poller: Poller, kwh: FakeDevice
) -> None:
    kwh.wifi_pct = 29.0
    async with polling(poller):
        await clock.advance(0.5)
        assert kwh.timeout_s == 10.0
        kwh.wifi_pct = 30.0
        await clock.advance(1.0)
        assert kwh.timeout_s == 5.0
        kwh.wifi_pct, kwh.wifi_db = None, -86.0
        await clock.advance(1.0)
        assert kwh.timeout_s == 10.0
        kwh.wifi_db = -85.0
        await clock.advance(1.0)
        assert kwh.timeout_s == 5.0


async def test_a_slow_answer_does_not_shift_the_polls_after_it(
    clock: VirtualClock, poller: Poller, kwh: FakeDevice
) -> None:
    kwh.latency_s["data"] = 0.3
    async with polling(poller) as heard:
        await clock.advance(3.5)
        assert kwh.asked("data") == [0.0, 1.0, 2.0, 3.0]
        assert [event.latency_s for event in heard.measured] == pytest.approx([0.3] * 4)
        assert [event.at.monotonic for event in heard.measured] == pytest.approx([0.3, 1.3, 2.3, 3.3])


async def test_polls_that_were_missed_are_not_made_up_for(clock: VirtualClock, poller: Poller, kwh: FakeDevice) -> None:
    async with polling(poller):
        await clock.advance(1.5)
        kwh.latency_s["data"] = 2.3
        await clock.advance(3.0)
        kwh.latency_s.clear()
        await clock.advance(2.7)
        assert kwh.asked("data") == [0.0, 1.0, 2.0, 5.0, 6.0, 7.0]


@pytest.mark.parametrize(("started", "second"), [(0.3, 1.25), (0.9, 2.25), (0.0, 1.25), (0.75, 1.25)])
async def test_the_first_poll_comes_at_once_and_the_others_on_the_grid(
    clock: VirtualClock, network: FakeNetwork, kwh: FakeDevice, started: float, second: float
) -> None:
    await clock.advance(started)
    async with polling(Poller(HOST, clock, 1.0, Depth.LIVE, network.connect, origin=0.25)):
        await clock.advance(5.0)
        assert kwh.asked("data")[:4] == [started, second, second + 1, second + 2]


async def test_polls_are_never_closer_than_half_a_second(
    clock: VirtualClock, network: FakeNetwork, kwh: FakeDevice
) -> None:
    await clock.advance(0.2)
    async with polling(Poller(HOST, clock, 0.5, Depth.LIVE, network.connect)):
        await clock.advance(3.0)
        assert kwh.asked("data") == [0.2, 1.0, 1.5, 2.0, 2.5, 3.0]


async def test_a_poll_tells_how_late_it_was(network: FakeNetwork, luck: random.Random) -> None:
    class Sleepy(VirtualClock):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds + 0.02 if seconds > 0 else 0.0)

    clock = Sleepy()
    network.clock = clock
    network.add(HOST.host, "aabbcc", "HWE-KWH1")
    async with polling(Poller(HOST, clock, 1.0, Depth.LIVE, network.connect, luck)) as heard:
        await clock.advance(2.5)
        assert [event.late_s for event in heard.measured] == pytest.approx([0.0, 0.02, 0.02])


# ------------------------------------------------------------------ who lives there


async def test_a_new_connection_is_asked_who_it_is_before_its_answer_is_believed(
    clock: VirtualClock, poller: Poller, kwh: FakeDevice
) -> None:
    async with polling(poller) as heard:
        await clock.advance(70.5)
        kwh.connection += 1
        kwh.identified = Identity("ddeeff", "HWE-SKT")
        heard.clear()
        await clock.advance(1.0)
        assert kwh.requests[-4:] == [(71.0, "data"), (71.0, "api"), (71.0, "state"), (71.0, "system")]
        assert heard[0] == Identified(HOST, kwh.identified, heard.measured[0].at)
        assert [event.serial for event in heard.measured] == ["ddeeff"]


async def test_a_device_that_closes_every_connection_is_asked_who_it_is_once_a_minute(
    clock: VirtualClock, poller: Poller, kwh: FakeDevice
) -> None:
    kwh.keeps_alive = False
    async with polling(poller):
        await clock.advance(130.0)
        assert kwh.asked("api") == [0.0, 60.0, 120.0]


async def test_the_client_is_closed_when_polling_ends(clock: VirtualClock, poller: Poller, kwh: FakeDevice) -> None:
    async with polling(poller):
        await clock.advance(1.0)
        assert poller.client is kwh
    assert (kwh.opened, kwh.closed) == (1, 1)
    assert poller.client is None


# ------------------------------------------------------------------ faults


async def test_a_silent_device_is_asked_ever_less_often_but_once_a_minute(
    clock: VirtualClock, poller: Poller, kwh: FakeDevice
) -> None:
    kwh.faults["api"] = SILENT
    async with polling(poller) as heard:
        await clock.advance(300.0)
        moments = kwh.asked("api")
        waits = [later - earlier for earlier, later in pairwise(moments)]
        # half of the fifth that is left to luck
        assert waits == pytest.approx([1.0, 1.8, 3.6, 7.2, 14.4, 28.8, 54.0, 54.0, 54.0, 54.0])
        assert heard.failed[0] == Failed(HOST, State.SILENT, "no answer from 10.0.0.5", heard.failed[0].at)
        assert len(heard) == len(moments)


async def test_an_answer_brings_the_usual_interval_back_at_once(
    clock: VirtualClock, poller: Poller, kwh: FakeDevice
) -> None:
    async with polling(poller):
        await clock.advance(2.5)
        kwh.faults["data"] = BadAnswer("garbage")
        await clock.advance(3.0)
        assert kwh.asked("data") == pytest.approx([0.0, 1.0, 2.0, 3.0, 4.0])
        kwh.faults.clear()
        await clock.advance(4.0)
        assert kwh.asked("data") == pytest.approx([0.0, 1.0, 2.0, 3.0, 4.0, 5.8, 7.0, 8.0, 9.0])


async def test_a_device_whose_api_is_off_is_asked_every_fifteen_seconds_until_it_is_on(
    clock: VirtualClock, poller: Poller, kwh: FakeDevice
) -> None:
    kwh.faults["api"] = ApiDisabled("Local API is off")
    async with polling(poller) as heard:
        await clock.advance(44.0)
        assert kwh.requests == [(0.0, "api"), (15.0, "api"), (30.0, "api")]
        assert {event.kind for event in heard.failed} == {State.API_DISABLED}
        kwh.faults.clear()
        await clock.advance(3.0)
        assert kwh.requests[3:] == [(45.0, "api"), (45.0, "data"), (45.0, "system"), (46.0, "data"), (47.0, "data")]


async def test_a_device_that_resets_us_is_given_room_until_a_minute_has_passed_without_resets(
    clock: VirtualClock, poller: Poller, kwh: FakeDevice
) -> None:
    async with polling(poller) as heard:
        await clock.advance(1.5)
        kwh.faults["data"] = Refused("connection reset")
        await clock.advance(12.0)
        assert kwh.asked("data") == [0.0, 1.0, 2.0, 7.0, 12.0]
        text = "another program reads this device: polled every 5 s"
        assert [(event.kind, event.text, event.crowded) for event in heard.failed] == [(State.REFUSED, text, True)] * 3
        kwh.faults.clear()
        heard.clear()
        await clock.advance(70.0)
        slow = [event for event in heard.measured if event.interval_s == 5.0]
        assert [event.at.monotonic for event in slow] == list(range(17, 72, 5))
        assert [event.at.monotonic for event in heard.measured[len(slow) :]] == list(range(72, 84))


async def test_an_address_that_refuses_and_has_never_answered_is_not_called_crowded(
    clock: VirtualClock, poller: Poller, kwh: FakeDevice
) -> None:
    kwh.faults["api"] = Refused("nothing listens there")
    async with polling(poller) as heard:
        await clock.advance(4.0)
        assert kwh.asked("api") == pytest.approx([0.0, 1.0, 2.8])
        assert [(event.text, event.crowded) for event in heard.failed] == [("nothing listens there", False)] * 3


async def test_parts_that_a_product_lacks_are_not_asked_for_again_and_are_no_failure(
    clock: VirtualClock, poller: Poller, socket: FakeDevice
) -> None:
    socket.faults["system"] = NotFound("no such page")
    socket.faults["state"] = BadAnswer("half a state")
    async with polling(poller) as heard:
        await clock.advance(121.0)
        assert socket.asked("system") == [0.0]
        assert len(socket.asked("state")) == 25
        assert heard.failed == []
        assert len(heard.measured) == 122


async def test_a_device_that_goes_silent_at_its_system_is_silent(
    clock: VirtualClock, poller: Poller, kwh: FakeDevice
) -> None:
    kwh.faults["system"] = SILENT
    async with polling(poller) as heard:
        await clock.advance(2.5)
        assert [type(event) for event in heard] == [Identified, Measured, Failed, Measured, Measured]
        assert kwh.asked("system") == [0.0]


# ------------------------------------------------------------------ waking


async def test_an_announcement_wakes_a_device_that_waits_to_be_retried(
    clock: VirtualClock, poller: Poller, kwh: FakeDevice
) -> None:
    kwh.faults["api"] = SILENT
    async with polling(poller):
        await clock.advance(100.0)
        tried = kwh.asked("api")
        assert tried[-1] < 60
        kwh.faults.clear()
        poller.wake()
        await clock.advance(1.0)
        assert kwh.asked("api", "data")[len(tried) :] == [100.0, 100.0, 101.0]


async def test_a_flood_of_announcements_does_not_make_polls_come_faster_than_the_interval(
    clock: VirtualClock, poller: Poller, kwh: FakeDevice
) -> None:
    kwh.faults["api"] = SILENT
    async with polling(poller):
        for _ in range(100):
            await clock.advance(0.1)
            poller.wake()
        assert kwh.asked("api") == pytest.approx([float(second) for second in range(10)])


async def test_an_announcement_of_a_device_that_answers_changes_nothing(
    clock: VirtualClock, poller: Poller, kwh: FakeDevice
) -> None:
    async with polling(poller):
        for _ in range(20):
            await clock.advance(0.1)
            poller.wake()
        assert kwh.asked("data") == [0.0, 1.0, 2.0]
        kwh.faults["data"] = ApiDisabled()
        await clock.advance(20.0)
        assert kwh.asked("data")[3:] == [3.0, 18.0]


# ------------------------------------------------------------------ depth


async def test_identity_depth_asks_who_it_is_and_ends(
    clock: VirtualClock, network: FakeNetwork, kwh: FakeDevice
) -> None:
    poller = Poller(HOST, clock, 1.0, Depth.IDENTITY, network.connect)
    async with polling(poller) as heard:
        await clock.advance(60.0)
    assert kwh.requests == [(0.0, "api")]
    assert [type(event) for event in heard] == [Identified]
    assert kwh.closed == 1


async def test_reading_depth_reads_everything_once_after_as_many_tries_as_it_takes(
    clock: VirtualClock, network: FakeNetwork, socket: FakeDevice
) -> None:
    socket.faults["data"] = SILENT
    poller = Poller(HOST, clock, 1.0, Depth.READING, network.connect)
    async with polling(poller) as heard:
        assert not poller.asked.is_set()
        await clock.advance(0.5)
        assert poller.asked.is_set()
        socket.faults.clear()
        await clock.advance(60.0)
    assert [kind for _, kind in socket.requests] == ["api", "data", "data", "state", "system"]
    assert [type(event) for event in heard] == [Identified, Failed, Measured, SwitchRead, SystemRead]


# ------------------------------------------------------------------ frozen


A_CLOSE_LOOK = [float(second) for second in range(10, 70)]
"""The seconds at which a telegram whose clock does not move is looked at (`core.doubt.closelook`)."""


def telegram(clock: str) -> str:
    return f"/ISK5\\2M550T-1012\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0({clock}W)\r\n!\r\n"


async def test_a_p1_whose_telegram_clock_stands_still_is_frozen_until_its_values_change(
    clock: VirtualClock, poller: Poller, p1: FakeDevice
) -> None:
    p1.text = telegram("260301115907")
    async with polling(poller) as heard:
        await clock.advance(12.0)
        p1.text = telegram("260301120007")
        p1.values = {"power_w": 99.0}
        await clock.advance(140.0)
        assert p1.asked("telegram") == [*A_CLOSE_LOOK, 73.0, 85.0, 145.0]
        p1.values = {"power_w": 101.0}
        await clock.advance(1.0)
        verdicts = [(event.at.monotonic, event.still) for event in heard if isinstance(event, ClockStood)]
        assert verdicts == [(85.0, True), (153.0, False)]
        told = [event.telegram.clock for event in heard if isinstance(event, TelegramRead) and event.telegram]
        before, after = datetime(2026, 3, 1, 11, 59, 7), datetime(2026, 3, 1, 12, 0, 7)
        assert told == [before] * 3 + [after] * (len(A_CLOSE_LOOK) - 3 + 3)


async def test_a_new_p1_whose_clock_was_never_set_is_not_frozen(
    clock: VirtualClock, poller: Poller, p1: FakeDevice
) -> None:
    p1.text, p1.values = telegram("000101010000"), {"power_w": 0.0}
    async with polling(poller) as heard:
        await clock.advance(3600.0)
        assert heard.of(ClockStood, Failed) == []


async def test_a_p1_whose_telegram_clock_moves_is_not_frozen_though_its_values_stay(
    clock: VirtualClock, poller: Poller, p1: FakeDevice
) -> None:
    async with polling(poller) as heard:
        for second in range(300):
            p1.text = telegram(f"2603011200{second % 60:02}")
            await clock.advance(1.0)
        assert p1.asked("telegram") == [10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 60.0]
        assert [event.still for event in heard if isinstance(event, ClockStood)] == [False]


async def test_a_p1_without_a_telegram_or_without_a_clock_in_it_is_never_called_frozen(
    clock: VirtualClock, poller: Poller, p1: FakeDevice
) -> None:
    p1.faults["telegram"] = NotFound("no such page")
    async with polling(poller) as heard:
        await clock.advance(200.0)
        assert p1.asked("telegram") == [10.0]
        p1.faults.clear()
        p1.text = "/ISK5\\2M550T-1012\r\n!\r\n"
        p1.values = {"power_w": 101.0}
        await clock.advance(500.0)
        assert p1.asked("telegram") == [10.0, 610.0]
        assert heard.of(ClockStood, Failed) == []


async def test_a_look_at_the_telegram_that_fails_once_is_tried_again_after_a_minute(
    clock: VirtualClock, poller: Poller, p1: FakeDevice
) -> None:
    p1.faults["telegram"] = BadAnswer("500")
    async with polling(poller) as heard:
        await clock.advance(11.0)
        p1.faults.clear()
        p1.text = telegram("260301120007")
        await clock.advance(80.0)
        p1.text = telegram("260301120107")
        await clock.advance(80.0)
        close_look = [float(second) for second in range(20, 70)]
        assert p1.asked("telegram") == [10.0, *close_look, 70.0, 82.0, 142.0]
        assert [event.still for event in heard if isinstance(event, ClockStood)] == [False]


async def test_a_check_looks_at_the_telegram_at_once_and_as_often_as_it_takes(
    clock: VirtualClock, network: FakeNetwork, p1: FakeDevice
) -> None:
    """A DSMR 4 meter, which sends every 10 s, and loses one read."""
    async with polling(Poller(HOST, clock, 1.0, Depth.CHECK, network.connect)) as heard:
        for second in range(200):
            p1.text = telegram(f"260301120{second // 60}{second % 60 // 10}0")
            p1.faults = {"telegram": BadAnswer("500")} if second == 3 else {}  # the poll at 4
            p1.values = {"power_w": float(second)}
            await clock.advance(1.0)
        # The standstill looks at 10 s, whatever this one does.
        assert p1.asked("telegram") == [float(second) for second in range(52) if not 4 < second < 10]
        assert len(heard.measured) == 201
        assert heard.of(Failed, ClockStood) == []


async def test_one_reading_asks_for_the_clock_only_where_all_times_are_old(clock: VirtualClock, p1: FakeDevice) -> None:
    """The clock is at 15 January 2027; a day-old gas reading, or a clock that is behind?"""
    for stamp, requests in ((datetime(2027, 1, 15, 6), []), (datetime(2026, 5, 3, 8), ["telegram"])):
        p1.external = (External("gas_meter", None, 1.0, "m3", stamp),)
        p1.requests.clear()
        poller = Poller(HOST, clock, 1.0, Depth.READING, lambda _: p1, zone=UTC)
        async with polling(poller):
            await clock.advance(1.0)
        assert [kind for _, kind in p1.requests if kind == "telegram"] == requests


async def test_other_meters_may_stand_still_for_ever(clock: VirtualClock, poller: Poller, kwh: FakeDevice) -> None:
    async with polling(poller):
        await clock.advance(300.0)
        assert kwh.asked("telegram") == []
