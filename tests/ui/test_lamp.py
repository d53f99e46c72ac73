"""A kiosk's console stays lit, and no other terminal is told anything."""

from __future__ import annotations

import fcntl
import os
import subprocess
import termios
import time
from pathlib import Path

import pytest
from textual.app import App

from tests.ui.ptys import DEMO, LIMIT_S, terminal
from tui.ui.console import STAY_LIT, Lamp
from tui.ui.upkeep import REPAINT_EVERY, Upkeep

pytestmark = pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")

CONSOLE = Path("/dev/tty8")
INTERVAL_S = Path("/sys/module/kernel/parameters/consoleblank")
"""After how many seconds without a key consoles go dark now; 0: never."""
KIOSK = (*DEMO, "--kiosk")


@pytest.mark.parametrize(
    ("command", "term", "sent"), [(KIOSK, "linux", 1), (KIOSK, "xterm-256color", 0), (DEMO, "linux", 0)]
)
def test_only_a_kiosk_on_a_console_turns_blanking_off(command: tuple[str, ...], term: str, sent: int) -> None:
    with terminal(command, env={**os.environ, "TERM": term}) as it:
        it.until(b"ouse ")
        it.process.terminate()
        it.ends()
    assert it.written.count(STAY_LIT.encode()) == sent


async def test_each_whole_repaint_sends_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.ui.upkeep.forget", lambda: None)  # what it drops is told by the tests of the upkeep
    app: App[None] = App()
    async with app.run_test():
        lamp = CountedLamp()
        upkeep = Upkeep(lamp)
        for _ in range(2 * REPAINT_EVERY):
            upkeep.after_picture(app.screen)
    assert lamp.lit == 2


class CountedLamp(Lamp):
    lit = 0

    def light(self) -> None:
        super().light()
        self.lit += 1


@pytest.mark.skipif(
    not (INTERVAL_S.exists() and os.access(CONSOLE, os.W_OK)), reason="not run: needs root and a Linux console"
)
def test_a_real_console_that_was_to_go_dark_stays_lit() -> None:
    before = int(INTERVAL_S.read_text())

    def set_interval(minutes: int) -> None:
        CONSOLE.write_bytes(b"\x1b[9;%d]" % minutes)

    tty = os.open(CONSOLE, os.O_RDWR | os.O_NOCTTY)
    try:
        set_interval(10)
        if int(INTERVAL_S.read_text()) != 600:
            pytest.skip("not run: this kernel's console does not take the setting")
        process = subprocess.Popen(
            KIOSK, stdin=tty, stdout=tty, stderr=tty, env={**os.environ, "TERM": "linux"}, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 1),
        )  # fmt: skip
        try:
            deadline = time.monotonic() + LIMIT_S
            while int(INTERVAL_S.read_text()) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert int(INTERVAL_S.read_text()) == 0
        finally:
            process.terminate()
            process.wait(LIMIT_S)
    finally:
        os.close(tty)
        set_interval(before // 60)
