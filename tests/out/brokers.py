"""A real mosquitto, started by a test on loopback, and what may stand between it and hwtui."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiomqtt
import pytest

from tests.net.accepting import accepting

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
real_broker = pytest.mark.skipif(
    MOSQUITTO is None, reason="no mosquitto here: NOT run against a broker (Debian: apt-get install mosquitto)"
)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


class Mosquitto:
    """A broker that keeps nothing on disk; it can be killed and started again at the same port."""

    def __init__(self, folder: Path, *lines: str) -> None:
        self.port = free_port()
        self._config = folder / f"mosquitto-{self.port}.conf"
        # Started by root it would become a user that cannot read the files of a test.
        own = ["user root", f"listener {self.port} 127.0.0.1", *(lines or ("allow_anonymous true",))]
        self._config.write_text("\n".join([*own, ""]))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when it takes connections."""
        self._process = subprocess.Popen(
            [str(MOSQUITTO), "-c", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(1000):
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", self.port)):
                return
            assert self._process.poll() is None, "mosquitto ended"
        raise AssertionError("mosquitto does not listen")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Let it hang: the system still accepts connections for it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)


@contextmanager
def mosquitto(folder: Path, *lines: str) -> Iterator[Mosquitto]:
    """A broker that runs."""
    broker = Mosquitto(folder, *lines)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


class Subscriber:
    """Hears all that a broker tells: the newest payload of each topic, and the topics in the order of messages."""

    def __init__(self) -> None:
        self.newest: dict[str, str] = {}
        self.topics: list[str] = []
        self._heard = asyncio.Event()

    def take(self, message: aiomqtt.Message) -> None:
        assert isinstance(message.payload, bytes)
        self.newest[str(message.topic)] = message.payload.decode()
        self.topics.append(str(message.topic))
        self._heard.set()

    async def until(self, holds: Callable[[dict[str, str]], bool]) -> None:
        """Wait until the newest payloads are as wanted."""
        async with asyncio.timeout(10):
            while not holds(self.newest):
                self._heard.clear()
                await self._heard.wait()

    async def told(self, topic: str, payload: str | None = None) -> None:
        """Wait for a topic, or for what it tells."""
        await self.until(lambda newest: topic in newest if payload is None else newest.get(topic) == payload)


@asynccontextmanager
async def subscribed(
    port: int, username: str | None = None, password: str | None = None
) -> AsyncIterator[tuple[Subscriber, aiomqtt.Client]]:
    """Someone who hears all, and the client to publish with."""
    subscriber = Subscriber()

    async def listen(client: aiomqtt.Client) -> None:
        with contextlib.suppress(aiomqtt.MqttError):
            async for message in client.messages:
                subscriber.take(message)

    with contextlib.suppress(aiomqtt.MqttError):  # the broker was killed
        async with aiomqtt.Client("127.0.0.1", port, username=username, password=password) as client:
            await client.subscribe("#", qos=1)
            listening = asyncio.create_task(listen(client))
            try:
                yield subscriber, client
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)


class Relay:
    """Stands between hwtui and a broker: it can hold what passes, and cut all connections."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open = asyncio.Event()
        self._open.set()
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None]] = []

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers += [writer, back]
        self._tasks += [asyncio.create_task(self._pass(reader, back)), asyncio.create_task(self._pass(there, writer))]

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                await self._open.wait()
                writer.write(data)
        writer.close()


@asynccontextmanager
async def relayed(broker: Mosquitto) -> AsyncIterator[tuple[Relay, int]]:
    """A relay, and its port."""
    relay = Relay(broker.port)
    async with accepting(relay.accept) as port:
        try:
            yield relay, port
        finally:
            relay.release()
            relay.cut()
