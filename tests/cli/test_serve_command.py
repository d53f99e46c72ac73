"""`hwtui serve`: the values for other programs, without a screen."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.cli.conftest import Served

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def port() -> int:
    """A free one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


def test_it_answers_prometheus_and_other_programs_until_it_is_ended(
    start: Callable[..., Any], house: Served, port: int
) -> None:
    serving = start("serve", "--no-mdns", "--metrics", str(port), *house.hosts[:2])
    assert serving.stderr.readline() == f"hwtui: metrics at http://127.0.0.1:{port}/\n"
    wanted = {serial.casefold() for serial in house.serials[:2]}
    transport = httpx.HTTPTransport(retries=5)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport) as client:
        for _ in range(200):
            rows = client.get("/devices").json()
            if {row["serial"].casefold() for row in rows if row["serial"] and row["state"] == "live"} == wanted:
                break
        metrics = client.get("/metrics").text
    assert all(f'serial="{row["serial"]}"' in metrics for row in rows)
    assert serving.end(signal.SIGTERM) == 143
    assert (serving.stdout.read(), serving.stderr.read()) == ("", "")


def test_without_a_receiver_it_says_what_is_missing(hwtui: Run) -> None:
    done = hwtui("serve", "--no-mdns", "127.0.0.1:1")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "hwtui: serve hands values on: say to whom, with --metrics, --api or --influx\n"


@pytest.mark.parametrize("command", [["serve"], ["record"], []])
def test_a_port_in_use_is_said_at_the_start(hwtui: Run, command: list[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        done = hwtui(*command, "--no-mdns", "--host", "127.0.0.1:1", "--api", place)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"hwtui: --api: cannot listen at {place}: Address already in use: use another port\n"


def test_a_port_that_is_none_is_said_with_its_option(hwtui: Run) -> None:
    done = hwtui("serve", "--no-mdns", "127.0.0.1:1", "--metrics", "example.com")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert done.stderr.startswith('hwtui: --metrics: "example.com" has no port')
