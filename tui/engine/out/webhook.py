"""Sends alarms to a URL: JSON, by POST. Whoever knows the URL can send there, so only its host is ever told."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Sequence
from datetime import tzinfo

import httpx

from tui import __version__
from tui.core.alarms.words import message
from tui.core.secret import Secret
from tui.core.text import quoted
from tui.engine.clock import Clock
from tui.engine.out.hand import Hand

LONGEST_S = 10.0
"""From looking the name up to the status of the answer."""
RETRIES_S = (2.0, 10.0, 60.0)
"""The waits before the next attempts (own choice)."""
HEADERS = {"Content-Type": "application/json", "User-Agent": f"hwtui/{__version__}"}
_AGAIN = frozenset({408, 425, 429})
"""Besides 5xx: what may be taken in later (RFC 9110, 15.5.9; RFC 8470; RFC 6585)."""


class Webhook(Hand):
    """One URL, asked without cookies, and without following it elsewhere. The environment may name a proxy."""

    def __init__(
        self,
        url: Secret,
        clock: Clock,
        zone: tzinfo,
        changed: Callable[[], None],
        *,
        longest_s: float = LONGEST_S,
        retries_s: Sequence[float] = RETRIES_S,
    ) -> None:
        super().__init__(clock, zone, changed)
        self._url, self._longest_s, self._retries_s = url, longest_s, retries_s
        self._trust: ssl.SSLContext | None = None

    async def run(self) -> None:
        """See `Hand`."""
        while True:
            for event in await self._queue.take(1):
                told = message(event, self._clock.now(), self._zone)
                await self._deliver(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace"))

    async def _deliver(self, body: bytes) -> None:
        for wait_s in (*self._retries_s, None):
            fault, again = await self._post(body)
            self._ended(fault)
            if not again or wait_s is None:
                return
            await self._clock.sleep(wait_s)

    async def _post(self, body: bytes) -> tuple[str, bool]:
        """What went wrong, "" for nothing; and whether another attempt may help."""
        try:
            url = httpx.URL(self._url.reveal())
            host = f"the webhook at {quoted(url.netloc.decode('ascii', 'replace'), 80)}"
        except httpx.InvalidURL:
            return "a webhook is no URL: correct it in the config file", False
        if self._trust is None:
            # Reading the authorities takes 30 ms and more; without TLS nobody is trusted, and nobody has to be.
            is_tls = url.scheme == "https"
            self._trust = await asyncio.to_thread(_trust) if is_tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            async with (
                asyncio.timeout(self._longest_s),
                httpx.AsyncClient(verify=self._trust, timeout=None, headers=HEADERS) as client,  # noqa: S113
                client.stream("POST", url, content=body) as answer,
            ):
                status = answer.status_code
        except TimeoutError:
            return f"{host} did not answer within {self._longest_s:g} s: is that server well?", True
        except httpx.ConnectError as error:
            if _is_of_tls(error):
                return f"{host} had a certificate that this computer does not trust, or speaks no TLS: check it", True
            return f"{host} could not be reached: is the name right, and the network up?", True
        except (httpx.TransportError, OSError):
            return f"{host} broke the connection: is it a web server?", True
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError):
            return f"{host} could not be asked: correct the URL in the config file, or the proxy", False
        return _meaning(host, status), status in _AGAIN or status >= 500


def _is_of_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _meaning(host: str, status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"{host} sent elsewhere (HTTP {status}), which is not followed: use the URL that it leads to"
    if status in (401, 403):
        return f"{host} refused (HTTP {status}): it wants another URL, or a login, which is not sent"
    if status in (404, 405, 410):
        return f"{host} had no such webhook (HTTP {status}): correct the URL"
    if status in _AGAIN or status >= 500:
        return f"{host} was in trouble (HTTP {status}): look after that server"
    return f"{host} did not take it (HTTP {status}): it may want another form of message, which a program can send"


def _trust() -> ssl.SSLContext:
    """The authorities that httpx brings, and those of this computer, to which a house may have added its own."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context
