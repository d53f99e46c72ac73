"""A program on a pseudo-terminal, with this process as its terminal (POSIX only).

It keeps a picture of the screen with pyte, answers what xterm answers, and counts what is written.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import pyte

from tests.bench.process import ROOT, cpu_s, end, environment, rss_mb, waited_s

_UNKNOWN_TO_PYTE = re.compile(
    rb"\x1b\[[<=>?][0-9;]*\$?[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_].*?\x1b\\", re.S
)
"""Private modes, keyboard protocols and titles: nothing that moves a character."""
_BEGUN = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?)?\Z")
"""A sequence whose end has not come yet."""
_IS_MODE_KNOWN = re.compile(rb"\x1b\[\?([0-9]+)\$p")


class Terminal:
    """`with Terminal(command, columns, rows) as terminal:` runs a program on a pty until the end of the context."""

    def __init__(self, command: Sequence[str], columns: int = 80, rows: int = 24) -> None:
        self._command = list(command)
        self._columns, self._rows = columns, rows
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._begun = b""
        self.written = 0
        """Bytes that came from the program."""
        self.ended = False

    def __enter__(self) -> Self:
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (self._rows, self._columns))
        self.start = time.monotonic()
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=environment(),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        end(self._process)
        os.close(self._master)

    @property
    def text(self) -> str:
        """The picture, as lines."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def cpu_s(self) -> float:
        """CPU seconds used so far."""
        return cpu_s(self._process.pid)

    def waited_s(self) -> float:
        """How long its threads have been ready to run and were given no core, all in all."""
        return waited_s(self._process.pid)

    def rss_mb(self) -> float:
        """Resident memory now."""
        return rss_mb(self._process.pid)

    def send(self, keys: bytes) -> float:
        """Type; the moment of it (monotonic seconds)."""
        moment = time.monotonic()
        os.write(self._master, keys)
        return moment

    def run_for(self, seconds: float) -> None:
        """Be a terminal for so long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._read(left)

    def wait_for(self, shown: Callable[[str], object], timeout_s: float = 20.0) -> float:
        """The moment at which the bytes came that made `shown` true of the picture's text.

        Ends the benchmark with the picture if that does not happen in time.
        """
        moment = time.monotonic()
        until = moment + timeout_s
        while not shown(self.text):
            if self.ended or time.monotonic() > until:
                raise SystemExit(f"not shown within {timeout_s:g} s by {' '.join(self._command)}:\n{self.text}")
            moment = self._read(0.1)
        return moment

    def wait_for_end(self, timeout_s: float = 10.0) -> int:
        """Be a terminal until the program ends; its exit status."""
        until = time.monotonic() + timeout_s
        while not self.ended and time.monotonic() < until:
            self._read(0.1)
        return self._process.wait(max(0.1, until - time.monotonic()))

    def _read(self, timeout_s: float) -> float:
        """Take what comes within `timeout_s`; the moment it came."""
        readable, _, _ = select.select([self._master], [], [], timeout_s)
        moment = time.monotonic()
        if readable:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # how Linux says that the other side is closed
                data = b""
            self.ended = not data
            if self.ended:
                time.sleep(0.01)
            self.written += len(data)
            self._take(data)
        return moment

    def _take(self, data: bytes) -> None:
        data = self._begun + data
        begun = _BEGUN.search(data)
        self._begun = data[begun.start() :] if begun else b""
        data = data[: begun.start()] if begun else data
        for asked in _IS_MODE_KNOWN.finditer(data):
            os.write(self._master, b"\x1b[?%b;0$y" % asked[1])  # as xterm about synchronized output: no
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data))
