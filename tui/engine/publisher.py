"""Decides when the screen is updated: for news at once, for values about once a second.

Drawing costs more than polling, so values are shown together. Devices are polled in groups (`core.link.beat`), and the
screen is updated right after a group has answered, when the values are newest.
"""

from __future__ import annotations

from collections.abc import Callable

from tui.core.events import Event
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.news import is_news
from tui.engine.clock import Clock
from tui.engine.mailbox import Mailbox, Snapshot
from tui.engine.nap import Nap

BEAT_S = 1.0
"""Also when nothing happens: ages grow and values go stale."""
RIPE_S = 0.75
"""How old a frame must be before a new value starts the next one."""
GATHER_S = 0.1
"""A value waits this long for the rest of its group: most devices answer within 5 to 100 ms. News does not wait."""
PROMPT_GAP_S = 0.04
"""The least gap between a frame and one for news, so that what arrives together is drawn together."""
CROWDED_GAP_S = 0.25
"""The same after a lot of news, such as a flood of announcements."""
PROMPT_PICTURES = 16
"""How many frames in a row are prompt: at the start a house needs about six."""
RECOVERS_S = 1.0
"""After this long without a frame for news, one more may be prompt."""


class Publisher:
    """Puts snapshots into a mailbox. `pace` is the user's clock; the clock of a simulated house may run faster."""

    def __init__(self, mailbox: Mailbox, now: Callable[[], Now], pace: Clock, fleet: Fleet | None = None) -> None:
        self._mailbox = mailbox
        self._now = now
        self._pace = pace
        self._fleet = fleet or Fleet()
        self._nap = Nap(pace)
        self._put = 0.0
        self._has_news = self._has_values = False
        self._prompt_left = float(PROMPT_PICTURES)

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        before, self._fleet = self._fleet, fleet
        if fleet is before:
            return
        if is_news(event, before, fleet):
            self._has_news = True
            self._nap.cut()
        elif not self._has_values and self._pace.now().monotonic - self._put >= RIPE_S:
            self._has_values = True
            self._nap.cut()

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            self._put, self._has_news, self._has_values = self._pace.now().monotonic, False, False
            self._nap.forget()
            self._mailbox.put(Snapshot(self._fleet, self._now()))
            await self._nap.sleep(BEAT_S)
            if self._has_values and not self._has_news:
                await self._nap.sleep(GATHER_S)
            if self._has_news:
                await self._let_news_gather()

    async def _let_news_gather(self) -> None:
        """Sleep for the rest of the gap after the last frame."""
        passed = self._pace.now().monotonic - self._put
        self._prompt_left = min(PROMPT_PICTURES, self._prompt_left + passed / RECOVERS_S)
        prompt = self._prompt_left >= 1.0
        self._prompt_left -= prompt
        gap = PROMPT_GAP_S if prompt else CROWDED_GAP_S
        if passed < gap:
            await self._pace.sleep(gap - passed)
