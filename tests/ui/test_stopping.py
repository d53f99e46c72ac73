"""Ctrl+z and SIGTSTP on real lines: through a shell, a script, a wrapper, and where there is no shell at all."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ui.ptys import DEMO, Terminal, environment, is_clean, own_terminal, picture, size, terminal, until
from tui.ui.stopping import NO_SHELL

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="who is whose child is read from /proc")

CTRL_Z = b"\x1a"
LINE = shlex.join(DEMO)
BASH = ("bash", "--norc", "--noprofile", "-i")

SAME_GROUP = f"""
import subprocess, sys
sys.exit(subprocess.call({list(DEMO)!r}))
"""
"""A wrapper as `nice`, `env` or sudo without a terminal of its own: it waits, in the same process group."""

OWN_TERMINAL = f"""
import os, pty, select, signal, sys, termios, tty

outer = termios.tcgetattr(0)
size = termios.tcgetwinsize(0)
leader, screen = pty.fork()
if leader == 0:
    termios.tcsetwinsize(0, size)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpgrp())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execvp({DEMO[0]!r}, {list(DEMO)!r})
    while True:
        status = os.waitpid(child, os.WUNTRACED)[1]
        if not os.WIFSTOPPED(status):
            os._exit(os.waitstatus_to_exitcode(status))
        os.kill(os.getpid(), signal.SIGSTOP)
        os.tcsetpgrp(0, child)
        os.killpg(child, signal.SIGCONT)
tty.setraw(0)
while True:
    ready = select.select([0, screen], [], [], 0.02)[0]
    if 0 in ready:
        os.write(screen, os.read(0, 4096))
    if screen in ready:
        try:
            os.write(1, os.read(screen, 65536))
        except OSError:
            break
        continue
    if os.waitpid(leader, os.WNOHANG | os.WUNTRACED)[0]:
        termios.tcsetattr(0, termios.TCSADRAIN, outer)
        os.kill(0, signal.SIGTSTP)
        tty.setraw(0)
        os.kill(leader, signal.SIGCONT)
termios.tcsetattr(0, termios.TCSADRAIN, outer)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(leader, 0)[1]))
"""
"""As sudo with `use_pty`: a terminal of its own, whose session leader does job control; this process relays."""


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def send(it: Terminal, keys: bytes, until: bytes) -> None:
    """Send keys, and wait for something that is written after it."""
    it.written = b""
    os.write(it.screen, keys)
    it.until(until)


def screen_of(it: Terminal, inside: int | None = None) -> int:
    """The process that draws: the innermost that was started."""
    pid = it.process.pid if inside is None else inside
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return screen_of(it, int(children[0])) if children else pid


def is_stopped(pid: int) -> bool:
    """With all its threads: one that waits for input would take what is typed for the shell."""
    threads = Path(f"/proc/{pid}/task").glob("*/stat")
    return all(stat.read_text().rpartition(")")[2].split()[0] == "T" for stat in threads)


def draws(it: Terminal) -> None:
    """It is there and answers to keys: the help comes and goes."""
    send(it, b"?", b"walk through the past")
    send(it, b"b", b"Devices")


# ------------------------------------------------------------------ no shell that could bring it back


ALONE = {
    "session leader": DEMO,
    "script": ("sh", "-c", f"{LINE}; true"),
    "script in a script": ("sh", "-c", f"sh -c {shlex.quote(LINE + '; true')}; true"),
    "wrapper": python(SAME_GROUP),
}


@pytest.mark.parametrize("command", ALONE.values(), ids=ALONE)
def test_without_a_shell_nothing_stops_it_and_ctrl_z_says_so(command: Sequence[str]) -> None:
    with terminal(command, own_terminal) as it:
        it.until(b"\x1b[?1049h")  # before it has drawn
        os.kill(screen_of(it), signal.SIGTSTP)
        it.until(b"House ")
        draws(it)
        os.kill(screen_of(it), signal.SIGTSTP)
        draws(it)
        send(it, CTRL_Z, NO_SHELL.encode())
        assert b"\x1b[?1049l" not in it.written
        draws(it)
        os.write(it.screen, b"q")
        assert it.ends() == 0
        assert is_clean(it)


def test_a_wrapper_with_its_own_terminal_and_no_shell_outside_survives_ctrl_z() -> None:
    """It is stopped by the one, which finds that nothing stops it, and is continued at once."""
    with terminal(python(OWN_TERMINAL), own_terminal) as it:
        it.until(b"House ")
        send(it, CTRL_Z, b"\x1b[?1049h")
        draws(it)
        os.write(it.screen, b"q")
        assert it.ends() == 0


# ------------------------------------------------------------------ a shell with job control


STARTED = {
    "plain": LINE,
    "script": f"sh -c {shlex.quote(LINE + '; true')}",
    "wrapper": shlex.join(python(SAME_GROUP)),
    "wrapper with its own terminal": shlex.join(python(OWN_TERMINAL)),
}


class Shell:
    """An interactive bash on a pty."""

    def __init__(self, it: Terminal) -> None:
        self.it = it

    def run(self, line: str, until: bytes) -> None:
        send(self.it, line.encode() + b"\r", until)

    def answers(self) -> None:
        """It has the terminal, as it was."""
        self.run("stty -a; echo 'still '$((40 + 2))", b"still 42")
        for setting in (b"icanon", b"isig", b"icrnl", b"ixon", b"iexten", b"echo"):
            assert b" " + setting + b" " in self.it.written.replace(b"\r\n", b" ")

    def stopped(self, keys: bytes = CTRL_Z) -> None:
        """Stop what runs, and look that nothing is left of it on the terminal."""
        send(self.it, keys, b"Stopped")
        for mode in (b"?1049", b"?1000", b"?1003", b"?2004", b"?1004"):
            on, off = self.it.written.rfind(b"\x1b[" + mode + b"h"), self.it.written.rfind(b"\x1b[" + mode + b"l")
            assert on <= off != -1 or mode == b"?2004", f"{mode!r} is left on"
        self.answers()

    def back(self, rows: int = 24, columns: int = 80) -> None:
        """Bring it back, and look that it draws everything."""
        self.run("fg", b"\x1b[?1049h")
        self.it.written = self.it.written.rpartition(b"\x1b[?1049h")[2]
        until(lambda: all(words in picture(self.it, rows, columns) for words in SEEN), "it is drawn again", self.it)
        until(lambda: "? help" in picture(self.it, rows, columns).splitlines()[-1], "down to the last row", self.it)
        until(lambda: picture(self.it, rows, columns).splitlines()[1].endswith("┐"), "and across", self.it)
        draws(self.it)

    def leave(self) -> None:
        """Quit the program, then the shell."""
        send(self.it, b"q", b"\x1b[?1049l")
        self.it.until(b"$ ")
        self.answers()
        self.run("jobs; echo none" + '""' + " left", b"none left")
        assert b"Stopped" not in self.it.written
        os.write(self.it.screen, b"exit\r")
        assert self.it.ends() == 0


SEEN = ("House ", "Devices", "Grid", "Washing m/c", "? help")


@contextmanager
def shell() -> Iterator[Shell]:
    env = environment() | {"PS1": "$ ", "HISTFILE": "", "LANG": "C.UTF-8"}
    with terminal(BASH, own_terminal, env=env) as it:
        size(it, 24, 80)
        yield Shell(it)


@pytest.mark.parametrize("started", STARTED)
def test_ctrl_z_or_a_signal_stops_all_that_the_shell_started_and_fg_brings_it_back(started: str) -> None:
    with shell() as bash:
        bash.run(STARTED[started], b"House ")
        bash.stopped()
        bash.back()
        bash.stopped()
        bash.back()
        if started != "wrapper with its own terminal":  # a signal to what is in it is not seen outside
            bash.it.written = b""
            os.kill(screen_of(bash.it), signal.SIGTSTP)
            bash.stopped(b"")
            bash.back()
            stopped_unseen(bash)
            bash.back()
        bash.stopped()
        bash.back()
        bash.leave()


def stopped_unseen(bash: Shell) -> None:
    """Stop it by a signal that no program can see: the modes are left as they are until it is back."""
    bash.it.written = b""
    pid = screen_of(bash.it)
    os.killpg(os.tcgetpgrp(bash.it.screen), signal.SIGSTOP)
    bash.it.until(b"Stopped")
    bash.it.until(b"$ ")
    until(lambda: is_stopped(pid), "all of it is stopped", bash.it)


@pytest.mark.parametrize("line", [STARTED["plain"], STARTED["script"]])
def test_in_the_background_it_is_stopped_again(line: str) -> None:
    with shell() as bash:
        bash.run(line, b"House ")
        bash.stopped()
        pid = screen_of(bash.it)
        for _ in range(2):
            bash.run("bg", b"$ ")
            until(lambda: is_stopped(pid), "it is stopped again", bash.it)
            bash.answers()
            assert b"\x1b[?1049h" not in bash.it.written
        bash.back()
        bash.leave()


def test_started_in_the_background_it_comes_up_with_fg() -> None:
    with shell() as bash:
        bash.run(f"{LINE} &", b"[1] ")
        pid = screen_of(bash.it)
        until(lambda: is_stopped(pid), "it is stopped at its first line", bash.it)
        bash.answers()
        bash.back()
        bash.stopped()
        bash.back()
        bash.leave()


def test_the_size_may_change_while_it_is_stopped() -> None:
    with shell() as bash:
        bash.run(LINE, b"House ")
        bash.stopped()
        size(bash.it, 30, 120)
        bash.back(30, 120)
        bash.leave()


def test_a_stopped_one_can_be_killed_and_leaves_the_terminal_to_the_shell() -> None:
    with shell() as bash:
        bash.run(LINE, b"House ")
        bash.stopped()
        pid = screen_of(bash.it)
        bash.run("kill %1", b"$ ")
        until(lambda: not Path(f"/proc/{pid}").exists(), "it has ended", bash.it)
        bash.run("true", b"Exit 143")
        assert b"\x1b[?1049" not in bash.it.written
        bash.answers()
        assert b"Traceback" not in bash.it.written


def test_a_stopped_one_ends_with_its_shell() -> None:
    with shell() as bash:
        bash.run(STARTED["script"], b"House ")
        bash.stopped()
        pid = screen_of(bash.it)
        bash.it.process.kill()
        until(lambda: not Path(f"/proc/{pid}").exists(), "it has ended", bash.it)
