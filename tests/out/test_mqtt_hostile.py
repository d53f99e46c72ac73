"""A broker that sends more than anybody here waits for: it is left before that is in memory."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from tests.out.test_mqtt import handing_on
from tests.v2.certificates import authority, leaf
from tui.core.out.mqttbroker import Broker
from tui.core.out.mqttpackets import LARGEST, Incoming, UnwantedError
from tui.engine.out import mqttclient

CONNACK, SUBACK = b"\x20\x02\x00\x00", b"\x90\x03\x00\x01\x01"
HUGE = b"\x30\xff\xff\xff\x7f"
"""The head of a message of 256 MB."""
TOO_LARGE, NOT_ASKED = "a packet of more than 64 KiB", "a message of QoS 2, which was not asked for"


@pytest.mark.parametrize(
    ("data", "unwanted"),
    [
        (b"", ""),
        (CONNACK + SUBACK + b"\x40\x02\x00\x01" + b"\xd0\x00", ""),
        (b"\x31\x04\x00\x01ab" + CONNACK, ""),  # what stands in a packet is no packet
        (b"\x32\x80\x80\x04" + bytes(LARGEST) + CONNACK, ""),
        (b"\x32\x81\x80\x04", TOO_LARGE),
        (HUGE, TOO_LARGE),
        (b"\x20\xff\xff\x7f", TOO_LARGE),
        (b"\x30\x80\x80\x80\x80", TOO_LARGE),  # no length has more than four bytes
        (CONNACK + b"\x34\x02ab", NOT_ASKED),
        (b"\x3d\x02ab", NOT_ASKED),
        (b"\x62\x02\x00\x01", ""),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 4096])
def test_packets_are_followed_in_whatever_pieces_they_come(data: bytes, unwanted: str, size: int) -> None:
    incoming, said = Incoming(), ""
    try:
        for start in range(0, len(data), size):
            incoming.heard(data[start : start + size])
    except UnwantedError as error:
        said = str(error)
    assert said == unwanted


class Hostile:
    """Answers as a broker does, up to a point."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = answers
        self._visits: list[asyncio.Task[None]] = []
        self.taken = 0
        """Bytes of the flood that the other side has taken, or the system for it."""

    def let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._visits.append(asyncio.create_task(self._visit(reader, writer)))

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            await self._answer(reader, writer)
        writer.transport.abort()
        with suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in self._answers:
            if not await reader.read(65536):
                return  # it was only looked whether somebody is here
            writer.write(answer)
        while self.taken < 64 * 1024 * 1024:
            writer.write(bytes(1024 * 1024))
            await writer.drain()
            self.taken += 1024 * 1024

    async def all_left(self) -> None:
        await asyncio.gather(*self._visits)


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize(
    ("answers", "unwanted"),
    [((CONNACK, SUBACK + HUGE), TOO_LARGE), ((b"\x20" + HUGE[1:],), TOO_LARGE), ((CONNACK, b"\x34"), NOT_ASKED)],
)
async def test_one_that_sends_too_much_is_left_and_told_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tls: bool, answers: tuple[bytes, ...], unwanted: str
) -> None:
    monkeypatch.setattr(mqttclient, "ANSWER_S", 0.2)  # the library waits so long for what cannot come any more
    context = leaf(cn="localhost", san=("localhost",)).context() if tls else None
    hostile = Hostile(*answers)
    server = await asyncio.start_server(hostile.let_in, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    host = "localhost" if tls else "127.0.0.1"
    async with server, handing_on(Broker(host, port, tls), mqtt_ca=authority().file(tmp_path)) as house:
        assert await house.fault(f"{host}:{port} sent") == f"{host}:{port} sent {unwanted}: who publishes that?"
        await hostile.all_left()
    assert hostile.taken < 16 * 1024 * 1024  # what the buffers of the system hold
