"""The demo on a pty, as a terminal has it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pyte

LIMIT_S = 30.0
DEMO = (sys.executable, "-m", "tui", "demo", "--no-mdns")


def environment() -> dict[str, str]:
    """The variables of a user: none that changes when Python writes, or the size of the terminal."""
    not_ours = ("PYTHONUNBUFFERED", "COLUMNS", "LINES")
    return {name: value for name, value in os.environ.items() if name not in not_ours} | {"TERM": "xterm-256color"}


def own_terminal() -> None:
    """Make standard input the controlling terminal, as a login does: its end then also brings a SIGHUP."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def deaf_to_sighup() -> None:
    """As `nohup` leaves it."""
    own_terminal()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


class Terminal:
    """The demo on a pty that this test reads; with `second`, stderr is on one of its own, which is the one read."""

    def __init__(
        self,
        command: Sequence[str] = DEMO,
        before: Callable[[], None] | None = None,
        *,
        second: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.screen, inside = pty.openpty()
        self.other: int | None = None
        stderr = inside
        if second:
            self.other, stderr = pty.openpty()
        self.written = b""
        self._drawn: dict[tuple[int, int], tuple[bytes, pyte.Screen, pyte.ByteStream]] = {}
        self.process = subprocess.Popen(
            command,
            stdin=inside,
            stdout=inside,
            stderr=stderr,
            env=env or environment(),
            start_new_session=True,
            preexec_fn=before,
        )
        for one in {inside, stderr}:
            os.close(one)
        self.open = {self.screen} if self.other is None else {self.screen, self.other}

    @property
    def read_from(self) -> int:
        """Where the picture is."""
        return self.screen if self.other is None else self.other

    def hang_up(self, terminal: int) -> None:
        """Close our side of it."""
        os.close(terminal)
        self.open.remove(terminal)

    def read(self, wait_s: float = 0.05) -> None:
        if select.select([self.read_from], [], [], wait_s)[0]:
            try:
                self.written += os.read(self.read_from, 65536)
            except OSError:
                return

    def until(self, words: bytes) -> None:
        deadline = time.monotonic() + LIMIT_S
        while words not in self.written:
            assert time.monotonic() < deadline, f"{words!r} was never written"
            self.read()

    def picture(self, rows: int = 24, columns: int = 80) -> str:
        """What a terminal that was just cleared shows after what was written. What it was shown before is kept."""
        shown, screen, stream = self._drawn.get((rows, columns), (b"", None, None))
        if screen is None or stream is None or not self.written.startswith(shown):
            screen = pyte.Screen(columns, rows)
            shown, stream = b"", pyte.ByteStream(screen)
        stream.feed(self.written[len(shown) :])
        self._drawn[rows, columns] = (self.written, screen, stream)
        return "\n".join(screen.display)

    def ends(self, *, reading: bool = True) -> int:
        """The exit status."""
        start = time.monotonic()
        while self.process.poll() is None:
            assert time.monotonic() < start + LIMIT_S, "it did not end"
            if reading:
                self.read()
            else:
                time.sleep(0.01)
        while reading and select.select([self.read_from], [], [], 0)[0]:
            before = len(self.written)
            self.read()
            if len(self.written) == before:
                break
        return self.process.returncode


@contextmanager
def terminal(
    command: Sequence[str] = DEMO,
    before: Callable[[], None] | None = None,
    *,
    second: bool = False,
    env: Mapping[str, str] | None = None,
) -> Iterator[Terminal]:
    it = Terminal(command, before, second=second, env=env)
    try:
        yield it
    finally:
        if it.process.poll() is None:
            it.process.kill()
        it.process.wait()
        for one in it.open:
            os.close(one)


def is_clean(it: Terminal) -> bool:
    """Whether the terminal was taken out of all that the screen put it into, and nothing was said."""
    rest = it.written.rpartition(b"\x1b[?1049l")[2].replace(b"\x1b]22;default\x07", b"")  # the usual mouse pointer
    return b"\x1b[?25h" in rest and b"\x1b[?1000l" in rest and re.sub(rb"\x1b\[[?<>]?\d*[a-z]", b"", rest) == b""


def size(it: Terminal, rows: int, columns: int) -> None:
    fcntl.ioctl(it.screen, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def picture(it: Terminal, rows: int = 24, columns: int = 80) -> str:
    """What a terminal that was just cleared shows after what was written."""
    return it.picture(rows, columns)


def until(holds: Callable[[], object], what: str, it: Terminal) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < deadline, what
        it.read()
