"""Hands what the engine hears to the screens of all tabs. A slow one never holds up the engine.

What waits for a tab is bounded: once it is more, nothing is added, and when all of it was read the tab gets the whole
state anew.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import deque
from collections.abc import Awaitable, Callable

from tui.core.afar import LONGEST, Wish, read_wish
from tui.core.events import Event
from tui.core.model import Fleet
from tui.engine.command import CommandError
from tui.engine.out.sink import SinkState
from tui.engine.tabs.frames import Answer, Heard, Sinks, State, packed
from tui.net.errors import DeviceError

MOST_WAITING = 256 * 1024
"""Bytes beyond a whole state: some ten seconds of fifty devices (own choice)."""
PART = 64 * 1024
SHARED_S = 1.0
"""So long a packed state, with what happened since, is good for further tabs (own choice)."""
MOST_WISHES = 4
"""Of one tab at once: a person asks for one thing after the other (own choice)."""
SINKS_EVERY_S = 5.0
"""How often the states of what goes out are looked at; their faults come at once, as notes."""

Fulfil = Callable[[Wish], Awaitable[object]]
"""Does what is wished. Raises `CommandError`, `DeviceError`."""

log = logging.getLogger(__name__)


class Hub:
    """A listener of the monitor. `state` gives all there is at this moment, `fulfil` does what a tab wishes."""

    def __init__(self, state: Callable[[], State], fulfil: Fulfil) -> None:
        self._state, self._fulfil = state, fulfil
        self._feeds: set[_Feed] = set()
        self._beginning: tuple[float, list[bytes]] | None = None
        """A state that was packed a moment ago, what has happened since, and until when it is good."""

    def heard(self, event: Event, fleet: Fleet) -> None:
        """The monitor's listener."""
        if self._beginning is not None and self._beginning[0] < asyncio.get_running_loop().time():
            self._beginning = None
        if self._feeds or self._beginning is not None:
            self._send(packed(Heard(event)))

    async def add(self, end: socket.socket) -> Callable[[], None]:
        """Feed a screen through this end of a pair of sockets; what ends that."""
        loop = asyncio.get_running_loop()
        _, feed = await loop.create_unix_connection(
            lambda: _Feed(self._begin, self._fulfil, self._feeds.discard), sock=end
        )
        self._feeds.add(feed)
        return feed.close

    def _begin(self) -> list[bytes]:
        """What a tab begins with. Packing takes the engine a millisecond or two for each device, so tabs that come
        together share it."""
        now = asyncio.get_running_loop().time()
        if self._beginning is None or self._beginning[0] < now:
            self._beginning = now + SHARED_S, [packed(self._state())]
        return [*self._beginning[1]]

    def _send(self, frame: bytes) -> None:
        if self._beginning is not None:
            self._beginning[1].append(frame)
        for feed in self._feeds:
            feed.send(frame)

    async def tell_sinks(self, states: Callable[[], tuple[SinkState, ...]]) -> None:
        """Tell how what goes out is doing, when that has changed, until cancelled."""
        told: tuple[SinkState, ...] = ()
        while True:
            await asyncio.sleep(SINKS_EVERY_S)
            if (now := states()) != told:
                told = now
                self._send(packed(Sinks(now)))


class _Feed(asyncio.Protocol):
    """One tab. What waits for it is here, and not in the transport, which would copy it."""

    def __init__(self, begin: Callable[[], list[bytes]], fulfil: Fulfil, over: Callable[[_Feed], None]) -> None:
        self._begin_with, self._fulfil, self._over = begin, fulfil, over
        self._said = bytearray()
        self._waiting: deque[memoryview] = deque()
        self._left = self._most = 0
        """Bytes that wait, and the most that may."""
        self._is_behind = self._is_paused = False
        self._wishes: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  (sockets are written to)
        self._transport = transport
        self._begin()

    def close(self) -> None:
        """End it."""
        self._transport.abort()

    def send(self, frame: bytes) -> None:
        """Send it, unless too much waits already."""
        if self._is_behind or self._left + len(frame) > self._most:
            self._is_behind = True
        else:
            self._put(frame)

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        self._write()

    def _begin(self) -> None:
        frames = self._begin_with()
        self._is_behind = False
        self._most = sum(map(len, frames)) + MOST_WAITING
        for frame in frames:
            self._put(frame)

    def _put(self, frame: bytes) -> None:
        self._waiting.append(memoryview(frame))
        self._left += len(frame)
        self._write()

    def _write(self) -> None:
        while self._waiting and not self._is_paused:
            part = self._waiting[0][:PART]
            self._waiting[0] = self._waiting[0][PART:]
            if not self._waiting[0]:
                self._waiting.popleft()
            self._left -= len(part)
            self._transport.write(part)
        if self._is_behind and not self._waiting and not self._is_paused:
            self._begin()

    def data_received(self, data: bytes) -> None:
        self._said += data
        *lines, rest = self._said.split(b"\n")
        self._said = rest
        try:
            if len(rest) > LONGEST:
                raise ValueError("too long for a wish")
            for line in lines:
                self._take(*read_wish(bytes(line)))
        except ValueError as error:
            log.warning("a tab is ended, for what it asked: %s", error)
            self.close()

    def _take(self, number: int, wish: Wish) -> None:
        if len(self._wishes) >= MOST_WISHES:
            self.send(packed(Answer(number, fault="too much is asked at once: wait for the answers")))
            return
        task = asyncio.create_task(self._do(number, wish))
        self._wishes.add(task)
        task.add_done_callback(self._wishes.discard)

    async def _do(self, number: int, wish: Wish) -> None:
        try:
            answer = Answer(number, await self._fulfil(wish))
        except (CommandError, DeviceError) as error:
            answer = Answer(number, fault=str(error))
        except Exception:
            log.exception("a wish was not done")
            answer = Answer(number, fault="it was not done: a bug in this program; a log file has details")
        self._put(packed(answer))  # never dropped: someone waits for it

    def connection_lost(self, error: Exception | None) -> None:
        self._over(self)
        for wish in self._wishes:
            wish.cancel()
