"""Runs a command: signals end it in an orderly way, and a closed pipe ends it quietly."""

from __future__ import annotations

import asyncio
import contextlib
import select
import signal
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator
from types import FrameType
from typing import Any

from tui.engine.commands.exits import OK
from tui.engine.commands.streams import StdoutError, drop, explain, write_bytes, write_out

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
HUNG_UP = 129
"""128 + SIGHUP: the terminal has gone, whether or not this process was sent the signal."""
READER_CHECK_S = 1.0
"""How often it is looked whether anybody still reads, while there is nothing to write."""


class Output:
    """stdout. What was written is on its way when a method returns; they block while the reader does not read."""

    def __init__(self) -> None:
        self.is_terminal = sys.stdout.isatty()
        """Asked at once: one that has hung up is none any more."""
        self.is_writing = False
        self.is_reading = False
        """Whether a command is reading from what may fall silent for ever, as a pipe does: a signal cuts that short."""
        self.is_over = False
        """Set when a signal ends the command: output that is still under way is dropped, and cannot block."""

    def line(self, text: str) -> None:
        """Write one line. Raises `StdoutError`."""
        self.lines((text,))

    def lines(self, texts: Iterable[str]) -> None:
        """Write several lines at once. Raises `StdoutError`."""
        self._write(lambda: write_out("".join(f"{text}\n" for text in texts)))

    def raw(self, data: bytes) -> None:
        """Write bytes as they are. Raises `StdoutError`."""
        self._write(lambda: write_bytes(data))

    def _write(self, write: Callable[[], None]) -> None:
        if self.is_over:
            return
        self.is_writing = True
        try:
            write()
        finally:
            self.is_writing = False

    def last(self, text: str) -> None:
        """Write `text` also after a signal: what a command leaves when it is ended. Another signal cuts it short.

        Raises `StdoutError`.
        """
        self.is_over = False
        self.lines((text,))

    def has_reader(self) -> bool:
        """False once the other end of a pipe is closed; True where the system cannot tell."""
        if not hasattr(select, "poll"):
            return True
        ends = select.poll()
        try:
            ends.register(sys.stdout.fileno(), 0)
        except OSError:  # stdout is no file: a test holds it
            return True
        return not ends.poll(0)


Command = Callable[[Output], Coroutine[Any, Any, int]]


def run(command: Command, *, needs_reader: bool = True) -> int:
    """Run a command to its end; its exit code. One that writes a file goes on without a reader of stdout.

    SIGINT, SIGTERM and SIGHUP let it clean up and give 128 + the signal's number, as a shell says it; so does a
    terminal that has gone. A reader that has seen enough (`| head`) is no fault and gives 0; a stdout that cannot be
    written otherwise gives 3.
    """
    output, caught = Output(), list[int]()
    try:
        return asyncio.run(_guarded(command, output, caught, needs_reader))
    except (asyncio.CancelledError, KeyboardInterrupt):
        if caught:
            drop("stdout")  # half a line, if a write was cut short; writing it now could block again
            return 128 + caught[0]
        if output.has_reader():
            raise
        return HUNG_UP if output.is_terminal else OK
    except StdoutError as closed:
        hung_up = output.is_terminal and not output.has_reader()
        status = explain(closed)
        return 128 + caught[0] if caught else HUNG_UP if hung_up else status


async def _guarded(command: Command, output: Output, caught: list[int], needs_reader: bool) -> int:
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None  # noqa: S101  (a coroutine runs in a task)

    def stop(signum: int, frame: FrameType | None) -> None:
        caught.append(signum)
        output.is_over = True
        if output.is_writing or output.is_reading or len(caught) > 1:
            raise KeyboardInterrupt  # the loop is blocked by a reader that does not read, so it cannot be told
        loop.call_soon_threadsafe(task.cancel)

    # `signal.signal` and not the loop's handlers: it runs also while the loop is blocked, and on every system.
    with _handling(stop):
        reader = asyncio.create_task(_while_read(output, task)) if needs_reader else None
        try:
            return await command(output)
        finally:
            if reader is not None:
                reader.cancel()


async def _while_read(output: Output, task: asyncio.Task[Any]) -> None:
    """Cancel `task` once the reader is gone."""
    while output.has_reader():  # noqa: ASYNC110  (no event tells it)
        await asyncio.sleep(READER_CHECK_S)
    task.cancel()


@contextlib.contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in _heard()}
    try:
        yield
    finally:
        for signum, old in before.items():
            signal.signal(signum, old)


def _heard() -> Iterator[int]:
    for name in SIGNALS:
        number = getattr(signal, name, None)
        # a command started by nohup ignores SIGHUP, and means it
        if number is not None and (name != "SIGHUP" or signal.getsignal(number) is not signal.SIG_IGN):
            yield number
