"""Serves the household: a server on loopback for each device and API, with that device's faults.

Like the real devices (an ESP32) it speaks HTTP/1.1 with `Content-Length` and keeps connections alive. API v2 is behind
TLS, with its WebSocket at the same port.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import h11

from tui.core.model import Endpoint
from tui.engine.clock import Clock
from tui.engine.demo.announce import announcing, services_of
from tui.engine.demo.answer import Answer
from tui.engine.demo.certificates import context_of
from tui.engine.demo.devices import LOSSY_LOSES_EVERY, Fault, SimulatedDevice
from tui.engine.demo.household import Household
from tui.engine.demo.v2 import V2Side
from tui.net.listening import stop_listening

if TYPE_CHECKING:
    from ssl import SSLContext

_MOST_HEAD = 8 * 1024
_MOST_BODY = 4 * 1024
_NOT_HTTP = b"SSH-2.0-dropbear_2022.83\r\n\x00\x07\x1b[31m\r\n\r\n"
_WEAK_DELAY_S = 0.8
_WEAK_LOSES_EVERY = 20
_DRIP_S = 1.0
_TOO_LARGE = Answer(400, "application/json", b'{"error":{"id":201,"description":"Request too large"}}')
_TOO_LARGE_V2 = Answer(400, "application/json", b'{"error":"request:too-large"}')


@dataclass(frozen=True, slots=True)
class ServedDevice:
    """A device and where it listens. `announced`: mDNS on loopback announces it; else give its endpoints by hand."""

    device: SimulatedDevice
    endpoints: tuple[Endpoint, ...]
    """v1 before v2; it has one of them at least."""
    announced: bool

    @property
    def endpoint(self) -> Endpoint:
        """The first of them."""
        return self.endpoints[0]


@asynccontextmanager
async def serve(
    household: Household, clock: Clock, *, announce: bool = True, host: str = "127.0.0.1"
) -> AsyncIterator[tuple[ServedDevice, ...]]:
    """Serve every device of the household, each API on a free port of `host`, until the end of the context.

    Every request and push first moves the household on to `clock.now()`. Failing to announce is not an error, see
    `ServedDevice.announced`. Raises `OSError` if `host` is not an address of this machine.
    """
    async with AsyncExitStack() as stack:
        served = []
        for device in household.devices:
            endpoints = []
            for api, side in (("v1", None), ("v2", device.v2)):
                if device.announces_v1 if api == "v1" else side is not None:
                    door = _Door(device, household, clock, side)
                    context = context_of(device.serial) if side else None
                    endpoints.append(Endpoint(host, await _open(door, host, context, stack), api))
            served.append(ServedDevice(device, tuple(endpoints), announced=False))
        if announce:
            services = [service for one in served for service in services_of(one.device, one.endpoints)]
            announced = await stack.enter_async_context(announcing(services))
            served = [replace(one, announced=announced) for one in served]
        yield tuple(served)


async def _open(door: _Door, host: str, context: SSLContext | None, stack: AsyncExitStack) -> int:
    """Let people in at a free port, which is returned, until the end of `stack`."""
    server = await asyncio.start_server(door.let_in, host, 0, ssl=context)
    stack.push_async_callback(door.close, server)
    port: int = server.sockets[0].getsockname()[1]
    return port


class _Door:
    """The server of one device for one API (v2 if it has a `side`).

    It tracks the open connections and applies the device's network faults.
    """

    def __init__(self, device: SimulatedDevice, household: Household, clock: Clock, side: V2Side | None) -> None:
        self._device, self._household, self._clock, self._side = device, household, clock, side
        self._visits: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._requests = 0

    def let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Accept a connection."""
        visit = asyncio.create_task(self._visit(reader, writer))
        self._visits[visit] = writer
        visit.add_done_callback(self._visits.pop)

    async def close(self, server: asyncio.Server) -> None:
        """Stop listening and close every connection."""
        await stop_listening(server)
        for visit, writer in self._visits.items():
            writer.transport.abort()  # itself it may not even have begun
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)
        await server.wait_closed()

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from the first request to the last."""
        try:
            connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_MOST_HEAD)
            while request := await _next_request(connection, reader):
                if self._device.fault is Fault.SILENT:
                    while await reader.read(_MOST_HEAD):
                        continue  # until the client gives up
                    break
                if self._side and is_upgrade(request[0]):
                    await self._push(self._side, request[0], connection, reader, writer)
                    break
                if not await self._respond(connection, writer, *request):
                    break
        except h11.RemoteProtocolError:
            writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        except OSError:
            return  # the client is gone
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _push(
        self,
        side: V2Side,
        request: h11.Request,
        connection: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Go on as a WebSocket."""
        from tui.engine.demo.push import Push

        push = Push(side, self._household, self._clock, reader, writer)
        push.is_zombie = self._device.fault is Fault.ZOMBIE
        await push.run(request, bytes(connection.trailing_data[0]))

    def _answer(self, request: h11.Request, body: bytes) -> Answer:
        """What the device says over this API."""
        method, path = request.method.decode("ascii"), request.target.decode("ascii")
        if self._side is None:
            return self._device.answer(method, path, body)
        headers = {name.decode("ascii"): value.decode("latin-1") for name, value in request.headers}
        return self._side.answer(method, path, headers, body, self._clock.now())

    async def _respond(
        self, connection: h11.Connection, writer: asyncio.StreamWriter, request: h11.Request, body: bytes | None
    ) -> bool:
        """Answer a request, with this device's fault; return whether to keep the connection."""
        self._requests += 1
        if self._household.latency_s:
            await self._clock.sleep(self._household.latency_s)
        if self._device.fault is Fault.WEAK_WIFI:
            await self._clock.sleep(_WEAK_DELAY_S)
            if self._requests % _WEAK_LOSES_EVERY == 0:
                writer.transport.abort()
                return False
        if self._device.fault is Fault.GARBAGE and self._requests % 2 == 0:
            writer.write(_NOT_HTTP)
            return False
        self._household.advance(self._clock.now())
        answer = (_TOO_LARGE_V2 if self._side else _TOO_LARGE) if body is None else self._answer(request, body)
        wire = _written(connection, answer, whole=request.method != b"HEAD", keep=body is not None)
        if self._device.fault is Fault.LOSSY and self._requests % LOSSY_LOSES_EVERY == 0:
            writer.write(wire[: len(wire) // 2])
            return False
        if self._device.fault is Fault.DRIPPING:
            for byte in wire:
                writer.write(bytes((byte,)))
                await writer.drain()
                await self._clock.sleep(_DRIP_S)
        else:
            writer.write(wire)
            await writer.drain()
        if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
            return False
        connection.start_next_cycle()
        return True


def is_upgrade(request: h11.Request) -> bool:
    """Whether it asks for the WebSocket."""
    wanted = dict(request.headers).get(b"upgrade", b"").lower()
    return request.target == b"/api/ws" and wanted == b"websocket"


async def _next_request(
    connection: h11.Connection, reader: asyncio.StreamReader
) -> tuple[h11.Request, bytes | None] | None:
    """The next request and its body (None: too large). None when the client has closed the connection."""
    request, body, size = None, [], 0
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            size += len(event.data)
            if size > _MOST_BODY and request:
                return request, None
            body.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage) and request:
            return request, b"".join(body)
        else:
            return None


def _written(connection: h11.Connection, answer: Answer, *, whole: bool, keep: bool) -> bytes:
    """An answer as bytes; `whole` includes the body."""
    headers = [("Content-Length", str(len(answer.body))), *answer.headers]
    if answer.content_type:
        headers.append(("Content-Type", answer.content_type))
    if not keep:
        headers.append(("Connection", "close"))
    parts = (
        connection.send(h11.Response(status_code=answer.status, headers=headers)),
        connection.send(h11.Data(data=answer.body if whole else b"")),
        connection.send(h11.EndOfMessage()),
    )
    return b"".join(part for part in parts if part)
