"""The hosts that somebody wrote down, where a device was named by its name alone: one of them may be that device.

Each is asked once who it is, and only if the device answers nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from tui.core.doctor.evidence import Said, Tried
from tui.core.model import Endpoint
from tui.engine.doctor.examination import Look

Met = Callable[[Endpoint, str, str | None], None]
"""Takes an endpoint, the serial that answered there, and its product type, if that is known."""


class Beside:
    """Asks them, when the first device needs it."""

    def __init__(self, hosts: Iterable[Endpoint], look: Callable[[Endpoint], Awaitable[Look]], met: Met) -> None:
        self.asked = asyncio.Event()
        """Set when all have been."""
        self.tried: list[Tried] = []
        """What came of it."""
        self.is_needed = False
        self._hosts, self._look, self._met = tuple(dict.fromkeys(hosts)), look, met

    async def run(self) -> None:
        """Ask them all at once."""
        await asyncio.gather(*map(self._ask, self._hosts))
        self.asked.set()

    async def _ask(self, endpoint: Endpoint) -> None:
        look = await self._look(endpoint)
        serial = look.way.serial if look.way else None
        if serial is None and (hidden := look.hidden) is not None:
            await self._ask(hidden)
            return
        last = look.tried[-1]
        who = look.way.detail if look.way and look.said is not Said.NOTHING else last.result
        self.tried.append(Tried(last.at_utc, f"host {endpoint.address}", serial or who))
        if serial is not None:
            self._met(endpoint, serial, look.identity.product_type if look.identity else None)
