"""Running a command: signals end it in order, and a reader that has gone away ends it quietly."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator
from types import FrameType
from typing import Any

from tui.engine.commands.exits import OK, UNKNOWN

SIGNALS = (signal.SIGINT, signal.SIGTERM)
READER_CHECK_S = 1.0
"""How often it is looked whether anybody still reads, while there is nothing to write."""


class StdoutError(Exception):
    """Nothing more can be written. `reason` says why; it is empty when the reader has simply seen enough."""

    def __init__(self, error: OSError) -> None:
        self.reason = "" if isinstance(error, BrokenPipeError) else (error.strerror or str(error))
        super().__init__(self.reason)


class Output:
    """stdout. What was written is on its way when a method returns; they block while the reader does not read."""

    def __init__(self) -> None:
        self.is_writing = False
        self.is_over = False
        """Set when a signal ends the command: what is still under way finds nobody to tell, and cannot block."""

    def line(self, text: str) -> None:
        """Write one line. Raises `StdoutError`."""
        self.lines((text,))

    def lines(self, texts: Iterable[str]) -> None:
        """Write several lines at once. Raises `StdoutError`."""
        if self.is_over:
            return
        self.is_writing = True
        try:
            sys.stdout.write("".join(f"{text}\n" for text in texts))
            sys.stdout.flush()
        except OSError as error:
            raise StdoutError(error) from None
        finally:
            self.is_writing = False

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


def narrate(text: str) -> None:
    """Say something beside the data, on stderr; whether anybody hears it does not matter."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def run(command: Command) -> int:
    """Run a command to its end; its exit code.

    SIGINT and SIGTERM let it clean up and give 128 + the signal's number, as a shell says it. A reader that has seen
    enough (`| head`) is no fault and gives 0; a stdout that cannot be written otherwise gives 3.
    """
    output, caught = Output(), list[int]()
    try:
        return asyncio.run(_guarded(command, output, caught))
    except (asyncio.CancelledError, KeyboardInterrupt):
        if caught:
            drop_output()  # half a line, if a write was cut short; writing it now could block again
            return 128 + caught[0]
        if output.has_reader():
            raise
        return OK
    except StdoutError as closed:
        drop_output()
        if not closed.reason:
            return OK
        narrate(f"hwtui: cannot write to stdout: {closed.reason}")
        return UNKNOWN


def drop_output() -> None:
    """Let what is left in stdout's buffer go nowhere, so that the interpreter does not stumble over it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def _guarded(command: Command, output: Output, caught: list[int]) -> int:
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None  # noqa: S101  (a coroutine runs in a task)

    def stop(signum: int, frame: FrameType | None) -> None:
        caught.append(signum)
        output.is_over = True
        if output.is_writing or len(caught) > 1:
            raise KeyboardInterrupt  # the loop is blocked by a reader that does not read, so it cannot be told
        loop.call_soon_threadsafe(task.cancel)

    # `signal.signal` and not the loop's handlers: it runs also while the loop is blocked, and on every system.
    with _handling(stop):
        reader = asyncio.create_task(_while_read(output, task))
        try:
            return await command(output)
        finally:
            reader.cancel()


async def _while_read(output: Output, task: asyncio.Task[Any]) -> None:
    """Cancel `task` once nobody reads any more."""
    while output.has_reader():  # noqa: ASYNC110  (no event tells it)
        await asyncio.sleep(READER_CHECK_S)
    task.cancel()


@contextlib.contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {signum: signal.signal(signum, handler) for signum in SIGNALS}
    try:
        yield
    finally:
        for signum, old in before.items():
            signal.signal(signum, old)
