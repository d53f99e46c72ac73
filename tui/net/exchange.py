"""How far one exchange with a web server came, and what it means to a person if that was the end of it."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

import h11
import httpx

from tui.core.model import Endpoint
from tui.net.errors import BadAnswer, DeviceError, NoAddress, NotHttp, Refused, Unreachable
from tui.net.resolve import is_local

if TYPE_CHECKING:  # only who has a device with API v2 loads it
    from tui.net.tls import Peer

_NOBODY = (errno.EHOSTUNREACH, errno.EHOSTDOWN)
"""Nobody has this address: no neighbour answered to it (ARP), or a router said so. It takes Linux about 3 s."""

_IN_THE_HEAD = ("Content-Length", "Transfer-Encoding", "header line")
"""What h11 names in its error where the first line was HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and whole body of an answer."""

    status: int
    body: bytes = field(repr=False)
    """It may hold a token."""


class Stage(Enum):
    """How far the exchange under way has come."""

    NAMING = auto()
    CONNECTING = auto()
    SECURING = auto()  # the handshake of TLS
    ASKING = auto()
    ANSWERING = auto()  # the head of an answer has come


class Exchange:
    """The one under way, or the last one."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.advice = "is this the right address?"
        """The end of a sentence about an answer that makes no sense."""
        self.path = ""
        self.stage = Stage.ASKING
        self.response: httpx.Response | None = None
        """The answer whose body is being read, or could not be read to its end."""
        self.parts: list[bytes] = []
        """What has come of that body."""
        self.answered = False
        """Whether a whole answer has come before."""
        self._endpoint = endpoint

    def begin(self, path: str) -> None:
        """Another one."""
        self.path, self.response, self.parts, self.stage = path, None, [], Stage.ASKING

    def end(self) -> None:
        """Its answer is whole."""
        self.answered, self.response, self.parts = True, None, []

    @property
    def seen(self) -> Answer | None:
        """What has come of an answer that is not whole; None before its head has come."""
        return Answer(self.response.status_code, b"".join(self.parts)) if self.response else None

    def failure(self, error: Exception, timeout_s: float, peer: Peer | None = None) -> DeviceError:
        """What an exception of the transport means."""
        if isinstance(error, TimeoutError):
            return self.out_of_time(timeout_s)
        if peer is not None and (tls := _tls_error(error)) is not None:
            meant = peer.failure(tls, self._endpoint)
            is_noise = self.stage is not Stage.SECURING and isinstance(meant, BadAnswer)
            return BadAnswer(f"The answer is garbled TLS: {self.advice}") if is_noise else meant
        match error:
            case httpx.ConnectError() if self.stage is Stage.SECURING:
                return Refused("Connection lost in the TLS handshake: does another program read this device?")
            case httpx.ConnectError():
                return self._no_connection(error)
            case httpx.ReadError() | httpx.WriteError():
                return Refused("Connection reset: does another program read this device?")
            case httpx.RemoteProtocolError() if self.stage is Stage.ANSWERING:
                # h11 has one error for both
                what = "broke off" if "peer closed" in str(error) else "has a garbled chunk"
                return BadAnswer(f"The answer {what}: {self.advice}")
            case httpx.RemoteProtocolError() if not is_not_http(error):
                return Refused("Connection closed without an answer: does another program read this device?")
        faulty = next((name for name in _IN_THE_HEAD if name in str(error)), None)
        if faulty:
            return BadAnswer(f"The answer has a faulty {faulty}: {self.advice}")
        return NotHttp(f"No HTTP from port {self._endpoint.port}: {self.advice}")

    def out_of_time(self, within_s: float) -> Unreachable:
        """What was seen of it after `within_s` seconds."""
        within = f"within {within_s:g} s"
        match self.stage:
            case Stage.NAMING if is_local(self._endpoint.host):
                return NoAddress("Nothing answers to this name: is it plugged in and on the Wi-Fi?")
            case Stage.NAMING:
                return NoAddress(f"No address for this name {within}: use the one the app shows")
            case Stage.CONNECTING:
                return Unreachable(f"No connection {within}: is it plugged in, and is this its network?")
            case Stage.SECURING:
                return Unreachable(f"Connected, but no TLS {within}: if it stays so, restart it")
            case Stage.ASKING:
                what = f"no answer to {self.path}" if self.answered else "no answer"
                return Unreachable(f"Connected, but {what} {within}: if it stays so, restart it")
            case Stage.ANSWERING if self.response and not _has_end(self.response):
                what = "An answer" if self.parts else "The head of an answer"
                why = "it has no length and the connection stays open, which newer firmware may mend"
                return Unreachable(f"{what} came, but no end {within}: {why}")
            case Stage.ANSWERING:
                return Unreachable(f"Answer not complete {within}: is the Wi-Fi weak there?")

    def _no_connection(self, error: Exception) -> DeviceError:
        if any(isinstance(cause, ConnectionRefusedError) for cause in _causes(error)):
            return Refused(f"Connection refused at port {self._endpoint.port}: is this the right address?")
        if any(isinstance(cause, OSError) and cause.errno in _NOBODY for cause in _causes(error)):
            return Unreachable("Nothing at this address: is it plugged in and on the Wi-Fi, and is the address right?")
        return Unreachable("No way to this address: is this computer on the network of the meters?")


def _tls_error(error: BaseException) -> ssl.SSLError | None:
    """The error of TLS behind an exception; None if there is none. That more has to be read is not one."""
    waits = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
    causes = (cause for cause in (error, *_causes(error)) if not isinstance(cause, waits))
    return next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)


def is_not_http(error: BaseException) -> bool:
    """Whether something came that is not HTTP, and not just the end of the connection: httpx has one error for both.

    Noise without a blank line counts as the head of an answer that never ended; httpx does not tell that any came.
    """
    return any(isinstance(cause, h11.RemoteProtocolError) for cause in _causes(error))


def _has_end(response: httpx.Response) -> bool:
    """Whether the end of a body is told by more than the end of the connection (RFC 9112, 6.3)."""
    return "content-length" in response.headers or "transfer-encoding" in response.headers


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exceptions behind an exception, each once: those of a request that is made while another one's failure is
    looked at may go in a circle. Behind those of a group, if a name had several addresses, all of them."""
    seen, cause = {id(error)}, error.__cause__ or error.__context__
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        yield from cause.exceptions if isinstance(cause, BaseExceptionGroup) else ()
        cause = cause.__cause__ or cause.__context__
