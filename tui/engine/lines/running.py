"""A feed under way, and what runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tui.core.events import Event
from tui.core.link.spoken import Way
from tui.core.model import Endpoint
from tui.core.secret import Secret
from tui.engine.source import Emit, Feed, Source, TokenOf

Work = Coroutine[Any, Any, None]


class Hooks(NamedTuple):
    """What a line needs of the monitor."""

    emit: Emit
    keep: Callable[[str, Source], Work]
    """Runs a source to its end, whatever happens to it."""
    start: Callable[[Work], asyncio.Task[None]]
    token_of: TokenOf


@dataclass(eq=False, slots=True)
class Running:
    """A feed and its task. What it says goes to `hear`, which may change while it runs."""

    feed: Feed
    endpoint: Endpoint
    way: Way | None
    """None for the question who a device is that is not paired."""
    token: Secret | None
    hear: Callable[[Running, Event], None]
    task: asyncio.Task[None] | None = None
    answers: bool = False
    """Its last attempt gave values."""
    named: str | None = None
    """The key of the device that it has said to be last."""
    early: list[Event] = field(default_factory=list)
    """Of a trial: what came before its first value."""
    after: asyncio.Task[None] | None = None
    """What has to be over before it begins: another socket to the same device, whose goodbye may take a second."""

    def begin(self, what: str, hooks: Hooks) -> Running:
        """Start it; `what` it does is for a note, should it crash."""
        self.task = hooks.start(hooks.keep(f"{what} {self.endpoint.address}", self))
        return self

    async def run(self, emit: Emit) -> None:
        """As a source."""
        if self.after is not None:
            await asyncio.wait((self.after,))
            self.after = None
        await self.feed.run(lambda event: self.hear(self, event))

    def stop(self) -> None:
        """End it. Nothing waits for an answer that will not come."""
        self.feed.asked.set()
        if self.task is not None:
            self.task.cancel()
