"""What devices push within a second is taken together, and each value still has the time at which it came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.engine.pushing import FakePushing, Heard, listening
from tui.core.events import SystemRead
from tui.core.moment import Now
from tui.engine.clock import VirtualClock
from tui.net.errors import Refused, Unreachable


class Suspended(VirtualClock):
    """One whose sleeps stand still while the computer is suspended, as asyncio's do."""

    suspended_s = 0.0

    def now(self) -> Now:
        return super().now().plus(self.suspended_s)


GONE = Refused("It closed the connection (code 1001): does another program read this device?")


async def test_devices_that_push_at_moments_of_their_own_are_heard_at_one(clock: VirtualClock) -> None:
    devices = [FakePushing(clock) for _ in range(3)]
    heard = [Heard() for _ in devices]
    tasks = [
        asyncio.create_task(one.pusher(beats=0.9).run(each.append)) for one, each in zip(devices, heard, strict=True)
    ]
    await clock.advance(0)
    before, now = [0], [1]
    for power in range(3):  # seconds
        before = [len(each.measured) for each in heard]
        for one in devices:
            one.socket.age_s = 0.0
            one.socket.push("measurement", {"power_w": power})
            await clock.advance(0.2)
        for age_s, one in zip((0.9, 0.7, 0.5), devices, strict=True):  # by the beat
            one.socket.age_s = age_s
        await clock.advance(0.25)
        now = [len(each.measured) for each in heard]
        await clock.advance(0.15)
    assert [each.measured[-1].measurement.number("power_w") for each in heard] == [2, 2, 2]
    assert [round(each.measured[-1].at.monotonic, 3) for each in heard] == [2.0, 2.2, 2.4]
    assert now == before, "heard before the beat"
    assert [one.socket.held for one in devices] == [[0.0, 1.9, 2.9], [0.2, 1.9, 2.9], [0.4, 1.9, 2.9]]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_nothing_waits_before_the_device_pushes(clock: VirtualClock) -> None:
    device = FakePushing(clock)
    async with listening(device, device.pusher(beats=0.5)) as heard:
        assert len(heard.measured) == 1  # it was asked for
        await clock.advance(0.1)
        device.socket.push("system", {"uptime_s": 9})
        await clock.advance(0)
        assert (len(heard.of(SystemRead)), device.socket.held) == (1, [])
        device.socket.push("measurement", {"power_w": 7})
        await clock.advance(0)
        assert (heard.measured[-1].at.monotonic, device.socket.held) == (0.1, [0.1])


async def test_without_beats_each_value_is_taken_when_it_comes(clock: VirtualClock) -> None:
    device = FakePushing(clock)
    async with listening(device, device.pusher()) as heard:
        await device.stream(5, every_s=0.3)
        assert len(heard.measured) > 5
        assert device.socket.held == []


async def test_more_than_one_message_in_a_second_are_all_heard(clock: VirtualClock) -> None:
    device = FakePushing(clock)
    async with listening(device, device.pusher(beats=0.0)) as heard:
        await device.stream(3)
        await clock.advance(1)
        before = len(heard.measured)
        for power in range(4):
            device.socket.push("measurement", {"power_w": power})
        await clock.advance(1)
        assert [one.measurement.number("power_w") for one in heard.measured[before:]] == [0, 1, 2, 3]
        assert device.socket.is_empty


async def test_a_value_from_before_a_suspend_is_no_new_one() -> None:
    clock = Suspended()
    device = FakePushing(clock)
    async with listening(device, device.pusher(beats=0.0)) as heard:
        await device.stream(3)
        await clock.advance(1.2)
        began = clock.now().monotonic
        device.socket.age_s = 0.4  # the kernel counts on when the computer does
        device.socket.push("measurement", {"power_w": 7})
        clock.suspended_s = 8 * 3600.0
        await clock.advance(1)
        value = heard.measured[-1]
        assert value.measurement.number("power_w") == 7
        assert 0 <= began - value.at.monotonic <= 1.2
        device.socket.age_s = 0.1
        device.socket.push("measurement", {"power_w": 8})
        await clock.advance(1)
        assert clock.now().age_of(heard.measured[-1].at) < 2


async def test_a_socket_that_has_pushed_all_the_while_is_kept_after_a_suspend() -> None:
    clock = Suspended()
    device = FakePushing(clock)
    async with listening(device, device.pusher(beats=0.5)) as heard:
        await device.stream(19)
        await clock.advance(0.7)
        device.socket.push("measurement", {"power_w": 7})
        clock.suspended_s = 300.0
        await clock.advance(0.3)  # every ten seconds it is looked at, now before the beat
        await device.stream(3)
        await clock.advance(1)
        assert (heard.failed, len(device.sockets)) == ([], 1)
        assert clock.now().age_of(heard.measured[-1].at) <= 2


async def test_a_socket_that_ends_meanwhile_is_noticed_at_once_after_what_it_said(clock: VirtualClock) -> None:
    device = FakePushing(clock)
    async with listening(device, device.pusher(beats=0.0)) as heard:
        await device.stream(3)
        await clock.advance(0.2)
        device.socket.push("measurement", {"power_w": 7})
        await clock.advance(0.1)
        device.socket.fail(Unreachable("gone"))
        await clock.advance(0)
        assert [(one.text, round(one.at.monotonic, 3)) for one in heard.failed] == [("gone", 3.3)]
        assert heard.measured[-1].measurement.number("power_w") == 7


async def test_one_that_ends_while_the_computer_sleeps_has_no_new_value() -> None:
    clock = Suspended()
    device = FakePushing(clock)
    async with listening(device, device.pusher(beats=0.0)) as heard:
        await device.stream(3)
        await clock.advance(1.2)
        began = clock.now().monotonic
        device.socket.age_s = 0.4
        device.socket.push("measurement", {"power_w": 7})
        clock.suspended_s = 8 * 3600.0
        device.socket.fail(Unreachable("gone"))
        await clock.advance(0)
        assert [one.text for one in heard.failed] == ["gone"]
        assert 0 <= began - heard.measured[-1].at.monotonic <= 1.2


@pytest.mark.parametrize("leaves_first", [False, True])
async def test_whoever_leaves_as_the_socket_ends_leaves(clock: VirtualClock, *, leaves_first: bool) -> None:
    device = FakePushing(clock)
    task = asyncio.create_task(device.pusher(beats=0.0).run(lambda event: None))
    await device.stream(3)
    await clock.advance(0.5)
    ends: list[Callable[[], object]] = [lambda: device.socket.fail(GONE), task.cancel]
    for end in reversed(ends) if leaves_first else ends:
        end()
    await clock.advance(0)
    assert task.cancelled()
    assert device.socket.closed


async def test_whoever_leaves_does_not_wait_for_the_beat(clock: VirtualClock) -> None:
    device = FakePushing(clock)
    pusher = device.pusher(beats=0.0)
    task = asyncio.create_task(pusher.run(lambda event: None))
    await device.stream(3)
    await clock.advance(0.5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert device.socket.closed
    assert not device.socket.is_held
