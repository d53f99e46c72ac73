"""The ways out that nobody typed, on a real pty."""

from __future__ import annotations

import os
import signal
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App

from tests.ui.ptys import deaf_to_sighup, is_clean, own_terminal, terminal
from tui.ui.leaving import leaving_well

pytestmark = pytest.mark.skipif(os.name != "posix", reason="terminals and signals of POSIX")


def test_a_system_without_termios_can_leave_too(monkeypatch: pytest.MonkeyPatch) -> None:
    app = App[None]()  # Textual itself has another driver there
    monkeypatch.setitem(sys.modules, "termios", None)
    with leaving_well(app, lambda: None) as leaving:
        assert leaving.status is None


STUCK = """
import sys
import time
from unittest.mock import patch
from tui.core.settings import Settings
from tui.ui import launch

with patch.object(launch.LateEngine, "start", lambda self: time.sleep(60)):
    sys.exit(launch.run_screen(Settings(mdns=False)))
"""


def test_a_screen_that_still_loads_restores_the_terminal_too() -> None:
    """The engine is loaded in the screen's thread, which takes longer on a small computer than a signal may wait."""
    with terminal((sys.executable, "-c", STUCK)) as it:
        before = termios.tcgetattr(it.screen)
        it.until(b"\x1b[?1049h")
        it.until(b"hwtui")
        it.process.send_signal(signal.SIGTERM)
        assert it.ends() == 143
        assert b"\x1b[?25h" in it.written.rpartition(b"\x1b[?1049l")[2]
        assert termios.tcgetattr(it.screen)[3] & termios.ECHO
        assert before[3] & termios.ECHO


@pytest.mark.parametrize(
    ("number", "when"),
    [
        (signal.SIGINT, b"House "),
        (signal.SIGTERM, b"\x1b[?1049h"),
        (signal.SIGTERM, b"House "),
        (signal.SIGHUP, b"\x1b[?1049h"),
    ],
)
def test_a_signal_restores_the_terminal_and_is_told_in_the_exit_status(number: signal.Signals, when: bytes) -> None:
    with terminal() as it:
        it.until(when)
        it.process.send_signal(number)
        assert it.ends() == 128 + number
        assert is_clean(it), f"not taken back: {it.written[-600:]!r}"


def test_a_terminal_that_does_not_read_cannot_hold_the_process() -> None:
    with terminal() as it:
        it.until(b"House ")
        it.process.send_signal(signal.SIGSTOP)  # let output pile up in front of the pty: nobody reads from here on
        it.process.send_signal(signal.SIGCONT)
        it.process.send_signal(signal.SIGTERM)
        assert it.ends(reading=False) == 143


def test_ctrl_c_quits() -> None:
    with terminal() as it:
        it.until(b"House ")
        os.write(it.screen, b"\x03")
        assert it.ends() == 0


@pytest.mark.parametrize(
    ("before", "when"),
    [
        (None, b"House "),
        (own_terminal, b"\x1b[?1049h"),
        (own_terminal, b"House "),
        (deaf_to_sighup, b"\x1b[?1049h"),
    ],
)
def test_a_terminal_that_is_gone_ends_the_program(before: Callable[[], None] | None, when: bytes) -> None:
    with terminal(before=before) as it:
        it.until(when)
        it.hang_up(it.screen)
        assert it.ends(reading=False) == 129


def test_a_terminal_that_goes_while_the_program_is_stopped_ends_it_when_it_goes_on() -> None:
    with terminal() as it:
        it.until(b"House ")
        it.process.send_signal(signal.SIGSTOP)
        it.hang_up(it.screen)
        it.process.send_signal(signal.SIGCONT)
        assert it.ends(reading=False) == 129


def test_of_two_terminals_the_one_that_is_left_is_restored_and_told_nothing() -> None:
    with terminal(second=True) as it:
        it.until(b"House ")
        it.hang_up(it.screen)
        assert it.ends() == 129
        assert is_clean(it)


def test_a_terminal_that_only_shows_the_screen_ends_the_program_too() -> None:
    with terminal(second=True) as it:
        it.until(b"House ")
        assert it.other is not None
        it.hang_up(it.other)
        assert it.ends(reading=False) == 129


CLOSING = """
import os, sys, time
from tui.cli import main
from tui.engine.monitor import Monitor
from tui.ui.screens.view import View

run = Monitor.run

async def kept(self):
    try:
        await run(self)
    finally:
        os.write(2, b"all is kept")

def show(self):
    if any(True for _ in self.session.newest.fleet.devices):
        os.write(2, b"stuck")
        time.sleep(60)

Monitor.run, View.show = kept, show
sys.exit(main(["demo", "--no-mdns"]))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_engine_ends_in_order_also_when_the_screen_cannot(number: signal.Signals) -> None:
    with terminal((sys.executable, "-c", CLOSING)) as it:
        it.until(b"stuck")
        it.process.send_signal(number)
        assert it.ends() == 128 + number
        assert b"all is kept" in it.written


HEADLESS = {"watch": (("watch", "127.0.0.1:9"), b"refused"), "serve": (("demo", "--serve", "--no-mdns"), b"READY")}


@pytest.mark.parametrize("command", HEADLESS)
@pytest.mark.parametrize("before", [None, own_terminal])
def test_a_command_without_a_screen_ends_with_its_terminal(command: str, before: Callable[[], None] | None) -> None:
    arguments, words = HEADLESS[command]
    with terminal((sys.executable, "-m", "tui", *arguments), before) as it:
        it.until(words)
        it.hang_up(it.screen)
        assert it.ends(reading=False) == 129


@pytest.mark.parametrize("command", HEADLESS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_command_without_a_screen(command: str, number: signal.Signals) -> None:
    arguments, words = HEADLESS[command]
    with terminal((sys.executable, "-m", "tui", *arguments)) as it:
        it.until(words)
        said = it.written.count(b"\n")
        it.process.send_signal(number)
        assert it.ends() == 128 + number
        assert it.written.count(b"\n") == said, "and it says nothing more"


def test_a_command_started_by_nohup_outlives_a_hang_up_signal() -> None:
    with terminal((sys.executable, "-m", "tui", "watch", "127.0.0.1:9"), deaf_to_sighup) as it:
        it.until(b"refused")
        it.process.send_signal(signal.SIGHUP)
        it.process.send_signal(signal.SIGTERM)
        assert it.ends() == 143


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
