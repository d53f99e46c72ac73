"""The conversation on a WebSocket with a device, over real TLS."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import time
from collections.abc import AsyncIterator

import pytest

from tests.v2.certificates import SERIAL, authority, leaf
from tests.v2.server import READING, TOKEN, V2Server, identity_of
from tests.v2.socket import Socket
from tui.core.secret import Secret
from tui.net import websocket
from tui.net.errors import BadAnswer, DeviceError, NotPaired, Refused, Unreachable, WrongCertificate
from tui.net.push import PushSocket
from tui.net.tls import Peer, Trust

SECRET = Secret(TOKEN)


@pytest.fixture
async def device() -> AsyncIterator[V2Server]:
    async with V2Server() as running:
        yield running


def peer(serial: str | None = SERIAL) -> Peer:
    return Peer(Trust(authority().pem), serial, stays=True)


async def opened(device: V2Server, token: Secret = SECRET) -> PushSocket:
    return await PushSocket.open(device.endpoint, token, peer())


async def failure_of(device: V2Server, token: Secret = SECRET, serial: str | None = SERIAL) -> DeviceError:
    async with asyncio.timeout(5):
        with pytest.raises(DeviceError) as caught:
            await PushSocket.open(device.endpoint, token, peer(serial))
    return caught.value


async def test_what_was_subscribed_to_is_pushed_and_what_is_asked_for_answered(device: V2Server) -> None:
    socket = await opened(device)
    assert socket.serial == SERIAL
    socket.ask("device")
    socket.subscribe("measurement")
    assert tuple(await socket.receive())[:2] == ("device", identity_of(SERIAL))
    assert tuple(await socket.receive())[:2] == ("measurement", READING)
    await device.push("measurement", {"power_w": 7})
    assert tuple(await socket.receive())[:2] == ("measurement", {"power_w": 7})
    await socket.aclose()
    await device.until(lambda: not device.open)


async def test_what_is_held_waits_in_the_kernel_and_has_its_age(device: V2Server) -> None:
    socket = await opened(device)
    socket.subscribe("measurement")
    assert (await socket.receive()).type == "measurement"
    woken = asyncio.Event()
    socket.hold(woken.set)
    waiting = asyncio.create_task(socket.receive())
    for power in (8, 9):
        await device.push("measurement", {"power_w": power})
    await asyncio.sleep(0.3)  # the time is the fact
    assert not waiting.done()
    socket.release()
    found = [(await waiting).data, socket.is_empty, (await socket.receive()).data, socket.is_empty]
    assert found == [{"power_w": 8}, False, {"power_w": 9}, True]
    if sys.platform == "linux":
        assert 0.25 < socket.age_s < 2
    socket.hold(woken.set)
    await socket.aclose()
    await device.until(lambda: not device.open)
    assert not woken.is_set()


@pytest.mark.skipif(sys.platform != "linux", reason="nothing is held elsewhere")
async def test_the_end_of_one_that_is_held_wakes_and_comes_after_what_waits(device: V2Server) -> None:
    files = len(os.listdir("/proc/self/fd"))
    socket = await opened(device)
    socket.subscribe("measurement")
    assert (await socket.receive()).type == "measurement"
    woken = asyncio.Event()
    for _ in range(3):  # as often as it has rested
        socket.hold(woken.set)
        assert not socket.has_waiting
        socket.release()
    socket.hold(woken.set)
    await device.push("measurement", {"power_w": 8})
    await device.until(lambda: socket.has_waiting)
    assert not woken.is_set(), "a value wakes nobody"
    device.kill()
    async with asyncio.timeout(5):
        await woken.wait()
    socket.release()
    assert (await socket.receive()).data == {"power_w": 8}
    assert not socket.is_empty, "its end was not yet received"
    woken.clear()
    socket.hold(woken.set)
    assert woken.is_set(), "it has ended before"
    socket.release()
    with pytest.raises(Refused):
        await socket.receive()
    await socket.aclose()
    await device.until(lambda: len(os.listdir("/proc/self/fd")) <= files)


async def test_one_that_is_given_up_while_it_is_held_wakes(device: V2Server) -> None:
    socket = await opened(device)
    woken = asyncio.Event()
    socket.hold(woken.set)
    socket.fail(Unreachable("silent"))
    assert woken.is_set()
    socket.release()
    with pytest.raises(Unreachable, match="silent"):
        await socket.receive()
    await socket.aclose()


async def test_one_that_is_closed_while_it_is_held_wakes_nobody(device: V2Server) -> None:
    files = len(os.listdir("/proc/self/fd"))
    socket = await opened(device)
    woken = asyncio.Event()
    socket.hold(woken.set)
    await socket.aclose()
    await device.until(lambda: not device.open and len(os.listdir("/proc/self/fd")) <= files)
    assert not woken.is_set()


async def test_one_that_breaks_when_something_is_sent_while_it_is_held(device: V2Server) -> None:
    socket = await opened(device)
    woken = asyncio.Event()
    socket.hold(woken.set)
    device.kill()
    await device.until(lambda: socket.has_waiting)
    for _ in range(3):  # the first to reach a closed connection resets it, the next is told
        socket.ask("system")
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (socket.has_waiting, socket.age_s) == (True, 0.0)
    socket.release()
    async with asyncio.timeout(5):
        with pytest.raises(Refused):
            await socket.receive()
    await socket.aclose()


async def test_a_token_that_it_does_not_know(device: V2Server) -> None:
    error = await failure_of(device, Secret("0" * 32))
    assert (type(error), str(error)) == (NotPaired, "not paired: press p, or run hwtui pair")
    await device.until(lambda: not device.open)


async def test_a_token_that_is_revoked_in_the_middle(device: V2Server) -> None:
    async def forget(socket: Socket) -> None:
        await socket.authorize()
        await socket.send({"type": "measurement", "data": READING})
        await socket.send({"type": "error", "data": {"message": "user:unauthorized"}})
        await socket.close(1008)

    device.script = forget
    socket = await opened(device)
    assert (await socket.receive()).type == "measurement"
    assert tuple(await socket.receive())[:2] == ("error", {"message": "user:unauthorized"})
    with pytest.raises(Refused, match="code 1008"):
        await socket.receive()
    await socket.aclose()


@pytest.mark.parametrize(
    ("made", "serial", "why"),
    [
        ({"by": "Stranger"}, SERIAL, "The certificate is not from the authority of --ca"),
        ({"by": None}, SERIAL, "The certificate is signed by itself"),
        ({"to_day": -1}, SERIAL, "The certificate has expired: is this computer's clock right?"),
        ({"serial": "aabbccddeeff"}, SERIAL, "is that of aabbccddeeff, not 5c2fafaabbcc"),
        ({"cn": "nobody"}, None, "names no HomeWizard device"),
    ],
)
async def test_a_stranger_is_sent_neither_a_request_nor_the_token(
    device: V2Server, made: dict[str, str], serial: str | None, why: str
) -> None:
    device.certificate = leaf(**made)
    error = await failure_of(device, serial=serial)
    assert isinstance(error, WrongCertificate)
    assert why in str(error)
    assert (device.requests, device.sockets) == ([], [])


async def test_a_serial_that_is_not_known_is_that_of_the_first_certificate(device: V2Server) -> None:
    anyone = peer(None)
    socket = await PushSocket.open(device.endpoint, SECRET, anyone)
    assert socket.serial == SERIAL
    await socket.aclose()
    device.certificate = leaf("aabbccddeeff")
    with pytest.raises(WrongCertificate):
        await PushSocket.open(device.endpoint, SECRET, anyone)


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (None, "Connected, but it does not ask for the token within 0.1 s: if it stays so, restart it"),
        (
            {"type": "authorized"},
            "Connected, but it does not ask for the token within 0.1 s: if it stays so, restart it",
        ),
        (
            {"type": "authorization_requested"},
            "Connected, but it does not say whether it takes the token within 0.1 s: if it stays so, restart it",
        ),
        (
            {"type": "error", "data": {"message": "request:internal-server-error"}},
            'It refuses to push, "request:internal-server-error": if it stays so, restart it',
        ),
    ],
)
async def test_a_device_that_does_not_keep_to_the_conversation(device: V2Server, first: object, why: str) -> None:
    async def stop(socket: Socket) -> None:
        if first is not None:
            await socket.send(first)
        while await socket.receive() is not None:
            pass

    device.script = stop
    with pytest.raises(DeviceError) as caught:
        await PushSocket.open(device.endpoint, SECRET, peer(), answer_s=0.1)
    assert str(caught.value) == why
    await device.until(lambda: not device.open)


async def test_nobody_hears_the_token_not_even_a_log_of_everything(
    device: V2Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def tell(socket: Socket) -> None:
        await socket.authorize()
        await socket.send({"type": "measurement", "data": {"said": TOKEN}})
        await socket.send({"type": "error", "data": {"message": f"x:{TOKEN}"}})
        await socket.close(1000, TOKEN)

    device.script = tell
    socket = await opened(device)
    told = [await socket.receive(), await socket.receive()]
    with pytest.raises(Refused) as caught:
        await socket.receive()
    await socket.aclose()
    ours = [one.getMessage() for one in caplog.records if one.name != "websockets.server"]
    assert TOKEN not in f"{told} {caught.value!r} {ours}"
    assert "***" in str(told)


async def test_a_device_whose_answer_waits_is_not_lost(device: V2Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program was stopped while its ping was under way, so the time for the answer is up when it goes on."""
    monkeypatch.setattr(websocket, "PING_EVERY_S", 0.05)
    monkeypatch.setattr(websocket, "ALIVE_WITHIN_S", 0.05)
    socket = await opened(device)
    woken = asyncio.Event()
    socket.hold(woken.set)
    await device.until(lambda: socket.has_waiting)  # the pong
    assert not woken.is_set()
    await asyncio.sleep(0.1)
    socket.subscribe("measurement")
    socket.release()
    async with asyncio.timeout(2):
        assert (await socket.receive()).type == "measurement"
    await socket.aclose()


async def test_a_lost_device_is_noticed_though_it_says_nothing(
    device: V2Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "PING_EVERY_S", 0.1)
    monkeypatch.setattr(websocket, "ALIVE_WITHIN_S", 0.1)
    pinged = []

    async def die(socket: Socket) -> None:
        await socket.authorize()
        while socket.pings < 2:
            reading = asyncio.create_task(socket.receive())  # answers pings
            await asyncio.sleep(0.02)
            reading.cancel()
        pinged.append(time.monotonic())
        await asyncio.sleep(5)

    device.script = die
    socket = await opened(device)
    async with asyncio.timeout(2):
        with pytest.raises(Unreachable) as caught:
            await socket.receive()
    assert pinged
    assert str(caught.value) == "No sign of life for 0.1 s: is it plugged in and on the Wi-Fi?"
    await socket.aclose()


async def test_a_goodbye_that_is_not_answered_takes_its_time_and_no_more(
    device: V2Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "CLOSE_S", 0.2)

    async def ignore(socket: Socket) -> None:
        await socket.authorize()
        while await socket.reader.read(4096):
            pass

    device.script = ignore
    socket = await opened(device)
    start = time.monotonic()
    await socket.aclose()
    assert 0.15 < time.monotonic() - start < 0.6


async def test_cancelling_leaves_nothing_wherever_it_was(device: V2Server) -> None:
    before = asyncio.all_tasks()
    for turns in (*range(0, 40, 2), 60, 90):
        task = asyncio.create_task(opened(device))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done = (await asyncio.gather(task, return_exceptions=True))[0]
        if isinstance(done, PushSocket):
            await done.aclose()
    await device.until(lambda: not device.open)
    await device.until(lambda: asyncio.all_tasks() == before)
    gc.collect()  # an unclosed socket would be a ResourceWarning, which is an error here


async def test_nobody_there(device: V2Server) -> None:
    await device.stop()
    error = await failure_of(device)
    assert (type(error), str(error)) == (
        Refused,
        f"Connection refused at port {device.endpoint.port}: is this the right address?",
    )


async def test_garbled_messages_are_counted_and_borne_up_to_a_number(device: V2Server) -> None:
    async def mumble(socket: Socket) -> None:
        await socket.authorize()
        for number in range(2):
            for text in ("{", "[]", '{"data": 1}', '{"type": 3}', "\x00"):
                await socket.send(text)
            await socket.send({"type": "measurement", "data": {"power_w": number}})
        for _ in range(20):
            await socket.send('{"type"')

    device.script = mumble
    socket = await opened(device)
    assert [(await socket.receive()).data for _ in range(2)] == [{"power_w": 0}, {"power_w": 1}]
    with pytest.raises(BadAnswer, match="10 messages in a row are none of API v2"):
        await socket.receive()
    assert socket.garbled == 20
    await socket.aclose()
