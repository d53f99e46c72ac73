"""The engine's own thread and event loop, separate from the screen's.

A terminal that stops reading blocks the screen's loop; the engine keeps measuring. Snapshots reach the screen through a
mailbox, commands reach the engine through `EngineThread.call`, and nothing else is shared: settings and fleets are
immutable, and the trends have their own lock.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import replace
from threading import RLock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from tui.core.events import Event, Noted
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.profiles import profile_of
from tui.engine.clock import Clock, SystemClock
from tui.engine.command import CommandError
from tui.engine.inspector import Inspector
from tui.engine.keeping.kept import Kept, NothingKept
from tui.engine.mailbox import Mailbox
from tui.engine.monitor import Monitor
from tui.engine.publisher import Publisher
from tui.engine.source import Listener
from tui.engine.trends import Trends

if TYPE_CHECKING:  # see `Inspector.load`; the keeper is made after the first values
    from tui.core.checks.record import Installation, Observed, Record
    from tui.engine.keeping.keeper import Keeper
    from tui.engine.out.outlets import Outlets
    from tui.engine.out.sink import SinkState

LOADS_RECORD_AFTER_S = 0.5
"""The first values are on the screen by then: to load it in between would hold them up (own choice)."""
STOP_S = 1.0
"""Quitting takes no longer than this, even if a device or a disk does not respond."""

_NOTHING = NothingKept()

T = TypeVar("T")
log = logging.getLogger(__name__)


class EngineThread:
    """`with EngineThread(make_monitor, mailbox) as engine:` runs a monitor beside the screen.

    `make_monitor` is called once, on entering, with the listener that the monitor must pass every event to.
    `on_failure` is called in the engine's thread with the exception that ended it, never after the `with`. It must not
    wait for the screen, which may be waiting for the engine. An `inspector` is given where a record was begun already.
    """

    def __init__(
        self,
        make_monitor: Callable[[Listener], Monitor],
        mailbox: Mailbox,
        *,
        on_failure: Callable[[BaseException], None] | None = None,
        pace: Clock | None = None,
        make_keeper: Callable[[Monitor], Keeper] | None = None,
        make_outlets: Callable[[Monitor], Outlets] | None = None,
        inspector: Inspector | None = None,
    ) -> None:
        self.failure: BaseException | None = None
        """The exception that ended the engine before it was told to stop."""
        self._make_monitor = make_monitor
        self._mailbox = mailbox
        self._on_failure = on_failure
        self._pace = pace or SystemClock()
        self._make_keeper = make_keeper
        self._keeper: Keeper | None = None
        self._make_outlets = make_outlets
        self._outlets: Outlets | None = None
        self._given_inspector = inspector
        self._border = RLock()
        """Held while a call passes from one thread to the other, and while calls are being shut off."""
        self._open = False

    def __enter__(self) -> Self:
        self._monitor = self._make_monitor(self._heard)
        now = self._monitor.clock.now
        self._publisher = Publisher(self._mailbox, now, self._pace, self._monitor.fleet)
        self._inspector = self._given_inspector or Inspector(now(), profile_of(self._monitor.settings.grid))
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        # A daemon, so that a thread that cannot end (the name server does not answer) never keeps the process alive.
        self._thread = Thread(target=self._run, name="engine", daemon=True)
        self._open = True
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._mailbox.disconnect()
        with self._border:
            self._on_failure = None
            if self._open:
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(STOP_S)
        if self._thread.is_alive():
            log.error("the engine did not stop within %g s", STOP_S)

    @property
    def trends(self) -> Trends:
        """The monitor's trends; safe to use from any thread."""
        return self._monitor.trends

    def record(self, now: Now, installation: Installation) -> Record:
        """The record of the check up to `now`; safe to use from any thread."""
        return self._inspector.record(now, replace(installation, before=self.kept.befores))

    def observed(self, key: str, now: Now) -> Observed | None:
        """One device of the record up to `now`; safe to use from any thread."""
        return self._inspector.observed(key, now)

    @property
    def kept(self) -> Kept:
        """What is kept of the past; safe to use from any thread."""
        return self._keeper or _NOTHING

    @property
    def sinks(self) -> tuple[SinkState, ...]:
        """How what goes out is doing; safe to read from any thread."""
        return self._outlets.states if self._outlets else ()

    def call(self, command: Callable[[Monitor], Coroutine[Any, Any, T]]) -> Future[T]:
        """Run a command of the monitor in the engine's thread: `engine.call(lambda monitor: monitor.identify(key))`.

        The future is cancelled when the engine stops. Raises `CommandError` if it has stopped already.
        """
        with self._border:
            if not self._open:
                raise CommandError("the engine has stopped")
            return asyncio.run_coroutine_threadsafe(command(self._monitor), self._loop)

    def _heard(self, event: Event, fleet: Fleet) -> None:
        self._inspector.heard(event, fleet)
        if self._keeper is not None:
            self._keeper.heard(event, fleet)
        if self._outlets is not None:
            self._outlets.heard(event, fleet)
        self._publisher.heard(event, fleet)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._main())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()  # does not wait for threads that look up names, as `asyncio.run` would

    async def _load_record(self) -> None:
        await asyncio.sleep(LOADS_RECORD_AFTER_S)
        self._inspector.load()
        if self._make_keeper is not None:
            self._keeper = self._make_keeper(self._monitor)
            try:
                await self._keeper.run(self._monitor.apply)
            except Exception:  # the live screen goes on
                log.exception("what is kept failed")
                text = "history and today stopped: a bug in this program; a log file has details"
                self._monitor.apply(Noted("history", text, self._monitor.clock.now()))

    async def _hand_on(self) -> None:
        if self._make_outlets is not None:
            await asyncio.sleep(LOADS_RECORD_AFTER_S)
            self._outlets = self._make_outlets(self._monitor)
            await self._outlets.run(self._monitor.apply)

    async def _main(self) -> None:
        work = [asyncio.create_task(self._monitor.run()), asyncio.create_task(self._publisher.run())]
        late = [asyncio.create_task(self._load_record()), asyncio.create_task(self._hand_on())]
        stop = asyncio.create_task(self._stop.wait())
        done, _ = await asyncio.wait([*work, stop], return_when=asyncio.FIRST_COMPLETED)
        for one in late:
            one.cancel()
        for task in done & set(work):
            self.failure = task.exception() or RuntimeError("the engine ended unexpectedly")
        with self._border:
            self._open = False
        await asyncio.sleep(0)  # commands that were just handed over become tasks, to be cancelled, too
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            _, stuck = await asyncio.wait(left, timeout=STOP_S * 0.8)
            if stuck:
                log.error("%d tasks of the engine did not stop", len(stuck))
        if self.failure is not None:
            log.error("the engine failed", exc_info=self.failure)
            with self._border:
                if self._on_failure is not None:
                    self._on_failure(self.failure)
