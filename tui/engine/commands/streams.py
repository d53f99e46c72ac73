"""Writing to stdout and stderr when they may be full, closed or hung up, with the right message and exit code.

The interpreter flushes both when it exits; if that fails, it prints a complaint and changes the exit status to 120.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys

from tui.engine.commands.exits import OK, UNKNOWN


class StdoutError(Exception):
    """Nothing more can be written. `reason` says why; it is empty when the reader has simply seen enough."""

    def __init__(self, error: OSError) -> None:
        closed = error.errno == errno.EBADF
        self.reason = (
            "" if isinstance(error, BrokenPipeError) else "it is closed" if closed else error.strerror or str(error)
        )
        super().__init__(self.reason)


def write_out(text: str) -> None:
    """Write to stdout; it is on its way when this returns. Raises `StdoutError`."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        raise StdoutError(error) from None


def write_bytes(data: bytes) -> None:
    """Write bytes to stdout as they are; they are on their way when this returns. Raises `StdoutError`."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise StdoutError(error) from None


def explain(error: StdoutError) -> int:
    """Say why stdout cannot be written; the exit code. A reader that has seen enough (`| head`) is no fault."""
    drop("stdout")
    if not error.reason:
        return OK
    narrate(f"hwtui: cannot write to stdout: {error.reason}")
    return UNKNOWN


def narrate(text: str) -> None:
    """Say something beside the data, on stderr; whether anybody hears it does not matter."""
    with contextlib.suppress(OSError, ValueError, AttributeError):  # also where it is closed, or none at all
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def drop(*names: str) -> None:
    """Let what is left in the buffers of these streams go nowhere, and what is written from now on."""
    for name in names:
        with contextlib.suppress(OSError, AttributeError):  # one that a test holds is no file; None: it is closed
            os.dup2(os.open(os.devnull, os.O_WRONLY), getattr(sys, name).fileno())


def flush_or_drop() -> None:
    """Flush both for the last time, so that the interpreter has nothing left to stumble over."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        try:
            if stream is not None:  # closed, and an interrupt came before `prepare_streams`
                stream.flush()
        except OSError:
            drop(name)
