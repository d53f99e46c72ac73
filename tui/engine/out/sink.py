"""What a sink is: a listener that never waits, with a task of its own that may."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from tui.core.events import Event
from tui.core.model import Fleet

T = TypeVar("T")

OUT = "out "
"""What the topic of a note on a sink begins with; its name follows. It is withdrawn only after it was told."""


@dataclass(frozen=True, slots=True)
class SinkState:
    """How a sink is doing, for people."""

    name: str
    """One word: "metrics"."""
    target: str
    """Where it goes or listens, without secrets: "http://127.0.0.1:9925/metrics"."""
    fault: str = ""
    """Why nothing goes out now, and what to do; "" while all is well."""
    last_fault: str = ""
    """The latest one, kept after it is over."""
    handed_on: int = 0
    """Answers, messages or batches so far."""
    dropped: int = 0
    """What had no room while the receiver was slow."""


Tell = Callable[[SinkState], None]
"""Takes the state of a sink after it has changed; never waits."""


class Sink(Protocol):
    """One way out."""

    state: SinkState

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener: keep what is wanted of it, and return at once."""
        ...

    async def run(self, tell: Tell) -> None:
        """Hand it on until cancelled. What a receiver does wrong is a state, not an exception."""
        ...


class Queue(Generic[T]):
    """What waits for a slow receiver: the newest `most`. What is older is dropped and counted."""

    def __init__(self, most: int) -> None:
        self._waiting: deque[T] = deque(maxlen=most)
        self._filled = asyncio.Event()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, item: T) -> None:
        """Let it wait; never waits itself."""
        self.dropped += len(self._waiting) == self._waiting.maxlen
        self._waiting.append(item)
        self._filled.set()

    async def take(self, most: int) -> list[T]:
        """The oldest ones, at least one: waits for it."""
        await self._filled.wait()
        taken = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        if not self._waiting:
            self._filled.clear()
        return taken
