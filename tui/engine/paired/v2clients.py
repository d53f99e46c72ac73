"""Makes the clients of API v2 that pair, and ask who is paired."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from tui.core.api.users import Owner
from tui.core.model import Endpoint
from tui.core.reading import Identity
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.net.resolve import Names

if TYPE_CHECKING:
    from tui.net.tls import Trust


class UserClient(Protocol):
    """What pairing needs of a `PairedClient`."""

    @property
    def serial(self) -> str | None: ...
    @property
    def kind(self) -> str | None: ...
    async def identity(self) -> Identity: ...
    async def create_user(self, name: str) -> Secret: ...
    async def users(self) -> tuple[Owner, ...]: ...
    async def delete_user(self, name: str) -> None: ...
    async def aclose(self) -> None: ...


Connect = Callable[[Endpoint, Secret | None, str | None], UserClient]
"""A client for an endpoint, with the device's token and its serial where they are known."""


def connector(settings: Settings, names: Names | None = None) -> Connect:
    """A factory of clients that trust whom the settings say. Nothing of TLS is loaded before one is made."""
    names = names or Names(mdns=settings.mdns, interfaces=settings.interfaces)

    def connect(endpoint: Endpoint, token: Secret | None, serial: str | None) -> UserClient:
        from tui.net.v2 import V2Client

        return V2Client(endpoint, token, serial, trust_of(settings), names.address_of)

    return connect


def trust_of(settings: Settings) -> Trust:
    """Whom the settings trust. Raises `SettingsError` if the file of `--ca` cannot be used."""
    from tui.engine.paired.cafile import trust_at

    return trust_at(settings.ca)
