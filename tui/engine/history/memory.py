"""A history that is on no disk: for the demo, which leaves no trace, and for a recording, which is on a disk already.

The same tables, written by the same code as those of a file, so that a demo and a recording are walked like a house.
"""

from __future__ import annotations

import itertools
import logging
import os
import sqlite3
from collections import deque
from datetime import tzinfo
from threading import Condition, Event, Thread

from tui.core.past.history import MINUTE
from tui.engine.history.database import transaction
from tui.engine.history.levels import Levels, prune
from tui.engine.history.orders import Minute, Order
from tui.engine.history.reader import Reader
from tui.engine.history.schema import statements

FAULT = sqlite3.Error
"""What its connections raise."""
MINUTES_KEPT_S = 8 * 86400
"""Older minutes are dropped, and the quarters of an hour stay: ten devices take some 10 MB (own choice)."""
PRUNE_EVERY, PRUNE_MOST = 15, 1000
MOST_WAITING = 600
"""Orders. The oldest are lost beyond that: a demo at full speed hands over 60 a second while its past is made."""

_numbers = itertools.count()
log = logging.getLogger(__name__)


def address_of(name: str) -> str:
    """The URI under which other connections of this process see it, with `uri=True`.

    They set `PRAGMA read_uncommitted = 1`: the tables of a shared cache are locked one by one, and no busy handler
    waits for that.
    """
    return f"file:{name}?mode=memory&cache=shared"


def in_memory(name: str) -> sqlite3.Connection:
    """An empty database; it is gone when the last connection to it is closed. Any thread may use it, one at a time."""
    connection = sqlite3.connect(address_of(name), uri=True, check_same_thread=False, isolation_level=None)
    for statement in statements():
        connection.execute(statement)
    return connection


class MemoryHistory:
    """Begins empty, or with what `make_past` puts there; days are those of `zone`.

    `start` begins to write. `close` may be called more than once. All methods may be called from any thread.
    """

    def __init__(self, zone: tzinfo) -> None:
        name = f"hwtui-{os.getpid()}-{next(_numbers)}"
        self.address = address_of(name)
        """Its URI, for readers."""
        self.reader = Reader(None, zone, self.address)
        """Reads it; from any thread."""
        self.has_yesterday = Event()
        """Today and yesterday are there, if they ever will be."""
        self._connection = in_memory(name)
        self._zone = zone
        self._levels: Levels | None = None
        self._orders: deque[Order] = deque(maxlen=MOST_WAITING)
        self._wake = Condition()
        self._is_whole = Event()
        self._stopped = False
        self._stored = 0
        self._thread = Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    def put(self, order: Order) -> None:
        """Have something stored; never waits."""
        with self._wake:
            self._orders.append(order)
            self._wake.notify()

    def wait(self) -> None:
        """Return when all of its past is there."""
        self._is_whole.wait()

    def stop(self) -> None:
        """Write no more; returns at once."""
        with self._wake:
            self._stopped = True
            self._wake.notify()

    def close(self) -> None:
        """Let go of it: it is gone with the last reader."""
        self.stop()
        self._thread.join()
        self.reader.close(for_good=True)
        self._connection.close()

    # ------------------------------------------------------------------ in its thread

    def make_past(self, connection: sqlite3.Connection) -> None:
        """Put there what was before; `store_waiting` is to be called now and then. Raises `sqlite3.Error`."""

    def store_waiting(self) -> bool:
        """Store what was handed over; whether to go on. Raises `sqlite3.Error`."""
        with self._wake:
            orders = list(self._orders)
            self._orders.clear()
        if orders and not self._stopped:
            with transaction(self._connection):
                self._store(orders)
        return not self._stopped

    def _run(self) -> None:
        try:
            try:
                self.make_past(self._connection)
            finally:
                self.has_yesterday.set()
                self._is_whole.set()
            while self.store_waiting():
                with self._wake:
                    self._wake.wait_for(lambda: self._orders or self._stopped)
        except FAULT:  # a reader that locks its tables
            log.exception("the history in memory could not be written")

    def _store(self, orders: list[Order]) -> None:
        if self._levels is None:
            self._levels = Levels(self._connection, self._zone)
        for order in orders:
            if not isinstance(order, Minute):
                self._levels.erase(order.device, order.start, order.until)
                continue
            self._levels.store(order.rows)
            now = order.start + MINUTE.span_s
            while self._levels.derive(now, settled=True):
                """A day at a time."""
            self._stored += 1
            if self._stored % PRUNE_EVERY == 0:
                prune(self._connection, now - MINUTES_KEPT_S, PRUNE_MOST)
