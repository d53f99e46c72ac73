"""Asks one endpoint whether it is there, and what it is: a TCP connection, then `/api` over one more.

Nothing else is ever sent, except to a device that has said who it is: a GET of its values, and to a P1 over API v1 one
of its telegram, which tells its smart meter's clock.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from tui.core.doctor.evidence import Reach, Said
from tui.core.doctor.hearing import hear, hear_values
from tui.core.doctor.meterclock import MeterClock, clock_in
from tui.core.model import Endpoint, key_of
from tui.core.reading import Identity
from tui.core.secret import Secret
from tui.core.text import clean
from tui.net.errors import BadAnswer, DeviceError, NotHttp, Refused, WrongCertificate
from tui.net.http import HttpLink

if TYPE_CHECKING:  # only who has a device with API v2 loads it
    from tui.net.tls import Peer

_VALUE_PATHS = {"v1": "/api/v1/data", "v2": "/api/measurement"}
_CLOCK_PATHS = {"v1": "/api/v1/telegram", "v2": "/api/measurement"}
_ENDS = {
    errno.ECONNREFUSED: Reach.REFUSED,
    errno.ECONNRESET: Reach.RESET,
    errno.EHOSTUNREACH: Reach.NOBODY,
    errno.EHOSTDOWN: Reach.NOBODY,
    errno.ETIMEDOUT: Reach.TIMEOUT,
    errno.EACCES: Reach.FORBIDDEN,
    errno.EPERM: Reach.FORBIDDEN,
}
"""Any other error means that there is no way."""
_WORDS = {
    Reach.ACCEPTED: "accepted",
    Reach.REFUSED: "refused",
    Reach.RESET: "reset",
    Reach.NOBODY: "nobody there",
    Reach.NO_WAY: "no way",
    Reach.FORBIDDEN: "forbidden by this computer",
}


class Connected(NamedTuple):
    """How a TCP connection ended before anything was sent on it."""

    reach: Reach
    seconds: float

    @property
    def words(self) -> str:
        """For the page of what was tried."""
        return _WORDS.get(self.reach, f"no answer within {self.seconds:.0f} s")


async def connect(address: str, port: int, timeout_s: float) -> Connected:
    """Connect and leave again. A refusal is an answer, too. Never raises."""
    loop = asyncio.get_running_loop()
    began, reach = loop.time(), Reach.ACCEPTED
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            async with asyncio.timeout(timeout_s):
                await loop.sock_connect(probe, (address, port))
        except OSError as error:  # also TimeoutError, which has a number only if it is the kernel's
            reach = _ENDS.get(error.errno or errno.ETIMEDOUT, Reach.NO_WAY)
    return Connected(reach, loop.time() - began)


class Reply(NamedTuple):
    """What came of one request."""

    said: Said
    detail: str
    seconds: float
    identity: Identity | None = None
    is_whole: bool = True
    """False: it has no end, so its time is none of an answer."""


class Probe:
    """One endpoint; its host is an address. With a `peer` over TLS. Close it after use."""

    def __init__(self, endpoint: Endpoint, peer: Peer | None = None, token: Secret | None = None) -> None:
        self.endpoint = endpoint
        self._peer = peer
        self._token = token
        headers = {"X-Api-Version": "2"} if peer else {}
        if token is not None:
            headers["Authorization"] = f"Bearer {token.reveal()}"
        self._link = HttpLink(endpoint, peer=peer, headers=headers)

    @property
    def certified(self) -> str | None:
        """The serial in the certificate that was accepted last; None over API v1."""
        return self._peer.serial if self._peer and self._link.connections else None

    async def ask(self, timeout_s: float) -> Reply:
        """Ask `/api` once. Never raises."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            answer = await self._link.send("GET", "/api", timeout_s)
        except DeviceError as error:
            said, detail = self._failed(error, timeout_s)
            return Reply(said, detail, loop.time() - began, is_whole=False)
        said, detail, identity = hear(answer.status, self._without_token(answer.body), self.endpoint.api)
        seconds = loop.time() - began
        certified = self.certified
        if identity is not None and certified and key_of(identity.serial) != key_of(certified):
            return Reply(Said.CERTIFICATE, f"the certificate is that of {certified}, not {identity.serial}", seconds)
        return Reply(said, detail, seconds, identity)

    async def values(self, identity: Identity, timeout_s: float) -> Reply:
        """Ask who has just said who it is for its values, once. Never raises."""
        loop = asyncio.get_running_loop()
        began, api = loop.time(), self.endpoint.api
        try:
            answer = await self._link.send("GET", _VALUE_PATHS[api], timeout_s)
        except DeviceError as error:
            said, detail = self._failed(error, timeout_s)
            if not said.is_answer or said is Said.CERTIFICATE:
                return Reply(said, detail, loop.time() - began, is_whole=False)
            return Reply(Said.BAD, detail, loop.time() - began, is_whole=False)
        said, detail = hear_values(answer.status, self._without_token(answer.body), api, identity.product_type)
        return Reply(said, detail, loop.time() - began)

    async def meter_clock(self, timeout_s: float) -> MeterClock | None:
        """Its smart meter's clock, from one GET; None if it was not told. Never raises."""
        try:
            answer = await self._link.send("GET", _CLOCK_PATHS[self.endpoint.api], timeout_s)
        except DeviceError:
            return None
        return clock_in(answer.body, self.endpoint.api) if answer.status == 200 else None

    async def aclose(self) -> None:
        """Close the connection."""
        await self._link.aclose()

    def _without_token(self, body: bytes) -> bytes:
        """One that sends it back does not get it shown."""
        return body.replace(self._token.reveal().encode(), b"***") if self._token else body

    def _failed(self, error: DeviceError, timeout_s: float) -> tuple[Said, str]:
        if seen := self._link.seen:  # the head of an answer came, so it is HTTP
            said, detail, _ = hear(seen.status, self._without_token(seen.body), self.endpoint.api)
            if seen.status != 200:
                return said, detail
            if isinstance(error, BadAnswer):
                return Said.BAD, _fault(error)
            return Said.BAD, "it breaks off" if not _is_late(error) else f"no end of it within {_about(timeout_s)}"
        match error:
            case WrongCertificate():
                # What comes after the colon is advice, which the doctor has of its own.
                return Said.CERTIFICATE, clean(str(error).partition(":")[0], 160).replace("The", "the", 1)
            case NotHttp():
                return Said.NOT_HTTP, "no HTTP"
            case BadAnswer():
                is_tls = self._peer is not None and not self._link.connections
                return (Said.NOT_HTTP, "no TLS") if is_tls else (Said.BAD, _fault(error))
            case Refused():
                return Said.RESET, "connection lost"
        return Said.TIMEOUT, f"no answer within {_about(timeout_s)}"


def _fault(error: BadAnswer) -> str:
    """What is wrong with the answer, after "its answer cannot be read: "."""
    return clean(str(error).partition(":")[0]).replace("The answer", "it", 1)


def _about(seconds: float) -> str:
    """ "2 s": what is left of the time of a device is no round number."""
    return f"{round(seconds, 1):g} s"


def _is_late(error: BaseException) -> bool:
    return any(isinstance(cause, TimeoutError) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause = error.__cause__
    while cause is not None:
        yield cause
        cause = cause.__cause__
