"""The question whether a device that was to be read over API v1 speaks API v2: beside what goes on, and seldom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tui.core.events import Certified, Event
from tui.core.link.spoken import AGAIN_S
from tui.core.model import Device, Endpoint
from tui.core.moment import Now
from tui.engine.lines.feeds import Feeds
from tui.engine.lines.running import Hooks, Running

_V1_PORT, _V2_PORT = 80, 443
"""A host with a port of its own names one service: it is not asked for another."""


class Question:
    """Asks one v2 endpoint at a time, once, and not again for five minutes."""

    def __init__(self, feeds: Feeds, hooks: Hooks, answered: Callable[[Certified | None, Now], None]) -> None:
        """`answered` takes what came of it; None if no device answered."""
        self.running: Running | None = None
        self.over = asyncio.Event()
        """Set once the question under way is over, and what follows from it has begun."""
        self.is_v2 = False
        """A device answered the last time, as far as is known by now."""
        self._feeds = feeds
        self._hooks = hooks
        self._answered = answered
        self._asked: float | None = None
        self._answer: Certified | None = None

    def ask(self, device: Device, *, paired: bool) -> None:
        """Ask, unless it was asked lately.

        That is at the endpoint that is known; else at the host of one that was given by hand or is paired.
        """
        known, v1 = device.endpoint_of("v2"), device.v1_endpoint
        plain = v1 is not None and v1.port == _V1_PORT and (device.by_hand or paired)
        endpoint = known or (Endpoint(v1.host, _V2_PORT, "v2") if v1 is not None and plain else None)
        now = self._feeds.clock.now().monotonic
        if endpoint is None or not self._feeds.speaks_v2 or self.running is not None:
            return
        if (known is not None and paired) or (self._asked is not None and now - self._asked < AGAIN_S):
            return
        self._asked, self._answer = now, None
        self.over.clear()
        feed = self._feeds.sign(endpoint, device.serial, once=True, of=v1)
        self.running = Running(feed, endpoint, None, None, self._hear).begin("asking", self._hooks)
        if self.running.task is not None:
            self.running.task.add_done_callback(lambda task: self._over(cancelled=task.cancelled()))

    def forget(self) -> None:
        """It may be asked again at once: there is a token now."""
        self._asked = None

    def _hear(self, one: Running, event: Event) -> None:
        if isinstance(event, Certified):
            self._answer = event

    def _over(self, *, cancelled: bool) -> None:
        self.running = None
        self.is_v2 = self._answer is not None
        if not cancelled:
            self._answered(self._answer, self._feeds.clock.now())
        self.over.set()
