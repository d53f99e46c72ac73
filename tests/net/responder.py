"""A real mDNS responder on loopback, for names that no other test and no other program has."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from zeroconf import IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

_numbers = itertools.count()


class Responder:
    """Answers for one name."""

    def __init__(self, zeroconf: AsyncZeroconf) -> None:
        self.name = f"p1meter-{os.getpid()}-{next(_numbers)}.local"
        self._zeroconf = zeroconf
        self._info: ServiceInfo | None = None

    async def give(self, *addresses: str) -> None:
        """Answer with these addresses from now on."""
        if self._info:
            await (await self._zeroconf.async_unregister_service(self._info))
        service = "_hwtui-test._tcp.local."
        self._info = ServiceInfo(
            service, f"{self.name[:-6]}.{service}", 80, server=f"{self.name}.", parsed_addresses=list(addresses)
        )
        await (await self._zeroconf.async_register_service(self._info, cooperating_responders=True))


@asynccontextmanager
async def responder(*addresses: str, on: str = "127.0.0.1") -> AsyncIterator[Responder]:
    """One that answers with these addresses."""
    async with AsyncZeroconf(interfaces=[on], ip_version=IPVersion.V4Only) as zeroconf:
        answering = Responder(zeroconf)
        await answering.give(*addresses)
        yield answering
