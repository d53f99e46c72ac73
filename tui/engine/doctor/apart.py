"""An examination in a thread and an event loop of its own: whoever wants it goes on meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Lock
from typing import Protocol

from tui.core.doctor.diagnosis import Patient
from tui.core.doctor.evidence import Computer
from tui.engine.doctor.doctor import Outcome, Tell


class Examines(Protocol):
    """What a `Doctor` does."""

    @property
    def computer(self) -> Computer:
        """This computer, as far as it is known by now."""
        ...

    async def run(self, tell: Tell) -> Outcome:
        """Examine all, and tell of each as it is done."""
        ...


class Apart:
    """One examination. `run` is called in a thread, `cancel` from any other."""

    def __init__(self, make: Callable[[], Examines], hear: Callable[[Computer | Patient], None]) -> None:
        """`make` is called in that thread, too, since it reads files of the system; so is `hear`, with what is new."""
        self._make = make
        self._hear = hear
        self._lock = Lock()
        self._task: asyncio.Task[Outcome] | None = None
        self._is_cancelled = False

    def run(self) -> Outcome | None:
        """Examine until all is done; None if it was cancelled before."""
        try:
            return asyncio.run(self._examine())
        except asyncio.CancelledError:
            return None

    def cancel(self) -> None:
        """End it soon: every connection is closed."""
        with self._lock:
            self._is_cancelled = True
            if self._task is not None:
                self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    async def _examine(self) -> Outcome:
        doctor = self._make()
        task = asyncio.create_task(doctor.run(self._hear))
        with self._lock:
            self._task = task
            if self._is_cancelled:
                task.cancel()
        self._hear(doctor.computer)
        try:
            return await task
        finally:
            with self._lock:
                self._task = None
