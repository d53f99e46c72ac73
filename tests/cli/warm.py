"""hwtui in a process of its own, forked from one that has loaded the program: a start without the loading.

What a test of words, settings and exit codes asks is the same as of a fresh one, which takes ten times as long. What
differs by how Python itself starts (its streams, its locale, what it loads) needs a fresh one.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import pwd
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO, TextIOWrapper
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import tui.cli.commands
import tui.engine.commands
from tui.__main__ import main
from tui.engine import charset

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0


@dataclass
class Warm:
    """The process that has loaded the program, and does nothing but fork."""

    popen: subprocess.Popen[bytes]
    line: socket.socket

    def ends(
        self, words: Sequence[str], env: Mapping[str, str], *, cwd: Path = ROOT, nameless: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """hwtui with these words and variables and no others, without a terminal, to its end."""
        with TemporaryFile() as stdout, TemporaryFile() as stderr:
            status = self.status(words, env, stdout.fileno(), stderr.fileno(), cwd=cwd, nameless=nameless)
            return subprocess.CompletedProcess(list(words), status, _written(stdout), _written(stderr))

    def status(
        self,
        words: Sequence[str],
        env: Mapping[str, str],
        stdout: int | None,
        stderr: int | None,
        *,
        cwd: Path = ROOT,
        nameless: bool = False,
        unbuffered: bool = False,
        stdin: bool = True,
    ) -> int:
        """The exit status of hwtui that writes into these files; None: it has no such stream, nor `stdin` if not.

        `unbuffered`: each write is on its way at once, as with `PYTHONUNBUFFERED`.
        """
        given = {1: stdout, 2: stderr}
        streams = {number: stream for number, stream in given.items() if stream is not None}
        wish = json.dumps(
            {
                "words": list(words),
                "env": dict(env),
                "cwd": str(cwd),
                "nameless": nameless,
                "streams": list(streams),
                "unbuffered": unbuffered,
                "stdin": stdin,
            }
        )
        socket.send_fds(self.line, [wish.encode("ascii")], list(streams.values()))
        return int(self.line.recv(100))


def _written(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


@contextmanager
def warm() -> Iterator[Warm]:
    """Load the program once, until the tests are over."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(PATIENCE_S)
    with ours, theirs:
        command = [sys.executable, "-m", "tests.cli.warm", str(theirs.fileno())]
        popen = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        try:
            yield Warm(popen, ours)
        finally:
            ours.close()  # which ends it
            popen.wait(PATIENCE_S)


def _serve(line: socket.socket) -> None:
    """Fork for each wish until nobody wishes any more."""
    while True:
        wish, streams, _, _ = socket.recv_fds(line, 1 << 20, 2)
        if not wish:
            return
        child = os.fork()
        if not child:
            try:
                line.close()
                _become(json.loads(wish), streams)
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
            os._exit(1)
        for stream in streams:
            os.close(stream)
        line.send(b"%d" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _become(wish: dict[str, object], streams: list[int]) -> None:
    """hwtui as if it were started so; it ends the process."""
    if not wish["stdin"]:
        os.close(0)
        sys.stdin = None
    there = dict(zip(wish["streams"], streams, strict=True))  # type: ignore[call-overload]
    for number, name in ((1, "stdout"), (2, "stderr")):
        if number in there:
            os.dup2(there[number], number)
            os.close(there[number])
            setattr(sys, name, _stream(number, at_once=bool(wish["unbuffered"])))
        else:  # as Python begins where it finds none
            os.close(number)
            setattr(sys, name, None)
    os.environ.clear()
    os.environ.update(wish["env"])  # type: ignore[call-overload]
    time.tzset()
    charset._FIRST_ENVIRONMENT = Path("/no/such/file")  # that of the process forked from says nothing here
    if wish["nameless"]:
        pwd.getpwuid = unknown  # type: ignore[assignment]
    os.chdir(str(wish["cwd"]))
    sys.argv = ["hwtui", *wish["words"]]  # type: ignore[misc]
    main()


def _stream(number: int, *, at_once: bool) -> TextIOWrapper:
    """A standard stream as Python makes it."""
    if at_once:
        raw = FileIO(number, "w")
        return TextIOWrapper(raw, encoding="utf-8", write_through=True)
    return open(number, "w", encoding="utf-8", buffering=1 if number == 2 else -1)


def unknown(uid: int) -> None:
    """A user that no database knows, as a container or `DynamicUser` has it."""
    raise KeyError(f"getpwuid(): uid not found: {uid}")


LATE = ("anyio._backends._asyncio", "certifi", "httpcore", "tui.engine.logs", "typing_extensions")
"""What httpx and the program load when the first device is asked: the most of what a command takes."""


def _load() -> None:
    """All that a command without a screen loads."""
    for package in (tui.cli.commands, tui.engine.commands):
        for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)
    for name in LATE:
        importlib.import_module(name)
    gc.freeze()


if __name__ == "__main__":
    _load()
    _serve(socket.socket(fileno=int(sys.argv[1])))
