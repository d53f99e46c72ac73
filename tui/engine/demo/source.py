"""The demo as a source: a household served on loopback, found there by real mDNS."""

from __future__ import annotations

import asyncio

from tui.core.events import Added, Event, Noted, Seen
from tui.core.model import Endpoint, key_of
from tui.core.secret import Secret
from tui.engine.clock import Clock
from tui.engine.demo.household import Household
from tui.engine.demo.pairing import DEMO_USER
from tui.engine.paired.tokenfile import Token
from tui.engine.source import Emit

FOUND_WITHIN_S = 2.0
"""A device that mDNS has not found by then is added as a host."""


def tokens_of(household: Household) -> list[Token]:
    """The tokens that a demo begins with, which are the demo's own."""
    anywhere = Endpoint("127.0.0.1", 443, "v2")
    return [Token(serial, Secret(token), DEMO_USER, anywhere) for serial, token in household.tokens.items()]


class DemoSource:
    """Serves a household and finds it by mDNS. Devices that mDNS does not find are added as hosts.

    Anything else that is announced on loopback (by another demo, say) is ignored. The search ends when all devices are
    found, since they never move.
    """

    def __init__(self, household: Household, clock: Clock, *, mdns: bool = True) -> None:
        self._household = household
        self._clock = clock
        self._mdns = mdns
        self._keys = {key_of(device.serial) for device in household.devices}

    async def run(self, emit: Emit) -> None:
        """Serve until cancelled."""
        from tui.engine.demo.server import serve  # with zeroconf and h11: the first picture does not wait for them

        async with serve(self._household, self._clock, announce=self._mdns) as served:
            by_hand = {endpoint for one in served for endpoint in one.endpoints}
            if any(one.announced for one in served):
                await self._find(by_hand, emit)
            for endpoint in by_hand:
                emit(Added(endpoint, self._clock.now()))
            await asyncio.Event().wait()

    async def _find(self, by_hand: set[Endpoint], emit: Emit) -> None:
        """Find our devices and remove what they listen at from `by_hand`. Another demo may have the same serials."""
        from tui.net.discovery import Discovery  # zeroconf takes 0.1 s to load

        def emit_own(event: Event) -> None:
            if isinstance(event, Seen) and key_of(event.serial) in self._keys:
                if event.endpoint not in by_hand:
                    return
                found.add(event.endpoint)
                emit(event)
                if by_hand <= found:
                    complete.set()
            elif isinstance(event, Noted):
                emit(event)

        found: set[Endpoint] = set()
        complete = asyncio.Event()
        looking = asyncio.create_task(Discovery(self._clock.now, ("127.0.0.1",)).run(emit_own))
        try:
            async with asyncio.timeout(FOUND_WITHIN_S):
                await complete.wait()
        except TimeoutError:
            """What was not found is added as a host."""
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        by_hand -= found
