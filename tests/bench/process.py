"""Processes of a benchmark: the simulated household, and what a process uses."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
BARE = Path(__file__).with_name("bare.py")
HWTUI = (sys.executable, "-m", "tui")
SERVING_S = 30.0

LEFT_OUT = ("COLORTERM", "NO_COLOR", "LINES", "COLUMNS", "TERM_PROGRAM", "TMUX", "STY")
PREFIXES_LEFT_OUT = ("HWTUI_", "TEXTUAL", "PYTHON")
"""With PYTHONDONTWRITEBYTECODE every start would compile this program anew, which an installed one never does."""


@cache
def _home() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="hwtui-bench-")  # goes with the process


def environment(term: str = "xterm-256color") -> dict[str, str]:
    """A user's environment without this user's settings: an empty home, a UTF-8 locale, no proxies."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in LEFT_OUT and not name.startswith(PREFIXES_LEFT_OUT) and not name.lower().endswith("_proxy")
    }
    home = _home().name
    folders = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"), home)
    return {**env, **folders, "TERM": term, "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True, slots=True)
class Served:
    """One simulated device."""

    product: str
    serial: str
    address: str
    """HOST:PORT"""


@contextmanager
def household(devices: int, *, announce: bool = False, seed: int = 1, latency_ms: int = 0) -> Iterator[list[Served]]:
    """So many simulated devices of API v1 on loopback, in a process of their own."""
    command = [*HWTUI, "demo", "--serve", "--only-v1", "--devices", str(devices), "--seed", str(seed)]
    if latency_ms:
        command += ["--latency", str(latency_ms)]
    if not announce:
        command.append("--no-mdns")
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True)
    watchdog = threading.Timer(SERVING_S, process.kill)
    watchdog.start()
    try:
        served = []
        assert process.stdout
        for line in process.stdout:
            if line.strip() == "READY":
                break
            product, serial, url = line.split()
            served.append(Served(product, serial, url.removeprefix("http://")))
        else:
            raise SystemExit(f"the simulated household ended with {process.wait()}: {' '.join(command)}")
        watchdog.cancel()
        yield served
    finally:
        watchdog.cancel()
        end(process)
        if process.stdout:
            process.stdout.close()


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A program in the background that is ended with the context."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """SIGTERM, and SIGKILL if that is not enough."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wall_s(command: list[str]) -> float:
    """How long a program takes from its start to its end, in seconds. It must end well."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, check=False, timeout=60)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"ended with {done.returncode}: {' '.join(command)}")
    return seconds


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def cpu_s(pid: int) -> float:
    """CPU seconds (user and system) a process and all its threads have used, to the nanosecond.

    By its CPU clock (POSIX `clock_getcpuclockid`): /proc counts in ticks of 10 ms, too coarse for short windows.
    """
    clock = ctypes.c_int()
    if _libc().clock_getcpuclockid(pid, ctypes.byref(clock)):
        raise SystemExit(f"process {pid} has ended")
    return time.clock_gettime(clock.value)


def rss_mb(pid: int) -> float:
    """Resident memory now, in MB (10^6 bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise SystemExit(f"process {pid} has ended")


def waited_s(pid: int) -> float:
    """Seconds that the threads of a process were ready to run and had no core (Linux, `schedstat`)."""
    waited_ns = 0
    for file in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):  # that thread has ended
            waited_ns += int(file.read_text().split()[1])
    return waited_ns / 1e9
