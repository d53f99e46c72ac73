"""How `hwtui cost` ends when nobody reads it, and with ctrl+c."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.engine.history.stored import STORED
from tui.core.money.prices import read_prices
from tui.core.past.history import LEVELS
from tui.core.settings import ConfigFile, Settings
from tui.engine.commands import cost as command
from tui.engine.commands.run import run
from tui.engine.history.schema import FILE, SERIES_PER_SPAN, VERSION


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    """`hwtui cost` of some years, of a history and with prices."""
    shutil.copy(STORED[VERSION], tmp_path / FILE)
    with closing(sqlite3.connect(tmp_path / FILE)) as database, database:  # it is of 2027: a year earlier
        for level in LEVELS:
            database.execute(f"UPDATE {level.name} SET id = id - 365 * 1440 * {SERIES_PER_SPAN}")
    config = tmp_path / "c.toml"
    config.write_text("[prices]\nimport = 0.25\n")
    return ["cost", "--from", "2000-01-01", "--config", str(config), "--state-dir", str(tmp_path)]


def ended(arguments: list[str], environment: dict[str, str], stdout: int) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        env=environment, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


def test_a_reader_that_is_gone_is_no_fault_and_a_full_disk_is_one_line(
    asked: list[str], environment: dict[str, str]
) -> None:
    read, write = os.pipe()
    assert ended(asked, environment, write)[0] == 1  # it is told, and is not whole: there is a reader
    os.close(read)
    assert ended(asked, environment, write) == (0, "")
    os.close(write)
    if Path("/dev/full").exists():
        with open("/dev/full", "w") as full:
            told = ended([*asked, "--json"], environment, full.fileno())
        assert told == (3, "hwtui: cannot write to stdout: No space left on device\n")


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_it_reckons_ends_it_without_a_word(
    signum: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(STORED[VERSION], tmp_path / FILE)
    spans = []

    def reckon(*span: object) -> None:
        spans.append(span)
        os.kill(os.getpid(), signum)

    monkeypatch.setattr(command, "cost_of", reckon)
    prices = read_prices(ConfigFile("c", {"prices": {"import": 0.25}}))
    given = {"start": "2026-01-01", "end": "2026-12-31"}
    settings = Settings(prices=prices, state_dir=tmp_path)
    assert run(lambda output: command.cost(settings, given, output)) == 128 + signum
    assert len(spans) == 1
    assert capfd.readouterr() == ("", "")
