"""One exchange at a time with one small web server, bounded in time and size. Knows HTTP and nothing of HomeWizard.

Each device has an `httpx.AsyncHTTPTransport` of its own with at most one connection: one pool for 200 devices was
measured at three times the CPU and 500 times the latency. It is the transport and not `httpx.AsyncClient`, because
nothing that the client puts on top is wanted of a hostile server: no redirects (the client takes a `Location` apart
even if it does not follow it), no cookies (its jar grows with every `Set-Cookie`), no proxies or passwords from the
environment. A poll costs 0.61 ms this way, 0.70 ms with a client that streams, 0.8 ms with a bare `client.get()`.
"""

from __future__ import annotations

import asyncio
import errno
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

import h11
import httpx

from tui.core.model import Endpoint
from tui.net.errors import BadAnswer, DeviceError, NoAddress, Refused, Unreachable
from tui.net.resolve import AddressOf, Names, is_address, is_local

BODY_LIMIT = 256 * 1024
"""Bytes. The longest real answer is a telegram, a few kB."""

_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=None)
"""A kept connection never expires by age: the transport would notice its age only at the next request, so the device's
socket would not come free any sooner, and one the device closed meanwhile is noticed anyway."""

LOOK_AGAIN_S = 60.0
"""How long the address of a name is used while the device answers there (own choice)."""
LOOKING_AGAIN_S = 1.0
"""How long a device waits that answered a moment ago (own choice)."""

_NOBODY = (errno.EHOSTUNREACH, errno.EHOSTDOWN)
"""Nobody has this address: no neighbour answered to it (ARP), or a router said so. It takes Linux about 3 s."""

_IN_THE_HEAD = ("Content-Length", "Transfer-Encoding", "header line")
"""What h11 names in its error where the first line was HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and whole body of an answer."""

    status: int
    body: bytes


class _Stage(Enum):
    """How far the exchange under way has come."""

    NAMING = auto()
    CONNECTING = auto()
    ASKING = auto()
    ANSWERING = auto()  # the head of an answer has come


class HttpLink:
    """The way to one server. Requests wait for each other; waiting does not count against their time limit."""

    def __init__(self, endpoint: Endpoint, address_of: AddressOf | None = None) -> None:
        self.connections = 0
        """TCP connections made so far."""
        self._endpoint = endpoint
        self._address_of = address_of or Names().address_of
        self._address = endpoint.host if is_address(endpoint.host) else ""
        """Where the server was found; empty while its name was not."""
        self._look_up_at = math.inf if self._address else 0.0
        """When its name is looked up, in the time of the loop."""
        self._transport = httpx.AsyncHTTPTransport(trust_env=False, verify=False, limits=_LIMITS)
        self._requests: dict[tuple[str, str, bytes | None], httpx.Request] = {}
        self.advice = "is this the right address?"
        """The end of a sentence about an answer that makes no sense. Its owner may know more of the server."""
        self._turn = asyncio.Lock()
        self._limit: asyncio.Timeout | None = None
        """Of the exchange under way."""
        self._stage = _Stage.ASKING
        self.path = ""
        """Of the exchange under way, or of the last one."""
        self._answered = False
        """Whether a whole answer has come before."""
        self._response: httpx.Response | None = None
        """The answer whose body is being read, or could not be read to its end."""
        self._parts: list[bytes] = []
        """What has come of that body."""
        self._closed = False

    async def send(self, method: str, path: str, timeout_s: float, body: bytes | None = None) -> Answer:
        """The answer, within `timeout_s` for all of it. Raises `Unreachable`, `Refused`, `BadAnswer`.

        `body` is JSON. Each combination of method, path and body is kept for the next time, so there should be few.
        """
        async with self._turn:
            if self._closed:
                raise Unreachable("No longer asked")
            self.path, self._response, self._parts, self._stage = path, None, [], _Stage.ASKING
            try:
                async with asyncio.timeout(timeout_s) as self._limit:
                    await self._find(timeout_s / 2)
                    return await self._send_once_or_twice(method, path, body)
            except (httpx.TransportError, TimeoutError) as error:
                self._may_have_moved()
                raise self._failure(error, timeout_s) from error
            finally:
                self._limit = None

    @property
    def seen(self) -> Answer | None:
        """What has come of an answer that is not whole; None before its head has come."""
        return Answer(self._response.status_code, b"".join(self._parts)) if self._response else None

    def stalled(self, within_s: float) -> DeviceError | None:
        """How far the exchange under way has come in `within_s` seconds; None if there is none."""
        return None if self._limit is None else self._out_of_time(within_s)

    async def aclose(self) -> None:
        """Close the connection; an exchange under way fails, and so does every later one."""
        self._closed = True
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(0)
        async with self._turn:
            await self._transport.aclose()

    async def _find(self, patience_s: float) -> None:
        """Look up where the server is, if it goes by a name and that is due.

        A device that was found before does not depend on a name server that is out of order: where no address can be
        told in `patience_s`, it is asked where it was.
        """
        loop = asyncio.get_running_loop()
        if loop.time() < self._look_up_at:
            return
        self._stage = _Stage.NAMING
        if self._look_up_at:  # it answers, so this is but a look
            patience_s = min(patience_s, LOOKING_AGAIN_S)
        try:
            httpx.URL(scheme="http", host=self._endpoint.host)
            async with asyncio.timeout(patience_s if self._address else None):
                address = await self._address_of(self._endpoint.host)
        except httpx.InvalidURL:
            raise Unreachable("This is not an address: use the one the app shows under the meter") from None
        except (NoAddress, TimeoutError):
            if not self._address:
                raise
        else:
            if address != self._address:
                self._address = address
                self._requests.clear()
        self._look_up_at = loop.time() + LOOK_AGAIN_S

    def _may_have_moved(self) -> None:
        if self._look_up_at < math.inf:
            self._look_up_at = 0.0

    def _request(self, method: str, path: str, body: bytes | None) -> httpx.Request:
        """Built once, since building it anew costs 0.04 ms a poll."""
        request = self._requests.get((method, path, body))
        if request is None:
            url = httpx.URL(scheme="http", host=self._endpoint.host, port=self._endpoint.port, path=path)
            headers = {"Host": url.netloc.decode(), "Accept-Encoding": "identity"}
            if body is not None:
                headers["Content-Type"] = "application/json"
            url = url.copy_with(host=self._address)
            request = httpx.Request(method, url, headers=headers, content=body, extensions={"trace": self._trace})
            self._requests[method, path, body] = request
        return request

    async def _send_once_or_twice(self, method: str, path: str, body: bytes | None) -> Answer:
        """Once more at once if a kept connection turns out dead, which is nobody's fault: servers close idle ones.

        Never for a connection just made, and never when any of an answer came. A PUT is sent again, too: it may have
        been carried out, but all of API v1's are idempotent (RFC 9110, 9.2.2), they set a state and do not toggle it.
        """
        before = self.connections
        try:
            return await self._send_once(self._request(method, path, body))
        except (httpx.ReadError, httpx.RemoteProtocolError) as error:
            if self.connections != before or self._stage is _Stage.ANSWERING or _is_not_http(error):
                raise
        self._may_have_moved()
        await self._find(LOOKING_AGAIN_S)
        return await self._send_once(self._request(method, path, body))

    async def _send_once(self, request: httpx.Request) -> Answer:
        self._stage = _Stage.ASKING
        response = self._response = await self._transport.handle_async_request(request)
        self._stage = _Stage.ANSWERING
        try:
            answer = Answer(response.status_code, await self._body_of(response))
        finally:
            await response.aclose()
        self._answered, self._response, self._parts = True, None, []
        return answer

    async def _body_of(self, response: httpx.Response) -> bytes:
        """The body, read no further than allowed. A compressed one is refused, so that nothing can swell."""
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise BadAnswer(f"The answer is compressed, which was not asked for: {self.advice}")
        size = 0
        async for part in response.aiter_raw():
            size += len(part)
            if size > BODY_LIMIT:
                raise BadAnswer(f"The answer is longer than {BODY_LIMIT // 1024} KiB: {self.advice}")
            self._parts.append(part)
        return b"".join(self._parts)

    async def _trace(self, event: str, _info: Mapping[str, object]) -> None:
        """Hears from the transport how it goes, the only public way to know; it costs about 0.01 ms a poll."""
        if event == "connection.connect_tcp.started":
            self._stage = _Stage.CONNECTING
        elif event == "connection.connect_tcp.complete":
            self._stage = _Stage.ASKING
            self.connections += 1

    def _failure(self, error: Exception, timeout_s: float) -> DeviceError:
        """What an exception of the transport means to a person."""
        match error:
            case TimeoutError() if self._closed:
                return Unreachable("No longer asked")
            case TimeoutError():
                return self._out_of_time(timeout_s)
            case httpx.ConnectError():
                return self._no_connection(error)
            case httpx.ReadError() | httpx.WriteError():
                return Refused("Connection reset: does another program read this device?")
            case httpx.RemoteProtocolError() if self._stage is _Stage.ANSWERING:
                # h11 has one error for both
                what = "broke off" if "peer closed" in str(error) else "has a garbled chunk"
                return BadAnswer(f"The answer {what}: {self.advice}")
            case httpx.RemoteProtocolError() if not _is_not_http(error):
                return Refused("Connection closed without an answer: does another program read this device?")
        faulty = next((name for name in _IN_THE_HEAD if name in str(error)), None)
        what = f"The answer has a faulty {faulty}" if faulty else f"No HTTP from port {self._endpoint.port}"
        return BadAnswer(f"{what}: {self.advice}")

    def _out_of_time(self, within_s: float) -> Unreachable:
        """What was seen of the exchange under way after `within_s` seconds."""
        within = f"within {within_s:g} s"
        match self._stage:
            case _Stage.NAMING if is_local(self._endpoint.host):
                return NoAddress("Nothing answers to this name: is it plugged in and on the Wi-Fi?")
            case _Stage.NAMING:
                return NoAddress(f"No address for this name {within}: use the one the app shows")
            case _Stage.CONNECTING:
                return Unreachable(f"No connection {within}: is it plugged in, and is this its network?")
            case _Stage.ASKING:
                what = f"no answer to {self.path}" if self._answered else "no answer"
                return Unreachable(f"Connected, but {what} {within}: if it stays so, restart it")
            case _Stage.ANSWERING if self._response and not _has_end(self._response):
                what = "An answer" if self._parts else "The head of an answer"
                why = "it has no length and the connection stays open, which newer firmware may mend"
                return Unreachable(f"{what} came, but no end {within}: {why}")
            case _Stage.ANSWERING:
                return Unreachable(f"Answer not complete {within}: is the Wi-Fi weak there?")

    def _no_connection(self, error: Exception) -> DeviceError:
        if any(isinstance(cause, ConnectionRefusedError) for cause in _causes(error)):
            return Refused(f"Connection refused at port {self._endpoint.port}: is this the right address?")
        if any(isinstance(cause, OSError) and cause.errno in _NOBODY for cause in _causes(error)):
            return Unreachable("Nothing at this address: is it plugged in and on the Wi-Fi, and is the address right?")
        return Unreachable("No way to this address: is this computer on the network of the meters?")


def _has_end(response: httpx.Response) -> bool:
    """Whether the end of a body is told by more than the end of the connection (RFC 9112, 6.3)."""
    return "content-length" in response.headers or "transfer-encoding" in response.headers


def _is_not_http(error: BaseException) -> bool:
    """Whether something came that is not HTTP, and not just the end of the connection: httpx has one error for both.

    Noise without a blank line counts as the head of an answer that never ended; httpx does not tell that any came.
    """
    return any(isinstance(cause, h11.RemoteProtocolError) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exceptions behind an exception; behind those of a group, if a name had several addresses, all of them."""
    cause = error.__cause__ or error.__context__
    if cause is not None:
        yield cause
        yield from cause.exceptions if isinstance(cause, BaseExceptionGroup) else ()
        yield from _causes(cause)
