"""The sink that posts every reading as a point of line protocol, in batches.

While all is well nothing touches the disk. Once a batch could not be handed on, it and those after it wait in the spool
and go out in their order, at a pace that floods nobody; then batches go straight out again.
"""

from __future__ import annotations

import asyncio
import gzip
import random
from collections import deque
from dataclasses import replace

from tui.core.events import Event, Measured
from tui.core.model import Fleet, key_of
from tui.core.out.influxanswer import Meaning, Outcome
from tui.core.out.influxplace import Influx
from tui.core.out.lineprotocol import lines
from tui.core.secret import Secret
from tui.core.settings import Settings, SettingsError, given_at
from tui.engine.clock import Clock
from tui.engine.nap import Nap
from tui.engine.out.secretfile import read_secret
from tui.engine.out.sink import SinkState, Tell
from tui.engine.out.spool import Batch, Spool
from tui.net.lineserver import LineServer

BATCH_S = 10.0
"""How often what was read is sent (own choice): a crash loses at most this much."""
BATCH_READINGS = 5000
"""This many are sent at once without waiting (InfluxDB, "Optimize writes": batches of 5 000 lines)."""
MOST_WAITING = 20_000
"""Readings in memory while one batch is under way: 50 devices for six minutes (own choice)."""
PACE_S = 0.1
"""Between two batches of the spool: what a day has left is sent in a quarter of an hour (own choice)."""
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
"""The first and the longest wait before the next attempt (own choice)."""


def check_influx(settings: Settings) -> None:
    """Whether the file with the token is there and fits. Raises `SettingsError`."""
    _token(settings)


def _token(settings: Settings) -> Secret | None:
    """The token; it is read anew so that it can be changed while the program runs. Raises `SettingsError`."""
    path = settings.influx_token_file
    with given_at("--influx-token-file" if path else "HWTUI_INFLUX_TOKEN"):
        token = read_secret(path) if path else settings.influx_token
        if token is not None and not all("!" <= char <= "~" for char in token.reveal()):
            raise SettingsError("a token has only letters, digits and signs of ASCII, and no blanks")
    return token


class InfluxSink:
    """See the module."""

    def __init__(self, influx: Influx, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._server = LineServer(influx)
        self._spool = Spool(settings.state_dir / "influx" if settings.state_dir else None)
        self._waiting: deque[str] = deque(maxlen=MOST_WAITING)
        self._in_cut: deque[str] = deque()
        """Those that are just being packed."""
        self._under_way: Batch | None = None
        """A batch that is neither handed on nor in the spool."""
        self._nap = Nap(clock)
        self._failures = 0
        self._refused = self._overflown = 0
        """Points that the server refused, and readings that had no room."""
        self._cut_at = self._send_at = 0.0
        """When the next batch is made, and when the spool is next tried: in the monotonic time of the clock."""
        self.state = SinkState("influx", influx.place)

    def heard(self, event: Event, fleet: Fleet) -> None:
        """See `Sink`."""
        if not isinstance(event, Measured) or (device := fleet.devices.get(key_of(event.serial))) is None:
            return
        at_ms = round(self._clock.now().utc_of(event.at) * 1000)
        if told := lines(device, event.measurement, at_ms):
            self._overflown += len(self._waiting) == MOST_WAITING
            self._waiting.append(told)
            if len(self._waiting) == BATCH_READINGS:
                self._nap.cut()

    async def run(self, tell: Tell) -> None:
        """See `Sink`."""
        await asyncio.to_thread(self._spool.open)
        self._cut_at = self._clock.now().monotonic + BATCH_S
        try:
            while True:
                await self._turn(tell)
        finally:
            # Not in a thread: whoever cancels this waits for it, and would not for a thread.
            self._put_aside()
            self._spool.close()
            await self._server.close()

    async def _turn(self, tell: Tell) -> None:
        """Wait for what is due next, and do it."""
        due = min(self._cut_at, self._send_at) if len(self._spool) else self._cut_at
        await self._nap.sleep(max(0.0, due - self._clock.now().monotonic))
        now = self._clock.now().monotonic
        if now >= self._cut_at or len(self._waiting) >= BATCH_READINGS:
            self._cut_at = now + BATCH_S
            await self._cut(tell)
        elif len(self._spool) and now >= self._send_at:
            await self._send_oldest(tell)

    async def _cut(self, tell: Tell) -> None:
        """Make a batch of what waits, and hand it on unless others are before it."""
        texts, self._waiting = self._waiting, deque(maxlen=MOST_WAITING)
        self._nap.forget()
        if not texts:
            return
        self._in_cut = texts
        batch = self._under_way = await asyncio.to_thread(_packed, texts)
        self._in_cut = deque()
        if not len(self._spool):
            outcome = await self._post(batch)
            if outcome.meaning in (Meaning.TAKEN, Meaning.LOST):
                self._under_way = None
                self._done(outcome, batch, tell)
                return
            await self._keep(batch)
            self._hindered(outcome, tell)
        else:
            await self._keep(batch)
            self._count(tell)

    async def _keep(self, batch: Batch) -> None:
        self._under_way = None
        await asyncio.shield(asyncio.to_thread(self._spool.put, batch))

    async def _send_oldest(self, tell: Tell) -> None:
        batch = await asyncio.to_thread(self._spool.oldest)
        if batch is None:
            self._failures = 0
            return
        outcome = await self._post(batch)
        if outcome.meaning in (Meaning.TAKEN, Meaning.LOST):
            await asyncio.shield(asyncio.to_thread(self._spool.remove))
            self._send_at = self._clock.now().monotonic + PACE_S
            self._done(outcome, batch, tell)
        else:
            self._hindered(outcome, tell)

    async def _post(self, batch: Batch) -> Outcome:
        try:
            token = await asyncio.to_thread(_token, self._settings)
        except SettingsError as error:
            return Outcome(Meaning.MEND, str(error))
        return await self._server.post(batch.body, token)

    def _done(self, outcome: Outcome, batch: Batch, tell: Tell) -> None:
        """The server has a batch, or will never have it."""
        self._failures = 0
        taken = outcome.meaning is Meaning.TAKEN
        self._refused += 0 if taken else batch.points
        self.state = replace(self.state, handed_on=self.state.handed_on + taken)
        self._tell(outcome.fault, tell)

    def _hindered(self, outcome: Outcome, tell: Tell) -> None:
        """The server has not taken it now."""
        wait_s = LONGEST_WAIT_S
        if outcome.meaning is Meaning.AGAIN:
            wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**self._failures) * random.uniform(0.75, 1)
        self._failures = min(self._failures + 1, 16)
        self._send_at = self._clock.now().monotonic + max(wait_s, outcome.wait_s or 0.0)
        kept = "on disk" if not self._spool.fault else f"in memory ({self._spool.fault})"
        lost = "; there is no more room, and the oldest are lost" if self._spool.lost else ""
        self._tell(f"{outcome.fault}; the values wait {kept}{lost}", tell)

    def _count(self, tell: Tell) -> None:
        self._tell(self.state.fault, tell)

    def _tell(self, fault: str, tell: Tell) -> None:
        dropped = self._refused + self._overflown + self._spool.lost
        tell(replace(self.state, fault=fault, last_fault=fault or self.state.last_fault, dropped=dropped))

    def _put_aside(self) -> None:
        """Keep what is still here for the next start."""
        if self._under_way is not None:
            self._spool.put(self._under_way)
            self._under_way = None
        for texts in (self._in_cut, self._waiting):
            if texts:
                self._spool.put(_packed(texts))
                texts.clear()


def _packed(texts: deque[str]) -> Batch:
    told = "".join(texts)
    return Batch(gzip.compress(told.encode(), 6, mtime=0), told.count("\n"))
