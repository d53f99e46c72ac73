"""A device of API v2 at the border of the engine, which gives tokens when its button is pressed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tui.core.reading import Identity
from tui.core.secret import Secret
from tui.engine.source import Owner
from tui.net.errors import ButtonNotPressed, DeviceError, NotPaired

SERIAL = "5c2fafaabbcc"


@dataclass
class Pairable:
    """Only what pairing asks of a client. `connect` is a factory of clients, which all are this device."""

    serial: str | None = SERIAL
    kind: str | None = None
    product_type: str = "HWE-P1"
    presses: list[bool | DeviceError] = field(default_factory=list)
    """What each request for a token meets: the button pressed or not, or an error; the last one stays."""
    users_now: dict[str, str] = field(default_factory=lambda: {"cloud/x": ""})
    """Token by name."""
    fault: DeviceError | None = None
    """What everything else raises."""
    named: list[str] = field(default_factory=list)
    """As whom it was asked for a token."""
    closed: int = 0
    opened: int = 0
    token: Secret | None = None
    """The token of the last client."""

    def connect(self, endpoint: Any, token: Secret | None, serial: str | None) -> Any:
        self.opened += 1
        self.token = token
        return self

    async def create_user(self, name: str) -> Secret:
        self.named.append(name)
        met = self.presses.pop(0) if len(self.presses) > 1 else self.presses[0]
        if isinstance(met, DeviceError):
            raise met
        if not met:
            raise ButtonNotPressed("the button")
        self.users_now[name] = f"TOKEN{len(self.named):027}"
        return Secret(self.users_now[name])

    def _known(self) -> None:
        if self.fault:
            raise self.fault
        if self.token is None or self.token.reveal() not in self.users_now.values():
            raise NotPaired

    async def identity(self) -> Identity:
        self._known()
        return Identity(self.serial or "", self.product_type)

    async def users(self) -> tuple[Owner, ...]:
        self._known()
        assert self.token
        return tuple(Owner(name, token == self.token.reveal()) for name, token in self.users_now.items())

    async def delete_user(self, name: str) -> None:
        self._known()
        del self.users_now[name]

    async def aclose(self) -> None:
        self.closed += 1
