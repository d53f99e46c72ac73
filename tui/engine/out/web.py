"""The sink that answers over HTTP: metrics, and the devices for other programs."""

from __future__ import annotations

from dataclasses import replace

from tui.core.events import Event
from tui.core.model import Fleet
from tui.core.out.listening import Listening, why_not
from tui.engine.clock import Clock
from tui.engine.out.pages import Pages
from tui.engine.out.sink import SinkState, Tell
from tui.net.httpserver import HttpServer

RETRY_S = 10.0
"""An address that could not be opened is tried again after this long (own choice)."""
TELL_S = 5.0
"""How often the counts of the state are renewed (own choice)."""


class WebSink:
    """Listens, and answers with `pages`."""

    def __init__(self, name: str, listening: Listening, pages: Pages, clock: Clock) -> None:
        self._listening, self._pages, self._clock = listening, pages, clock
        self.state = SinkState(name, f"http://{listening.address}/")

    def heard(self, event: Event, fleet: Fleet) -> None:
        """See `Sink`."""
        self._pages.heard(event, fleet)

    async def run(self, tell: Tell) -> None:
        """See `Sink`."""
        while True:
            server = HttpServer(self._pages.answer)
            try:
                await server.open(*self._listening)
            except OSError as error:
                fault = why_not(self._listening, error)
                tell(replace(self.state, fault=fault, last_fault=fault))
                await self._clock.sleep(RETRY_S)
                continue
            try:
                tell(replace(self.state, fault=""))
                while True:
                    await self._clock.sleep(TELL_S)
                    if self._pages.answered != self.state.handed_on:
                        tell(replace(self.state, handed_on=self._pages.answered, dropped=self._pages.dropped))
            finally:
                await server.close()
