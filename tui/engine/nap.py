"""A sleep that can be cut short."""

from __future__ import annotations

import asyncio

from tui.engine.clock import Clock


class Nap:
    """Sleeps on a clock; `cut` ends the sleep under way, or the next one if there is none, until `forget`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._cut = False
        self._sleeper: asyncio.Task[None] | None = None

    def cut(self) -> None:
        """Wake the sleeper."""
        self._cut = True
        if self._sleeper is not None:
            self._sleeper.cancel()

    def forget(self) -> None:
        """Forget an earlier `cut`, so that it does not end the next sleep."""
        self._cut = False

    async def sleep(self, seconds: float) -> bool:
        """Sleep for `seconds` or until cut; return whether it was cut."""
        if not self._cut:
            self._sleeper = asyncio.create_task(self._clock.sleep(seconds))
            try:
                await asyncio.wait((self._sleeper,))
            finally:
                self._sleeper.cancel()
                self._sleeper = None
        cut, self._cut = self._cut, False
        return cut
