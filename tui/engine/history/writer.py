"""The one thread that writes the history: a transaction a minute, whatever the disk does.

Orders wait in a queue until they are committed. While the disk refuses they wait there and are tried again; after an
hour the oldest are lost. While another hwtui writes, this one waits for its lock, and then adds what is missing.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path

from tui.core.past.history import MINUTES_KEPT_S
from tui.engine.clock import Clock
from tui.engine.clockjump import ClockJumps
from tui.engine.history import faults
from tui.engine.history.database import NewerError, is_damage, move_aside, open_to_write, transaction
from tui.engine.history.levels import Levels, prune
from tui.engine.history.lock import Lock
from tui.engine.history.orders import Minute, Order
from tui.engine.history.schema import FILE

MOST_WAITING = 60
"""Orders: an hour of minutes, some 50 kB for each device."""
MOST_MOVED = 3
"""Damaged files that one run leaves behind: a card that wears out must not fill with them (own choice)."""
MOVED_SHOWN_S = 86400.0
"""How long it is told that a damaged file was moved (own choice)."""
PRUNE_EVERY, PRUNE_MOST = 15, 1000
"""Old minutes are deleted every so many stored ones, and so many at once: more than ten devices add in an hour."""
TRUSTED, SETTLED = 10, 60
"""Minutes that must be stored, since the start or a jump of the clock, before it is trusted, and before anything old is
deleted by it: NTP has set it by then (own choice)."""

LOCK = "history.lock"

log = logging.getLogger(__name__)


class Writer:
    """Writes into `folder`; days are cut in `zone`.

    `tell` is called in the writer's thread with what hinders it, and with "" when that is over. `at_the_end` is called
    there, too, inside the last transaction, with the connection. `reads` says whether this program shows the history,
    too, while another one writes.
    """

    def __init__(
        self,
        folder: Path,
        zone: tzinfo,
        clock: Clock,
        tell: Callable[[str], None],
        at_the_end: Callable[[sqlite3.Connection], None] = lambda connection: None,
        *,
        retry_s: float = faults.RETRY_S,
        reads: bool = True,
    ) -> None:
        self.folder = folder
        self._path = folder / FILE
        self._zone = zone
        self._clock = clock
        self._tell = tell
        self._at_the_end = at_the_end
        self._retry_s = retry_s
        self._reads = reads
        self._lock = Lock(folder / LOCK)
        self._wake = threading.Condition()
        self._orders: deque[Order] = deque()
        self._lost = self._ending = self._more = False
        self._connection: sqlite3.Connection | None = None
        self._levels: Levels | None = None
        self._second = False
        """Whether another hwtui has been writing: what it stored is not stored again."""
        self._stored = self._moved = 0
        self._jumps = ClockJumps()
        self._moved_text = ""
        self._moved_at = clock.now()
        self._told = ""
        # A daemon, so that a disk that hangs never keeps the process alive.
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)

    def start(self) -> None:
        """Open the database, or say why not."""
        self._thread.start()

    def put(self, order: Order) -> None:
        """Have something stored; never waits."""
        with self._wake:
            if len(self._orders) >= MOST_WAITING:
                self._orders.popleft()
                self._lost = True
            self._orders.append(order)
            self._wake.notify()

    def end(self) -> None:
        """Have what waits stored, and the database closed; returns at once."""
        with self._wake:
            self._ending = True
            self._wake.notify()

    @property
    def runs(self) -> bool:
        """Whether the thread is still at work."""
        return self._thread.is_alive()

    def join(self, seconds: float) -> None:
        """Wait for its end, at most so long."""
        self._thread.join(seconds)

    # ------------------------------------------------------------------ in its thread

    def _run(self) -> None:
        well = False
        try:
            while not self._ending:
                self.step()
                with self._wake:
                    if not self._ending and not self._more:
                        idle = self._connection is not None and not self._orders
                        self._wake.wait(None if idle else self._retry_s)
            self.step()
            well = True
        finally:
            self.finish()
            if not well:
                self._tell("history is not kept: a bug in this program; a log file has details")

    def finish(self) -> None:
        """Close the database, and let another hwtui write."""
        if self._connection is not None:  # SQLite would do it only if nobody else had the file open
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._close()
        self._lock.release()

    def step(self) -> None:
        """Bring the database up to date, or tell what hinders: what the thread does whenever something waits."""
        more, self._more = self._more, False
        try:
            if self._connection is None and not self._open():
                return
            self._work(more)
        except NewerError:
            self._say(faults.newer(self._path))
        except (sqlite3.Error, OSError) as error:
            self._close()
            if isinstance(error, sqlite3.Error) and is_damage(error):
                self._move_damaged()
            else:
                self._say(faults.not_kept(self.folder, error))
        else:
            self._lost = False
            age = self._clock.now().age_of(self._moved_at)
            self._say(self._moved_text if age < MOVED_SHOWN_S else "")

    def _open(self) -> bool:
        from tui.engine.files import make_folder

        make_folder(self.folder)
        if not self._lock.take():
            self._second = True
            self._keep_newest(2)
            self._say(faults.second(self._lock.holder, reads=self._reads))
            return False
        self._connection = open_to_write(self.folder)
        self._levels = Levels(self._connection, self._zone)
        self._stored = 0
        return True

    def _keep_newest(self, most: int) -> None:
        with self._wake:
            while len(self._orders) > most:
                self._orders.popleft()
            self._lost = False

    def _work(self, more: bool) -> None:
        """One transaction for all that waits. Only what was committed leaves the queue."""
        connection, levels = self._connection, self._levels
        assert connection is not None  # noqa: S101  (`_open` has been there)
        assert levels is not None  # noqa: S101
        with self._wake:
            orders, ending = list(self._orders), self._ending
        if not (orders or ending or more):
            return
        moment = self._clock.now()
        now = int(moment.utc)
        if self._jumps.since_last(moment):
            self._stored = 0  # the clock must be trusted anew
        with transaction(connection):
            for order in orders:
                if isinstance(order, Minute):
                    levels.store(order.rows, missing_only=self._second)
                else:
                    levels.erase(order.device, order.start, order.until)
            self._more = levels.derive(now, settled=self._stored >= TRUSTED) and not ending
            self._prune(connection, now, sum(isinstance(order, Minute) for order in orders))
            if ending:
                self._at_the_end(connection)
        self._second = False
        with self._wake:
            for order in orders:
                if self._orders and self._orders[0] is order:
                    self._orders.popleft()

    def _prune(self, connection: sqlite3.Connection, now: int, stored: int) -> None:
        before, self._stored = self._stored, self._stored + stored
        if self._stored > SETTLED and before // PRUNE_EVERY != self._stored // PRUNE_EVERY:
            prune(connection, now - MINUTES_KEPT_S, PRUNE_MOST)

    def _move_damaged(self) -> None:
        if self._moved >= MOST_MOVED:
            self._say(faults.wears_out(self._path))
            return
        self._moved_at = self._clock.now()
        try:
            moved = move_aside(self._path, self._moved_at.utc)
        except OSError as error:
            self._say(faults.not_kept(self.folder, error))
            return
        self._moved += 1
        self._moved_text = faults.moved(moved)
        self._more = True  # with a new one, at once

    def _close(self) -> None:
        connection, self._connection, self._levels = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _say(self, text: str) -> None:
        if text and self._lost:
            text = f"{text}; {faults.LOST}"
        if text != self._told:
            self._told = text
            log.warning("%s", text or "history is kept again")
            self._tell(text)
