"""Makes clients of API v2 for the commands that need no monitor."""

from __future__ import annotations

from tui.core.model import Endpoint
from tui.core.secret import Secret
from tui.core.settings import Settings
from tui.engine.pairing import Connect, UserClient
from tui.net.resolve import Names
from tui.net.tls import Trust


def connector(settings: Settings) -> Connect:
    """A factory of clients that trust whom the settings say; no certificate is loaded before the first one asks."""
    names, trust = Names(mdns=settings.mdns, interfaces=settings.interfaces), Trust()

    def connect(endpoint: Endpoint, token: Secret | None, serial: str | None) -> UserClient:
        from tui.net.v2 import V2Client

        return V2Client(endpoint, token, serial, trust, names.address_of)

    return connect
