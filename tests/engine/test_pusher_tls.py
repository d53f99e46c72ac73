"""Pushers over real TLS: what becomes of a device that restarts, forgets, moves or floods, and of the others."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from operator import le

from tests.engine.pushing import FakeClient, FakePushing, Heard
from tests.v2.certificates import SERIAL, authority, leaf
from tests.v2.server import READING, TOKEN, V2Server, identity_of
from tests.v2.socket import Socket
from tui.core.events import Identified
from tui.core.model import Endpoint, State
from tui.core.secret import Secret
from tui.engine.clock import FastClock, SystemClock, VirtualClock
from tui.engine.lines.pushed import BEAT_S, LEAST_REST_S
from tui.engine.lines.pusher import Pusher
from tui.engine.lines.pushers import Pushers
from tui.net.errors import NoAddress
from tui.net.resolve import AddressOf, Names
from tui.net.tls import Trust


def pusher(endpoint: Endpoint, serial: str = SERIAL, address_of: AddressOf | None = None) -> Pusher:
    def client(_endpoint: Endpoint, _token: Secret | None, _serial: str | None) -> FakeClient:
        return FakeClient(FakePushing(VirtualClock()))

    make = Pushers(FastClock(10), Trust(authority().pem), address_of or Names().address_of, client)
    return make(endpoint, Secret(TOKEN), serial)


@asynccontextmanager
async def listening(one: Pusher) -> AsyncIterator[Heard]:
    heard = Heard()
    task = asyncio.create_task(one.run(heard.append))
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_restart_in_the_middle_of_a_push_with_other_firmware_afterwards() -> None:
    async with V2Server() as device, listening(pusher(device.endpoint)) as heard:
        await device.until(lambda: heard.measured and device.subscribed("measurement"))
        await device.push("measurement", {"power_w": 1})
        await device.until(lambda: heard.measured[-1].measurement.number("power_w") == 1)
        port = device.endpoint.port
        await device.stop()
        device.answers["GET", "/api"] = (200, {**identity_of(SERIAL), "firmware_version": "6.9999"})
        await device.until(lambda: heard.failed)
        await device.start(port=port)
        told = len(heard.measured)
        await device.until(lambda: len(heard.measured) > told)
        last = [event for event in heard if isinstance(event, Identified)][-1]
        assert last.identity.firmware_version == "6.9999"


async def test_one_that_hangs_up_between_two_beats_is_told_before_the_next() -> None:
    class NoBeat(SystemClock):
        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(3600 if seconds <= BEAT_S + LEAST_REST_S else seconds)

    make = Pushers(
        NoBeat(), Trust(authority().pem), Names().address_of, lambda *_: FakeClient(FakePushing(VirtualClock()))
    )
    async with V2Server() as device, listening(make(device.endpoint, Secret(TOKEN), SERIAL, 0.0)) as heard:
        await device.until(lambda: heard.measured and device.subscribed("measurement"))
        for power in range(1, 100):
            await device.push("measurement", {"power_w": power})
            await asyncio.sleep(0.05)
            if heard.measured[-1].measurement.number("power_w") != power:  # it waits for the beat, which never comes
                break
        device.kill()
        await device.until(lambda: heard.failed)
        assert heard.measured[-1].measurement.number("power_w") == power


async def test_a_token_that_is_revoked_in_the_middle_is_told() -> None:
    async with V2Server() as device, listening(pusher(device.endpoint)) as heard:
        await device.until(lambda: heard.measured)
        device.tokens.clear()
        device.kill()
        await device.until(lambda: any(one.kind is State.NOT_PAIRED for one in heard.failed))


async def test_another_device_at_its_address_is_not_sent_the_token() -> None:
    async with V2Server() as device, listening(pusher(device.endpoint)) as heard:
        await device.until(lambda: heard.measured)
        device.certificate = leaf("aabbccddeeff")
        sockets = len(device.sockets)
        device.kill()
        await device.until(lambda: any("is that of aabbccddeeff" in one.text for one in heard.failed))
        assert len(device.sockets) == sockets


async def test_a_device_that_was_found_needs_no_name_server_to_come_back() -> None:
    looked_up: list[str] = []

    async def once(host: str) -> str:
        looked_up.append(host)
        if len(looked_up) > 1:
            raise NoAddress
        return "127.0.0.1"

    async with V2Server() as device:
        named = Endpoint("battery.local", device.endpoint.port, "v2")
        async with listening(pusher(named, address_of=once)) as heard:
            await device.until(lambda: heard.measured)
            device.kill()
            await device.until(lambda: len(device.sockets) == 2)
            assert looked_up == ["battery.local"] * 2


async def test_the_others_live_on_beside_one_that_floods() -> None:
    async def flood(socket: Socket) -> None:
        await socket.authorize()
        while socket.writer in socket.device.open:
            await socket.raw(b"\x89\x00" * 20_000)
            await asyncio.sleep(0)

    async with (
        V2Server(script=flood) as bad,
        V2Server() as good,
        listening(pusher(bad.endpoint)) as trouble,
        listening(pusher(good.endpoint)) as heard,
    ):
        await good.until(lambda: good.subscribed("measurement") and heard.measured)
        late: list[float] = []
        while len(late) < 20 or len(trouble.failed) < 2:
            sent = time.monotonic()
            await good.push("measurement", {"power_w": sent})
            await good.until(lambda: heard.measured[-1].measurement.number("power_w") == sent)  # noqa: B023
            late.append(time.monotonic() - sent)
            await asyncio.sleep(0.02)
        assert trouble.failed[0].text.startswith("It sends more than 50 messages a second")
        assert max(late) < 0.5
        assert heard.failed == []


async def test_sockets_that_drop_leave_nothing_behind() -> None:
    """Real ones, fifty times: no task and no file more than after the first."""

    async def short(socket: Socket) -> None:
        await socket.authorize()
        await socket.send({"type": "device", "data": identity_of(SERIAL)})
        await socket.send({"type": "measurement", "data": READING})
        if len(socket.device.sockets) % 2:
            await socket.close(1001)
        socket.abort()

    class Hasty(SystemClock):
        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(0 if seconds < 61 else seconds)

    async with V2Server(script=short) as device:
        one = Pushers(
            Hasty(), Trust(authority().pem), Names().address_of, lambda *_: FakeClient(FakePushing(VirtualClock()))
        )(device.endpoint, Secret(TOKEN), SERIAL)
        async with listening(one) as heard:
            first: list[int] = []
            for target in (10, 60):
                await device.until(lambda: len(heard.measured) > target)  # noqa: B023
                device.script = hold
                await device.until(lambda: device.subscribed("measurement") and len(device.open) == 1)
                gc.collect()
                first = first or [count + ROOM for count in in_use()]
                await device.until(lambda: all(map(le, in_use(), first)))  # noqa: B023  some are still being closed
                device.script = short
                device.kill()


ROOM = 3
"""Tasks and files that come and go with each moment; fifty sockets that leave something behind leave far more."""


def in_use() -> list[int]:
    return [len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd"))]


async def hold(socket: Socket) -> None:
    await socket.authorize()
    socket.topics.add("measurement")
    await socket.send({"type": "device", "data": identity_of(SERIAL)})
    while await socket.receive() is not None:
        pass


def test_who_has_no_paired_device_loads_nothing_of_websockets() -> None:
    code = "import sys, tui.engine.monitor, tui.engine.lines.pushers; sys.exit('websockets' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
