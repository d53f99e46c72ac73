"""The ways out that nobody typed, on a real pty."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="terminals and signals of POSIX")

LIMIT_S = 30.0
DEMO = (sys.executable, "-m", "tui", "demo", "--no-mdns")


class Terminal:
    """The demo on a pty that this test reads."""

    def __init__(self, command: Sequence[str] = DEMO, environment: Mapping[str, str] | None = None) -> None:
        self.screen, inside = pty.openpty()
        self.written = b""
        environment = environment or {**os.environ, "TERM": "xterm-256color"}
        self.process = subprocess.Popen(
            command, stdin=inside, stdout=inside, stderr=inside, env=environment, start_new_session=True
        )
        os.close(inside)

    def read(self) -> None:
        if select.select([self.screen], [], [], 0.05)[0]:
            try:
                self.written += os.read(self.screen, 65536)
            except OSError:
                return

    def until(self, words: bytes) -> None:
        deadline = time.monotonic() + LIMIT_S
        while words not in self.written:
            assert time.monotonic() < deadline, f"{words!r} was never written"
            self.read()

    def ends(self, *, reading: bool = True) -> int:
        """The exit status; how long it took is in `took`."""
        start = time.monotonic()
        while self.process.poll() is None:
            assert time.monotonic() < start + LIMIT_S, "it did not end"
            if reading:
                self.read()
        while reading and select.select([self.screen], [], [], 0)[0]:
            before = len(self.written)
            self.read()
            if len(self.written) == before:
                break
        return self.process.returncode


@contextmanager
def terminal(command: Sequence[str] = DEMO, environment: Mapping[str, str] | None = None) -> Iterator[Terminal]:
    it = Terminal(command, environment)
    try:
        yield it
    finally:
        if it.process.poll() is None:
            it.process.kill()
        it.process.wait()
        os.close(it.screen)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_restores_the_terminal_and_is_told_in_the_exit_status(number: signal.Signals) -> None:
    with terminal() as it:
        it.until(b"House uses")
        it.process.send_signal(number)
        assert it.ends() == 128 + number
        for left in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l"):
            assert left in it.written, "alternate screen, hidden cursor and mouse are taken back"
        assert b"Traceback" not in it.written


def test_a_terminal_that_does_not_read_cannot_hold_the_process() -> None:
    with terminal() as it:
        it.until(b"House uses")
        it.process.send_signal(signal.SIGSTOP)  # let output pile up in front of the pty: nobody reads from here on
        it.process.send_signal(signal.SIGCONT)
        it.process.send_signal(signal.SIGTERM)
        assert it.ends(reading=False) == 143


def test_ctrl_c_quits() -> None:
    with terminal() as it:
        it.until(b"House uses")
        os.write(it.screen, b"\x03")
        assert it.ends() == 0


def test_a_terminal_that_is_gone_ends_the_program() -> None:
    it = Terminal()
    try:
        it.until(b"House uses")
        it.process.send_signal(0)
        os.close(it.screen)  # as a dropped line does; with a session of its own there is also a SIGHUP
        assert it.process.wait(LIMIT_S) == 129
    finally:
        if it.process.poll() is None:
            it.process.kill()
            it.process.wait()


BROKEN = """
import sys
from tui.cli import main
from tui.ui.screens.view import View

def show(self, secret="blue house"):
    raise ZeroDivisionError("nothing by nothing")

View.show = show
sys.exit(main(["demo", "--no-mdns", "--log-file", sys.argv[1]]))
"""


FAILING = """
import asyncio, sys, time
from tui.cli import main
from tui.engine.command import CommandError
from tui.engine.monitor import Monitor
from tui.ui.screens.view import View

async def run(self):
    await asyncio.sleep(0.3)
    raise ZeroDivisionError("nothing by nothing")

def show(self):
    time.sleep(1.0)  # the engine fails in this long picture
    try:
        self.session.engine.call(lambda monitor: monitor.identify("aabbcc"))
    except CommandError:
        pass

Monitor.run, View.show = run, show
sys.exit(main(["demo", "--no-mdns"]))
"""


def test_an_engine_that_fails_while_the_screen_calls_it_ends_the_program() -> None:
    with terminal((sys.executable, "-c", FAILING)) as it:
        it.until(b"stopped unexpectedly")
        assert it.ends() == 3


def test_a_fault_of_the_screen_ends_in_one_sentence_and_the_log_has_it_without_values(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with terminal((sys.executable, "-c", BROKEN, str(log))) as it:
        it.until(b"stopped unexpectedly")
        assert it.ends() == 3
        assert b"Traceback" not in it.written
        assert b"nothing by nothing" not in it.written
    kept = log.read_text("utf-8")
    assert "ZeroDivisionError: nothing by nothing" in kept
    assert "blue house" not in kept
