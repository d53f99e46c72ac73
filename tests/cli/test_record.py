"""`hwtui record`: the history without a screen, and the unit that keeps it running."""

from __future__ import annotations

import re
import signal
import sqlite3
import stat
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.conftest import Served
from tui.core.address import parse_host
from tui.core.events import Noted
from tui.core.model import Fleet
from tui.core.moment import Now
from tui.core.out.newest import NAME
from tui.core.settings import Settings
from tui.engine.commands.record import keeps_again
from tui.engine.commands.running import newest_from_running

Run = Callable[..., subprocess.CompletedProcess[str]]


def minutes(path: Path) -> list[tuple[Any, ...]]:
    """Device and samples of each stored minute; none before there is a file."""
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return connection.execute("SELECT device, samples, power_w_mean FROM minutes ORDER BY device").fetchall()
        finally:
            connection.close()
    except sqlite3.OperationalError:
        return []


def until_live(state: Path, count: int) -> None:
    """Until the program that keeps its things in that folder has values of so many devices."""
    end = time.monotonic() + 20
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(state / NAME)), base_url="http://localhost") as client:
        live = 0
        while live < count:
            assert time.monotonic() < end
            with suppress(httpx.TransportError):  # it is not there yet
                live = sum(row["state"] == "live" for row in client.get("/devices").json())
            time.sleep(0.02)


def test_it_keeps_what_the_devices_measure_until_it_is_ended(
    start: Callable[..., Any], house: Served, tmp_path: Path
) -> None:
    state = tmp_path / "state" / "hwtui"
    both = {serial.casefold() for serial in house.serials[:2]}
    record = start("record", "--no-mdns", "--interval", "0.5", *house.hosts[:2], "127.0.0.1:1")
    assert record.stderr.readline().startswith("hwtui: 127.0.0.1:1: ")
    until_live(state, 2)
    began = time.monotonic()
    assert record.end(signal.SIGTERM) == 143
    assert time.monotonic() - began < 2
    assert (record.stdout.read(), record.stderr.read()) == ("", "")
    found = minutes(state / "history.sqlite")
    assert {device for device, *_ in found} == both
    assert all(samples > 0 for _, samples, _ in found)
    assert {stat.S_IMODE(path.stat().st_mode) for path in state.iterdir()} == {0o600}


def test_it_answers_read_while_it_runs(start: Callable[..., Any], house: Served, port: int, tmp_path: Path) -> None:
    config, state = tmp_path / "own.toml", tmp_path / "state" / "hwtui"
    config.write_text(f"mdns = false\nhosts = {house.hosts[:2]}\n")
    record = start("record", "--config", str(config), "--api", str(port))
    hosts = tuple(parse_host(one) for one in house.hosts[:2])
    settings = Settings(hosts=hosts, mdns=False, state_dir=state, timeout_s=0.1)
    end = time.monotonic() + 20
    while (newest := newest_from_running(settings, days=True)) is None:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert [one.row["serial"] for one in newest] == house.serials[:2]
    assert all(one.is_live for one in newest)
    assert record.end(signal.SIGTERM) == 143
    assert (record.stdout.read(), record.stderr.read()) == ("", f"hwtui: api at http://127.0.0.1:{port}/\n")
    assert not (state / NAME).exists()
    assert newest_from_running(settings) is None


def test_that_it_keeps_again_is_said_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    now = Now(0.0, 0.0)
    for note in (Noted("history", "a full disk", now), Noted("history", "", now), Noted("clock", "", now)):
        keeps_again(note, Fleet())
    assert capsys.readouterr() == ("", "hwtui: the history is kept from now on\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--no-history", "--no-mdns", "--host", "127.0.0.1:1"], "leave out --no-history"),
        (["--no-mdns"], "name a HOST"),
    ],
)
def test_without_anything_to_keep_it_says_what_is_missing(hwtui: Run, arguments: list[str], words: str) -> None:
    done = hwtui("record", *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert words in done.stderr


def values(done: subprocess.CompletedProcess[str], key: str) -> list[str]:
    assert done.returncode == 0, done
    return re.findall(rf"^{key}=(.*)$", done.stdout, re.MULTILINE)


def test_its_unit_has_no_console_and_writes_to_the_state_directory_only(hwtui: Run) -> None:
    done = hwtui("service", "--record", "--host", "192.168.1.20", "--state-dir", "/srv/house", "--grid", "nl")
    (started,) = values(done, "ExecStart")
    assert started.endswith(" record --host 192.168.1.20 --grid nl --state-dir /srv/house")
    assert "tty" not in done.stdout
    assert values(done, "ReadWritePaths") == ["-/srv/house"]
    assert values(done, "ProtectSystem") == ["strict"]
    assert values(done, "SuccessExitStatus") == ["129 130 143"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tty", "2"], "--tty: with --record nothing is shown"),
        (["--no-history"], "leave out --no-history"),
    ],
)
def test_a_unit_that_would_keep_nothing_is_refused(hwtui: Run, arguments: list[str], words: str) -> None:
    done = hwtui("service", "--record", *arguments)
    assert (done.returncode, done.stdout) == (3, "")
    assert words in done.stderr
