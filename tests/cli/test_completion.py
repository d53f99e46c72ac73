"""`hwtui completion`, in real shells where they are installed: what the tab key makes of a beginning."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ui.ptys import Terminal, environment, terminal, until
from tui.cli.registry import COMMANDS

Run = Callable[..., subprocess.CompletedProcess[str]]

BEGUN = [
    ("hwtui doc", "hwtui doctor"),
    ("hwtui read --fie", "hwtui read --field"),
    ("hwtui read --field power_l1", "hwtui read --field power_l1_w"),
    ("hwtui --no-mdns exp", "hwtui --no-mdns export"),
    ("hwtui --glyphs con", "hwtui --glyphs console"),
    ("hwtui check --format ht", "hwtui check --format html"),
    ("hwtui export --format js", "hwtui export --format jsonl"),
    ("hwtui battery --mode stan", "hwtui battery --mode standby"),
    ("hwtui help sta", "hwtui help states"),
    ("hwtui completion zs", "hwtui completion zsh"),
    ("hwtui --config one.to", "hwtui --config one.toml"),
    ("hwtui --state-dir fol", "hwtui --state-dir folder"),
]
"""What is typed before the key, and what there is after it."""


def needs(shell: str) -> str:
    """The shell's program; skips the test where there is none."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed, so completion was NOT tried in it")
    return program


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file and a folder."""
    (tmp_path / "one.toml").touch()
    (tmp_path / "folder").mkdir()
    return tmp_path


def script(hwtui: Run, shell: str) -> str:
    done = hwtui("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def types(it: Terminal, text: str) -> None:
    os.write(it.screen, text.encode())


def completed(it: Terminal, begun: str, whole: str) -> None:
    """Type, press tab, and see the rest; then empty the line."""
    before = len(it.written)

    def line() -> str:
        return it.written[before:].decode(errors="replace").replace("\x07", "")

    types(it, begun)
    until(lambda: begun in line(), f"{begun} was not echoed", it)
    types(it, "\t")
    until(lambda: whole in line(), f"nothing completed {begun}: {line()!r}", it)
    types(it, "\x15")


@pytest.mark.parametrize(
    ("shell", "flags", "start"),
    [
        ("bash", ["--norc", "--noprofile", "-i"], "source _hwtui; PS1=rea''dy-; bind 'set bell-style none'\n"),
        (
            "zsh",
            ["-f", "-i"],
            "fpath+=$PWD; autoload -Uz compinit; compinit -u -D; unsetopt PROMPT_SP; PS1=rea''dy-\n",
        ),
    ],
)
def test_the_tab_key_completes(hwtui: Run, folder: Path, shell: str, flags: list[str], start: str) -> None:
    program = needs(shell)
    (folder / "_hwtui").write_text(script(hwtui, shell))
    env = environment() | {"HOME": str(folder), "TERM": "dumb", "HISTFILE": "", "PS1": "", "COLUMNS": "200"}
    with terminal([program, *flags], env=env) as it:
        types(it, f"cd {folder}; {start}")
        it.until(b"ready-")  # not as it was typed
        for begun, whole in BEGUN:
            completed(it, begun, whole)


def test_fish_completes(hwtui: Run, folder: Path) -> None:
    program = needs("fish")
    (folder / "_hwtui").write_text(script(hwtui, "fish"))
    for begun, whole in BEGUN:
        done = subprocess.run(
            [program, "--no-config", "-c", 'source _hwtui; complete -C "$argv[1]"', begun],
            cwd=folder,
            env=environment() | {"HOME": str(folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert done.stderr == ""
        found = [line.partition("\t")[0].rstrip("/") for line in done.stdout.splitlines()]
        assert found == [whole.rpartition(" ")[2]], begun


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_is_in_the_script(hwtui: Run, shell: str) -> None:
    text = script(hwtui, shell)
    assert all(name in text for name in COMMANDS)
    assert "--template" in text or "-l template" in text


@pytest.mark.parametrize(
    ("words", "says"),
    [([], "a shell is missing: use one of bash, zsh, fish"), (["tcsh"], 'there is no "tcsh": use one of bash')],
)
def test_another_shell_is_refused_in_one_line(hwtui: Run, words: list[str], says: str) -> None:
    done = hwtui("completion", *words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert says in done.stderr
