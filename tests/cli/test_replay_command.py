"""`hwtui replay` and `check --replay` as processes: what they say, and what bad input gets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tui.core.devicejson import device_json, iso_time
from tui.engine.demo.household import DEFAULT_START, Household
from tui.engine.demo.still import Still


@pytest.fixture(scope="module")
def recorded() -> str:
    """A minute of a house, in which the freezer's socket falls silent, and two lines that make no sense."""
    house = Still(Household("nl", v2=False), DEFAULT_START)
    lines: list[str] = []
    for second in range(400):
        house.run(1)
        for device in house.fleet.devices.values():
            if second % 4 == 0 and (device.label != "Freezer" or second < 40):
                row = device_json(device, house.now, reading=True, time=iso_time(house.now.utc))
                lines.append(json.dumps(row))
    lines[7:7] = ["{oops", "[]"]
    return "".join(f"{line}\n" for line in lines)


def test_a_recording_is_judged_like_a_house(hwtui: Run, recorded: str, tmp_path: Path) -> None:
    (tmp_path / "house.jsonl").write_text(recorded)
    (tmp_path / "report.json").touch()
    done = hwtui("check", "--replay", "house.jsonl", "--grid", "nl", "--redact", "-o", "report.json")
    data = json.loads((tmp_path / "report.json").read_text())
    assert done.returncode == 2
    said = done.stderr.splitlines()
    assert said[:2] == [
        "hwtui: house.jsonl: line 8: it is not JSON",
        "hwtui: house.jsonl: line 9: it is not a JSON object",
    ]
    assert (round(data["window_s"]), data["partial"]) == (396, False)
    assert data["recorded"].startswith("Made from a recording, with 510 of 512 lines used. ")
    assert data["recorded"].endswith("Lines 8 and 9 were left out.")
    links = {row["device_name"]: (row["verdict"], row["line"]) for row in data["findings"] if row["rule"] == "link"}
    assert sum(verdict == "fail" for verdict, _ in links.values()) == 1
    assert list(links.values()).count(("untestable", "a recording holds answers only")) == len(links) - 1
    assert "Freezer" not in json.dumps(data)
    assert {row["verdict"] for row in data["findings"] if row["rule"].startswith("telegram")} == {"untestable"}
    assert data["generated"] > "2026"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("check", "--replay", "none.jsonl"), "--replay: none.jsonl: No such file or directory"),
        (("check", "--replay", "a", "192.0.2.1"), "a recording is judged whole: name no device with --replay"),
        (("check", "--replay", "a", "--duration", "60"), "--duration: a recording is as long as it is"),
        (
            ("check", "--replay", "-"),
            "--replay: - is no recording: it is empty; hwtui watch --json > house.jsonl makes one",
        ),
        (("replay",), "a recording is missing: hwtui watch --json > house.jsonl makes one"),
        (("replay", "a"), "use hwtui check --replay FILE"),
    ],
)
def test_what_cannot_be_done_is_said(hwtui: Run, arguments: tuple[str, ...], says: str) -> None:
    done = hwtui(*arguments)
    assert (done.returncode, done.stdout) == (3, "")
    assert says in done.stderr


def test_ctrl_c_while_a_pipe_is_silent_ends_it_with_the_report_of_what_was_read(recorded: str, tmp_path: Path) -> None:
    """Nobody knows whether a silent pipe goes on: a loop that waits for it hears no signal."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "tui", "check", "--replay", str(pipe), "--format", "json", "--state-dir", "state"]
    with (
        subprocess.Popen(
            command, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process,
        pipe.open("w") as feed,
    ):
        feed.write(recorded)  # more than the pipe holds: when it is written, most of it has been read
        feed.flush()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGINT
    assert json.loads(out)["partial"] is True
    assert "Traceback" not in err
