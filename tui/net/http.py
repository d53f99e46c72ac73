"""One exchange at a time with one small web server, bounded in time and size. Knows HTTP and nothing of HomeWizard.

Each device has an `httpx.AsyncHTTPTransport` of its own with at most one connection: one pool for 200 devices was
measured at three times the CPU and 500 times the latency. It is the transport and not `httpx.AsyncClient`, because
nothing that the client puts on top is wanted of a hostile server: no redirects (the client takes a `Location` apart
even if it does not follow it), no cookies (its jar grows with every `Set-Cookie`), no proxies or passwords from the
environment. A poll costs 0.61 ms this way, 0.70 ms with a client that streams, 0.8 ms with a bare `client.get()`.
"""

from __future__ import annotations

import asyncio
import math
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import httpx

from tui.core.model import Endpoint
from tui.net.errors import BadAnswer, DeviceError, NoAddress, Unreachable, WrongCertificate
from tui.net.exchange import Answer, Exchange, Stage, is_not_http
from tui.net.resolve import AddressOf, Names, is_address

if TYPE_CHECKING:  # only who has a device with API v2 loads it
    from tui.net.tls import Peer

BODY_LIMIT = 256 * 1024
"""Bytes. The longest real answer is a telegram, a few kB."""

_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=None)
"""A kept connection never expires by age: the transport would notice its age only at the next request, so the device's
socket would not come free any sooner, and one the device closed meanwhile is noticed anyway."""

LOOK_AGAIN_S = 60.0
"""How long the address of a name is used while the device answers there (own choice)."""
LOOKING_AGAIN_S = 1.0
"""How long a device waits that answered a moment ago (own choice)."""

_NO_CONTEXT = cast("ssl.SSLContext", None)
"""What httpcore takes for "made when it is needed", which is never: `verify=False` costs 15 KiB a device."""

_SENT_AGAIN = ("GET", "PUT")
"""Methods that may be carried out twice: all of the API's PUTs set a state and do not toggle it (RFC 9110, 9.2.2).

A POST makes a token. The device keeps one for each name, so a second POST would replace a token that nobody has seen;
but it could come after the 30 s that its button gives, or use up a press for nothing, and who pairs asks again every
second anyway. Of a DELETE that was carried out the second gets a 401: its own user is gone.
"""


class Sent(NamedTuple):
    """What a server sent, as it came."""

    body: bytes
    kind: str
    """Its `Content-Type`; "" if there was none."""


class HttpLink:
    """The way to one server. Requests wait for each other; waiting does not count against their time limit.

    With a `peer` over TLS, and each new connection shows it its certificate before anything is sent. `headers` go with
    every request.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        address_of: AddressOf | None = None,
        peer: Peer | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.connections = 0
        """Connections made so far, over TLS those whose certificate was accepted."""
        self.kept: dict[str, Sent] | None = None
        """The last good answer to a GET of each path, for who hands it on; None: nothing is kept."""
        self._endpoint = endpoint
        self._address_of = address_of or Names().address_of
        self._address = endpoint.host if is_address(endpoint.host) else ""
        """Where the server was found; empty while its name was not."""
        self._look_up_at = math.inf if self._address else 0.0
        """When its name is looked up, in the time of the loop."""
        self._peer = peer
        self._headers = {"Accept-Encoding": "identity", **(headers or {})}
        self._transport: httpx.AsyncHTTPTransport | None = None
        self._unsecured: Any = None
        """A connection that has not shown yet who is there. The transport would leave it open if it never does."""
        self._requests: dict[tuple[str, str, bytes | None], httpx.Request] = {}
        self._exchange = Exchange(endpoint)
        self._turn = asyncio.Lock()
        self._limit: asyncio.Timeout | None = None
        """Of the exchange under way."""
        self._closed = False

    async def send(self, method: str, path: str, timeout_s: float, body: bytes | None = None) -> Answer:
        """The answer, within `timeout_s` for all of it. Raises `Unreachable`, `Refused`, `BadAnswer`, and with a peer
        `WrongCertificate`.

        `body` is JSON. Each combination of method, path and body is kept for the next time, so there should be few.
        """
        async with self._turn:
            if self._closed:
                raise Unreachable("No longer asked")
            self._exchange.begin(path)
            try:
                async with asyncio.timeout(timeout_s) as self._limit:
                    await self._find(timeout_s / 2)
                    return await self._send_once_or_twice(method, path, body)
            except (httpx.TransportError, TimeoutError, ssl.SSLError) as error:
                self._may_have_moved()
                raise self._failure(error, timeout_s) from error
            except WrongCertificate:
                self._may_have_moved()
                raise
            finally:
                self._limit = None

    @property
    def seen(self) -> Answer | None:
        """What has come of an answer that is not whole; None before its head has come."""
        return self._exchange.seen

    @property
    def path(self) -> str:
        """Of the exchange under way, or of the last one."""
        return self._exchange.path

    @property
    def advice(self) -> str:
        """The end of a sentence about an answer that makes no sense. Its owner may know more of the server."""
        return self._exchange.advice

    @advice.setter
    def advice(self, text: str) -> None:
        self._exchange.advice = text

    def stalled(self, within_s: float) -> DeviceError | None:
        """How far the exchange under way has come in `within_s` seconds; None if there is none."""
        return None if self._limit is None else self._exchange.out_of_time(within_s)

    async def aclose(self) -> None:
        """Close the connection; an exchange under way fails, and so does every later one."""
        self._closed = True
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(0)
        async with self._turn:
            if self._transport is not None:
                await self._transport.aclose()

    async def _find(self, patience_s: float) -> None:
        """Look up where the server is, if it goes by a name and that is due.

        A device that was found before does not depend on a name server that is out of order: where no address can be
        told in `patience_s`, it is asked where it was.
        """
        loop = asyncio.get_running_loop()
        if loop.time() < self._look_up_at:
            return
        self._exchange.stage = Stage.NAMING
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
            scheme = "https" if self._peer else "http"
            url = httpx.URL(scheme=scheme, host=self._endpoint.host, port=self._endpoint.port, path=path)
            headers = {"Host": url.netloc.decode(), **self._headers}
            if body is not None:
                headers["Content-Type"] = "application/json"
            url = url.copy_with(host=self._address)
            request = httpx.Request(method, url, headers=headers, content=body, extensions={"trace": self._trace})
            self._requests[method, path, body] = request
        return request

    async def _send_once_or_twice(self, method: str, path: str, body: bytes | None) -> Answer:
        """Once more at once if a kept connection turns out dead, which is nobody's fault: servers close idle ones.

        Never for a connection just made, never when any of an answer came, and never a POST or a DELETE.
        """
        before = self.connections
        try:
            return await self._send_once(self._request(method, path, body))
        except (httpx.ReadError, httpx.RemoteProtocolError) as error:
            is_new = self.connections != before or self._exchange.stage is not Stage.ASKING
            if is_new or method not in _SENT_AGAIN or is_not_http(error):
                raise
        self._may_have_moved()
        await self._find(LOOKING_AGAIN_S)
        return await self._send_once(self._request(method, path, body))

    async def _send_once(self, request: httpx.Request) -> Answer:
        if self._transport is None:
            context = self._peer.context() if self._peer else _NO_CONTEXT
            self._transport = httpx.AsyncHTTPTransport(trust_env=False, verify=context, limits=_LIMITS)
        exchange = self._exchange
        exchange.stage = Stage.ASKING
        try:
            response = exchange.response = await self._transport.handle_async_request(request)
        finally:
            if self._unsecured is not None:
                await self._unsecured.aclose()
                self._unsecured = None
        exchange.stage = Stage.ANSWERING
        try:
            answer = Answer(response.status_code, await self._body_of(response))
        finally:
            await response.aclose()
        if self.kept is not None and answer.status == 200 and request.method == "GET":
            self.kept[exchange.path] = Sent(answer.body, response.headers.get("content-type", ""))
        exchange.end()
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
            self._exchange.parts.append(part)
        return b"".join(self._exchange.parts)

    async def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Hears from the transport how it goes, the only public way to know; it costs about 0.01 ms a poll."""
        if event == "connection.connect_tcp.started":
            self._exchange.stage = Stage.CONNECTING
        elif event == "connection.connect_tcp.complete":
            self._unsecured = info["return_value"]
            self._exchange.stage = Stage.SECURING
            if self._peer is None:
                self._connected()
        elif event == "connection.start_tls.complete" and self._peer is not None:
            self._peer.check(info["return_value"].get_extra_info("ssl_object"))  # nothing of a request was written yet
            self._connected()

    def _connected(self) -> None:
        self._exchange.stage = Stage.ASKING
        self._unsecured = None
        self.connections += 1

    def _failure(self, error: Exception, timeout_s: float) -> DeviceError:
        if self._closed and isinstance(error, TimeoutError):
            return Unreachable("No longer asked")
        return self._exchange.failure(error, timeout_s, self._peer)
