"""Asks who is at an address, beside what is known: only what is proven there is told."""

from __future__ import annotations

import asyncio

from tui.core.events import Certified, Event, Identified
from tui.engine.source import Emit, Feed


class Proof:
    """A feed of which only the answer counts who is there: that it fails is nothing of the device that it is about."""

    def __init__(self, feed: Feed, *, ends: bool = False) -> None:
        """With `ends` it asks one time."""
        self._feed = feed
        self._ends = ends

    async def run(self, emit: Emit) -> None:
        """As a source."""

        def hear(event: Event) -> None:
            if isinstance(event, (Identified, Certified)):
                emit(event)

        if not self._ends:
            await self._feed.run(hear)
            return
        asking = asyncio.create_task(self._feed.run(hear))
        asked = asyncio.create_task(self._feed.asked.wait())
        try:
            await asyncio.wait((asking, asked), return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                asking.result()
        finally:
            asking.cancel()
            asked.cancel()
            await asyncio.wait((asking, asked))
