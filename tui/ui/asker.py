"""Asks what may wait for a disk, in a thread of its own, which stays for a while: it has the history open.

One question at a time: while an answer is awaited, only the newest question after it is kept, so that a disk that never
answers costs one thread and nothing else. Not a worker of Textual: its threads are waited for when the program ends.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Thread
from time import sleep
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

_STAYS_S = 30.0
"""So long a thread waits for the next question (own choice)."""


class Asker(Generic[Q, A]):
    """`reply` is called in the asking thread with each answer, unless a newer question came in between.

    A question is put off by `settles_s`, and dropped if a newer one comes in that time.
    """

    def __init__(self, find: Callable[[Q], A], reply: Callable[[Q, A], object], settles_s: float = 0.0) -> None:
        self._find = find
        self._reply = reply
        self._settles_s = settles_s
        self._lock = Condition()
        self._wanted: Q | None = None
        self._busy = False

    def ask(self, question: Q) -> None:
        """Find the answer to this question; one that still waits for its turn is dropped."""
        with self._lock:
            self._wanted = question
            self._lock.notify()
            if self._busy:
                return
            self._busy = True
        Thread(target=self._run, name="history", daemon=True).start()

    def _run(self) -> None:
        ended = False
        try:
            while (question := self._next()) is not None:
                if self._settles_s:
                    sleep(self._settles_s)
                    with self._lock:
                        outdated = self._wanted is not None
                    if outdated:
                        continue
                answer = self._find(question)
                with self._lock:
                    outdated = self._wanted is not None
                if not outdated:
                    self._reply(question, answer)
            ended = True
        finally:
            if not ended:  # the next question has a thread of its own again
                with self._lock:
                    self._busy = False

    def _next(self) -> Q | None:
        with self._lock:
            if self._wanted is None:
                self._lock.wait(_STAYS_S)
            question, self._wanted = self._wanted, None
            self._busy = question is not None
            return question
