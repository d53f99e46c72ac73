"""hwtui as a process of its own, with an empty home."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.cli.warm import Warm, warm

Run = Callable[..., subprocess.CompletedProcess[str]]


def environment_in(home: Path) -> dict[str, str]:
    """The variables of a process: none of ours, and folders that nobody else uses."""
    not_ours = ("HWTUI_", "XDG_", "PYTHONUNBUFFERED")  # the last one hides what is lost at the end of a process
    kept = {name: value for name, value in os.environ.items() if not name.startswith(not_ours)}
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "TERM": "xterm-256color",
    }


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The variables of the test's processes."""
    return environment_in(tmp_path)


@pytest.fixture(scope="session")
def warmed() -> Iterator[Warm]:
    """Where hwtui starts without loading anything; see `warm`."""
    with warm() as one:
        yield one


@pytest.fixture
def hwtui(warmed: Warm, environment: dict[str, str], tmp_path: Path) -> Run:
    """Run hwtui to its end, without a terminal."""

    def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return warmed.ends(arguments, environment | (env or {}), cwd=tmp_path)

    return run


class Process:
    """hwtui that goes on running; its stdout is read line by line."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        assert popen.stdout is not None
        assert popen.stderr is not None
        self.popen = popen
        self.stdout: IO[str] = popen.stdout
        self.stderr: IO[str] = popen.stderr

    def lines_until(self, last: str) -> list[str]:
        """The lines before the one that is `last`."""
        lines: list[str] = []
        for line in self.stdout:
            if line.rstrip("\n") == last:
                return lines
            lines.append(line.rstrip("\n"))
        raise AssertionError(f"ended without {last}: {lines} {self.stderr.read()}")

    def end(self, signum: int) -> int:
        """Its exit code after a signal."""
        self.popen.send_signal(signum)
        return self.popen.wait(30)


class Served:
    """What `demo --serve` printed: product type, serial and HOST:PORT of each device of API v1, and the rest for v2."""

    def __init__(self, lines: list[str]) -> None:
        every = [line.split(" ") for line in lines]
        rows = [row for row in every if row[-1].startswith("http://")]
        self.v2 = {row[1]: row[2] for row in every if row[-1].startswith("https://")}
        self.tokens = {row[1]: row[2] for row in every if row[0] == "TOKEN"}
        self.ca = next((row[1] for row in every if row[0] == "--ca"), None)
        self.products = [row[0] for row in rows]
        self.serials = [row[1] for row in rows]
        self.hosts = [row[2].removeprefix("http://") for row in rows]


@contextmanager
def starting(home: Path) -> Iterator[Callable[..., Process]]:
    """A function that starts hwtui; what it started is killed in the end."""
    started: list[Process] = []

    def start(*arguments: str) -> Process:
        popen = subprocess.Popen(
            [sys.executable, "-m", "tui", *arguments],
            env=environment_in(home),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(Process(popen))
        return started[-1]

    try:
        yield start
    finally:
        for process in started:
            process.popen.kill()
            process.popen.wait()
            process.stdout.close()
            process.stderr.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start hwtui; it is killed when the test is over."""
    with starting(tmp_path) as start:
        yield start


@pytest.fixture
def serve(start: Callable[..., Process]) -> Callable[..., Served]:
    """Serve a household until the test is over."""
    return lambda *arguments: Served(start("demo", "--serve", *arguments).lines_until("READY"))


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The usual household without mDNS, which many tests look at and none changes."""
    with starting(tmp_path_factory.mktemp("house")) as start:
        yield Served(start("demo", "--serve", "--no-mdns").lines_until("READY"))


@pytest.fixture
def port() -> int:
    """A free one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number
