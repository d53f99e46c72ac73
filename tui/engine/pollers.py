"""The running pollers: one for each v1 endpoint in use, and one for each announced address that has to prove itself."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from tui.core.beat import phase_of
from tui.core.model import Endpoint, Fleet
from tui.engine.clock import Clock
from tui.engine.poller import Poller
from tui.engine.source import Client, Source

PROOF_S = 60.0
"""How long a device that is announced at a new address has to identify itself there."""
MOST_PROOFS = 16
"""Addresses checked at the same time: a house replaces one router at most, and a flood of claims stops here."""

Work = Coroutine[Any, Any, None]


class _Polled(NamedTuple):
    """A running poller."""

    poller: Poller
    task: asyncio.Task[None]
    slot: int


class Pollers:
    """Keeps one poller per v1 endpoint in step with the fleet. Nothing runs before `begin` and after `end`."""

    def __init__(
        self,
        clock: Clock,
        interval_s: float,
        make: Callable[[Endpoint, float], Poller],
        make_proof: Callable[[Endpoint], Poller],
        keep: Callable[[str, Source], Work],
        start: Callable[[Work], asyncio.Task[None]],
    ) -> None:
        """`make` makes a poller whose planned moments count from one on the monotonic clock, `make_proof` one that only
        asks for the identity. `keep` runs a source to its end, whatever happens to it, and `start` starts that."""
        self._clock = clock
        self._interval_s = interval_s
        self._make = make
        self._make_proof = make_proof
        self._keep = keep
        self._start = start
        self._origin = clock.now().monotonic
        self._polled: dict[Endpoint, _Polled] = {}
        self._in_proof: set[Endpoint] = set()
        self._running = asyncio.Event()

    def begin(self, fleet: Fleet) -> None:
        """Start polling."""
        self._origin = self._clock.now().monotonic
        self._running.set()
        self.follow(fleet)

    def end(self) -> None:
        """Forget the pollers; whoever started their tasks cancels them."""
        self._running.clear()
        self._polled.clear()

    async def all_asked(self) -> None:
        """Return when every device known by then has been polled once, successfully or not."""
        await self._running.wait()
        while waiting := [one.poller for one in self._polled.values() if not one.poller.asked.is_set()]:
            await waiting[0].asked.wait()

    def client_at(self, endpoint: Endpoint | None) -> Client | None:
        """The connection to the device at an endpoint, if that is polled."""
        return self._polled[endpoint].poller.client if endpoint in self._polled else None

    def follow(self, fleet: Fleet) -> None:
        """Start and stop pollers so that each v1 endpoint in use has one."""
        if not self._running.is_set():
            return
        in_use = {endpoint: None for device in fleet.devices.values() if (endpoint := device.v1_endpoint)}
        for endpoint in [endpoint for endpoint in self._polled if endpoint not in in_use]:
            left = self._polled.pop(endpoint)
            left.poller.asked.set()  # so that nothing waits for an answer that will not come
            left.task.cancel()
        for endpoint in in_use:
            if endpoint not in self._polled:
                self._polled[endpoint] = self._poll(endpoint)

    def _poll(self, endpoint: Endpoint) -> _Polled:
        taken = {one.slot for one in self._polled.values()}
        slot = next(slot for slot in itertools.count() if slot not in taken)
        poller = self._make(endpoint, self._origin + phase_of(slot) * self._interval_s)
        return _Polled(poller, self._start(self._keep(f"reading {endpoint.address}", poller)), slot)

    def prove(self, endpoint: Endpoint) -> None:
        """Ask for the identity at an address that was announced for a device which answers elsewhere."""
        if endpoint in self._in_proof or len(self._in_proof) >= MOST_PROOFS or not self._running.is_set():
            return
        self._in_proof.add(endpoint)
        task = self._start(self._keep(f"asking {endpoint.address}", self._make_proof(endpoint)))
        timer = self._start(self._end_proof(task))
        task.add_done_callback(lambda _: timer.cancel())
        timer.add_done_callback(lambda _: self._in_proof.discard(endpoint))

    async def _end_proof(self, proof: asyncio.Task[None]) -> None:
        await self._clock.sleep(PROOF_S)
        proof.cancel()

    def wake(self, endpoint: Endpoint | None) -> None:
        """Poll a device soon that was announced or given by hand again."""
        if endpoint in self._polled:
            self._polled[endpoint].poller.wake()
