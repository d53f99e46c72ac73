"""Asks one device, whichever API it speaks: its answers as the model, its failures as `DeviceError`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from types import TracebackType
from typing import Self, TypeVar

from tui.core.api.decode import BEHIND_A_PAGE, IS_IT_ONE, RESTART, NotJsonError, decode
from tui.core.api.dialect import parse_identity
from tui.core.products import product_of
from tui.core.reading import Identity
from tui.net.errors import BadAnswer, DeviceError, NotFound
from tui.net.http import HttpLink

_REDIRECTS = (301, 302, 303, 307, 308)
"""With a place to go to (RFC 9110, 15.4)."""
_NETWORK_LOGIN = (407, 511)
"""A proxy or a captive portal asks for a login: it is not the device that answers (RFC 9110, RFC 6585)."""

T = TypeVar("T")


class Asker(ABC):
    """One connection, one request at a time, in the order in which they were asked for.

    Nothing is asked before the first call. Every call raises `DeviceError` and nothing else, whatever the network
    does; cancelling one closes the connection. Close it after use, or use it as a context manager.
    """

    def __init__(self, link: HttpLink, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        """For a whole request: connecting, asking and the last byte of the answer. Waiting for a turn is not in it."""
        self._link = link
        self._link.advice = IS_IT_ONE
        self._known = False
        """Whether it has identified itself here: what it sends from then on is that of a device, if a faulty one."""
        self._new = True
        """Whether its product may be one that this program does not know."""

    @abstractmethod
    def _said(self, data: object) -> str | None:
        """The words of an error in the JSON of this API, clean and short, may be empty; None if it is no error."""

    @abstractmethod
    def _meaning(self, status: int, data: object, seen: str) -> DeviceError | None:
        """What this API says of an answer; None if it says nothing, and it is what it is of any web server.

        `data` is its JSON, None if it is none; `seen` is its status in words.
        """

    @property
    def connection(self) -> int:
        """How many connections were made so far: behind a new one there may be another device than before."""
        return self._link.connections

    async def identity(self) -> Identity:
        """Who it is. Raises `NotFound` if it has no such endpoint, so is no HomeWizard device."""
        identity = await self._read("/api", parse_identity)
        self._known, self._new = True, not product_of(identity.product_type).is_known
        self._link.advice = RESTART
        return identity

    def stalled(self, within_s: float) -> DeviceError | None:
        """How far the request under way has come in `within_s` seconds; None if there is none."""
        error = self._link.stalled(within_s)
        return error and self._seen_in(error)

    async def aclose(self) -> None:
        """Close the connection. A request under way fails now, and so do those that wait for their turn."""
        await self._link.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _read(
        self,
        path: str,
        parse: Callable[[object, Sequence[str]], T | None],
        method: str = "GET",
        body: bytes | None = None,
    ) -> T:
        return self._parsed(await self._ask(method, path, body), path, parse)

    def _parsed(self, answer: bytes, path: str, parse: Callable[[object, Sequence[str]], T | None]) -> T:
        try:
            data, notes = decode(answer)
        except NotJsonError as error:
            from tui.core.api.patient import why_not

            raise BadAnswer(why_not(answer, known=self._known)) from error
        said = self._said(data)
        if said is not None:
            words = f', "{said}"' if said else ""
            raise self._meaning(200, data, "HTTP 200") or BadAnswer(
                f"{path} answered with an error{words}: {self._link.advice}"
            )
        parsed = parse(data, notes)
        if parsed is None:
            if path == "/api" and isinstance(data, dict) and "product_type" in data:
                raise BadAnswer(f"No readable serial and product type in {path}: {RESTART}")
            raise BadAnswer(f"Unexpected JSON from {path}: {self._link.advice}")
        return parsed

    async def _ask(self, method: str, path: str, body: bytes | None = None, good: Collection[int] = (200,)) -> bytes:
        try:
            answer = await self._link.send(method, path, self.timeout_s, body)
        except DeviceError as error:
            raise self._seen_in(error) from error
        if answer.status not in good:
            raise self._refusal(answer.status, answer.body, path)
        return answer.body

    def _seen_in(self, error: DeviceError) -> DeviceError:
        """What the part of an answer that came says already, if it is that of no meter; else `error`."""
        seen = self._link.seen
        if seen and seen.status not in (200, 204):
            return self._refusal(seen.status, seen.body, self._link.path)
        if seen is None:
            return error
        from tui.core.api.patient import is_page, why_not

        return BadAnswer(why_not(seen.body, known=self._known)) if is_page(seen.body) else error

    def _refusal(self, status: int, body: bytes, path: str) -> DeviceError:
        """What a status other than the expected means. The body of a 404 is plain text, that of the others JSON, or
        should be.

        Anything between here and the device may send a status, so a text names as the cause only what was seen.
        """
        from tui.core.api.patient import is_page  # what is wrong with an answer is read without haste

        try:
            data, _ = decode(body)
        except NotJsonError:
            data = None
        page = is_page(body)
        seen = f"HTTP {status} with an HTML page" if page else f"HTTP {status}"
        if (error := self._meaning(status, data, seen)) is not None:
            return error
        if status in (404, 405):
            doubt = "does another device have this address now?" if self._known else IS_IT_ONE
            if path == "/api":
                return NotFound(f"No /api at this address: {doubt}")
            return NotFound(f"This device has no {path} (HTTP {status}): newer firmware may have it")
        if status in _NETWORK_LOGIN:
            return BadAnswer(
                f"{seen}: the network asks for a login first: log in with a browser, or use the home network"
            )
        if status in _REDIRECTS:
            return BadAnswer(f"HTTP {status} redirects elsewhere: {BEHIND_A_PAGE}")
        if page:
            return BadAnswer(f"{seen}: {BEHIND_A_PAGE}")
        said = self._said(data)
        if said and 400 <= status < 500:  # the device says what is wrong with the request
            return BadAnswer(f"{seen}: {said}")
        advice = RESTART if self._known else IS_IT_ONE
        if status == 429 and self._known:
            advice = "does another program read this device?"
        return BadAnswer(f'{seen}, "{said}": {advice}' if said else f"{seen} from {path}: {advice}")
