"""One line a device with the real pusher in it: what its sockets do to the way, and what an hour of them costs."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

import pytest

from tests.engine.lines import QUIET, SERIAL, SLOW, TOKEN, V1, V2, FakeClient, House, only
from tui.core.api.v2 import Message
from tui.core.events import Certified, Configured, Paired, Seen, Unpaired
from tui.core.link.spoken import AGAIN_S, FORCED, NOT_PAIRED
from tui.core.model import DeviceSetting, Endpoint, Spoken, State
from tui.core.moment import Now
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.core.state import state_of
from tui.engine.clock import VirtualClock
from tui.engine.lines.feeds import Speakers
from tui.engine.lines.pusher import Pusher
from tui.engine.monitor import Monitor
from tui.net.errors import BadAnswer, DeviceError, Flooded, NotPaired, Refused, Unreachable, WrongCertificate

T0 = Now(0.0, 0.0)
SEEN = (Seen(V1, SERIAL, T0, "HWE-P1"), Seen(V2, SERIAL, T0, "HWE-P1"))
GONE = Refused("It closed the connection (code 1001)")
HOUR_S = 3600.0


@dataclass
class Sockets:
    """The sockets of one device, each with the same life."""

    clock: VirtualClock
    values: float = float("inf")
    """How many a socket pushes, one a second, before it ends with `end`."""
    end: DeviceError = GONE
    refusal: DeviceError | None = None
    """What opening one raises."""
    is_stuck: bool = False
    """Opening one never ends."""
    goodbye_s: float = 0.0
    """How long closing one takes."""
    opened: list[float] = field(default_factory=list)
    tokens: list[Secret] = field(default_factory=list)
    stuck: int = 0
    at_once: int = 0
    most_at_once: int = 0

    async def open(self, token: Secret, serial: str | None) -> Socket:
        self.opened.append(self.clock.now().monotonic)
        self.tokens.append(token)
        if self.is_stuck:
            self.stuck += 1
            try:
                await asyncio.Event().wait()
            finally:
                self.stuck -= 1
        if self.refusal is not None:
            raise self.refusal
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        return Socket(self, serial)


class Socket:
    def __init__(self, sockets: Sockets, serial: str | None) -> None:
        self.serial = serial
        self._sockets = sockets
        self._sent = 0
        self._introduced = False
        self._fault: DeviceError | None = None

    async def receive(self) -> Message:
        if not self._introduced:
            self._introduced = True
            return Message("device", {"product_type": "HWE-P1", "serial": SERIAL, "firmware_version": "6.03"})
        if self._sent:
            await self._sockets.clock.sleep(1.0)
        if self._fault is not None:
            raise self._fault
        if self._sent >= self._sockets.values:
            raise self._sockets.end
        self._sent += 1
        return Message("measurement", {"power_w": 3})

    is_empty = True
    has_waiting = True
    age_s = 0.0

    def hold(self, wake: object = None) -> None:
        raise AssertionError("each value is taken when it comes")

    release = hold

    def subscribe(self, topic: str) -> None:
        """It sends what it sends."""

    def ask(self, topic: str) -> None:
        """As above."""

    def fail(self, error: DeviceError) -> None:
        self._fault = error

    async def aclose(self) -> None:
        try:
            if self._sockets.goodbye_s:
                await self._sockets.clock.sleep(self._sockets.goodbye_s)
        finally:
            self._sockets.at_once -= 1


@pytest.fixture
def house(clock: VirtualClock) -> House:
    return House(clock)


@asynccontextmanager
async def pushed(
    house: House, sockets: Sockets, seen: tuple[Seen, ...] = SEEN, settings: Settings = SLOW
) -> AsyncIterator[Monitor]:
    """The monitor at work with a device of both APIs whose sockets are these."""

    def client(endpoint: Endpoint, token: Secret | None, serial: str | None) -> FakeClient:
        return FakeClient(house.find(endpoint), True, token, serial)

    def pusher(endpoint: Endpoint, token: Secret, serial: str | None, _beats: float | None) -> Pusher:
        async def opened() -> Socket:
            return await sockets.open(token, serial)

        return Pusher(endpoint, house.clock, opened, lambda: client(endpoint, token, serial), random.Random(1))

    monitor = Monitor(
        settings,
        house.clock,
        listeners=[lambda event, fleet: house.heard.append(event)],
        client_factory=lambda endpoint: FakeClient(house.find(endpoint), False),
        v2=Speakers(client, pusher),
        tokens=house.held,
        rng=random.Random(1),
    )
    for event in seen:
        monitor.apply(event)
    task = asyncio.create_task(monitor.run())
    await house.clock.advance(0.0)
    try:
        yield monitor
    finally:
        sockets.goodbye_s = 0.0
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert (sockets.at_once, sockets.stuck) == (0, 0)


@pytest.mark.parametrize("values", [0, 1, 5, 11])
async def test_sockets_that_end_soon_again_and_again_give_way_to_polls(house: House, values: int) -> None:
    """With 11 values each lives just long enough to be a good one, and ends before it gives another."""
    _, v2 = house.both()
    sockets = Sockets(house.clock, values=values)
    async with pushed(house, sockets) as monitor:
        await house.clock.advance(160.0)
        spoken = only(monitor.fleet).spoken
        assert spoken is not None
        assert (spoken.api, spoken.push) == ("v2", False)
        assert len(sockets.opened) == 3
        assert v2.asked("data")[-1] > 90.0


@pytest.mark.parametrize("how", ["polled instead", "unpaired", "read over v1 alone"])
async def test_the_note_of_a_flood_goes_with_the_socket(house: House, how: str) -> None:
    house.both()
    async with pushed(house, Sockets(house.clock, values=1, end=Flooded("too much"))) as monitor:
        await house.clock.advance(1.5)
        assert [note.text for note in monitor.fleet.notes] == ["P1 meter 000001: too much"]
        if how == "polled instead":
            await house.clock.advance(160.0)
            assert only(monitor.fleet).spoken == Spoken("v2", why_not="its socket failed 3 times: too much")
        elif how == "unpaired":
            house.tokens.clear()
            monitor.apply(Unpaired(SERIAL, house.clock.now()))
        else:
            monitor.apply(Configured(SERIAL, DeviceSetting(api="v1")))
        await house.clock.advance(0.1)
        assert monitor.fleet.notes == ()


@pytest.mark.parametrize(
    "fault",
    [
        Refused("reset"),
        Unreachable("no answer"),
        BadAnswer("no WebSocket"),
        Flooded("too much"),
        WrongCertificate("that of another"),
        NotPaired(),
    ],
    ids=lambda fault: type(fault).__name__,
)
@pytest.mark.parametrize(("when", "polls"), [("at the opening", "fail"), ("after one value", "answer")])
async def test_an_hour_of_sockets_that_fail_in_whatever_way_is_no_storm(
    house: House, fault: DeviceError, when: str, polls: str
) -> None:
    v1, v2 = house.both()
    sockets = Sockets(house.clock, values=1, end=fault)
    if when == "at the opening":
        sockets.refusal = fault
    if polls == "fail":
        v1.fault = v2.fault = Unreachable("no answer")
    async with pushed(house, sockets) as monitor:
        await house.clock.advance(HOUR_S)
        # Three at the beginning, then a trial every five minutes: one that gives a value is in use, so it has three.
        assert len(sockets.opened) <= 3 + (1 if when == "at the opening" else 3) * HOUR_S / AGAIN_S
        assert sockets.most_at_once <= 1
        if isinstance(fault, NotPaired):
            assert len(sockets.tokens) == 1, "a token that is refused is not sent again"
        sockets.refusal, sockets.values, v1.fault, v2.fault = None, float("inf"), None, None
        await house.clock.advance(AGAIN_S + 70.0)
        assert state_of(only(monitor.fleet), house.clock.now()) is State.LIVE
        if not isinstance(fault, NotPaired):
            assert only(monitor.fleet).spoken == Spoken("v2", push=True)


async def test_a_new_token_waits_until_the_socket_of_the_old_one_is_closed(house: House) -> None:
    _, v2 = house.both()
    sockets = Sockets(house.clock, goodbye_s=1.0)
    async with pushed(house, sockets) as monitor:
        await house.clock.advance(20.0)
        v2.token = house.tokens[SERIAL] = Secret("B" * 32)
        for event in house.held.news(house.clock.now()):
            monitor.apply(event)
        await house.clock.advance(10.0)
        assert sockets.tokens == [TOKEN, Secret("B" * 32)]
        assert sockets.most_at_once == 1


async def test_the_second_of_two_new_tokens_waits_for_it_too(house: House) -> None:
    _, v2 = house.both()
    sockets = Sockets(house.clock, goodbye_s=1.0)
    async with pushed(house, sockets) as monitor:
        await house.clock.advance(20.0)
        for letter in "BC":
            v2.token = house.tokens[SERIAL] = Secret(letter * 32)
            for event in house.held.news(house.clock.now()):
                monitor.apply(event)
            await house.clock.advance(0.2)
        await house.clock.advance(10.0)
        assert sockets.tokens == [TOKEN, Secret("C" * 32)]
        assert sockets.most_at_once == 1


async def test_at_a_new_address_nobody_waits_for_the_goodbye_of_the_old_one(house: House) -> None:
    house.both()
    new = replace(V2, host="10.0.0.77")
    house.add(new)
    sockets = Sockets(house.clock, goodbye_s=5.0)
    async with pushed(house, sockets) as monitor:
        await house.clock.advance(20.0)
        monitor.apply(Certified(new, SERIAL, house.clock.now()))
        await house.clock.advance(1.0)
        assert sockets.opened == [0.0, 20.0]
        assert house.values()[-1][0] >= 20.0


@asynccontextmanager
async def trying(house: House, sockets: Sockets) -> AsyncIterator[Monitor]:
    """A device that is polled over v2, and beside it a trial of its socket that does not end."""
    sockets.refusal = Refused("no WebSocket")
    async with pushed(house, sockets) as monitor:
        await house.clock.advance(20.0)
        sockets.is_stuck = True
        await house.clock.advance(AGAIN_S)
        assert (len(sockets.opened), sockets.stuck) == (4, 1)
        yield monitor


async def test_there_is_one_trial_at_a_time_whatever_happens_beside_it(house: House) -> None:
    _, v2 = house.both()
    sockets = Sockets(house.clock)
    async with trying(house, sockets):
        v2.fault = BadAnswer("garbled")
        await house.clock.advance(70.0)
        v2.fault = None
        await house.clock.advance(600.0)
        assert (len(sockets.opened), sockets.stuck) == (4, 1)


async def test_who_is_unpaired_while_a_trial_runs_ends_it(house: House) -> None:
    house.both()
    sockets = Sockets(house.clock)
    async with trying(house, sockets) as monitor:
        del house.tokens[SERIAL]
        monitor.apply(Unpaired(SERIAL, house.clock.now()))
        await house.clock.advance(120.0)
        assert sockets.stuck == 0
        assert only(monitor.fleet).spoken == Spoken("v1", why_not=NOT_PAIRED)


async def test_v1_that_is_forced_while_a_trial_runs_ends_it(house: House) -> None:
    house.both()
    sockets = Sockets(house.clock)
    async with trying(house, sockets) as monitor:
        monitor.apply(Configured(SERIAL, DeviceSetting(api="v1")))
        await house.clock.advance(120.0)
        assert sockets.stuck == 0
        assert only(monitor.fleet).spoken == Spoken("v1", why_not=FORCED)


async def test_a_device_that_moves_while_a_trial_runs_is_tried_at_its_new_address_at_once(house: House) -> None:
    _, v2 = house.both()
    sockets = Sockets(house.clock)
    async with trying(house, sockets) as monitor:
        v2.fault = Unreachable("no answer")
        house.add(replace(V2, host="10.0.0.9"))
        await house.clock.advance(61.0)
        sockets.is_stuck, sockets.refusal = False, None
        monitor.apply(Seen(replace(V2, host="10.0.0.9"), SERIAL, house.clock.now(), "HWE-P1"))
        await house.clock.advance(2.0)
        assert sockets.stuck == 0
        assert only(monitor.fleet).spoken == Spoken("v2", push=True)


async def test_a_token_that_is_refused_in_a_trial_is_no_token_any_more(house: House) -> None:
    house.both()
    sockets = Sockets(house.clock, refusal=Refused("no WebSocket"))
    async with pushed(house, sockets) as monitor:
        await house.clock.advance(20.0)
        sockets.refusal = NotPaired()
        await house.clock.advance(AGAIN_S)
        assert [type(event) for event in house.heard if isinstance(event, Unpaired)] == [Unpaired]
        assert only(monitor.fleet).spoken == Spoken("v1", why_not=NOT_PAIRED)


async def test_what_failed_at_the_old_address_says_nothing_of_the_new_one(house: House) -> None:
    _, v2 = house.both()
    sockets = Sockets(house.clock, refusal=Refused("no WebSocket"))
    async with pushed(house, sockets) as monitor:
        await house.clock.advance(20.0)
        v2.fault = Unreachable("no answer")
        house.add(replace(V2, host="10.0.0.9"))
        await house.clock.advance(60.0)
        sockets.refusal = None
        monitor.apply(Seen(replace(V2, host="10.0.0.9"), SERIAL, house.clock.now(), "HWE-P1"))
        await house.clock.advance(2.0)
        assert only(monitor.fleet).spoken == Spoken("v2", push=True)


@asynccontextmanager
async def trying_beside_v1(house: House, sockets: Sockets) -> AsyncIterator[Monitor]:
    """A device that is read over v1, and beside it a trial of its socket that does not end."""
    _, v2 = house.both()
    v2.fault = sockets.refusal = Unreachable("no answer")
    async with pushed(house, sockets) as monitor:
        await house.clock.advance(200.0)
        sockets.is_stuck = True
        await house.clock.advance(AGAIN_S)
        spoken = only(monitor.fleet).spoken
        assert spoken is not None
        assert (spoken.api, sockets.stuck) == ("v1", 1)
        yield monitor


async def test_a_trial_of_polls_that_works_is_followed_by_one_of_a_socket(house: House) -> None:
    _, v2 = house.both()
    v2.fault = Unreachable("no answer")
    sockets = Sockets(house.clock, refusal=Refused("no WebSocket"))
    async with pushed(house, sockets) as monitor:
        await house.clock.advance(200.0)
        v2.fault = None
        await house.clock.advance(AGAIN_S + 60.0)
        assert only(monitor.fleet).spoken == Spoken("v2", why_not="its socket failed 3 times: no WebSocket")
        sockets.refusal = None
        await house.clock.advance(AGAIN_S + 60.0)
        assert only(monitor.fleet).spoken == Spoken("v2", push=True)


async def test_a_new_token_takes_the_place_of_the_one_in_a_trial(house: House) -> None:
    sockets = Sockets(house.clock)
    async with trying_beside_v1(house, sockets) as monitor:
        house.tokens[SERIAL] = Secret("B" * 32)
        monitor.apply(Paired(SERIAL, house.clock.now()))
        await house.clock.advance(1.0)
        assert (sockets.tokens[-1], sockets.stuck) == (Secret("B" * 32), 1)


async def test_a_trial_is_not_doubled_when_v1_moves(house: House) -> None:
    sockets = Sockets(house.clock)
    moved = replace(V1, host="10.0.0.9")
    async with trying_beside_v1(house, sockets) as monitor:
        house.at[V1].fault = Unreachable("no answer")
        house.add(moved)
        await house.clock.advance(61.0)
        sockets.is_stuck, sockets.refusal = False, None
        monitor.apply(Seen(moved, SERIAL, house.clock.now(), "HWE-P1"))
        await house.clock.advance(2.0)
        assert only(monitor.fleet).spoken == Spoken("v2", push=True)
        assert (sockets.stuck, sockets.at_once) == (0, 1)


async def test_a_battery_that_was_off_for_a_night_is_back_as_soon_as_it_is_announced(house: House) -> None:
    house.tokens[SERIAL] = TOKEN
    v2 = house.add(V2)
    sockets = Sockets(house.clock, values=30, end=Unreachable("no sign of life"))
    async with pushed(house, sockets, SEEN[1:], QUIET) as monitor:
        await house.clock.advance(29.0)
        v2.fault = sockets.refusal = Unreachable("no answer")
        await house.clock.advance(8 * HOUR_S)
        # Polled once a minute, and its socket tried beside it every five minutes.
        assert len(v2.asked("api", "data")) + len(sockets.opened) <= 8 * (75 + 12) + 10
        v2.fault = sockets.refusal = None
        sockets.values = float("inf")
        back = house.clock.now().monotonic
        monitor.apply(Seen(V2, SERIAL, house.clock.now(), "HWE-P1"))
        await house.clock.advance(2.0)
        assert [at for at, _ in house.values() if at >= back]
        assert state_of(only(monitor.fleet), house.clock.now()) is State.LIVE
        await house.clock.advance(AGAIN_S)
        assert only(monitor.fleet).spoken == Spoken("v2", push=True)
