"""The unit's text, and that systemd reads out of it what was meant."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tui.core.service import Facts, arguments_of, quoted, unit
from tui.core.settings import SettingsError

FACTS = Facts(
    program=("/home/pi/hwtui/.venv/bin/hwtui",),
    user="pi",
    state_dir="/home/pi/.local/state/hwtui",
    arguments=("--kiosk",),
)
ODD = "/srv/a b/100% $HOME ${HOME} \\x41 \"q\" 'q' ; #/é³"
"""Everything that means something to a unit file or a shell, and two characters beyond ASCII."""


def values(text: str, key: str) -> list[str]:
    """What stands behind `key=`, in the order of the file."""
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("--kiosk", "--kiosk"),
        ("/home/pi/my meters", '"/home/pi/my meters"'),
        ("100%", "100%%"),
        ("%h", "%%h"),
        ("$HOME", "$HOME"),  # the colon in front of the program switches variables off
        ('say "x"', '"say \\"x\\""'),
        ("it's", '"it\'s"'),
        ("a\\x41", '"a\\\\x41"'),
        ("end\\", '"end\\\\"'),
        (";", '";"'),
        ("#1", '"#1"'),
        ("", '""'),
        ("zähler", "zähler"),
    ],
)
def test_a_word_is_quoted_as_systemd_reads_it(word: str, written: str) -> None:
    assert quoted(word) == written


@pytest.mark.parametrize("word", ["a\nExecStartPre=+/bin/sh", "a\tb", "\x1b[31m", "a\0", "\udce9", "\u2028", "\x7f"])
def test_what_no_unit_file_can_hold_is_refused_with_a_sentence(word: str) -> None:
    for facts in (
        replace(FACTS, program=(word,)),
        replace(FACTS, user=word),
        replace(FACTS, state_dir=word),
        replace(FACTS, log_dir=word),
        replace(FACTS, arguments=("--log-file", word)),
        replace(FACTS, variables={"HWTUI_THEME": word}),
    ):
        with pytest.raises(SettingsError, match="a unit file cannot hold"):
            unit(facts)


@pytest.mark.parametrize("program", ['/srv/"x"/hwtui', "/srv/it's/hwtui", "/srv/a\\b/hwtui"])
def test_a_program_that_systemd_cannot_name_is_refused(program: str) -> None:
    with pytest.raises(SettingsError, match="move it"):
        unit(replace(FACTS, program=(program,)))


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({}, []),
        ({"kiosk": True, "hosts": ["192.168.1.20", "p1.local"]}, ["--host", "192.168.1.20", "--host", "p1.local"]),
        ({"mdns": False, "mouse": False}, ["--no-mdns", "--no-mouse"]),
        ({"interval_s": "2", "grid": "be-vlg"}, ["--interval", "2", "--grid", "be-vlg"]),
        ({"verbose": 2}, ["-v", "-v"]),
        ({"log_file": "/var/log/a b.log"}, ["--log-file", "/var/log/a b.log"]),
    ],
)
def test_flags_become_words_again(flags: dict[str, object], words: list[str]) -> None:
    assert [word for word in arguments_of(flags) if word != "--kiosk"] == words
    assert ("--kiosk" in arguments_of(flags)) is ("kiosk" in flags)


def test_every_line_about_the_console_names_the_same_one() -> None:
    text = unit(replace(FACTS, tty=3))
    assert values(text, "TTYPath") == ["/dev/tty3"]
    assert values(text, "DeviceAllow") == ["/dev/tty3 rw"]
    assert values(text, "Conflicts") == ["getty@tty3.service"]
    assert "getty@tty3.service" in values(text, "After")[0]
    assert set(re.findall(r"\btty\d+", text)) == {"tty3"}


def test_all_three_streams_are_the_console() -> None:
    for stream in ("StandardInput", "StandardOutput", "StandardError"):
        assert values(unit(FACTS), stream) == ["tty"]


def test_it_writes_to_the_state_directory_and_the_log_only() -> None:
    text = unit(replace(FACTS, log_dir="/var/log/my meters"))
    assert values(text, "ReadWritePaths") == ['-/home/pi/.local/state/hwtui "-/var/log/my meters"']
    assert values(text, "ProtectSystem") == ["strict"]
    assert values(text, "ProtectHome") == ["read-only"]


def test_it_comes_back_whatever_happens_but_not_after_a_wish_to_quit() -> None:
    text = unit(FACTS)
    assert values(text, "Restart") == ["always"]
    assert values(text, "RestartPreventExitStatus") == ["0"]
    assert values(text, "StartLimitIntervalSec") == ["0"]
    assert values(text, "SuccessExitStatus") == ["129 143"]


@pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here: systemd did not look at the unit"
)
@pytest.mark.parametrize("tty", [1, 63])
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path, tty: int) -> None:
    program = tmp_path / "100% my $HOME" / "hwtui"  # verify wants a program that is there
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    path = tmp_path / "hwtui.service"
    facts = Facts(
        program=(str(program),),
        user="root",
        state_dir=ODD,
        log_dir=ODD,
        tty=tty,
        arguments=("--kiosk", "--log-file", ODD),
        variables={"HWTUI_STATE_DIR": ODD},
    )
    path.write_text(unit(facts), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(path)],
        env=os.environ | {"LC_ALL": "C.UTF-8"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert [line for line in done.stderr.splitlines() if "hwtui" in line] == []
    assert done.returncode == 0, done
