"""Serves the page of the screen to browsers, and a WebSocket for each tab. No state of the house, no policy.

Who may: a browser that asks under an address, or under a name that no foreign page can have (DNS rebinding), and that
knows the password, where there is one. A tab's WebSocket is opened with a ticket, which the page brings along: it is
good once and not for long. So no other page can open one, and a browser that sends no password along with a WebSocket
(Safari) can.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from tui.core.secret import Secret
from tui.net.httpserver import is_at_home

MOST_CONNECTIONS = 160
"""At once: a browser opens six, and a tab keeps one (own choice)."""
MOST_TICKETS = 256
TICKET_S = 60.0
WRONG_S = 1.0
"""A wrong password is answered after this long, and until then no other from the same place is looked at (own
choice)."""
MOST_TRIES = 8
"""At once from the same place; a browser opens six connections."""
LONGEST_MESSAGE = 64 * 1024
CHECK_S = 20.0
"""A browser that does not answer for so long has gone."""
CLOSING_S = 1.0
TAB = "/tab/"
_TICKET = b"{ticket}"
_HOST = re.compile(r"[A-Za-z0-9_.:\[\]-]{1,255}", re.ASCII)

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self' {sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The browser itself refuses to fetch anything from elsewhere. textual.js adds a style of its own to the page."""

_quiet = logging.getLogger(f"{__name__}.wire")
_quiet.setLevel(logging.CRITICAL)  # it would log each stranger that knocks, with a traceback


@dataclass(frozen=True, slots=True)
class Page:
    """What is answered at a path."""

    body: bytes
    kind: str
    is_kept: bool = True
    """Whether a browser may keep it; not where a ticket is in it."""


ShowTab = Callable[[ServerConnection, Mapping[str, str]], Awaitable[None]]
"""Shows a tab until it is closed; the mapping is what its address asks for."""


class TabServer:
    """Serves `pages`, of which "/" has `{ticket}` in it, and tabs. `password` gives the one that is needed now, None
    for none; it raises `ValueError` if that is not known. `names` are those under which it may be asked besides.
    `why_full` says why there is no room for one more, "" while there is."""

    def __init__(
        self,
        pages: Mapping[str, Page],
        show: ShowTab,
        *,
        password: Callable[[], Secret | None] = lambda: None,
        names: tuple[str, ...] = (),
        why_full: Callable[[], str] = lambda: "",
    ) -> None:
        self._pages, self._show, self._password, self._why_full = pages, show, password, why_full
        self._names = frozenset(name.casefold() for name in names)
        self._tickets: dict[str, float] = {}
        """When each ends, by the loop's clock, the oldest first."""
        self._open: dict[ServerConnection, None] = {}
        """In the order in which they came."""
        self._tries: dict[str, tuple[asyncio.Lock, int]] = {}
        """By the place they come from: whose turn it is, and how many there are."""
        self._server: Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen; the port. Raises `OSError`."""
        self._server = await serve(
            self._visit,
            host,
            port,
            process_request=self._ask,
            create_connection=_bounded(self),
            compression=None,
            max_size=LONGEST_MESSAGE,
            ping_interval=CHECK_S,
            ping_timeout=CHECK_S,
            close_timeout=CLOSING_S,
            server_header=None,
            logger=_quiet,
        )
        opened: int = next(iter(self._server.sockets)).getsockname()[1]
        return opened

    async def close(self) -> None:
        """Stop listening, and close every connection: at once those that have asked for nothing yet, as browsers keep
        one, and within `CLOSING_S` all others."""
        if self._server is None:
            return
        self._server.close()
        for connection in [one for one in self._open if one.request is None]:
            connection.transport.abort()
        try:
            async with asyncio.timeout(CLOSING_S):
                await self._server.wait_closed()
        except TimeoutError:
            for connection in [*self._open]:
                connection.transport.abort()

    async def _visit(self, connection: ServerConnection) -> None:
        request = connection.request
        if request is not None:
            await self._show(connection, dict(parse_qsl(urlsplit(request.path).query, max_num_fields=8)))

    # ------------------------------------------------------------------ what is asked

    async def _ask(self, connection: ServerConnection, request: Request) -> Response | None:
        host, origin = (_only(request, name) for name in ("Host", "Origin"))
        path = request.path.partition("?")[0]
        if host is None or not self._is_ours(host, str(connection.local_address[0])):
            return _refuse(HTTPStatus.FORBIDDEN, "Ask by the address of this computer, or by its name in the house.")
        if _only(request, "Sec-Fetch-Site") == "cross-site" and _only(request, "Sec-Fetch-Mode") != "navigate":
            return _refuse(HTTPStatus.FORBIDDEN, "A page from elsewhere may lead here, and do nothing else.")
        if path.startswith(TAB):
            if origin is None or urlsplit(origin).netloc.casefold() != host.casefold():
                return _refuse(HTTPStatus.FORBIDDEN, "Only the page from here opens a tab.")
            if not self._is_good(path.removeprefix(TAB)):
                return _refuse(HTTPStatus.FORBIDDEN, "Load the page again.")
            return None
        try:
            password = self._password()
        except ValueError:
            return _refuse(HTTPStatus.SERVICE_UNAVAILABLE, "The password file cannot be read: hwtui has said why.")
        if password is not None and (refused := await self._try(password, connection, request)):
            return refused
        page = self._pages.get(path)
        if page is None:
            return _refuse(HTTPStatus.NOT_FOUND, "There is nothing here.")
        if not page.is_kept and (full := self._why_full()):
            return _refuse(HTTPStatus.SERVICE_UNAVAILABLE, full)
        body = page.body if page.is_kept else page.body.replace(_TICKET, self._ticket().encode())
        keep = "max-age=86400" if page.is_kept else "no-store"
        # Safari before 15.4 takes 'self' for the page's own scheme alone, which is not that of a WebSocket.
        policy = _POLICY.format(sockets=f"ws://{host} wss://{host}")
        return _response(HTTPStatus.OK, page.kind, body, ("Cache-Control", keep), ("Content-Security-Policy", policy))

    async def _try(self, password: Secret, connection: ServerConnection, request: Request) -> Response | None:
        """None for the right password. Who guesses gets one try in `WRONG_S`, however many he begins at once, and does
        not take the room of others."""
        realm = ("WWW-Authenticate", 'Basic realm="hwtui", charset="UTF-8"')
        wrong = _refuse(HTTPStatus.UNAUTHORIZED, "The password of hwtui web is needed.", realm)
        if "Authorization" not in request.headers:
            return wrong
        place = _place(str(connection.remote_address[0]))
        turn, tries = self._tries.get(place, (asyncio.Lock(), 0))
        if tries >= MOST_TRIES:
            return _refuse(HTTPStatus.TOO_MANY_REQUESTS, "Wrong passwords come from there: try again in ten seconds.")
        self._tries[place] = turn, tries + 1
        try:
            async with turn:
                if _knows(password, _only(request, "Authorization")):
                    return None
                await asyncio.sleep(WRONG_S)
                return wrong
        finally:
            tries = self._tries[place][1]
            if tries > 1:
                self._tries[place] = turn, tries - 1
            else:
                del self._tries[place]

    def _is_ours(self, host: str, at: str) -> bool:
        if not _HOST.fullmatch(host):  # it becomes part of a header
            return False
        names = host.casefold(), host.rpartition(":")[0].casefold()
        return is_at_home(host, at) or not self._names.isdisjoint(names)

    def _ticket(self) -> str:
        while len(self._tickets) >= MOST_TICKETS:
            del self._tickets[next(iter(self._tickets))]
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = asyncio.get_running_loop().time() + TICKET_S
        return ticket

    def _is_good(self, ticket: str) -> bool:
        return self._tickets.pop(ticket, 0.0) > asyncio.get_running_loop().time()

    # ------------------------------------------------------------------ how many there are

    def let_in(self, connection: ServerConnection) -> bool:
        """One more, in the place of the first that asks for nothing where there is no room; False if all do."""
        if len(self._open) >= MOST_CONNECTIONS:
            idle = next((one for one in self._open if one.request is None), None)
            if idle is None:
                return False
            idle.transport.abort()
            self.let_out(idle)
        self._open[connection] = None
        return True

    def let_out(self, connection: ServerConnection) -> None:
        """One less."""
        self._open.pop(connection, None)


def _bounded(house: TabServer) -> type[ServerConnection]:
    class Bounded(ServerConnection):
        """One that takes no room where there is none."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            is_let_in = house.let_in(self)
            super().connection_made(transport)
            if not is_let_in:
                self.transport.abort()

        def connection_lost(self, error: Exception | None) -> None:
            house.let_out(self)
            super().connection_lost(error)

    return Bounded


def _place(address: str) -> str:
    """What one computer comes from: an address, of IPv6 the first half, as it has the other half to itself."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(int(found) >> 64)
    return str(getattr(found, "ipv4_mapped", None) or found)


def _only(request: Request, name: str) -> str | None:
    """The header of that name; None if there is none, or more than one."""
    values = request.headers.get_all(name)
    return values[0] if len(values) == 1 else None


def _knows(password: Secret, header: str | None) -> bool:
    """Whether a header `Authorization` has the password, under whatever user name. In constant time: hashes have one
    length."""
    scheme, _, coded = (header or "").partition(" ")
    try:
        pair = base64.b64decode(coded.strip(), validate=True) if scheme.casefold() == "basic" else b""
    except binascii.Error:
        pair = b""
    given, wanted = pair.partition(b":")[2], password.reveal().encode()
    return hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(wanted).digest())


def _refuse(status: HTTPStatus, text: str, *headers: tuple[str, str]) -> Response:
    return _response(status, "text/plain; charset=utf-8", f"{text}\n".encode(), ("Cache-Control", "no-store"), *headers)


def _response(status: HTTPStatus, kind: str, body: bytes, *headers: tuple[str, str]) -> Response:
    always = (
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Referrer-Policy", "no-referrer"),
    )
    return Response(status, status.phrase, Headers([*always, *headers]), body)
