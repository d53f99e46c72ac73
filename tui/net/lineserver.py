"""Posts batches of line protocol to one server over HTTP. Knows nothing of what is in them."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Any, cast

import httpx

from tui.core.out.influxanswer import Meaning, Outcome, outcome
from tui.core.out.influxplace import Influx
from tui.core.secret import Secret

ANSWER_S = 20.0
"""A server that has not taken a batch by then hangs (own choice)."""
LARGEST_ANSWER = 4096
"""Bytes that are read of an answer, which is empty or a sentence (own choice)."""

_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=60.0)
_NO_CONTEXT = cast("ssl.SSLContext", None)
"""For plain HTTP: see `net.http`."""


class LineServer:
    """The way to one server; one batch at a time."""

    def __init__(self, influx: Influx) -> None:
        self._influx = influx
        self._transport: httpx.AsyncHTTPTransport | None = None
        self._unsecured: Any = None
        """A connection in the middle of its TLS handshake, which the transport would leave open if that never ends."""

    async def post(self, body: bytes, token: Secret | None) -> Outcome:
        """Send a batch that gzip has packed. What goes wrong is an outcome, too."""
        headers = {"Content-Encoding": "gzip", "Content-Type": "text/plain; charset=utf-8"}
        if token is not None:
            headers["Authorization"] = f"Token {token.reveal()}"
        place = self._influx.place
        try:
            async with asyncio.timeout(ANSWER_S):
                if self._transport is None:
                    context = (
                        await asyncio.to_thread(ssl.create_default_context) if self._influx.is_tls else _NO_CONTEXT
                    )
                    self._transport = httpx.AsyncHTTPTransport(trust_env=False, verify=context, limits=_LIMITS)
                seen = {"trace": self._trace} if self._influx.is_tls else {}
                response = await self._transport.handle_async_request(
                    httpx.Request("POST", self._influx.url, headers=headers, content=body, extensions=seen)
                )
                try:
                    said = await _beginning_of(response)
                finally:
                    await response.aclose()
        except (httpx.TransportError, TimeoutError, OSError) as error:
            await self.close()
            return Outcome(Meaning.AGAIN, _fault(place, error))
        return outcome(place, response.status_code, said, response.headers.get("Retry-After", ""), token)

    async def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Hears from the transport how it goes."""
        if event == "connection.connect_tcp.complete":
            self._unsecured = info["return_value"]
        elif event == "connection.start_tls.complete":
            self._unsecured = None

    async def close(self) -> None:
        """Close the connection; a later `post` opens another."""
        unsecured, self._unsecured = self._unsecured, None
        if unsecured is not None:
            await unsecured.aclose()
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()


async def _beginning_of(response: httpx.Response) -> bytes:
    said = b""
    async for piece in response.aiter_raw():
        said += piece
        if len(said) >= LARGEST_ANSWER:
            break
    return said[:LARGEST_ANSWER]


def _fault(place: str, error: BaseException) -> str:
    causes = tuple(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return f"there is no address for {place}: check the name in --influx"
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return (
            f"the certificate of {place} is not one that this computer trusts: name its authority in the variable "
            "SSL_CERT_FILE"
        )
    if isinstance(error, (TimeoutError, httpx.TimeoutException)):
        return f"{place} did not answer within {ANSWER_S:g} s: see how it is doing"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return f"no TLS with {place}: is it http there?"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return f"{place} refuses the connection: is the server running?"
    if isinstance(error, httpx.ConnectError):
        return f"there is no way to {place}: is the server running, and is the address right?"
    return f"{place} broke off: see how it is doing"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
