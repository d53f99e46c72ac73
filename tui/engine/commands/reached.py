"""Paired devices asked without a monitor: where they were last, else where mDNS finds them now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple, TypeVar

from tui.core.address import AddressError, parse_host
from tui.core.events import Event, Seen
from tui.core.fleet import reduce
from tui.core.link.pairing import PORT
from tui.core.model import Endpoint, Fleet, key_of
from tui.core.products import product_of
from tui.core.settings import Settings, SettingsError
from tui.core.text import quoted
from tui.engine.clock import Clock
from tui.engine.paired.tokenfile import Token
from tui.engine.paired.v2clients import Connect, UserClient
from tui.net.errors import DeviceError, NotPaired, Unreachable, WrongCertificate

T = TypeVar("T")


class Announced:
    """The devices that mDNS finds while `run` runs."""

    def __init__(self, settings: Settings, clock: Clock, seen: Callable[[Seen], None] = lambda seen: None) -> None:
        self.fleet = Fleet()
        self._settings = settings
        self._clock = clock
        self._seen = seen

    async def run(self) -> None:
        """Listen until cancelled."""
        from tui.net.discovery import Discovery  # loading zeroconf takes 0.1 s, so only when needed

        await Discovery(self._clock.now, self._settings.interfaces).run(self._heard)

    def _heard(self, event: Event) -> None:
        self.fleet = reduce(self.fleet, event)
        if isinstance(event, Seen):
            self._seen(event)


class Reached:
    """Asks paired devices; a search by mDNS begins with the first that is not where it was."""

    def __init__(self, settings: Settings, clock: Clock, connect: Connect) -> None:
        self._settings = settings
        self._clock = clock
        self._connect = connect
        self._announced = Announced(settings, clock)
        self._search: asyncio.Task[None] | None = None

    async def ask(self, token: Token, question: Callable[[UserClient], Awaitable[T]]) -> tuple[Endpoint, T]:
        """Where it is, and its answer. Raises `DeviceError`."""
        try:
            return token.endpoint, await self._at(token.endpoint, token, question)
        except (Unreachable, WrongCertificate):  # perhaps it has another address by now
            found = await self._found(token.key) if self._settings.discovers else None
            if found is None or found == token.endpoint:
                raise
        return found, await self._at(found, token, question)

    async def _at(self, endpoint: Endpoint, token: Token, question: Callable[[UserClient], Awaitable[T]]) -> T:
        client = self._connect(endpoint, token.secret, token.serial)
        try:
            return await question(client)
        except NotPaired:
            raise NotPaired(f"it no longer knows this computer's token: hwtui pair {endpoint.address}") from None
        finally:
            await client.aclose()

    async def _found(self, key: str) -> Endpoint | None:
        if self._search is None:
            self._search = asyncio.create_task(self._listen())
        while not self._search.done():
            if endpoint := self._endpoint_of(key):
                return endpoint
            await asyncio.wait((self._search,), timeout=0.05)
        return self._endpoint_of(key)

    async def _listen(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.patience_s):
                await self._announced.run()

    def _endpoint_of(self, key: str) -> Endpoint | None:
        device = self._announced.fleet.devices.get(key)
        return device.endpoint_of("v2") if device else None

    async def aclose(self) -> None:
        """End the search."""
        if self._search is not None:
            self._search.cancel()
            await asyncio.wait((self._search,))


def as_v2(endpoint: Endpoint) -> Endpoint:
    """A host given by hand, asked over API v2: on its usual port unless another one was named."""
    if endpoint.api == "v2":
        return endpoint
    return Endpoint(endpoint.host, PORT if endpoint.port == Endpoint(endpoint.host).port else endpoint.port, "v2")


class Shown(NamedTuple):
    """What the certificate at an endpoint says."""

    serial: str | None = None
    kind: str | None = None
    """What it calls the product."""
    error: DeviceError | None = None
    """If it is no such device."""


async def shown_at(connect: Connect, endpoint: Endpoint) -> Shown:
    """Who is at an endpoint, asked without a token."""
    client = connect(endpoint, None, None)
    try:
        await client.identity()
    except NotPaired:
        pass
    except DeviceError as error:
        return Shown(error=error)
    finally:
        await client.aclose()
    return Shown(client.serial, client.kind)


async def chosen(words: Sequence[str], tokens: Mapping[str, Token], connect: Connect) -> dict[str, Token]:
    """The tokens that `words` mean, each a serial or a host. Raises `SettingsError` for a word that means none."""
    found: dict[str, Token] = {}
    for word in words:
        key = key_of(word.strip())
        if key not in tokens:
            try:
                endpoint = as_v2(parse_host(word))
            except AddressError as error:
                raise SettingsError(f"{quoted(word, 80)}: {error}") from None
            there = [token.key for token in tokens.values() if token.endpoint == endpoint]
            serial = there[0] if there else (await shown_at(connect, endpoint)).serial
            key = key_of(serial or "")
        if key not in tokens:
            raise SettingsError(f'"{quoted(word, 80)}" is not paired: hwtui pair --list shows what is')
        found[key] = tokens[key]
    return found


def label_of(product_type: str | None, serial: str | None, endpoint: Endpoint, kind: str | None = None) -> str:
    """As the screen calls a device that has no name."""
    return f"{product_of(product_type, kind).label} {serial[-6:]}" if serial else endpoint.address
