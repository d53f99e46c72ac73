"""Serves the household: one HTTP server on loopback per device, with that device's faults.

Like the real devices (an ESP32) it speaks HTTP/1.1 with `Content-Length` and keeps connections alive.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace

import h11

from tui.core.model import Endpoint
from tui.engine.clock import Clock
from tui.engine.demo.announce import announcing, services_of
from tui.engine.demo.devices import LOSSY_LOSES_EVERY, Answer, Fault, SimulatedDevice
from tui.engine.demo.household import Household

_MOST_HEAD = 8 * 1024
_MOST_BODY = 4 * 1024
_NOT_HTTP = b"SSH-2.0-dropbear_2022.83\r\n\x00\x07\x1b[31m\r\n\r\n"
_WEAK_DELAY_S = 0.8
_WEAK_LOSES_EVERY = 20
_DRIP_S = 1.0
_REFUSED = Answer(400, "application/json", b'{"error":{"id":201,"description":"Request too large"}}')


@dataclass(frozen=True, slots=True)
class ServedDevice:
    """A device and where it listens. `announced`: mDNS on loopback announces it; else give its endpoint by hand."""

    device: SimulatedDevice
    endpoint: Endpoint
    announced: bool


@asynccontextmanager
async def serve(
    household: Household, clock: Clock, *, announce: bool = True, host: str = "127.0.0.1"
) -> AsyncIterator[tuple[ServedDevice, ...]]:
    """Serve every device of the household, each on a free port of `host`, until the end of the context.

    Every request first moves the household on to `clock.now()`. Failing to announce is not an error, see
    `ServedDevice.announced`. Raises `OSError` if `host` is not an address of this machine.
    """
    async with AsyncExitStack() as stack:
        served = []
        for device in household.devices:
            door = _Door(device, household, clock)
            server = await asyncio.start_server(door.let_in, host, 0)
            stack.push_async_callback(door.close, server)
            port = server.sockets[0].getsockname()[1]
            served.append(ServedDevice(device, Endpoint(host, port, "v1" if device.announces_v1 else "v2"), False))
        if announce:
            services = [service for one in served for service in services_of(one.device, one.endpoint)]
            announced = await stack.enter_async_context(announcing(services))
            served = [replace(one, announced=announced) for one in served]
        yield tuple(served)


class _Door:
    """The server of one device: it tracks the open connections and applies the device's network faults."""

    def __init__(self, device: SimulatedDevice, household: Household, clock: Clock) -> None:
        self._device, self._household, self._clock = device, household, clock
        self._visits: set[asyncio.Task[None]] = set()
        self._requests = 0

    def let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Accept a connection."""
        visit = asyncio.create_task(self._visit(reader, writer))
        self._visits.add(visit)
        visit.add_done_callback(self._visits.discard)

    async def close(self, server: asyncio.Server) -> None:
        """Stop listening and close every connection."""
        server.close()
        for visit in self._visits:
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
                if not await self._respond(connection, writer, *request):
                    break
        except h11.RemoteProtocolError:
            writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        except ConnectionError:
            return  # the client is gone
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

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
        method, path = request.method.decode("ascii"), request.target.decode("ascii")
        answer = _REFUSED if body is None else self._device.answer(method, path, body)
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
    headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
    if not keep:
        headers.append(("Connection", "close"))
    parts = (
        connection.send(h11.Response(status_code=answer.status, headers=headers)),
        connection.send(h11.Data(data=answer.body if whole else b"")),
        connection.send(h11.EndOfMessage()),
    )
    return b"".join(part for part in parts if part)
