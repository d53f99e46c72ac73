"""The man page: whole, plain roff, and to the taste of the programs that show it, where they are installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tui.cli.manpage import manpage
from tui.cli.parser import parse
from tui.cli.registry import COMMANDS, load
from tui.core.options import OPTIONS

ROOT = Path(__file__).parents[2]
MACROS = {"TH", "SH", "SS", "TP", "PP", "B", "I", "nf", "fi"}
PAGE = manpage()


def plain(roff: str) -> str:
    """What a reader sees, roughly."""
    for written, shown in ((r"\-", "-"), (r"\(aq", "'"), (r"\(dq", '"'), (r"\&", ""), (r"\e", "\\")):
        roff = roff.replace(written, shown)
    return re.sub(r"\\f[A-Z]", "", roff)


def test_every_command_is_there_with_its_words_and_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    sections = re.split(r"^\.SS ", PAGE.partition(".SH OPTIONS")[0], flags=re.MULTILINE)[1:]
    assert [plain(section).split()[1] for section in sections] == list(COMMANDS)
    everywhere = set(re.findall(r"--[a-z][a-z-]+", plain(PAGE.partition(".SH OPTIONS")[2].partition(".SH ENV")[0])))
    assert "--interface" in everywhere
    for section, name in zip(sections, COMMANDS, strict=True):
        parse([name, "--help"])
        shown = " ".join(capsys.readouterr().out.split())
        told = " ".join(plain(section).split())
        does = load(name).does
        assert f"{does[0].upper()}{does[1:]}." in told
        assert set(re.findall(r"(?<=\s)--[a-z][a-z-]+", shown)) - everywhere <= set(re.findall(r"--[a-z][a-z-]+", told))


def test_every_variable_is_there() -> None:
    told = plain(PAGE.partition(".SH ENVIRONMENT")[2])
    assert re.findall(r"HWTUI_[A-Z_]+", told) == [option.variable for option in OPTIONS]


def test_it_is_ascii_and_no_text_is_taken_for_a_command() -> None:
    assert PAGE.isascii()
    assert {line[1:3].strip() for line in PAGE.splitlines() if line.startswith(".")} == MACROS
    assert not [line for line in PAGE.splitlines() if line.startswith("'") or re.search(r"\\(?![-&e]|f[BIR]|\()", line)]
    assert PAGE.count("\n.nf\n") == PAGE.count("\n.fi\n")
    assert "%%" not in PAGE


def test_it_is_what_help_prints_and_that_needs_nothing_but_python() -> None:
    """As where the wheel is built: without any library."""
    program = f"import sys; sys.path = [{str(ROOT)!r}, *(p for p in sys.path if 'site-packages' not in p)];"
    program += "from tui.cli import main; main(['help', '--man'])"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (PAGE, "")


@pytest.mark.parametrize(
    ("program", "flags"),
    [
        ("man", ["--warnings=w", "--encoding=ascii", "-l"]),
        ("groff", ["-man", "-ww", "-Tascii"]),
        ("mandoc", ["-T", "lint", "-W", "warning"]),
    ],
)
def test_no_program_that_shows_it_has_a_complaint(tmp_path: Path, program: str, flags: list[str]) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed, so the man page was NOT tried with it")
    path = tmp_path / "hwtui.1"
    path.write_text(PAGE)
    env = os.environ | {"MANWIDTH": "80", "LC_ALL": "C.UTF-8", "PAGER": "cat", "MANPAGER": "cat"}
    done = subprocess.run([program, *flags, str(path)], capture_output=True, text=True, check=False, env=env)
    complaints = done.stderr + (done.stdout if program == "mandoc" else "")
    told = [line for line in complaints.splitlines() if "missing date" not in line]  # a build is the same on any day
    assert told == []
    if program != "mandoc":
        assert "a house's HomeWizard Energy meters, live in a terminal" in done.stdout
