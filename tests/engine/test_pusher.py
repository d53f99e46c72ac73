"""What a pusher tells, asks and does when its socket fails, to the moment, on a clock that the test moves."""

from __future__ import annotations

import asyncio
import gc
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.pushing import BATTERY, DEVICE, HOST, READING, SERIAL, FakePushing, listening
from tui.core.events import BatteriesRead, Identified, Measured, Noted, SystemRead
from tui.core.model import State
from tui.core.moment import Now
from tui.core.reading import Identity
from tui.engine.clock import VirtualClock
from tui.net.errors import BadAnswer, Flooded, NotPaired, Refused, Unreachable

GONE = Refused("It closed the connection (code 1001): does another program read this device?")


@pytest.fixture
def device(clock: VirtualClock) -> FakePushing:
    return FakePushing(clock)


async def test_the_first_value_comes_at_once_and_each_one_when_it_is_pushed(
    clock: VirtualClock, device: FakePushing, luck: random.Random
) -> None:
    pusher = device.pusher(luck)
    device.answers["system"] = {"wifi_rssi_db": -60}
    device.answers["batteries"] = {"mode": "zero"}
    async with listening(device, pusher) as heard:
        assert [type(event) for event in heard] == [Identified, Measured, SystemRead, BatteriesRead]
        assert pusher.asked.is_set()
        assert pusher.client is not None
        await clock.advance(0.4)
        device.socket.push("measurement", {"power_w": 7})
        await clock.advance(0.6)
        last = heard.measured[-1]
        assert (last.serial, last.measurement.number("power_w"), last.at.monotonic) == (SERIAL, 7, 0.4)
        assert (last.latency_s, last.interval_s, last.late_s) == (None, 1.0, 0.0)
        assert device.socket.topics() == ["device", "measurement", "system", "batteries"]
    assert pusher.client is None


async def test_a_device_that_answers_the_subscription_and_the_question_has_told_one_first_value(
    clock: VirtualClock, device: FakePushing
) -> None:
    """Whether a device sends the present value to who subscribes is not documented, so it is asked for, too."""
    device.on_subscription = {"measurement": READING}
    async with listening(device, device.pusher()) as heard:
        assert len(heard.measured) == 1
        await device.stream(3)  # the same numbers, but pushed one by one
        assert [event.at.monotonic for event in heard.measured] == [0, 1, 2, 3]


@pytest.mark.parametrize(("after_s", "second"), [(0.1, {"power_w": -544}), (0.6, READING)])
async def test_two_values_at_the_beginning_are_both_told(
    clock: VirtualClock, device: FakePushing, after_s: float, second: object
) -> None:
    async with listening(device, device.pusher()) as heard:
        await clock.advance(after_s)
        device.socket.push("measurement", second)
        await clock.advance(0)
        assert len(heard.measured) == 2


async def test_a_battery_is_not_asked_for_its_batteries(clock: VirtualClock, device: FakePushing) -> None:
    device.answers["device"] = BATTERY
    async with listening(device, device.pusher()):
        await device.stream(70)
        assert device.socket.topics() == ["device", "measurement", "system"]
        assert device.socket.asked("batteries") == []


async def test_nothing_is_told_before_the_device_has_said_who_it_is(clock: VirtualClock, device: FakePushing) -> None:
    device.answers = {}
    async with listening(device, device.pusher()) as heard:
        for power in (1, 2):
            device.socket.push("measurement", {"power_w": power})
        device.socket.push("system", {"uptime_s": 9})
        await clock.advance(1)
        assert heard == []
        device.socket.push("device", DEVICE)
        await clock.advance(0)
        assert [type(event) for event in heard] == [Identified, Measured, SystemRead]
        assert heard.measured[0].measurement.number("power_w") == 2


async def test_one_that_does_not_say_so_on_the_socket_is_asked_over_https(
    clock: VirtualClock, device: FakePushing
) -> None:
    device.answers = {"measurement": READING}
    device.over_https = Identity(SERIAL, "HWE-P1")
    async with listening(device, device.pusher()) as heard:
        device.socket.push("error", {"message": "request:unknown-type"})
        await clock.advance(4.9)
        assert (heard, len(device.clients)) == ([], 1)
        await clock.advance(0.1)
        assert [type(event) for event in heard] == [Identified, Measured]
        assert [client.closed for client in device.clients] == [False, True]  # the other one is for commands


async def test_one_that_says_so_nowhere_has_failed(clock: VirtualClock, device: FakePushing) -> None:
    device.answers = {}
    async with listening(device, device.pusher()) as heard:
        await clock.advance(5)
        assert [failed.text for failed in heard.failed] == ["no HTTPS"]


async def test_a_serial_that_is_not_the_certificates_is_not_believed(clock: VirtualClock, device: FakePushing) -> None:
    device.answers["device"] = {**DEVICE, "serial": "aabbccddeeff"}
    async with listening(device, device.pusher()) as heard:
        await clock.advance(0.5)
        assert [(type(event)) for event in heard.of(Identified, Measured)] == []
        (failed,) = heard.failed
        assert failed.kind is State.BAD_ANSWER
        assert failed.text == (
            "The certificate is that of 5c2fafaabbcc, but aabbccddeeff answers: do not trust this address"
        )


async def test_system_and_batteries_that_are_not_pushed_are_asked_for(clock: VirtualClock, device: FakePushing) -> None:
    device.answers |= {"system": {"uptime_s": 1}, "batteries": {"mode": "zero", "battery_count": 2}}
    async with listening(device, device.pusher()):
        await device.stream(130)
        assert device.socket.asked("system") == [0, 60, 120]
        assert len(device.socket.asked("batteries")) == 14  # at first, and every 10 s
        device.answers["batteries"] = {"mode": "zero", "battery_count": 0}
        await device.stream(130)
        assert len(device.socket.asked("batteries")) - 14 == 3  # nobody waits for the power of none


async def test_a_meter_that_tells_nothing_of_batteries_is_asked_no_more_often(
    clock: VirtualClock, device: FakePushing
) -> None:
    async with listening(device, device.pusher()):
        await device.stream(35)
        assert device.socket.asked("batteries") == [0, 10, 20, 30]


async def test_batteries_that_are_pushed_are_not_asked_for(clock: VirtualClock, device: FakePushing) -> None:
    async with listening(device, device.pusher()) as heard:
        for _ in range(30):
            device.socket.push("batteries", {"mode": "zero", "power_w": 5})
            await device.stream(1)
        assert device.socket.asked("batteries") == [0]
        assert len(heard.of(BatteriesRead)) == 30


# ---------------------------------------------------------------------- sockets that only seem to work


async def test_a_zombie_is_asked_once_and_then_opened_anew(
    clock: VirtualClock, device: FakePushing, luck: random.Random
) -> None:
    async with listening(device, device.pusher(luck)) as heard:
        await device.stream(30)
        device.answers = {}
        zombie = device.socket
        await clock.advance(9)
        assert zombie.asked("measurement") == [0]
        await clock.advance(10.9)
        assert zombie.asked("measurement") == [0, 40]
        device.answers = {"device": DEVICE, "measurement": READING}
        await clock.advance(0.6)
        assert zombie.closed
        assert [failed.text for failed in heard.failed] == ["Connected, but nothing pushed for 20 s: connecting anew"]
        assert device.attempts == [0, 50.375]
        assert heard.measured[-1].at.monotonic == 50.375


async def test_a_battery_that_pushes_no_more_is_asked_before_it_is_given_up(
    clock: VirtualClock, device: FakePushing
) -> None:
    device.answers["device"] = BATTERY
    async with listening(device, device.pusher()):
        await device.stream(30)
        await clock.advance(11)
        assert device.socket.asked("measurement") == [0, 40]


async def test_one_that_answers_but_pushes_nothing_is_a_zombie_too(
    clock: VirtualClock, device: FakePushing, luck: random.Random
) -> None:
    async with listening(device, device.pusher(luck)) as heard:
        await device.stream(30)
        first = device.socket
        await clock.advance(19.9)
        assert heard.measured[-1].at.monotonic == 40  # what it was asked for is told
        assert first.asked("measurement") == [0, 40]
        await clock.advance(0.5)
        assert first.closed


@pytest.mark.parametrize(("every_s", "interval_s"), [(0.5, 1.0), (1.0, 1.0), (5.0, 5.0), (10.0, 10.0)])
async def test_a_device_that_pushes_seldom_is_no_zombie(
    clock: VirtualClock, device: FakePushing, every_s: float, interval_s: float
) -> None:
    async with listening(device, device.pusher()) as heard:
        await device.stream(200, every_s)
        assert heard.failed == []
        assert heard.measured[-1].interval_s == interval_s
        assert len(device.socket.asked("measurement")) < 12


class Suspended(VirtualClock):
    """Clocks go on while the machine sleeps, and its timers stand still."""

    slept_s = 0.0

    def now(self) -> Now:
        return super().now().plus(self.slept_s)


async def test_after_a_suspend_the_socket_is_opened_anew() -> None:
    clock = Suspended()
    device = FakePushing(clock)
    async with listening(device, device.pusher()) as heard:
        await device.stream(30)
        clock.slept_s = 3600
        await clock.advance(12)
        assert len(device.sockets) == 2
        assert len(heard.failed) == 1


# ---------------------------------------------------------------------- coming back


async def test_a_good_socket_that_is_lost_is_opened_anew_at_once_and_tells_anew_who_it_is(
    clock: VirtualClock, device: FakePushing
) -> None:
    back = []
    async with listening(device, device.pusher(random.Random(3))) as heard:
        for _ in range(20):
            await device.stream(15)
            device.answers["device"] = {**DEVICE, "firmware_version": f"6.{len(device.sockets):04}"}
            lost = clock.now().monotonic
            device.socket.fail(GONE)
            await clock.advance(1)
            back.append(heard.measured[-1].at.monotonic - lost)
        assert all(0.2 < wait <= 0.5 for wait in back)
        assert len(set(back)) > 10  # a house does not come back in lockstep
        identified = [event for event in heard if isinstance(event, Identified)]
        assert identified[-1].identity.firmware_version == "6.0020"


async def test_one_that_is_lost_again_and_again_is_opened_less_and_less_often(
    clock: VirtualClock, device: FakePushing, luck: random.Random
) -> None:
    pusher = device.pusher(luck)
    async with listening(device, pusher) as heard:
        for _ in range(600):
            if device.open_sockets:
                device.socket.fail(GONE)  # right after its first value
            await clock.advance(1)
        waits = [after - before for before, after in pairwise(device.attempts)]
        assert waits[:6] == pytest.approx([1, 1.8, 3.6, 7.2, 14.4, 28.8], abs=1)
        assert max(waits) < 61
        assert pusher.failures == len(heard.failed)
        while not device.open_sockets:
            await clock.advance(1)
        await device.stream(11)
        assert pusher.failures == 0


async def test_a_device_that_is_gone_is_asked_less_and_less_often_until_it_is_announced(
    clock: VirtualClock, device: FakePushing, luck: random.Random
) -> None:
    device.refusal = Unreachable("No connection within 10 s")
    pusher = device.pusher(luck)
    async with listening(device, pusher) as heard:
        assert pusher.asked.is_set()
        await clock.advance(1000)
        attempts = len(device.attempts)
        assert attempts < 25
        assert {failed.text for failed in heard.failed} == {"No connection within 10 s"}
        device.refusal = None
        pusher.wake()
        await clock.advance(0)
        assert len(device.attempts) == attempts + 1
        assert heard.measured


async def test_announcements_make_no_storm(clock: VirtualClock, device: FakePushing) -> None:
    device.refusal = Unreachable("No connection within 10 s")
    pusher = device.pusher()
    async with listening(device, pusher):
        for _ in range(100):
            pusher.wake()
            await clock.advance(0.1)
        assert len(device.attempts) <= 11


async def test_a_refused_token_makes_no_storm(clock: VirtualClock, device: FakePushing) -> None:
    async with listening(device, device.pusher()) as heard:
        await device.stream(30)
        device.refusal = NotPaired()
        device.socket.push("error", {"message": "user:unauthorized"})
        await clock.advance(600)
        assert {failed.kind for failed in heard.failed} == {State.NOT_PAIRED}
        assert len(device.attempts) <= 15


async def test_a_topic_that_is_refused_is_not_the_end(clock: VirtualClock, device: FakePushing) -> None:
    async with listening(device, device.pusher()) as heard:
        device.socket.push("error", {"message": "request:unknown-subscription"})
        await device.stream(3)
        assert (len(device.sockets), heard.failed) == (1, [])


async def test_a_flood_is_noted_until_the_device_is_calm_again(clock: VirtualClock, device: FakePushing) -> None:
    async with listening(device, device.pusher()) as heard:
        device.socket.fail(Flooded("It sends more than 50 messages a second: if it stays so, restart it"))
        await clock.advance(1)
        (noted,) = [event for event in heard if isinstance(event, Noted)]
        assert noted.text == ("P1 meter aabbcc: It sends more than 50 messages a second: if it stays so, restart it")
        await clock.advance(2)
        await device.stream(11)
        last = [event for event in heard if isinstance(event, Noted)][-1]
        assert (last.topic, last.text) == (noted.topic, "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MESSAGES = st.lists(
    st.tuples(
        st.sampled_from(["measurement", "system", "batteries", "device", "error", "user", "authorized", "", "x\x1b"]),
        JSON | st.sampled_from([READING, DEVICE, BATTERY, {"message": "user:unauthorized"}, {"mode": "zero"}]),
    ),
    max_size=12,
)


@settings(max_examples=15, deadline=None)
@given(MESSAGES)
async def test_no_sequence_of_messages_ends_it_or_tells_of_another_device(messages: list[tuple[str, object]]) -> None:
    clock = VirtualClock()
    clock.TURNS = 12
    device = FakePushing(clock)
    pusher = device.pusher()
    async with listening(device, pusher) as heard:
        for kind, data in messages:
            if device.open_sockets:
                device.socket.push(kind, data)
            await clock.advance(0.5)
        await clock.advance(62)
        for before, event in enumerate(heard):
            if isinstance(event, Measured | SystemRead | BatteriesRead):
                assert event.serial == SERIAL
                assert any(isinstance(one, Identified) for one in heard[:before])
        assert all(failed.endpoint == HOST for failed in heard.failed)
        device.answers = {"device": DEVICE, "measurement": READING}
        told = len(heard.measured)
        await clock.advance(62)
        assert len(heard.measured) > told


async def test_a_bad_answer_is_told_as_it_is(clock: VirtualClock, device: FakePushing) -> None:
    device.refusal = BadAnswer("HTTP 302 redirects elsewhere: does a router answer here?")
    async with listening(device, device.pusher()) as heard:
        assert [(failed.kind, failed.text) for failed in heard.failed] == [(State.BAD_ANSWER, str(device.refusal))]


async def test_hours_of_sockets_that_drop_leave_nothing_behind() -> None:
    clock = VirtualClock()
    clock.TURNS = 8
    device = FakePushing(clock)
    rng = random.Random(1)
    seen = []
    async with listening(device, device.pusher(rng)) as heard:
        for _ in range(4):
            for _ in range(180):
                await clock.advance(5)
                if device.open_sockets and rng.random() < 0.03:
                    device.socket.fail(Refused(str(GONE)))  # raised again, one grows by its traceback
                elif device.open_sockets:
                    device.socket.push("measurement", READING)
            assert heard.measured
            assert heard.failed
            heard.clear()
            while not device.open_sockets:
                await clock.advance(5)
            del device.sockets[:-1], device.attempts[:]
            device.socket.said.clear()
            gc.collect()
            seen.append(
                (
                    len(asyncio.all_tasks()),
                    sum(
                        str(type(one).__module__).startswith(("tui.", "asyncio", "_asyncio"))
                        for one in gc.get_objects()
                    ),
                )
            )
    assert len(set(seen[1:])) == 1


async def test_one_that_says_again_and_again_who_it_is_is_not_subscribed_to_again(
    clock: VirtualClock, device: FakePushing
) -> None:
    async with listening(device, device.pusher()):
        for _ in range(50):
            device.socket.push("device", DEVICE)
        await clock.advance(1)
        assert device.socket.topics() == ["device", "measurement", "system", "batteries"]


async def test_measurements_without_a_reading_are_no_values(clock: VirtualClock, device: FakePushing) -> None:
    del device.answers["measurement"]
    async with listening(device, device.pusher()) as heard:
        await device.stream(21, data={"note": "nothing"})
        assert heard.measured == []
        assert len(device.sockets) == 2, "one that pushes no values only seems to work"
