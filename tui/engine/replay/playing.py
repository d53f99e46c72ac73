"""A recording as a source: its lines at the pace at which they came, or faster, on a clock of its own."""

from __future__ import annotations

import asyncio
import queue
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from threading import Event as Flag
from threading import Thread
from zoneinfo import ZoneInfo

from tui.core.events import Noted
from tui.core.moment import Now
from tui.core.past.replay import Recorded
from tui.core.wording import stamp_words
from tui.engine.clock import Clock, SystemClock, at_speed
from tui.engine.replay.recording import Recording, RecordingError
from tui.engine.source import Emit

GAP_S, SHOWN_OF_GAP_S = 180.0, 75.0
"""Of a longer time without a line only so much passes: all devices have fallen silent by then (own choice)."""
GAP_NOTE_S = 600.0
"""How long, in the recording, the note on such a gap stays (own choice)."""
TICK_S = 0.02
"""Lines that come closer than this on the user's clock are applied together."""
BITE = 100
"""Lines applied before anything else has its turn: some 20 ms."""
LAG_S = 0.25
"""Behind by more than this, the recording's clock waits: a slow disk, or a speed that this computer cannot reach."""
FIRST_S = 1.0
"""What is shown before that: a line of each device (own choice)."""
KEPT_WITHIN_S = 3.0
"""Longer it does not wait for what keeps the past: a bug there must not stop the show (own choice)."""
BATCH, BATCHES = 64, 8
TOPIC, GAP_TOPIC = "replay", "replay gap"


class ReplayClock:
    """The time of a recording. It begins with the first line, and never passes the line whose turn is next.

    `hold` may be called from any thread.
    """

    def __init__(self, start_utc: float, speed: float, pace: Clock | None = None) -> None:
        self.speed = speed
        self.is_held = False
        self.is_over = False
        self._pace = pace or SystemClock()
        self._start = Now(start_utc, 0.0)
        self._base, self._since = 0.0, self._pace.now().monotonic
        self._limit = 0.0

    @property
    def label(self) -> str:
        """What the screen says of it: "replay 60x", "replay ended"."""
        return "replay ended" if self.is_over else f"replay {self.speed:g}x"

    def now(self) -> Now:
        return self._start.plus(min(self.passed, self._limit))

    async def sleep(self, seconds: float) -> None:
        await self._pace.sleep(at_speed(seconds, self.speed))

    @property
    def passed(self) -> float:
        """Seconds since the first line as the speed has it, whether or not the lines are there yet."""
        if self.is_held:
            return self._base
        return self._base + (self._pace.now().monotonic - self._since) * self.speed

    def go(self, limit: float) -> None:
        """Let it run to `limit`, the time of the next line in seconds since the first."""
        if self.passed - limit > LAG_S * self.speed:
            self.jump(limit)
        self._limit = max(self._limit, limit)

    def jump(self, to: float) -> None:
        """Go on from there."""
        self._base, self._since = to, self._pace.now().monotonic
        self._limit = max(self._limit, to)

    def hold(self, held: bool) -> None:
        """Stand still, or go on."""
        if held is not self.is_held:
            self._base = min(self.passed, self._limit)
            self._since = self._pace.now().monotonic
            self.is_held = held


class ReplaySource:
    """Plays a recording that is open. `first` is the line that was read already.

    What keeps the past is loaded after the first picture. Until `is_kept` only the first second is shown: at a high
    speed half an hour would pass meanwhile, and be missing from today and from the graph.
    """

    def __init__(
        self,
        recording: Recording,
        first: Recorded,
        rest: Iterator[Recorded],
        clock: ReplayClock,
        pace: Clock,
        zone: str,
        is_kept: Callable[[], bool] = lambda: True,
    ) -> None:
        self._is_kept = is_kept
        self._recording = recording
        self._lines = deque([first])
        self._start = first.utc
        self._rest = rest
        self._clock = clock
        self._pace = pace
        self._zone = ZoneInfo(zone)
        self._batches: queue.Queue[list[Recorded]] = queue.Queue(BATCHES)
        self._stopped = Flag()
        self._told = ""
        self._gap_ends: float | None = None
        self.fault: str | None = None
        """What ended the reading too early."""

    async def run(self, emit: Emit) -> None:
        """Play it to its end."""
        # A daemon: a pipe without a writer must not keep the process alive.
        Thread(target=self._read, name="recording", daemon=True).start()
        clock = self._clock
        clock.jump(0.0)
        before, bite = 0.0, 0
        try:
            while await self._has_line():
                one = self._lines.popleft()
                until = one.utc - self._start
                if before <= FIRST_S < until:
                    await self._until_kept(before)
                if until - before > GAP_S:
                    await self._pass(before + SHOWN_OF_GAP_S)
                    self._note_gap(before, until, emit)
                    clock.jump(until)
                await self._pass(until)
                bite += 1
                if bite % BITE == 0:
                    await asyncio.sleep(0)
                for event in self._recording.events(one)[1]:
                    emit(event)
                self._note(emit)
                before = until
            for event in self._recording.silent(Now(self._start + before, before)):
                emit(event)
            clock.is_over = True
            self._note(emit)
        finally:
            self._stopped.set()

    async def _until_kept(self, before: float) -> None:
        since = self._pace.now()
        while not self._is_kept() and self._pace.now().age_of(since) < KEPT_WITHIN_S:
            await self._pace.sleep(TICK_S)
        self._clock.jump(before)

    async def _pass(self, until: float) -> None:
        """Let the clock come to `until`."""
        clock = self._clock
        clock.go(until)
        while clock.is_held or (left_s := until - clock.passed) > 0:
            await self._pace.sleep(TICK_S if clock.is_held else max(TICK_S, min(1.0, left_s / clock.speed)))
        clock.go(until)

    async def _has_line(self) -> bool:
        """Wait for the next line; False at the end."""
        while not self._lines:
            try:
                batch = self._batches.get_nowait()
            except queue.Empty:
                await self._pace.sleep(TICK_S)
                continue
            if not batch:
                return False
            self._lines.extend(batch)
        return True

    def _read(self) -> None:
        """In a thread of its own: an empty batch is the end."""
        batch: list[Recorded] = []
        try:
            while not self._stopped.is_set() and (batch := list(islice(self._rest, BATCH))):
                self._put(batch)
        except RecordingError as error:
            self.fault = str(error)
        self._put([])

    def _put(self, batch: list[Recorded]) -> None:
        while not self._stopped.is_set():
            try:
                self._batches.put(batch, timeout=0.5)
                break
            except queue.Full:
                continue

    def _note(self, emit: Emit) -> None:
        """Tell what was left out, and withdraw what was told of a gap."""
        if (text := self._recording.flaws.summary) != self._told:
            self._told = text
            emit(Noted(TOPIC, text, self._clock.now()))
        if self._gap_ends is not None and self._clock.now().monotonic > self._gap_ends:
            self._gap_ends = None
            emit(Noted(GAP_TOPIC, "", self._clock.now()))

    def _note_gap(self, before: float, until: float, emit: Emit) -> None:
        first, last = (datetime.fromtimestamp(self._start + at, self._zone) for at in (before, until))
        text = f"nothing was recorded from {stamp_words(first, last)} to {last:%H:%M}: skipped"
        self._gap_ends = until + GAP_NOTE_S
        emit(Noted(GAP_TOPIC, text, self._clock.now()))
