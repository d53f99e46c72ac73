"""`hwtui check` as a process: what it says, what it hands over, and what bad input gets."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.cli.conftest import Run
from tests.engine.reports import a_house, one_of_each, words_of
from tui.core.checks.finding import Verdict
from tui.core.fuse import Fuse
from tui.core.model import Role
from tui.core.settings import Settings, SettingsError
from tui.engine.commands import checkplan
from tui.engine.commands.checkplan import make_plan
from tui.engine.commands.checktalk import Talk
from tui.engine.commands.progress import Progress
from tui.engine.commands.run import Output, run


class Served(Protocol):
    """A household in another process: product type, serial and HOST:PORT of each device."""

    products: list[str]
    serials: list[str]
    hosts: list[str]


# ------------------------------------------------------------------ what is checked before anything is measured


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ({"duration": "0.5"}, "--duration: 0.5 is out of range: use 1 to 86400"),
        ({"duration": "86401"}, "--duration: 86401 is out of range"),
        ({"duration": "nan"}, "--duration: nan is out of range"),
        ({"duration": "soon"}, '--duration: "soon" is not a number: use 1 to 86400'),
        ({"format": "pdf"}, '--format: there is no "pdf": use one of text, markdown, json, html'),
        ({"roles": ["solar"]}, '--role: "solar" is not SERIAL=VALUE: write it like 5c2faf1a2b3c=solar'),
        ({"roles": ["=solar"]}, '--role: "=solar" is not SERIAL=VALUE'),
        (
            {"roles": ["5c2faf000001=sun"]},
            '--role: there is no role "sun": use one of grid, solar, load, battery, none',
        ),
        ({"roles": ["5c2faf000001=load", "5C:2F:AF:00:00:01=load"]}, "--role: the serial 5C2FAF000001 is given twice"),
        ({"at_inverter": ["5c2faf000001=L4"]}, '--meter-at-inverter: "L4" is no phase: use L1, L2 or L3'),
        ({"at_inverter": ["5c2faf000001=L2"]}, "--meter-at-inverter: a fuse of 1x35 has no L2: use L1"),
        ({"note": "x" * 2001}, "--note: it has 2001 characters: use 2000 at most"),
        ({"output": "/no/such/report.txt"}, "-o: /no/such/report.txt: there is no folder /no/such: make it first"),
        ({"output": "."}, "-o: . is a folder: name a file in it"),
        ({"output": ""}, "-o: a file is missing, like report.html"),
        ({"output": "a/b.PDF"}, "-o: a/b.PDF: there is no PDF: write a/b.html and print it to a PDF"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(own: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        make_plan(Settings(fuse=Fuse(1, 35.0)), own)
    assert says in str(wrong.value)


@pytest.mark.parametrize("text", ['["voltage.mean10"]\nhigh_v = "x"', '["voltage.mean10"]\nhigh = 255', '["voltage'])
def test_a_wrong_limit_of_the_users_own_is_named_with_its_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "limits.toml").write_text(text)
    with pytest.raises(SettingsError) as wrong:
        make_plan(Settings(config_file=tmp_path / "config.toml"), {})
    assert str(wrong.value).startswith(f"{tmp_path}/limits.toml:")


def test_a_plan_holds_what_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "limits.toml").write_text('["voltage.mean10"]\nhigh_v = 255')
    own = {"roles": ["5C2FAF000001=Solar"], "at_inverter": ["5c2faf000001=l2"], "output": str(tmp_path / "r.HTML")}
    plan = make_plan(Settings(config_file=tmp_path / "config.toml", grid="nl", language="nl"), own)
    assert plan.settings.devices["5c2faf000001"].role is Role.SOLAR
    assert plan.installation.at_inverter == {"5c2faf000001": 2}
    assert plan.installation.limits["voltage.mean10.high_v"] == 255.0
    assert plan.installation.limits.changed == ("voltage.mean10.high_v",)
    assert (plan.fmt, plan.duration_s, plan.words.phrases["language"]) == ("html", 60.0, "nl")
    assert os.listdir(tmp_path) == ["limits.toml"]


def test_a_dash_is_stdout() -> None:
    plan = make_plan(Settings(), {"output": "-"})
    assert (plan.path, plan.fmt) == (None, "text")


def test_nothing_is_measured_for_a_wrong_option(hwtui: Run, house: Served, tmp_path: Path) -> None:
    done = hwtui("check", "--duration", "1", "-o", str(tmp_path / "no" / "report.txt"), house.hosts[0])
    assert (done.returncode, done.stdout) == (3, "")
    assert (
        done.stderr
        == f"hwtui: -o: {tmp_path}/no/report.txt: there is no folder {tmp_path}/no: make it first, or name another\n"
    )


# ------------------------------------------------------------------ a whole check


def test_a_check_says_who_is_there_and_hands_over_a_report(hwtui: Run, house: Served, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    roles = ("--role", f"{house.serials[1].upper()}=solar", "--role", "5c2faf999999=load")
    done = hwtui("check", "--duration", "1", "--redact", *roles, "-o", str(path), *house.hosts[:2])
    data = json.loads(path.read_text())
    assert done.returncode == {"fail": 2, "warn": 1}.get(next(iter(row["verdict"] for row in data["findings"])), 0)
    assert done.stdout == ""
    first, *rest = done.stderr.splitlines()
    assert first == "hwtui: 2 devices found; watching for 1 s (ctrl+c: report now)"
    assert f"HWE-P1, {house.hosts[0]}, grid" in rest[0]
    assert "solar" in rest[1]
    assert "hwtui: --role: no device with the serial 5c2faf999999 was seen" in rest
    assert rest[-1].endswith(f"the report is in {path}")
    assert [row["role"] for row in data["devices"]] == ["grid", "solar"]
    assert data["partial"] is False
    assert house.serials[0] not in path.read_text()


def test_a_report_that_cannot_be_written_goes_to_stdout(hwtui: Run, house: Served) -> None:
    done = hwtui("check", "--duration", "1", "--lang", "nl", "-o", "/dev/full", house.hosts[0])
    assert done.returncode == 3
    assert "hwtui: the report was not written: /dev/full: the disk is full. Here it is\n" in done.stderr
    assert done.stdout.startswith("HWTUI ")
    assert "Controle van de energiemeters" in done.stdout


def test_nobody_there_is_said_as_by_read(hwtui: Run) -> None:
    done = hwtui("check", "--no-mdns")
    assert (done.returncode, done.stdout) == (3, "HWTUI UNKNOWN - No device was seen\n")
    assert hwtui("check", "--no-mdns", "--format", "json").stdout == ""
    assert done.stderr == hwtui("read", "--no-mdns").stderr


def test_a_device_that_never_answers_is_in_the_report(hwtui: Run) -> None:
    done = hwtui("check", "--no-mdns", "--duration", "1", "127.0.0.1:1")
    assert done.returncode in (2, 3)
    assert done.stdout.startswith(("HWTUI UNKNOWN - 1 device", "HWTUI CRITICAL - 1 device"))
    assert "Connection refused at port 1" in done.stdout


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_check_with_a_partial_report(
    start: Callable[..., Any], house: Served, signum: int, tmp_path: Path
) -> None:
    where = ("-o", str(tmp_path / "report.json")) if signum == signal.SIGTERM else ()
    process = start("check", "--duration", "3600", "--format", "json", *where, house.hosts[0])
    assert "1 device found" in process.stderr.readline()
    assert process.end(signum) == 128 + signum
    text = (tmp_path / "report.json").read_text() if where else process.stdout.read()
    assert json.loads(text)["partial"] is True


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="this system's pipes have a size of their own")
def test_a_second_ctrl_c_ends_at_once(start: Callable[..., Any], house: Served) -> None:
    """Nobody reads, so the report cannot be written, and only another signal can end it."""
    process = start("check", "--duration", "3600", "--format", "html", *house.hosts)
    fcntl.fcntl(process.stdout.fileno(), fcntl.F_SETPIPE_SZ, 4096)
    assert "devices found" in process.stderr.readline()
    process.popen.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.popen.wait(0.5)
    assert process.end(signal.SIGINT) == 130


def test_a_device_that_dies_leaves_the_check_running(start: Callable[..., Any], house: Served, tmp_path: Path) -> None:
    dying = start("demo", "--serve", "--no-mdns", "--devices", "1", "--seed", "7", "--only-v1")
    host = dying.lines_until("READY")[0].rpartition("//")[2]
    process = start("check", "--duration", "2", "--format", "json", house.hosts[0], host)
    assert "2 devices found" in process.stderr.readline()
    dying.popen.kill()
    data = json.loads(process.stdout.read())
    assert sorted(bool(row["problem"]) for row in data["devices"]) == [False, True]
    dead = next(row for row in data["devices"] if row["problem"])
    assert f"hwtui: P1 meter {dead['serial'][-6:]}: " in process.stderr.read()


@pytest.mark.parametrize(("term", "rewritten"), [("xterm", True), ("dumb", False), ("", False)])
def test_progress_is_one_line_that_is_rewritten(monkeypatch: pytest.MonkeyPatch, term: str, rewritten: bool) -> None:
    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 30, 0, 0))
    with open(terminal, "w") as screen, monkeypatch.context() as patched:
        patched.setenv("TERM", term)
        patched.setattr(sys, "stderr", screen)
        progress = Progress(60.0)
        progress.show("hwtui: 59 s left, and so much more to say", 1.0)
        progress.show("hwtui: 58 s left", 2.0)
        progress.say("a line that stays")
        progress.clear()
        said = b""
        while not said.endswith(b"stays\r\n"):
            said += os.read(master, 10_000)
    os.close(master)
    stays = "a line that stays\r\n"
    clear = "\r\x1b[K"
    assert said.decode() == (
        f"{clear}hwtui: 59 s left, and so much{clear}hwtui: 58 s left{clear}{stays}" if rewritten else stays
    )


def test_progress_without_a_terminal_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(60.0)
    for second in range(60):
        progress.show(f"{second} s", float(second))
    assert capsys.readouterr().err == "10 s\n20 s\n30 s\n40 s\n50 s\n"
    assert checkplan.USUAL_DURATION_S == 60.0


def test_a_reader_that_has_seen_enough_is_no_fault(environment: dict[str, str], house: Served, tmp_path: Path) -> None:
    command = f"{sys.executable} -m tui check --duration 1 {house.hosts[0]} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=True)
    state, status = done.stdout.splitlines()
    assert state.startswith("HWTUI ")
    assert status in "012"
    assert "Traceback" not in done.stderr


def test_what_is_found_meanwhile_is_said_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = a_house(30)
    talk = Talk(replace(make_plan(Settings(language="nl"), {"duration": "3600"}), words=words_of("nl")))
    one_of_each(monkeypatch, Verdict.PASS)
    talk.first(house.record)
    first, *devices = capsys.readouterr().err.splitlines()
    assert first == "hwtui: 4 apparaten gevonden; er wordt 60 min gemeten (ctrl+c: nu een rapport)"
    assert devices[0].startswith("  10.9.8.7: 10.9.8.7 did not answer")
    assert devices[1] == "  Familie Jansen | `P1`: HWE-P1, p1meter-jansen.local, net, Wifi 70 %"
    one_of_each(monkeypatch, Verdict.FAIL, Verdict.PASS)
    for passed in (660.0, 661.0, 670.0):
        talk.go_on(lambda: house.record, passed)
    finding, progress = capsys.readouterr().err.splitlines()
    assert finding.startswith("  FOUT  Familie Jansen | `P1` L1  Everything: seen ")
    assert progress == "hwtui: nog 49 min, tot nu toe 1 fout, 1 goed"


def test_an_answer_that_is_lost_now_and_then_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk(make_plan(Settings(), {}))
    for _ in range(100):
        talk.trouble("hwtui: Shed: timed out")
        talk.trouble("hwtui: Shed: answers again")
    assert capsys.readouterr().err == "hwtui: Shed: timed out\nhwtui: Shed: answers again\n"


@pytest.mark.parametrize(("needs_reader", "code"), [(True, 0), (False, 7)])
def test_only_what_writes_to_stdout_needs_a_reader(
    monkeypatch: pytest.MonkeyPatch, needs_reader: bool, code: int
) -> None:
    monkeypatch.setattr(Output, "has_reader", lambda self: False)

    async def work(output: Output) -> int:
        output.is_terminal = False
        await asyncio.sleep(0.01)
        return 7

    assert run(work, needs_reader=needs_reader) == code
